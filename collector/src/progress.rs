//! Progress on stderr: what is asked, before it is asked.

use std::{
    cell::RefCell,
    collections::BTreeMap,
    io::{IsTerminal, Write, stderr},
    time::{Duration, Instant},
};

use evidence_schema::{Coverage, Status};

use crate::terminal::escaped;

/// A status line that changes faster cannot be read.
const REFRESH: Duration = Duration::from_millis(100);

/// How much is told on standard error.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Voice {
    /// Errors alone.
    Quiet,
    /// What is asked and what came of it.
    #[default]
    Normal,
    /// Each call as well.
    Calls,
}

/// Tells the user what goes on.
#[derive(Debug)]
pub(crate) struct Progress {
    shape: Shape,
    began: Instant,
    /// The sources that are being asked.
    active: RefCell<BTreeMap<&'static str, Asked>>,
    drawn: RefCell<Option<Instant>>,
}

/// What a source gave so far, and since when it is asked.
#[derive(Clone, Copy, Debug)]
struct Asked {
    records: u64,
    since: Instant,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shape {
    /// One line that is drawn over.
    InPlace,
    /// A line for every event.
    Lines,
    /// Nothing.
    Hidden,
}

impl Progress {
    /// In place on a terminal, lines elsewhere, nothing for who wants quiet.
    pub(crate) fn new(voice: Voice) -> Self {
        Self::of(if voice == Voice::Quiet {
            Shape::Hidden
        } else if stderr().is_terminal() {
            Shape::InPlace
        } else {
            Shape::Lines
        })
    }

    /// Nothing at all.
    pub(crate) fn hidden() -> Self {
        Self::of(Shape::Hidden)
    }

    fn of(shape: Shape) -> Self {
        Self {
            shape,
            began: Instant::now(),
            active: RefCell::default(),
            drawn: RefCell::default(),
        }
    }

    /// A source is about to be asked.
    pub(crate) fn begin(&self, source: &'static str, summary: &str) {
        let asked = Asked {
            records: 0,
            since: Instant::now(),
        };
        self.active.borrow_mut().insert(source, asked);
        match self.shape {
            Shape::InPlace => self.draw(true),
            _ => self.line(&format!("{source}: asking for {summary}")),
        }
    }

    /// A source has something to say before it asks.
    pub(crate) fn tell(&self, source: &str, text: &str) {
        self.line(&format!("{source}: {text}"));
        if self.shape == Shape::InPlace {
            self.draw(true);
        }
    }

    /// A source gave a record.
    pub(crate) fn record(&self, source: &'static str) {
        if let Some(asked) = self.active.borrow_mut().get_mut(source) {
            asked.records += 1;
        }
        if self.shape == Shape::InPlace {
            self.draw(false);
        }
    }

    /// A source has ended.
    pub(crate) fn end(&self, source: &'static str, entries: &[Coverage]) {
        let asked = self.active.borrow_mut().remove(source);
        let took = asked.map_or(String::new(), |asked| {
            format!(" in {:.1} s", asked.since.elapsed().as_secs_f64())
        });
        let records: u64 = entries.iter().map(|entry| entry.records).sum();
        let worst = entries
            .iter()
            .map(|entry| entry.status)
            .filter(|status| !matches!(status, Status::Absent | Status::NotAsked))
            .max();
        let noun = if records == 1 { "record" } else { "records" };
        let text = match worst {
            Some(Status::Complete) => format!("{source}: {records} {noun}{took}"),
            Some(status) => {
                format!("{source}: {records} {noun}{took}, {}", status_word(status))
            }
            None => match entries.first() {
                Some(entry) => format!("{source}: {}", status_word(entry.status)),
                None => format!("{source}: nothing"),
            },
        };
        self.line(&text);
        if self.shape == Shape::InPlace {
            self.draw(true);
        }
    }

    /// Takes the status line away.
    pub(crate) fn clear(&self) {
        if self.shape == Shape::InPlace {
            write("\r\u{1b}[2K");
        }
    }

    fn line(&self, text: &str) {
        self.clear();
        match self.shape {
            Shape::Hidden => {}
            _ => write(&format!("{}\n", escaped(text))),
        }
    }

    fn draw(&self, now: bool) {
        let mut drawn = self.drawn.borrow_mut();
        if !now && drawn.is_some_and(|at| at.elapsed() < REFRESH) {
            return;
        }
        *drawn = Some(Instant::now());
        let active: Vec<_> = self
            .active
            .borrow()
            .iter()
            .map(|(source, asked)| match asked.records {
                0 => (*source).to_owned(),
                records => format!("{source} {records}"),
            })
            .collect();
        if !active.is_empty() {
            // Without a known width the line is kept short; a wrapped one could not be redrawn.
            let text: String = format!(
                "{} s, asking: {}",
                self.began.elapsed().as_secs(),
                active.join(", ")
            )
            .chars()
            .take(78)
            .collect();
            write(&format!("\r\u{1b}[2K{text}"));
        }
    }
}

/// Tells a line that no source is behind.
pub(crate) fn interject(line: &str) {
    // Whatever is drawn on a terminal is drawn again soon.
    let clear = if stderr().is_terminal() {
        "\r\u{1b}[2K"
    } else {
        ""
    };
    write(&format!("{clear}{line}\n"));
}

/// The status as users read it.
pub(crate) fn status_word(status: Status) -> &'static str {
    match status {
        Status::Complete => "complete",
        Status::Partial => "partial",
        Status::Truncated => "truncated",
        Status::Denied => "denied",
        Status::Throttled => "throttled",
        Status::Failed => "failed",
        Status::Absent => "does not exist",
        Status::NotAsked => "not asked",
    }
}

fn write(text: &str) {
    // Progress that nobody can see is no reason to stop.
    let _ = stderr().lock().write_all(text.as_bytes());
}
