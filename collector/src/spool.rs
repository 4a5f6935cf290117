//! Holds the records until all are there, sorted, in memory that does not grow with them.
//!
//! An external merge sort: when the buffer is full its records are sorted and written to a
//! temporary file without a name, and at the end the files are merged.

use std::{
    cmp::Reverse,
    collections::BinaryHeap,
    fs::File,
    io::{self, BufReader, BufWriter, Read, Seek, Write},
};

use chrono::DateTime;
use evidence_schema::{Body, Kind, Time, record::SortKey, write::Line};

/// How much text is held in memory before it goes to a file.
const BUFFER_BYTES: usize = 16 << 20;

/// With more files than this they are merged into one, so that neither file handles nor the
/// memory of the decoders grow with the bundle.
const MOST_RUNS: usize = 32;

/// A small window keeps each of the decoders of a merge small.
const WINDOW_LOG: u32 = 17;

/// What writes a run.
type Encoder = zstd::Encoder<'static, BufWriter<File>>;

/// A record that waits. Two of one key keep the order in which AWS gave them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Entry {
    key: SortKey,
    sequence: u64,
    line: String,
}

impl Entry {
    fn bytes(&self) -> usize {
        size_of::<Self>() + self.key.key.len() + self.line.len()
    }

    fn write(&self, out: &mut impl Write) -> io::Result<()> {
        let kind = Kind::ALL
            .iter()
            .position(|kind| *kind == self.key.kind)
            .expect("every kind is in the list of all kinds");
        out.write_all(&(kind as u64).to_le_bytes())?;
        out.write_all(&[u8::from(self.key.time.is_some())])?;
        if let Some(time) = self.key.time {
            out.write_all(&time.timestamp().to_le_bytes())?;
            out.write_all(&u64::from(time.timestamp_subsec_nanos()).to_le_bytes())?;
        }
        out.write_all(&self.sequence.to_le_bytes())?;
        for text in [&self.key.key, &self.line] {
            out.write_all(&(text.len() as u64).to_le_bytes())?;
            out.write_all(text.as_bytes())?;
        }
        Ok(())
    }

    fn read(input: &mut impl Read) -> io::Result<Option<Self>> {
        let mut first = [0; 8];
        match input.read_exact(&mut first) {
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
            result => result?,
        }
        let kind = *usize::try_from(u64::from_le_bytes(first))
            .ok()
            .and_then(|index| Kind::ALL.get(index))
            .ok_or_else(damaged)?;
        let mut has_time = [0];
        input.read_exact(&mut has_time)?;
        let time = match has_time {
            [0] => None,
            _ => {
                let mut seconds = [0; 8];
                input.read_exact(&mut seconds)?;
                Some(read_time(i64::from_le_bytes(seconds), read_u64(input)?)?)
            }
        };
        let sequence = read_u64(input)?;
        let key = read_text(input)?;
        let line = read_text(input)?;
        Ok(Some(Self {
            key: SortKey { kind, time, key },
            sequence,
            line,
        }))
    }
}

/// The records of one collection.
#[derive(Debug, Default)]
pub(crate) struct Spool {
    buffer: Vec<Entry>,
    buffered: usize,
    sequence: u64,
    runs: Vec<File>,
    limit: Option<usize>,
}

impl Spool {
    /// A spool whose buffer is full after so many bytes.
    #[cfg(test)]
    fn with_limit(limit: usize) -> Self {
        Self {
            limit: Some(limit),
            ..Self::default()
        }
    }

    /// Takes a record.
    pub(crate) fn push(&mut self, body: &Body) -> io::Result<()> {
        let mut key = body.sort_key();
        // The fingerprints of this run would sort the records otherwise than those of the next.
        key.key = redaction::unnumbered(&key.key).into_owned();
        self.take(&key, Line::of(body))
    }

    /// Takes a record that was serialised before.
    pub(crate) fn take(&mut self, key: &SortKey, line: Line) -> io::Result<()> {
        let entry = Entry {
            key: key.clone(),
            sequence: self.sequence,
            line: line.into_text(),
        };
        self.sequence += 1;
        self.buffered += entry.bytes();
        self.buffer.push(entry);
        if self.buffered >= self.limit.unwrap_or(BUFFER_BYTES) {
            self.spill()?;
        }
        Ok(())
    }

    /// Gives every record in the order of the bundle to `each`, the same ones whenever it is asked.
    pub(crate) fn read(
        &mut self,
        mut each: impl FnMut(&SortKey, Line) -> io::Result<()>,
    ) -> io::Result<()> {
        self.buffer.sort_unstable();
        let rest = self.buffer.iter().map(|entry| Ok(entry.clone()));
        merge(&self.runs, rest, |entry| {
            each(&entry.key, Line::from_text(entry.line))
        })
    }

    fn spill(&mut self) -> io::Result<()> {
        self.buffer.sort_unstable();
        if self.runs.len() >= MOST_RUNS {
            let runs = std::mem::take(&mut self.runs);
            let merged = run(|out| merge(&runs, std::iter::empty(), |entry| entry.write(out)))?;
            self.runs.push(merged);
        }
        let buffer = std::mem::take(&mut self.buffer);
        self.runs.push(run(|out| {
            buffer.iter().try_for_each(|entry| entry.write(out))
        })?);
        self.buffered = 0;
        Ok(())
    }
}

