//! Files that ask for far more than they should get: each ends with the error that it should.

use evidence_schema::{Limits, ReadError, Reader};
use hostile::bombs::{ALL, Outcome};

fn read(bytes: &[u8], limits: Limits) -> Result<(), ReadError> {
    Reader::open(bytes, limits)?.try_for_each(|record| record.map(|_| ()))
}

#[test]
fn every_bomb_that_is_refused_says_why() {
    // The same errors as with the default limits, and sooner: nothing is optimised here. What is
    // read to its end, and how long it all takes, is looked at by `cargo xtask bombs`.
    let limits = Limits {
        record_bytes: 4 << 20,
        record_memory: 2 << 20,
        member_memory: 1 << 20,
        records: 5_000,
        frames: 10_000,
        unjudged_bytes: 12 << 20,
        ..Limits::default()
    };
    for bomb in ALL {
        let Outcome::Refused(words) = bomb.outcome else {
            continue;
        };

        let error = read(&(bomb.make)(), limits).expect_err(bomb.name);

        assert!(error.to_string().contains(words), "{}: {error}", bomb.name);
    }
}
