//! Commands of the user, read by the grammar of a shell.

use deno_task_shell::parser::{
    Command as Parsed, CommandInner, PipelineInner, Sequence, SequentialList, Word, WordPart, parse,
};
use evidence_schema::record::SourceFileRole;

use crate::evidence::{Case, Missing, Observed};

/// The longest command that is parsed. The API takes no longer ones.
const LONGEST: usize = 2_048;

/// How many operators, and how many brackets, are parsed: each is a level of recursion.
const OPERATORS: usize = 64;
const BRACKETS: usize = 12;

/// Commands that only a shell knows.
const BUILTINS: &[&str] = &[
    "cd", "export", "source", ".", "set", "unset", "eval", "ulimit", "umask", "trap", "alias",
];

/// What in a command only a shell understands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Syntax {
    /// `&&`, `||`, `|`, `;` or `&`.
    Operator(&'static str),
    /// A command such as `cd`.
    Builtin(String),
    /// `NAME=value` before a program.
    Assignment(String),
    /// `$NAME`.
    Variable(String),
    /// `$(…)`.
    Substitution,
    /// `>` or `<`.
    Redirection,
    /// Quotation marks.
    Quotes,
    /// The grammar does not allow it, such as a quotation that does not end.
    Unreadable,
}

impl Syntax {
    /// The words for it.
    pub(crate) fn words(&self) -> String {
        match self {
            Self::Operator(operator) => format!("the operator {operator}"),
            Self::Builtin(name) => format!("{name}, which only a shell knows"),
            Self::Assignment(name) => format!("a value for {name} in front of the program"),
            Self::Variable(name) => format!("the variable ${name}"),
            Self::Substitution => "a command inside the command".to_owned(),
            Self::Redirection => "a redirection".to_owned(),
            Self::Quotes => "quotation marks".to_owned(),
            Self::Unreadable => "quotation marks that do not match".to_owned(),
        }
    }

    /// Whether a command with it cannot do what it is meant to without a shell.
    pub(crate) fn breaks(&self) -> bool {
        matches!(
            self,
            Self::Operator(_) | Self::Builtin(_) | Self::Assignment(_) | Self::Unreadable
        )
    }
}

/// A command, taken apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Command {
    /// As it was written.
    pub(crate) text: String,
    /// The simple commands of it, each with its words.
    pub(crate) simple: Vec<Vec<String>>,
    /// What only a shell understands, the worst first.
    pub(crate) syntax: Vec<Syntax>,
}

impl Command {
    /// Takes `text` apart.
    pub(crate) fn read(text: &str) -> Self {
        let mut command = Self {
            text: text.to_owned(),
            ..Self::default()
        };
        let count = |of: &[char]| text.chars().filter(|letter| of.contains(letter)).count();
        // Bundles come from strangers, and the parser goes one level down for each of these.
        let parsed = if text.len() > LONGEST
            || count(&['&', '|', ';', '!', '\n']) > OPERATORS
            || count(&['(', '{', '`']) > BRACKETS
        {
            None
        } else {
            parse(text).ok()
        };
        match parsed {
            Some(list) => command.list(&list),
            None => {
                command.simple = vec![text.split_whitespace().map(str::to_owned).collect()];
                command.syntax.push(Syntax::Unreadable);
            }
        }
        command.syntax.sort_by_key(|it| !it.breaks());
        command
    }

    /// Whether it is a list of plain words.
    pub(crate) fn is_plain(&self) -> bool {
        self.syntax.is_empty()
    }

    /// Whether it calls a shell itself, as in `sh -c '…'`.
    pub(crate) fn calls_shell(&self) -> bool {
        let Some(words) = self.simple.first() else {
            return false;
        };
        let shell = words.first().is_some_and(|word| {
            let name = word.rsplit('/').next().unwrap_or(word);
            matches!(name, "sh" | "bash" | "ash" | "dash")
        });
        shell
            && words
                .get(1)
                .is_some_and(|word| word == "-c" || word == "-lc")
    }

    fn list(&mut self, list: &SequentialList) {
        for (index, item) in list.items.iter().enumerate() {
            if item.is_async {
                self.syntax.push(Syntax::Operator("&"));
            } else if index + 1 < list.items.len() {
                self.syntax.push(Syntax::Operator(";"));
            }
            self.sequence(&item.sequence);
        }
    }

