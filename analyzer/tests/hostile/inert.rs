//! Proofs that a written report does nothing but tell. Each gives back the commands that somebody
//! could copy out of the report.

use std::{fs, path::PathBuf, process::Command, sync::LazyLock};

use analyzer::{finding::Step, report::Report};
use html5ever::{parse_document, tendril::TendrilSink};
use markup5ever_rcdom::{Handle, NodeData, RcDom};
use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};
use regex::Regex;

/// The commands that people are shown: those that mend the cause, and the one that collects what was
/// missing.
pub(crate) fn commands(report: &Report) -> Vec<Vec<String>> {
    report
        .findings
        .iter()
        .filter(|finding| finding.standing == "cause")
        .flat_map(|finding| &finding.fix)
        .chain(&report.collect_again)
        .filter_map(|step| match step {
            Step::Command(words) => Some(words.clone()),
            Step::Text(_) => None,
        })
        .collect()
}

/// No character acts, hides, or turns text around, by the tables of Unicode.
pub(crate) fn nothing_acts(text: &str) {
    static ACTS: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}--\n]").unwrap()
    });
    if let Some(found) = ACTS.find(text) {
        let from = text.floor_char_boundary(found.start().saturating_sub(80));
        panic!("{:?} in {:?}", found.as_str(), &text[from..found.end()]);
    }
}

/// What somebody could copy out of a report.
pub(crate) enum Told {
    /// All commands of the cause.
    All(Vec<String>),
    /// The first of each finding, or none.
    First(Vec<String>),
}

pub(crate) fn text(report: &str) -> Told {
    let mut commands: Vec<String> = Vec::new();
    let mut open = false;
    for line in report.lines() {
        if open {
            let command = commands.last_mut().unwrap();
            command.push('\n');
            command.push_str(line);
        } else if let Some(command) = line.trim_start().strip_prefix('$') {
            assert!(line.starts_with("  $ "), "{line}");
            commands.push(command.to_owned());
        } else {
            continue;
        }
        open = line.ends_with(" \\");
    }
    Told::All(commands)
}

/// The headings that a report has.
const HEADINGS: &[&str] = &[
    "Also possible",
    "App Runner deployment report",
    "Bundle",
    "Cause",
    "Cause of the earlier failure",
    "Changes before it",
    "Could not be decided",
    "Could not be looked at",
    "Deployments before it",
    "False leads",
    "Fix",
    "Lines before it ended",
    "Looked at over 30 days",
    "Not applicable",
    "Other services",
    "Platform lines not understood",
    "Proof",
    "Refused calls",
    "Ruled out",
    "What happened",
    "What is known",
];

pub(crate) fn markdown(report: &str) -> Told {
    // What sites look for in the finished text, everywhere but in code.
    static FOUND: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(
            r"(?i)@\w|#\w|://|\bwww\.|\w\.\w|\b[A-Z]+-\d|:[^\s\d:][^\s:]*:|[*_~`$|<>\[\]{}\\^=]|\b[0-9a-f]{7,}\b|mailto|!\[",
        )
        .unwrap()
    });
    let (mut commands, mut heading, mut block, mut outside) = (vec![], None, None, String::new());
    for event in Parser::new_ext(report, Options::all()) {
        match event {
            Event::Start(Tag::Heading { .. }) => heading = Some(String::new()),
            Event::End(TagEnd::Heading(_)) => {
                let heading = heading.take().unwrap();
                assert!(HEADINGS.contains(&heading.as_str()), "{heading}");
            }
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(language))) => {
                assert!(matches!(&*language, "sh" | "text"), "{language}");
                block = Some((language.to_string(), String::new()));
            }
            Event::End(TagEnd::CodeBlock) => {
                let (language, text) = block.take().unwrap();
                if language == "sh" {
                    commands.push(text);
                }
            }
            Event::Text(text) => match (&mut block, &mut heading) {
                (Some((_, block)), _) => block.push_str(&text),
                (None, Some(heading)) => heading.push_str(&text),
                (None, None) => outside.push_str(&text),
            },
            Event::Code(_) => outside.push('□'),
            Event::Start(
                Tag::Paragraph
                | Tag::BlockQuote(None)
                | Tag::List(None)
                | Tag::Item
                | Tag::Emphasis
                | Tag::Strong,
            )
            | Event::End(_) => {
                if !outside.ends_with('\n') {
                    outside.push('\n');
                }
            }
            other => panic!("{other:?} in {report}"),
        }
    }
    if let Some(found) = FOUND.find(&outside) {
        panic!("{:?} in {outside}", found.as_str());
    }
    Told::All(commands)
}

/// The elements of the page, and the attributes that each may have.
const ELEMENTS: &[(&str, &[&str])] = &[
    ("body", &[]),
    ("code", &["class"]),
    ("dd", &[]),
    ("div", &[]),
    ("dl", &[]),
    ("dt", &[]),
    ("footer", &[]),
    ("h1", &[]),
    ("h2", &[]),
    ("h3", &[]),
    ("head", &[]),
    ("header", &[]),
    ("html", &["lang"]),
    ("li", &[]),
    ("main", &[]),
    ("meta", &["charset", "content", "http-equiv", "name"]),
    ("ol", &["class"]),
    ("p", &["class"]),
    ("pre", &["class", "tabindex"]),
    ("section", &["class"]),
    ("span", &["class"]),
    ("style", &[]),
    ("title", &[]),
    ("ul", &["class"]),
];

