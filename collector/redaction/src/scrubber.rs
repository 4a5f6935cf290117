//! The scrubber: every string of a record passes it before anything is written to a disk.
//!
//! It looks at parsed values and never at serialised text, so that what it replaces cannot break a
//! document. Texts inside texts are looked into as well: JSON in a string, URLs, base64.

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet, HashSet},
    ops::Range,
    panic::{self, AssertUnwindSafe},
};

use evidence_schema::{Body, Coverage, LengthClass};
use serde_json::Value;

use crate::{
    detectors::{self, Optional},
    key_block::KeyBlocks,
    known::{Known, Which},
    layers,
    marker::{self, Fingerprints, Print},
    members::Place,
};

/// So many texts inside of each other are looked into.
const DEPTH: u32 = 4;

/// So many names of streams are remembered.
const MOST_NAMES: usize = 4_096;

/// So often a text is looked at as long as something is found in it.
const PASSES: usize = 8;

/// The detector of what a name in somebody's document calls secret.
const SECRET_MEMBER: &str = "secret-member";

/// The detector of known values, whatever variable they are of.
const ENVIRONMENT_VALUE: &str = "environment-value";

/// The detector of the lines of a private key.
const PRIVATE_KEY: &str = "private-key";

/// Whether e-mail addresses are taken out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Emails {
    /// They are left: who asked for what is evidence.
    #[default]
    Keep,
    /// They are replaced.
    Replace,
}

/// The scrubber could not do its work on a record, which therefore may not leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Failed;

/// What may not leave the account, and how often it was met.
pub struct Scrubber {
    known: Known,
    fingerprints: Fingerprints,
    emails: Emails,
    blocks: RefCell<KeyBlocks>,
    /// Names of streams and services in which nothing was found.
    clean_names: RefCell<CleanNames>,
    replaced: RefCell<BTreeMap<String, BTreeMap<&'static str, u64>>>,
}

/// Names in which nothing was found.
#[derive(Default)]
struct CleanNames {
    all: HashSet<String>,
    /// Lines of one stream come one after the other: the names of the line before, in turn.
    last: [String; 2],
}

impl CleanNames {
    fn has(&mut self, name: &str) -> bool {
        if self.last.iter().any(|it| it == name) {
            return true;
        }
        let known = self.all.contains(name);
        if known {
            self.last.swap(0, 1);
            name.clone_into(&mut self.last[1]);
        }
        known
    }

    fn add(&mut self, name: &str) {
        if self.all.len() < MOST_NAMES {
            self.all.insert(name.to_owned());
        }
    }
}

/// A part of a text that is to be replaced.
#[derive(Debug)]
struct Span<'a> {
    range: Range<usize>,
    kind: &'a str,
    detector: &'static str,
    /// Of several that found the same, the one that knows most about it names it.
    rank: u8,
    length: LengthClass,
    print: Print,
}

impl Scrubber {
    /// A scrubber that knows the values of environment variables by their names, and the texts that
    /// the bundle states anyway, such as the ARN of the service: no value that is a part of one is
    /// looked for.
    pub fn new(
        fingerprints: Fingerprints,
        values: &BTreeMap<String, BTreeSet<String>>,
        public: &[&str],
        emails: Emails,
    ) -> Self {
        Self {
            known: Known::new(values, public),
            fingerprints,
            emails,
            blocks: RefCell::default(),
            clean_names: RefCell::default(),
            replaced: RefCell::default(),
        }
    }

    /// The record without what may not leave.
    ///
    /// # Errors
    ///
    /// When the record cannot be looked at, or is no record any more without it.
    pub fn body(&self, source: &str, body: Body) -> Result<Body, Failed> {
        // Whatever is wrong with one record must not cost the others.
        panic::catch_unwind(AssertUnwindSafe(|| self.clean(source, body))).unwrap_or(Err(Failed))
    }

    fn clean(&self, source: &str, body: Body) -> Result<Body, Failed> {
        match body {
            // Millions of lines. Their time and the id of their service are no free text.
            Body::ServiceLog(mut line) => {
                self.line(source, &mut line);
                Ok(Body::ServiceLog(line))
            }
            Body::ApplicationLog(mut line) => {
                self.line(source, &mut line);
                Ok(Body::ApplicationLog(line))
            }
            body => {
                let mut value = serde_json::to_value(&body).map_err(|_| Failed)?;
                self.value(source, &mut value, Place::Members);
                serde_json::from_value(value).map_err(|_| Failed)
            }
        }
    }

