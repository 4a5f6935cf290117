//! Reads a bundle as a stream of records. Memory is bounded by a frame and a record.
//!
//! The bytes come from strangers: sizes and depth are capped, what is not understood is counted,
//! and a file that was cut gives what was whole.

mod error;
mod label;
mod limits;
mod line;
mod lines;
mod scan;
mod text;

use std::{
    collections::BTreeMap,
    io::{self, BufReader, Chain, Cursor, Read},
};

use serde::de::DeserializeOwned;

pub use self::{
    error::ReadError,
    limits::Limits,
    lines::{Line, Lines},
};
use self::{
    label::{Label, Unparsed},
    scan::Scanner,
    text::{Text, unread},
};
use crate::{
    coverage::Coverage,
    manifest::Manifest,
    record::Record,
    version::{FORMAT, VERSION, Version},
};

/// How many kinds that are not known are told apart before the rest is lumped together.
const UNKNOWN_KINDS: usize = 64;

/// How much of the reason is told why a record could not be understood.
const WHY: usize = 300;

/// Why reading stops.
#[derive(Debug)]
enum Stop {
    /// The document ends early; what was read is good.
    Cut(String),
    /// The document cannot be read.
    Error(ReadError),
}

impl From<ReadError> for Stop {
    fn from(error: ReadError) -> Self {
        Self::Error(error)
    }
}

/// Where and why a bundle ends early.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cut {
    /// The number of records before the cut.
    pub after_records: u64,
    /// What was found there.
    pub cause: String,
}

/// What the end of a bundle says, and what was counted on the way.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ending {
    /// The coverage ledger; empty when the bundle was cut.
    pub coverage: Vec<Coverage>,
    /// Records of kinds that this version does not know.
    pub unknown_kinds: BTreeMap<String, u64>,
    /// Records of a known kind that could not be understood.
    pub unreadable: u64,
    /// The first of them: its position, and why.
    pub first_unreadable: Option<(u64, String)>,
    /// Where the bundle was cut, if it was.
    pub cut: Option<Cut>,
    /// Whether the text is what was written.
    pub digest: DigestCheck,
}

/// Whether the text of a bundle is what was written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DigestCheck {
    /// The digest agrees.
    Verified,
    /// The digest does not agree: somebody changed the text.
    Mismatch,
    /// The bundle ends before its digest, or has none.
    #[default]
    Missing,
}

/// What was read to tell what the file is, and the rest of it.
type Input<R> = Chain<Cursor<Vec<u8>>, R>;

/// What is read at once.
const BUFFER: usize = 128 << 10;

/// A bundle that is being read. Iterate over it, then ask for the [`Ending`].
///
/// The bytes may be zstd frames or plain JSON, as written or re-indented.
pub struct Reader<R: Read> {
    scanner: Scanner<BufReader<Input<R>>>,
    limits: Limits,
    version: Version,
    manifest: Manifest,
    /// How many records were met, understood or not.
    records: u64,
    /// How many of them are log lines.
    lines: u64,
    /// What the last record takes, if it is no log line.
    memory: usize,
    /// What all records that are no log lines would take.
    all_memory: u64,
    state: State,
    ending: Ending,
    stated_digest: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Records,
    Done,
}

impl<R: Read> Reader<R> {
    /// Reads the head of a bundle.
    ///
    /// # Errors
    ///
    /// When it is not a bundle, is too new, or ends before the first record.
    pub fn open(input: R, limits: Limits) -> Result<Self, ReadError> {
        let at_start = |stop: Stop| match stop {
            Stop::Cut(cause) => ReadError::CutAtStart(cause),
            Stop::Error(error) => error,
        };
        let (start, input) = started(input).map_err(|error| at_start(unread(error)))?;
        text::recognise(&start)?;
        let input = BufReader::with_capacity(BUFFER, Cursor::new(start).chain(input));
        let mut scanner = Scanner::new(Text::new(input, limits), limits);

        scanner.expect(b'{').map_err(at_start)?;
        let mut head = Head::default();
        loop {
            let key = scanner.key().map_err(at_start)?;
            if key == "records" {
                break;
            }
            head.take(&key, &mut scanner, limits).map_err(at_start)?;
            if !scanner.more(b'}').map_err(at_start)? {
                return Err(head.missing("records"));
            }
        }
        match head.format.as_deref() {
            Some(FORMAT) => {}
            Some(other) => {
                return Err(ReadError::NotABundle(format!(
                    "its format is {:?}",
                    other.chars().take(40).collect::<String>()
                )));
            }
            None => return Err(head.missing("format")),
        }
        let version = head.version.ok_or(ReadError::MemberOrder("version"))?;
        if version.major > VERSION.major {
            return Err(ReadError::TooNew { found: version });
        }
        let manifest = match head.manifest {
            Some(text) => member("manifest", &text)?,
            None => return Err(ReadError::MemberOrder("manifest")),
        };
        scanner.begin_digest();
        scanner.expect(b'[').map_err(at_start)?;
        Ok(Self {
            scanner,
            limits,
            version,
            manifest,
            records: 0,
            lines: 0,
            memory: 0,
            all_memory: 0,
            state: State::Records,
            ending: Ending {
                coverage: head.coverage.unwrap_or_default(),
                ..Ending::default()
            },
            stated_digest: head.digest,
        })
    }

