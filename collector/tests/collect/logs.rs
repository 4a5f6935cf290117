//! Which log groups are found, and which of their lines are taken.

use evidence_schema::{Body, Status, record::LogLine};

use crate::{
    scene::{Bundle, Scene, said},
    told::{FAILED, expect_code},
};

/// A service of the same name that was deleted a week ago.
const OLDER: &str = "0123456789abcdef0123456789abcdef";

fn with_older() -> String {
    format!(
        r#"{FAILED}
[[log]]
group = "/aws/apprunner/shop/{OLDER}/service"
stream = "events"
start = "-7d"
lines = """
0:00 [AppRunner] Service creation started.
9:00 [AppRunner] Service creation failed. For details, see service logs.
"""

[[log]]
group = "/aws/apprunner/shop/{OLDER}/application"
stream = "instance/00000000000000000000000000000001"
start = "-7d"
lines = """
4:00 the old application
"""

[[log]]
group = "/aws/apprunner/shop-api/{OLDER}/service"
stream = "events"
start = "-7d"
lines = """
0:00 [AppRunner] Service creation started.
"""
"#
    )
}

/// A hundred thousand lines of two weeks, of which the failed deployment has its share.
fn busy() -> String {
    format!(
        "{FAILED}\n[[bulk]]\nstream = \"application\"\nlines = 100000\nfrom = \"-14d\"\nminutes = 20160\n"
    )
}

fn application(bundle: &Bundle) -> Vec<&LogLine> {
    let lines = bundle.records.iter().filter_map(|it| match &it.body {
        Body::ApplicationLog(line) => Some(line),
        _ => None,
    });
    lines.collect()
}

#[test]
fn what_a_deleted_service_of_the_name_wrote_is_collected() {
    let scene = Scene::new(&with_older());
    let bundle = scene.collected("shop.json", 0);
    assert_eq!(bundle.count("log_group"), 4, "not those of shop-api");
    let of_old = |source: &str| {
        let entries = bundle.source(source);
        let entry = entries.iter().find(|it| {
            let subject = it.subject.as_deref();
            subject.is_some_and(|it| it.contains(OLDER))
        });
        let entry = entry.expect("an entry of the older group");
        (entry.status, entry.records)
    };
    assert_eq!(of_old("log-groups"), (Status::Complete, 1));
    assert_eq!(of_old("service-log"), (Status::Complete, 2));
    assert_eq!(of_old("application-log"), (Status::Complete, 1));
    let own = &bundle.manifest.target.service_id;
    for line in application(&bundle) {
        let id = if line.message == "the old application" {
            OLDER
        } else {
            own
        };
        assert_eq!(line.service_id, id, "{line:?}");
    }
}

#[test]
fn a_busy_application_is_read_in_full_only_around_the_failure() {
    let scene = Scene::new(&busy());
    let bundle = scene.collected("shop.json", 0);
    let lines = application(&bundle);
    let incident = bundle.manifest.windows.incidents[0];
    let in_incident = lines.iter().filter(|it| incident.contains(it.time)).count();
    assert!(in_incident > 300, "{in_incident} lines around the failure");
    let elsewhere = lines.len() - in_incident;
    assert!((1_400..=2_000).contains(&elsewhere), "{elsewhere}");
    assert!(
        lines.windows(2).all(|two| two[0].time <= two[1].time),
        "lines are in order and none is there twice"
    );
    let mut texts: Vec<_> = lines.iter().map(|it| &it.message).collect();
    texts.sort_unstable();
    texts.dedup();
    assert_eq!(texts.len(), lines.len());

    let entry = bundle.source("application-log")[0];
    assert_eq!(entry.status, Status::Truncated);
    assert_eq!(entry.records, lines.len() as u64);
    assert!(entry.covered.iter().any(|it| it.covers(&incident)));
    assert!(!entry.missing.is_empty());
    assert!(entry.missing.iter().all(|it| !it.overlaps(&incident)));
    // What counts as seen was seen: line by line as the account has them.
    let numbers = |text: &str| {
        text.strip_prefix("GET /items/")?
            .split(' ')
            .next()?
            .parse::<u64>()
            .ok()
    };
    for seen in &entry.covered {
        let seen = lines.iter().filter(|it| seen.contains(it.time));
        let seen: Vec<_> = seen.filter_map(|it| numbers(&it.message)).collect();
        assert!(seen.len() > 100);
        assert!(
            seen.windows(2).all(|two| two[0] + 1 == two[1]),
            "no line is missing"
        );
    }
}

#[test]
fn the_limit_is_what_was_asked_for() {
    let scene = Scene::new(&busy());
    let output = scene.collect("few.json", &["--app-log-limit", "10"]);
    expect_code(&output, 0);
    assert!(
        said(&output).contains("left out by a limit:"),
        "{}",
        said(&output)
    );
    let bundle = scene.read("few.json");
    let incident = bundle.manifest.windows.incidents[0];
    let lines = application(&bundle);
    let elsewhere = lines.iter().filter(|it| !incident.contains(it.time));
    assert_eq!(elsewhere.count(), 10);

    expect_code(&scene.collect("no.json", &["--app-logs", "none"]), 0);
    let bundle = scene.read("no.json");
    assert_eq!(bundle.count("application_log"), 0);
    let entry = bundle.source("application-log")[0];
    assert_eq!((entry.status, entry.calls), (Status::NotAsked, 0));
    assert!(!entry.missing.is_empty());

    expect_code(&scene.collect("all.json", &["--app-logs", "all"]), 0);
    let bundle = scene.read("all.json");
    assert!(bundle.count("application_log") > 100_000);
    assert_eq!(bundle.source("application-log")[0].status, Status::Complete);
}
