//! A large bundle, whose lines several threads look at, gives what one thread finds line by line.

#![expect(clippy::unwrap_used, reason = "a test stops where it fails")]

use std::{fs, path::Path, time::Duration};

use analyzer::{
    evidence::{Builder, Evidence},
    report::{self, format},
};
use evidence_schema::{
    Body, Encoding, Limits, Reader, Writer,
    read::DigestCheck,
    record::{Kind, LogLine},
};

/// So many that the reader takes them in batches: about 20 MB.
const LINES: u64 = 120_000;

/// A bundle with many lines, every few of them something that a rule looks for.
fn bundle() -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../samples/bundles/port-mismatch.json");
    let text = fs::read(path).unwrap();
    let mut reader = Reader::open(text.as_slice(), Limits::default()).unwrap();
    let mut out = Writer::new(Vec::new(), Encoding::Zstd, &reader.manifest().clone()).unwrap();
    let mut last = None;
    for record in &mut reader {
        let body = record.unwrap().body;
        if body.kind() > Kind::ApplicationLog {
            continue;
        }
        out.record(&body).unwrap();
        if let Body::ApplicationLog(line) = body {
            last = Some(line);
        }
    }
    let last: LogLine = last.unwrap();
    for number in 0..LINES {
        let message = match number % 7 {
            0 => format!("GET /items/{number} 404 1 ms"),
            1 => "GET /health 503 1 ms".to_owned(),
            2 => format!("FIELD_{}", number / 7 % 40),
            3 => "  Field required [type=missing, input_value={}, input_type=dict]".to_owned(),
            4 => format!("{{\"msg\":\"listening on port {}\"}}", 3_000 + number % 50),
            5 => format!(
                "é \u{2028} \t{number} {}",
                "x".repeat(number as usize % 300)
            ),
            _ => String::new(),
        };
        let other = number % 1_000;
        let time = last.time + Duration::from_millis(number / 30);
        let line = LogLine {
            time,
            ingested_at: (other != 17).then_some(time),
            service_id: match other {
                500..510 => "11111111111111111111111111111111".to_owned(),
                _ => last.service_id.clone(),
            },
            stream: match other {
                700..720 => format!("instance/{number}"),
                _ => last.stream.clone(),
            },
            message,
        };
        out.record(&Body::ApplicationLog(line)).unwrap();
    }
    out.finish(&reader.ending().coverage).unwrap().0
}

/// Line by line.
fn one_by_one(bundle: &[u8]) -> Evidence {
    let mut reader = Reader::open(bundle, Limits::default()).unwrap();
    let mut builder = Builder::new(reader.manifest().clone());
    while let Some(record) = reader.next() {
        builder.take(record.unwrap(), reader.record_memory());
    }
    builder.finish(reader.into_parts().1)
}

fn reports(evidence: &Evidence) -> Vec<Vec<u8>> {
    let report = report::assemble(evidence);
    let formats = format::ALL.iter();
    formats
        .map(|format| {
            let mut out = Vec::new();
            (format.write)(&report, &mut out).unwrap();
            out
        })
        .collect()
}

/// What threads find in a bundle is what one finds, which is given back.
fn assert_same(bundle: &[u8]) -> Evidence {
    let application = |evidence: &Evidence| {
        let attempt = evidence.attempts.iter().rfind(|it| it.failed()).unwrap();
        format!("{:#?}", attempt.application)
    };
    let expected = one_by_one(bundle);
    let read = Evidence::read(Reader::open(bundle, Limits::default()).unwrap()).unwrap();
    assert_eq!(application(&read), application(&expected));
    assert_eq!(read.platform.foreign, expected.platform.foreign);
    assert_eq!(read.records, expected.records);
    assert_eq!(read.digest, expected.digest);
    assert!(reports(&read) == reports(&expected), "the reports differ");
    assert!(application(&read).contains("FIELD_7"));
    assert!(read.platform.foreign > 0);
    read
}

#[test]
fn several_threads_find_what_one_finds() {
    let read = assert_same(&bundle());
    assert_eq!(read.digest, DigestCheck::Verified);
}

#[test]
fn lines_that_are_not_as_they_were_written_keep_their_place() {
    let mut text = Vec::new();
    zstd::stream::copy_decode(bundle().as_slice(), &mut text).unwrap();
    let text = String::from_utf8(text).unwrap();
    // Every tenth request or so, and some that cannot be understood.
    let changed = text
        .replace("7 404 1 ms\"}", "7 404 1 ms\" }")
        .replace("GET /items/77", "GET \\u002fitems/77")
        .replace("GET /items/99", "GET \\ud800/items/99");
    assert_ne!(changed, text);
    let read = assert_same(changed.as_bytes());
    assert!(read.unreadable.0 > 0);
}