/// Writes a temporary file that nobody else can open and that vanishes with the process.
fn run(fill: impl FnOnce(&mut Encoder) -> io::Result<()>) -> io::Result<File> {
    let mut encoder = zstd::Encoder::new(BufWriter::new(tempfile::tempfile()?), 1)?;
    encoder.window_log(WINDOW_LOG)?;
    fill(&mut encoder)?;
    encoder.finish()?.into_inner().map_err(io::Error::from)
}

/// Merges sorted files and one sorted iterator.
fn merge(
    runs: &[File],
    rest: impl Iterator<Item = io::Result<Entry>>,
    mut each: impl FnMut(Entry) -> io::Result<()>,
) -> io::Result<()> {
    let mut inputs: Vec<Box<dyn Iterator<Item = io::Result<Entry>> + '_>> = Vec::new();
    for mut file in runs {
        file.rewind()?;
        let mut input = BufReader::new(zstd::Decoder::new(file)?);
        inputs.push(Box::new(std::iter::from_fn(move || {
            Entry::read(&mut input).transpose()
        })));
    }
    inputs.push(Box::new(rest));

    let mut heads = BinaryHeap::new();
    for (index, input) in inputs.iter_mut().enumerate() {
        if let Some(entry) = input.next() {
            heads.push(Reverse((entry?, index)));
        }
    }
    while let Some(Reverse((entry, index))) = heads.pop() {
        each(entry)?;
        if let Some(entry) = inputs[index].next() {
            heads.push(Reverse((entry?, index)));
        }
    }
    Ok(())
}

fn read_u64(input: &mut impl Read) -> io::Result<u64> {
    let mut bytes = [0; 8];
    input.read_exact(&mut bytes)?;
    Ok(u64::from_le_bytes(bytes))
}

fn read_time(seconds: i64, nanoseconds: u64) -> io::Result<Time> {
    u32::try_from(nanoseconds)
        .ok()
        .and_then(|nanoseconds| DateTime::from_timestamp(seconds, nanoseconds))
        .ok_or_else(damaged)
}

fn read_text(input: &mut impl Read) -> io::Result<String> {
    let length = read_u64(input)?;
    let mut text = String::new();
    if input.take(length).read_to_string(&mut text)? as u64 != length {
        return Err(damaged());
    }
    Ok(text)
}

fn damaged() -> io::Error {
    io::Error::new(
        io::ErrorKind::InvalidData,
        "a temporary file was changed by somebody else",
    )
}

#[cfg(test)]
mod tests {
    use evidence_schema::record::LogLine;

    use super::*;

    fn line(second: i64, message: &str) -> Body {
        Body::ApplicationLog(LogLine {
            time: DateTime::from_timestamp(second, 0).expect("a time"),
            service_id: "0".to_owned(),
            stream: "instance/1".to_owned(),
            ingested_at: None,
            message: message.to_owned(),
        })
    }

    fn drained(mut spool: Spool) -> Vec<String> {
        let mut lines = Vec::new();
        spool
            .read(|_, line| {
                lines.push(line.as_str().to_owned());
                Ok(())
            })
            .expect("temporary files can be read");
        lines
    }

    #[test]
    fn a_buffer_that_overflows_gives_the_same_as_one_that_does_not() {
        let (mut small, mut large) = (Spool::with_limit(500), Spool::default());
        for number in 0_i64..2_000 {
            // Many lines share a second, so that the order within a key is tested too.
            let body = line(
                number * 7_919 % 13,
                &format!("line {number} {}", "x".repeat(90)),
            );
            small.push(&body).expect("a temporary file");
            large.push(&body).expect("a temporary file");
        }
        assert!(!small.runs.is_empty() && small.runs.len() <= MOST_RUNS);
        assert!(large.runs.is_empty());
        let (small, large) = (drained(small), drained(large));
        assert_eq!(small.len(), 2_000);
        assert_eq!(small, large);
        let first: Vec<_> = small[..2]
            .iter()
            .map(|line| line.contains("line 0 "))
            .collect();
        assert_eq!(first, [true, false]);
    }

    #[test]
    fn what_was_read_can_be_read_again() {
        let mut spool = Spool::with_limit(500);
        for number in 0..40 {
            spool
                .push(&line(number % 7, "a line"))
                .expect("a temporary file");
        }
        assert!(!spool.runs.is_empty() && !spool.buffer.is_empty());
        let mut read = |most: usize| {
            let mut lines = Vec::new();
            let result = spool.read(|_, line| {
                if lines.len() == most {
                    return Err(io::Error::other("enough"));
                }
                lines.push(line);
                Ok(())
            });
            (lines, result.is_ok())
        };
        let (first, whole) = read(usize::MAX);
        assert!(whole && first.len() == 40);
        // One that ends early does not disturb the next.
        assert!(!read(10).1);
        assert_eq!(read(usize::MAX).0, first);
    }

    #[test]
    fn lines_of_one_time_keep_the_order_of_aws() {
        let mut spool = Spool::with_limit(1);
        for message in ["z", "a", "m"] {
            spool.push(&line(5, message)).expect("a temporary file");
        }
        let messages: Vec<_> = drained(spool)
            .iter()
            .map(|line| line.chars().rev().nth(2).expect("a message"))
            .collect();
        assert_eq!(messages, ['z', 'a', 'm']);
    }
}