    /// The version of the bundle.
    pub fn version(&self) -> Version {
        self.version
    }

    /// Who collected what, when, and with which settings.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// How much memory the last record takes, roughly; nothing for a log line.
    pub fn record_memory(&self) -> usize {
        self.memory
    }

    /// What the end of the bundle says. Complete once the iteration gave `None`.
    pub fn ending(&self) -> &Ending {
        &self.ending
    }

    /// The manifest and the ending, without copying them.
    pub fn into_parts(self) -> (Manifest, Ending) {
        (self.manifest, self.ending)
    }

    /// Takes the log lines of the application that come next, until `lines` take `most` bytes of
    /// memory. None is taken where something else comes, or the text has to be looked at closely:
    /// the iteration gives that, and knows whether the bundle is over.
    ///
    /// # Errors
    ///
    /// When there are more log lines than [`Limits::lines`].
    pub fn read_lines(&mut self, lines: &mut Lines, most: usize) -> Result<(), ReadError> {
        if self.state == State::Done || self.records == 0 {
            return Ok(());
        }
        while lines.memory() < most && self.scanner.next_line(lines) {
            self.records += 1;
            self.lines += 1;
            self.memory = 0;
            let limit = self.limits.lines;
            if self.lines > limit {
                self.state = State::Done;
                return Err(ReadError::TooManyLines { limit });
            }
        }
        Ok(())
    }

    fn next_record(&mut self) -> Result<Option<Record>, Stop> {
        loop {
            let more = if self.records == 0 {
                !self.scanner.ends(b']')?
            } else {
                self.scanner.more(b']')?
            };
            if !more {
                self.read_tail()?;
                return Ok(None);
            }
            let offset = self.scanner.offset();
            if let Some(line) = self.scanner.written_line()? {
                self.records += 1;
                self.lines += 1;
                let limit = self.limits.lines;
                if self.lines > limit {
                    return Err(ReadError::TooManyLines { limit }.into());
                }
                self.memory = 0;
                return Ok(Some(line));
            }
            let value = self.scanner.value()?;
            self.records += 1;
            let label = Label::of(value);
            let is_line = label.as_ref().is_ok_and(Label::is_line);
            self.lines += u64::from(is_line);
            let (count, limit) = match is_line {
                true => (self.lines, self.limits.lines),
                false => (self.records - self.lines, self.limits.records),
            };
            if count > limit {
                return Err(Stop::Error(match is_line {
                    true => ReadError::TooManyLines { limit },
                    false => ReadError::TooManyRecords { limit },
                }));
            }
            let parsed = match label {
                Ok(label) => {
                    self.memory = label.memory(value);
                    self.all_memory += self.memory as u64;
                    if self.memory > self.limits.record_memory {
                        let limit = self.limits.record_memory;
                        return Err(ReadError::RecordTooHeavy { offset, limit }.into());
                    }
                    if self.all_memory > self.limits.records_memory {
                        let limit = self.limits.records_memory;
                        return Err(ReadError::RecordsTooHeavy { offset, limit }.into());
                    }
                    label.parse(value)
                }
                Err(error) => Err(Unparsed::Unreadable(error)),
            };
            match parsed {
                Ok(record) => return Ok(Some(record)),
                Err(Unparsed::UnknownKind(kind)) => {
                    let kinds = &mut self.ending.unknown_kinds;
                    let known = kinds.contains_key(&kind) || kinds.len() < UNKNOWN_KINDS;
                    let kind = if known { kind } else { "(others)".to_owned() };
                    *kinds.entry(kind).or_default() += 1;
                }
                Err(Unparsed::Unreadable(error)) => {
                    self.ending.unreadable += 1;
                    if self.ending.first_unreadable.is_none() {
                        // serde quotes what it did not expect, however long that is.
                        let why = error.to_string().chars().take(WHY).collect();
                        self.ending.first_unreadable = Some((self.records, why));
                    }
                }
            }
        }
    }

