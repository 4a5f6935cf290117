//! `apprunner.yaml` of the user's checkout: what it says, and what is wrong with it.
//!
//! The grammar is that of the developer guide. App Runner tells nobody what it dislikes, so the
//! line is found here.

mod tree;

use std::collections::BTreeSet;

use evidence_schema::record::{SourceFile, SourceFileRole};

use self::tree::{Node, Value};
use crate::{
    evidence::{Case, Missing, Observed},
    runtimes, words,
};

/// The name that App Runner looks for.
pub(crate) const NAME: &str = "apprunner.yaml";

/// How many faults are told.
const TOLD: usize = 8;

/// What stands for a value that was left out of the bundle.
const WITHHELD: &str = "‹withheld›";

/// A text, and the line on which it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct At {
    /// The text.
    pub(crate) text: String,
    /// The line, from 1.
    pub(crate) line: usize,
}

/// Something that App Runner does not take, or does not read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    /// The line, from 1.
    pub(crate) line: usize,
    /// What is wrong, a clause.
    pub(crate) what: String,
    /// Whether the documented grammar forbids it. A key that App Runner does not know may be
    /// ignored.
    pub(crate) certain: bool,
}

/// What a configuration file says.
#[derive(Debug)]
pub(crate) struct ConfigFile<'a> {
    /// The file.
    pub(crate) observed: Observed<&'a SourceFile>,
    /// What is wrong with it, in the order of the lines.
    pub(crate) faults: Vec<Fault>,
    /// `runtime`.
    pub(crate) runtime: Option<At>,
    /// `run.runtime-version`.
    pub(crate) version: Option<At>,
    /// `run.command`.
    pub(crate) command: Option<At>,
    /// `run.network.port`.
    pub(crate) port: Option<At>,
    /// The commands of the build, one after the other.
    pub(crate) build: Vec<String>,
    /// The names of the variables of `run.env`.
    pub(crate) variables: BTreeSet<String>,
    /// The names of the variables of `run.secrets`.
    pub(crate) secrets: BTreeSet<String>,
}

/// The file that App Runner reads for this service; `None`: the checkout has none there.
pub(crate) fn of(case: Case<'_>) -> Result<Option<ConfigFile<'_>>, Missing> {
    let Some(code) = case.code_source()? else {
        return Ok(None);
    };
    let directory = code
        .fact
        .source_directory
        .as_deref()
        .unwrap_or("/")
        .trim_matches('/');
    let wanted = match directory {
        "" => NAME.to_owned(),
        directory => format!("{directory}/{NAME}"),
    };
    let found =
        case.evidence.surroundings.source_files.iter().find(|file| {
            file.fact.role == SourceFileRole::Configuration && file.fact.path == wanted
        });
    let Some(file) = found else {
        case.evidence.ledger.looked("source-files", None, None)?;
        return Ok(None);
    };
    match file.fact.content.as_deref() {
        Some(text) => Ok(Some(read(file.as_ref(), text))),
        None => Err(Missing::undecided(
            "source-files",
            format!("{wanted} is in the checkout, and what it says is not in the bundle"),
        )),
    }
}

/// Reads and examines a file.
fn read<'a>(observed: Observed<&'a SourceFile>, text: &str) -> ConfigFile<'a> {
    let mut file = ConfigFile {
        observed,
        faults: vec![],
        runtime: None,
        version: None,
        command: None,
        port: None,
        build: vec![],
        variables: BTreeSet::new(),
        secrets: BTreeSet::new(),
    };
    let cut = file.observed.fact.truncated;
    // To YAML a carriage return alone ends a line too.
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let (root, faults) = tree::parse(&text);
    // What the collector left out and what it cut off can break a file that was whole.
    let lines = text.lines().count();
    file.faults.extend(faults.into_iter().filter(|fault| {
        let at = text.lines().nth(fault.line.saturating_sub(1));
        let left_out = at.is_some_and(|line| line.contains(WITHHELD));
        !left_out && (!cut || fault.line + 1 < lines)
    }));
    if let Some(root) = root {
        examine(&mut file, &root, cut);
    }
    file.faults.sort_by_key(|fault| fault.line);
    file.faults.truncate(TOLD);
    file
}

