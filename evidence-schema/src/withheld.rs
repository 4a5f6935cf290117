//! What stands in a bundle for a value that may not leave the account.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A value that was seen and withheld: whether it equals another one, and how long it roughly is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Withheld {
    /// Equal within one bundle exactly when the values were equal.
    pub fingerprint: Fingerprint,
    /// How long the value was, in bytes.
    pub length: LengthClass,
}

/// Equal within one bundle exactly when the withheld values were equal.
///
/// While a collection runs this is a BLAKE3 hash under a random key that is thrown away. In the
/// finished bundle it is a number given in the order of appearance, `fp-1`, `fp-2`, …: it lets
/// nobody guess a weak value even with the key, and the same account gives the same bytes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Fingerprint(pub String);

/// The length of a withheld value, coarse enough to say little about it.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
pub enum LengthClass {
    /// The value is the empty string.
    #[serde(rename = "empty")]
    Empty,
    /// 1 to 7 bytes.
    #[serde(rename = "1-7")]
    Short,
    /// 8 to 31 bytes.
    #[serde(rename = "8-31")]
    Medium,
    /// 32 to 127 bytes.
    #[serde(rename = "32-127")]
    Long,
    /// 128 bytes or more.
    #[serde(rename = "128+")]
    Huge,
}

impl LengthClass {
    /// Every class, the shortest first.
    pub const ALL: &[Self] = &[
        Self::Empty,
        Self::Short,
        Self::Medium,
        Self::Long,
        Self::Huge,
    ];

    /// The class as it is written in a bundle.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::Short => "1-7",
            Self::Medium => "8-31",
            Self::Long => "32-127",
            Self::Huge => "128+",
        }
    }

    /// The class of `value`.
    pub fn of(value: &str) -> Self {
        match value.len() {
            0 => Self::Empty,
            1..8 => Self::Short,
            8..32 => Self::Medium,
            32..128 => Self::Long,
            _ => Self::Huge,
        }
    }
}
