//! Reads a bundle; its many log lines on two threads: this one takes the file apart, the other looks
//! at the lines.
//!
//! Records go over in batches and in their order, so nothing that comes out depends on timing. Other
//! records stay on this thread: they are few, and what has many parts is costly to free elsewhere.

use std::{
    io::Read,
    mem, panic,
    sync::mpsc::{self, Receiver, Sender},
    thread,
};

use evidence_schema::{Body, ReadError, Reader, Record};

use super::{Evidence, build::Builder};

/// How much memory the records of a batch take, about. With small ones the two threads wait for
/// each other more often than they work.
const BATCH: usize = 1 << 20;

/// How much memory the records may take that were read and not looked at yet.
const AHEAD: usize = 4 << 20;

/// How much memory records may take that are put into order before they are looked at.
const EARLY: usize = 8 << 20;

/// A record, with the memory that the reader counted for it.
type Weighed = (Record, usize);

/// Records that go over together.
#[derive(Default)]
struct Batch {
    records: Vec<Weighed>,
    memory: usize,
}

impl Evidence {
    /// Reads a bundle to its end.
    ///
    /// # Errors
    ///
    /// When the text is no bundle any more. A bundle that was cut is no error.
    pub fn read<R: Read>(mut reader: Reader<R>) -> Result<Self, ReadError> {
        let mut sorter = Sorter::new(Builder::new(reader.manifest().clone()));
        let mut first_line = None;
        while let Some(record) = reader.next() {
            let record = record?;
            let memory = reader.record_memory();
            if sorter.is_passed_on() && matches!(record.body, Body::ApplicationLog(_)) {
                first_line = Some((record, memory));
                break;
            }
            sorter.take(record, memory);
        }
        let Some(first_line) = first_line else {
            let (_, ending) = reader.into_parts();
            return Ok(sorter.finish().finish(ending));
        };
        sorter.take(first_line.0, first_line.1);
        let builder = thread::scope(|scope| {
            let (batches, to_take) = mpsc::channel();
            let (emptied, returned) = mpsc::channel();
            let taking = thread::Builder::new()
                .name("evidence".to_owned())
                .spawn_scoped(scope, move || take(sorter, &to_take, &emptied))
                .map_err(ReadError::Io)?;
            let read = hand_over(&mut reader, batches, &returned);
            let builder = taking.join().unwrap_or_else(|it| panic::resume_unwind(it));
            read.map(|()| builder)
        })?;
        let (_, ending) = reader.into_parts();
        Ok(builder.finish(ending))
    }
}

/// Reads to the end, but never far ahead of who takes the records.
fn hand_over<R: Read>(
    reader: &mut Reader<R>,
    batches: Sender<Batch>,
    returned: &Receiver<Batch>,
) -> Result<(), ReadError> {
    let mut batch = Batch::default();
    let mut ahead = 0;
    while let Some(record) = reader.next() {
        let record = record?;
        let memory = reader.record_memory();
        batch.memory += memory_of(&record, memory);
        batch.records.push((record, memory));
        if batch.memory < BATCH {
            continue;
        }
        ahead += batch.memory;
        // Nobody takes any more: there was a panic, which goes on where the thread is joined.
        if batches.send(mem::take(&mut batch)).is_err() {
            return Ok(());
        }
        loop {
            let emptied = match ahead > AHEAD {
                true => returned.recv().ok(),
                false => returned.try_recv().ok(),
            };
            let Some(emptied) = emptied else { break };
            ahead -= emptied.memory;
            batch.records = emptied.records;
        }
    }
    // Whether it arrives is told where the thread is joined.
    batches.send(batch).ok();
    Ok(())
}

/// Takes all records, and gives the memory of each batch back.
fn take(mut sorter: Sorter, batches: &Receiver<Batch>, emptied: &Sender<Batch>) -> Builder {
    for mut batch in batches {
        for (record, memory) in batch.records.drain(..) {
            sorter.take(record, memory);
        }
        // At the end nobody waits for it.
        emptied.send(batch).ok();
    }
    sorter.finish()
}

/// Puts a small bundle into the order of its record numbers, so that one that somebody filtered or
/// put together with other tools gives the same report. A large one has to be in order already, as
/// every collector writes it.
struct Sorter {
    builder: Builder,
    early: Vec<Weighed>,
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
    counted + text + size_of::<Weighed>()
}
