//! `apprunner.yaml` as it is written, without the values of environment variables.
//!
//! It is kept line by line and not parsed: what is wrong with it, such as an indentation, is the
//! evidence. So the values are found by what may not be there instead of by what they are.

const WITHHELD: &str = "‹withheld›";

/// What some readers of YAML take for the end of a line and others do not. What depth the rest of
/// such a line has cannot be told.
const BREAKS: [char; 4] = ['\r', '\u{85}', '\u{2028}', '\u{2029}'];

/// The text with every value of an environment variable taken out.
pub fn without_values(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    // The indentation of the key whose inside is being left out.
    let mut hidden: Option<usize> = None;
    // The indentation of the `env` whose inside is a list of names and values.
    let mut variables: Option<usize> = None;
    for line in text.lines() {
        let content = line.trim_start();
        let depth = line.len() - content.len();
        if content.is_empty() {
            clean.push('\n');
            continue;
        }
        if content.contains(BREAKS) {
            clean.push_str(&line[..depth]);
            clean.push_str(WITHHELD);
            clean.push('\n');
            continue;
        }
        if let Some(of) = hidden {
            if depth > of {
                clean.push_str(&line[..depth]);
                clean.push_str(WITHHELD);
                clean.push('\n');
                continue;
            }
            hidden = None;
        }
        // A list may stand as far left as the key that it belongs to.
        if variables.is_some_and(|of| depth < of || (depth == of && !content.starts_with('-'))) {
            variables = None;
        }
        let entry = content.trim_start_matches(['-', ' ']);
        let entry_depth = depth + content.len() - entry.len();
        if is_key(entry, "env") && !names_one_variable(entry) {
            variables = Some(depth);
            if let Some(at) = variables_at(line) {
                clean.push_str(&line[..at]);
                clean.push(' ');
                clean.push_str(WITHHELD);
                clean.push('\n');
                hidden = Some(entry_depth);
                continue;
            }
        } else if variables.is_some()
            && !is_key(entry, "name")
            && !is_key(entry, "value")
            && !entry.is_empty()
            && !entry.starts_with('#')
        {
            clean.push_str(&line[..entry_depth]);
            clean.push_str(WITHHELD);
            clean.push('\n');
            continue;
        }
        match value_at(line) {
            Some(at) => {
                clean.push_str(&line[..at]);
                clean.push(' ');
                clean.push_str(WITHHELD);
                hidden = Some(entry_depth);
            }
            None => clean.push_str(line),
        }
        clean.push('\n');
    }
    clean
}

/// The values that [`without_values`] takes out, as far as they can be told from what stands beside
/// them. They are looked for in other texts.
pub fn values(text: &str) -> Vec<&str> {
    let clean = without_values(text);
    let mut values = Vec::new();
    for (line, clean) in text.lines().zip(clean.lines()) {
        let Some(kept) = clean.strip_suffix(WITHHELD).map(str::trim_end) else {
            continue;
        };
        let Some(value) = line.strip_prefix(kept) else {
            continue;
        };
        let around = |it: char| it.is_whitespace() || "\"',[]{}|>".contains(it);
        values.push(value.trim_matches(around));
        // Several values may stand in one line, each behind its key.
        for piece in value.split(['"', '\'', ',', '{', '}']) {
            let bare = piece.rsplit_once(": ").map_or(piece, |(_, bare)| bare);
            values.push(bare.trim_matches(around));
        }
    }
    values.retain(|value| !value.is_empty());
    values.sort_unstable();
    values.dedup();
    values
}

/// Whether the line begins with this key, quoted or not.
fn is_key(entry: &str, key: &str) -> bool {
    let entry = entry.trim_start_matches(['"', '\'']);
    entry.strip_prefix(key).is_some_and(|rest| {
        rest.trim_start_matches(['"', '\''])
            .trim_start()
            .starts_with(':')
    })
}

