//! The command line: what was typed becomes what was meant.

use std::{
    io::{self, Write, stdout},
    path::PathBuf,
    process::ExitCode,
    time::Duration,
};

use chrono::TimeDelta;
use clap::{Args as ClapArgs, Parser, Subcommand};

use crate::{
    collect::{AppLogs, collect},
    error::{CliError, Exit},
    policy, sources, summary,
    target::Wanted,
};

/// What was typed.
#[derive(Debug, Parser)]
#[command(
    name = "apprunner-collector",
    version,
    about = "Snapshots the evidence about a failing AWS App Runner deployment into one file",
    after_help = "\
Examples:
  apprunner-collector collect --service web
  apprunner-collector collect --service web --profile prod --region eu-west-1 -o web.json
  apprunner-collector policy > collector-policy.json

Then read the file, here or elsewhere, without AWS:
  apprunner-analyzer analyze web-20261120T120000Z.evidence.json.zst"
)]
struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Collect the evidence about one service
    Collect(Box<CollectArgs>),
    /// List every source with its calls and permissions
    Sources,
    /// Print the least-privilege, read-only IAM policy for the collector
    Policy,
}

#[derive(Debug, ClapArgs)]
#[command(after_help = "\
Examples:
  apprunner-collector collect --service web
  apprunner-collector collect --service https://abc123.us-east-1.awsapprunner.com
  apprunner-collector collect --service arn:aws:apprunner:us-east-1:111122223333:service/web/8fe1e10304f84fd2b0df550fe98a71fa -o web.json
  apprunner-collector collect --service web --since 7d --deadline 5m

The file holds no values of environment variables. A call that AWS denies becomes a gap that the
file lists; it does not end the collection. Ctrl-C writes what was read so far, a second one
leaves nothing.

Exit codes:
  0  the bundle is complete
  1  a bundle was written, with gaps: something was denied, failed or is partial
  2  interrupted, or the deadline passed; a valid bundle was written
  3  nothing could be collected: no such service, no credentials, AWS out of reach
  4  the command line makes no sense
  5  the bundle cannot be written")]
struct CollectArgs {
    /// The service: its name, its ARN or its URL
    #[arg(long, value_name = "NAME|ARN|URL", value_parser = service)]
    service: (String, Wanted),
    /// The Region; otherwise the ARN's, or the one of the environment or profile
    #[arg(long, value_parser = region)]
    region: Option<String>,
    /// The profile of the AWS configuration
    #[arg(long)]
    profile: Option<String>,
    /// How far to look back, such as 12h, 30d or 4w
    #[arg(long, default_value = "30d", value_parser = since)]
    since: TimeDelta,
    /// Which lines of the application to take
    #[arg(long, value_name = "WHICH", default_value = "incident")]
    app_logs: AppLogs,
    /// How many lines of the application to take away from failed deployments
    #[arg(long, value_name = "LINES", default_value = "2000")]
    app_log_limit: u32,
    /// The file to write; a name that ends in .json is not compressed
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Replace the file if it exists
    #[arg(long)]
    force: bool,
    /// Stop after this time and keep what was read, such as 90s or 15m
    #[arg(long, default_value = "15m", value_parser = deadline)]
    deadline: Duration,
}

/// What is to be collected, and how.
#[derive(Debug)]
pub(crate) struct CollectPlan {
    /// The service as it was typed.
    pub service_text: String,
    /// The service that is meant.
    pub service: Wanted,
    /// The Region that was asked for.
    pub region: Option<String>,
    /// The profile that was asked for.
    pub profile: Option<String>,
    /// How far to look back.
    pub since: TimeDelta,
    /// Which lines of the application are wanted.
    pub app_logs: AppLogs,
    /// How many of them are kept away from failed deployments.
    pub app_log_limit: u32,
    /// The file that was asked for.
    pub output: Option<PathBuf>,
    /// Whether it may replace another.
    pub force: bool,
    /// How long the collection may take.
    pub deadline: Duration,
}