fn examine(file: &mut ConfigFile<'_>, root: &Node, cut: bool) {
    let mut lint = Lint {
        faults: vec![],
        cut,
    };
    if !matches!(root.value, Value::Map(_)) {
        lint.say(root.line, "the file is not a mapping of keys");
        file.faults.extend(lint.faults);
        return;
    }
    lint.keys(root, "the file", &["version", "runtime", "build", "run"]);
    if let Some(version) = lint.needs(root, "version", "the file")
        && !matches!(version.text(), Some("1.0" | "1"))
    {
        lint.say(version.line, "`version` has to be 1.0");
    }
    let runtime = lint.needs(root, "runtime", "the file");
    file.runtime = runtime.and_then(Node::at);
    if let Some(runtime) = &file.runtime
        && runtimes::find(&runtime.text).is_none_or(|it| it.file != runtime.text)
    {
        lint.say(
            runtime.line,
            format!(
                "`{}` is no runtime; there are {}",
                shown(&runtime.text),
                runtimes::supported(true).join(", ")
            ),
        );
    }
    let build = lint.needs(root, "build", "the file");
    if let Some(build) = build {
        lint.keys(build, "`build`", &["commands", "env"]);
        if let Some(commands) = lint.needs(build, "commands", "`build`") {
            lint.keys(
                commands,
                "`build.commands`",
                &["pre-build", "build", "post-build"],
            );
            lint.needs(commands, "build", "`build.commands`");
            for name in ["pre-build", "build", "post-build"] {
                if let Some(list) = commands.get(name) {
                    file.build.extend(lint.commands(list, name));
                }
            }
        }
        if let Some(env) = build.get("env") {
            lint.pairs(env, "build.env", "value");
        }
    }
    if let Some(run) = lint.needs(root, "run", "the file") {
        lint.keys(
            run,
            "`run`",
            &[
                "runtime-version",
                "pre-run",
                "command",
                "network",
                "env",
                "secrets",
            ],
        );
        file.version = run.get("runtime-version").and_then(Node::at);
        if let Some(command) = lint.needs(run, "command", "`run`") {
            match command.at() {
                Some(at) => file.command = Some(at),
                None => lint.say(command.line, "`run.command` has to be one line of text"),
            }
        }
        if let Some(before) = run.get("pre-run") {
            lint.commands(before, "pre-run");
            let original = file
                .runtime
                .as_ref()
                .and_then(|it| runtimes::find(&it.text))
                .filter(|it| !it.revised);
            if let Some(runtime) = original {
                lint.say(
                    before.line,
                    format!(
                        "`pre-run` is for newer runtimes; {} does not have it",
                        runtime.file
                    ),
                );
            }
        }
        if let Some(network) = run.get("network") {
            lint.keys(network, "`run.network`", &["port", "env"]);
            file.port = network.get("port").and_then(Node::at);
            if let Some(port) = network.get("port")
                && port.text().is_none_or(|text| text.parse::<u16>().is_err())
            {
                lint.say(
                    port.line,
                    "`run.network.port` has to be a number up to 65535",
                );
            }
        }
        if let Some(env) = run.get("env") {
            file.variables = lint.pairs(env, "run.env", "value");
        }
        if let Some(secrets) = run.get("secrets") {
            file.secrets = lint.pairs(secrets, "run.secrets", "value-from");
        }
    }
    file.faults.extend(lint.faults);
}

/// Notes what is wrong on the way through a file.
struct Lint {
    faults: Vec<Fault>,
    /// Whether the file goes on where the bundle ends, so that what is missing may still come.
    cut: bool,
}

impl Lint {
    fn say(&mut self, line: usize, what: impl Into<String>) {
        self.faults.push(Fault {
            line,
            what: what.into(),
            certain: true,
        });
    }

    fn needs<'n>(&mut self, node: &'n Node, key: &str, of: &str) -> Option<&'n Node> {
        let found = node.get(key).filter(|it| it.value != Value::Nothing);
        if found.is_none() && !self.cut {
            self.say(node.line, format!("{of} has no `{key}`"));
        }
        found
    }

    fn keys(&mut self, node: &Node, of: &str, known: &[&str]) {
        let Value::Map(members) = &node.value else {
            if node.value != Value::Nothing {
                self.say(node.line, format!("{of} is not a mapping of keys"));
            }
            return;
        };
        let mut seen: Vec<&str> = Vec::new();
        for (key, _) in members {
            if seen.contains(&key.text.as_str()) {
                self.say(key.line, format!("{of} has `{}` twice", shown(&key.text)));
            } else if !known.contains(&key.text.as_str()) {
                self.faults.push(Fault {
                    line: key.line,
                    what: format!(
                        "App Runner knows no key `{}` in {of}; it knows {}",
                        shown(&key.text),
                        known.join(", ")
                    ),
                    certain: false,
                });
            }
            seen.push(&key.text);
        }
    }

    /// A list of commands.
    fn commands(&mut self, node: &Node, name: &str) -> Vec<String> {
        let Value::List(items) = &node.value else {
            if node.value != Value::Nothing {
                self.say(
                    node.line,
                    format!("`{name}` has to be a list of commands, each after a dash"),
                );
            }
            return vec![];
        };
        let mut commands = Vec::new();
        for item in items {
            match item.text() {
                Some(command) => commands.push(command.to_owned()),
                // `- echo: hello` is a mapping, which many write without quotes.
                None => self.say(
                    item.line,
                    format!("a command of `{name}` is not text; put it into quotes"),
                ),
            }
        }
        commands
    }

    /// A list of names, each with a value; gives the names.
    fn pairs(&mut self, node: &Node, of: &str, value: &str) -> BTreeSet<String> {
        let mut names = BTreeSet::new();
        let Value::List(items) = &node.value else {
            // The collector leaves out the inside of what it does not know.
            if node.value != Value::Nothing && node.text() != Some(WITHHELD) {
                self.say(
                    node.line,
                    format!("`{of}` has to be a list of `name` and `{value}`, each after a dash"),
                );
            }
            return names;
        };
        for item in items {
            match item.get("name").and_then(Node::at) {
                Some(name) => {
                    names.insert(name.text);
                }
                None if item.text() == Some(WITHHELD) => {}
                None => self.say(item.line, format!("an entry of `{of}` has no `name`")),
            }
            if item.get(value).is_none() && item.text() != Some(WITHHELD) && !self.cut {
                self.say(item.line, format!("an entry of `{of}` has no `{value}`"));
            }
        }
        names
    }
}