/// Whether `env` is followed by a name, as under `network`.
fn names_one_variable(entry: &str) -> bool {
    let value = entry.split_once(':').map_or("", |(_, value)| value).trim();
    let value = value.trim_matches(['"', '\'']);
    !value.is_empty()
        && value
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// Where the colon behind `env` ends, if variables follow in the same line.
fn variables_at(line: &str) -> Option<usize> {
    let (_, rest) = line.split_once(':')?;
    let value = rest.trim();
    let is_word = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
    let is_reference = value
        .strip_prefix(['&', '*'])
        .is_some_and(|name| name.chars().all(is_word));
    let is_none = value.is_empty() || value.starts_with('#') || is_reference;
    (!is_none).then_some(line.len() - rest.len())
}

/// Where the colon behind the first key `value` ends, wherever in the line it stands: braces and
/// comments have values too.
fn value_at(line: &str) -> Option<usize> {
    let mut from = 0;
    while let Some(found) = line[from..].find("value") {
        let start = from + found;
        let end = start + "value".len();
        let before = line[..start].chars().next_back();
        let rest = line[end..].trim_start_matches(['"', '\'']).trim_start();
        let is_word = before.is_none_or(|c| !c.is_alphanumeric() && c != '_' && c != '-');
        if is_word && rest.starts_with(':') {
            return Some(line.len() - rest.len() + 1);
        }
        from = end;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stay_and_values_go() {
        let text = "\
version: 1.0
runtime: python311
build:
  commands:
    build:
      - pip3 install -r requirements.txt
  env:
    - name: MODE
      value: \"hidden-1\"
run:
  command: python3 main.py
  network:
    port: 8080
    env: APP_PORT
  env:
  - name: LONG
    value: |
      hidden-2
      hidden-3
  - value: hidden-4
    name: FIRST
  secrets:
    - name: DB
      value-from: \"arn:aws:secretsmanager:us-east-1:111122223333:secret:db-AbCdEf\"
";
        let clean = without_values(text);
        assert!(!clean.contains("hidden"), "{clean}");
        assert_eq!(clean.lines().count(), text.lines().count());
        for kept in [
            "name: MODE",
            "name: LONG",
            "name: FIRST",
            "env: APP_PORT",
            "port: 8080",
            "value-from: \"arn:aws",
            "pip3 install",
        ] {
            assert!(clean.contains(kept), "{kept}: {clean}");
        }
    }

    #[test]
    fn the_values_that_go_are_known() {
        let text = "env:\n  - name: A\n    value: \"open sesame\"\n  - {name: B, value: s3same-2}\n  - name: C\n    value: |\n      first line\n      second line\nrun:\n  command: go\n";
        let found = values(text);
        for value in ["open sesame", "s3same-2", "first line", "second line"] {
            assert!(found.contains(&value), "{value}: {found:?}");
        }
        assert!(!found.iter().any(|it| it.contains("go")), "{found:?}");
    }

    #[test]
    fn values_go_however_they_are_written() {
        for text in [
            "env: [{name: A, value: hidden}]",
            "env:\n  - {name: A, value: hidden}",
            "env:\n  - {\"name\": \"A\",\n     \"value\": \"hidden\"}",
            "env:\n  A: hidden",
            "env: {A: hidden}",
            "env: {A: hidden, value: x}",
            "env: [A=hidden,\n  B=hidden]",
            "env: &all [A=hidden]",
            "env: *all{A:hidden}",
            "env:\r  A: hidden",
            "env: &all\n  - name: A\n    value: >-\n      hidden\n      hidden",
            "x: &all\n  - name: A\n    value: hidden\nenv: *all",
            "env:\n- name: A\n  'value' : hidden",
            "# value: hidden",
            "env:\n  - name: A\n    value:\n      hidden",
            "env:\n  - name: A\n    value: \"one\n      hidden\"",
        ] {
            let clean = without_values(text);
            assert!(!clean.contains("hidden"), "{text}\nbecame\n{clean}");
        }
        let same = "run:\n  command: echo value\n  key-value: x\n";
        assert_eq!(without_values(same), same);
    }
}
