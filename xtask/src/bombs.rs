//! What the analyzer does with files that somebody made to hurt it.

use std::fs;

use hostile::bombs::{ALL, Outcome};

use crate::{
    Result, measure,
    programs::{self, Build},
    workspace,
};

/// No bomb may take a processor for longer.
const SECONDS: f64 = 1.0;

/// No bomb may take more memory, in millions of bytes.
const MEGABYTES: f64 = 64.0;

pub(crate) fn run(only: &[String]) -> Result {
    let analyzer = programs::build_analyzer(Build::Release)?;
    let scratch = workspace::scratch()?;
    let file = scratch.path().join("bomb");
    let mut wrong = Vec::new();
    println!("    file        time   processor    memory  exit  bomb");
    for bomb in ALL {
        if !only.is_empty() && !only.iter().any(|word| bomb.name.contains(word.as_str())) {
            continue;
        }
        let bytes = (bomb.make)();
        fs::write(&file, &bytes)?;
        let mut analyze = std::process::Command::new(&analyzer);
        let figures = measure::run(analyze.arg("analyze").arg(&file))?;
        let (wall, peak) = (figures.wall.as_secs_f64(), figures.peak_mb());
        let seconds = figures.processor.map_or(wall, |time| time.as_secs_f64());
        println!(
            "{:>8.2} MB {wall:>6.2} s {seconds:>8.2} s {:>7.1} MB  {:>4}  {}",
            bytes.len() as f64 / 1e6,
            peak.unwrap_or(f64::NAN),
            figures.exit.unwrap_or(-1),
            bomb.name,
        );
        // The cause stands on the second line, behind the name of the file.
        let told = figures.errors.lines().nth(1).unwrap_or_default().trim();
        if !told.is_empty() {
            println!("{:>51}{told}", "");
        }
        let expected = match bomb.outcome {
            Outcome::Refused(words) => figures.exit == Some(3) && told.contains(words),
            Outcome::Read => matches!(figures.exit, Some(0..3)),
        };
        if !expected {
            wrong.push(format!(
                "{}: it was expected to end as {:?}",
                bomb.name, bomb.outcome
            ));
        }
        if seconds > SECONDS {
            wrong.push(format!("{}: it took {seconds:.2} s", bomb.name));
        }
        if let Some(peak) = peak.filter(|peak| *peak > MEGABYTES) {
            wrong.push(format!("{}: it took {peak:.1} MB", bomb.name));
        }
    }
    match wrong.as_slice() {
        [] => Ok(()),
        wrong => Err(wrong.join("\n").into()),
    }
}