fn shown(key: &str) -> String {
    words::start_of(key, 40)
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "version: 1.0\nruntime: python311\nbuild:\n  commands:\n    build:\n      - pip3 install -r requirements.txt -t .\nrun:\n  command: python3 main.py\n  network:\n    port: 8000\n  env:\n    - name: STAGE\n      value: ‹withheld›\n";

    fn file(text: &str) -> (Vec<(usize, String)>, Option<At>, BTreeSet<String>) {
        let source = SourceFile {
            path: NAME.to_owned(),
            role: SourceFileRole::Configuration,
            size_bytes: 0,
            content: None,
            truncated: false,
            instructions: vec![],
        };
        let read = read(
            Observed {
                fact: &source,
                record: 1,
                time: None,
            },
            text,
        );
        let faults = read.faults.into_iter().map(|it| (it.line, it.what));
        (faults.collect(), read.port, read.variables)
    }

    #[test]
    fn a_carriage_return_alone_ends_a_line_as_well() {
        let mac = GOOD
            .replace('\n', "\r")
            .replace("python311", "python311\r  x: y");
        let unix = mac.replace('\r', "\n");
        assert_ne!(file(&mac).0, []);
        assert_eq!(file(&mac).0, file(&unix).0);
        assert_eq!(file(&GOOD.replace('\n', "\r\n")).0, []);
    }

    #[test]
    fn a_good_file_has_no_fault() {
        let (faults, port, variables) = file(GOOD);
        assert_eq!(faults, []);
        assert_eq!(
            port.map(|it| (it.text, it.line)),
            Some(("8000".to_owned(), 10))
        );
        assert!(variables.contains("STAGE"));
    }

    #[test]
    fn each_fault_is_told_with_its_line() {
        for (from, to, line, said) in [
            ("    build:\n", "\tbuild:\n", 5, ""),
            ("version: 1.0\n", "", 1, "has no `version`"),
            ("version: 1.0", "version: 2", 1, "has to be 1.0"),
            ("python311", "python3.11", 2, "`python3.11` is no runtime"),
            ("  command: python3 main.py\n", "", 8, "has no `command`"),
            ("port: 8000", "port: http", 10, "has to be a number"),
            (
                "    - name: STAGE\n      value: ‹withheld›\n",
                "    STAGE: test\n",
                12,
                "has to be a list",
            ),
            (
                "      - pip3 install -r requirements.txt -t .\n",
                "      pip3 install\n",
                6,
                "list of commands",
            ),
            ("  network:", "  networks:", 9, "knows no key `networks`"),
        ] {
            let broken = GOOD.replacen(from, to, 1);
            assert_ne!(broken, GOOD, "{from}");
            let (faults, ..) = file(&broken);
            // A wrong depth may be noticed on the line below.
            let near = |at: usize| at == line || (said.is_empty() && at.abs_diff(line) <= 1);
            assert!(
                faults
                    .iter()
                    .any(|(at, what)| near(*at) && what.contains(said)),
                "{from}: {faults:?}"
            );
        }
    }

    #[test]
    fn a_key_that_stands_too_deep_is_an_error_of_the_language() {
        let (faults, ..) = file(&GOOD.replacen("  network:", "   network:", 1));
        assert_eq!(faults.len(), 1, "{faults:?}");
        assert!(faults[0].1.contains("not YAML"), "{faults:?}");
        assert_eq!(faults[0].0, 9);
    }
}
