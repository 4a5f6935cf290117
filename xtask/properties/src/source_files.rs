//! Files of a checkout.

use std::{borrow::Cow, sync::LazyLock};

use redaction::source_files::{dockerfile as docker, yaml};
use regex::Regex;

/// Words of `apprunner.yaml`.
pub(crate) const YAML_WORDS: &[&str] = &[
    "\n",
    "\n  ",
    "    ",
    "\t",
    "\r",
    "- ",
    "env:",
    "name: A",
    "value: x",
    "\"value\": \"x\"",
    "'value' : x",
    "value-from: ",
    "{",
    "}",
    "[",
    "]",
    "|",
    ">-",
    "&all",
    "*all",
    "# ",
    "run:",
    "network:",
];

/// Words of Dockerfiles.
pub(crate) const DOCKERFILE_WORDS: &[&str] = &[
    "\n",
    "\\\n",
    "`\n",
    "# escape=`\n",
    "# ",
    "FROM a AS b\n",
    "CMD [\"a\"]",
    "ENV A=1",
    "RUN <<EOF\n",
    "EOF\n",
    "\t",
    "\u{a0}",
    "ENTRYPOINT ",
];

/// Stands for the value of a variable.
const SECRET: &str = "xq7-secret-7qx";

/// Ways to write a variable, which all begin at the left edge.
const VARIABLES: &[&str] = &[
    "env:\n  - name: A\n    value: SECRET\n",
    "env:\n  - name: A\n    value: |\n      x\n      SECRET\n",
    "env:\n- value: \"SECRET\"\n  name: A\n",
    "env: [{name: A, value: SECRET}]\n",
    "env:\n  A: SECRET\n",
    "env: {A: SECRET}\n",
    "env: {A: SECRET,\n  value: SECRET}\n",
    "env:\r  A: SECRET\n",
    "env:\n  - A: SECRET\n",
    "env:\n  - A=SECRET\n",
];

static VALUE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"(?:^|[^\w-])value["']*\s*:(.*)$"#).expect("the pattern is fixed and tested")
});

/// The file keeps its lines, and no value of a variable.
pub fn apprunner_yaml(input: &[u8]) {
    let text = text_of(input);
    let clean = yaml::without_values(&text);
    assert_eq!(
        clean.lines().count(),
        text.lines().count(),
        "lines keep their numbers"
    );
    for line in clean.lines() {
        if let Some(found) = VALUE.captures(line) {
            assert_eq!(found[1].trim(), "‹withheld›", "{line:?} of {text:?}");
        }
    }
    assert_eq!(
        yaml::without_values(&clean),
        clean,
        "nothing is left to withhold"
    );
    if text.contains(SECRET) {
        // A fuzzer that watches comparisons finds even this word.
        return;
    }
    for variable in VARIABLES {
        let variable = variable.replace("SECRET", SECRET);
        let clean = yaml::without_values(&format!("{text}\n{variable}"));
        assert!(!clean.contains(SECRET), "{variable:?} after {text:?}");
    }
}

/// Kept instructions are of the file, in its order, and are none that hold values.
pub fn dockerfile(input: &[u8]) {
    let text = text_of(input);
    let lines = text.lines().count();
    let mut before = (0, 0);
    for kept in docker::instructions(&text) {
        let at = (kept.line, kept.stage);
        assert!(at.0 > before.0 && at.1 >= before.1, "{at:?} of {text:?}");
        before = at;
        assert!(kept.line as usize <= lines);
        assert!(!["ARG", "ENV", "RUN", "LABEL"].contains(&kept.instruction.as_str()));
        assert!(kept.arguments.len() <= 2_000);
        assert_eq!(kept.arguments, kept.arguments.trim());
    }

    if text.contains(SECRET) {
        return;
    }
    for value in ["ENV A=SECRET", "ARG A=SECRET", "RUN echo SECRET"] {
        let value = value.replace("SECRET", SECRET);
        let kept = docker::instructions(&format!("FROM base\n{value}\n{text}"));
        assert!(!kept.iter().any(|it| it.arguments.contains(SECRET)));
    }
}

/// The input as text, as everything that reads a file or a log makes it.
pub(crate) fn text_of(input: &[u8]) -> Cow<'_, str> {
    String::from_utf8_lossy(input)
}
