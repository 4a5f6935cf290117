//! The end of a collection, for the one who ran it.

use evidence_schema::{Coverage, Manifest, Status};

use crate::{
    collect::Collection, error::Exit, ledger::is_gap, output::Finished, progress::status_word,
    redact::Redacted, terminal::escaped,
};

/// What was collected, what not and why, where it is, and what to run next.
pub(crate) fn summary(collection: &Collection) -> String {
    let target = &collection.manifest.target;
    let finished = &collection.finished;
    let mut text = format!(
        "\nservice {} in {} of account {}\n",
        target.service_name, target.region, target.account
    );
    text.push_str(&format!(
        "{} records, {} failed or running {}\n",
        finished.written.records,
        collection.manifest.windows.incidents.len(),
        plural(
            collection.manifest.windows.incidents.len(),
            "deployment window"
        ),
    ));
    if let Some(clock) = collection.manifest.clock.filter(|it| it.is_off()) {
        text.push_str(&format!(
            "the clock of this machine is {} s {} that of AWS, by which all times are told\n",
            clock.aws_ahead_seconds.unsigned_abs(),
            match clock.aws_ahead_seconds {
                0.. => "behind",
                _ => "ahead of",
            }
        ));
    }
    let replaced: u64 = collection.manifest.redaction.replaced.values().sum();
    if replaced > 0 {
        text.push_str(&format!(
            "{replaced} values of environment variables and other secrets were replaced\n"
        ));
    }
    taken_out(&mut text, finished, &collection.manifest);
    if collection.exit == Exit::Interrupted {
        text.push_str("stopped early; the bundle is valid and says what is missing\n");
    }
    let is_gap = |it: &Coverage| is_gap(it, &collection.manifest.windows);
    section(&mut text, "not collected:", &finished.coverage, is_gap);
    section(
        &mut text,
        "left out by a limit:",
        &finished.coverage,
        |it| it.status == Status::Truncated && !is_gap(it),
    );
    section(
        &mut text,
        "looked for, not there:",
        &finished.coverage,
        |it| it.status == Status::Absent,
    );
    section(&mut text, "not asked:", &finished.coverage, |it| {
        it.status == Status::NotAsked || (it.status == Status::Failed && !is_gap(it))
    });
    let mut permissions: Vec<_> = finished
        .coverage
        .iter()
        .filter_map(|entry| entry.permission.as_deref())
        .collect();
    permissions.sort_unstable();
    permissions.dedup();
    if !permissions.is_empty() {
        // The policy names resources by the names that AWS gives them.
        let (command, which) = match permissions.iter().any(|it| it.contains(" on arn:")) {
            true => ("doctor", "those that are missing"),
            false => ("policy", "all that are needed"),
        };
        text.push_str(&format!(
            "missing permissions: {} (`apprunner-collector {command}` prints {which})\n",
            permissions.join(", ")
        ));
    }
    if let Some(limit) = finished.exceeds {
        text.push_str(&format!(
            "the file is larger than {limit} even without a log line, and everything else always stays\n"
        ));
    }
    written(&mut text, finished);
    text
}

/// What `redact` found in a bundle, and where the new one is.
pub(crate) fn redacted(redacted: &Redacted) -> String {
    let mut text = String::from("\n");
    for trouble in &redacted.troubles {
        text.push_str(&format!("{}\n", escaped(trouble)));
    }
    match redacted.replaced.is_empty() {
        true => text.push_str("nothing secret was found that was not replaced already\n"),
        false => text.push_str("replaced, by what it was:\n"),
    }
    for (detector, count) in &redacted.replaced {
        text.push_str(&format!("  {detector}: {count}\n"));
    }
    taken_out(&mut text, &redacted.finished, &redacted.manifest);
    written(&mut text, &redacted.finished);
    text
}

