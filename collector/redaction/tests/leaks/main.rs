//! Secrets of every kind, in every place of every record, in every wrapping: none may come through.
//!
//! The places are those of the published schema, so a new member is covered on the day it appears.

mod chance;
mod places;
mod seen;
mod wrapping;

use std::{
    collections::{BTreeMap, BTreeSet},
    thread,
};

use chance::Chance;
use evidence_schema::{Body, record::LogLine};
use places::Place;
use redaction::{Emails, Fingerprints, Scrubber};
use wrapping::Wrapping;

/// A value of an environment variable, which is looked for wherever it stands.
const KNOWN: &str = "q7Zr1Lx9Tn4Vb6Kp0Wd3";

/// A secret: the kind, the text in which it stands, and the parts that nobody may see.
struct Secret {
    kind: String,
    text: String,
    parts: Vec<String>,
}

fn secrets() -> Vec<Secret> {
    let mut chance = Chance::new(0x9e37_79b9_7f4a_7c15);
    let mut all: Vec<Secret> = redaction::examples()
        .map(|example| {
            let (text, parts) = chance.fill(example.text);
            Secret {
                kind: example.detector.to_owned(),
                text,
                parts,
            }
        })
        .collect();
    all.push(Secret {
        kind: "environment-value".to_owned(),
        text: format!("is {KNOWN} today"),
        parts: vec![KNOWN.to_owned()],
    });
    all
}

fn scrubber() -> Scrubber {
    let values = BTreeMap::from([("KEY".to_owned(), BTreeSet::from([KNOWN.to_owned()]))]);
    Scrubber::new(Fingerprints::new([7; 32]), &values, &[], Emails::Replace)
}

/// What became of the secrets that were tried.
#[derive(Default)]
struct Tally {
    tried: u64,
    leaked: Vec<String>,
    quarantined: u64,
}

impl Tally {
    fn try_out(&mut self, scrubber: &Scrubber, place: &Place, secret: &Secret) {
        for wrapping in Wrapping::ALL {
            self.tried += 1;
            let Some(body) = place.with(&wrapping.wrap(&secret.text)) else {
                panic!("{place} takes no text");
            };
            // A record that cannot be scrubbed is taken out as a whole.
            let Ok(clean) = scrubber.body("test", body) else {
                self.quarantined += 1;
                continue;
            };
            let text = serde_json::to_string(&clean).expect("JSON");
            if let Some(part) = seen::first(&text, &secret.parts) {
                let kind = &secret.kind;
                self.leaked
                    .push(format!("{place}, {kind}, {wrapping:?}: {part} in {text}"));
            }
        }
    }
}

#[test]
fn nothing_comes_through_in_any_place_or_wrapping() {
    let secrets = secrets();
    let kinds: BTreeMap<_, _> = secrets.iter().map(|it| (it.kind.as_str(), it)).collect();
    assert!(kinds.len() >= 60, "{} kinds of secrets", kinds.len());
    let places = places::all();
    let of: BTreeSet<_> = places.iter().map(|it| it.kind.as_str()).collect();
    assert_eq!(of.len(), evidence_schema::Kind::ALL.len(), "{of:?}");
    let tallies = thread::scope(|scope| {
        let halves = places.chunks(places.len().div_ceil(2)).map(|some| {
            let kinds = &kinds;
            scope.spawn(move || {
                let (scrubber, mut tally) = (scrubber(), Tally::default());
                for place in some {
                    for secret in kinds.values() {
                        tally.try_out(&scrubber, place, secret);
                    }
                }
                tally
            })
        });
        let halves: Vec<_> = halves.collect();
        let ended = halves
            .into_iter()
            .map(|it| it.join().expect("nothing panics"));
        ended.collect::<Vec<_>>()
    });
    let tried: u64 = tallies.iter().map(|it| it.tried).sum();
    let quarantined: u64 = tallies.iter().map(|it| it.quarantined).sum();
    let leaked: Vec<_> = tallies.into_iter().flat_map(|it| it.leaked).collect();
    println!(
        "{} kinds of secrets × {} places × {} wrappings = {tried}: {} leaked, {quarantined} records \
         taken out",
        kinds.len(),
        places.len(),
        Wrapping::ALL.len(),
        leaked.len()
    );
    assert!(leaked.is_empty(), "{:#?}", &leaked[..20.min(leaked.len())]);
    assert_eq!(quarantined, 0, "the scrubber breaks no record");
}

#[test]
fn every_example_of_every_kind_goes_from_a_log_line() {
    let (scrubber, mut tally) = (scrubber(), Tally::default());
    let places = places::all();
    let is_message = |it: &&Place| it.kind == "application_log" && it.path == "/message";
    let place = places
        .iter()
        .find(is_message)
        .expect("log lines have messages");
    let secrets = secrets();
    for secret in &secrets {
        for wrapping in Wrapping::ALL {
            let text = wrapping.wrap(&secret.text);
            assert!(
                seen::first(&text, &secret.parts).is_some(),
                "the test can see {text}"
            );
        }
        tally.try_out(&scrubber, place, secret);
    }
    println!(
        "{} examples × {} wrappings",
        secrets.len(),
        Wrapping::ALL.len()
    );
    assert!(tally.leaked.is_empty(), "{:#?}", tally.leaked);
}

/// No scrubber can know what half of a secret is. How many are cut in two, and still not seen, is
/// told and not promised.
#[test]
fn secrets_that_are_cut_in_two_are_told() {
    let scrubber = scrubber();
    let secrets = secrets();
    let mut whole = 0;
    for (number, secret) in secrets.iter().enumerate() {
        let middle = secret.text.floor_char_boundary(secret.text.len() / 2);
        let (one, other) = secret.text.split_at(middle);
        let both: Vec<_> = [one, other]
            .into_iter()
            .map(|half| {
                let line = Body::ApplicationLog(LogLine {
                    time: chrono::DateTime::UNIX_EPOCH,
                    service_id: "0".repeat(32),
                    stream: format!("instance/{number}"),
                    ingested_at: None,
                    message: half.to_owned(),
                });
                match scrubber.body("application-log", line) {
                    Ok(Body::ApplicationLog(line)) => line.message,
                    _ => String::new(),
                }
            })
            .collect();
        whole += u64::from(seen::first(&both.concat(), &secret.parts).is_some());
    }
    println!(
        "{whole} of {} secrets are seen when two log events hold half each",
        secrets.len()
    );
    assert!(
        whole < secrets.len() as u64,
        "known lines of private keys are found"
    );
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.kind, self.path)
    }
}
