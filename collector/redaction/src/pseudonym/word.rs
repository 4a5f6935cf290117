//! Names, word by word: a word becomes a made-up one of the same length and the same case, and
//! digits, separators and wildcards stay, so that patterns keep their meaning.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    lists,
    prf::{Domain, Prf},
};

const CONSONANTS: &[u8] = b"bdfghjklmnprstvwzc";
const VOWELS: &[u8] = b"aeiou";

/// After so many words that were taken already, a word may be unpronounceable.
const PRONOUNCEABLE: u32 = 64;

/// After so many, it may be that of another word: there are no others left.
const ATTEMPTS: u32 = 96;

/// The made-up words of the words that are known from the records.
#[derive(Clone, Debug, Default)]
pub(super) struct Words {
    made_up: BTreeMap<String, String>,
    taken: BTreeSet<String>,
}

impl Words {
    /// Gives every known word one of its own. They are taken in their order and not in that of the
    /// records, so that records in another order change nothing.
    pub(super) fn new(prf: &Prf, known: &BTreeSet<String>) -> Self {
        let mut words = Self::default();
        for word in known {
            let made_up = words.invent(prf, word, |other| known.contains(other));
            words.taken.insert(made_up.clone());
            words.made_up.insert(word.clone(), made_up);
        }
        words
    }

    /// The made-up word of a word in lower case.
    pub(super) fn of(&self, prf: &Prf, word: &str) -> String {
        match self.made_up.get(word) {
            Some(made_up) => made_up.clone(),
            None => self.invent(prf, word, |other| self.made_up.contains_key(other)),
        }
    }

    /// The known words.
    pub(super) fn known(&self) -> impl Iterator<Item = (&str, &str)> {
        self.made_up.iter().map(|(word, it)| (&**word, &**it))
    }

    fn invent(&self, prf: &Prf, word: &str, is_known: impl Fn(&str) -> bool) -> String {
        let length = word.chars().count();
        let mut attempt = 0;
        loop {
            let made_up = made_up(prf, word, length, attempt);
            attempt += 1;
            // A name that becomes a word of the platform, or another name, would mislead.
            let clashes = made_up == word
                || self.taken.contains(&made_up)
                || lists::is_of_sentences(&made_up)
                || is_known(&made_up);
            if !clashes || attempt >= ATTEMPTS {
                return made_up;
            }
        }
    }
}

fn made_up(prf: &Prf, word: &str, length: usize, attempt: u32) -> String {
    let bytes = prf.bytes(Domain::Word, attempt, word.as_bytes(), length + 1);
    let pick = |letters: &[u8], byte: u8| char::from(letters[usize::from(byte) % letters.len()]);
    bytes[1..]
        .iter()
        .enumerate()
        .map(|(index, byte)| {
            if attempt >= PRONOUNCEABLE {
                char::from(b'a' + byte % 26)
            } else if (index + usize::from(bytes[0] & 1)).is_multiple_of(2) {
                pick(CONSONANTS, *byte)
            } else {
                pick(VOWELS, *byte)
            }
        })
        .collect()
}

/// Puts capitals where the original has them. Both have as many letters.
pub(super) fn with_case_of(original: &str, made_up: &str) -> String {
    original
        .chars()
        .zip(made_up.chars())
        .map(|(letter, new)| match letter.is_uppercase() {
            true => new.to_ascii_uppercase(),
            false => new,
        })
        .collect()
}

/// A word as it is looked up: each letter in lower case, as many as there were.
pub(super) fn lower(word: &str) -> String {
    word.chars()
        .map(|letter| letter.to_lowercase().next().unwrap_or(letter))
        .collect()
}

/// Splits a run of letters where its case says that a word begins: `AppRunner`, `ECRAccess`.
pub(super) fn camel(run: &str) -> impl Iterator<Item = &str> {
    let mut rest = run;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let mut letters = rest.char_indices().peekable();
        let (_, mut before) = letters.next()?;
        let mut end = rest.len();
        while let Some((at, letter)) = letters.next() {
            let next_is_lower = letters.peek().is_some_and(|(_, next)| next.is_lowercase());
            let begins = letter.is_uppercase()
                && (before.is_lowercase() || (before.is_uppercase() && next_is_lower));
            if begins {
                end = at;
                break;
            }
            before = letter;
        }
        let (word, after) = rest.split_at(end);
        rest = after;
        Some(word)
    })
}

