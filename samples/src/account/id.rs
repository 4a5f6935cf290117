//! Ids that look random and are derived from names, so that an account is the same every time.

/// A 64 bit hash of the parts; the parts do not run into one another.
pub(crate) fn hash(parts: &[&str]) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for part in parts {
        for byte in part.bytes().chain([0xff]) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }
    // FNV alone leaves names that differ in the last letter with nearly equal hashes.
    hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    hash = (hash ^ (hash >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    hash ^ (hash >> 31)
}

/// As many hex digits as asked for.
pub(crate) fn hex(digits: usize, parts: &[&str]) -> String {
    let mut text = String::with_capacity(digits + 16);
    let mut round = 0_u32;
    while text.len() < digits {
        let mut parts = parts.to_vec();
        let number = round.to_string();
        parts.push(&number);
        text.push_str(&format!("{:016x}", hash(&parts)));
        round += 1;
    }
    text.truncate(digits);
    text
}

/// A UUID of version 4, with dashes.
pub(crate) fn uuid(parts: &[&str]) -> String {
    let hex = hex(32, parts);
    format!(
        "{}-{}-4{}-a{}-{}",
        &hex[..8],
        &hex[8..12],
        &hex[13..16],
        &hex[17..20],
        &hex[20..]
    )
}

/// An id as IAM makes them, such as `AROA…`.
pub(crate) fn iam(prefix: &str, parts: &[&str]) -> String {
    let hex = hex(17, parts).to_uppercase();
    format!("{prefix}{hex}")
}

/// A UUID without its dashes, as logs write it.
pub(crate) fn plain(uuid: &str) -> String {
    uuid.replace('-', "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_do_not_run_together() {
        assert_ne!(hash(&["ab", "c"]), hash(&["a", "bc"]));
    }

    #[test]
    fn a_uuid_has_its_form() {
        let uuid = uuid(&["shop"]);
        assert_eq!(uuid.len(), 36);
        assert_eq!(&uuid[14..15], "4");
        assert_eq!(plain(&uuid).len(), 32);
    }
}
