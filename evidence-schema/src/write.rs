//! Writes a bundle as a stream.
//!
//! The text is cut into independent zstd frames of about 4 MiB, always between two records: they
//! can be decoded in parallel, and a file that was cut off in transfer still gives its whole
//! frames.

use std::io::{self, Write};

use serde::Serialize;
use zstd::{bulk::Compressor, zstd_safe::CParameter};

use crate::{
    coverage::Coverage,
    digest::Digest,
    manifest::Manifest,
    record::{Body, Kind, Record},
    version::{FORMAT, VERSION},
};

/// The text of a frame, before it is compressed, ends with the first record that passes this size.
const FRAME_BYTES: usize = 4 << 20;

/// zstd's own default: 10 times smaller than the text, faster than AWS can answer.
const LEVEL: i32 = 3;

/// How the text of a bundle is kept in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// zstd frames: `.evidence.json.zst`.
    Zstd,
    /// The bare text: `.json`.
    Plain,
}

/// A record that was serialised once, without its id, so that it can wait on a disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line(String);

impl Line {
    /// Serialises `body`.
    pub fn of(body: &Body) -> Self {
        Self(json(body)[1..].to_owned())
    }

    /// The line that [`Line::as_str`] gave.
    pub fn from_text(text: String) -> Self {
        Self(text)
    }

    /// The text, for [`Line::from_text`].
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The text, for [`Line::from_text`].
    pub fn into_text(self) -> String {
        self.0
    }

    /// The record, with 0 for the id that it has not got yet.
    ///
    /// # Errors
    ///
    /// When the text is none that [`Line::of`] made.
    pub fn record(&self) -> serde_json::Result<Record> {
        // A line has no id and no opening brace; with both it is a record.
        serde_json::from_str(&format!("{{\"id\":0,{}", self.0))
    }
}

/// What was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// The number of records.
    pub records: u64,
    /// The size of the text.
    pub text_bytes: u64,
    /// The size of the file.
    pub file_bytes: u64,
    /// The digest that the bundle states.
    pub digest: String,
}

/// Writes one bundle. Records come in the order of [`Body::sort_key`]; the caller sorts.
pub struct Writer<W: Write> {
    out: W,
    compressor: Option<Compressor<'static>>,
    /// The text of the frame that is being filled.
    frame: Vec<u8>,
    digest: Digest,
    last_kind: Option<Kind>,
    written: Written,
}

impl<W: Write> Writer<W> {
    /// Begins a bundle.
    ///
    /// # Errors
    ///
    /// When `out` does not take the text, or zstd cannot be set up.
    pub fn new(out: W, encoding: Encoding, manifest: &Manifest) -> io::Result<Self> {
        let compressor = match encoding {
            Encoding::Plain => None,
            Encoding::Zstd => {
                let mut compressor = Compressor::new(LEVEL)?;
                compressor.set_parameter(CParameter::ChecksumFlag(true))?;
                Some(compressor)
            }
        };
        let mut writer = Self {
            out,
            compressor,
            frame: Vec::with_capacity(FRAME_BYTES + (FRAME_BYTES >> 2)),
            digest: Digest::default(),
            last_kind: None,
            written: Written {
                records: 0,
                text_bytes: 0,
                file_bytes: 0,
                digest: String::new(),
            },
        };
        let head = format!(
            "{{\"format\":{},\"version\":{},\"manifest\":{},\"records\":",
            json(FORMAT),
            json(&VERSION),
            json(manifest),
        );
        writer.frame.extend_from_slice(head.as_bytes());
        writer.token("[");
        writer.newline();
        Ok(writer)
    }

    /// Writes a record and returns its id.
    ///
    /// # Errors
    ///
    /// When `out` does not take the text.
    pub fn record(&mut self, body: &Body) -> io::Result<u64> {
        debug_assert!(
            self.last_kind <= Some(body.kind()),
            "records are written in the order of their kinds"
        );
        self.last_kind = Some(body.kind());
        self.line(&Line::of(body))
    }

    /// Writes a record that was serialised before and returns its id.
    ///
    /// # Errors
    ///
    /// When `out` does not take the text.
    pub fn line(&mut self, line: &Line) -> io::Result<u64> {
        self.written.records += 1;
        let id = self.written.records;
        if id > 1 {
            self.token(",");
            self.newline();
        }
        self.token(format!("{{\"id\":{id},"));
        self.token(line.as_str());
        if self.frame.len() >= FRAME_BYTES {
            self.end_frame()?;
        }
        Ok(id)
    }

    /// Ends the bundle and gives `out` back.
    ///
    /// # Errors
    ///
    /// When `out` does not take the text.
    pub fn finish(mut self, coverage: &[Coverage]) -> io::Result<(W, Written)> {
        self.newline();
        self.token("],\"coverage\":[");
        for (index, entry) in coverage.iter().enumerate() {
            if index > 0 {
                self.token(",");
            }
            self.newline();
            self.token(json(entry));
        }
        self.newline();
        self.token("]");
        self.written.digest = self.digest.finish();
        let end = format!(",\"digest\":{}}}\n", json(&self.written.digest));
        self.frame.extend_from_slice(end.as_bytes());
        self.end_frame()?;
        self.out.flush()?;
        Ok((self.out, self.written))
    }

    fn token(&mut self, text: impl AsRef<[u8]>) {
        self.digest.compact(text.as_ref());
        self.frame.extend_from_slice(text.as_ref());
    }

    fn newline(&mut self) {
        self.frame.push(b'\n');
    }

    fn end_frame(&mut self) -> io::Result<()> {
        self.written.text_bytes += self.frame.len() as u64;
        let bytes = match &mut self.compressor {
            Some(compressor) => &compressor.compress(&self.frame)?,
            None => &self.frame,
        };
        self.written.file_bytes += bytes.len() as u64;
        self.out.write_all(bytes)?;
        self.frame.clear();
        Ok(())
    }
}

fn json<T: Serialize + ?Sized>(value: &T) -> String {
    serde_json::to_string(value).expect("the types of a bundle have string keys only")
}
