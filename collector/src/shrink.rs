//! Which log lines leave a bundle that must not be larger than `--max-size`.
//!
//! Only log lines are ever left out: those of the application first, those of the platform when
//! that is not enough. A line counts for more the nearer it lies to a failure, or to an end of its
//! stream. How much a line weighs in a compressed file is known only when the file is written, so
//! the records are written to nowhere, a few times, until the most lines that fit are found.

use std::{collections::BTreeMap, io};

use chrono::TimeDelta;
use evidence_schema::{Coverage, Interval, Kind, Status, Time, record::SortKey, time::merge};

use crate::{size::Size, sources, windows};

/// A stream's n-th line from its end counts as much as one n times so far from a failure.
const LINE_MILLIS: u64 = 10_000;

/// Each doubling of the distance has so many levels: the finest step is 3 % of the lines.
const STEPS: u64 = 32;

/// More levels than the distances of one kind of log have.
const LEVELS: u64 = 64 * STEPS;

/// The random id of a collection, and the clock that it was made by, take a few bytes more or less
/// in one file than in another. What is left out must not depend on them.
pub(crate) const SLACK: u64 = 1_024;

/// So many times the file is measured at most.
const MOST_TRIES: u32 = 12;

/// From here on interpolation has been led astray, and the middle is tried instead.
const INTERPOLATED: u32 = 5;

/// A file that fills so many percent of its limit is full.
const FULL_PERCENT: u64 = 97;

/// What a bundle has to be.
#[derive(Clone, Debug)]
pub(crate) struct Room {
    /// How large the file may become.
    pub limit: Size,
    /// When deployments failed.
    pub failures: Vec<Time>,
}

/// How much a line tells; the lower, the longer it stays. What is no log line has none.
pub(crate) type Level = u64;

/// How many lines the streams of a kind of log have.
type Streams = BTreeMap<Kind, BTreeMap<String, u64>>;

/// The order in which log lines leave.
#[derive(Debug)]
pub(crate) struct Policy {
    limit: Size,
    failures: Vec<Time>,
    streams: Streams,
}

impl Policy {
    /// Knows the failures, and nothing of the lines yet.
    pub(crate) fn new(room: &Room) -> Self {
        let mut failures = room.failures.clone();
        failures.sort_unstable();
        Self {
            limit: room.limit,
            failures,
            streams: Streams::new(),
        }
    }

    /// Counts a line. Whoever asks for levels has counted all of them.
    pub(crate) fn count(&mut self, key: &SortKey) {
        if is_line(key.kind) {
            number(&mut self.streams, key);
        }
    }

    /// A pass over the records, in their order, that keeps what is below `keep`.
    pub(crate) fn sieve(&self, keep: Level) -> Sieve<'_> {
        Sieve {
            policy: self,
            keep,
            seen: Streams::new(),
            left_out: BTreeMap::new(),
        }
    }
}

/// A pass over the records that lets some lines go and remembers which.
#[derive(Debug)]
pub(crate) struct Sieve<'a> {
    policy: &'a Policy,
    keep: Level,
    seen: Streams,
    left_out: BTreeMap<(Kind, String), LeftOut>,
}

/// What a log group lost.
#[derive(Debug, Default)]
struct LeftOut {
    lines: u64,
    /// By the number of failures before them. Around a failure every line stays, so what goes
    /// between two of them is told as one interval.
    stretches: BTreeMap<usize, Interval>,
}

impl Sieve<'_> {
    /// How much the record tells; none if it always stays.
    pub(crate) fn level(&mut self, key: &SortKey) -> Option<Level> {
        let time = key.time.filter(|_| is_line(key.kind))?;
        let position = number(&mut self.seen, key);
        let total = self.policy.streams.get(&key.kind)?.get(&key.key)?;
        let from_end = position.min(total.saturating_sub(position + 1));
        let of_stream = from_end.saturating_mul(LINE_MILLIS);
        let of_failures = self
            .policy
            .failures
            .iter()
            .map(|failure| (time - failure).num_milliseconds().unsigned_abs())
            .min()
            .unwrap_or(u64::MAX);
        let level = step(of_stream.min(of_failures));
        Some(match key.kind {
            Kind::ServiceLog => level,
            _ => LEVELS + level,
        })
    }

    /// Whether the record stays.
    pub(crate) fn keeps(&mut self, key: &SortKey) -> bool {
        let Some(level) = self.level(key) else {
            return true;
        };
        if level < self.keep {
            return true;
        }
        if let Some(time) = key.time {
            let service = key.key.split('/').next().unwrap_or_default();
            let left_out = self
                .left_out
                .entry((key.kind, service.to_owned()))
                .or_default();
            left_out.lines += 1;
            let stretch = self.policy.failures.partition_point(|it| *it < time);
            let behind = time + TimeDelta::milliseconds(1);
            let interval = left_out.stretches.entry(stretch).or_insert(Interval {
                from: time,
                to: behind,
            });
            interval.to = behind;
        }
        false
    }

    /// The ledger with what was left out.
    pub(crate) fn coverage(self, coverage: &[Coverage]) -> Vec<Coverage> {
        let mut coverage = coverage.to_vec();
        for ((kind, service), left_out) in self.left_out {
            let source = match kind {
                Kind::ServiceLog => sources::service_log::SOURCE.name,
                _ => sources::application_log::SOURCE.name,
            };
            let is_of = |it: &Coverage| {
                let subject = it.subject.as_deref().unwrap_or_default();
                it.source == source && subject.split('/').any(|part| part == service)
            };
            // Each line came by an entry of its source, one of its group if that is known.
            let index = coverage
                .iter()
                .position(is_of)
                .or_else(|| coverage.iter().position(|it| it.source == source));
            if let Some(index) = index {
                tell(&mut coverage[index], left_out, self.policy.limit);
            }
        }
        coverage
    }
}

