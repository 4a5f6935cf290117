//! Bundles whose every string is an attack, through every format, with proofs by parsers that
//! nobody here wrote that it is inert.
//!
//! The committed bundles are taken, so that every rule is met that a sample makes fire, and each
//! string of each record, of the manifest and of the ledger is poisoned.

#![expect(clippy::unwrap_used, reason = "a test stops where it fails")]

#[path = "hostile/bundle.rs"]
mod bundle;
#[path = "hostile/inert.rs"]
mod inert;
#[path = "hostile/large.rs"]
mod large;

use std::collections::{BTreeMap, BTreeSet};

use analyzer::{
    evidence::Evidence,
    report::{self, Report, format},
};
use evidence_schema::{Limits, Reader};

use bundle::{Poison, Where};

/// What is put into strings.
const POISONS: &[&str] = &[
    "\u{1b}[2J\u{1b}]0;owned\u{7}\u{9b}31m\u{7f}\u{202e}gnp\u{2066}\u{200b}\u{feff}\u{e0041}\u{85}",
    "x\n\n# owned\r\n- $ reboot\n\n    code\u{2028}\u{2029}\u{0b}\u{0c}\n> [!NOTE]\n```\n=1",
    "<script>alert(1)</script><img src=x onerror=alert(1)>\"'><!--</style></code></pre>]]>&lt;",
    "[x](javascript:alert(1)) ![x](http://evil.example/a.png) <https://evil.example> [^1] [[w]]",
    " https://evil.example www.evil.example a@evil.example @everyone #1 GH-1 org/repo#1 :+1: ",
    " ` `` ``` ~~~ | a | b | **b** _i_ ~~s~~ $x$ $$y$$ [ ] 0123abcd0123abcd {#id} ==m== ^s^ ",
    "=cmd|' /C calc'!A0",
    "+1+1",
    "-2+3\t=1",
    "@SUM(1);=1,=1\",\"=1",
    "＝1＋1",
    " $(reboot) `id` ; rm -rf / & && || > x < y ' \" \\ ! ~ {a,b} * ? # \\",
    "'; reboot; '\"; reboot; \"$(id)\"",
    "--endpoint-url=http://evil.example",
    "file:///etc/passwd",
];

fn analyzed(bytes: &[u8]) -> Report {
    let reader = Reader::open(bytes, Limits::default()).unwrap();
    report::assemble(&Evidence::read(reader).unwrap())
}

fn written(report: &Report, format: &str) -> String {
    let mut out = anstream::StripStream::new(Vec::new());
    (format::find(format).unwrap().write)(report, &mut out).unwrap();
    String::from_utf8(out.into_inner()).unwrap()
}

/// Every format of a report, proven inert, and the commands of its fixes.
fn proven(report: &Report) -> Vec<Vec<String>> {
    let commands = inert::commands(report);
    for word in commands.iter().flatten() {
        // What the program would take for something else, however it is quoted.
        assert!(!word.starts_with("--endpoint") && !word.starts_with("file:///"));
    }
    let mut copied = Vec::new();
    for format in format::ALL {
        let text = written(report, format.id);
        inert::nothing_acts(&text);
        copied.push(match format.id {
            "text" => inert::text(&text),
            "markdown" => inert::markdown(&text),
            "html" => inert::html(&text),
            "csv" => inert::csv(&text),
            "json" => inert::json(&text),
            other => panic!("{other} needs a proof that it is inert"),
        });
    }
    inert::run(&copied, &commands);
    commands
}

#[test]
fn every_string_of_every_bundle_stays_text() {
    // Which rules gave a command with a poisoned name in it.
    let mut rules: BTreeMap<&str, usize> = BTreeMap::new();
    for (name, bundle) in bundle::committed() {
        for text in POISONS {
            for place in [Where::Behind, Where::Before, Where::Instead] {
                let report = analyzed(&bundle.poisoned(&Poison { text, place }));
                assert!(!report.redaction.quarantined.is_empty(), "{name}");
                proven(&report);
                for finding in &report.findings {
                    let poisoned = finding.fix.iter().any(|step| match step {
                        analyzer::finding::Step::Command(words) => {
                            words.iter().any(|word| word.contains(text.trim()))
                        }
                        analyzer::finding::Step::Text(_) => false,
                    });
                    *rules.entry(finding.rule).or_default() += usize::from(poisoned);
                }
            }
        }
    }
    let met: BTreeSet<&str> = rules
        .iter()
        .filter(|(_, commands)| **commands > 0)
        .map(|(rule, _)| *rule)
        .collect();
    let wanted: BTreeSet<&str> = [
        "access-role-trust",
        "application-crashed",
        "build-command-failed",
        "config-file-missing",
        "connection-not-available",
        "container-never-started",
        "health-check-failed",
        "health-check-path",
        "image-architecture",
        "image-not-found",
        "missing-environment-variable",
        "port-mismatch",
        "runtime-unsupported",
        "silent-rollback",
    ]
    .into();
    let unmet: Vec<_> = wanted.difference(&met).collect();
    assert!(
        unmet.is_empty(),
        "no poisoned command of {unmet:?}, but of {rules:?}"
    );
}

#[test]
fn a_hostile_report_in_every_format() {
    let bundles = bundle::committed();
    let text = "\u{1b}[31m\u{202e}<b>[x](http://evil.example) @everyone #1 `$(reboot)` '\"|=1";
    let bytes = bundles["image-tag-missing"].poisoned(&Poison {
        text,
        place: Where::Behind,
    });
    let report = analyzed(&bytes);
    assert_eq!(report.findings[0].rule, "image-not-found");
    for format in format::ALL {
        insta::assert_snapshot!(
            format!("image-tag-missing.{}", format.id),
            written(&report, format.id)
        );
    }
}
