//! The user's checkout: how the application is configured, built and started, where AWS does not
//! tell. Nothing is asked of AWS.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::{self, File},
    io::{self, Read},
    path::{Component, Path, PathBuf},
};

use evidence_schema::{
    Body, Status,
    coverage::AwsError,
    record::{CodeSource, ConfigurationSource, Origin, Service, SourceFile, SourceFileRole},
};
use redaction::source_files::{dockerfile, yaml};

use super::Source;
use crate::{
    collect::Context,
    ledger::Out,
    status::{Outcome, chain},
};

/// The row of the table.
pub(crate) const SOURCE: Source = Source {
    name: "source-files",
    gives: "apprunner.yaml, Dockerfiles and versions of runtimes, from the folder of --source-dir",
    calls: &[],
};

/// Of a longer file only the begin is read.
const MOST_BYTES: u64 = 64 << 10;

/// Of a file that should hold a version and nothing else.
const MOST_OF_A_VERSION: usize = 1 << 10;

/// So many Dockerfiles of one folder; nobody has more that matter.
const MOST_DOCKERFILES: usize = 10;

/// The file that App Runner looks for.
const CONFIGURATION: &str = "apprunner.yaml";

/// Names that were meant to be it. App Runner takes none of them.
const MISNAMED: &[&str] = &[
    "apprunner.yml",
    "AppRunner.yaml",
    "Apprunner.yaml",
    "app-runner.yaml",
];

/// Files that hold a version and nothing else.
const VERSIONS: &[&str] = &[
    ".java-version",
    ".node-version",
    ".nvmrc",
    ".php-version",
    ".python-version",
    ".ruby-version",
    ".tool-versions",
    "runtime.txt",
];

/// Takes what is of interest out of a text.
type Part = fn(&str) -> Option<String>;

/// Files of which a few members or lines tell a version or what is started.
const PARTS: &[(&str, Part)] = &[
    ("composer.json", |text| members(text, &["require"])),
    ("global.json", |text| members(text, &["sdk"])),
    ("go.mod", |text| lines(text, &["go ", "toolchain "])),
    ("package.json", |text| {
        members(
            text,
            &["engines", "main", "packageManager", "scripts", "type"],
        )
    }),
    ("Procfile", |text| Some(text.to_owned())),
    ("pyproject.toml", |text| lines(text, &["requires-python"])),
];

/// Files whose existence tells whether versions can move between two builds.
const DEPENDENCIES: &[&str] = &[
    "Gemfile.lock",
    "Pipfile.lock",
    "bun.lock",
    "composer.lock",
    "go.sum",
    "gradle.lockfile",
    "npm-shrinkwrap.json",
    "package-lock.json",
    "packages.lock.json",
    "pnpm-lock.yaml",
    "poetry.lock",
    "pom.xml",
    "requirements.txt",
    "uv.lock",
    "yarn.lock",
];

/// Looks into the root of the checkout and into the service's source directory.
pub(crate) async fn collect(out: &mut Out<'_>, context: &Context<'_>) -> Result<(), Outcome> {
    let Some(given) = context.source_dir else {
        return Err(Outcome::not_asked("no --source-dir was given"));
    };
    out.begin(None);
    let checkout = Checkout {
        root: fs::canonicalize(given).map_err(|error| failed(&error))?,
    };
    let code = code(context.service);
    let own = code
        .and_then(|it| it.source_directory.as_deref())
        .map(inside)
        .unwrap_or_default();

    let mut troubles = Vec::new();
    for folder in &folders(context.service) {
        for (name, role) in checkout.names(folder, out) {
            match checkout.read(&folder.join(&name), role) {
                Ok(Some(file)) => out.push(Body::SourceFile(file)),
                Ok(None) => {}
                Err(error) => troubles.push((shown(&folder.join(&name)), error)),
            }
        }
    }
    out.end(Ok(()));
    for (path, error) in &troubles {
        out.skip(Some(path), failed(error));
    }

    let wants_configuration =
        code.is_some_and(|it| !matches!(it.configuration_source, Some(ConfigurationSource::Api)));
    let configuration = shown(&own.join(CONFIGURATION));
    let unread = troubles.iter().any(|(path, _)| *path == configuration);
    if wants_configuration && !unread && checkout.open(&own.join(CONFIGURATION)).is_none() {
        let note = "App Runner looks for it there";
        out.skip(Some(&configuration), Outcome::absent(note));
    }
    Ok(())
}

