//! Reads a finished file back, line by line, before it gets its name.

use std::{
    fs::File,
    io::{self, BufRead, BufReader, Read, Seek},
};

use evidence_schema::{Coverage, Encoding, Manifest};
use redaction::LeakScan;
use serde_json::Value;

use crate::quarantine::Leaks;

/// What a bundle has in front of its records, and behind them.
const RECORDS: &str = "\"records\":[";
const COVERAGE: &str = "],\"coverage\":[";

/// What was found.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// In records, by their positions.
    pub records: Leaks,
    /// In the head of the file, or in the ledger.
    pub around: Option<&'static str>,
}

impl Found {
    /// Whether the file may leave as it is.
    pub(crate) fn is_clean(&self) -> bool {
        self.records.is_empty() && self.around.is_none()
    }
}

/// Looks at every line of a file.
///
/// # Errors
///
/// When the file cannot be read.
pub(crate) fn look(mut file: &File, encoding: Encoding, scan: &LeakScan) -> io::Result<Found> {
    file.rewind()?;
    match encoding {
        Encoding::Plain => lines(BufReader::new(file), scan),
        Encoding::Zstd => lines(BufReader::new(zstd::Decoder::new(file)?), scan),
    }
}

fn lines<R: Read>(mut input: BufReader<R>, scan: &LeakScan) -> io::Result<Found> {
    let mut found = Found::default();
    let mut line = String::new();
    let mut position = 0;
    let mut inside = false;
    loop {
        line.clear();
        if input.read_line(&mut line)? == 0 {
            return Ok(found);
        }
        let text = line.trim_end();
        let text = text.strip_suffix(',').unwrap_or(text);
        if inside && !text.starts_with(COVERAGE) && text != "]" {
            position += 1;
            if let Some(leak) = scan.line(text) {
                found.records.insert(position, leak);
            }
            continue;
        }
        inside = text.ends_with(RECORDS);
        // The head and the ends of lists are parts of documents; what they say is in strings.
        found.around = found.around.or_else(|| match inside {
            true => scan.line(&format!("{text}]}}")),
            false if text.starts_with("{\"source\"") => scan.line(text),
            false => scan.text(text),
        });
    }
}

/// The head and the ledger without the strings that leak.
pub(crate) fn clean(
    scan: &LeakScan,
    manifest: &Manifest,
    coverage: &[Coverage],
) -> io::Result<(Manifest, Vec<Coverage>)> {
    let mut head = serde_json::to_value(manifest)?;
    let mut ledger = serde_json::to_value(coverage)?;
    replace(scan, &mut head);
    replace(scan, &mut ledger);
    Ok((
        serde_json::from_value(head)?,
        serde_json::from_value(ledger)?,
    ))
}

fn replace(scan: &LeakScan, value: &mut Value) {
    match value {
        Value::String(text) => {
            if let Some(leak) = scan.text(text) {
                *text = format!("‹quarantined:{leak}›");
            }
        }
        Value::Array(values) => values.iter_mut().for_each(|it| replace(scan, it)),
        Value::Object(members) => members.values_mut().for_each(|it| replace(scan, it)),
        _ => {}
    }
}
