//! Lines of logs.

use analyzer::{
    message::{self, Reading},
    observed::Seen,
    report::visible,
    signature,
};
use evidence_schema::Time;

use crate::source_files::text_of;

/// Words of the platform and of applications.
pub(crate) const WORDS: &[&str] = &[
    "[AppRunner] ",
    "[Build] ",
    "[PreBuild]",
    "01-02-2026 10:00:00 AM ",
    "2026-11-20T10:00:00.000Z ",
    "12. ",
    "Health check failed",
    "Failed to pull your application image",
    "Your application stopped or failed to start",
    "exit code: 137",
    "on port '8080'",
    "listening on port 3000",
    "Field required [type=missing",
    "KeyError: 'DATABASE_URL'",
    "connect ECONNREFUSED 127.0.0.1:5432",
    "exec format error",
    "\r",
    "\u{a0}",
    "\u{212a}",
    "99999999999999999999",
];

/// Every line is understood one way, and a log has no more hits than lines.
pub fn messages(input: &[u8]) {
    let text = text_of(input);
    let mut lines = 0;
    let mut seen = Vec::new();
    for line in text.lines() {
        lines += 1;
        let reading = message::read(line);
        assert_eq!(
            reading,
            message::read(&format!("{line}\n")),
            "the end of a line means nothing: {line:?}"
        );
        match reading {
            Reading::Known(message) => {
                assert!(
                    !(message.is_success() && message.is_failure()),
                    "{line:?} is one or the other"
                );
            }
            Reading::BuildOutput(_, output) => assert!(line.contains(&output)),
            Reading::Blank => assert!(
                !line.chars().any(char::is_alphabetic) || line.contains(['[', ':']),
                "{line:?} says something"
            ),
            Reading::Unknown => {}
        }
        let (record, time) = (lines, Time::UNIX_EPOCH);
        let line = Seen {
            record,
            time,
            text: line,
        };
        seen.push(("instance/1", line));
        let _ = visible(line.text);
    }

    let mut before = 0;
    for hit in signature::hits(seen) {
        assert!(hit.count >= 1 && hit.count <= lines);
        assert!(hit.first.record <= hit.last.record && hit.last.record <= lines);
        assert!(hit.first.record >= before, "hits come in order");
        before = hit.first.record;
    }
}