    fn sequence(&mut self, sequence: &Sequence) {
        match sequence {
            Sequence::ShellVar(variable) => {
                self.syntax.push(Syntax::Assignment(variable.name.clone()));
            }
            Sequence::Pipeline(pipeline) => self.pipeline(&pipeline.inner),
            Sequence::BooleanList(list) => {
                self.sequence(&list.current);
                self.syntax.push(Syntax::Operator(list.op.as_str()));
                self.sequence(&list.next);
            }
        }
    }

    fn pipeline(&mut self, pipeline: &PipelineInner) {
        match pipeline {
            PipelineInner::Command(command) => self.command(command),
            PipelineInner::PipeSequence(pipe) => {
                self.command(&pipe.current);
                self.syntax.push(Syntax::Operator("|"));
                self.pipeline(&pipe.next);
            }
        }
    }

    fn command(&mut self, command: &Parsed) {
        if command.redirect.is_some() {
            self.syntax.push(Syntax::Redirection);
        }
        match &command.inner {
            CommandInner::Subshell(list) => self.list(list),
            CommandInner::Simple(simple) => {
                for variable in &simple.env_vars {
                    self.syntax.push(Syntax::Assignment(variable.name.clone()));
                }
                let words: Vec<String> = simple.args.iter().map(|word| self.word(word)).collect();
                if let Some(first) = words.first()
                    && BUILTINS.contains(&first.as_str())
                {
                    self.syntax.push(Syntax::Builtin(first.clone()));
                }
                self.simple.push(words);
            }
        }
    }

    fn word(&mut self, word: &Word) -> String {
        let mut text = String::new();
        self.parts(&mut text, word.parts());
        text
    }

    fn parts(&mut self, text: &mut String, parts: &[WordPart]) {
        for part in parts {
            match part {
                WordPart::Text(plain) => text.push_str(plain),
                WordPart::Variable(name) => {
                    self.syntax.push(Syntax::Variable(name.clone()));
                    text.push('$');
                    text.push_str(name);
                }
                WordPart::Tilde => text.push('~'),
                WordPart::Command(_) => {
                    self.syntax.push(Syntax::Substitution);
                    text.push_str("$(…)");
                }
                WordPart::Quoted(inner) => {
                    self.syntax.push(Syntax::Quotes);
                    self.parts(text, inner);
                }
                WordPart::Brace(_) => text.push_str("{…}"),
            }
        }
    }
}

/// Where the command stands that starts the application.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Start {
    /// The configuration of the service, or its file, gives one.
    Given(Observed<Command>),
    /// The image starts what it was built to start.
    OfImage,
    /// It is in `apprunner.yaml`, which is not in the bundle.
    NotSeen,
}

impl Start {
    /// The command, where it was seen.
    pub(crate) fn command(&self) -> Option<&Observed<Command>> {
        match self {
            Self::Given(command) => Some(command),
            Self::OfImage | Self::NotSeen => None,
        }
    }
}

/// The command that starts the application.
pub(crate) fn start(case: Case<'_>) -> Result<Start, Missing> {
    let given = |text: &str, record, time| {
        Start::Given(Observed {
            fact: Command::read(text),
            record,
            time,
        })
    };
    let from_api = || -> Result<Option<Start>, Missing> {
        let configuration = case.configuration()?;
        Ok(configuration.and_then(|it| {
            let text = it.fact.start_command.as_deref()?;
            Some(given(text, it.record, it.time))
        }))
    };
    if let Some(code) = case.code_source()?
        && in_file(code.fact)
    {
        let file = case.evidence.surroundings.source_files.iter().find(|file| {
            file.fact.role == SourceFileRole::Configuration
                && file.fact.path.ends_with("apprunner.yaml")
        });
        let command = file.and_then(|file| {
            let text = command_in_file(file.fact.content.as_deref()?)?;
            Some(given(&text, file.record, file.time))
        });
        return Ok(command.unwrap_or(Start::NotSeen));
    }
    Ok(from_api()?.unwrap_or(Start::OfImage))
}

/// Whether App Runner reads the configuration of this source from `apprunner.yaml`.
pub(crate) fn in_file(code: &evidence_schema::record::CodeSource) -> bool {
    code.configuration_source
        .as_ref()
        .is_none_or(|source| source.as_str() == "REPOSITORY")
}

