//! What the tools of a build write when they give up.

use std::sync::LazyLock;

use regex::Regex;

use crate::{observed::LogText, words};

/// What kind of trouble a build had.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Trouble {
    /// A dependency could not be found, or versions do not fit together.
    Unresolved,
    /// A dependency could not be compiled.
    NotCompiled,
    /// Something demands another version of the runtime.
    Version,
    /// A program is not there.
    Program,
    /// A folder or file is not there.
    Place,
    /// A variable is not there.
    Variable,
    /// Memory ran out.
    Memory,
    /// The user's own code has a fault.
    Code,
}

/// One pattern of the output of a build.
pub(crate) struct BuildSignature {
    pub(crate) trouble: Trouble,
    pub(crate) pattern: &'static str,
    #[cfg_attr(not(test), expect(dead_code, reason = "the tests read it"))]
    pub(crate) example: &'static str,
}

const fn of(trouble: Trouble, pattern: &'static str, example: &'static str) -> BuildSignature {
    BuildSignature {
        trouble,
        pattern,
        example,
    }
}

/// Every pattern, the telling ones first. `what` names the thing that is wrong.
pub(crate) const BUILD: &[BuildSignature] = &[
    of(
        Trouble::Version,
        r"version [`'](?P<what>[\w.-]+)' is not installed \(set by",
        "[PreBuild] pyenv: version `3.11.9' is not installed (set by /app/.python-version)",
    ),
    of(
        Trouble::Version,
        r#"The engine "node" is incompatible with this module\. Expected version "(?P<what>[^"]+)""#,
        "[Build] error shop@1.0.0: The engine \"node\" is incompatible with this module. Expected version \">=20\". Got \"18.20.8\"",
    ),
    of(
        Trouble::Version,
        r"npm (?:ERR!|error) code (?P<what>EBADENGINE)",
        "[Build] npm error code EBADENGINE",
    ),
    of(
        Trouble::Version,
        r"requires a different Python: (?P<what>[\d.]+ not in '?[^\s']+)",
        "[Build] ERROR: Package 'shop' requires a different Python: 3.11.14 not in '>=3.12'",
    ),
    of(
        Trouble::Version,
        r"(?:error: )?invalid target release: (?P<what>[\d.]+)",
        "[Build] [ERROR] error: invalid target release: 17",
    ),
    of(
        Trouble::NotCompiled,
        r"(?P<what>pg_config|mysql_config|pkg-config) (?:executable )?(?:not found|is required)|(?:Can not find|cannot find) (?P<need>mysqlclient|valid pkg-config name)",
        "[Build] Error: pg_config executable not found.",
    ),
    of(
        Trouble::NotCompiled,
        r"fatal error: (?P<what>[\w./+-]+\.h(?:pp)?): No such file or directory",
        "[Build] src/lxml/etree.c:96:10: fatal error: Python.h: No such file or directory",
    ),
    of(
        Trouble::NotCompiled,
        r"Please make sure the (?P<what>libxml2 and libxslt) development packages are installed",
        "[Build] Error: Please make sure the libxml2 and libxslt development packages are installed.",
    ),
    of(
        Trouble::NotCompiled,
        r"(?:Failed building wheel for|ERROR: Failed to build(?: installable wheels for some pyproject\.toml based projects)?) \(?(?P<what>[\w.-]+)",
        "[Build] ERROR: Failed building wheel for psycopg2",
    ),
    of(
        Trouble::NotCompiled,
        r"error: command '(?P<what>[^']*(?:gcc|g\+\+|clang|cc))' failed",
        "[Build] error: command '/usr/bin/gcc' failed with exit code 1",
    ),
    of(
        Trouble::NotCompiled,
        r"(?:error: )?(?P<what>can't find Rust compiler|Cargo, the Rust package manager, is not installed)",
        "[Build] error: can't find Rust compiler",
    ),
    of(
        Trouble::NotCompiled,
        r"npm (?:ERR!|error) path (?P<what>/\S*node_modules/\S+)|(?P<gyp>gyp ERR! (?:build|configure) error|gyp ERR! find Python)",
        "[Build] gyp ERR! build error",
    ),
    of(
        Trouble::NotCompiled,
        r"An error occurred while installing (?P<what>[\w-]+)|(?P<ext>Gem::Ext::BuildError)",
        "[Build] An error occurred while installing pg (1.5.4), and Bundler cannot continue.",
    ),
    of(
        Trouble::Unresolved,
        r"No matching version found for (?P<what>\S+)",
        "[Build] npm error notarget No matching version found for left-pad@9.9.9.",
    ),
    of(
        Trouble::Unresolved,
        r"npm (?:ERR!|error) 404\s+'?(?P<what>[@\w./-]+@[\w.^~*-]+)'? is not in (?:this|the npm) registry",
        "[Build] npm error 404  '@example/shop@1.0.0' is not in this registry.",
    ),
    of(
        Trouble::Unresolved,
        r"npm (?:ERR!|error) (?:code (?P<what>ERESOLVE|E404|ETARGET|EINTEGRITY|E401|E403|EUSAGE)|(?P<tree>ERESOLVE))",
        "[Build] npm ERR! code ERESOLVE",
    ),
    of(
        Trouble::Unresolved,
        r"`npm ci` can only install (?:packages )?(?:when|with) (?P<what>your package\.json and package-lock\.json|an existing package-lock\.json)",
        "[Build] npm error `npm ci` can only install packages when your package.json and package-lock.json or npm-shrinkwrap.json are in sync.",
    ),
    of(
        Trouble::Unresolved,
        r#"error Couldn't find (?:any versions for|package) "?(?P<what>[^"\s]+)"#,
        "[Build] error Couldn't find package \"shop-core\" on the \"npm\" registry.",
    ),
    of(
        Trouble::Unresolved,
        r"(?P<what>ERR_PNPM_(?:OUTDATED_LOCKFILE|NO_MATCHING_VERSION|FETCH_\d+|PEER_DEP_ISSUES)|Your lockfile needs to be updated)",
        "[Build]  ERR_PNPM_OUTDATED_LOCKFILE  Cannot install with \"frozen-lockfile\"",
    ),
    of(
        Trouble::Unresolved,
        r"(?:Could not find a version that satisfies the requirement|No matching distribution found for) (?P<what>[^\s(;]+)",
        "[Build] ERROR: No matching distribution found for flask==9.9",
    ),
    of(
        Trouble::Unresolved,
        r"(?P<what>ResolutionImpossible|these package versions have conflicting dependencies|version solving failed)",
        "[Build] ERROR: ResolutionImpossible: for help visit https://pip.pypa.io",
    ),
    of(
        Trouble::Unresolved,
        r"Could not (?:find artifact|resolve dependencies for project) (?P<what>[\w.:-]+)",
        "[Build] [ERROR] Could not find artifact com.example:core:jar:1.0 in central",
    ),
    of(
        Trouble::Unresolved,
        r"> Could not (?:resolve|find) (?P<what>[\w.-]+:[\w.:-]+)",
        "[Build] > Could not resolve com.example:core:1.0.",
    ),
    of(
        Trouble::Unresolved,
        r#"Could not find gem '(?P<what>[^']+)'|could not find compatible versions for gem "(?P<gem>[^"]+)""#,
        "[Build] Could not find gem 'rails (= 9.0)' in rubygems repository",
    ),
    of(
        Trouble::Unresolved,
        r"Your (?P<what>bundle only supports platforms|requirements could not be resolved)",
        "[Build] Your requirements could not be resolved to an installable set of packages.",
    ),
    of(
        Trouble::Unresolved,
        r"go: (?P<what>[\w./@-]+): (?:invalid version|unknown revision|reading \S+: 40)",
        "[Build] go: github.com/example/core@v1.0.0: invalid version: unknown revision v1.0.0",
    ),
    of(
        Trouble::Unresolved,
        r"error (?P<what>NU1\d{3}):",
        "[Build] /app/Shop.csproj : error NU1101: Unable to find package Shop.Core.",
    ),
    of(
        Trouble::Place,
        r"(?:Could not open requirements file: \[Errno 2\] No such file or directory: '|No such file or directory: ')(?P<what>[^']+)",
        "[Build] ERROR: Could not open requirements file: [Errno 2] No such file or directory: 'requirements.txt'",
    ),
    of(
        Trouble::Place,
        r"ENOENT: no such file or directory, open '(?P<what>[^']*package(?:-lock)?\.json)'|Could not read (?P<read>package\.json)",
        "[Build] npm error enoent ENOENT: no such file or directory, open '/app/package.json'",
    ),
    of(
        Trouble::Place,
        r"\bcd: (?:can't cd to (?P<what>\S+)|(?:line \d+: )?(?P<folder>[\w./-]+): No such file or directory)",
        "[Build] /bin/sh: line 1: cd: backend: No such file or directory",
    ),
    of(
        Trouble::Place,
        r"(?P<what>there is no POM in this directory|Could not locate Gemfile|go\.mod file not found|does not contain a Gradle build|does not contain a project or solution file)",
        "[Build] Could not locate Gemfile",
    ),
    of(
        Trouble::Place,
        r"can't open file '(?P<what>[^']+)': \[Errno 2\]",
        "[Build] python3: can't open file '/app/manage.py': [Errno 2] No such file or directory",
    ),
    of(
        Trouble::Program,
        r"Missing script: \x22?(?P<what>[\w:.-]+)",
        "[Build] npm error Missing script: \"build\"",
    ),
    of(
        Trouble::Program,
        r"(?:^|[\s:])(?P<what>[\w./-]+): (?:command not found|not found|Permission denied)\s*$",
        "[Build] sh: 1: vite: not found",
    ),
    of(
        Trouble::Variable,
        r#"KeyError: '(?P<what>[A-Z][A-Z0-9_]{2,})'|Environment variable not found: (?P<prisma>[A-Z][A-Z0-9_]+)|Set the (?P<django>[A-Z][A-Z0-9_]+) environment variable|(?P<name>[A-Z][A-Z0-9]*_[A-Z0-9_]+) (?:is not set|is required|must be set|is missing|not found\. Declare it as envvar)"#,
        "[Build] KeyError: 'SECRET_KEY'",
    ),
    of(
        Trouble::Memory,
        r"(?P<what>heap out of memory|MemoryError|Cannot allocate memory)|\] (?P<killed>Killed)\s*$",
        "[Build] FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory",
    ),
    of(
        Trouble::Code,
        r"(?P<what>error TS\d+|Module not found: [^\n]{1,80}|SyntaxError: [^\n]{1,80}|COMPILATION ERROR|error CS\d+|error\[E\d+\])",
        "[Build] src/a.ts(3,7): error TS2322: Type 'string' is not assignable to type 'number'.",
    ),
];

