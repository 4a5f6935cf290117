//! Threads that look at batches of lines.

use std::{
    collections::VecDeque,
    num::NonZero,
    panic,
    sync::mpsc::{self, Receiver, Sender},
    thread::{self, Scope, ScopedJoinHandle},
};

use evidence_schema::ReadError;

use super::BATCH;
use crate::{attempt::Batch, evidence::build::Builder, signature::Matcher};

/// More threads than this have nothing to do: lines do not come out of the file so fast.
const MOST: usize = 4;

/// The threads, which begin with the first batches, and the batches that they have.
pub(super) struct Threads<'scope> {
    /// How many there shall be.
    wanted: usize,
    all: Vec<Thread<'scope>>,
    /// Which threads have a batch, and how much memory it takes, in the order of the batches.
    ahead: VecDeque<(usize, usize)>,
    /// How much memory these take.
    memory: usize,
    /// Which thread is next.
    next: usize,
    /// Batches without lines.
    emptied: Vec<Batch>,
}

struct Thread<'scope> {
    handle: ScopedJoinHandle<'scope, ()>,
    /// Both are closed when the thread is over.
    to: Sender<Batch>,
    from: Receiver<Batch>,
}

impl<'scope> Threads<'scope> {
    /// As many as there are cores left: this thread has its own work.
    pub(super) fn new() -> Self {
        let cores = thread::available_parallelism().map_or(1, NonZero::get);
        Self {
            wanted: cores.saturating_sub(1).clamp(1, MOST),
            all: Vec::new(),
            ahead: VecDeque::new(),
            memory: 0,
            next: 0,
            emptied: Vec::new(),
        }
    }

    /// A batch without lines.
    pub(super) fn emptied(&mut self) -> Batch {
        self.emptied.pop().unwrap_or_default()
    }

    /// Keeps a batch that needs no look for the next ones.
    fn keep(&mut self, mut batch: Batch) {
        batch.clear(BATCH);
        self.emptied.push(batch);
    }

    /// Has a batch looked at, if there is a line in it.
    pub(super) fn look(
        &mut self,
        scope: &'scope Scope<'scope, '_>,
        batch: Batch,
    ) -> Result<(), ReadError> {
        if batch.lines.is_empty() {
            self.keep(batch);
            return Ok(());
        }
        if self.all.len() < self.wanted {
            self.all.push(Thread::begin(scope).map_err(ReadError::Io)?);
        }
        let memory = batch.lines.memory();
        self.next %= self.all.len();
        self.ahead.push_back((self.next, memory));
        self.memory += memory;
        // A thread that takes none any more had a panic, which goes on where the batch is missed.
        self.all[self.next].to.send(batch).ok();
        self.next += 1;
        Ok(())
    }

    /// Gives batches that were looked at to `builder`, in their order, until those that are left
    /// take `most` bytes of memory.
    pub(super) fn take_back(&mut self, builder: &mut Builder, most: usize) {
        while self.memory > most
            && let Some((thread, memory)) = self.ahead.pop_front()
        {
            let Ok(batch) = self.all[thread].from.recv() else {
                let over = self.all.swap_remove(thread);
                match over.handle.join() {
                    Err(cause) => panic::resume_unwind(cause),
                    Ok(()) => unreachable!("a thread works until nobody asks it"),
                }
            };
            self.memory -= memory;
            builder.looked_at(&batch);
            self.keep(batch);
        }
    }
}

impl<'scope> Thread<'scope> {
    fn begin(scope: &'scope Scope<'scope, '_>) -> std::io::Result<Self> {
        let (to, batches) = mpsc::channel::<Batch>();
        let (emptied, from) = mpsc::channel();
        let handle = thread::Builder::new()
            .name("lines".to_owned())
            .spawn_scoped(scope, move || {
                let mut matcher = Matcher::default();
                for mut batch in batches {
                    batch.look(&mut matcher);
                    if emptied.send(batch).is_err() {
                        return;
                    }
                }
            })?;
        Ok(Self { handle, to, from })
    }
}
