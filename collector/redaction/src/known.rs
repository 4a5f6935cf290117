//! Values that were seen and withheld, looked for in every other string: an application that prints
//! its own password into the log does not leak it.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::IpAddr,
    ops::Range,
};

use aho_corasick::{AhoCorasick, MatchKind};

use crate::{entropy::is_random, marker, platform};

/// A shorter value is found by chance in every second line.
const SHORTEST: usize = 6;

/// A line of a value of several lines that says enough to be looked for alone.
const SHORTEST_LINE: usize = 16;

/// Fewer digits of base64 are found by chance.
const SHORTEST_BASE64: usize = 8;

/// `python311` and `eu-west-1-blue` look a little random too.
const SHORTEST_STRONG: usize = 16;

/// A longer name is cut in a marker.
const LONGEST_NAME: usize = 64;

/// A value that was found.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Value<'a> {
    /// The kind of its marker: `env.` and the name of the variable.
    pub kind: &'a str,
    /// The value, in whatever form it was found.
    pub value: &'a str,
}

/// The values of one collection.
#[derive(Debug, Default)]
pub(crate) struct Known {
    all: Option<AhoCorasick>,
    /// Only those that look like made by chance.
    strong: Option<AhoCorasick>,
    /// The variable of each pattern of `all`, and of each of `strong`.
    of_all: Vec<usize>,
    of_strong: Vec<usize>,
    kinds: Vec<String>,
    values: Vec<String>,
}

/// Which values are looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Which {
    /// All of them, in what people and programs write.
    All,
    /// In names that AWS gave out only those that look like made by chance: what happens to be a
    /// variable's value too, such as `production`, is no secret there, and without it records
    /// cannot be joined.
    Strong,
}

impl Known {
    /// Knows the values of variables by their names.
    ///
    /// `public` are texts that the bundle states anyway, such as the ARN of the service. A value
    /// that is a part of one of them is not looked for: replacing the Region in every ARN would
    /// hide nothing and break everything.
    pub(crate) fn new(values: &BTreeMap<String, BTreeSet<String>>, public: &[&str]) -> Self {
        let mut known = Self::default();
        let mut all: BTreeMap<String, usize> = BTreeMap::new();
        let mut strong: BTreeMap<String, usize> = BTreeMap::new();
        for (name, value) in values
            .iter()
            .flat_map(|(name, of)| of.iter().map(move |it| (name, it)))
        {
            let value = value.trim();
            if value.len() < SHORTEST || is_public(value, public) {
                continue;
            }
            let index = known.values.len();
            for form in forms(value) {
                if is_strong(value) {
                    strong.entry(form.clone()).or_insert(index);
                }
                // Of two variables with one value the first by name is told.
                all.entry(form).or_insert(index);
            }
            known.kinds.push(kind_of(name));
            known.values.push(value.to_owned());
        }
        known.of_all = all.values().copied().collect();
        known.of_strong = strong.values().copied().collect();
        known.all = finder(all.keys());
        known.strong = finder(strong.keys());
        known
    }

    /// How many values are looked for.
    pub(crate) fn len(&self) -> usize {
        self.values.len()
    }

    /// The values, and whether each is looked for in names too.
    pub(crate) fn values(&self) -> impl Iterator<Item = (&str, bool)> {
        self.values.iter().map(|it| (it.as_str(), is_strong(it)))
    }

    /// Finds the values in a text.
    pub(crate) fn find<'a>(
        &'a self,
        text: &str,
        which: Which,
        mut found: impl FnMut(Range<usize>, Value<'a>),
    ) {
        let (finder, of) = match which {
            Which::All => (&self.all, &self.of_all),
            Which::Strong => (&self.strong, &self.of_strong),
        };
        let Some(finder) = finder else {
            return;
        };
        for hit in finder.find_iter(text) {
            let index = of[hit.pattern().as_usize()];
            found(
                hit.range(),
                Value {
                    kind: &self.kinds[index],
                    value: &self.values[index],
                },
            );
        }
    }
}

fn finder<'a>(patterns: impl ExactSizeIterator<Item = &'a String>) -> Option<AhoCorasick> {
    if patterns.len() == 0 {
        return None;
    }
    AhoCorasick::builder()
        .match_kind(MatchKind::LeftmostLongest)
        .build(patterns)
        .ok()
}

/// The kind of a marker of the variable of this name.
fn kind_of(name: &str) -> String {
    let name = name.chars().take(LONGEST_NAME);
    let plain = name.map(|it| match u8::try_from(it) {
        Ok(byte) if marker::is_of_kind(byte) => it,
        _ => '_',
    });
    std::iter::once("env.".to_owned())
        .chain(plain.map(String::from))
        .collect()
}

