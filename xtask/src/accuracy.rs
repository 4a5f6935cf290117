//! How often the analyzer names the right cause.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
};

use ::accuracy::{
    FOLDERS, Measured, Outcome, Scored,
    baseline::{self, Baseline, Perturbed},
    page, perturb,
    table::{Kind, Table},
};
use samples::Account;

use crate::{
    Mode, Result, bundles, generate,
    programs::{Build, Programs},
    workspace,
};

/// What to measure, and what to do with the numbers.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Lists each case that is not named right, with what was named.
    #[arg(long)]
    cases: bool,
    /// Collects every account anew; otherwise the committed bundles are measured.
    #[arg(long)]
    collect: bool,
    /// Measures the same failures with other names, ports, paths, ids, times and words. The same
    /// seed gives the same ones. Only the numbers of the seeds that are held are written.
    #[arg(long, value_name = "SEED", conflicts_with = "collect")]
    perturb: Option<u64>,
    /// Takes worse numbers as the ones below which the accuracy may not fall.
    #[arg(long)]
    lower: bool,
}

pub(crate) fn run(options: &Options) -> Result {
    if let Some(seed) = options.perturb {
        let measured = perturbed(seed)?;
        show(&measured, options);
        if !baseline::SEEDS.contains(&seed) {
            return Ok(());
        }
        let of_seeds = [(seed, measured)];
        return settle_perturbed(&mut vec![], &of_seeds, options.lower, Mode::Write);
    }
    if options.collect {
        bundles::run(&[], Mode::Write)?;
    }
    let measured = Measured::committed()?;
    show(&measured, options);
    let mut stale = Vec::new();
    settle(&mut stale, &measured, options.lower, Mode::Write)
}

/// Writes or compares the page and the numbers below which the accuracy may not fall, which are
/// lowered only when that is asked for.
pub(crate) fn settle(
    stale: &mut Vec<PathBuf>,
    measured: &Measured,
    lower: bool,
    mode: Mode,
) -> Result {
    // Without numbers, or with some of another form, there is nothing to fall below.
    let before = baseline::committed().unwrap_or_default();
    let page = generate::written_by("accuracy") + &page::page(measured, &before.perturbed);
    let path = workspace::root().join("docs/accuracy.md");
    workspace::settle(stale, &path, page.as_bytes(), mode)?;
    let table = Table::of(measured);
    may_fall(&baseline::worse(&before.table, &table), "", lower)?;
    write_baseline(stale, &Baseline { table, ..before }, mode)
}

/// Compares the numbers of the seeds that are held.
pub(crate) fn hold_perturbed() -> Result {
    let mut of_seeds = Vec::new();
    for seed in baseline::SEEDS {
        of_seeds.push((seed, perturbed(seed)?));
    }
    let mut stale = Vec::new();
    settle_perturbed(&mut stale, &of_seeds, false, Mode::Check)?;
    workspace::none_stale(&stale, "accuracy --perturb SEED")
}

/// Writes or compares the numbers of seeds.
fn settle_perturbed(
    stale: &mut Vec<PathBuf>,
    of_seeds: &[(u64, Measured)],
    lower: bool,
    mode: Mode,
) -> Result {
    let mut baseline = baseline::committed().unwrap_or_default();
    for (seed, measured) in of_seeds {
        let now = Perturbed::from(&Table::of(measured));
        let before = baseline.perturbed.insert(seed.to_string(), now);
        let worse = before
            .map(|before| baseline::worse_in_other_words(&before, &now))
            .unwrap_or_default();
        may_fall(&worse, &format!(" --perturb {seed}"), lower)?;
    }
    write_baseline(stale, &baseline, mode)
}

fn may_fall(worse: &[String], option: &str, lower: bool) -> Result {
    if worse.is_empty() || lower {
        return Ok(());
    }
    Err(format!(
        "the accuracy has fallen; `cargo xtask accuracy{option} --lower` says that it may\n       {}",
        worse.join("\n       ")
    )
    .into())
}

fn write_baseline(stale: &mut Vec<PathBuf>, baseline: &Baseline, mode: Mode) -> Result {
    let path = workspace::root().join("xtask/accuracy/baseline.toml");
    workspace::settle(stale, &path, baseline::text(baseline)?.as_bytes(), mode)
}

/// Collects every account in other words, into nothing that is kept.
fn perturbed(seed: u64) -> Result<Measured> {
    let programs = Programs::build(Build::Debug)?;
    let scratch = workspace::scratch()?;
    let mut measured = Measured::default();
    for folder in FOLDERS {
        let mut wanted = Vec::new();
        for path in folder.accounts()? {
            let account = other_words(&path, seed)?;
            let bundle = scratch.path().join(format!("{}.json", account.name));
            wanted.push((account, bundle));
        }
        bundles::collect_all(&programs, &wanted)?;
        for (account, bundle) in &wanted {
            measured.add(folder, account, File::open(bundle)?)?;
        }
    }
    Ok(measured)
}

fn other_words(path: &Path, seed: u64) -> Result<Account> {
    let name = bundles::stem(path)?;
    let text = fs::read_to_string(path)?;
    let text = perturb::perturb(&name, &text, seed)
        .map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(Account::parse(&name, &text)?)
}

fn show(measured: &Measured, options: &Options) {
    if options.cases {
        for kind in Kind::ALL {
            let of_kind = |it: &&Scored| Kind::of(it) == kind && it.outcome != Outcome::Right;
            let missed: Vec<&Scored> = measured.cases.iter().filter(of_kind).collect();
            if missed.is_empty() {
                continue;
            }
            println!("{}:", kind.as_str());
            for case in missed {
                println!(
                    "  {:<6} {}: named {}; right is {}",
                    match case.outcome {
                        Outcome::Wrong => "wrong",
                        Outcome::Open | Outcome::Right => "open",
                    },
                    case.name,
                    page::named(case),
                    match case.expect.as_slice() {
                        [] => "nothing".to_owned(),
                        rules => rules.join(", "),
                    }
                );
            }
            println!();
        }
        for it in measured.healthy.iter().filter(|it| it.is_alarm) {
            let rules: Vec<&str> = it.told.iter().map(|it| it.rule.as_str()).collect();
            println!(
                "healthy and called ill: {}: {}\n",
                it.name,
                rules.join(", ")
            );
        }
    }
    print!("{}", Table::of(measured));
}
