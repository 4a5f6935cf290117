//! Other accounts, addresses and ids.

use std::{collections::BTreeSet, sync::LazyLock};

use regex::Regex;
use toml::Table;

use super::{dice::Dice, replace::Replacements, state};

/// The accounts, but not AWS's own.
pub(super) fn accounts(new: &mut Replacements, account: &mut Table, all: &str, dice: &mut Dice) {
    static ID: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"\b\d{12}\b").expect("the pattern is fixed and tested"));
    // The account of the base images of App Runner is not the user's.
    const NOT_OURS: &str = "082388193175";
    let mut old = BTreeSet::new();
    old.insert(state(account, "account", "111122223333"));
    old.extend(ID.find_iter(all).map(|found| found.as_str().to_owned()));
    for id in old.into_iter().filter(|id| id != NOT_OURS) {
        let other = format!("{}{:011}", dice.below(9) + 1, dice.below(100_000_000_000));
        new.add(&id, other);
    }
}

/// Addresses of a VPC, with dots and as a part of a name.
pub(super) fn addresses(new: &mut Replacements, all: &str, dice: &mut Dice) {
    static ADDRESS: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"\b(?:10|172)[.-]\d{1,3}[.-]\d{1,3}[.-]\d{1,3}\b(?P<network>/\d)?")
            .expect("the pattern is fixed and tested")
    });
    let old: BTreeSet<String> = ADDRESS
        .captures_iter(all)
        .filter(|found| found.name("network").is_none())
        .map(|found| found[0].replace('-', "."))
        .collect();
    for address in old {
        let other = format!(
            "10.{}.{}.{}",
            dice.below(200) + 1,
            dice.below(250),
            dice.below(200) + 20
        );
        new.add(&address.replace('.', "-"), other.replace('.', "-"));
        new.add(&address, other);
    }
}

/// Ids that AWS makes of hex digits.
pub(super) fn resources(new: &mut Replacements, all: &str, dice: &mut Dice) {
    static ID: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(
            r"\b(?:(?:subnet|sg|vpc|eni|nat|igw|rtb|vpce)-)?(?P<hex>[0-9a-f]{32}|[0-9a-f]{17})\b",
        )
        .expect("the pattern is fixed and tested")
    });
    let old: BTreeSet<String> = ID
        .captures_iter(all)
        .map(|found| found["hex"].to_owned())
        .collect();
    for hex in old {
        let other: String = (0..hex.len())
            .map(|_| {
                char::from_digit(u32::try_from(dice.below(16)).unwrap_or(0), 16).unwrap_or('0')
            })
            .collect();
        new.add(&hex, other);
    }
}