/// Whether the value is so long and so much by chance that nobody gave something this name.
fn is_strong(value: &str) -> bool {
    value.len() >= SHORTEST_STRONG && is_random(value)
}

/// The ways in which a value is written into other texts, beside those that are decoded anyway.
fn forms(value: &str) -> BTreeSet<String> {
    let mut forms = BTreeSet::from([value.to_owned()]);
    forms.extend(
        value
            .lines()
            .map(|line| line.trim().to_owned())
            .filter(|line| line.len() >= SHORTEST_LINE),
    );
    // Inside a longer text the digits depend on where the value begins, and the first and the last
    // of them also on what stands beside it.
    for before in 0..3_usize {
        let mut bytes = vec![0; before];
        bytes.extend_from_slice(value.as_bytes());
        let digits = base64::Engine::encode(&base64::prelude::BASE64_STANDARD_NO_PAD, &bytes);
        let begin = (before * 8).div_ceil(6);
        let end = bytes.len() * 8 / 6;
        if end >= begin + SHORTEST_BASE64 {
            let core = &digits[begin..end];
            forms.insert(core.to_owned());
            forms.insert(core.replace('+', "-").replace('/', "_"));
        }
    }
    forms
}

/// Whether the bundle says the value anyway, or everybody could guess it.
fn is_public(value: &str, public: &[&str]) -> bool {
    let address = value
        .parse::<IpAddr>()
        .is_ok_and(|address| address.is_loopback() || address.is_unspecified());
    let digest = value
        .strip_prefix("sha256:")
        .is_some_and(|it| it.len() == 64 && it.bytes().all(|it| it.is_ascii_hexdigit()));
    address
        || digest
        || is_arn(value)
        || value == "localhost"
        || public.iter().any(|text| text.contains(value))
        || platform::SENTENCES.iter().any(|text| text.contains(value))
}

/// Whether the value is the name that AWS gave to something, which others see as well.
fn is_arn(value: &str) -> bool {
    let parts = value.splitn(6, ':').collect::<Vec<_>>();
    parts.len() == 6
        && parts[0] == "arn"
        && parts[1].starts_with("aws")
        && value.bytes().all(|it| it.is_ascii_graphic())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(values: &[(&str, &str)], public: &[&str]) -> Known {
        let mut all: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for (name, value) in values {
            all.entry((*name).to_owned())
                .or_default()
                .insert((*value).to_owned());
        }
        Known::new(&all, public)
    }

    fn found(known: &Known, text: &str, which: Which) -> Vec<(String, String)> {
        let mut all = Vec::new();
        known.find(text, which, |range, value| {
            all.push((value.kind.to_owned(), text[range].to_owned()));
        });
        all
    }

    #[test]
    fn a_value_is_found_plain_by_its_lines_and_in_base64() {
        let known = known(
            &[
                ("API_TOKEN", "s3cr3t/tok en\"x"),
                ("KEY", "first line of a key\nsecond line of it"),
            ],
            &[],
        );
        for text in [
            "token=s3cr3t/tok en\"x;",
            "Basic czNjcjN0L3RvayBlbiJ4",
            "xx dXNlcjpzM2NyM3QvdG9rIGVuIng= yy",
            "got second line of it",
        ] {
            assert_eq!(found(&known, text, Which::All).len(), 1, "{text}");
        }
        assert_eq!(found(&known, "first line", Which::All), []);
    }

    #[test]
    fn what_the_bundle_says_anyway_is_no_secret() {
        let known = known(
            &[
                ("HOST", "0.0.0.0"),
                ("MODE", "application"),
                ("REGION", "us-east-1"),
                ("SHORT", "abc"),
                ("QUEUE", "arn:aws:sqs:us-east-1:111122223333:orders"),
            ],
            &["arn:aws:apprunner:us-east-1:111122223333:service/web/0"],
        );
        assert_eq!(known.len(), 0);
    }

    #[test]
    fn in_names_only_what_looks_random_is_looked_for() {
        let known = known(
            &[
                ("STAGE", "production"),
                ("KEY", "q7Zr1Lx9Tn4Vb6Kp"),
                ("odd name\n", "0a1B2c3D4e5F"),
            ],
            &[],
        );
        assert_eq!(found(&known, "production", Which::All).len(), 1);
        assert_eq!(found(&known, "production", Which::Strong), []);
        assert_eq!(
            found(&known, "q7Zr1Lx9Tn4Vb6Kp", Which::Strong)[0].0,
            "env.KEY"
        );
        assert_eq!(
            found(&known, "0a1B2c3D4e5F", Which::All)[0].0,
            "env.odd_name_"
        );
    }
}
