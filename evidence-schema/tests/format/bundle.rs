//! A bundle is written, read back, cut, re-indented and tampered with.

use std::io::{self, Read};

use crate::support::{application_log, bodies, bundle, coverage, manifest};
use evidence_schema::{
    Body, Encoding, Limits, ReadError, Reader, Record, Writer,
    read::{DigestCheck, Ending},
};

fn read_with(bytes: &[u8], limits: Limits) -> Result<(Vec<Record>, Ending), ReadError> {
    let mut reader = Reader::open(bytes, limits)?;
    assert_eq!(reader.manifest().target.service_name, "web");
    let records = reader.by_ref().collect::<Result<_, _>>()?;
    Ok((records, reader.into_parts().1))
}

fn read(bytes: &[u8]) -> (Vec<Record>, Ending) {
    read_with(bytes, Limits::default()).expect("the bundle can be read")
}

fn bodies_of(records: Vec<Record>) -> Vec<Body> {
    records.into_iter().map(|record| record.body).collect()
}

fn text_of(bytes: &[u8]) -> String {
    let mut text = String::new();
    zstd::Decoder::new(bytes)
        .and_then(|mut decoder| decoder.read_to_string(&mut text))
        .expect("zstd frames");
    text
}

#[test]
fn what_was_written_is_read_in_both_encodings() {
    for encoding in [Encoding::Plain, Encoding::Zstd] {
        let (records, ending) = read(&bundle(&bodies(), encoding));
        let ids: Vec<u64> = records.iter().map(|record| record.id).collect();
        assert_eq!(ids, [1, 2, 3, 4, 5]);
        assert_eq!(bodies_of(records), bodies());
        assert_eq!(ending.coverage, coverage());
        assert_eq!(ending.digest, DigestCheck::Verified);
        assert_eq!(ending.cut, None);
    }
}

#[test]
fn a_bundle_without_records_is_a_bundle() {
    let (records, ending) = read(&bundle(&[], Encoding::Zstd));
    assert!(records.is_empty());
    assert_eq!(ending.digest, DigestCheck::Verified);
}

#[test]
fn the_same_records_give_the_same_bytes() {
    assert_eq!(
        bundle(&bodies(), Encoding::Zstd),
        bundle(&bodies(), Encoding::Zstd)
    );
}

#[test]
fn two_runs_over_the_same_state_have_the_same_digest() {
    let of_run = |run_id: &str| {
        let mut manifest = manifest();
        manifest.run_id = run_id.to_owned();
        let mut writer =
            Writer::new(Vec::new(), Encoding::Plain, &manifest).expect("memory takes all");
        for body in bodies() {
            writer.record(&body).expect("memory takes all");
        }
        let (bytes, written) = writer.finish(&coverage()).expect("memory takes all");
        assert_eq!(read(&bytes).1.digest, DigestCheck::Verified);
        written.digest
    };
    assert_eq!(of_run("1"), of_run("2"));
}

#[test]
fn a_record_is_a_line_of_valid_json() {
    let text = text_of(&bundle(&bodies(), Encoding::Zstd));
    let document: serde_json::Value = serde_json::from_str(&text).expect("one JSON document");
    let records = document["records"].as_array().expect("records");
    for (record, line) in records.iter().zip(text.lines().skip(1)) {
        let line: serde_json::Value =
            serde_json::from_str(line.trim_end_matches(',')).expect("a record a line");
        assert_eq!(&line, record);
    }
}

#[test]
fn a_reindented_bundle_is_read_and_its_digest_still_holds() {
    // serde_json would sort the members, so the white space is added by hand.
    let text = String::from_utf8(bundle(&bodies(), Encoding::Plain)).expect("UTF-8");
    let mut indented = String::new();
    let mut in_string = false;
    let mut escaped = false;
    for character in text.chars().filter(|character| *character != '\n') {
        indented.push(character);
        match character {
            '"' if !escaped => in_string = !in_string,
            ',' | '{' | '[' | ':' if !in_string => indented.push_str("\r\n\t  "),
            _ => {}
        }
        escaped = in_string && character == '\\' && !escaped;
    }
    let (records, ending) = read(indented.as_bytes());
    assert_eq!(bodies_of(records), bodies());
    assert_eq!(ending.digest, DigestCheck::Verified);
    let with_mark = [b"\xef\xbb\xbf", indented.as_bytes()].concat();
    assert_eq!(read(&with_mark).0.len(), bodies().len());
}

#[test]
fn members_in_another_order_get_a_clear_error() {
    let sorted: serde_json::Value =
        serde_json::from_slice(&bundle(&bodies(), Encoding::Plain)).expect("JSON");
    let error = read_with(sorted.to_string().as_bytes(), Limits::default())
        .expect_err("the version comes after the records");
    assert!(
        matches!(error, ReadError::MemberOrder("version")),
        "{error}"
    );
}

