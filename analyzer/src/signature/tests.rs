use super::*;
use crate::observed::Seen;

fn hits(lines: &[&str]) -> Vec<Hit> {
    let seen = lines.iter().enumerate().map(|(index, text)| {
        let seen = Seen {
            record: index as u64 + 1,
            time: chrono::DateTime::UNIX_EPOCH,
            text,
        };
        ("instance/1", seen)
    });
    super::hits(seen)
}

#[test]
fn every_signature_matches_its_example_and_not_its_look_alike() {
    let mut wrong = Vec::new();
    for signature in CATALOGUE.iter() {
        let hit = hits(&[signature.example])
            .iter()
            .any(|hit| hit.signature.id == signature.id);
        if !hit {
            wrong.push(format!("{} misses {}", signature.id, signature.example));
        }
        let taken_for: Vec<&str> = hits(&[signature.look_alike])
            .iter()
            .filter(|hit| hit.signature.family == signature.family)
            .map(|hit| hit.signature.id)
            .collect();
        if !taken_for.is_empty() {
            let line = signature.look_alike;
            wrong.push(format!("{}: {taken_for:?} takes {line}", signature.id));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_a_signature_needs_is_in_lower_case_and_narrow() {
    for signature in CATALOGUE.iter() {
        assert!(!signature.needs.is_empty(), "{}", signature.id);
        for word in signature.needs {
            assert_eq!(*word, word.to_ascii_lowercase(), "{}", signature.id);
        }
    }
}

#[test]
fn ids_are_unique() {
    let mut ids: Vec<_> = CATALOGUE.iter().map(|it| it.id).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), CATALOGUE.len());
}

#[test]
fn ports_and_hosts_of_common_servers_are_captured() {
    for (line, port, host) in [
        ("Server listening on port 3000", 3000, None),
        ("Example app listening on port 3000!", 3000, None),
        (
            "Server is running on http://localhost:4000",
            4000,
            Some("localhost"),
        ),
        (
            "INFO:     Uvicorn running on http://0.0.0.0:8000 (Press CTRL+C to quit)",
            8000,
            Some("0.0.0.0"),
        ),
        (
            "[2026-11-20 10:00:00 +0000] [1] [INFO] Listening at: http://127.0.0.1:8000 (1)",
            8000,
            Some("127.0.0.1"),
        ),
        (
            " * Running on http://127.0.0.1:5000",
            5000,
            Some("127.0.0.1"),
        ),
        (
            "   - Local:        http://localhost:3000",
            3000,
            Some("localhost"),
        ),
        (
            "- Local: http://ip-10-0-104-219.ap-northeast-1.compute.internal:8080",
            8080,
            Some("ip-10-0-104-219.ap-northeast-1.compute.internal"),
        ),
        ("  URL: http://0.0.0.0:8501", 8501, Some("0.0.0.0")),
        (
            "Tomcat started on port(s): 8080 (http) with context path ''",
            8080,
            None,
        ),
        ("2026/11/20 10:00:00 listening on :8080", 8080, None),
        ("* Listening on http://0.0.0.0:3000", 3000, Some("0.0.0.0")),
        ("Now listening on: http://[::]:8080", 8080, Some("[::]")),
        ("Server started on port 9090", 9090, None),
        ("Listening on 0.0.0.0:8080", 8080, Some("0.0.0.0")),
    ] {
        let hits = hits(&[line]);
        let hit = hits
            .iter()
            .find(|hit| hit.signature.family == Family::Listening)
            .unwrap_or_else(|| panic!("{line}"));
        assert_eq!(hit.port(), Some(port), "{line}");
        assert_eq!(hit.capture("host"), host, "{line}");
    }
}

#[test]
fn a_pydantic_field_takes_its_name_from_the_line_above() {
    let hits = hits(&[
        "pydantic_core._pydantic_core.ValidationError: 1 validation error for Settings",
        "DATABASE_URL",
        "  Field required [type=missing, input_value={}, input_type=dict]",
    ]);
    let hit = hits
        .iter()
        .find(|hit| hit.signature.family == Family::MissingVariable)
        .unwrap();
    assert_eq!(hit.capture("name"), Some("DATABASE_URL"));
}

#[test]
fn repeated_lines_are_counted_and_different_ones_are_bounded() {
    let many: Vec<String> = (0..500)
        .map(|n| format!("GET /items/{n} 404 1 ms"))
        .chain((0..100).map(|_| "exec /app: exec format error".to_owned()))
        .collect();
    let lines: Vec<&str> = many.iter().map(String::as_str).collect();
    let hits = hits(&lines);
    let exec = hits
        .iter()
        .find(|hit| hit.signature.family == Family::ExecFormat)
        .unwrap();
    assert_eq!(exec.count, 100);
    assert_eq!((exec.first.record, exec.last.record), (501, 600));
    assert!(hits.len() < 40, "{}", hits.len());
}

#[test]
fn a_database_that_is_ready_elsewhere_is_not_the_application() {
    for line in [
        "redis ready on 127.0.0.1:6379",
        "Connected to the service running on 10.0.0.7:9000",
        "PostgreSQL is listening on port 5432",
    ] {
        assert!(
            !hits(&[line])
                .iter()
                .any(|hit| hit.signature.family == Family::Listening),
            "{line}"
        );
    }
}

#[test]
fn a_line_that_is_noise_is_not_counted_with_one_that_is_none() {
    let hits = hits(&[
        "Server listening on port 3000",
        "redis listening on port 3000",
        "Server listening on port 3000",
    ]);
    assert_eq!((hits[0].count, hits[0].last.record), (2, 3));
}

#[test]
fn answers_on_a_watched_path_are_told_apart_however_many_others_came_before() {
    let mut all = Hits::watching(vec!["/health".to_owned()]);
    let (mut matcher, mut matches) = (Matcher::default(), Matches::default());
    let others = (0..500).map(|n| format!("GET /items/{n} 404 1 ms"));
    let asked = ["GET /health 500 1 ms", "GET /other 500 1 ms"];
    let lines: Vec<String> = others.chain(asked.map(str::to_owned)).collect();
    for (number, line) in lines.iter().enumerate() {
        matcher.line(number, "instance/1", line, &Above::default(), &mut matches);
    }
    all.take(&matches, |number| Seen {
        record: number as u64,
        time: chrono::DateTime::UNIX_EPOCH,
        text: &lines[number],
    });
    let hits = all.finish();
    let asked = |path| hits.iter().any(|hit| hit.capture("path") == Some(path));
    assert!(asked("/health") && !asked("/other"));
}
