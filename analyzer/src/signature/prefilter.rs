//! Finds which words of the signatures a line has, in whatever case.
//!
//! A line is looked at four bytes at a time. Of each word one group of four is known, the rarest,
//! and where a line has that group the word is compared. An automaton of all words was measured to
//! take more time for it.

/// How many bytes are looked at together.
const GROUP: usize = 4;

/// Bytes that nearly every log is full of, the most frequent first. Digits are as frequent as any.
const FREQUENT: &[u8] = b" etaionsrlcdpum.hgfb/y-:=,";

/// Words, and where they are found.
pub(super) struct Words {
    /// A bit for each hash of a group that some word is known by.
    marks: Box<[u64; 1 << 10]>,
    /// The words that are long enough, by their groups.
    long: Vec<Long>,
    /// The number and the text of the others.
    short: Vec<(usize, &'static str)>,
}

/// A word that is found by one of its groups.
struct Long {
    group: u32,
    /// Where in the word the group stands.
    at: usize,
    number: usize,
    text: &'static [u8],
}

impl Words {
    /// The words, which are numbered as they come.
    pub(super) fn new(words: impl IntoIterator<Item = &'static str>) -> Self {
        let mut this = Self {
            marks: Box::new([0; 1 << 10]),
            long: vec![],
            short: vec![],
        };
        for (number, word) in words.into_iter().enumerate() {
            let text = word.as_bytes();
            let groups = text.windows(GROUP).enumerate();
            let Some((at, group)) = groups.max_by_key(|(_, group)| rarity(group)) else {
                this.short.push((number, word));
                continue;
            };
            let group = folded(group);
            let (slot, bit) = mark(group);
            this.marks[slot] |= bit;
            this.long.push(Long {
                group,
                at,
                number,
                text,
            });
        }
        this.long.sort_by_key(|word| word.group);
        this
    }

    /// Calls `found` with the number of each word that `text` has; it may do so several times.
    pub(super) fn find(&self, text: &str, mut found: impl FnMut(usize)) {
        for (number, word) in &self.short {
            if text.as_bytes().contains(&word.as_bytes()[0]) && text.contains(word) {
                found(*number);
            }
        }
        let text = text.as_bytes();
        for (at, group) in text.windows(GROUP).enumerate() {
            let group = folded(group);
            let (slot, bit) = mark(group);
            if self.marks[slot] & bit != 0 {
                self.compare(text, at, group, &mut found);
            }
        }
    }

    /// Compares the words that are known by `group`, which stands at `at`.
    fn compare(&self, text: &[u8], at: usize, group: u32, found: &mut impl FnMut(usize)) {
        let first = self.long.partition_point(|word| word.group < group);
        for word in &self.long[first..] {
            if word.group != group {
                return;
            }
            let begin = at.checked_sub(word.at);
            let here = begin.and_then(|begin| text.get(begin..begin + word.text.len()));
            if here.is_some_and(|here| here.eq_ignore_ascii_case(word.text)) {
                found(word.number);
            }
        }
    }
}

/// A group of bytes without the case of its letters; some bytes that are no letters look alike.
fn folded(group: &[u8]) -> u32 {
    let bytes = group.iter().rev();
    bytes.fold(0, |folded, byte| folded << 8 | u32::from(byte | 0x20))
}

/// Where the bit of a group is.
fn mark(group: u32) -> (usize, u64) {
    let hash = group.wrapping_mul(0x9e37_79b1) >> 16;
    ((hash >> 6) as usize, 1 << (hash & 63))
}

/// The higher, the less often a log has the group.
fn rarity(group: &[u8]) -> usize {
    let of = |byte: &u8| match FREQUENT.iter().position(|frequent| frequent == byte) {
        Some(place) => place,
        None if byte.is_ascii_digit() => 1,
        None => FREQUENT.len(),
    };
    group.iter().map(of).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signature::CATALOGUE;

    #[test]
    fn the_words_are_found_that_a_line_has() {
        let words: Vec<&str> = CATALOGUE
            .iter()
            .flat_map(|it| it.needs.iter().copied())
            .collect();
        // A short word is looked for as it is.
        for word in words.iter().filter(|word| word.len() < GROUP) {
            assert_eq!(word.to_ascii_uppercase(), **word);
        }
        let prefilter = Words::new(words.iter().copied());
        let lines = CATALOGUE.iter().flat_map(|it| [it.example, it.look_alike]);
        let lines = lines.chain(words.iter().copied()).chain(["", "é$", "GET"]);
        for line in lines.flat_map(|line| [line.to_owned(), line.to_ascii_uppercase()]) {
            let lower = line.to_ascii_lowercase();
            let mut found = vec![false; words.len()];
            prefilter.find(&line, |number| found[number] = true);
            for (word, found) in words.iter().zip(found) {
                assert_eq!(found, lower.contains(word), "{word:?} in {line:?}");
            }
        }
    }
}