#[test]
fn a_changed_text_is_noticed() {
    let text = String::from_utf8(bundle(&bodies(), Encoding::Plain)).expect("UTF-8");
    let changed = text.replace("ROLLBACK_SUCCEEDED", "SUCCEEDED");
    assert_eq!(read(changed.as_bytes()).1.digest, DigestCheck::Mismatch);
}

#[test]
fn a_file_cut_anywhere_gives_what_was_whole_and_says_so() {
    for encoding in [Encoding::Plain, Encoding::Zstd] {
        let whole = bundle(&bodies(), encoding);
        for length in 0..whole.len() - 1 {
            match read_with(&whole[..length], Limits::default()) {
                Ok((records, ending)) => {
                    let cut = ending.cut.expect("the cut is said");
                    assert!(cut.after_records >= records.len() as u64);
                    assert_eq!(bodies_of(records), bodies()[..cut.after_records as usize]);
                    assert_eq!(
                        ending.digest,
                        match ending.coverage.len() {
                            // Only the closing brace is missing: all that counts was read.
                            1 if length == whole.len() - 2 => ending.digest,
                            _ => DigestCheck::Missing,
                        }
                    );
                }
                Err(ReadError::Empty) => assert_eq!(length, 0),
                Err(ReadError::CutAtStart(_)) => {}
                Err(ReadError::NotABundle(_)) => assert!(length < 4),
                Err(error) => panic!("cut at {length}: {error}"),
            }
        }
    }
}

/// A bundle of several frames, and the records that its first frame holds.
fn several_frames() -> (Vec<u8>, usize) {
    let mut writer =
        Writer::new(Vec::new(), Encoding::Zstd, &manifest()).expect("memory takes all");
    let mut seed = 1_u64;
    for number in 0..60_000 {
        // Text that does not compress well, so that the frames have some size.
        let mut message = String::new();
        for _ in 0..8 {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            message.push_str(&format!("{seed:016x}"));
        }
        writer
            .record(&application_log(number, &message))
            .expect("memory takes all");
    }
    let bytes = writer.finish(&coverage()).expect("memory takes all").0;
    let first = zstd::zstd_safe::find_frame_compressed_size(&bytes).expect("a frame");
    let mut text = String::new();
    zstd::Decoder::new(&bytes[..first])
        .and_then(|mut decoder| decoder.read_to_string(&mut text))
        .expect("the frame stands for itself");
    assert!(text.ends_with('}'), "frames are cut between records");
    assert!(text.len() < 5 << 20);
    (bytes, text.lines().count() - 1)
}

#[test]
fn whole_frames_survive_a_cut_and_a_damaged_frame() {
    let (bytes, in_first) = several_frames();
    assert_eq!(read(&bytes).0.len(), 60_000);
    let first = zstd::zstd_safe::find_frame_compressed_size(&bytes).expect("a frame");

    let (records, ending) = read(&bytes[..first + 1_000]);
    assert_eq!(records.len(), in_first);
    assert!(ending.cut.expect("it was cut").cause.contains("middle"));

    let mut damaged = bytes.clone();
    damaged[first + 100_000] ^= 0x10;
    let (records, ending) = read(&damaged);
    assert_eq!(records.len(), in_first);
    assert!(ending.cut.expect("it is damaged").cause.contains("damaged"));
}

#[test]
fn a_bundle_that_somebody_compressed_again_is_read() {
    let (bytes, _) = several_frames();
    let one_frame = zstd::encode_all(text_of(&bytes).as_bytes(), 1).expect("it compresses");
    let (records, ending) = read(&one_frame);
    assert_eq!(records.len(), 60_000);
    assert_eq!(ending.digest, DigestCheck::Verified);
}

#[test]
fn a_pipe_may_give_the_bytes_one_by_one() {
    struct OneByOne<'a>(&'a [u8]);

    impl io::Read for OneByOne<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let most = buffer.len().min(1);
            self.0.read(&mut buffer[..most])
        }
    }

    for encoding in [Encoding::Plain, Encoding::Zstd] {
        let bytes = bundle(&bodies(), encoding);
        let whole: Vec<_> = Reader::open(OneByOne(&bytes), Limits::default())
            .expect("it begins as every bundle")
            .map(|record| record.expect("a record"))
            .collect();
        assert_eq!(bodies_of(whole), bodies());
    }
}

#[test]
fn unknown_kinds_and_unreadable_records_are_counted() {
    let text = String::from_utf8(bundle(&bodies(), Encoding::Plain)).expect("UTF-8");
    let newer = text
        .replace("\"kind\":\"metric\"", "\"kind\":\"hologram\"")
        .replace(
            "\"account\":\"111122223333\",\"arn\"",
            "\"account\":7,\"arn\"",
        )
        .replace("\"version\":\"1.0\"", "\"version\":\"1.9\"");
    let (records, ending) = read(newer.as_bytes());
    assert_eq!(records.len(), bodies().len() - 2);
    assert_eq!(ending.unknown_kinds["hologram"], 1);
    assert_eq!(ending.unreadable, 1);
    let (position, why) = ending.first_unreadable.expect("the first is told");
    assert_eq!(position, 1);
    assert!(why.contains("expected a string"), "{why}");
}

