//! Answers about IAM, against those of another implementation and against themselves.

use std::{
    collections::BTreeSet,
    env,
    time::{Duration, Instant},
};

use analyzer::iam::{
    evaluate::{Answer, evaluate},
    policies::Content,
};
use properties::iam::{Absence, Case, Generator, STORED, Verdict, disagreements, hostile, stored};

#[test]
fn what_others_answer_otherwise_is_answered_as_it_is_listed() {
    let list = disagreements().expect("a list");
    let mut titles = BTreeSet::new();
    for entry in &list {
        assert_eq!(entry.case.verdict(), entry.ours, "{}", entry.title);
        assert_ne!(entry.ours, entry.theirs, "{}", entry.title);
        assert!(
            titles.insert(&entry.title),
            "{} is there twice",
            entry.title
        );
        assert!(entry.page.starts_with("https://docs.aws.amazon.com/"));
        assert!(entry.why.ends_with('.'), "{}", entry.why);
    }
}

#[test]
fn stored_cases_are_answered_as_the_other_implementation_did() {
    let cases = stored().expect("cases");
    assert_eq!(cases.len(), STORED);
    let mut figures = [0; 3];
    for stored in &cases {
        let answer = stored.case.verdict();
        assert_eq!(answer, stored.answer, "{:?}", stored.case);
        let place = match answer {
            Verdict::Allowed => 0,
            Verdict::ExplicitlyDenied => 1,
            _ => 2,
        };
        figures[place] += 1;
    }
    println!("stored cases: allowed, explicitly and implicitly denied: {figures:?}");
    assert!(figures.iter().all(|figure| *figure > STORED / 10));
}

fn setting(name: &str) -> Option<u64> {
    let text = env::var(name).ok()?;
    Some(text.parse().expect("a number"))
}

/// How often the rest is filled in.
const COMPLETIONS: usize = 8;

#[derive(Debug, Default)]
struct Figures {
    cases: u64,
    allowed: u64,
    denied: u64,
    unknown: u64,
    completions: u64,
    slowest: Duration,
    without_a_witness: u64,
}

/// `FUZZ_RUNS` gives another number of cases, `FUZZ_SEED` other ones.
#[test]
fn what_is_unknown_decides_where_we_say_so_and_nowhere_else() {
    let seed = setting("FUZZ_SEED").unwrap_or(1);
    let runs = setting("FUZZ_RUNS").unwrap_or(5_000);
    let mut generator = Generator::new(seed);
    let mut figures = Figures::default();
    for _ in 0..runs {
        let whole = generator.next().expect("the generator never ends");
        let case = generator.hide(&whole);
        look(&case, &mut generator, &mut figures);
    }
    println!("seed {seed}: {figures:?}");
    assert_eq!(figures.without_a_witness, 0);
    assert!(figures.unknown * 5 > figures.cases && figures.unknown * 5 < figures.cases * 4);
}

fn look(case: &Case, generator: &mut Generator, figures: &mut Figures) {
    let shown = || serde_json::to_string_pretty(case).expect("it is JSON");
    let (request, policies) = case.parts();
    let begun = Instant::now();
    let answer = evaluate(&request, &policies);
    figures.slowest = figures.slowest.max(begun.elapsed());
    figures.cases += 1;
    match &answer {
        Answer::Allowed => figures.allowed += 1,
        Answer::Denied(_) => figures.denied += 1,
        Answer::Unknown(_) => figures.unknown += 1,
    }
    let Answer::Unknown(doubt) = answer else {
        for _ in 0..COMPLETIONS {
            let (request, policies) = generator.complete(case, Absence::May);
            let now = evaluate(&request, &policies);
            figures.completions += 1;
            assert!(
                is_allowed(&now) == is_allowed(&answer),
                "{answer:?} became {now:?}, with {:?} and {policies:?}, for {}",
                request.context,
                shown()
            );
        }
        return;
    };
    let (Some(allowed), Some(denied)) = (&doubt.allowed_when, &doubt.denied_when) else {
        figures.without_a_witness += 1;
        eprintln!("no witness: {doubt:?} for {}", shown());
        return;
    };
    for (completion, wanted) in [(allowed, true), (denied, false)] {
        for _ in 0..COMPLETIONS / 2 {
            let (mut request, mut policies) = generator.complete(case, Absence::Never);
            completion.apply(&mut request, &mut policies);
            let now = evaluate(&request, &policies);
            figures.completions += 1;
            assert!(
                is_allowed(&now) == Some(wanted),
                "{now:?} with {completion:?}, {:?} and {policies:?}, for {}",
                request.context,
                shown()
            );
        }
    }
}

fn is_allowed(answer: &Answer) -> Option<bool> {
    match answer {
        Answer::Allowed => Some(true),
        Answer::Denied(_) => Some(false),
        Answer::Unknown(_) => None,
    }
}

/// In an optimised build the slowest takes a quarter of a second. Only an answer that does not come
/// at all takes so long, however busy the machine is.
const PATIENCE: Duration = Duration::from_secs(120);

#[test]
fn no_policy_takes_long() {
    for hostile in hostile() {
        let read = hostile.policies.sources().all(|(_, source)| {
            source.policy().is_some() || matches!(source.content, Content::NotCollected(_))
        });
        assert!(read, "{} is understood", hostile.name);
        let begun = Instant::now();
        let answer = evaluate(&hostile.request, &hostile.policies);
        let time = begun.elapsed();
        println!("{}: {time:?}", hostile.name);
        assert!(
            time < PATIENCE,
            "{} took {time:?}: {answer:?}",
            hostile.name
        );
    }
}
