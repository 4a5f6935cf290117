//! Bundles that somebody damaged, by chance or on purpose: each is read to an end or to an error.

use std::{
    env,
    time::{Duration, Instant},
};

use evidence_schema::{Encoding, Limits, Reader};
use hostile::mutate::Chance;

use crate::support::{bodies, bundle};

/// How many are tried; `MUTATIONS` sets another number.
const MUTATIONS: u32 = 20_000;

/// No file of this size may take so long, whatever is in it.
const HANGS: Duration = Duration::from_secs(2);

/// Reads everything there is; says whether all of it could be read.
fn read(bytes: &[u8]) -> bool {
    let limits = Limits {
        record_bytes: 1 << 20,
        total_bytes: 16 << 20,
        ..Limits::default()
    };
    let Ok(mut reader) = Reader::open(bytes, limits) else {
        return false;
    };
    let whole = reader.by_ref().all(|record| record.is_ok());
    whole && reader.ending().cut.is_none()
}

#[test]
fn no_damage_hangs_or_panics() {
    let count = env::var("MUTATIONS").map_or(MUTATIONS, |it| it.parse().expect("a number"));
    let originals = [Encoding::Plain, Encoding::Zstd].map(|it| bundle(&bodies(), it));
    assert!(originals.iter().all(|it| read(it)));
    let mut chance = Chance::new(0x9e37_79b9_7f4a_7c15);
    let mut read_whole = 0;
    for number in 0..count {
        let mut bytes = originals[number as usize % originals.len()].clone();
        chance.damage(&mut bytes);
        let begun = Instant::now();
        read_whole += u32::from(read(&bytes));
        assert!(begun.elapsed() < HANGS, "{number}: {bytes:?}");
    }
    println!("{count} damaged bundles, {read_whole} of them could still be read to the end");
    assert!(read_whole < count / 2, "most damage is noticed");
}

#[test]
fn a_bundle_can_be_cut_at_every_byte() {
    for encoding in [Encoding::Plain, Encoding::Zstd] {
        let whole = bundle(&bodies(), encoding);
        for length in 0..whole.len() {
            assert!(!read(&whole[..length]) || whole[length..].iter().all(u8::is_ascii_whitespace));
        }
    }
}
