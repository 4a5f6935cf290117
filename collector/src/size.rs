//! Sizes of files, as people say them.

use std::fmt;

/// What a size is said in, the largest first.
const UNITS: &[(&str, u64)] = &[
    ("GiB", 1 << 30),
    ("MiB", 1 << 20),
    ("KiB", 1 << 10),
    ("MB", 1_000_000),
    ("kB", 1_000),
    ("B", 1),
];

/// A number of bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Size(pub u64);

impl Size {
    /// Reads a number with its unit, such as `10MiB`.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is no size; say 500kB, 10MB, 10MiB or 1GiB");
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        let (number, unit) = text.split_at(digits);
        let (_, unit) = UNITS
            .iter()
            .find(|(name, _)| *name == unit)
            .ok_or_else(wrong)?;
        let number: u64 = number.parse().map_err(|_| wrong())?;
        number.checked_mul(*unit).map(Self).ok_or_else(wrong)
    }
}

impl fmt::Display for Size {
    /// In the largest unit of which it is a whole number.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, unit) = UNITS
            .iter()
            .find(|(_, unit)| self.0 >= *unit && self.0.is_multiple_of(*unit))
            .unwrap_or(&("B", 1));
        write!(f, "{} {name}", self.0 / unit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_is_said_with_its_unit_and_told_in_it() {
        for (text, bytes, told) in [
            ("10MiB", 10 << 20, "10 MiB"),
            ("10MB", 10_000_000, "10 MB"),
            ("1GiB", 1 << 30, "1 GiB"),
            ("64KiB", 64 << 10, "64 KiB"),
            ("500kB", 500_000, "500 kB"),
            ("123457B", 123_457, "123457 B"),
            ("0B", 0, "0 B"),
        ] {
            assert_eq!(Size::parse(text), Ok(Size(bytes)), "{text}");
            assert_eq!(Size(bytes).to_string(), told);
        }
        for nonsense in [
            "",
            "10",
            "MiB",
            "10 MiB",
            "1.5MiB",
            "-1B",
            "10mib",
            "10TB",
            "99999999999999999999B",
            "99999999999999999GiB",
        ] {
            assert!(Size::parse(nonsense).is_err(), "{nonsense}");
        }
    }
}
