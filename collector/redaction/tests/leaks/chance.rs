//! Letters by chance, the same in every run.

/// The alphabets of the examples.
const ALPHABETS: &[(&str, &str)] = &[
    (
        "alnum",
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
    ),
    (
        "alpha",
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
    ),
    ("base32", "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"),
    (
        "base64",
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
    ),
    ("digit", "0123456789"),
    ("hex", "0123456789abcdef"),
    ("lower", "abcdefghijklmnopqrstuvwxyz0123456789"),
    ("upper", "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"),
    (
        "url64",
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-",
    ),
];

/// Less of a secret tells nothing of the rest.
const SHORTEST_PART: usize = 8;

pub(crate) struct Chance(u64);

impl Chance {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn below(&mut self, bound: usize) -> usize {
        // xorshift, which is enough for letters.
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % bound as u64).expect("it is below")
    }

    /// Letters and digits, as nobody's generator gives letters only.
    fn letters(&mut self, alphabet: &str, count: usize) -> String {
        let letters = alphabet.as_bytes();
        let has = |text: &str, which: fn(&u8) -> bool| text.as_bytes().iter().any(which);
        loop {
            let text: String = (0..count)
                .map(|_| char::from(letters[self.below(letters.len())]))
                .collect();
            let mixed = |which: fn(&u8) -> bool| !has(alphabet, which) || has(&text, which);
            // A sign at an end may be taken for one of the text around it.
            let plain = text.as_bytes().iter().all(u8::is_ascii_alphanumeric)
                || [text.as_bytes()[0], text.as_bytes()[count - 1]]
                    .iter()
                    .all(u8::is_ascii_alphanumeric);
            if count < SHORTEST_PART
                || (plain && mixed(u8::is_ascii_digit) && mixed(u8::is_ascii_alphabetic))
            {
                return text;
            }
        }
    }

    /// The example with letters by chance, and these letters where they are many enough.
    pub(crate) fn fill(&mut self, example: &str) -> (String, Vec<String>) {
        let (mut text, mut parts) = (String::new(), Vec::new());
        let mut rest = example;
        while let Some((before, after)) = rest.split_once('{') {
            text.push_str(before);
            let hole = after.split_once('}').and_then(|(hole, after)| {
                let (name, count) = hole.split_once(':')?;
                let (_, alphabet) = ALPHABETS.iter().find(|it| it.0 == name)?;
                Some((*alphabet, count.parse().ok()?, after))
            });
            let Some((alphabet, count, after)) = hole else {
                // A brace of the example itself.
                text.push('{');
                rest = after;
                continue;
            };
            let part = self.letters(alphabet, count);
            text.push_str(&part);
            if part.len() >= SHORTEST_PART {
                parts.push(part);
            }
            rest = after;
        }
        text.push_str(rest);
        assert!(!parts.is_empty(), "{example} holds no secret");
        (text, parts)
    }
}
