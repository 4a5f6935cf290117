//! The classes of texts that a set of patterns tells apart, with a shortest text of each.
//!
//! All patterns are followed at once, letter by letter, as one automaton: the set of positions in
//! them is the state, and the patterns that are at their end are the class.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::budget::Budget;
use crate::iam::pattern::Piece;

/// How many states are visited before the search gives up.
const STATES: usize = 3_000;

/// How many letters and wildcards the patterns may have together.
const TOKENS: usize = 4_096;

/// Of so many patterns a text is taken where there are too many of them.
const SHORTEST: usize = 32;

/// Patterns of which the classes are wanted.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub(super) struct Words {
    patterns: Vec<Vec<Token>>,
    arn: bool,
    any: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
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
    pub(super) fn classes(&self, budget: &Budget) -> (Vec<String>, bool) {
        if !self.any {
            return (vec![], true);
        }
        let tokens: usize = self.patterns.iter().map(|it| it.len() + 1).sum();
        if tokens > TOKENS || !budget.take(tokens as u64) {
            return (self.shortest(), false);
        }
        match self.plain() {
            Some(texts) => (texts, true),
            None => self.searched(tokens, budget),
        }
    }

    /// A text of some of the patterns, and one that is of none most likely.
    fn shortest(&self) -> Vec<String> {
        let texts = self.patterns.iter().take(SHORTEST).map(|tokens| {
            let letters = tokens.iter().filter_map(|token| match token {
                Token::Letter { letter, .. } => Some(*letter),
                Token::One { .. } => Some('x'),
                Token::Many { .. } => None,
            });
            letters.collect::<String>()
        });
        let mut texts: BTreeSet<String> = texts.collect();
        texts.insert("x".to_owned());
        in_order(texts.into_iter().collect())
    }

    /// The texts themselves and one that is none of them, where there are no wildcards.
    fn plain(&self) -> Option<Vec<String>> {
        let mut texts = BTreeSet::new();
        for tokens in &self.patterns {
            let letters = tokens.iter().map(|token| match token {
                Token::Letter {
                    letter,
                    any_case: false,
                } => Some(*letter),
                _ => None,
            });
            texts.insert(letters.collect::<Option<String>>()?);
        }
        texts.extend(self.letters().first().map(char::to_string));
        Some(in_order(texts.into_iter().collect()))
    }

    fn searched(&self, tokens: usize, budget: &Budget) -> (Vec<String>, bool) {
        let letters = self.letters();
        let moves: Vec<Moves> = letters
            .iter()
            .map(|letter| self.moves(*letter, tokens))
            .collect();
        let skipped = self.skipped(tokens);
        let ends = self.ends();
        let mut start = Bits::new(tokens);
        let mut at = 0;
        for pattern in &self.patterns {
            start.set(at);
            at += pattern.len() + 1;
        }
        start.pass(&skipped);

        // The states in the order in which they are found, each with the one before it.
        let mut states = vec![start.clone()];
        let mut before = vec![(0, ' ')];
        let mut seen = HashSet::from([start]);
        let mut found: BTreeMap<Vec<bool>, usize> = BTreeMap::new();
        let words = tokens as u64 / 64;
        let mut complete = budget.take((letters.len() * tokens) as u64);
        let mut index = 0;
        'search: while index < states.len() {
            for (letter, moves) in letters.iter().zip(&moves) {
                if !budget.take(10 + words / 4) {
                    complete = false;
                    break 'search;
                }
                let mut next = states[index].step(moves);
                next.pass(&skipped);
                if seen.contains(&next) {
                    continue;
                }
                if seen.len() >= STATES || !budget.take(5 + words + ends.len() as u64 / 8) {
                    complete = false;
                    break 'search;
                }
                let class = ends.iter().map(|end| next.has(*end)).collect();
                found.entry(class).or_insert(states.len());
                seen.insert(next.clone());
                states.push(next);
                before.push((index, *letter));
            }
            index += 1;
        }
        // A tag may be empty, which is a class of its own only where nothing else is like it.
        let class = ends.iter().map(|end| states[0].has(*end)).collect();
        found.entry(class).or_insert(0);
        let text = |mut index: usize| {
            let mut letters = Vec::new();
            while index > 0 {
                letters.push(before[index].1);
                index = before[index].0;
            }
            letters.iter().rev().collect()
        };
        (in_order(found.into_values().map(text).collect()), complete)
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

    /// Every token with its place among all.
    fn places(&self) -> impl Iterator<Item = (usize, Token)> {
        let mut start = 0;
        self.patterns.iter().flat_map(move |tokens| {
            let first = start;
            start += tokens.len() + 1;
            let tokens = tokens.iter().enumerate();
            tokens.map(move |(index, token)| (first + index, *token))
        })
    }

    /// What a letter does.
    fn moves(&self, letter: char, tokens: usize) -> Moves {
        let mut moves = Moves {
            on: Bits::new(tokens),
            stay: Bits::new(tokens),
        };
        for (place, token) in self.places() {
            match token {
                Token::Letter {
                    letter: wanted,
                    any_case,
                } => {
                    if wanted == letter || (any_case && letter.to_lowercase().eq([wanted])) {
                        moves.on.set(place);
                    }
                }
                Token::One { colon } => {
                    if colon || letter != ':' {
                        moves.on.set(place);
                    }
                }
                Token::Many { colon } => {
                    if colon || letter != ':' {
                        moves.stay.set(place);
                    }
                }
            }
        }
        moves
    }

    /// The places of `*`, which may stand for nothing.
    fn skipped(&self, tokens: usize) -> Bits {
        let mut skipped = Bits::new(tokens);
        for (place, token) in self.places() {
            if matches!(token, Token::Many { .. }) {
                skipped.set(place);
            }
        }
        skipped
    }

    /// Where each pattern ends.
    fn ends(&self) -> Vec<usize> {
        let mut end = 0;
        let mut ends = Vec::new();
        for tokens in &self.patterns {
            end += tokens.len() + 1;
            ends.push(end - 1);
        }
        ends
    }
}

