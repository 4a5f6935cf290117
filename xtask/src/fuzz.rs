//! What must hold for any input, over the corpus and seeded mutations of it.

use std::{fs, path::Path};

use properties::{Campaign, Failure, TARGETS, Target, Trouble};

use crate::{Result, workspace};

/// Runs one target, or all.
pub(crate) fn run(only: Option<&str>, runs: Option<u64>, seed: u64) -> Result {
    let mut any = false;
    for target in TARGETS {
        if only.is_some_and(|only| only != target.name) {
            continue;
        }
        any = true;
        let campaign = Campaign {
            target: *target,
            corpus: target.corpus()?,
            runs: runs.unwrap_or(target.moderate),
            seed,
        };
        match campaign.run() {
            Ok(figures) => eprintln!(
                "{:16} {:>8} inputs up to {:>5} bytes, {:>7.0} a second, slowest {:.3} s",
                target.name,
                figures.inputs,
                figures.largest,
                figures.inputs as f64 / figures.total.as_secs_f64(),
                figures.slowest.as_secs_f64(),
            ),
            Err(failure) => return Err(told(target, &failure)?.into()),
        }
    }
    match (any, only) {
        (false, Some(only)) => {
            let names: Vec<_> = TARGETS.iter().map(|target| target.name).collect();
            Err(format!("there is no target `{only}`, but {}", names.join(", ")).into())
        }
        _ => Ok(()),
    }
}

/// Keeps the input, and says what it did and where it is.
fn told(target: &Target, failure: &Failure) -> Result<String> {
    let path = workspace::root()
        .join("target/fuzz")
        .join(format!("{}-failed", target.name));
    fs::create_dir_all(path.parent().unwrap_or(Path::new("")))?;
    fs::write(&path, &failure.input)?;
    let what = match failure.trouble {
        Trouble::Panicked => "does not hold, as is told above,".to_owned(),
        Trouble::Hung(patience) => format!("is not done after {} s", patience.as_secs()),
    };
    Ok(format!(
        "{} {what} for the input in {}; once that is repaired, it belongs under a telling name \
         into xtask/fuzz/corpus/{}",
        target.name,
        workspace::relative(&path).display(),
        target.name
    ))
}