/// The records that may not leave.
fn taken_out(text: &mut String, finished: &Finished, manifest: &Manifest) {
    let before = manifest.redaction.quarantined.iter().flatten();
    for (leak, count) in finished.quarantined.iter().chain(before) {
        let records = match count {
            1 => "record was",
            _ => "records were",
        };
        text.push_str(&format!(
            "{count} {records} taken out of the file, with a marker in place: {leak}\n"
        ));
    }
}

/// Where the file is, and what to run next.
fn written(text: &mut String, finished: &Finished) {
    let path = finished.path.display().to_string();
    text.push_str(&format!(
        "\nwrote {} ({}{})\nnext: apprunner-analyzer analyze {}{}\n",
        escaped(&path),
        size(finished.written.file_bytes),
        match finished.recipients {
            0 => String::new(),
            count => format!(", encrypted for {count} {}", plural(count, "recipient")),
        },
        match finished.recipients {
            0 => "",
            _ => "--identity KEY.txt ",
        },
        quoted(&path)
    ));
}

fn section(
    text: &mut String,
    title: &str,
    coverage: &[Coverage],
    which: impl Fn(&Coverage) -> bool,
) {
    let mut entries = coverage.iter().filter(|entry| which(entry)).peekable();
    if entries.peek().is_none() {
        return;
    }
    text.push_str(title);
    text.push('\n');
    for entry in entries {
        text.push_str(&line(entry));
    }
}

fn line(entry: &Coverage) -> String {
    let mut line = format!("  {}", entry.source);
    if let Some(subject) = &entry.subject {
        line.push_str(&format!(" {}", escaped(subject)));
    }
    line.push_str(&format!(": {}", status_word(entry.status)));
    if let Some(permission) = &entry.permission {
        line.push_str(&format!(", needs {permission}"));
    } else if let Some(error) = entry
        .error
        .as_ref()
        .filter(|_| entry.status != Status::Absent)
    {
        line.push_str(&format!(
            ", {}: {}",
            escaped(&error.code),
            escaped(&error.message)
        ));
    }
    if let Some(note) = &entry.note {
        line.push_str(&format!(" ({})", escaped(note)));
    }
    line.push('\n');
    line
}

fn plural(count: usize, noun: &str) -> String {
    if count == 1 {
        noun.to_owned()
    } else {
        format!("{noun}s")
    }
}

fn size(bytes: u64) -> String {
    match bytes {
        0..10_000 => format!("{bytes} bytes"),
        10_000..10_000_000 => format!("{} kB", bytes / 1_000),
        _ => format!("{} MB", bytes / 1_000_000),
    }
}

/// The path as a shell reads it back.
fn quoted(path: &str) -> String {
    let plain =
        |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '/' | '+' | ',');
    if !path.is_empty() && path.chars().all(plain) {
        path.to_owned()
    } else {
        format!("'{}'", escaped(path).replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use evidence_schema::coverage::AwsError;

    use super::*;

    #[test]
    fn a_gap_is_told_with_what_it_needs_and_nothing_moves_the_cursor() {
        let mut entry = Coverage {
            source: "roles".to_owned(),
            subject: Some("arn:role".to_owned()),
            status: Status::Denied,
            operations: vec![],
            calls: 1,
            records: 0,
            covered: vec![],
            missing: vec![],
            permission: Some("iam:GetRole".to_owned()),
            error: None,
            note: None,
        };
        assert_eq!(
            line(&entry),
            "  roles arn:role: denied, needs iam:GetRole\n"
        );
        entry.permission = None;
        entry.status = Status::Failed;
        entry.error = Some(AwsError {
            code: "E".to_owned(),
            message: "a\u{1b}[1mb".to_owned(),
        });
        assert_eq!(line(&entry), "  roles arn:role: failed, E: a\\u{1b}[1mb\n");
    }

    #[test]
    fn the_next_command_can_be_pasted() {
        assert_eq!(quoted("./web-1.json"), "./web-1.json");
        assert_eq!(quoted("a b.json"), "'a b.json'");
        assert_eq!(quoted("it's.json"), r"'it'\''s.json'");
        assert_eq!(size(123_456), "123 kB");
    }
}