/// Whether lines of this kind may leave.
fn is_line(kind: Kind) -> bool {
    matches!(kind, Kind::ServiceLog | Kind::ApplicationLog)
}

/// The position of a line in its stream, which is then one longer.
fn number(streams: &mut Streams, key: &SortKey) -> u64 {
    let streams = streams.entry(key.kind).or_default();
    match streams.get_mut(&key.key) {
        Some(count) => {
            *count += 1;
            *count - 1
        }
        None => {
            streams.insert(key.key.clone(), 1);
            0
        }
    }
}

/// The distance on a scale whose steps grow with it.
fn step(distance: u64) -> Level {
    if distance < STEPS {
        return distance;
    }
    let octave = u64::from(distance.ilog2() - STEPS.ilog2());
    STEPS * (octave + 1) + (distance >> octave) - STEPS
}

/// Writes into an entry of the ledger what it lost.
fn tell(entry: &mut Coverage, left_out: LeftOut, limit: Size) {
    let gone: Vec<_> = left_out.stretches.into_values().collect();
    entry.records = entry.records.saturating_sub(left_out.lines);
    entry.covered = windows::without(&entry.covered, &gone);
    entry.missing = merge(entry.missing.iter().copied().chain(gone).collect());
    if entry.status == Status::Complete {
        entry.status = Status::Truncated;
    }
    let noun = if left_out.lines == 1 { "line" } else { "lines" };
    let note = format!(
        "{} {noun} left out to keep the file under {limit}",
        left_out.lines
    );
    entry.note = Some(match entry.note.take() {
        Some(before) => format!("{before}; {note}"),
        None => note,
    });
}