/// Reads the command line and does what it says.
pub(crate) fn run() -> ExitCode {
    let args = match Args::try_parse() {
        Ok(args) => args,
        Err(error) => {
            // Help and version are what was asked for, and no error.
            let usage = error.use_stderr();
            let _ = error.print();
            return code(if usage { Exit::Usage } else { Exit::Complete });
        }
    };
    let done = match args.command {
        Command::Collect(args) => run_collect(*args),
        Command::Sources => print(&sources::table()),
        Command::Policy => print(&format!("{:#}\n", policy::policy())),
    };
    match done {
        Ok(exit) => code(exit),
        Err(error) => {
            // Nobody may be listening, and then there is nobody to tell.
            let _ = anstream::stderr().write_all(error.report().as_bytes());
            code(error.exit())
        }
    }
}

fn code(exit: Exit) -> ExitCode {
    ExitCode::from(exit as u8)
}

fn run_collect(args: CollectArgs) -> Result<Exit, CliError> {
    let (service_text, service) = args.service;
    let plan = CollectPlan {
        service_text,
        service,
        region: args.region,
        profile: args.profile,
        since: args.since,
        app_logs: args.app_logs,
        app_log_limit: args.app_log_limit,
        output: args.output,
        force: args.force,
        deadline: args.deadline,
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(CliError::Runtime)?;
    let collection = runtime.block_on(collect(&plan))?;
    let _ = anstream::stderr().write_all(summary::summary(&collection).as_bytes());
    print(&format!("{}\n", collection.finished.path.display()))?;
    Ok(collection.exit)
}

/// Prints a result. A closed pipe is success: the reader has what it wanted.
fn print(text: &str) -> Result<Exit, CliError> {
    match stdout().lock().write_all(text.as_bytes()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(CliError::Stdout(error)),
        _ => Ok(Exit::Complete),
    }
}

fn service(text: &str) -> Result<(String, Wanted), String> {
    Ok((text.to_owned(), Wanted::parse(text)?))
}

fn region(text: &str) -> Result<String, String> {
    // It becomes a part of a host name.
    let looks_right = text.contains('-')
        && text
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
    if looks_right {
        Ok(text.to_owned())
    } else {
        Err("a Region looks like us-east-1".to_owned())
    }
}

fn since(text: &str) -> Result<TimeDelta, String> {
    let seconds = seconds(text)?;
    if !(3_600..=366 * 86_400).contains(&seconds) {
        return Err("say a time between 1h and 366d".to_owned());
    }
    Ok(TimeDelta::seconds(seconds))
}

fn deadline(text: &str) -> Result<Duration, String> {
    let seconds = seconds(text)?;
    if !(1..=86_400).contains(&seconds) {
        return Err("say a time between 1s and 24h".to_owned());
    }
    Ok(Duration::from_secs(seconds.unsigned_abs()))
}

/// A number with its unit, in seconds.
fn seconds(text: &str) -> Result<i64, String> {
    let wrong = || format!("`{text}` is no span of time; say 90s, 15m, 12h, 30d or 4w");
    let (number, unit) = text
        .char_indices()
        .next_back()
        .map(|(index, unit)| (&text[..index], unit))
        .ok_or_else(wrong)?;
    let unit = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3_600,
        'd' => 86_400,
        'w' => 7 * 86_400,
        _ => return Err(wrong()),
    };
    if !number.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(wrong());
    }
    let number: i64 = number.parse().map_err(|_| wrong())?;
    number.checked_mul(unit).ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Args::command().debug_assert();
    }

    #[test]
    fn spans_of_time_have_a_unit() {
        assert_eq!(seconds("30d"), Ok(2_592_000));
        assert_eq!(seconds("4w"), seconds("28d"));
        for nonsense in [
            "",
            "d",
            "30",
            "-3d",
            "3.5h",
            "99999999999999999999d",
            "9999999999999999w",
            "3é",
        ] {
            assert!(seconds(nonsense).is_err(), "{nonsense}");
        }
        assert!(since("30m").is_err());
        assert!(deadline("0s").is_err());
    }

    #[test]
    fn a_region_is_part_of_a_host_name() {
        assert!(region("eu-west-1").is_ok());
        assert!(region("evil.example/").is_err());
        assert!(region("Ireland").is_err());
    }
}
