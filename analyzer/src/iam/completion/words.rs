//! The classes of texts that a set of patterns tells apart, with a shortest text of each.
//!
//! All patterns are followed at once, letter by letter, as one automaton: the set of positions in
//! them is the state, and the patterns that are at their end are the class.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::iam::pattern::Piece;

/// How many states are visited before the search gives up.
const STATES: usize = 3_000;

/// How many letters and wildcards the patterns may have together.
const TOKENS: usize = 4_096;

/// Patterns of which the classes are wanted.
#[derive(Clone, Default)]
pub(super) struct Words {
    patterns: Vec<Vec<Token>>,
    arn: bool,
    any: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Token {
    Letter { letter: char, any_case: bool },
    One { colon: bool },
    Many { colon: bool },
}

impl Words {
    /// Adds a pattern without variables.
    pub(super) fn add(&mut self, pieces: &[Piece], any_case: bool) {
        self.any = true;
        let mut tokens = Vec::new();
        for piece in pieces {
            match piece {
                Piece::Text(text) => tokens.extend(
                    text.chars()
                        .map(|letter| Token::Letter { letter, any_case }),
                ),
                Piece::One { colon } => tokens.push(Token::One { colon: *colon }),
                Piece::Many { colon } => tokens.push(Token::Many { colon: *colon }),
                Piece::Variable(_) => {}
            }
        }
        if !self.patterns.contains(&tokens) {
            self.patterns.push(tokens);
        }
    }

    /// Tells ARNs from other texts.
    pub(super) fn arn_shape(&mut self) {
        if !self.arn {
            self.arn = true;
            let many = Piece::Many { colon: false };
            let colon = Piece::Text(":".to_owned());
            let mut pieces = Vec::new();
            for _ in 0..5 {
                pieces.extend([many.clone(), colon.clone()]);
            }
            pieces.push(Piece::Many { colon: true });
            self.add(&pieces, false);
        }
    }

    /// Some text matters, whether or not there is a pattern.
    pub(super) fn wanted(&mut self) {
        self.any = true;
    }

    /// A shortest text of each class, and whether these are all.
    pub(super) fn classes(&self) -> (Vec<String>, bool) {
        if !self.any {
            return (vec![], true);
        }
        let tokens: usize = self.patterns.iter().map(|it| it.len() + 1).sum();
        if tokens > TOKENS {
            return (vec!["x".to_owned()], false);
        }
        let letters = self.letters();
        let mut seen = BTreeSet::new();
        let mut found: BTreeMap<Vec<bool>, String> = BTreeMap::new();
        let mut queue = VecDeque::new();
        let start = self.start();
        seen.insert(start.clone());
        queue.push_back((start, String::new()));
        while let Some((state, text)) = queue.pop_front() {
            for letter in &letters {
                let next = self.step(&state, *letter);
                if seen.contains(&next) {
                    continue;
                }
                if seen.len() >= STATES {
                    return (in_order(found), false);
                }
                let mut text = text.clone();
                text.push(*letter);
                found
                    .entry(self.class(&next))
                    .or_insert_with(|| text.clone());
                seen.insert(next.clone());
                queue.push_back((next, text));
            }
        }
        (in_order(found), true)
    }

    /// The letters that the patterns tell apart, and one that they do not.
    fn letters(&self) -> Vec<char> {
        let mut letters = BTreeSet::from([':']);
        for token in self.patterns.iter().flatten() {
            if let Token::Letter { letter, any_case } = token {
                letters.insert(*letter);
                if *any_case {
                    letters.extend(letter.to_uppercase().take(1));
                }
            }
        }
        let other = ('a'..='z')
            .rev()
            .chain('\u{100}'..='\u{17f}')
            .find(|letter| !letters.contains(letter));
        other.into_iter().chain(letters).collect()
    }

    fn start(&self) -> Vec<Vec<bool>> {
        self.patterns
            .iter()
            .map(|tokens| {
                let mut at = vec![false; tokens.len() + 1];
                at[0] = true;
                pass(tokens, &mut at);
                at
            })
            .collect()
    }

    fn step(&self, state: &[Vec<bool>], letter: char) -> Vec<Vec<bool>> {
        self.patterns
            .iter()
            .zip(state)
            .map(|(tokens, at)| {
                let mut next = vec![false; at.len()];
                for (index, token) in tokens.iter().enumerate().filter(|(index, _)| at[*index]) {
                    match token {
                        Token::Letter {
                            letter: wanted,
                            any_case,
                        } => {
                            let same = *wanted == letter
                                || (*any_case && letter.to_lowercase().eq([*wanted]));
                            next[index + 1] |= same;
                        }
                        Token::One { colon } => next[index + 1] |= *colon || letter != ':',
                        Token::Many { colon } => next[index] |= *colon || letter != ':',
                    }
                }
                pass(tokens, &mut next);
                next
            })
            .collect()
    }

    fn class(&self, state: &[Vec<bool>]) -> Vec<bool> {
        state
            .iter()
            .map(|at| at.last().copied().unwrap_or_default())
            .collect()
    }
}

/// A `*` may stand for nothing.
fn pass(tokens: &[Token], at: &mut [bool]) {
    for (index, token) in tokens.iter().enumerate() {
        if at[index] && matches!(token, Token::Many { .. }) {
            at[index + 1] = true;
        }
    }
}

/// The shortest first.
fn in_order(found: BTreeMap<Vec<bool>, String>) -> Vec<String> {
    let mut texts: Vec<String> = found.into_values().collect();
    texts.sort_by(|one, two| (one.len(), one).cmp(&(two.len(), two)));
    texts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::iam::pattern::{Pattern, Reach};

    fn classes(patterns: &[(&str, Reach)]) -> Vec<String> {
        let mut words = Words::default();
        for (text, reach) in patterns {
            if *reach == Reach::Arn {
                words.arn_shape();
            }
            words.add(Pattern::new(text, *reach, true, false).pieces(), false);
        }
        let (classes, complete) = words.classes();
        assert!(complete);
        classes
    }

    #[test]
    fn there_is_a_text_for_every_way_in_which_patterns_can_match() {
        assert_eq!(classes(&[("ab", Reach::Literal)]), ["z", "ab"]);
        // Neither, the first, the second, both.
        assert_eq!(
            classes(&[("a*", Reach::Text), ("*b", Reach::Text)]),
            ["a", "b", "z", "ab"]
        );
        // Whatever is like the first is like the second.
        assert_eq!(
            classes(&[("a*", Reach::Text), ("*", Reach::Text)]),
            ["a", "z"]
        );
        let arns = classes(&[("arn:aws:ecr:*:1:x", Reach::Arn)]);
        assert_eq!(arns, ["z", ":::::", "arn:aws:ecr::1:x"]);
    }
}
