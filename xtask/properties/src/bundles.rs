//! Bundles: bytes, records, evidence and reports.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::{self, Read},
    sync::LazyLock,
};

use analyzer::{
    evidence::Evidence,
    report::{
        self,
        format::{ALL, Format},
    },
};
use evidence_schema::{
    Encoding, Limits, Manifest, Reader, Record, Writer,
    read::{DigestCheck, Ending},
};
use regex::Regex;
use serde_json::Value;

/// Words of the format.
pub(crate) const WORDS: &[&str] = &[
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "\"",
    "\\",
    "\\u0000",
    "\u{1b}",
    "\\u001b[5m",
    "\\u009b",
    "\u{202e}",
    "null",
    "true",
    "-1",
    "1e999",
    "18446744073709551615",
    "0.1",
    "\"id\":",
    "\"kind\":\"service_log\"",
    "\"kind\":\"operation\"",
    "\"kind\":\"unheard_of\"",
    "\"coverage\":[",
    "\"digest\":",
    "\"status\":\"FAILED\"",
    "\"status\":\"ROLLBACK_SUCCEEDED\"",
    "\"2026-11-20T10:00:00Z\"",
    "\"9999-12-31T23:59:59Z\"",
    "\"0000-01-01T00:00:00Z\"",
    "\"+262142-12-31T23:59:59Z\"",
];

/// The styles of the text report: bold or faint, and three colours.
static STYLE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new("\u{1b}\\[(?:0|1|2|31|32|33)m").expect("the pattern is fixed and tested")
});

/// What a stranger may send; far below what a program takes, so that a run stays small.
const LOOSE: Limits = Limits {
    record_bytes: 256 << 10,
    total_bytes: 2 << 20,
    depth: 32,
    ..Limits::DEFAULT
};

const TIGHT: Limits = Limits {
    record_bytes: 2 << 10,
    total_bytes: 16 << 10,
    depth: 8,
    ..Limits::DEFAULT
};

/// All that one reading of a bundle gave.
#[derive(Debug, PartialEq)]
struct Seen {
    manifest: Manifest,
    records: Vec<Record>,
    ending: Ending,
    error: Option<String>,
}

/// Reading a bundle ends, tells the same however the bytes come, and gives what is before a cut.
pub fn reader(input: &[u8]) {
    let whole = see(input, LOOSE);
    let dribbled = see(Dribble(input), LOOSE);
    assert_eq!(
        whole, dribbled,
        "what is read does not depend on how it comes"
    );

    let Ok(whole) = whole else {
        return;
    };
    if is_plain(input) {
        let begun = input.iter().filter(|byte| **byte == b'{').count() as u64;
        assert!(
            met(&whole) < begun,
            "a record is an object inside of another"
        );
        if let Ok(part) = see(&input[..input.len() / 2], LOOSE) {
            assert_starts_with(&whole.records, &part.records);
        }
    }
    if let Ok(part) = see(input, TIGHT) {
        assert_starts_with(&whole.records, &part.records);
        assert!(part.error.is_some() || part == whole, "a limit is told");
    }
    if whole.error.is_some() || whole.ending.cut.is_some() {
        assert_ne!(
            whole.ending.digest,
            DigestCheck::Verified,
            "half a bundle is not what was written"
        );
    }
    assert_written_again(whole);
}

/// A report is the same twice, acts on no terminal, and cites what is in the bundle.
pub fn chain(input: &[u8]) {
    let Ok(reader) = Reader::open(input, LOOSE) else {
        return;
    };
    let Ok(evidence) = Evidence::read(reader) else {
        return;
    };
    let told = reports(&evidence);
    let again = Reader::open(input, LOOSE).and_then(Evidence::read);
    let again = again.expect("what was read once can be read twice");
    assert_eq!(told, reports(&again), "a report is the same twice");

    assert_harmless(&told);
    let json: Value = serde_json::from_str(&told["json"]).expect("the JSON report is JSON");
    let seen = see(input, LOOSE).expect("what was read once can be read twice");
    let ids = seen.records.iter().map(|it| it.id).collect();
    assert_cited(&json, &ids);
}

