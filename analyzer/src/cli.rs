//! The command line.

mod analyze;
mod can;
mod explain;
mod limits;
mod rules;
mod schema;

use std::{io::Write, path::PathBuf};

use clap::{
    Parser, Subcommand,
    builder::{PossibleValue, PossibleValuesParser, TypedValueParser},
};

use crate::{
    error::{CliError, Exit},
    report::format::{self, Format},
};

const EXIT_CODES: &str = "\
Exit codes:
  0  nothing wrong was found
  1  a deployment failed and the report names the cause
  2  a deployment failed and the evidence does not decide why
  3  the input is not a bundle that can be read
  4  the command line is wrong";

const CAN_EXIT_CODES: &str = "\
Exit codes:
  0  allowed; with --all everything is
  1  denied; with --all something is
  2  what the bundle does not know decides
  3  the input is not a bundle that can be read
  4  the command line is wrong";

const EXAMPLES: &str = "\
Examples:
  apprunner-analyzer analyze web-20261120T120000Z.redacted.evidence.json.zst
  apprunner-analyzer analyze --format json bundle.json | jq .findings[0]
  apprunner-analyzer analyze --format html bundle.json > report.html
  cat bundle.json.zst | apprunner-analyzer analyze -
  apprunner-analyzer analyze --identity key.txt web-20261120T120000Z.evidence.json.zst.age
  apprunner-analyzer can access-role ecr:DescribeImages web bundle.json.zst
  apprunner-analyzer can --all bundle.json.zst
  apprunner-analyzer explain port-mismatch";

/// Names the root cause of a failed AWS App Runner deployment from an evidence bundle.
///
/// Works offline: it reads the one file that apprunner-collector wrote, and nothing else.
#[derive(Debug, Parser)]
#[command(
    name = "apprunner-analyzer",
    version,
    max_term_width = 100,
    after_help = format!("{EXAMPLES}\n\n{EXIT_CODES}"),
)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Write a report about a bundle.
    #[command(after_help = EXIT_CODES)]
    Analyze(AnalyzeArgs),
    /// Judge a permission by the policies in a bundle.
    ///
    /// Works offline, with identity policies, permissions boundary, trust policy and the policies of
    /// repositories, secrets and keys, and their conditions.
    #[command(after_help = CAN_EXIT_CODES)]
    Can(can::CanArgs),
    /// List every diagnosis.
    Rules,
    /// Show the page of a diagnosis.
    Explain {
        /// The id of the rule, such as port-mismatch.
        rule: String,
    },
    /// Print the JSON Schema of the JSON report.
    Schema,
}

#[derive(Debug, clap::Args)]
struct AnalyzeArgs {
    /// The bundle; `-` reads it from standard input.
    file: PathBuf,
    /// How to write the report.
    #[arg(long, value_parser = formats(), default_value = format::ALL[0].id)]
    format: Format,
    /// A file with the identity that opens an encrypted bundle, as age-keygen writes it; may be
    /// given several times.
    #[arg(long, value_name = "FILE")]
    identity: Vec<PathBuf>,
    #[command(flatten)]
    limits: limits::LimitArgs,
}

/// The registry of formats, as the command line reads it.
fn formats() -> impl TypedValueParser<Value = Format> {
    let values = format::ALL
        .iter()
        .map(|it| PossibleValue::new(it.id).help(it.summary));
    PossibleValuesParser::new(values)
        .try_map(|id| format::find(&id).ok_or("the formats are the ones that were offered"))
}

/// Does what was asked for.
///
/// # Errors
///
/// When the input cannot be read or the output cannot be written.
pub fn run(args: Args, out: &mut dyn Write) -> Result<Exit, CliError> {
    match args.command {
        Command::Analyze(args) => analyze::run(&args, out),
        Command::Can(args) => can::run(&args, out),
        Command::Rules => rules::run(out),
        Command::Explain { rule } => explain::run(&rule, out),
        Command::Schema => schema::run(out),
    }
}

/// A closed pipe is no error: whoever reads has seen enough.
fn written(result: std::io::Result<()>) -> Result<(), CliError> {
    match result {
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        Err(error) => Err(CliError::Write(error)),
        Ok(()) => Ok(()),
    }
}
