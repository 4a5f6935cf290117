//! One pass over the lines of an application, with bounded memory.

use std::collections::BTreeMap;
use std::sync::{LazyLock, OnceLock};

use aho_corasick::{AhoCorasick, AhoCorasickKind};
use regex::{Captures, Regex};

use super::catalogue::{CATALOGUE, Family, Signature};
use crate::{observed::LogText, words};

/// How many different captures are told apart for a signature.
const DISTINCT: usize = 24;

/// Finds the words of all signatures in one pass over a line, and tells whose they are.
struct Prefilter {
    words: AhoCorasick,
    /// The signatures that each word is for.
    wanted_by: Vec<Vec<usize>>,
}

static PREFILTER: LazyLock<Prefilter> = LazyLock::new(|| {
    let mut wanted_by: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (index, signature) in CATALOGUE.iter().enumerate() {
        for word in signature.needs {
            wanted_by.entry(word).or_default().push(index);
        }
    }
    Prefilter {
        words: AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .kind(Some(AhoCorasickKind::DFA))
            .build(wanted_by.keys())
            .expect("the words are few and short"),
        wanted_by: wanted_by.into_values().collect(),
    }
});

/// Compiled when the first line may match: most bundles need a few only.
static EACH: LazyLock<Vec<OnceLock<Regex>>> =
    LazyLock::new(|| CATALOGUE.iter().map(|_| OnceLock::new()).collect());

fn each(index: usize) -> &'static Regex {
    EACH[index].get_or_init(|| {
        Regex::new(&words::pattern(CATALOGUE[index].pattern))
            .expect("the patterns are fixed and tested")
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
    hits: BTreeMap<(usize, BTreeMap<&'static str, String>), Hit>,
    distinct: BTreeMap<usize, usize>,
    /// The stream and the text of the last line, if that was short; pydantic puts the name of a
    /// field on the line above.
    previous: (String, String),
    /// The signatures that one line may match; kept for its memory.
    candidates: Vec<usize>,
}

impl Scanner {
    /// Looks at one line of `stream`.
    pub fn line(&mut self, line: &LogText, text: &str, stream: &str) {
        let mut candidates = std::mem::take(&mut self.candidates);
        candidates.clear();
        let prefilter = &*PREFILTER;
        for word in prefilter.words.find_overlapping_iter(text) {
            candidates.extend(&prefilter.wanted_by[word.pattern().as_usize()]);
        }
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
            let signature = CATALOGUE[*index];
            let regex = each(*index);
            let Some(found) = regex.captures(text) else {
                continue;
            };
            let captures = captures_of(signature, regex, &found);
            if !is_noise(signature, &captures, text) {
                self.keep(*index, captures, line);
            }
        }
    }

    fn keep(&mut self, index: usize, captures: BTreeMap<&'static str, String>, line: &LogText) {
        let key = (index, captures);
        if let Some(hit) = self.hits.get_mut(&key) {
            hit.count += 1;
            hit.last = line.clone();
            return;
        }
        let distinct = self.distinct.entry(index).or_default();
        if *distinct >= DISTINCT {
            return;
        }
        *distinct += 1;
        let captures = key.1.clone();
        self.hits.insert(
            key,
            Hit {
                signature: CATALOGUE[index],
                captures,
                count: 1,
                first: line.clone(),
                last: line.clone(),
            },
        );
    }

    /// What matched, in the order of the first lines.
    pub fn finish(self) -> Vec<Hit> {
        let mut hits: Vec<Hit> = self.hits.into_values().collect();
        hits.sort_by_key(|hit| hit.first.record);
        hits
    }
}

fn captures_of(
    signature: &Signature,
    regex: &Regex,
    found: &Captures<'_>,
) -> BTreeMap<&'static str, String> {
    let mut captures = BTreeMap::new();
    for (key, text) in signature.implies {
        captures.insert(*key, (*text).to_owned());
    }
    for name in regex.capture_names().flatten() {
        let Some(text) = found.name(name) else {
            continue;
        };
        let (key, limit) = match name {
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
        captures.insert(key, text.as_str().chars().take(limit).collect());
    }
    captures
}

fn is_noise(signature: &Signature, captures: &BTreeMap<&'static str, String>, text: &str) -> bool {
    match signature.family {
        Family::MissingVariable => captures
            .get("name")
            .is_none_or(|name| LOG_LEVELS.contains(&name.as_str())),
        Family::Listening => {
            let not_a_port = captures
                .get("port")
                .is_some_and(|port| port.parse::<u16>().is_err());
            not_a_port || OTHERS.is_match(text)
        }
        _ => false,
    }
}
