//! What the lines of an application matched, in bounded memory.

use std::collections::BTreeMap;

use super::{
    catalogue::{CATALOGUE, Signature},
    matcher::{Above, Match, Matcher, Matches},
};
use crate::observed::{LogText, Seen};

/// How many different captures are told apart for a signature.
const DISTINCT: usize = 24;

/// How many more are told apart where they name a path that is watched.
const WATCHED: usize = 8;

/// Lines that matched one signature with the same captures.
#[derive(Clone, Debug)]
pub struct Hit {
    /// The signature.
    pub signature: &'static Signature,
    /// What was captured, by name.
    pub captures: BTreeMap<&'static str, String>,
    /// How many lines.
    pub count: u64,
    /// The first of them.
    pub first: LogText,
    /// The last of them.
    pub last: LogText,
}

impl Hit {
    /// What was captured under `name`.
    pub fn capture(&self, name: &str) -> Option<&str> {
        self.captures.get(name).map(String::as_str)
    }

    /// The port, for [`Family::Listening`](super::Family::Listening).
    pub fn port(&self) -> Option<u16> {
        self.capture("port")?.parse().ok()
    }

    /// The status, for [`Family::HttpAnswer`](super::Family::HttpAnswer).
    pub fn status(&self) -> Option<u16> {
        self.capture("status")?.parse().ok()
    }
}

/// Collects what matched, line by line in their order.
#[derive(Default)]
pub struct Hits {
    /// What was kept for each signature.
    kept: BTreeMap<usize, Vec<(u64, Hit)>>,
    /// Answers on these paths are told apart however many others came before.
    watched: Vec<String>,
}

impl Hits {
    /// Answers on `paths` are wanted more than others.
    pub fn watching(paths: Vec<String>) -> Self {
        Self {
            kept: BTreeMap::new(),
            watched: paths,
        }
    }

    /// Takes what lines matched; `seen` gives a line by its number, as it is kept.
    pub fn take<'a>(&mut self, matches: &Matches, seen: impl Fn(usize) -> Seen<'a>) {
        for found in matches.iter() {
            let hits = self.kept.entry(found.signature).or_default();
            keep(hits, &found, &self.watched, || seen(found.line));
        }
    }

    /// What matched, in the order of the first lines.
    pub fn finish(self) -> Vec<Hit> {
        let hits = self.kept.into_values().flatten();
        let mut hits: Vec<Hit> = hits.map(|(_, hit)| hit).collect();
        hits.sort_by_key(|hit| hit.first.record);
        hits
    }
}

/// Most lines that match are requests of which the like was seen before, or too many unlike ones:
/// neither takes new memory.
fn keep<'a>(
    hits: &mut Vec<(u64, Hit)>,
    found: &Match<'_>,
    watched: &[String],
    seen: impl FnOnce() -> Seen<'a>,
) {
    let same = hits.iter_mut().find(|(hash, hit)| {
        *hash == found.hash
            && found
                .captures()
                .all(|(key, text)| hit.capture(key) == Some(text))
    });
    if let Some((_, hit)) = same {
        hit.count += 1;
        seen().kept_for(&mut hit.last);
        return;
    }
    let is_watched = || {
        let mut captures = found.captures();
        captures.any(|(key, text)| key == "path" && watched.iter().any(|it| it == text))
    };
    if hits.len() >= DISTINCT && (hits.len() >= DISTINCT + WATCHED || !is_watched()) {
        return;
    }
    let signature = CATALOGUE[found.signature];
    let implied = signature
        .implies
        .iter()
        .map(|(key, text)| (*key, (*text).to_owned()));
    let captures: BTreeMap<&'static str, String> = implied
        .chain(found.captures().map(|(key, text)| (key, text.to_owned())))
        .collect();
    let line = seen().kept();
    hits.push((
        found.hash,
        Hit {
            signature,
            captures,
            count: 1,
            first: line.clone(),
            last: line,
        },
    ));
}

/// What a few lines match, one after the other.
pub fn hits<'a>(lines: impl IntoIterator<Item = (&'a str, Seen<'a>)>) -> Vec<Hit> {
    let (mut matcher, mut matches) = (Matcher::default(), Matches::default());
    let mut above = Above::default();
    let mut all = Hits::default();
    for (stream, line) in lines {
        matcher.line(0, stream, line.text, &above, &mut matches);
        all.take(&matches, |_| line);
        matches.clear(0);
        above.set(stream, line.text);
    }
    all.finish()
}
