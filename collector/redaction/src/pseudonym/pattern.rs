//! Patterns of policies. After the replacement they match the pseudonyms of just those ARNs that
//! they matched before.
//!
//! A wildcard between words needs nothing: words are replaced, `*` and `?` stay. One within a word
//! (`sho*`) does. Two readings of the cut word are tried against every ARN of the bundle: as a word
//! of its own, and as the beginning or end of the words that are known. Where neither matches the
//! same, the pseudonyms of what was matched stand there instead, one by one.

use super::mapper::{Mapper, Mode};

/// Longer patterns and ARNs are not compared; AWS has none.
pub(super) const LONGEST: usize = 1024;

/// How many steps of matching a document may take for each of its bytes, and at most. Real ones
/// take a few for a byte.
const STEPS_OF_A_BYTE: u64 = 4_096;
const STEPS: u64 = 20_000_000;

/// How much comparing is left for a document, so that a hostile one ends.
pub(super) struct Budget(u64);

impl Budget {
    /// For a document.
    pub(super) fn of(document: &str) -> Self {
        let length = u64::try_from(document.len()).unwrap_or(u64::MAX);
        Self(length.saturating_mul(STEPS_OF_A_BYTE).min(STEPS))
    }
}

impl Mapper<'_> {
    /// A pattern of a policy, as one or more that stand for it.
    pub(super) fn pattern(&self, pattern: &str, budget: &mut Budget) -> Vec<String> {
        let mut plain = String::with_capacity(pattern.len());
        self.scan(pattern, Mode::Name, &mut plain);
        if plain == pattern && !has_cut_word(pattern) || pattern.len() > LONGEST {
            return vec![plain];
        }
        let Some(before) = self.matched(pattern, budget) else {
            return vec![plain];
        };
        let is_same = |candidate: &str, budget: &mut Budget| {
            let mut same = true;
            for (index, (_, mapped)) in self.arns.iter().enumerate() {
                let matches = glob(candidate, mapped, budget)?;
                same &= matches == before.binary_search(&index).is_ok();
            }
            Some(same)
        };
        for candidate in [Some(plain.clone()), self.completed(pattern)]
            .into_iter()
            .flatten()
        {
            match is_same(&candidate, budget) {
                Some(true) => return vec![candidate],
                Some(false) => {}
                None => return vec![plain],
            }
        }
        if before.is_empty() {
            // It must match nothing, and its beginning is too short to say so.
            return vec![plain.replace(['*', '?'], "")];
        }
        before
            .into_iter()
            .map(|index| self.arns[index].1.clone())
            .collect()
    }

    /// Learns the words of a pattern. A cut one is no word.
    pub(super) fn learn_pattern(&self, pattern: &str) {
        let mut whole = String::with_capacity(pattern.len());
        let mut rest = pattern;
        let mut before = None;
        while let Some(first) = rest.chars().next() {
            let end = rest
                .find(|letter: char| letter.is_alphanumeric() != first.is_alphanumeric())
                .unwrap_or(rest.len());
            let (run, after) = rest.split_at(end);
            let is_cut = before.is_some_and(is_wildcard) || after.starts_with(is_wildcard);
            if !first.is_alphanumeric() || !is_cut {
                whole.push_str(run);
            }
            before = run.chars().next_back();
            rest = after;
        }
        self.scan(&whole, Mode::Name, &mut String::new());
    }

    /// Which of the known ARNs a pattern matches.
    fn matched(&self, pattern: &str, budget: &mut Budget) -> Option<Vec<usize>> {
        let mut matched = Vec::new();
        for (index, (arn, _)) in self.arns.iter().enumerate() {
            if glob(pattern, arn, budget)? {
                matched.push(index);
            }
        }
        Some(matched)
    }

    /// The pattern with its cut words as the beginnings or ends of known words, where each of them
    /// is that of one word only.
    fn completed(&self, pattern: &str) -> Option<String> {
        let mut out = String::with_capacity(pattern.len());
        let mut rest = pattern;
        let mut before = None;
        while let Some(first) = rest.chars().next() {
            let end = rest
                .find(|letter: char| letter.is_alphabetic() != first.is_alphabetic())
                .unwrap_or(rest.len());
            let (run, after) = rest.split_at(end);
            let cut_before = before.is_some_and(is_wildcard);
            let cut_after = after.starts_with(is_wildcard);
            if first.is_alphabetic() && (cut_before || cut_after) {
                let lower = run.to_lowercase();
                let mut known = self.words.known().filter(|(word, _)| {
                    if cut_after {
                        word.starts_with(&lower)
                    } else {
                        word.ends_with(&lower)
                    }
                });
                let (word, made_up) = known.next()?;
                if known.next().is_some() || (cut_before && cut_after) {
                    return None;
                }
                // As many letters as the original has, so that `?` goes on to fit.
                let length = lower.chars().count();
                let skipped = if cut_after {
                    0
                } else {
                    word.chars().count() - length
                };
                let part: String = made_up.chars().skip(skipped).take(length).collect();
                out.push_str(&super::word::with_case_of(run, &part));
            } else {
                self.scan(run, Mode::Name, &mut out);
            }
            before = run.chars().next_back();
            rest = after;
        }
        Some(out)
    }
}

fn is_wildcard(letter: char) -> bool {
    matches!(letter, '*' | '?')
}

/// Whether a wildcard touches a letter or digit.
fn has_cut_word(pattern: &str) -> bool {
    let letters: Vec<char> = pattern.chars().collect();
    letters.windows(2).any(|pair| {
        (is_wildcard(pair[0]) && pair[1].is_alphanumeric())
            || (pair[0].is_alphanumeric() && is_wildcard(pair[1]))
    })
}

/// Whether a pattern matches an ARN, as the analyzer reads IAM's wildcards: a `*` at the end of a
/// segment goes beyond its colon, any other wildcard of the first five segments stays in its own.
/// Nothing when too much was compared already.
fn glob(pattern: &str, text: &str, budget: &mut Budget) -> Option<bool> {
    let (pattern, text) = (pattern.as_bytes(), text.as_bytes());
    // All ways through the pattern at once: where in the text each of them is.
    let mut ways = vec![false; text.len() + 1];
    ways[0] = true;
    let mut segment = 1;
    for (index, letter) in pattern.iter().enumerate() {
        let steps = u64::try_from(text.len()).unwrap_or(u64::MAX);
        budget.0 = budget.0.checked_sub(steps.saturating_add(1))?;
        let ends_segment = matches!(pattern.get(index + 1), None | Some(b':'));
        let beyond = segment >= 6 || (*letter == b'*' && ends_segment);
        let mut next = vec![false; text.len() + 1];
        if *letter == b'*' {
            let mut open = false;
            for (at, found) in text.iter().enumerate() {
                open |= ways[at];
                next[at] = open;
                open &= beyond || *found != b':';
            }
            next[text.len()] = open || ways[text.len()];
        } else {
            for (at, found) in text.iter().enumerate() {
                let fits = match letter {
                    b'?' => beyond || *found != b':',
                    letter => letter == found,
                };
                next[at + 1] |= ways[at] && fits;
            }
        }
        segment += usize::from(*letter == b':');
        ways = next;
    }
    Some(ways[text.len()])
}
