//! Every call of the table of sources, broken in every way: a bundle is written, and its ledger
//! tells what is missing.

// What a scene can do is more than these tests want of it.
#[expect(dead_code, reason = "the scenes are shared with other tests")]
#[path = "collect/scene.rs"]
mod scene;

#[path = "faults/accounts.rs"]
mod accounts;
#[path = "faults/cell.rs"]
mod cell;
#[path = "faults/judge.rs"]
mod judge;
#[path = "faults/kind.rs"]
mod kind;

use std::{
    collections::BTreeMap,
    io::{Write, stderr},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use cell::{Cell, Whole};
use kind::KINDS;

/// Collections mostly wait, so many run at once.
const AT_ONCE: usize = 16;

/// The matrix had more cells than this when it was made.
const FEWEST_CELLS: usize = 500;

#[test]
fn every_call_can_fail_in_every_way_and_nothing_is_lost_without_a_word() {
    let table = cell::table();
    let wholes: Vec<_> = accounts::ALL.iter().map(Whole::collect).collect();
    let mut made: BTreeMap<(&str, &str), &Whole> = BTreeMap::new();
    for whole in &wholes {
        for (source, action) in &table {
            if whole.makes(source, action) {
                made.entry((source, action)).or_insert(whole);
            }
        }
    }
    let never: Vec<_> = table
        .iter()
        .filter(|(source, action)| !made.contains_key(&(source.as_str(), action.as_str())))
        .collect();
    assert!(
        never.is_empty(),
        "no account of the matrix makes these calls: {never:?}"
    );

    let cells: Vec<_> = made
        .iter()
        .flat_map(|((source, action), whole)| {
            let kinds = KINDS.iter().filter(|kind| kind.applies(action));
            kinds.map(|kind| Cell {
                source,
                action,
                kind,
                whole,
            })
        })
        .collect();
    let wrong = in_parallel(&cells);
    // The size is wanted of a matrix that holds too, whose output the tests would swallow.
    let size = format!(
        "cells: {} calls × {} faults = {}, {} exceptions\n",
        made.len(),
        KINDS.len(),
        cells.len(),
        wrong.len()
    );
    let _ = stderr().write_all(size.as_bytes());
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
    assert!(cells.len() >= FEWEST_CELLS, "{} cells", cells.len());
}

/// Runs every cell and gives what is wrong.
fn in_parallel(cells: &[Cell<'_>]) -> Vec<String> {
    let next = AtomicUsize::new(0);
    let wrong = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while let Some(cell) = cells.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if let Err(problem) = cell.run() {
                        let mut wrong = wrong.lock().unwrap_or_else(PoisonError::into_inner);
                        wrong.push(problem);
                    }
                }
            });
        }
    });
    let mut wrong = wrong.into_inner().unwrap_or_else(PoisonError::into_inner);
    wrong.sort();
    wrong
}