/// The values in the checkout that are left out of its records, by the names of their files. They
/// are known before anything is asked, so that they are looked for in everything.
pub(crate) fn withheld(
    given: &Path,
    service: Option<&Service>,
) -> BTreeMap<String, BTreeSet<String>> {
    let mut values: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    // What is wrong with the folder is told when its files are read for themselves.
    let Ok(root) = fs::canonicalize(given) else {
        return values;
    };
    let checkout = Checkout { root };
    for folder in folders(service) {
        for (name, role) in checkout.listed(&folder) {
            let Ok(Some(text)) = checkout.text(&folder.join(&name)) else {
                continue;
            };
            let found = match role {
                SourceFileRole::Configuration => yaml::values(&text),
                SourceFileRole::Dockerfile => dockerfile::values(&text),
                _ => continue,
            };
            let of_file = values.entry(name).or_default();
            of_file.extend(found.into_iter().map(str::to_owned));
        }
    }
    values
}

/// The folders that are looked into: the root of the checkout and the service's source directory.
fn folders(service: Option<&Service>) -> BTreeSet<PathBuf> {
    let own = code(service).and_then(|it| it.source_directory.as_deref());
    BTreeSet::from([PathBuf::new(), own.map(inside).unwrap_or_default()])
}

fn code(service: Option<&Service>) -> Option<&CodeSource> {
    match &service?.source.origin {
        Origin::Code(code) => Some(code),
        _ => None,
    }
}

/// A folder that nothing is read from outside of.
struct Checkout {
    root: PathBuf,
}

impl Checkout {
    /// The files of a folder that are of interest, sorted.
    fn names(&self, folder: &Path, out: &mut Out<'_>) -> Vec<(String, SourceFileRole)> {
        let mut names = self.listed(folder);
        let mut dockerfiles = 0;
        names.retain(|(_, role)| {
            dockerfiles += usize::from(*role == SourceFileRole::Dockerfile);
            *role != SourceFileRole::Dockerfile || dockerfiles <= MOST_DOCKERFILES
        });
        if dockerfiles > MOST_DOCKERFILES {
            out.note(&format!(
                "{} further Dockerfiles were left out",
                dockerfiles - MOST_DOCKERFILES
            ));
        }
        names
    }

    /// The files of a folder that have a name of interest, sorted.
    fn listed(&self, folder: &Path) -> Vec<(String, SourceFileRole)> {
        let path = self.within(&self.root.join(folder));
        let Some(entries) = path.and_then(|path| fs::read_dir(path).ok()) else {
            return Vec::new();
        };
        let mut names: Vec<_> = entries
            .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
            .filter_map(|name| Some((name.clone(), role_of(&name)?)))
            .collect();
        names.sort_unstable_by(|one, other| one.0.cmp(&other.0));
        names
    }

    /// The begin of a file; none for what is no file of the checkout.
    fn text(&self, path: &Path) -> io::Result<Option<String>> {
        let Some(real) = self.open(path) else {
            return Ok(None);
        };
        let mut bytes = Vec::new();
        File::open(&real)?
            .take(MOST_BYTES)
            .read_to_end(&mut bytes)?;
        Ok(Some(String::from_utf8_lossy(&bytes).into_owned()))
    }

    /// The true path of something in the checkout; none if a link leads out of it.
    fn within(&self, path: &Path) -> Option<PathBuf> {
        let path = fs::canonicalize(path).ok()?;
        path.starts_with(&self.root).then_some(path)
    }

    /// The true path of a file; none for what is no file: reading a pipe would never end.
    fn open(&self, path: &Path) -> Option<PathBuf> {
        let path = self.within(&self.root.join(path))?;
        path.is_file().then_some(path)
    }

    /// What is told of a file; none for what is no file of the checkout.
    fn read(&self, path: &Path, role: SourceFileRole) -> io::Result<Option<SourceFile>> {
        let Some(real) = self.open(path) else {
            return Ok(None);
        };
        let mut record = SourceFile {
            path: shown(path),
            role,
            size_bytes: fs::metadata(&real)?.len(),
            content: None,
            truncated: false,
            instructions: Vec::new(),
        };
        if role == SourceFileRole::Dependencies {
            return Ok(Some(record));
        }
        let text = self.text(path)?.unwrap_or_default();
        record.truncated = record.size_bytes > MOST_BYTES;
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        match role {
            SourceFileRole::Configuration => {
                record.content = Some(yaml::without_values(&text));
            }
            SourceFileRole::Dockerfile => record.instructions = dockerfile::instructions(&text),
            SourceFileRole::RuntimeVersion => {
                let part = PARTS.iter().find(|(known, _)| *known == name);
                record.content = match part {
                    Some((_, part)) => part(&text),
                    None => {
                        let end = text.floor_char_boundary(MOST_OF_A_VERSION);
                        record.truncated |= end < text.len();
                        Some(text[..end].to_owned())
                    }
                };
            }
            SourceFileRole::Dependencies => {}
        }
        Ok(Some(record))
    }
}