    fn line(&self, source: &str, line: &mut evidence_schema::record::LogLine) {
        if self.blocks.borrow_mut().take(&line.stream, &line.message) {
            let message = std::mem::take(&mut line.message);
            line.message = self.whole(source, &message, PRIVATE_KEY);
        } else if let Some(clean) = self.cleaned(source, &line.message, Which::All) {
            line.message = clean;
        }
        // Very many lines have the same few names.
        for name in [&mut line.stream, &mut line.service_id] {
            if self.clean_names.borrow_mut().has(name) {
                continue;
            }
            match self.cleaned(source, name, Which::Strong) {
                Some(clean) => *name = clean,
                None => self.clean_names.borrow_mut().add(name),
            }
        }
    }

    /// The entry of the ledger without what may not leave: an error message of AWS may repeat
    /// anything.
    pub fn coverage(&self, mut entry: Coverage) -> Coverage {
        let source = entry.source.clone();
        if let Some(error) = &mut entry.error {
            error.message = self.text(&source, std::mem::take(&mut error.message));
            error.code = self.text(&source, std::mem::take(&mut error.code));
        }
        for text in [&mut entry.note, &mut entry.subject, &mut entry.permission] {
            *text = text
                .take()
                .map(|it| match self.cleaned(&source, &it, Which::Strong) {
                    Some(clean) => clean,
                    None => it,
                });
        }
        entry.note = entry.note.map(|note| self.text(&source, note));
        entry
    }

    /// The text without what may not leave.
    pub fn text(&self, source: &str, text: String) -> String {
        self.cleaned(source, &text, Which::All).unwrap_or(text)
    }

    /// How many known values are looked for.
    pub fn known_values(&self) -> u64 {
        self.known.len() as u64
    }

    /// The known values, and whether each is also looked for in names, for the scan of the finished
    /// file.
    pub fn known(&self) -> impl Iterator<Item = (&str, bool)> {
        self.known.values()
    }

    /// How many times something was replaced, by source and detector.
    pub fn replaced_by_source(&self) -> BTreeMap<String, BTreeMap<String, u64>> {
        let replaced = self.replaced.borrow();
        let named = |of: &BTreeMap<&str, u64>| {
            of.iter()
                .map(|(name, count)| ((*name).to_owned(), *count))
                .collect()
        };
        replaced
            .iter()
            .map(|(source, of)| (source.clone(), named(of)))
            .collect()
    }

    fn value(&self, source: &str, value: &mut Value, place: Place) {
        match value {
            Value::String(text) => {
                let clean = match place {
                    Place::Secret if may_be_secret(text) => {
                        Some(self.whole(source, text, SECRET_MEMBER))
                    }
                    Place::Identifier => self.cleaned(source, text, Which::Strong),
                    // An ARN is a name that AWS gave out, except in documents of others.
                    Place::Members if text.starts_with("arn:") => {
                        self.cleaned(source, text, Which::Strong)
                    }
                    _ => self.cleaned(source, text, Which::All),
                };
                if let Some(clean) = clean {
                    *text = clean;
                }
            }
            Value::Array(values) => {
                for value in values {
                    self.value(source, value, place);
                }
            }
            Value::Object(members) => {
                if place.has_free_names() {
                    *members = std::mem::take(members)
                        .into_iter()
                        .map(
                            |(name, value)| match self.cleaned(source, &name, Which::Strong) {
                                Some(clean) => (clean, value),
                                None => (name, value),
                            },
                        )
                        .collect();
                }
                for (name, value) in members.iter_mut() {
                    self.value(source, value, place.of(name));
                }
            }
            _ => {}
        }
    }

    /// The marker for a text that is secret as a whole.
    fn whole(&self, source: &str, text: &str, detector: &'static str) -> String {
        self.count(source, detector);
        let mut out = String::new();
        marker::push(
            &mut out,
            detector,
            LengthClass::of(text),
            self.fingerprints.of(text),
        );
        out
    }

