//! Whether a text looks like made by chance.

/// Bits of chance in a letter from which on a text is none that somebody would write: of English
/// words and paths it is about 3, of twenty random letters and digits above 3.5.
const RANDOM_BITS: f64 = 3.3;

/// Letters and digits, and few of them twice.
pub(crate) fn is_random(text: &str) -> bool {
    let bytes = text.as_bytes();
    let has = |which: fn(&u8) -> bool| bytes.iter().any(which);
    if text.starts_with('/') || !has(u8::is_ascii_digit) || !has(u8::is_ascii_alphabetic) {
        return false;
    }
    let mut counts = [0_u32; 256];
    for byte in bytes {
        counts[usize::from(*byte)] += 1;
    }
    let length = bytes.len() as f64;
    let bits: f64 = counts
        .iter()
        .filter(|count| **count > 0)
        .map(|count| {
            let share = f64::from(*count) / length;
            -share * share.log2()
        })
        .sum();
    bits >= RANDOM_BITS.min(length.log2() * 0.8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_somebody_wrote_is_not_random() {
        for text in [
            "/shop/production/database-url-2",
            "unexpected_end_of_input_found",
            "aaaaaaaaaaaaaaaa1",
            "1234567890",
        ] {
            assert!(!is_random(text), "{text}");
        }
        for text in [
            "q7Zr1Lx9Tn4Vb6Kp0Wd3",
            "0f1e2d3c4b5a69788796a5b4c3d2e1f0",
            "a1B2c3D4e5",
        ] {
            assert!(is_random(text), "{text}");
        }
    }
}