/// The commands of the build, as far as they were seen: of the API, or the list of the file.
pub(crate) fn build(case: Case<'_>) -> Result<Vec<Command>, Missing> {
    let Some(code) = case.code_source()? else {
        return Ok(vec![]);
    };
    if !in_file(code.fact) {
        let command = code
            .fact
            .configuration
            .as_ref()
            .and_then(|it| it.build_command.as_deref());
        return Ok(command.map(Command::read).into_iter().collect());
    }
    let content = case
        .evidence
        .surroundings
        .source_files
        .iter()
        .filter(|file| file.fact.path.ends_with("apprunner.yaml"))
        .find_map(|file| file.fact.content.as_deref());
    Ok(content
        .map(|content| {
            section(content, "build")
                .filter_map(|line| Some(Command::read(unquoted(line.trim().strip_prefix("- ")?))))
                .collect()
        })
        .unwrap_or_default())
}

/// `run.command` of a file.
fn command_in_file(content: &str) -> Option<String> {
    section(content, "run").find_map(|line| {
        let value = line.trim().strip_prefix("command:")?.trim();
        (!value.is_empty() && !value.starts_with(['|', '>'])).then(|| unquoted(value).to_owned())
    })
}

/// The lines under a key at the left edge.
fn section<'a>(content: &'a str, key: &str) -> impl Iterator<Item = &'a str> {
    let key = format!("{key}:");
    content
        .lines()
        .skip_while(move |line| line.trim_end() != key)
        .skip(1)
        .take_while(|line| line.trim().is_empty() || line.starts_with([' ', '\t', '-', '#']))
}

fn unquoted(value: &str) -> &str {
    let value = value.trim();
    ['"', '\'']
        .iter()
        .find_map(|mark| value.strip_prefix(*mark)?.strip_suffix(*mark))
        .unwrap_or(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn worst(text: &str) -> Option<Syntax> {
        Command::read(text).syntax.first().cloned()
    }

    #[test]
    fn plain_words_need_no_shell() {
        for text in [
            "node server.js",
            "gunicorn --bind 0.0.0.0:8000 --workers=4 site.wsgi:application",
            "java -Xmx512m -Dserver.port=8080 -jar /app/app.jar",
            "python3 -m http.server 8080",
        ] {
            let command = Command::read(text);
            assert!(command.is_plain(), "{text}: {:?}", command.syntax);
            assert_eq!(command.simple.len(), 1);
        }
    }

    #[test]
    fn operators_builtins_quotes_and_variables_are_told_apart() {
        assert_eq!(worst("npm ci && npm start"), Some(Syntax::Operator("&&")));
        assert_eq!(
            Command::read("cd server && node server.js").syntax,
            [Syntax::Builtin("cd".to_owned()), Syntax::Operator("&&")]
        );
        assert_eq!(worst("node 'a b.js'"), Some(Syntax::Quotes));
        assert_eq!(
            worst("gunicorn -b :$PORT app:app"),
            Some(Syntax::Variable("PORT".to_owned()))
        );
        assert_eq!(
            worst("PORT=3000 node a.js"),
            Some(Syntax::Assignment("PORT".to_owned()))
        );
        assert_eq!(worst("a | b"), Some(Syntax::Operator("|")));
        assert_eq!(worst("sh -c 'node a.js"), Some(Syntax::Unreadable));
        assert_eq!(worst("echo \"a && b\""), Some(Syntax::Quotes));
    }

    #[test]
    fn a_call_of_a_shell_is_seen() {
        let command = Command::read("sh -c 'node migrate.js && exec node server.js'");
        assert!(command.calls_shell());
        assert!(!Command::read("bash start.sh").calls_shell());
    }

    #[test]
    fn what_is_nested_without_end_is_not_followed() {
        for text in [
            "(".repeat(2_000),
            "a&&".repeat(600),
            "$(".repeat(900),
            "!".repeat(2_000),
        ] {
            assert_eq!(worst(&text), Some(Syntax::Unreadable));
        }
        for text in [
            "(".repeat(BRACKETS),
            "a|".repeat(OPERATORS),
            "\"$(".repeat(BRACKETS),
            "{".repeat(BRACKETS),
        ] {
            Command::read(&text);
        }
    }

    #[test]
    fn a_file_tells_its_command() {
        let content = "version: 1.0\nruntime: python311\nbuild:\n  commands:\n    build:\n      - pip3 install -r requirements.txt\nrun:\n  command: cd backend && python3 main.py # start\n  network:\n    port: 8080\n";
        assert!(
            command_in_file(content)
                .unwrap()
                .starts_with("cd backend &&")
        );
        assert_eq!(section(content, "build").count(), 3);
    }
}
