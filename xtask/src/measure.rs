//! What one run of a program takes.

use std::{
    fs,
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use crate::Result;

/// What one run of a program took.
pub(crate) struct Figures {
    /// From its start to its end.
    pub(crate) wall: Duration,
    peak_kib: Option<u64>,
    exit: Option<i32>,
}

impl std::fmt::Display for Figures {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:.1} s", self.wall.as_secs_f64())?;
        match self.peak_kib {
            Some(peak) => write!(f, ", peak memory {:.1} MB", peak as f64 * 1024.0 / 1e6)?,
            None => write!(f, ", peak memory not told by this system")?,
        }
        write!(f, ", exit code {}", self.exit.unwrap_or(-1))
    }
}

/// Runs a program to its end, without its output.
pub(crate) fn run(command: &mut Command) -> Result<Figures> {
    let begun = Instant::now();
    let mut child = command
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .stdin(Stdio::null())
        .spawn()?;
    let mut peak_kib = None;
    loop {
        peak_kib = peak_of(child.id()).max(peak_kib);
        if let Some(status) = child.try_wait()? {
            return Ok(Figures {
                wall: begun.elapsed(),
                peak_kib,
                exit: status.code(),
            });
        }
        thread::sleep(Duration::from_millis(10));
    }
}

/// The kernel's own high-water mark, in KiB; it only grows, so looking often enough is exact.
fn peak_of(process: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.split_whitespace().next()?.parse().ok()
}