    /// Reads what comes after the records.
    fn read_tail(&mut self) -> Result<(), Stop> {
        while self.scanner.more(b'}')? {
            // The digest covers everything before the comma in front of its own member.
            let key = self.scanner.key()?;
            match key.as_str() {
                "coverage" => {
                    let limit = self.limits.member_memory;
                    self.ending.coverage = read_coverage(&mut self.scanner, limit)?;
                }
                "digest" => {
                    let value = self.scanner.value_undigested()?;
                    self.stated_digest = serde_json::from_slice(value).ok();
                }
                _ => {
                    self.scanner.value()?;
                }
            }
        }
        self.ending.digest = match &self.stated_digest {
            None => DigestCheck::Missing,
            Some(stated) if *stated == self.scanner.digest() => DigestCheck::Verified,
            Some(_) => DigestCheck::Mismatch,
        };
        self.scanner.expect_end()
    }
}

impl<R: Read> Iterator for Reader<R> {
    type Item = Result<Record, ReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.state == State::Done {
            return None;
        }
        match self.next_record() {
            Ok(Some(record)) => Some(Ok(record)),
            Ok(None) => {
                self.state = State::Done;
                None
            }
            Err(Stop::Cut(cause)) => {
                self.state = State::Done;
                self.ending.cut = Some(Cut {
                    after_records: self.records,
                    cause,
                });
                None
            }
            Err(Stop::Error(error)) => {
                self.state = State::Done;
                Some(Err(error))
            }
        }
    }
}

/// Reads until it can be told what the file is: a pipe may give the first bytes one by one.
fn started<R: Read>(mut input: R) -> io::Result<(Vec<u8>, R)> {
    /// As many as the longest mark of a kind of file has.
    const MARK: usize = 4;

    let mut start = Vec::new();
    let mut blank = true;
    let mut piece = vec![0; BUFFER];
    while (start.len() < MARK || blank) && start.len() < BUFFER {
        let most = BUFFER - start.len();
        match input.read(&mut piece[..most]) {
            Ok(0) => break,
            Ok(read) => {
                start.extend_from_slice(&piece[..read]);
                blank &= piece[..read].iter().all(u8::is_ascii_whitespace);
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok((start, input))
}

/// The members that stand before the records.
#[derive(Default)]
struct Head {
    format: Option<String>,
    version: Option<Version>,
    manifest: Option<Vec<u8>>,
    coverage: Option<Vec<Coverage>>,
    digest: Option<String>,
}

impl Head {
    fn take<R: io::BufRead>(
        &mut self,
        key: &str,
        scanner: &mut Scanner<R>,
        limits: Limits,
    ) -> Result<(), Stop> {
        let limit = limits.member_memory;
        match key {
            "format" => self.format = Some(member("format", scanner.short()?)?),
            "version" => self.version = Some(member("version", scanner.short()?)?),
            // Its shape may belong to a version that is refused, so the version is looked at first.
            "manifest" => self.manifest = Some(scanner.kept("manifest", limit, 0)?.0.to_vec()),
            "coverage" => self.coverage = Some(read_coverage(scanner, limit)?),
            "digest" => self.digest = Some(member("digest", scanner.value_undigested()?)?),
            _ => {
                scanner.value()?;
            }
        }
        Ok(())
    }

    fn missing(&self, name: &'static str) -> ReadError {
        if self.format.is_some() {
            ReadError::MemberOrder(name)
        } else {
            ReadError::NotABundle("it is JSON without the member `format`".to_owned())
        }
    }
}

fn read_coverage<R: io::BufRead>(
    scanner: &mut Scanner<R>,
    limit: usize,
) -> Result<Vec<Coverage>, Stop> {
    let mut entries = Vec::new();
    let mut memory = 0;
    scanner.expect(b'[')?;
    if scanner.ends(b']')? {
        return Ok(entries);
    }
    loop {
        let (text, weight) = scanner.kept("coverage", limit, memory)?;
        entries.push(member("coverage", text)?);
        // What an entry takes before anything is in it.
        memory += weight + size_of::<Coverage>();
        if !scanner.more(b']')? {
            return Ok(entries);
        }
    }
}

fn member<T: DeserializeOwned>(name: &'static str, text: &[u8]) -> Result<T, ReadError> {
    serde_json::from_slice(text).map_err(|source| ReadError::Member {
        member: name,
        source,
    })
}
