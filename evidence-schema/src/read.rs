//! Reads a bundle as a stream of records. Memory is bounded by a frame and a record.
//!
//! The bytes come from strangers: sizes and depth are capped, what is not understood is counted,
//! and a file that was cut gives what was whole.

mod scan;
mod text;

use std::{
    collections::BTreeMap,
    io::{self, BufReader, Chain, Cursor, Read},
};

use serde::{Deserialize, de::DeserializeOwned};

use self::{scan::Scanner, text::Text};
use crate::{
    coverage::Coverage,
    manifest::Manifest,
    record::{Body, Kind, LogLine, Record},
    version::{FORMAT, VERSION, Version},
};

/// How many kinds that are not known are told apart before the rest is lumped together.
const UNKNOWN_KINDS: usize = 64;

/// How much a reader takes from a stranger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The size of one record, of the manifest, of a coverage entry, in bytes of text.
    pub record_bytes: usize,
    /// The size of the whole text in bytes.
    pub total_bytes: u64,
    /// How deep JSON may nest.
    pub depth: usize,
}

impl Default for Limits {
    /// 16 MiB a record, 8 GiB in total, 64 levels.
    fn default() -> Self {
        Self {
            record_bytes: 16 << 20,
            total_bytes: 8 << 30,
            depth: 64,
        }
    }
}

