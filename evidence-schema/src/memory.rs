//! How much memory a value takes, guessed from its text before it is built.

use crate::record::Kind;

/// What a text becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// One of our types: what it does not have is thrown away.
    Fixed,
    /// Some of it is JSON that is kept as it is.
    Free,
}

impl Shape {
    /// What a record of this kind becomes.
    pub(crate) fn of(kind: Kind) -> Self {
        match kind {
            Kind::Change => Self::Free,
            _ => Self::Fixed,
        }
    }
}

/// How much memory the value of a text takes at most, roughly: its strings twice, because they are
/// unescaped first, and what each member, element and object takes beside its text.
///
/// An object of a single member is seven bytes as text and takes 640 when it is kept as JSON.
pub(crate) fn weigh(text: &[u8], shape: Shape) -> usize {
    let object = match shape {
        Shape::Fixed => 128,
        Shape::Free => 640,
    };
    let parts = memchr::memchr2_iter(b',', b'[', text).count();
    let objects = memchr::memchr_iter(b'{', text).count();
    2 * text.len() + 96 * parts + object * objects
}
