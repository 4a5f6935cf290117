//! Finds which words of the signatures a line has, in whatever case.
//!
//! A line is looked at four bytes at a time. Of each word one group of four is known, the rarest,
//! and where a line has that group the word is compared. An automaton of all words was measured to
//! take more time for it.

/// How many bytes are looked at together.
const GROUP: usize = 4;

/// Bytes that nearly every log is full of, the most frequent first. Digits are as frequent as any.
const FREQUENT: &[u8] = b" etaionsrlcdpum.hgfb/y-:=,";

/// Groups are put into so many bits, and words into so many buckets, by the first and the last bits
/// of a hash.
const MARKS: usize = 1 << 16;
const BUCKETS: usize = 1 << 9;

/// Words, and where they are found.
pub(super) struct Words {
    /// A bit for each hash of a group that some word is known by.
    marks: Box<[u64; MARKS / 64]>,
    /// The words that are long enough, by the buckets of their groups.
    long: Vec<Long>,
    /// Where in `long` each bucket begins, and the last one ends.
    buckets: Vec<usize>,
    /// The number and the text of the others.
    short: Vec<(usize, &'static str)>,
    /// The bytes with which these begin, some perhaps twice.
    short_begins: [u8; 3],
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
            marks: Box::new([0; MARKS / 64]),
            long: vec![],
            buckets: vec![],
            short: vec![],
            short_begins: [0; 3],
        };
        for (number, word) in words.into_iter().enumerate() {
            let text = word.as_bytes();
            let groups = text.array_windows().enumerate();
            let Some((at, group)) = groups.max_by_key(|(_, group)| rarity(**group)) else {
                this.short.push((number, word));
                continue;
            };
            let group = folded(*group);
            let hash = hash(group);
            this.marks[hash / 64] |= 1 << (hash % 64);
            this.long.push(Long {
                group,
                at,
                number,
                text,
            });
        }
        let mut begins: Vec<u8> = this.short.iter().map(|it| it.1.as_bytes()[0]).collect();
        begins.sort_unstable();
        begins.dedup();
        assert!(
            begins.len() <= 3,
            "short words begin with three letters at most"
        );
        for (at, begin) in this.short_begins.iter_mut().enumerate() {
            *begin = begins.get(at).or(begins.last()).copied().unwrap_or(0);
        }
        this.long.sort_by_key(|word| hash(word.group) % BUCKETS);
        let begin = |bucket| {
            let before = |word: &Long| hash(word.group) % BUCKETS < bucket;
            this.long.partition_point(before)
        };
        this.buckets = (0..=BUCKETS).map(begin).collect();
        this
    }

    /// Calls `found` with the number of each word that `text` has; it may do so several times.
    pub(super) fn find(&self, text: &str, mut found: impl FnMut(usize)) {
        let bytes = text.as_bytes();
        let [one, two, three] = self.short_begins;
        if memchr::memchr3(one, two, three, bytes).is_some() {
            let here = self.short.iter().filter(|(_, word)| text.contains(word));
            here.for_each(|(number, _)| found(*number));
        }
        for (at, group) in bytes.array_windows().enumerate() {
            let group = folded(*group);
            let hash = hash(group);
            if self.marks[hash / 64] >> (hash % 64) & 1 != 0 {
                self.compare(bytes, at, group, hash, &mut found);
            }
        }
    }

    /// Compares the words that are known by `group`, which stands at `at`.
    fn compare(
        &self,
        text: &[u8],
        at: usize,
        group: u32,
        hash: usize,
        found: &mut impl FnMut(usize),
    ) {
        let bucket = hash % BUCKETS;
        for word in &self.long[self.buckets[bucket]..self.buckets[bucket + 1]] {
            if word.group != group {
                continue;
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
#[inline]
fn folded(group: [u8; GROUP]) -> u32 {
    u32::from_le_bytes(group) | 0x2020_2020
}

/// A number below [`MARKS`].
#[inline]
fn hash(group: u32) -> usize {
    (group.wrapping_mul(0x9e37_79b1) >> 16) as usize
}

/// The higher, the less often a log has the group.
fn rarity(group: [u8; GROUP]) -> usize {
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