    /// The text without what may not leave; none if it is as it was.
    fn cleaned(&self, source: &str, text: &str, which: Which) -> Option<String> {
        let mut clean = self.pass(source, text, which)?;
        // What is glued to a secret is one word with it, and has a shape only when that is gone.
        for _ in 1..PASSES {
            match self.pass(source, &clean, which) {
                Some(cleaner) => clean = cleaner,
                None => break,
            }
        }
        Some(clean)
    }

    fn pass(&self, source: &str, text: &str, which: Which) -> Option<String> {
        let mut spans = Vec::new();
        self.scan(&mut spans, text, which, 0);
        if spans.is_empty() {
            return None;
        }
        spans.sort_by_key(|span| (span.range.start, span.range.end));
        let markers = markers(text);
        let mut out = String::with_capacity(text.len());
        let mut copied = 0;
        let mut rest = spans.into_iter().peekable();
        while let Some(first) = rest.next() {
            let mut range = first.range.clone();
            let mut best = first;
            while let Some(next) = rest.next_if(|it| it.range.start < range.end) {
                range.end = range.end.max(next.range.end);
                let weight = |it: &Span<'_>| (it.rank, it.range.len());
                if weight(&next) > weight(&best) {
                    best = next;
                }
            }
            // A marker of an earlier pass is no secret.
            if markers
                .iter()
                .any(|it| it.start <= range.start && range.end <= it.end)
            {
                continue;
            }
            out.push_str(&text[copied..range.start]);
            marker::push(&mut out, best.kind, best.length, best.print);
            self.count(source, best.detector);
            copied = range.end;
        }
        if copied == 0 {
            return None;
        }
        out.push_str(&text[copied..]);
        Some(out)
    }

    fn scan<'a>(&'a self, spans: &mut Vec<Span<'a>>, text: &str, which: Which, depth: u32) {
        self.known.find(text, which, |range, value| {
            spans.push(Span {
                range,
                kind: value.kind,
                detector: ENVIRONMENT_VALUE,
                rank: 2,
                length: LengthClass::of(value.value),
                print: self.fingerprints.of(value.value),
            });
        });
        let optional = match self.emails {
            Emails::Replace => Optional::Included,
            Emails::Keep => Optional::LeftOut,
        };
        detectors::find(text, optional, |hit| {
            let secret = &text[hit.range.clone()];
            spans.push(Span {
                kind: hit.detector,
                detector: hit.detector,
                rank: u8::from(!hit.context),
                length: LengthClass::of(secret),
                print: self.fingerprints.of(secret),
                range: hit.range,
            });
        });
        if depth == DEPTH {
            return;
        }
        for view in [layers::unescaped(text), layers::percent_decoded(text)]
            .into_iter()
            .flatten()
        {
            let begin = spans.len();
            self.scan(spans, &view.text, which, depth + 1);
            for span in &mut spans[begin..] {
                span.range = view.source(&span.range);
            }
        }
        layers::base64_texts(text, |range, inner| {
            let begin = spans.len();
            self.scan(spans, inner, which, depth + 1);
            // Half of it cannot be decoded any more, so all of it goes.
            spans.truncate(begin + 1);
            if let Some(span) = spans.get_mut(begin) {
                span.range = range;
            }
        });
    }

    fn count(&self, source: &str, detector: &'static str) {
        let mut replaced = self.replaced.borrow_mut();
        if let Some(of) = replaced.get_mut(source) {
            *of.entry(detector).or_default() += 1;
        } else {
            replaced.insert(source.to_owned(), BTreeMap::from([(detector, 1)]));
        }
    }
}

/// Whether a text that stands where a secret is expected may be one.
fn may_be_secret(text: &str) -> bool {
    let public = text.is_empty()
        || text == "true"
        || text == "false"
        || text == "HIDDEN_DUE_TO_SECURITY_REASONS"
        || text.starts_with("arn:")
        || marker::length_at(text) == Some(text.len());
    !public
}

/// Where markers stand in a text.
fn markers(text: &str) -> Vec<Range<usize>> {
    let mut all = Vec::new();
    let mut from = 0;
    while let Some(at) = text[from..].find(marker::BEGIN) {
        let begin = from + at;
        let length = marker::length_at(&text[begin..]).unwrap_or(0);
        if length > 0 {
            all.push(begin..begin + length);
        }
        from = begin + length.max(marker::BEGIN.len());
    }
    all
}

#[cfg(test)]
mod benign;
#[cfg(test)]
mod tests;