/// Whether a word is long enough to be somebody's. One letter says nothing, unless the letter is a
/// word of its own, as in Chinese.
pub(super) fn counts(word: &str) -> bool {
    word.len() >= 2
}

/// A run of letters and digits without words in it: what somebody drew at random.
pub(super) fn is_opaque(run: &str) -> bool {
    if run.len() < 8 || !run.is_ascii() {
        return false;
    }
    let bytes = run.as_bytes();
    let turns = bytes
        .windows(2)
        .filter(|pair| pair[0].is_ascii_digit() != pair[1].is_ascii_digit())
        .count();
    let is_hex = bytes.iter().all(u8::is_ascii_hexdigit);
    turns >= 3 || (is_hex && (turns >= 2 || (run.len() >= 16 && turns >= 1)))
}

/// The pseudonym of an id: hex digits become others, or letters letters and digits digits.
pub(super) fn id(prf: &Prf, id: &str) -> String {
    let is_hex = id
        .bytes()
        .all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
    let plain: String = match is_hex {
        // Logs write without dashes what an API writes with them.
        true => id.replace('-', "").to_ascii_lowercase(),
        false => id.to_owned(),
    };
    // AWS numbers what is everybody's: the default configurations.
    if plain.len() >= 16 && plain[..plain.len() - 2].bytes().all(|byte| byte == b'0') {
        return id.to_owned();
    }
    let domain = if is_hex { Domain::Hex } else { Domain::Opaque };
    let upper = id.bytes().any(|byte| byte.is_ascii_uppercase());
    let mut bytes = prf
        .bytes(domain, 0, plain.as_bytes(), plain.len())
        .into_iter();
    id.chars()
        .map(|letter| {
            if letter == '-' {
                return letter;
            }
            let byte = bytes.next().unwrap_or_default();
            if is_hex {
                let digit = char::from(b"0123456789abcdef"[usize::from(byte & 15)]);
                return if upper {
                    digit.to_ascii_uppercase()
                } else {
                    digit
                };
            }
            match letter {
                '0'..='9' => char::from(b'0' + byte % 10),
                'a'..='z' => char::from(b'a' + byte % 26),
                'A'..='Z' => char::from(b'A' + byte % 26),
                other => other,
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_tells_where_words_begin() {
        let split = |run| camel(run).collect::<Vec<_>>().join("|");
        assert_eq!(split("AppRunnerEcrAccess"), "App|Runner|Ecr|Access");
        assert_eq!(split("ECRAccess"), "ECR|Access");
        assert_eq!(split("shop"), "shop");
        assert_eq!(split("SHOP"), "SHOP");
        assert_eq!(split("aB"), "a|B");
        assert_eq!(split(""), "");
    }

    #[test]
    fn words_are_told_apart_even_where_there_are_few() {
        let prf = Prf::new([5; 32]);
        let known: BTreeSet<String> = ('a'..='z')
            .flat_map(|one| {
                ('a'..='z')
                    .step_by(4)
                    .map(move |two| format!("{one}{two}y"))
            })
            .collect();
        let words = Words::new(&prf, &known);
        let made_up: BTreeSet<&str> = words.known().map(|(_, it)| it).collect();
        assert_eq!(made_up.len(), known.len());
        assert!(
            made_up
                .iter()
                .all(|it| it.len() == 3 && !known.contains(*it))
        );
        assert_eq!(words.of(&prf, "payments").len(), 8);
        assert_ne!(words.of(&prf, "payments"), "payments");
        assert_eq!(with_case_of("PayMents", "golikuna"), "GolIkuna");
    }

    #[test]
    fn ids_keep_their_form() {
        let prf = Prf::new([5; 32]);
        let dashed = id(&prf, "7fb51319-6611-4fd4-a24a-3710d87969f5");
        assert_eq!(
            dashed.replace('-', ""),
            id(&prf, "7fb5131966114fd4a24a3710d87969f5")
        );
        assert_eq!(dashed.len(), 36);
        assert_eq!(
            id(&prf, "00000000000000000000000000000001"),
            "00000000000000000000000000000001"
        );
        let opaque = id(&prf, "c9Akz2q7");
        assert!(
            opaque.as_bytes()[0].is_ascii_lowercase() && opaque.as_bytes()[2].is_ascii_uppercase()
        );
        assert!(is_opaque("75d55662e3") && is_opaque("0a1b2c3d4e5f60001"));
        assert!(!is_opaque("payments2") && !is_opaque("feedface") && !is_opaque("12345678"));
    }
}
