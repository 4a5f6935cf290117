//! What a Dockerfile says about what is started, and for which platform.

use evidence_schema::record::DockerInstruction;

use crate::entropy::is_random;

/// The instructions that are kept. `ENV`, `ARG` and `RUN` hold values and are not.
const KEPT: &[&str] = &[
    "FROM",
    "EXPOSE",
    "CMD",
    "ENTRYPOINT",
    "USER",
    "WORKDIR",
    "SHELL",
];

/// So many instructions of one file, and so many letters of one.
const MOST: usize = 200;
const LONGEST: usize = 2_000;

/// The instructions in order.
pub fn instructions(text: &str) -> Vec<DockerInstruction> {
    let escape = escape_of(text);
    let mut found = Vec::new();
    let mut stages = 0_u32;
    let mut lines = (1_u32..).zip(text.lines());
    while let Some((number, line)) = lines.next() {
        let mut whole = line.trim().to_owned();
        if whole.is_empty() || whole.starts_with('#') {
            continue;
        }
        while whole.ends_with(escape) {
            whole.pop();
            let next = loop {
                match lines.next() {
                    // Comments and empty lines do not end a continued one.
                    Some((_, next))
                        if next.trim().is_empty() || next.trim_start().starts_with('#') => {}
                    Some((_, next)) => break next.trim(),
                    None => break "",
                }
            };
            whole = format!("{} {next}", whole.trim_end());
        }
        let (word, arguments) = whole
            .split_once(char::is_whitespace)
            .unwrap_or((&whole, ""));
        let instruction = word.to_ascii_uppercase();
        if let Some(end) = here_document(&instruction, arguments) {
            // What is in it is a script, and no instruction.
            for (_, line) in lines.by_ref() {
                if line.trim_start_matches('\t') == end {
                    break;
                }
            }
        }
        if instruction == "FROM" {
            stages += 1;
        }
        if KEPT.contains(&instruction.as_str()) && found.len() < MOST {
            let arguments = arguments.trim();
            let end = arguments.floor_char_boundary(LONGEST);
            found.push(DockerInstruction {
                line: number,
                stage: stages.saturating_sub(1),
                instruction,
                arguments: arguments[..end].to_owned(),
            });
        }
    }
    found
}

/// The values of `ENV` and `ARG`, which are not kept, as far as they look like made by chance: what
/// everybody writes there, such as `production`, hides nothing.
pub fn values(text: &str) -> Vec<&str> {
    text.lines()
        .map(str::trim)
        .filter(|line| {
            let word = line.split_whitespace().next().unwrap_or_default();
            word.eq_ignore_ascii_case("ENV") || word.eq_ignore_ascii_case("ARG")
        })
        .flat_map(|line| line.split(|it: char| it.is_whitespace() || it == '='))
        .map(|value| value.trim_matches(['"', '\'']))
        .filter(|value| is_random(value))
        .collect()
}

/// The letter that continues a line: a directive at the begin of the file can change it.
fn escape_of(text: &str) -> char {
    text.lines()
        .map_while(|line| line.trim().strip_prefix('#'))
        .filter_map(|line| line.split_once('='))
        .find(|(name, _)| name.trim().eq_ignore_ascii_case("escape"))
        .and_then(|(_, value)| value.trim().chars().next())
        .unwrap_or('\\')
}

/// The word that ends a here document, if the line begins one.
fn here_document(instruction: &str, arguments: &str) -> Option<String> {
    if !["RUN", "COPY", "ADD"].contains(&instruction) {
        return None;
    }
    let (_, rest) = arguments.split_once("<<")?;
    let rest = rest.strip_prefix('-').unwrap_or(rest);
    let word = rest.split_whitespace().next()?;
    let word = word.trim_matches(['"', '\'']);
    word.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        .then(|| word.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_that_look_random_are_known() {
        let text = "FROM x\nENV A=q7Zr1Lx9Tn4V NODE_ENV=production\nARG B=\"0a1B2c3D4e5F\"\nRUN echo z9Y8x7W6v5U4\n";
        assert_eq!(values(text), ["q7Zr1Lx9Tn4V", "0a1B2c3D4e5F"]);
    }

    fn told(text: &str) -> Vec<String> {
        instructions(text)
            .into_iter()
            .map(|it| {
                format!(
                    "{}/{} {} {}",
                    it.line, it.stage, it.instruction, it.arguments
                )
            })
            .collect()
    }

    #[test]
    fn stages_platforms_ports_and_commands_are_kept_and_values_are_not() {
        let text = "\
# syntax=docker/dockerfile:1
FROM --platform=linux/arm64 node:22 AS build
ENV TOKEN=secret-value
RUN <<EOF
CMD not an instruction
EOF
run npm ci \\
    # a comment
    && npm run build

from node:22-slim
COPY --from=build /app /app
EXPOSE 3000/tcp
User node
CMD [\"node\", \\
     \"server.js\"]
";
        assert_eq!(
            told(text),
            [
                "2/0 FROM --platform=linux/arm64 node:22 AS build",
                "11/1 FROM node:22-slim",
                "13/1 EXPOSE 3000/tcp",
                "14/1 USER node",
                "15/1 CMD [\"node\", \"server.js\"]",
            ]
        );
    }

    #[test]
    fn the_escape_can_be_another_and_a_file_may_end_anywhere() {
        assert_eq!(
            told("# escape=`\nFROM base\nCMD c:\\`\n run"),
            ["2/0 FROM base", "3/0 CMD c:\\ run"]
        );
        assert_eq!(told("FROM base\nCMD a \\"), ["1/0 FROM base", "2/0 CMD a"]);
        assert!(told("RUN <<EOF\nnever ended").is_empty());
        assert!(told("").is_empty());
    }
}
