//! The sizes of instances: which there are, and how AWS writes them.
//!
//! Source: <https://docs.aws.amazon.com/apprunner/latest/dg/manage-configure.html>

/// The units of CPU of which App Runner has instances, and the megabytes that go with each.
pub(crate) const SIZES: &[(u32, &[u32])] = &[
    (256, &[512, 1_024]),
    (512, &[1_024]),
    (1_024, &[2_048, 3_072, 4_096]),
    (2_048, &[4_096, 6_144]),
    (4_096, &[8_192, 10_240, 12_288]),
];

/// Units of CPU, of `1024` or `1 vCPU`.
pub(crate) fn units(cpu: &str) -> Option<u32> {
    in_parts(cpu)
}

/// Megabytes, of `2048` or `2 GB`.
pub(crate) fn megabytes(memory: &str) -> Option<u32> {
    in_parts(memory)
}

/// A plain number is one of units or megabytes; with a word behind it, it is 1,024 times as much.
fn in_parts(text: &str) -> Option<u32> {
    match text.trim().split_once(' ') {
        None => text.trim().parse().ok(),
        Some((number, _)) => {
            let parts = number.parse::<f64>().ok()? * 1_024.0;
            let whole = parts.is_finite() && parts.fract() == 0.0;
            (whole && (1.0..=f64::from(u32::MAX)).contains(&parts)).then_some(parts as u32)
        }
    }
}

/// The smallest size with more memory and no fewer CPUs.
pub(crate) fn next(cpu: u32, memory: u32) -> Option<(u32, u32)> {
    SIZES
        .iter()
        .filter(|(units, _)| *units >= cpu)
        .flat_map(|(units, memories)| memories.iter().map(|memory| (*units, *memory)))
        .filter(|(_, larger)| *larger > memory)
        .min_by_key(|(units, larger)| (*larger, *units))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ways_to_write_a_size_are_read() {
        assert_eq!(units("1024"), Some(1_024));
        assert_eq!(units("0.25 vCPU"), Some(256));
        assert_eq!(units("1 vCPU"), Some(1_024));
        assert_eq!(megabytes("0.5 GB"), Some(512));
        assert_eq!(megabytes("12 GB"), Some(12_288));
        for text in ["", "x", "0.3 vCPU", "-1 GB", "inf GB", "99999999999 GB"] {
            assert_eq!(units(text), None, "{text}");
        }
    }

    #[test]
    fn the_next_size_has_more_memory() {
        assert_eq!(next(256, 512), Some((256, 1_024)));
        assert_eq!(next(1_024, 4_096), Some((2_048, 6_144)));
        assert_eq!(next(4_096, 12_288), None);
    }
}
