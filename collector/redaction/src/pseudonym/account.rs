//! Account ids: twelve digits become twelve other digits, one to one.

use super::prf::{Domain, Prf};

const HALF: u64 = 1_000_000;
const ROUNDS: u32 = 10;

/// The smallest number of twelve digits that does not begin with a zero.
pub(super) const FIRST: u64 = 100_000_000_000;

/// Whether a text has the form of an account id.
pub(super) fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The pseudonym of an account id. What is no account id stays.
pub(super) fn pseudonym(prf: &Prf, account: &str) -> String {
    if !is_account(account) {
        return account.to_owned();
    }
    let Ok(number) = account.parse::<u64>() else {
        return account.to_owned();
    };
    // A number in JSON may not begin with a zero, so ids that do not begin with one stay among
    // themselves. Walking the cycle of a permutation keeps it one to one, and it comes to an end
    // because the cycle leads back to where it began.
    let mut mapped = permuted(prf, number);
    while (mapped < FIRST) != (number < FIRST) {
        mapped = permuted(prf, mapped);
    }
    format!("{mapped:012}")
}

/// A Feistel network over two halves of six digits.
fn permuted(prf: &Prf, number: u64) -> u64 {
    let (mut left, mut right) = (number / HALF, number % HALF);
    for round in 0..ROUNDS {
        let block = prf.block(Domain::Account, round, &right.to_le_bytes());
        let mut word = [0; 8];
        word.copy_from_slice(&block[..8]);
        let mixed = (left + u64::from_le_bytes(word) % HALF) % HALF;
        (left, right) = (right, mixed);
    }
    left * HALF + right
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn accounts_become_other_accounts_one_to_one() {
        let prf = Prf::new([7; 32]);
        let mut seen = BTreeSet::new();
        for number in (0..2_000_u64).map(|step| 111_122_223_333 + step * 7_919) {
            let account = format!("{number:012}");
            let mapped = pseudonym(&prf, &account);
            assert!(is_account(&mapped) && mapped != account);
            assert!(!mapped.starts_with('0'));
            assert!(seen.insert(mapped));
        }
        let zero = pseudonym(&prf, "000000012345");
        assert!(is_account(&zero) && zero.starts_with('0'), "{zero}");
        assert_eq!(pseudonym(&prf, "1234"), "1234");
        assert_ne!(
            pseudonym(&prf, "111122223333"),
            pseudonym(&Prf::new([8; 32]), "111122223333")
        );
    }
}
