//! Finds which signatures a line matches. A line is looked at by itself, so lines may be looked at
//! on any thread.

use std::{
    collections::BTreeMap,
    hash::{DefaultHasher, Hash, Hasher},
    ops::Range,
    sync::{LazyLock, OnceLock},
};

use regex::{CaptureLocations, Regex};

use super::{
    catalogue::{CATALOGUE, Family, Signature},
    prefilter::Words,
};
use crate::words;

/// A longer line is no name of a field, which is what the line above is looked at for.
const ABOVE: usize = 80;

/// Finds the words of all signatures in one pass over a line, and tells whose they are.
struct Prefilter {
    words: Words,
    /// The signatures that each word is for.
    wanted_by: Vec<Vec<usize>>,
}

static PREFILTER: LazyLock<Prefilter> = LazyLock::new(|| {
    let mut wanted_by: BTreeMap<&'static str, Vec<usize>> = BTreeMap::new();
    for (index, signature) in CATALOGUE.iter().enumerate() {
        for word in signature.needs {
            wanted_by.entry(word).or_default().push(index);
        }
    }
    Prefilter {
        words: Words::new(wanted_by.keys().copied()),
        wanted_by: wanted_by.into_values().collect(),
    }
});

/// A pattern, with what its groups are kept as.
struct Compiled {
    regex: Regex,
    groups: Vec<Group>,
}

/// A group of a pattern.
struct Group {
    index: usize,
    key: &'static str,
    /// How many characters of it are kept.
    limit: usize,
}

/// Compiled when the first line may match: most bundles need a few only.
static EACH: LazyLock<Vec<OnceLock<Compiled>>> =
    LazyLock::new(|| CATALOGUE.iter().map(|_| OnceLock::new()).collect());

fn each(index: usize) -> &'static Compiled {
    EACH[index].get_or_init(|| {
        let regex = Regex::new(&words::pattern(CATALOGUE[index].pattern))
            .expect("the patterns are fixed and tested");
        let groups = regex
            .capture_names()
            .enumerate()
            .filter_map(|(index, name)| {
                let (key, limit) = match name? {
                    "port" => ("port", 5),
                    "host" => ("host", 120),
                    "name" => ("name", 120),
                    "path" => ("path", 120),
                    "status" => ("status", 3),
                    "seconds" => ("seconds", 12),
                    "action" => ("action", 120),
                    "resource" => ("resource", 240),
                    _ => ("what", 120),
                };
                Some(Group { index, key, limit })
            })
            .collect();
        Compiled { regex, groups }
    })
}

/// Words that look like the name of a variable at the begin of a log line.
const LOG_LEVELS: &[&str] = &[
    "ERROR",
    "WARN",
    "WARNING",
    "INFO",
    "DEBUG",
    "FATAL",
    "CRITICAL",
    "NOTICE",
    "TRACE",
    "HTTP",
    "HTTPS",
    "JSON",
    "THIS",
    "FILE",
    "PATH_INFO",
];

/// Systems that an application finds ready somewhere else: not where it listens itself.
static OTHERS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?i)\b(?:redis|valkey|memcached?|postgres(?:ql)?|mysql|mariadb|mongo(?:db)?|database|kafka|rabbitmq|amqp|elasticsearch|opensearch|connect(?:ed|ing)|upstream|proxying)\b",
    )
    .expect("the pattern is fixed and tested")
});

/// The line before another one, if it is short: pydantic puts the name of a field there.
#[derive(Clone, Debug, Default)]
pub struct Above {
    stream: String,
    text: String,
}

impl Above {
    /// This is the line before the next one.
    pub fn set(&mut self, stream: &str, text: &str) {
        self.text.clear();
        if text.len() <= ABOVE {
            if self.stream != stream {
                stream.clone_into(&mut self.stream);
            }
            self.text.push_str(text);
        }
    }
}

/// What lines matched, in memory that is used again.
#[derive(Debug, Default)]
pub struct Matches {
    text: String,
    captures: Vec<(&'static str, Range<usize>)>,
    matches: Vec<Place>,
}

/// Where the captures of a match stand.
#[derive(Debug)]
struct Place {
    line: usize,
    signature: usize,
    hash: u64,
    captures: Range<usize>,
}

/// A line that matched a signature.
pub(super) struct Match<'a> {
    /// The number that [`Matcher::line`] was given.
    pub(super) line: usize,
    /// The position of the signature in the catalogue.
    pub(super) signature: usize,
    /// A hash of what was captured.
    pub(super) hash: u64,
    text: &'a str,
    captures: &'a [(&'static str, Range<usize>)],
}

