//! `analyze`: a report about a bundle.

use std::{
    fs::File,
    io::{self, Read, Write},
    path::{Path, PathBuf},
};

use evidence_schema::{Limits, ReadError, Reader};

use super::{AnalyzeArgs, written};
use crate::{
    decrypt::{self, IdentitySource},
    error::{CliError, Exit},
    evidence::Evidence,
    report::{self, VerdictKind},
};

pub(super) fn run(args: &AnalyzeArgs, out: &mut dyn Write) -> Result<Exit, CliError> {
    let evidence = evidence(&args.file, &args.identity, args.limits.limits())?;
    let report = report::assemble(&evidence);
    let result = (args.format.write)(&report, out);
    written(result.and_then(|()| out.flush()))?;
    Ok(match report.verdict.kind {
        VerdictKind::Healthy | VerdictKind::Recovered | VerdictKind::InProgress => {
            Exit::NothingWrong
        }
        VerdictKind::CauseFound => Exit::CauseFound,
        VerdictKind::Undecided => Exit::Undecided,
    })
}

/// Reads a bundle, whatever form it is in.
pub(super) fn evidence(
    path: &Path,
    identity: &[PathBuf],
    limits: Limits,
) -> Result<Evidence, CliError> {
    let input =
        decrypt::open(open(path)?, identities(identity)?).map_err(|source| CliError::Decrypt {
            path: path.to_owned(),
            source,
        })?;
    read(input, limits).map_err(|source| CliError::Read {
        path: path.to_owned(),
        source,
    })
}

fn read(input: Box<dyn Read>, limits: Limits) -> Result<Evidence, ReadError> {
    Evidence::read(Reader::open(input, limits)?)
}

fn identities(paths: &[PathBuf]) -> Result<Vec<IdentitySource>, CliError> {
    let open = |path: &PathBuf| {
        let text = File::open(path).map_err(|source| CliError::OpenIdentity {
            path: path.clone(),
            source,
        })?;
        Ok(IdentitySource {
            path: path.clone(),
            text: Box::new(text),
        })
    };
    paths.iter().map(open).collect()
}

fn open(path: &Path) -> Result<Box<dyn Read>, CliError> {
    if path == Path::new("-") {
        return Ok(Box::new(io::stdin()));
    }
    let failed = |source| CliError::Open {
        path: path.to_owned(),
        source,
    };
    let file = File::open(path).map_err(failed)?;
    if file.metadata().map_err(failed)?.is_dir() {
        return Err(CliError::Directory(path.to_owned()));
    }
    Ok(Box::new(file))
}
