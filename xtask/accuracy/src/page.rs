//! The page of the documentation.

use std::{collections::BTreeMap, fmt::Write as _};

use crate::{
    Measured, Outcome, Scored,
    baseline::Perturbed,
    table::{COLUMNS, Kind, Table, Tally},
};

/// Writes the page, without its first line. `perturbed` has the numbers of the seeds that are held.
pub fn page(measured: &Measured, perturbed: &BTreeMap<String, Perturbed>) -> String {
    let table = Table::of(measured);
    let ours = |kind| {
        measured
            .cases
            .iter()
            .filter(|it| Kind::of(it) == kind && !it.verbatim)
            .count()
    };
    let mut page = format!(
        "# Accuracy\n\n\
         {} failures that people reported in public are simulated accounts: the lines, errors and \
         settings that a report tells, among the lines that App Runner always writes. The collector \
         collects each, and the first cause that the analyzer names is compared with the one that \
         was found to be right. *Left open* is a report that gives no reason, or only how it failed. `cargo xtask \
         accuracy` measures, with `--cases` case by case, and a test fails when a number gets \
         worse.\n\n",
        table.total.cases
    );
    head(&mut page, "");
    for kind in Kind::ALL {
        row(&mut page, kind.as_str(), &table.kind(kind));
    }
    row(&mut page, "all", &table.total);
    let _ = write!(
        page,
        "\nThe first row is the one to judge by. In {} of its cases the line or file that decides is \
         not quoted in the report, which tells it in words; there it is what such a program prints. \
         Where nothing decides, to leave it open is right, whether or not the cause became known \
         another way.\n\n\
         Of {} healthy accounts that look troubled, {} are called ill.\n\n\
         The cases were known when the rules were written, so the numbers flatter. `cargo xtask \
         accuracy --perturb SEED` measures the same failures with other names, ports, paths, ids, \
         times and wordings of the application.",
        ours(Kind::Certain),
        table.healthy.accounts,
        table.healthy.alarms
    );
    let seeds: Vec<String> = perturbed
        .iter()
        .map(|(seed, of)| {
            format!(
                "with seed {seed} the right cause is first in {} of {}, something else in {}, and {} \
                 healthy accounts are called ill",
                of.certain.right, of.certain.cases, of.certain.wrong, of.healthy.alarms
            )
        })
        .collect();
    if !seeds.is_empty() {
        let _ = write!(
            page,
            " Of the cases that are decided and confirmed, {}.",
            seeds.join("; ")
        );
    }
    page.push('\n');
    page.push_str("\n## Decided and confirmed, by category\n\n");
    head(&mut page, "category");
    for (category, tally) in &table.certain_by_category {
        row(&mut page, category, tally);
    }
    page.push_str("\n## All, by category\n\n");
    head(&mut page, "category");
    for (category, tally) in &table.by_category {
        row(&mut page, category, tally);
    }
    missed(&mut page, measured);
    page
}

/// The cases that a report should decide and does not.
fn missed(page: &mut String, measured: &Measured) {
    let missed: Vec<&Scored> = measured
        .cases
        .iter()
        .filter(|it| Kind::of(it) == Kind::Certain && it.outcome != Outcome::Right)
        .collect();
    if missed.is_empty() {
        return;
    }
    page.push_str(
        "\n## What is missed\n\n\
         Decided and confirmed, and something else is named first, or nothing.\n\n\
         | case | right | named |\n| --- | --- | --- |\n",
    );
    for case in missed {
        let _ = writeln!(
            page,
            "| {} | {} | {} |",
            case.name,
            case.expect.join(", "),
            named(case)
        );
    }
}

/// What a report named, in order.
pub fn named(case: &Scored) -> String {
    if case.told.is_empty() {
        return "nothing".to_owned();
    }
    let rules: Vec<&str> = case.told.iter().map(|it| it.rule.as_str()).collect();
    rules.join(", ")
}

fn head(page: &mut String, first: &str) {
    let _ = writeln!(page, "| {first} | {} |", COLUMNS.join(" | "));
    let _ = writeln!(page, "| --- |{}", " ---: |".repeat(COLUMNS.len()));
}

fn row(page: &mut String, name: &str, tally: &Tally) {
    let numbers = tally.row().map(|number| number.to_string());
    let _ = writeln!(page, "| {name} | {} |", numbers.join(" | "));
}
