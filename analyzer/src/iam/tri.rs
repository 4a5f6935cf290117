//! Three-valued logic: yes, no, and what the bundle cannot know.

/// Whether something holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tri {
    /// It does not.
    No,
    /// It may or may not; what is unknown decides.
    Maybe,
    /// It does.
    Yes,
}

impl Tri {
    /// Both hold.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        self.min(other)
    }

    /// At least one holds.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        self.max(other)
    }

    /// All hold; looks no further than the first that does not.
    pub fn all(items: impl IntoIterator<Item = Self>) -> Self {
        let mut all = Self::Yes;
        for item in items {
            all = all.and(item);
            if all == Self::No {
                break;
            }
        }
        all
    }

    /// One holds; looks no further than the first that does.
    pub fn any(items: impl IntoIterator<Item = Self>) -> Self {
        let mut any = Self::No;
        for item in items {
            any = any.or(item);
            if any == Self::Yes {
                break;
            }
        }
        any
    }
}

impl std::ops::Not for Tri {
    type Output = Self;

    fn not(self) -> Self {
        match self {
            Self::No => Self::Yes,
            Self::Maybe => Self::Maybe,
            Self::Yes => Self::No,
        }
    }
}

impl From<bool> for Tri {
    fn from(holds: bool) -> Self {
        if holds { Self::Yes } else { Self::No }
    }
}

#[cfg(test)]
mod tests {
    use super::Tri::{Maybe, No, Yes};
    use super::*;

    #[test]
    fn a_definite_answer_is_not_undone_by_an_unknown_one() {
        assert_eq!(No.and(Maybe), No);
        assert_eq!(Yes.or(Maybe), Yes);
        assert_eq!(Yes.and(Maybe), Maybe);
        assert_eq!(No.or(Maybe), Maybe);
        assert_eq!(!Maybe, Maybe);
        assert_eq!(Tri::all([Yes, Maybe, No]), No);
        assert_eq!(Tri::any([No, Maybe]), Maybe);
        assert_eq!(Tri::all([]), Yes);
        assert_eq!(Tri::any([]), No);
    }
}
