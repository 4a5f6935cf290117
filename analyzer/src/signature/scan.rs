//! One pass over the lines of an application, with bounded memory.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{LazyLock, OnceLock};

use regex::{CaptureLocations, Regex};

use super::{
    catalogue::{CATALOGUE, Family, Signature},
    prefilter::Words,
};
use crate::{observed::LogText, words};

/// How many different captures are told apart for a signature.
const DISTINCT: usize = 24;

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

    /// The port, for [`Family::Listening`].
    pub fn port(&self) -> Option<u16> {
        self.capture("port")?.parse().ok()
    }

    /// The status, for [`Family::HttpAnswer`].
    pub fn status(&self) -> Option<u16> {
        self.capture("status")?.parse().ok()
    }
}

/// Looks at every line and keeps what matched.
#[derive(Default)]
pub struct Scanner {
    /// What was kept for each signature.
    kept: BTreeMap<usize, Kept>,
    /// The stream and the text of the last line, if that was short; pydantic puts the name of a
    /// field on the line above.
    previous: (String, String),
    /// The signatures that one line may match; held for its memory.
    candidates: Vec<usize>,
}

/// What was kept for one signature.
struct Kept {
    hits: Vec<(u64, Hit)>,
    /// Held for its memory.
    places: CaptureLocations,
}

impl Scanner {
    /// Looks at one line of `stream`.
    pub fn line(&mut self, line: &LogText, text: &str, stream: &str) {
        let mut candidates = std::mem::take(&mut self.candidates);
        candidates.clear();
        let prefilter = &*PREFILTER;
        prefilter.words.find(text, |word| {
            candidates.extend(&prefilter.wanted_by[word]);
        });
        if !candidates.is_empty() {
            candidates.sort_unstable();
            candidates.dedup();
            self.look(&candidates, line, text, stream);
        }
        self.candidates = candidates;

        // Only a short line can be the name of a field.
        let (of, above) = &mut self.previous;
        above.clear();
        if text.len() <= 80 {
            if of != stream {
                stream.clone_into(of);
            }
            above.push_str(text);
        }
    }

    fn look(&mut self, candidates: &[usize], line: &LogText, text: &str, stream: &str) {
        let joined;
        let mut text = text;
        if text.contains(" [type=") && !text.contains('\n') && self.previous.0 == stream {
            joined = format!("{}\n{text}", self.previous.1);
            text = &joined;
        }
        for index in candidates {
            let compiled = each(*index);
            let kept = self.kept.entry(*index).or_insert_with(|| Kept {
                hits: Vec::new(),
                places: compiled.regex.capture_locations(),
            });
            let Kept { hits, places } = kept;
            if compiled.regex.captures_read(places, text).is_some() {
                keep(hits, CATALOGUE[*index], compiled, places, text, line);
            }
        }
    }

    /// What matched, in the order of the first lines.
    pub fn finish(self) -> Vec<Hit> {
        let mut hits: Vec<Hit> = self
            .kept
            .into_values()
            .flat_map(|kept| kept.hits)
            .map(|(_, hit)| hit)
            .collect();
        hits.sort_by_key(|hit| hit.first.record);
        hits
    }
}

/// Most lines that match are requests of which the like was seen before, or too many unlike ones:
/// neither takes new memory.
fn keep(
    hits: &mut Vec<(u64, Hit)>,
    signature: &'static Signature,
    compiled: &Compiled,
    places: &CaptureLocations,
    text: &str,
    line: &LogText,
) {
    let found = || {
        compiled.groups.iter().filter_map(|group| {
            let (from, to) = places.get(group.index)?;
            Some((group.key, start(&text[from..to], group.limit)))
        })
    };
    let captured = |wanted| found().find_map(|(key, text)| (key == wanted).then_some(text));
    if is_noise(signature, captured, text) {
        return;
    }
    let mut hasher = DefaultHasher::new();
    found().for_each(|capture| capture.hash(&mut hasher));
    let hash = hasher.finish();
    let seen = hits.iter_mut().find(|(other, hit)| {
        *other == hash && found().all(|(key, text)| hit.capture(key) == Some(text))
    });
    if let Some((_, hit)) = seen {
        hit.count += 1;
        hit.last.record = line.record;
        hit.last.time = line.time;
        line.text.clone_into(&mut hit.last.text);
        return;
    }
    if hits.len() >= DISTINCT {
        return;
    }
    let implied = signature
        .implies
        .iter()
        .map(|(key, text)| (*key, (*text).to_owned()));
    let captures: BTreeMap<&'static str, String> = implied
        .chain(found().map(|(key, text)| (key, text.to_owned())))
        .collect();
    hits.push((
        hash,
        Hit {
            signature,
            captures,
            count: 1,
            first: line.clone(),
            last: line.clone(),
        },
    ));
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