/// Nothing in the reports acts on a terminal.
pub(crate) fn assert_harmless(told: &BTreeMap<&'static str, String>) {
    for (format, report) in told {
        // Styles are of the text report itself, which is written without them where they would show.
        let bare = STYLE.replace_all(report, "");
        let acting = bare.chars().find(|it| it.is_control() && *it != '\n');
        assert_eq!(
            acting, None,
            "a {format} report holds no control characters"
        );
    }
}

/// The report in every format.
pub(crate) fn reports(evidence: &Evidence) -> BTreeMap<&'static str, String> {
    let report = report::assemble(evidence);
    let written = |format: &Format| {
        let mut out = Vec::new();
        (format.write)(&report, &mut out).expect("memory takes all");
        let text = String::from_utf8(out).expect("a report is text");
        (format.id, text)
    };
    ALL.iter().map(written).collect()
}

/// Every record that a finding rests on is one of the bundle's.
fn assert_cited(value: &Value, ids: &BTreeSet<u64>) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                if name == "record" && !value.is_null() {
                    let record = value.as_u64().expect("a record is a number");
                    assert!(
                        ids.contains(&record),
                        "record {record} is cited and not there"
                    );
                }
                assert_cited(value, ids);
            }
        }
        Value::Array(items) => items.iter().for_each(|it| assert_cited(it, ids)),
        _ => {}
    }
}

fn see(input: impl Read, limits: Limits) -> Result<Seen, String> {
    let mut reader = Reader::open(input, limits).map_err(|error| format!("{error:?}"))?;
    let mut records = Vec::new();
    let mut error = None;
    for record in reader.by_ref() {
        match record {
            Ok(record) => records.push(record),
            Err(why) => error = Some(format!("{why:?}")),
        }
    }
    assert!(reader.next().is_none(), "the end stays the end");
    let (manifest, ending) = reader.into_parts();
    Ok(Seen {
        manifest,
        records,
        ending,
        error,
    })
}

/// How many records there were, understood or not.
fn met(seen: &Seen) -> u64 {
    let unknown: u64 = seen.ending.unknown_kinds.values().sum();
    seen.records.len() as u64 + unknown + seen.ending.unreadable
}

fn is_plain(input: &[u8]) -> bool {
    input.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'{')
}

fn assert_starts_with(whole: &[Record], part: &[Record]) {
    let begin = whole.get(..part.len());
    assert_eq!(
        begin,
        Some(part),
        "a part gives the first records of the whole"
    );
}

/// What was understood can be written, and read as it was, in both encodings.
fn assert_written_again(seen: Seen) {
    let mut bodies: Vec<_> = seen.records.into_iter().map(|it| it.body).collect();
    bodies.sort_by_key(|body| body.kind());
    for encoding in [Encoding::Plain, Encoding::Zstd] {
        let mut writer =
            Writer::new(Vec::new(), encoding, &seen.manifest).expect("memory takes all");
        for body in &bodies {
            writer.record(body).expect("memory takes all");
        }
        let (bytes, written) = writer
            .finish(&seen.ending.coverage)
            .expect("memory takes all");
        assert_eq!(written.records, bodies.len() as u64);

        let again = see(bytes.as_slice(), Limits::default()).expect("a bundle that we wrote");
        assert_eq!(again.error, None);
        assert_eq!(again.manifest, seen.manifest);
        assert_eq!(again.ending.coverage, seen.ending.coverage);
        assert_eq!(again.ending.digest, DigestCheck::Verified);
        assert_eq!((again.ending.unreadable, again.ending.cut), (0, None));
        assert!(again.records.iter().map(|it| it.id).eq(1..=written.records));
        assert!(again.records.iter().map(|it| &it.body).eq(&bodies));
    }
}

/// Gives a byte, then two, then three, and one again: no edge of a piece is where it was hoped.
struct Dribble<'a>(&'a [u8]);

impl Read for Dribble<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let size = 1 + self.0.len() % 3;
        let size = size.min(self.0.len()).min(buffer.len());
        let (now, later) = self.0.split_at(size);
        buffer[..size].copy_from_slice(now);
        self.0 = later;
        Ok(size)
    }
}