/// Why a bundle could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// There is not a single byte.
    #[error("the file is empty")]
    Empty,
    /// It is something else.
    #[error("this is not an evidence bundle: {0}")]
    NotABundle(String),
    /// It ends before the records begin.
    #[error("the bundle was cut before its first record ({0})")]
    CutAtStart(String),
    /// A newer major version.
    #[error("the bundle has format {found}, this program reads up to {VERSION}; upgrade it")]
    TooNew {
        /// The version of the bundle.
        found: Version,
    },
    /// A member of the head is missing or comes too late.
    #[error("the member `{0}` does not stand before `records`")]
    MemberOrder(&'static str),
    /// The head, or an entry of the ledger, cannot be understood.
    #[error("failed to understand the member `{member}`")]
    Member {
        /// The member.
        member: &'static str,
        /// What serde found.
        #[source]
        source: serde_json::Error,
    },
    /// The text is not JSON.
    #[error("the text is not JSON at byte {offset}: {what}")]
    Malformed {
        /// Where, in bytes of text.
        offset: u64,
        /// What was found.
        what: &'static str,
    },
    /// A record, the manifest or a coverage entry is larger than the limit.
    #[error("one value at byte {offset} is larger than {limit} bytes")]
    RecordTooLarge {
        /// Where it begins, in bytes of text.
        offset: u64,
        /// [`Limits::record_bytes`].
        limit: usize,
    },
    /// The text is larger than the limit.
    #[error("the bundle holds more than {limit} bytes of text")]
    TooLarge {
        /// [`Limits::total_bytes`].
        limit: u64,
    },
    /// JSON nests deeper than the limit.
    #[error("the value at byte {offset} nests deeper than {limit} levels")]
    TooDeep {
        /// Where it begins, in bytes of text.
        offset: u64,
        /// [`Limits::depth`].
        limit: usize,
    },
    /// The file could not be read.
    #[error("failed to read the file")]
    Io(#[source] io::Error),
}

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
    version: Version,
    manifest: Manifest,
    /// How many records were met, understood or not.
    records: u64,
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
        let (start, input) = started(input)?;
        text::recognise(&start)?;
        let input = BufReader::with_capacity(BUFFER, Cursor::new(start).chain(input));
        let mut scanner = Scanner::new(Text::new(input, limits), limits);

        let at_start = |stop: Stop| match stop {
            Stop::Cut(cause) => ReadError::CutAtStart(cause),
            Stop::Error(error) => error,
        };
        scanner.expect(b'{').map_err(at_start)?;
        let mut head = Head::default();
        loop {
            let key = scanner.key().map_err(at_start)?;
            if key == "records" {
                break;
            }
            head.take(&key, &mut scanner).map_err(at_start)?;
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
            version,
            manifest,
            records: 0,
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

    /// What the end of the bundle says. Complete once the iteration gave `None`.
    pub fn ending(&self) -> &Ending {
        &self.ending
    }

    /// The manifest and the ending, without copying them.
    pub fn into_parts(self) -> (Manifest, Ending) {
        (self.manifest, self.ending)
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
            let value = self.scanner.value()?;
            self.records += 1;
            match parse(value) {
                Ok(record) => return Ok(Some(record)),
                Err(Unparsed::UnknownKind(kind)) => {
                    let kinds = &mut self.ending.unknown_kinds;
                    let known = kinds.contains_key(&kind) || kinds.len() < UNKNOWN_KINDS;
                    let kind = if known { kind } else { "(others)".to_owned() };
                    *kinds.entry(kind).or_default() += 1;
                }
                Err(Unparsed::Unreadable(why)) => {
                    self.ending.unreadable += 1;
                    self.ending
                        .first_unreadable
                        .get_or_insert((self.records, why));
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
                "coverage" => self.ending.coverage = read_coverage(&mut self.scanner)?,
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
fn started<R: Read>(mut input: R) -> Result<(Vec<u8>, R), ReadError> {
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
            Err(error) => return Err(ReadError::Io(error)),
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
    fn take<R: io::BufRead>(&mut self, key: &str, scanner: &mut Scanner<R>) -> Result<(), Stop> {
        match key {
            "format" => self.format = Some(member("format", scanner.value()?)?),
            "version" => self.version = Some(member("version", scanner.value()?)?),
            // Its shape may belong to a version that is refused, so the version is looked at first.
            "manifest" => self.manifest = Some(scanner.value()?.to_vec()),
            "coverage" => self.coverage = Some(read_coverage(scanner)?),
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

fn read_coverage<R: io::BufRead>(scanner: &mut Scanner<R>) -> Result<Vec<Coverage>, Stop> {
    let mut entries = Vec::new();
    scanner.expect(b'[')?;
    if scanner.ends(b']')? {
        return Ok(entries);
    }
    loop {
        entries.push(member("coverage", scanner.value()?)?);
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

enum Unparsed {
    UnknownKind(String),
    Unreadable(String),
}

fn parse(text: &[u8]) -> Result<Record, Unparsed> {
    #[derive(Deserialize)]
    struct Label<'a> {
        id: u64,
        #[serde(borrow)]
        kind: std::borrow::Cow<'a, str>,
    }

    let unreadable = |error: serde_json::Error| Unparsed::Unreadable(error.to_string());
    let label = match written_label(text) {
        Some((id, kind)) => Label {
            id,
            kind: kind.into(),
        },
        None => serde_json::from_slice(text).map_err(unreadable)?,
    };
    let Some(kind) = Kind::from_name(&label.kind) else {
        return Err(Unparsed::UnknownKind(label.kind.chars().take(64).collect()));
    };
    // A tagged enum is buffered by serde before it is understood. Log lines are nearly all of a
    // large bundle, so they are read as what they are.
    let log_line = || serde_json::from_slice::<LogLine>(text).map_err(unreadable);
    let body = match kind {
        Kind::ServiceLog => Body::ServiceLog(log_line()?),
        Kind::ApplicationLog => Body::ApplicationLog(log_line()?),
        _ => serde_json::from_slice(text).map_err(unreadable)?,
    };
    Ok(Record { id: label.id, body })
}

/// The id and kind of a record that still begins as [`crate::Writer`] wrote it.
fn written_label(text: &[u8]) -> Option<(u64, &str)> {
    let rest = text.strip_prefix(b"{\"id\":")?;
    let comma = memchr::memchr(b',', &rest[..rest.len().min(24)])?;
    let id = std::str::from_utf8(&rest[..comma]).ok()?.parse().ok()?;
    let rest = rest[comma..].strip_prefix(b",\"kind\":\"")?;
    let quote = memchr::memchr(b'"', &rest[..rest.len().min(64)])?;
    let kind = std::str::from_utf8(&rest[..quote]).ok()?;
    (!kind.contains('\\')).then_some((id, kind))
}