/// What a letter does: where it leads one further, and where it leads nowhere else.
struct Moves {
    on: Bits,
    stay: Bits,
}

/// A set of places in the patterns.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Bits(Vec<u64>);

impl Bits {
    fn new(places: usize) -> Self {
        Self(vec![0; places.div_ceil(64)])
    }

    fn set(&mut self, place: usize) {
        self.0[place / 64] |= 1 << (place % 64);
    }

    fn has(&self, place: usize) -> bool {
        self.0[place / 64] >> (place % 64) & 1 == 1
    }

    fn step(&self, moves: &Moves) -> Self {
        let mut carried = 0;
        let words = self.0.iter().zip(&moves.on.0).zip(&moves.stay.0);
        Self(
            words
                .map(|((at, on), stay)| {
                    let on = at & on;
                    let next = on << 1 | carried | (at & stay);
                    carried = on >> 63;
                    next
                })
                .collect(),
        )
    }

    /// Adds the places behind those that may be skipped.
    fn pass(&mut self, skipped: &Self) {
        loop {
            let mut carried = 0;
            let mut changed = false;
            for (at, skipped) in self.0.iter_mut().zip(&skipped.0) {
                let skips = *at & skipped;
                let next = *at | skips << 1 | carried;
                carried = skips >> 63;
                changed |= next != *at;
                *at = next;
            }
            if !changed {
                return;
            }
        }
    }
}

/// The shortest first.
fn in_order(mut texts: Vec<String>) -> Vec<String> {
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
        let (classes, complete) = words.classes(&Budget::plenty());
        assert!(complete);
        classes
    }

    #[test]
    fn there_is_a_text_for_every_way_in_which_patterns_can_match() {
        assert_eq!(classes(&[("ab", Reach::Literal)]), ["z", "ab"]);
        assert_eq!(classes(&[("", Reach::Literal)]), ["", "z"]);
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
