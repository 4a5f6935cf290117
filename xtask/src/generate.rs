//! The parts of the documentation that the programs themselves say.

use std::{fs, path::PathBuf};

use ::accuracy::Measured;

use crate::{
    Mode, Result, accuracy, bundles, demo,
    programs::{self, Build, Programs},
    workspace,
};

const HEAD: &str = "<!-- Written by `cargo xtask generate`. -->\n";

/// The first line of a page that another chore writes.
pub(crate) fn written_by(chore: &str) -> String {
    format!("<!-- Written by `cargo xtask {chore}`. -->\n")
}

pub(crate) fn run(mode: Mode) -> Result {
    let programs = Programs::build(Build::Debug)?;
    let docs = workspace::root().join("docs");
    let mut stale = Vec::new();
    let mut settle = |name: &str, text: String| {
        workspace::settle(&mut stale, &docs.join(name), text.as_bytes(), mode)
    };
    settle("rules.md", rules(&programs)?)?;
    settle("collected-data.md", collected_data(&programs)?)?;
    settle("command-line.md", command_line(&programs)?)?;
    settle("bundle.schema.json", pretty(&evidence_schema::schema())?)?;
    settle("report.schema.json", analyzer(&programs, &["schema"])?)?;
    readme(&programs, &mut stale, mode)?;
    accuracy::settle(&mut stale, &Measured::committed()?, false, mode)?;
    workspace::none_stale(&stale, "generate")
}

fn rules(programs: &Programs) -> Result<String> {
    let table = analyzer(programs, &["rules"])?;
    let mut page = format!("{HEAD}# Diagnoses\n\n{}\n", block(&table));
    for id in rule_ids(&table) {
        let text = analyzer(programs, &["explain", &id])?;
        page.push_str(&lower_headings(&text));
        page.push('\n');
    }
    Ok(page.trim_end().to_owned() + "\n")
}

/// The first word of each row that looks like the id of a rule.
fn rule_ids(table: &str) -> Vec<String> {
    table
        .lines()
        .filter_map(|line| line.split_whitespace().next())
        .filter(|word| {
            word.contains('-') && word.chars().all(|c| c.is_ascii_lowercase() || c == '-')
        })
        .map(str::to_owned)
        .collect()
}

/// A page becomes a section.
fn lower_headings(page: &str) -> String {
    let mut in_block = false;
    page.lines()
        .map(|line| {
            in_block ^= line.starts_with("```");
            let heading = !in_block && line.starts_with('#');
            format!("{}{line}\n", if heading { "#" } else { "" })
        })
        .collect()
}

fn collected_data(programs: &Programs) -> Result<String> {
    Ok(format!(
        "{HEAD}# What the collector asks for\n\n\
         Every source, its calls and the permission that each needs, as `apprunner-collector sources`\n\
         prints them. A call that is denied becomes a gap in the coverage ledger; it does not end the\n\
         collection.\n\n{}\n\
         The policy that `apprunner-collector policy` prints:\n\n{}",
        block(&collector(programs, &["sources"])?),
        json_block(&collector(programs, &["policy"])?),
    ))
}

fn command_line(programs: &Programs) -> Result<String> {
    let mut page = format!("{HEAD}# Command line\n");
    for (program, ask) in [
        (
            "apprunner-collector",
            collector as fn(&Programs, &[&str]) -> Result<String>,
        ),
        ("apprunner-analyzer", analyzer),
    ] {
        let help = ask(programs, &["--help"])?;
        page.push_str(&format!("\n## {program}\n\n{}", block(&help)));
        for command in subcommands(&help) {
            let help = ask(programs, &[&command, "--help"])?;
            page.push_str(&format!("\n### {program} {command}\n\n{}", block(&help)));
        }
    }
    Ok(page)
}

/// The commands that a help text lists.
fn subcommands(help: &str) -> Vec<String> {
    help.lines()
        .skip_while(|line| *line != "Commands:")
        .skip(1)
        .take_while(|line| !line.is_empty())
        .filter(|line| line.starts_with("  ") && !line.starts_with("   "))
        .filter_map(|line| line.split_whitespace().next())
        .filter(|command| *command != "help")
        .map(str::to_owned)
        .collect()
}

/// Renews the parts of the README between `<!-- generated: NAME -->` and `<!-- end -->`.
fn readme(programs: &Programs, stale: &mut Vec<PathBuf>, mode: Mode) -> Result {
    let path = workspace::root().join("README.md");
    let mut text = fs::read_to_string(&path)?;
    let bundle = bundles::committed(demo::DEFAULT_ACCOUNT);
    let report = analyzer(programs, &["analyze", &bundle.to_string_lossy()])?;
    for (name, new) in [
        ("report", block(&report)),
        ("policy", json_block(&collector(programs, &["policy"])?)),
    ] {
        let open = format!("<!-- generated: {name} -->\n");
        let missing = || format!("README.md has no place for `{name}`");
        let start = text.find(&open).ok_or_else(missing)? + open.len();
        let length = text[start..].find("<!-- end -->").ok_or_else(missing)?;
        text.replace_range(start..start + length, &new);
    }
    workspace::settle(stale, &path, text.as_bytes(), mode)
}

fn collector(programs: &Programs, arguments: &[&str]) -> Result<String> {
    say(programs.collector_alone().args(arguments))
}

fn analyzer(programs: &Programs, arguments: &[&str]) -> Result<String> {
    say(programs.analyzer().args(arguments))
}

/// What a program prints when nothing of this terminal reaches it.
fn say(command: &mut std::process::Command) -> Result<String> {
    let output = programs::output(
        command
            .current_dir(workspace::root())
            .env("NO_COLOR", "1")
            .env_remove("COLUMNS")
            .env_remove("CLICOLOR_FORCE"),
    )?;
    if output.stdout.is_empty() {
        return Err(format!(
            "a program printed nothing and ended with {}: {}",
            output.status,
            String::from_utf8_lossy(&output.stderr)
        )
        .into());
    }
    Ok(String::from_utf8(output.stdout)?)
}

fn block(text: &str) -> String {
    format!("```text\n{}\n```\n", text.trim_end())
}

fn json_block(text: &str) -> String {
    format!("```json\n{}\n```\n", text.trim_end())
}

fn pretty(value: &serde_json::Value) -> Result<String> {
    Ok(serde_json::to_string_pretty(value)? + "\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rule_ids_are_told_from_other_words() {
        let table = "id  severity\nport-mismatch  critical  The port\n16 rules\n  --flag\n";
        assert_eq!(rule_ids(table)[0], "port-mismatch");
        assert!(!rule_ids(table).contains(&"id".to_owned()));
    }

    #[test]
    fn commands_are_read_from_a_help_text() {
        let help = "Does.\n\nCommands:\n  collect  Collect it\n           all of it\n  help     Help\n\nOptions:\n  -h\n";
        assert_eq!(subcommands(help), ["collect"]);
    }

    #[test]
    fn headings_in_code_stay() {
        assert_eq!(
            lower_headings("# A\n```sh\n# comment\n```\n## B\n"),
            "## A\n```sh\n# comment\n```\n### B\n"
        );
    }
}
