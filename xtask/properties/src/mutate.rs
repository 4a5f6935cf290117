//! Inputs made from other inputs. The same seed gives the same ones.

/// A longer input shows nothing that a short one does not, and takes its time.
const LONGEST: usize = 64 << 10;

/// Numbers that look random and are the same in every run: SplitMix64, which is short.
#[derive(Debug)]
pub(crate) struct Numbers(u64);

impl Numbers {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`, or 0.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        match end as u64 {
            0 => 0,
            end => (self.next() % end) as usize,
        }
    }

    pub(crate) fn pick<'a, T>(&mut self, from: &'a [T]) -> Option<&'a T> {
        from.get(self.below(from.len()))
    }

    /// True in so many cases of a hundred.
    pub(crate) fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }
}

/// An input of the corpus with a few changes.
pub(crate) fn mutant(numbers: &mut Numbers, corpus: &[Vec<u8>], words: &[&str]) -> Vec<u8> {
    let mut bytes = numbers.pick(corpus).cloned().unwrap_or_default();
    for _ in 0..=numbers.below(4) {
        change(&mut bytes, numbers, corpus, words);
    }
    bytes.truncate(LONGEST);
    bytes
}

fn change(bytes: &mut Vec<u8>, numbers: &mut Numbers, corpus: &[Vec<u8>], words: &[&str]) {
    let at = numbers.below(bytes.len() + 1);
    match numbers.below(9) {
        0 => bytes.truncate(at),
        1 => {
            if let Some(byte) = bytes.get_mut(at) {
                *byte ^= 1 << numbers.below(8);
            }
        }
        2 => bytes.insert(at, numbers.next() as u8),
        3 | 4 => {
            let word = numbers.pick(words).copied().unwrap_or_default();
            bytes.splice(at..at, word.bytes());
        }
        5 => {
            let part = some_part(bytes, numbers);
            bytes.drain(part);
        }
        6 => {
            let part = some_part(bytes, numbers);
            let copy = bytes[part].to_vec();
            bytes.splice(at..at, copy);
        }
        7 => {
            let other = numbers.pick(corpus).map_or(&[][..], Vec::as_slice);
            let from = numbers.below(other.len() + 1);
            bytes.truncate(at);
            bytes.extend_from_slice(&other[from..]);
        }
        _ => move_line(bytes, numbers),
    }
}

/// Some bytes, or whole lines of them.
fn some_part(bytes: &[u8], numbers: &mut Numbers) -> std::ops::Range<usize> {
    let from = numbers.below(bytes.len() + 1);
    let to = (from + numbers.below(40)).min(bytes.len());
    if numbers.below(2) == 0 {
        return from..to;
    }
    let line_end = |at: usize| {
        let rest = bytes[at..].iter().position(|byte| *byte == b'\n');
        rest.map_or(bytes.len(), |end| at + end + 1)
    };
    let start = line_end(from);
    start..line_end(start)
}

/// A line of a bundle is a record, one of a log a message: their order matters.
fn move_line(bytes: &mut Vec<u8>, numbers: &mut Numbers) {
    let mut lines: Vec<&[u8]> = bytes.split_inclusive(|byte| *byte == b'\n').collect();
    let (from, to) = (numbers.below(lines.len()), numbers.below(lines.len()));
    if !lines.is_empty() {
        lines.swap(from, to);
    }
    *bytes = lines.concat();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_inputs() {
        let corpus = [b"one\ntwo\nthree\n".to_vec(), b"four".to_vec(), vec![]];
        let inputs = |seed: u64| -> Vec<_> {
            let mut numbers = Numbers::new(seed);
            (0..200)
                .map(|_| mutant(&mut numbers, &corpus, &["word"]))
                .collect()
        };
        assert_eq!(inputs(7), inputs(7));
        assert_ne!(inputs(7), inputs(8));
    }
}
