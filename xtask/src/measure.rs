//! What one run of a program takes.

use std::{
    fs,
    io::{Read, Seek, SeekFrom},
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use crate::Result;

/// What one run of a program took.
pub(crate) struct Figures {
    /// From its start to its end.
    pub(crate) wall: Duration,
    /// How long it had a processor, which is what counts on a machine that others use too.
    pub(crate) processor: Option<Duration>,
    peak_kib: Option<u64>,
    /// Its exit code.
    pub(crate) exit: Option<i32>,
    /// What it wrote to its standard error.
    pub(crate) errors: String,
}

impl Figures {
    /// The most memory that it had, in millions of bytes.
    pub(crate) fn peak_mb(&self) -> Option<f64> {
        self.peak_kib.map(|peak| peak as f64 * 1024.0 / 1e6)
    }
}

impl std::fmt::Display for Figures {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:.1} s", self.wall.as_secs_f64())?;
        match self.peak_mb() {
            Some(peak) => write!(f, ", peak memory {peak:.1} MB")?,
            None => write!(f, ", peak memory not told by this system")?,
        }
        write!(f, ", exit code {}", self.exit.unwrap_or(-1))
    }
}

/// Runs a program to its end, without its output.
pub(crate) fn run(command: &mut Command) -> Result<Figures> {
    // A file takes all that a program has to say; a pipe would make it wait.
    let mut errors = tempfile::tempfile()?;
    let begun = Instant::now();
    let mut child = command
        .stdout(Stdio::null())
        .stderr(errors.try_clone()?)
        .stdin(Stdio::null())
        .spawn()?;
    let (mut peak_kib, mut processor) = (None, None);
    loop {
        peak_kib = peak_of(child.id()).max(peak_kib);
        processor = processor_of(child.id()).max(processor);
        if let Some(status) = child.try_wait()? {
            let wall = begun.elapsed();
            let mut text = Vec::new();
            errors.seek(SeekFrom::Start(0))?;
            errors.read_to_end(&mut text)?;
            return Ok(Figures {
                wall,
                processor,
                peak_kib,
                exit: status.code(),
                errors: String::from_utf8_lossy(&text).into_owned(),
            });
        }
        thread::sleep(Duration::from_millis(2));
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

/// The time on a processor, in the kernel's ticks of a hundredth of a second.
fn processor_of(process: u32) -> Option<Duration> {
    let status = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // The name of the program may hold anything; it ends with the last parenthesis.
    let (_, rest) = status.rsplit_once(')')?;
    let mut times = rest.split_whitespace().skip(11);
    let mut ticks = || times.next()?.parse::<u64>().ok();
    Some(Duration::from_millis(10 * (ticks()? + ticks()?)))
}
