//! The first and the last of many, in bounded memory.

use std::collections::VecDeque;

/// Keeps the first `HEAD` and the last `TAIL` items and counts all.
#[derive(Clone, Debug)]
pub struct HeadTail<T, const HEAD: usize, const TAIL: usize> {
    head: Vec<T>,
    tail: VecDeque<T>,
    count: u64,
}

impl<T, const HEAD: usize, const TAIL: usize> Default for HeadTail<T, HEAD, TAIL> {
    fn default() -> Self {
        Self {
            head: Vec::new(),
            tail: VecDeque::new(),
            count: 0,
        }
    }
}

impl<T, const HEAD: usize, const TAIL: usize> HeadTail<T, HEAD, TAIL> {
    /// Takes one more.
    pub fn push(&mut self, item: T) {
        self.push_made(|_| item);
    }

    /// Takes what is made of the one that has to go for it, if one has to, and gives it back.
    pub fn push_made(&mut self, make: impl FnOnce(Option<T>) -> T) -> &T {
        self.count += 1;
        if self.head.len() < HEAD {
            self.head.push(make(None));
            return &self.head[self.head.len() - 1];
        }
        let gone = match self.tail.len() == TAIL {
            true => self.tail.pop_front(),
            false => None,
        };
        self.tail.push_back(make(gone));
        &self.tail[self.tail.len() - 1]
    }

    /// How many of the next `coming` need not be made, since they would not be kept.
    pub fn needless(&self, coming: usize) -> usize {
        match self.head.len() == HEAD {
            true => coming.saturating_sub(TAIL),
            false => 0,
        }
    }

    /// Counts so many that were not made, as [`Self::needless`] told.
    pub fn skip(&mut self, count: usize) {
        self.count += count as u64;
    }

    /// How many there were.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// How many were not kept, between head and tail.
    pub fn dropped(&self) -> u64 {
        self.count - (self.head.len() + self.tail.len()) as u64
    }

    /// The first.
    pub fn first(&self) -> Option<&T> {
        self.head.first()
    }

    /// What was kept, in order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &T> + Clone {
        self.head.iter().chain(&self.tail)
    }

    /// The last `wanted` of what was kept, in order.
    pub fn last(&self, wanted: usize) -> impl Iterator<Item = &T> {
        let kept = self.head.len() + self.tail.len();
        self.iter().skip(kept.saturating_sub(wanted))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_and_last_are_kept_and_all_are_counted() {
        let mut lines = HeadTail::<u32, 2, 3>::default();
        (1..=10).for_each(|n| lines.push(n));
        assert_eq!(lines.iter().copied().collect::<Vec<_>>(), [1, 2, 8, 9, 10]);
        assert_eq!(lines.last(2).copied().collect::<Vec<_>>(), [9, 10]);
        assert_eq!((lines.count(), lines.dropped()), (10, 5));

        assert_eq!((lines.needless(3), lines.needless(7)), (0, 4));
        lines.skip(lines.needless(7));
        (15..=17).for_each(|n| lines.push(n));
        assert_eq!(
            lines.iter().copied().collect::<Vec<_>>(),
            [1, 2, 15, 16, 17]
        );
        assert_eq!((lines.count(), lines.dropped()), (17, 12));
    }
}