impl<'a> Match<'a> {
    /// What was captured, by name.
    pub(super) fn captures(&self) -> impl Iterator<Item = (&'static str, &'a str)> {
        let text = self.text;
        let captures = self.captures.iter();
        captures.map(move |(key, place)| (*key, &text[place.clone()]))
    }
}

impl Matches {
    /// The matches, line by line.
    pub(super) fn iter(&self) -> impl Iterator<Item = Match<'_>> {
        self.matches.iter().map(|place| Match {
            line: place.line,
            signature: place.signature,
            hash: place.hash,
            text: &self.text,
            captures: &self.captures[place.captures.clone()],
        })
    }

    /// Forgets the matches. Of their memory no more than about `keep` bytes stay for others.
    pub fn clear(&mut self, keep: usize) {
        self.text.clear();
        self.text.shrink_to(keep);
        self.captures.clear();
        self.captures
            .shrink_to(keep / size_of::<(&'static str, Range<usize>)>());
        self.matches.clear();
        self.matches.shrink_to(keep / size_of::<Place>());
    }

    fn add<'a>(
        &mut self,
        line: usize,
        signature: usize,
        found: impl Iterator<Item = (&'static str, &'a str)>,
    ) {
        let first = self.captures.len();
        let mut hasher = DefaultHasher::new();
        for (key, text) in found {
            (key, text).hash(&mut hasher);
            let begin = self.text.len();
            self.text.push_str(text);
            self.captures.push((key, begin..self.text.len()));
        }
        self.matches.push(Place {
            line,
            signature,
            hash: hasher.finish(),
            captures: first..self.captures.len(),
        });
    }
}

/// Looks at lines.
#[derive(Default)]
pub struct Matcher {
    /// The signatures that one line may match; held for its memory.
    candidates: Vec<usize>,
    /// The patterns that were needed, and where the groups of each were found. A pattern that
    /// several threads use at once would have them wait for its memory.
    patterns: BTreeMap<usize, (Regex, CaptureLocations)>,
}

impl Matcher {
    /// Looks at one line of `stream` and adds what it matches, under the number of the line.
    pub fn line(
        &mut self,
        number: usize,
        stream: &str,
        text: &str,
        above: &Above,
        matches: &mut Matches,
    ) {
        let prefilter = &*PREFILTER;
        self.candidates.clear();
        prefilter.words.find(text, |word| {
            self.candidates.extend(&prefilter.wanted_by[word]);
        });
        if self.candidates.is_empty() {
            return;
        }
        self.candidates.sort_unstable();
        self.candidates.dedup();
        let joined;
        let mut text = text;
        if text.contains(" [type=") && !text.contains('\n') && above.stream == stream {
            joined = format!("{}\n{text}", above.text);
            text = &joined;
        }
        for index in &self.candidates {
            let Compiled { regex, groups } = each(*index);
            let (regex, places) = self
                .patterns
                .entry(*index)
                .or_insert_with(|| (regex.clone(), regex.capture_locations()));
            if regex.captures_read(places, text).is_none() {
                continue;
            }
            let found = || {
                groups.iter().filter_map(|group| {
                    let (from, to) = places.get(group.index)?;
                    Some((group.key, start(&text[from..to], group.limit)))
                })
            };
            let captured = |wanted| found().find_map(|(key, text)| (key == wanted).then_some(text));
            if !is_noise(CATALOGUE[*index], captured, text) {
                matches.add(number, *index, found());
            }
        }
    }
}

/// The first `limit` characters.
fn start(text: &str, limit: usize) -> &str {
    // No text has more characters than bytes.
    if text.len() <= limit {
        return text;
    }
    text.char_indices()
        .nth(limit)
        .map_or(text, |(end, _)| &text[..end])
}

/// Whether what matched is known to be something else. What goes without saying is no noise.
fn is_noise<'a>(
    signature: &Signature,
    captured: impl Fn(&'static str) -> Option<&'a str>,
    text: &str,
) -> bool {
    match signature.family {
        Family::MissingVariable => match captured("name") {
            Some(name) => LOG_LEVELS.contains(&name),
            None => signature.implies.is_empty(),
        },
        Family::Listening => {
            let not_a_port = captured("port").is_some_and(|port| port.parse::<u16>().is_err());
            not_a_port || OTHERS.is_match(text)
        }
        _ => false,
    }
}
