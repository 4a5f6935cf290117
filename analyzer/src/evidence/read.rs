//! Reads a bundle; the many log lines of a large one on several threads: this one takes the file
//! apart and keeps what matters, others look at the lines.
//!
//! Lines go over in batches and come back in their order, so nothing that comes out depends on
//! timing. Other records stay on this thread.

mod threads;

use std::{io::Read, mem, thread};

use evidence_schema::{Body, ReadError, Reader, Record};

use self::threads::Threads;
use super::{Evidence, build::Builder};

/// How much memory the lines of a batch take, about.
const BATCH: usize = 128 << 10;

/// How much memory lines may take that were read and not looked at yet.
const AHEAD: usize = 1 << 20;

/// How much memory records may take that are put into order before they are looked at.
const EARLY: usize = 8 << 20;

impl Evidence {
    /// Reads a bundle to its end.
    ///
    /// # Errors
    ///
    /// When the text is no bundle any more. A bundle that was cut is no error.
    pub fn read<R: Read>(mut reader: Reader<R>) -> Result<Self, ReadError> {
        let mut sorter = Sorter::new(Builder::new(reader.manifest().clone()));
        while let Some(record) = reader.next() {
            let record = record?;
            let is_line = matches!(record.body, Body::ApplicationLog(_));
            sorter.take(record, reader.record_memory());
            if is_line && sorter.is_passed_on() {
                break;
            }
        }
        let mut builder = sorter.finish();
        thread::scope(|scope| {
            let mut threads = Threads::new();
            let mut batch = threads.emptied();
            loop {
                reader.read_lines(&mut batch.lines, BATCH)?;
                if batch.lines.memory() < BATCH {
                    // Something else comes, or a line that a collector would write otherwise.
                    match reader.next().transpose()? {
                        Some(Record {
                            id,
                            body: Body::ApplicationLog(line),
                        }) => batch.push(id, &line),
                        Some(record) => builder.take(record, reader.record_memory()),
                        None => break,
                    }
                    if batch.lines.memory() < BATCH {
                        continue;
                    }
                }
                builder.choose(&mut batch);
                threads.look(scope, batch)?;
                threads.take_back(&mut builder, AHEAD);
                batch = threads.emptied();
            }
            builder.choose(&mut batch);
            threads.look(scope, batch)?;
            threads.take_back(&mut builder, 0);
            Ok::<(), ReadError>(())
        })?;
        let (_, ending) = reader.into_parts();
        Ok(builder.finish(ending))
    }
}

/// Puts a small bundle into the order of its record numbers, so that one that somebody filtered or
/// put together with other tools gives the same report. A large one has to be in order already, as
/// every collector writes it.
struct Sorter {
    builder: Builder,
    /// Records, with the memory that the reader counted for them.
    early: Vec<(Record, usize)>,
    held: usize,
}

impl Sorter {
    fn new(builder: Builder) -> Self {
        Self {
            builder,
            early: Vec::new(),
            held: 0,
        }
    }

    /// Whether the bundle is a large one, whose records are taken as they come.
    fn is_passed_on(&self) -> bool {
        self.held > EARLY
    }

    fn take(&mut self, record: Record, memory: usize) {
        if self.held > EARLY {
            self.builder.take(record, memory);
            return;
        }
        self.held += memory_of(&record, memory);
        self.early.push((record, memory));
        if self.held > EARLY {
            self.pass_on();
        }
    }

    fn pass_on(&mut self) {
        let mut early = mem::take(&mut self.early);
        early.sort_by_key(|(record, _)| record.id);
        for (record, memory) in early {
            self.builder.take(record, memory);
        }
    }

    fn finish(mut self) -> Builder {
        self.pass_on();
        self.builder
    }
}

/// What a record takes while it waits; of log lines the reader does not count it.
fn memory_of(record: &Record, counted: usize) -> usize {
    let text = match &record.body {
        Body::ServiceLog(line) | Body::ApplicationLog(line) => {
            line.message.len() + line.stream.len() + line.service_id.len()
        }
        _ => 0,
    };
    counted + text + size_of::<(Record, usize)>()
}