#[test]
fn a_newer_major_is_refused_whatever_its_manifest_looks_like() {
    let text = r#"{"format":"apprunner-evidence","version":"2.0","manifest":[],"records":[]}"#;
    let error = read_with(text.as_bytes(), Limits::default()).expect_err("it is too new");
    assert!(error.to_string().contains("format 2.0"), "{error}");
    assert!(error.to_string().contains("up to 1.0"), "{error}");
}

#[test]
fn what_is_not_a_bundle_is_named() {
    for (bytes, words) in [
        (&b""[..], "empty"),
        (b"hello", "neither zstd nor a JSON object"),
        (b"\x1f\x8b\x08\x00", "gzip"),
        (b"PK\x03\x04", "zip"),
        (b"\xff\xfe{\x00", "UTF-16"),
        (b"{\"records\":[]}", "without the member `format`"),
        (b"{}", "not JSON at byte 1"),
        (
            b"{\"format\":\"other\",\"records\":[]}",
            "its format is \"other\"",
        ),
    ] {
        let Err(error) = Reader::open(bytes, Limits::default()) else {
            panic!("{words}: it was taken for a bundle");
        };
        assert!(error.to_string().contains(words), "{words}: {error}");
    }
}

#[test]
fn limits_hold() {
    let large = bundle(
        &[
            application_log(1, &"x".repeat(100_000)),
            application_log(2, "y"),
        ],
        Encoding::Zstd,
    );
    let limits = Limits {
        record_bytes: 50_000,
        ..Limits::default()
    };
    let error = read_with(&large, limits).expect_err("the record is too large");
    assert!(matches!(
        error,
        ReadError::RecordTooLarge { limit: 50_000, .. }
    ));

    let limits = Limits {
        total_bytes: 60_000,
        ..Limits::default()
    };
    let Err(error) = read_with(&large, limits) else {
        panic!("the text is too large");
    };
    assert!(
        matches!(error, ReadError::TooLarge { limit: 60_000 }),
        "{error}"
    );

    let text = String::from_utf8(bundle(&bodies(), Encoding::Plain)).expect("UTF-8");
    let deep = text.replace(
        "\"kind\":\"metric\"",
        &format!(
            "\"kind\":\"metric\",\"deep\":{}{}",
            "[".repeat(1_000),
            "]".repeat(1_000)
        ),
    );
    let error = read_with(deep.as_bytes(), Limits::default()).expect_err("it is too deep");
    assert!(
        matches!(error, ReadError::TooDeep { limit: 64, .. }),
        "{error}"
    );
}

#[test]
fn every_limit_has_its_error() {
    let bytes = bundle(&bodies(), Encoding::Zstd);
    let refused = |limits: Limits| read_with(&bytes, limits).expect_err("it is over the limit");
    let all = Limits::default();
    assert!(matches!(
        refused(Limits { records: 2, ..all }),
        ReadError::TooManyRecords { limit: 2 }
    ));
    assert!(matches!(
        refused(Limits { lines: 1, ..all }),
        ReadError::TooManyLines { limit: 1 }
    ));
    let record_memory = 300;
    assert!(matches!(
        refused(Limits {
            record_memory,
            ..all
        }),
        ReadError::RecordTooHeavy { limit: 300, .. }
    ));
    let opened = |limits: Limits| Reader::open(&bytes[..], limits).map(|_| ());
    let error = opened(Limits {
        member_memory: 500,
        ..all
    });
    assert!(matches!(
        error,
        Err(ReadError::MemberTooHeavy {
            member: "manifest",
            limit: 500,
            ..
        })
    ));
    assert!(matches!(
        opened(Limits { frames: 0, ..all }),
        Err(ReadError::TooManyFrames { limit: 0 })
    ));
}

#[test]
fn the_defaults_take_what_is_honest() {
    // A line of 10 MB, which JSON has to escape.
    let long = application_log(1, &"a \"quoted\" word\n".repeat(600_000));
    let (records, ending) = read(&bundle(std::slice::from_ref(&long), Encoding::Zstd));
    assert_eq!(bodies_of(records), [long]);
    assert_eq!(ending.digest, DigestCheck::Verified);

    // The strongest compression that needs no option, and a text that repeats itself.
    let trace = "    at Server.<anonymous> (/app/server.js:17:11)\n".repeat(200);
    let same: Vec<Body> = (0..4_000)
        .map(|number| application_log(number, &trace))
        .collect();
    let text = text_of(&bundle(&same, Encoding::Zstd));
    assert!(text.len() > 36 << 20);
    for file in [
        bundle(&same, Encoding::Zstd),
        zstd::encode_all(text.as_bytes(), 19).expect("it compresses"),
    ] {
        assert_eq!(read(&file).0.len(), same.len());
    }
}
