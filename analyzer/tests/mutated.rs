//! Damaged and distorted bundles through the whole analyzer: each gives a report or an error.

#![expect(clippy::unwrap_used, reason = "a test stops where it fails")]

use std::{
    env, fs,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use analyzer::{
    evidence::Evidence,
    report::{self, Report},
};
use evidence_schema::{Limits, ReadError, Reader};
use hostile::mutate::{Bundle, Chance};

/// How many are tried; `MUTATIONS` sets another number.
const MUTATIONS: u32 = 2_000;

/// No file of this size may take so long, whatever is in it.
const HANGS: Duration = Duration::from_secs(2);

/// Larger samples say the same at greater length.
const SMALL: u64 = 64 << 10;

/// What this process may take, with the samples and what the tests keep.
const MEGABYTES: u64 = 160;

fn samples(extension: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../samples/bundles");
    let mut files: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|other| other == extension))
        .filter(|path| fs::metadata(path).unwrap().len() < SMALL)
        .collect();
    files.sort();
    files
}

/// Everything that the command does with a bundle.
fn analyze(bytes: &[u8]) -> Result<Report, ReadError> {
    let evidence = Evidence::read(Reader::open(bytes, Limits::default())?)?;
    let report = report::assemble(&evidence);
    for write in [report::text::write, report::json::write] {
        let mut out = Vec::new();
        write(&report, &mut out).unwrap();
        assert!(!out.is_empty());
    }
    Ok(report)
}

fn within_time<T>(what: impl std::fmt::Display, bytes: &[u8], act: impl FnOnce() -> T) -> T {
    let begun = Instant::now();
    let done = act();
    let took = begun.elapsed();
    assert!(
        took < HANGS,
        "{what} took {took:?}: {}",
        String::from_utf8_lossy(bytes)
    );
    done
}

/// The most memory that this process had, in megabytes, where the system tells it.
fn peak() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|it| it.strip_prefix("VmHWM:"))?;
    let kib: u64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kib * 1_024 / 1_000_000)
}

#[test]
fn no_damage_hangs_or_panics() {
    let count = env::var("MUTATIONS").map_or(MUTATIONS, |it| it.parse().unwrap());
    let plain: Vec<Vec<u8>> = samples("json")
        .iter()
        .map(|it| fs::read(it).unwrap())
        .collect();
    let packed: Vec<Vec<u8>> = samples("zst")
        .iter()
        .map(|it| fs::read(it).unwrap())
        .collect();
    assert!(plain.len() > 5 && !packed.is_empty());
    let bundles: Vec<Bundle> = plain.iter().map(|it| Bundle::parse(it)).collect();

    let mut chance = Chance::new(0x2545_f491_4f6c_dd1d);
    let (mut reports, mut slowest) = (0, Duration::ZERO);
    for number in 0..count {
        let bytes = match chance.below(8) {
            0 => {
                let mut bytes = plain[chance.below(plain.len())].clone();
                chance.damage(&mut bytes);
                bytes
            }
            1 => {
                let mut bytes = packed[chance.below(packed.len())].clone();
                chance.damage(&mut bytes);
                bytes
            }
            _ => bundles[chance.below(bundles.len())].distorted(&mut chance),
        };
        let begun = Instant::now();
        let ended = within_time(number, &bytes, || analyze(&bytes));
        slowest = slowest.max(begun.elapsed());
        reports += u32::from(ended.is_ok());
    }
    let peak = peak();
    println!(
        "{count} damaged bundles: {reports} reports, {} errors, the slowest {slowest:?}, peak memory {peak:?} MB",
        count - reports
    );
    assert!(reports > count / 2, "most reach the rules and the report");
    assert!(peak.is_none_or(|peak| peak < MEGABYTES), "{peak:?} MB");
}

#[test]
fn a_bundle_can_be_cut_at_every_byte() {
    // All of them where there is time for it, otherwise some of each.
    let step = if env::var("MUTATIONS").is_ok() { 1 } else { 61 };
    for path in samples("json").iter().take(2).chain(&samples("zst")) {
        let whole = fs::read(path).unwrap();
        let mut reports = 0;
        for length in (0..whole.len()).step_by(step) {
            let ended = within_time(path.display(), &[], || analyze(&whole[..length]));
            if let Ok(report) = ended {
                reports += 1;
                let told = report.gaps.iter().any(|gap| gap.status == "cut");
                assert!(told || whole[length..].iter().all(u8::is_ascii_whitespace));
            }
        }
        println!(
            "{}: cut at {} places, {reports} reports",
            path.file_name().unwrap().display(),
            whole.len().div_ceil(step)
        );
    }
}
