//! What ends a collection early: the user or the deadline.

use std::{path::PathBuf, process, sync::Arc, sync::Mutex, sync::PoisonError, thread};

use tokio::{
    sync::watch,
    time::{Duration, Instant, sleep_until},
};

/// Why a collection ended early.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stopped {
    /// Ctrl-C, or SIGTERM.
    Interrupted,
    /// The time of `--deadline` is over.
    Deadline,
}

impl Stopped {
    /// The reason as the ledger tells it.
    pub(crate) fn note(self) -> &'static str {
        match self {
            Self::Interrupted => "interrupted",
            Self::Deadline => "the deadline passed",
        }
    }
}

/// A file that must not be left behind when the process ends at once.
#[derive(Clone, Debug, Default)]
pub(crate) struct Remnant(Arc<Mutex<Option<PathBuf>>>);

impl Remnant {
    /// From now on `path` is removed on an immediate end; `None`: nothing is.
    pub(crate) fn set(&self, path: Option<PathBuf>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = path;
    }

    fn remove(&self) {
        // The lock stays held: a rename that waits for it must not bring the file back.
        let path = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(path) = path.as_ref() {
            // There is nobody left to tell.
            let _ = std::fs::remove_file(path);
        }
        process::exit(130);
    }
}

/// Tells whoever waits that the collection is to end.
#[derive(Clone, Debug)]
pub(crate) struct Stop {
    signal: watch::Receiver<bool>,
    deadline: Instant,
}

impl Stop {
    /// Listens for signals in a thread of its own, so that the second one is heard even while the
    /// bundle is being written.
    pub(crate) fn listen(deadline: Duration, remnant: Remnant) -> Self {
        let (sender, signal) = watch::channel(false);
        thread::spawn(move || {
            let Ok(runtime) = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
            else {
                return;
            };
            runtime.block_on(async {
                let Some(mut signals) = Signals::listen() else {
                    return;
                };
                signals.next().await;
                // Whether anybody still waits does not matter.
                let _ = sender.send(true);
                signals.next().await;
                remnant.remove();
            });
        });
        Self {
            signal,
            deadline: Instant::now() + deadline,
        }
    }

    /// Returns when the collection is to end, and why.
    pub(crate) async fn stopped(&self) -> Stopped {
        let mut signal = self.signal.clone();
        let interrupted = async {
            if signal.wait_for(|stopped| *stopped).await.is_err() {
                // The listener could not be set up: signals do what they do by default.
                std::future::pending::<()>().await;
            }
        };
        tokio::select! {
            biased;
            () = interrupted => Stopped::Interrupted,
            () = sleep_until(self.deadline) => Stopped::Deadline,
        }
    }
}

/// The signals that end a collection.
#[cfg(unix)]
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
    /// Not waited for: that it is listened to keeps a file that grows over `ulimit -f` from ending
    /// the process. The write fails instead, and is told as on a full disk.
    _file_too_large: Option<tokio::signal::unix::Signal>,
}

/// SIGXFSZ, which has this number on every system but a few of MIPS.
#[cfg(unix)]
const FILE_TOO_LARGE: std::ffi::c_int = 25;

#[cfg(unix)]
impl Signals {
    /// From now on signals no longer end the process; none when that is not possible.
    fn listen() -> Option<Self> {
        use tokio::signal::unix::{SignalKind, signal};

        Some(Self {
            interrupt: signal(SignalKind::interrupt()).ok()?,
            terminate: signal(SignalKind::terminate()).ok()?,
            _file_too_large: signal(SignalKind::from_raw(FILE_TOO_LARGE)).ok(),
        })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

/// The signals that end a collection.
#[cfg(windows)]
struct Signals(tokio::signal::windows::CtrlC);

#[cfg(windows)]
impl Signals {
    /// From now on Ctrl-C no longer ends the process; none when that is not possible.
    fn listen() -> Option<Self> {
        tokio::signal::windows::ctrl_c().ok().map(Self)
    }

    async fn next(&mut self) {
        self.0.recv().await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_deadline_stops() {
        let (_sender, signal) = watch::channel(false);
        let stop = Stop {
            signal,
            deadline: Instant::now() + Duration::from_millis(5),
        };
        assert_eq!(stop.stopped().await, Stopped::Deadline);
    }

    #[tokio::test]
    async fn a_signal_stops_before_the_deadline() {
        let (sender, signal) = watch::channel(false);
        let stop = Stop {
            signal,
            deadline: Instant::now(),
        };
        sender.send(true).expect("a receiver");
        assert_eq!(stop.stopped().await, Stopped::Interrupted);
    }
}
