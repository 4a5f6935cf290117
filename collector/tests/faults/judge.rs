//! Whether a ledger tells what is missing.

use evidence_schema::{Coverage, Interval, Status, time::merge};

use crate::{cell::Cell, scene::Bundle};

/// What a collection turned out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// As if nothing had been.
    Whole,
    /// Something is missing and the ledger says what.
    Gaps,
}

/// Compares a bundle with the one in which nothing failed; the error says what was lost without a
/// word.
pub(crate) fn judge(cell: &Cell<'_>, bundle: &Bundle) -> Result<Verdict, String> {
    let of = |bundle: &'_ Bundle| -> Vec<Coverage> {
        let entries = bundle.coverage.iter();
        let entries = entries.filter(|entry| entry.source == cell.source);
        entries.cloned().collect()
    };
    let (before, after) = (of(&cell.whole.bundle), of(bundle));
    let verdict = match bundle.coverage.iter().all(is_fine) {
        true => Verdict::Whole,
        false => Verdict::Gaps,
    };
    if cell.kind.leaves_no_trace() {
        same(&before, &after)?;
        return match verdict {
            Verdict::Whole => Ok(verdict),
            Verdict::Gaps => Err(format!("there are gaps:\n  {}", listed(&bundle.coverage))),
        };
    }
    // A source that has enough before the token comes again does not follow it.
    if cell.kind.fault == "repeated-token" && same(&before, &after).is_ok() {
        return Ok(verdict);
    }
    told(cell, &after)?;
    nothing_silent(&before, &after)?;
    Ok(verdict)
}

/// Every subject was read as if nothing had been.
fn same(before: &[Coverage], after: &[Coverage]) -> Result<(), String> {
    for old in before {
        let new = find(after, old).ok_or_else(|| format!("{:?} is gone", old.subject))?;
        let same = (new.status, new.records, &new.covered, &new.missing)
            == (old.status, old.records, &old.covered, &old.missing);
        if !same {
            return Err(format!("it was\n  {old:?}\nand is\n  {new:?}"));
        }
    }
    Ok(())
}

/// Whether a permission is that for an action, on one resource or on all.
fn names(permission: Option<&str>, action: &str) -> bool {
    let of = permission.and_then(|it| it.split(' ').next());
    of == Some(action)
}

/// Some entry names the error, and for a denied call the permission.
fn told(cell: &Cell<'_>, after: &[Coverage]) -> Result<(), String> {
    let fine = after.iter().any(|entry| {
        let code = entry.error.as_ref().map_or("", |error| error.code.as_str());
        let denied = cell.kind.fault == "denied";
        cell.kind.codes.contains(&code)
            && !matches!(entry.status, Status::Complete | Status::Absent)
            && (!denied || names(entry.permission.as_deref(), cell.action))
    });
    match fine {
        true => Ok(()),
        false => Err(format!(
            "no entry names one of {:?}:\n  {}",
            cell.kind.codes,
            listed(after)
        )),
    }
}

/// What has fewer records than before, or of which an interval was not seen, says so.
fn nothing_silent(before: &[Coverage], after: &[Coverage]) -> Result<(), String> {
    // What a list did not give has no entry of its own; the entry of the list says so.
    let open = after.iter().any(|entry| !is_conclusive(entry));
    for old in before {
        let Some(new) = find(after, old) else {
            if open {
                continue;
            }
            return Err(format!("{:?} is gone:\n  {}", old.subject, listed(after)));
        };
        let silent = new.records < old.records && is_conclusive(new);
        if silent || (new.status == Status::Absent && old.status != Status::Absent) {
            return Err(format!("it was\n  {old:?}\nand is\n  {new:?}"));
        }
        let (wanted, told) = (intervals(old), intervals(new));
        let lost = wanted
            .iter()
            .find(|it| !told.iter().any(|by| by.contains(it.from) && it.to <= by.to));
        if let Some(lost) = lost {
            return Err(format!(
                "{} to {} is neither covered nor missing in\n  {new:?}",
                lost.from, lost.to
            ));
        }
    }
    Ok(())
}

fn is_conclusive(entry: &Coverage) -> bool {
    matches!(entry.status, Status::Complete | Status::Absent)
}

/// Whether nothing is missing that was asked for.
fn is_fine(entry: &Coverage) -> bool {
    is_conclusive(entry) || (entry.status == Status::NotAsked && entry.error.is_none())
}

fn intervals(entry: &Coverage) -> Vec<Interval> {
    let all = entry.covered.iter().chain(&entry.missing);
    merge(all.copied().collect())
}

fn find<'a>(entries: &'a [Coverage], like: &Coverage) -> Option<&'a Coverage> {
    entries.iter().find(|entry| entry.subject == like.subject)
}

fn listed(entries: &[Coverage]) -> String {
    let entries: Vec<_> = entries.iter().map(|entry| format!("{entry:?}")).collect();
    entries.join("\n  ")
}