/// The level from which on lines leave so that the file is not larger than `budget`: the highest
/// that is found, or 0 if no level helps. `weights`: the text of the lines of each level. `whole`:
/// the size of the uncut file, which is too large. `measure`: that of the file up to a level.
pub(crate) fn fit(
    budget: u64,
    weights: &BTreeMap<Level, u64>,
    whole: u64,
    mut measure: impl FnMut(Level) -> io::Result<u64>,
) -> io::Result<Level> {
    let mut text = 0;
    // Where a cut may be, and how much text is below it.
    let mut cuts = vec![(0, 0)];
    for (level, weight) in weights {
        text += weight;
        cuts.push((level + 1, text));
    }
    let (mut low, mut low_size) = (0, measure(0)?);
    let (mut high, mut high_size) = (cuts.len() - 1, whole);
    if low_size > budget {
        return Ok(0);
    }
    for tried in 0..MOST_TRIES {
        if high - low < 2 || low_size >= budget / 100 * FULL_PERCENT {
            break;
        }
        let guess = if tried < INTERPOLATED {
            let span = u128::from(cuts[high].1 - cuts[low].1);
            let part = span * u128::from(budget - low_size)
                / u128::from(high_size.saturating_sub(low_size).max(1));
            let wanted = u128::from(cuts[low].1) + part;
            cuts.partition_point(|(_, text)| u128::from(*text) <= wanted) - 1
        } else {
            low.midpoint(high)
        };
        let guess = guess.clamp(low + 1, high - 1);
        let size = measure(cuts[guess].0)?;
        if size <= budget {
            (low, low_size) = (guess, size);
        } else {
            (high, high_size) = (guess, size);
        }
    }
    Ok(cuts[low].0)
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;

    fn at(seconds: i64) -> Time {
        DateTime::from_timestamp(1_795_176_000 + seconds, 0).expect("a time")
    }

    fn key(kind: Kind, seconds: i64, stream: &str) -> SortKey {
        SortKey {
            kind,
            time: Some(at(seconds)),
            key: format!("0123/{stream}"),
        }
    }

    fn entry(source: &str) -> Coverage {
        Coverage {
            source: source.to_owned(),
            subject: Some("/aws/apprunner/shop/0123/application".to_owned()),
            status: Status::Complete,
            operations: vec![],
            calls: 1,
            records: 100,
            covered: vec![Interval {
                from: at(0),
                to: at(1_000),
            }],
            missing: vec![],
            permission: None,
            error: None,
            note: None,
        }
    }

    fn policy(lines: &[SortKey], failures: &[i64]) -> Policy {
        let mut policy = Policy::new(&Room {
            limit: Size(1 << 20),
            failures: failures.iter().map(|seconds| at(*seconds)).collect(),
        });
        lines.iter().for_each(|line| policy.count(line));
        policy
    }

    /// A line every ten seconds.
    fn lines() -> Vec<SortKey> {
        let line = |number: i64| key(Kind::ApplicationLog, number * 10, "instance/1");
        (0..100).map(line).collect()
    }

    #[test]
    fn steps_never_fall_and_grow_with_the_distance() {
        let distances = (0..10_000).chain((14..64).map(|bit| 1 << bit));
        let steps: Vec<_> = distances.map(step).collect();
        assert!(steps.windows(2).all(|two| two[0] <= two[1]));
        assert!(step(u64::MAX) < LEVELS);
        assert_ne!(step(100_000), step(104_000));
    }

    #[test]
    fn what_stays_is_near_a_failure_or_at_an_end_of_its_stream() {
        let lines = lines();
        let policy = policy(&lines, &[500]);
        let mut sieve = policy.sieve(LEVELS + step(30_000) + 1);
        let kept: Vec<_> = lines
            .iter()
            .enumerate()
            .filter_map(|(number, line)| sieve.keeps(line).then_some(number))
            .collect();
        assert_eq!(
            kept,
            [0, 1, 2, 3, 47, 48, 49, 50, 51, 52, 53, 96, 97, 98, 99]
        );
        let coverage = sieve.coverage(&[entry("application-log")]);
        let entry = &coverage[0];
        assert_eq!((entry.status, entry.records), (Status::Truncated, 15));
        assert_eq!(
            entry.note.as_deref(),
            Some("85 lines left out to keep the file under 1 MiB")
        );
        let moment = TimeDelta::milliseconds(1);
        let missing = [(40, 460), (540, 950)].map(|(from, to)| Interval {
            from: at(from),
            to: at(to) + moment,
        });
        assert_eq!(entry.missing, missing);
        assert_eq!(entry.covered[1].to, at(540));
        for line in &lines {
            let time = line.time.expect("a line has a time");
            let counted = entry.covered.iter().any(|it| it.contains(time));
            assert_ne!(counted, missing.iter().any(|it| it.contains(time)));
        }
    }

    #[test]
    fn lines_of_the_platform_outlast_those_of_the_application() {
        let lines = [
            key(Kind::ServiceLog, 0, "events"),
            key(Kind::ServiceLog, 90_000, "events"),
            key(Kind::ServiceLog, 190_000, "events"),
            key(Kind::ApplicationLog, 5, "instance/1"),
        ];
        let policy = policy(&lines, &[5]);
        let mut sieve = policy.sieve(u64::MAX);
        let levels: Vec<_> = lines.iter().filter_map(|it| sieve.level(it)).collect();
        assert!(levels[..3].iter().all(|it| *it < levels[3]), "{levels:?}");
        let operation = SortKey {
            kind: Kind::Operation,
            ..lines[0].clone()
        };
        assert_eq!(sieve.level(&operation), None);
        assert!(policy.sieve(0).keeps(&operation));
    }

    #[test]
    fn the_most_that_fits_is_found_with_few_measurements() {
        let weights: BTreeMap<Level, u64> = (0..2_000).map(|it| (it * 3, 1 + it % 97)).collect();
        // Early lines compress worse than late ones.
        let size = |keep: Level| {
            let text: u64 = weights.range(..keep).map(|it| it.1).sum();
            1_000 + text / 10 + text.isqrt()
        };
        for budget in [1_100, 2_000, 5_000, 9_000] {
            let mut tries = 0;
            let keep = fit(budget, &weights, size(Level::MAX), |keep| {
                tries += 1;
                Ok(size(keep))
            })
            .expect("nothing fails");
            assert!(size(keep) <= budget && size(keep) * 100 >= budget * 95);
            assert!(tries <= 6, "{tries} tries");
        }
        let none = fit(900, &weights, size(Level::MAX), |keep| Ok(size(keep)));
        assert_eq!(none.expect("nothing fails"), 0);
    }
}
