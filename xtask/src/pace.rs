//! How complete a large collection is, and how near it comes to the pace that AWS allows.

use std::{collections::BTreeMap, fs, fs::File};

use evidence_schema::{Limits, Reader};
use samples::{Account, Endpoint};

use crate::{
    Result, measure,
    programs::{self, Build, Programs},
    workspace,
};

/// What the account has, and the bundle must have.
const STREAMS: u64 = 200;
const LINES: u64 = 300_000;
const CHANGES: u64 = 2_500;
const OPERATIONS: u64 = 400;

/// What AWS documents, as calls a second for an account and Region.
const QUOTAS: &[(&str, &str, f64)] = &[
    ("cloudtrail", "LookupEvents", 2.0),
    ("logs", "DescribeLogGroups", 10.0),
    ("logs", "DescribeLogStreams", 25.0),
    ("logs", "FilterLogEvents", 5.0),
    ("logs", "GetLogEvents", 10.0),
];

pub(crate) fn run(times: u64) -> Result {
    let programs = Programs::build(Build::Release)?;
    let scratch = workspace::scratch()?;
    let file = scratch.path().join("pace.toml");
    fs::write(&file, account(LINES * times))?;
    let endpoint = Endpoint::start(Account::load(&file)?, 0)?;
    let bundle = scratch.path().join("pace.evidence.json.zst");
    let mut collect = programs::collect(&programs, &endpoint, &bundle);
    let figures =
        measure::run(collect.args(["--app-logs", "all", "--deadline", "60m", "--quiet"]))?;
    println!("collector: {figures}");

    let counted = count(&bundle)?;
    for (kind, wanted) in [
        ("application_log", LINES * times),
        ("operation", OPERATIONS),
        ("change", CHANGES),
    ] {
        let found = counted.get(kind).copied().unwrap_or_default();
        println!("{kind}: {found} of at least {wanted}");
        if found < wanted {
            return Err(format!("{kind}: {} are missing", wanted - found).into());
        }
    }
    let bound = lower_bound(&endpoint);
    println!(
        "lower bound from calls and quotas: {bound:.1} s; the collection took {:.2} times as long",
        figures.wall.as_secs_f64() / bound
    );
    println!(
        "throttled: {:.2} % of {} calls",
        endpoint.throttled_share() * 100.0,
        endpoint.calls().len()
    );
    Ok(())
}

/// An account of a month, with latency and quotas as AWS has them.
fn account(lines: u64) -> String {
    let mut text = String::from(
        "what = \"A month of a busy service.\"\nexpect = []\n\n[pace]\nenforce = true\nlatency_ms = 60\n",
    );
    text.push_str(&format!(
        "\n[[bulk_operation]]\ncount = {}\nfrom = \"-29d\"\nevery = \"1h\"\n",
        OPERATIONS - 1
    ));
    for stream in 0..STREAMS {
        text.push_str(&format!(
            "\n[[bulk]]\nstream = \"instance/{stream:032x}\"\nlines = {}\nfrom = \"-{}h\"\nminutes = 55\n",
            lines / STREAMS,
            2 + stream * 3,
        ));
    }
    for change in 0..CHANGES {
        text.push_str(&format!(
            "\n[[change]]\ntime = \"-{}m\"\nname = \"TagResource\"\nsource = \"apprunner\"\nid = \"00000000-0000-4000-8000-{change:012}\"\n",
            10 + change * 16,
        ));
    }
    text
}

fn count(bundle: &std::path::Path) -> Result<BTreeMap<&'static str, u64>> {
    let mut counted = BTreeMap::new();
    for record in Reader::open(File::open(bundle)?, Limits::default())? {
        *counted.entry(record?.body.kind().as_str()).or_default() += 1;
    }
    Ok(counted)
}

/// The seconds that the slowest API needs for the calls that were answered.
fn lower_bound(endpoint: &Endpoint) -> f64 {
    let mut calls: BTreeMap<(String, String, String), f64> = BTreeMap::new();
    for call in endpoint.calls().iter().filter(|call| !call.is_throttled()) {
        let api = (
            call.service.clone(),
            call.operation.clone(),
            call.region.clone(),
        );
        *calls.entry(api).or_default() += 1.0;
    }
    calls
        .iter()
        .filter_map(|((service, operation, _), count)| {
            let quota = QUOTAS
                .iter()
                .find(|(of, name, _)| of == service && name == operation)?;
            Some(count / quota.2)
        })
        .fold(0.0, f64::max)
}