static EACH: LazyLock<Vec<Regex>> = LazyLock::new(|| {
    BUILD
        .iter()
        .map(|it| {
            Regex::new(&words::pattern(it.pattern)).expect("the patterns are fixed and tested")
        })
        .collect()
});

/// A line of a build that names its trouble.
pub(crate) struct BuildHit<'a> {
    pub(crate) trouble: Trouble,
    pub(crate) line: &'a LogText,
    pub(crate) what: String,
}

/// The most telling line of a build, of those with one of these troubles.
pub(crate) fn telling<'a>(
    lines: impl Iterator<Item = &'a LogText> + Clone,
    wanted: impl Fn(Trouble) -> bool,
) -> Option<BuildHit<'a>> {
    BUILD
        .iter()
        .zip(EACH.iter())
        .filter(|(signature, _)| wanted(signature.trouble))
        .find_map(|(signature, regex)| {
            lines.clone().find_map(|line| {
                let found = regex.captures(&line.text)?;
                let what = regex
                    .capture_names()
                    .flatten()
                    .find_map(|name| found.name(name))?;
                Some(BuildHit {
                    trouble: signature.trouble,
                    line,
                    what: what
                        .as_str()
                        .trim_end_matches('.')
                        .chars()
                        .take(120)
                        .collect(),
                })
            })
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trouble(text: &str) -> Option<Trouble> {
        let line = LogText {
            record: 1,
            time: chrono::DateTime::UNIX_EPOCH,
            text: text.to_owned(),
        };
        telling([line].iter(), |_| true).map(|hit| hit.trouble)
    }

    #[test]
    fn every_pattern_matches_its_example() {
        for signature in BUILD {
            assert_eq!(
                trouble(signature.example),
                Some(signature.trouble),
                "{}",
                signature.example
            );
        }
    }

    #[test]
    fn what_goes_well_is_no_trouble() {
        for line in [
            "[Build] added 212 packages, and audited 213 packages in 9s",
            "[Build] Successfully installed flask-3.0.0",
            "[Build] npm warn deprecated glob@7.2.3: no longer supported",
            "[Build] Step 3/9 : RUN npm run build",
            "[PreBuild] Removing intermediate container 1a2b",
        ] {
            assert_eq!(trouble(line), None, "{line}");
        }
    }
}
