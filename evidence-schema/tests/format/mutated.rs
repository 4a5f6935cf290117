//! Bundles that somebody damaged, by chance or on purpose: each is read to an end or to an error.

use std::{
    env,
    time::{Duration, Instant},
};

use evidence_schema::{Encoding, Limits, Reader};

use crate::support::{bodies, bundle};

/// How many are tried; `MUTATIONS` sets another number.
const MUTATIONS: u32 = 20_000;

/// No file of this size may take so long, whatever is in it.
const HANGS: Duration = Duration::from_secs(2);

/// What breaks parsers more often than other bytes.
const PIECES: &[&[u8]] = &[
    b"\"",
    b"{",
    b"}",
    b"[",
    b"]",
    b"\\",
    b"\\u0000",
    b"\\ud800",
    b",",
    b":",
    b"null",
    b"1e999",
    b"-0",
    b"99999999999999999999",
    b"\xff\xfe",
    b"\0",
    b"[[[[[[[[[[[[[[[[",
    b"\"kind\":\"x\",",
    b"\x28\xb5\x2f\xfd",
    b"\n",
];

/// Numbers by chance, the same in every run.
struct Chance(u64);

impl Chance {
    fn next(&mut self, below: usize) -> usize {
        // xorshift, which is enough to choose places.
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % below.max(1) as u64).expect("it is below")
    }

    fn mutate(&mut self, bytes: &mut Vec<u8>) {
        for _ in 0..=self.next(3) {
            let at = self.next(bytes.len());
            match self.next(6) {
                0 => bytes[at] ^= 1 << self.next(8),
                1 => bytes[at] = u8::try_from(self.next(256)).expect("a byte"),
                2 => {
                    let piece = PIECES[self.next(PIECES.len())];
                    bytes.splice(at..at, piece.iter().copied());
                }
                3 => {
                    let end = (at + 1 + self.next(40)).min(bytes.len());
                    bytes.drain(at..end);
                }
                4 => {
                    let end = (at + 1 + self.next(200)).min(bytes.len());
                    let copy = bytes[at..end].to_vec();
                    let to = self.next(bytes.len());
                    bytes.splice(to..to, copy);
                }
                _ => bytes.truncate(at),
            }
            if bytes.is_empty() {
                return;
            }
        }
    }
}

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
    let mut chance = Chance(0x9e37_79b9_7f4a_7c15);
    let mut read_whole = 0;
    for number in 0..count {
        let mut bytes = originals[number as usize % originals.len()].clone();
        chance.mutate(&mut bytes);
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