pub(crate) fn html(report: &str) -> Told {
    let dom = parse_document(RcDom::default(), html5ever::ParseOpts::default())
        .from_utf8()
        .one(report.as_bytes());
    assert!(dom.errors.borrow().is_empty(), "{:?}", dom.errors);
    let mut seen = Page::default();
    walk(&dom.document, &mut seen);
    assert_eq!(seen.styles, [include_str!("../../src/report/html.css")]);
    assert_eq!(
        seen.policies,
        ["default-src 'none'; style-src 'unsafe-inline'"]
    );
    for heading in &seen.headings {
        assert!(HEADINGS.contains(&heading.as_str()), "{heading}");
    }
    Told::All(seen.commands)
}

#[derive(Default)]
struct Page {
    styles: Vec<String>,
    policies: Vec<String>,
    headings: Vec<String>,
    commands: Vec<String>,
}

fn walk(node: &Handle, seen: &mut Page) {
    match &node.data {
        NodeData::Document | NodeData::Doctype { .. } | NodeData::Text { .. } => {}
        NodeData::Element { name, attrs, .. } => {
            let name = &*name.local;
            let Some((_, allowed)) = ELEMENTS.iter().find(|(it, _)| *it == name) else {
                panic!("an element {name}");
            };
            let attribute = |wanted: &str| {
                attrs
                    .borrow()
                    .iter()
                    .find(|it| &*it.name.local == wanted)
                    .map(|it| it.value.to_string())
            };
            for attr in attrs.borrow().iter() {
                let key = &*attr.name.local;
                assert!(allowed.contains(&key), "{key} of {name}");
                let ours = |letter: char| letter.is_ascii_lowercase() || " -_".contains(letter);
                assert!(key != "class" || attr.value.chars().all(ours), "{attr:?}");
            }
            match name {
                "style" => seen.styles.push(text_of(node)),
                "h1" | "h2" | "h3" => seen.headings.push(text_of(node)),
                "meta" if attribute("http-equiv").is_some() => {
                    seen.policies.extend(attribute("content"));
                }
                "pre" if attribute("class").as_deref() == Some("command") => {
                    seen.commands.push(text_of(node));
                }
                _ => {}
            }
        }
        other => panic!("{other:?}"),
    }
    for child in node.children.borrow().iter() {
        walk(child, seen);
    }
}

fn text_of(node: &Handle) -> String {
    match &node.data {
        NodeData::Text { contents } => contents.borrow().to_string(),
        _ => node.children.borrow().iter().map(text_of).collect(),
    }
}

pub(crate) fn csv(report: &str) -> Told {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .from_reader(report.as_bytes());
    let rows: Vec<csv::StringRecord> = reader.records().map(|row| row.unwrap()).collect();
    let (head, rows) = rows.split_first().unwrap();
    assert!(!rows.is_empty());
    // A line is a row: nothing in a cell breaks one.
    assert_eq!(report.lines().count(), rows.len() + 1);
    let place = |name: &str| head.iter().position(|it| it == name).unwrap();
    let mut commands = Vec::new();
    for row in rows {
        assert_eq!(row.len(), head.len());
        for cell in row {
            let formula = ['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠'];
            assert!(!cell.trim_start().starts_with(formula), "{cell}");
        }
        if row[place("standing")] == *"cause" && !row[place("fix_command")].is_empty() {
            commands.push(row[place("fix_command")].to_owned());
        }
    }
    Told::First(commands)
}

pub(crate) fn json(report: &str) -> Told {
    let document: serde_json::Value = serde_json::from_str(report).unwrap();
    let mut commands = Vec::new();
    for finding in document["findings"].as_array().unwrap() {
        for step in finding["fix"].as_array().unwrap() {
            if finding["standing"] == "cause" && step["type"] == "command" {
                commands.push(step["shell"].as_str().unwrap().to_owned());
            }
        }
    }
    let again = &document["collect_again"];
    if again["type"] == "command" {
        commands.push(again["shell"].as_str().unwrap().to_owned());
    }
    Told::All(commands)
}

/// Runs the commands that were copied out of each format in a shell that has nothing but stand-ins
/// for the programs, and compares what these were given with what was meant.
pub(crate) fn run(copied: &[Told], meant: &[Vec<String>]) {
    if meant.is_empty() {
        assert!(copied.iter().all(|told| match told {
            Told::All(told) | Told::First(told) => told.is_empty(),
        }));
        return;
    }
    let (mut script, mut wanted) = (STAND_INS.to_owned(), Vec::new());
    for told in copied {
        let (told, meant) = match told {
            Told::All(told) => (told, meant),
            // A table has what mends and nothing that collects.
            Told::First(told) => (told, &meant[..told.len().min(1)]),
        };
        for command in told {
            script.push_str(command.trim_end_matches('\n'));
            script.push('\n');
        }
        script.push_str("stand_in next\n");
        wanted.extend(meant.to_vec());
        wanted.push(vec!["next".to_owned()]);
    }
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("hostile-shell");
    fs::create_dir_all(&folder).unwrap();
    let output = Command::new("/bin/bash")
        .args(["--norc", "--noprofile", "-c", &script])
        .current_dir(&folder)
        .env_clear()
        .env("PATH", "/nonexistent")
        .output()
        .unwrap();
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(complaint.is_empty(), "{complaint} of {script}");
    assert!(output.status.success(), "{script}");
    let given: Vec<Vec<String>> = String::from_utf8(output.stdout)
        .unwrap()
        .split_terminator("\0\0end\0")
        .map(|words| words.split('\0').map(str::to_owned).collect())
        .collect();
    assert_eq!(given, wanted);
    assert_eq!(
        fs::read_dir(&folder).unwrap().count(),
        0,
        "a command wrote a file"
    );
}

/// What stands in for the programs tells the words that it was given.
const STAND_INS: &str = "\
stand_in() { printf '%s\\0' \"$@\"; printf '\\0end\\0'; }
aws() { stand_in aws \"$@\"; }
docker() { stand_in docker \"$@\"; }
apprunner-collector() { stand_in apprunner-collector \"$@\"; }
";