fn role_of(name: &str) -> Option<SourceFileRole> {
    if name == CONFIGURATION || MISNAMED.contains(&name) {
        return Some(SourceFileRole::Configuration);
    }
    let lower = name.to_ascii_lowercase();
    let is_backup = lower.ends_with('~') || lower.ends_with(".dockerignore");
    if !is_backup
        && (lower == "dockerfile"
            || lower.starts_with("dockerfile.")
            || lower.ends_with(".dockerfile"))
    {
        return Some(SourceFileRole::Dockerfile);
    }
    if VERSIONS.contains(&name) || PARTS.iter().any(|(known, _)| *known == name) {
        return Some(SourceFileRole::RuntimeVersion);
    }
    DEPENDENCIES
        .contains(&name)
        .then_some(SourceFileRole::Dependencies)
}

/// The source directory, which App Runner writes from the root of the repository, as a path that
/// cannot leave it.
fn inside(directory: &str) -> PathBuf {
    Path::new(directory)
        .components()
        .filter(|part| matches!(part, Component::Normal(_)))
        .collect()
}

/// The path as the bundle has it on every system.
fn shown(path: &Path) -> String {
    let parts: Vec<_> = path
        .components()
        .map(|part| part.as_os_str().to_string_lossy())
        .collect();
    parts.join("/")
}

/// Some members of a JSON object, as JSON.
fn members(text: &str, names: &[&str]) -> Option<String> {
    let value: serde_json::Value = serde_json::from_str(text).ok()?;
    let mut members = value.as_object()?.clone();
    members.retain(|name, _| names.contains(&name.as_str()));
    serde_json::to_string(&members).ok()
}

/// The lines that begin with one of these.
fn lines(text: &str, begins: &[&str]) -> Option<String> {
    let lines: Vec<_> = text
        .lines()
        .map(str::trim)
        .filter(|line| begins.iter().any(|begin| line.starts_with(begin)))
        .collect();
    Some(lines.join("\n"))
}

fn failed(error: &io::Error) -> Outcome {
    Outcome {
        status: Status::Failed,
        permission: None,
        error: Some(AwsError {
            code: "file".to_owned(),
            message: chain(error),
        }),
        note: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_known_by_their_names() {
        use SourceFileRole::{Configuration, Dependencies, Dockerfile, RuntimeVersion};
        for (name, role) in [
            ("apprunner.yaml", Some(Configuration)),
            ("apprunner.yml", Some(Configuration)),
            ("Dockerfile", Some(Dockerfile)),
            ("web.Dockerfile", Some(Dockerfile)),
            ("Dockerfile.prod", Some(Dockerfile)),
            ("Dockerfile.dockerignore", None),
            (".nvmrc", Some(RuntimeVersion)),
            ("package.json", Some(RuntimeVersion)),
            ("package-lock.json", Some(Dependencies)),
            (".env", None),
            ("main.py", None),
        ] {
            assert_eq!(role_of(name), role, "{name}");
        }
    }

    #[test]
    fn a_source_directory_stays_in_the_checkout() {
        assert_eq!(inside("/services/web/"), Path::new("services/web"));
        assert_eq!(inside("/"), Path::new(""));
        assert_eq!(inside("../../etc"), Path::new("etc"));
        assert_eq!(shown(Path::new("services/web")), "services/web");
    }

    #[test]
    fn only_what_is_of_interest_is_taken() {
        let package = r#"{"name":"x","engines":{"node":">=22"},"dependencies":{"a":"1"}}"#;
        let taken = members(package, &["engines", "scripts"]);
        assert_eq!(taken.as_deref(), Some(r#"{"engines":{"node":">=22"}}"#));
        assert_eq!(members("no json", &["engines"]), None);
        let module = "module x\n\ngo 1.22\ntoolchain go1.22.1\nrequire y v1\n";
        assert_eq!(
            lines(module, &["go ", "toolchain "]).as_deref(),
            Some("go 1.22\ntoolchain go1.22.1")
        );
    }
}
