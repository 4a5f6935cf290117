//! The command line: what was typed becomes what was meant.

use std::{
    io::{self, Write, stdout},
    path::PathBuf,
    process::ExitCode,
    time::Duration,
};

use chrono::TimeDelta;
use clap::{Args as ClapArgs, Parser, Subcommand};
use evidence_schema::Limits;
use redaction::Emails;

#[cfg(feature = "age")]
use crate::encrypt;
use crate::{
    aws::Access,
    choice::{self, Choice},
    collect::collect,
    collect_plan::{AppLogs, CollectPlan},
    doctor::doctor,
    error::{CliError, Exit},
    patience::Patience,
    plan, policy,
    progress::Voice,
    protection::Protection,
    pseudonymize::{PseudonymPlan, key_of},
    redact::{RedactPlan, redact},
    size::Size,
    sources, summary,
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
  apprunner-collector doctor --service web
  apprunner-collector policy > collector-policy.json

Then read the file, here or elsewhere, without AWS:
  apprunner-analyzer analyze web-20261120T120000Z.redacted.evidence.json.zst"
)]
struct Args {
    #[command(subcommand)]
    command: Command,
    /// Tell errors only
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    quiet: bool,
    /// Tell each call of AWS: operation, status, time, request id; never what is in it
    #[arg(short, long, global = true)]
    verbose: bool,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Collect the evidence about one service
    Collect(Box<CollectArgs>),
    /// Tell what a collection would ask, how long it takes and how large the file becomes
    Plan(Box<PlanArgs>),
    /// Try each call once and print the policy for those that are denied
    Doctor(Box<DoctorArgs>),
    /// Take out of a finished bundle what this version knows for secret
    Redact(RedactArgs),
    /// List every source with its calls and permissions
    Sources(SourcesArgs),
    /// Print the least-privilege, read-only IAM policy for the collector
    Policy(ChoiceArgs),
}

/// Which service, and as whom.
#[derive(Debug, ClapArgs)]
struct WhichArgs {
    /// The service: its name, its ARN or its URL
    #[arg(long, value_name = "NAME|ARN|URL", value_parser = service)]
    service: (String, Wanted),
    /// The Region; otherwise the ARN's, or the one of the environment or profile
    #[arg(long, value_parser = region)]
    region: Option<String>,
    /// The profile of the AWS configuration
    #[arg(long)]
    profile: Option<String>,
    /// A role to assume first, such as one of another account
    #[arg(long, value_name = "ARN", value_parser = role)]
    role_arn: Option<String>,
    /// What that role wants to be told
    #[arg(long, value_name = "ID", requires = "role_arn")]
    external_id: Option<String>,
}

/// How the table of sources is printed.
#[derive(Debug, ClapArgs)]
struct SourcesArgs {
    /// Print the table as JSON, with what each source needs of others
    #[arg(long)]
    json: bool,
}

/// What is asked for.
#[derive(Debug, ClapArgs)]
struct ChoiceArgs {
    /// Ask these sources only, and what they need first; `sources` lists them
    #[arg(long, value_name = "NAME", value_delimiter = ',', value_parser = choice::name)]
    sources: Vec<&'static str>,
}

/// How long AWS is waited for.
#[derive(Debug, ClapArgs)]
struct PatienceArgs {
    /// How often a call is made before it is given up
    #[arg(long, value_name = "TIMES", default_value = "8", value_parser = clap::value_parser!(u32).range(1..=20))]
    attempts: u32,
    /// How long a connection may take; a slow network or proxy may need 10s
    #[arg(long, value_name = "TIME", default_value = "3s", value_parser = connect_timeout)]
    connect_timeout: Duration,
    /// How long one attempt of a call may take, to the last byte of the answer
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = attempt_timeout)]
    attempt_timeout: Duration,
    /// How long all attempts of a call may take, with the waits between them
    #[arg(long, value_name = "TIME", default_value = "2m", value_parser = call_timeout)]
    call_timeout: Duration,
}

impl PatienceArgs {
    fn patience(&self) -> Patience {
        Patience {
            attempts: self.attempts,
            connect: self.connect_timeout,
            attempt: self.attempt_timeout,
            call: self.call_timeout,
        }
    }
}

/// How much is collected.
#[derive(Debug, ClapArgs)]
struct AmountArgs {
    /// How far to look back, such as 12h, 30d or 4w
    #[arg(long, default_value = "30d", value_parser = since)]
    since: TimeDelta,
    /// Which lines of the application to take
    #[arg(long, value_name = "WHICH", default_value = "incident")]
    app_logs: AppLogs,
    /// How many lines of the application to take away from failed deployments
    #[arg(long, value_name = "LINES", default_value = "2000")]
    app_log_limit: u32,
    /// A namespace of CloudWatch in which you count deployments yourself
    #[arg(long, value_name = "NAMESPACE")]
    deployment_metrics: Option<String>,
    /// Stop after this time and keep what was read, such as 90s or 15m
    #[arg(long, default_value = "15m", value_parser = deadline)]
    deadline: Duration,
}

/// What else is done so that the file may be handed on.
#[derive(Debug, ClapArgs)]
struct ProtectArgs {
    /// Replace e-mail addresses too
    #[arg(long)]
    redact_emails: bool,
    /// Put pseudonyms in place of account ids, names in ARNs, host names and addresses
    #[arg(long)]
    pseudonymize: bool,
    /// A file with 64 hex digits, under which a value has the same pseudonym in every bundle
    #[arg(long, value_name = "FILE", requires = "pseudonymize", value_parser = key_of)]
    pseudonym_key: Option<[u8; 32]>,
    /// Write which pseudonym stands for what into this file, which stays here
    #[arg(long, value_name = "FILE", requires = "pseudonymize")]
    pseudonym_map: Option<PathBuf>,
    /// Encrypt the file with age for whoever has this public key; may be given several times
    #[cfg(feature = "age")]
    #[arg(long, value_name = "age1…", value_parser = encrypt::recipient)]
    recipient: Vec<encrypt::Recipient>,
}

impl ProtectArgs {
    fn protection(self) -> Protection {
        Protection {
            pseudonyms: self.pseudonymize.then_some(PseudonymPlan {
                key: self.pseudonym_key,
                map: self.pseudonym_map,
            }),
            #[cfg(feature = "age")]
            recipients: self.recipient,
            #[cfg(not(feature = "age"))]
            recipients: Vec::new(),
            emails: match self.redact_emails {
                true => Emails::Replace,
                false => Emails::Keep,
            },
        }
    }
}

#[derive(Debug, ClapArgs)]
#[command(after_help = "\
Examples:
  apprunner-collector collect --service web
  apprunner-collector collect --service https://abc123.us-east-1.awsapprunner.com
  apprunner-collector collect --service arn:aws:apprunner:us-east-1:111122223333:service/web/8fe1e10304f84fd2b0df550fe98a71fa -o web.json
  apprunner-collector collect --service web --since 7d --deadline 5m
  apprunner-collector collect --service web --source-dir .
  apprunner-collector collect --service web --max-size 10MiB
  apprunner-collector collect --service web --recipient age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p
  apprunner-collector collect --service web --role-arn arn:aws:iam::444455556666:role/Diagnosis

The file holds no values of environment variables. A call that AWS denies becomes a gap that the
file lists; it does not end the collection. No source may take more than its share of the
deadline, so one that hangs costs only itself. Ctrl-C writes what was read so far, a second one
leaves nothing.

With --max-size lines of the application leave first, then those of the platform; the last to
leave are those near a failed deployment and at both ends of each stream. Nothing else is left
out. The file lists what is missing.

Exit codes:
  0  the bundle is complete
  1  a bundle was written, with gaps: something was denied, failed, is partial, or had to be left
     out around a failed deployment to keep to --max-size, or the file is larger all the same
  2  interrupted, or the deadline passed; a valid bundle was written
  3  nothing could be collected: no such service, no credentials, AWS out of reach
  4  the command line makes no sense
  5  the bundle cannot be written")]
struct CollectArgs {
    #[command(flatten)]
    which: WhichArgs,
    #[command(flatten)]
    choice: ChoiceArgs,
    #[command(flatten)]
    amount: AmountArgs,
    #[command(flatten)]
    patience: PatienceArgs,
    /// A checkout of the application, for apprunner.yaml, Dockerfiles and versions of runtimes
    #[arg(long, value_name = "DIR", value_parser = source_dir)]
    source_dir: Option<PathBuf>,
    /// The file to write; a name that ends in .json is not compressed
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Replace the file if it exists
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    protect: ProtectArgs,
    /// Leave log lines out so that the file is not larger than this, such as 10MiB or 500kB
    #[arg(long, value_name = "SIZE", value_parser = max_size)]
    max_size: Option<Size>,
}

#[derive(Debug, ClapArgs)]
#[command(after_help = "\
Only the service is looked for; nothing else is asked and nothing is written. Numbers that only
the account can tell are what is usual.

Exit codes: those of collect.")]
struct PlanArgs {
    #[command(flatten)]
    which: WhichArgs,
    #[command(flatten)]
    choice: ChoiceArgs,
    #[command(flatten)]
    amount: AmountArgs,
    #[command(flatten)]
    patience: PatienceArgs,
}

#[derive(Debug, ClapArgs)]
#[command(after_help = "\
Each kind of call that a collection makes is made once, for the last hour, and what it gives is
thrown away.

Exit codes:
  0  nothing was denied
  1  something was denied, or it is unclear whether it would be
  3  nothing could be tried: no such service, no credentials, AWS out of reach
  4  the command line makes no sense")]
struct DoctorArgs {
    #[command(flatten)]
    which: WhichArgs,
    #[command(flatten)]
    choice: ChoiceArgs,
    #[command(flatten)]
    patience: PatienceArgs,
    /// Stop after this time, such as 90s or 15m
    #[arg(long, default_value = "5m", value_parser = deadline)]
    deadline: Duration,
}

#[derive(Debug, ClapArgs)]
#[command(after_help = "\
Examples:
  apprunner-collector redact old.evidence.json.zst -o new.evidence.json.zst
  apprunner-collector redact old.evidence.json.zst --redact-emails

Nothing is asked of AWS. The values of environment variables are not known any more, so only what
gives itself away by its shape is found. Records that this version does not understand cannot be
looked at; they are taken out, and a marker stands for each.

Exit codes:
  0  a bundle was written
  1  a bundle was written, and something is missing in it that was in the old one
  3  the old bundle cannot be read
  4  the command line makes no sense
  5  the new bundle cannot be written")]
struct RedactArgs {
    /// The bundle; `-` reads it from standard input
    #[arg(value_name = "FILE")]
    input: PathBuf,
    /// The file to write; a name that ends in .json is not compressed
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Replace the file if it exists
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    protect: ProtectArgs,
    /// Refuse a bundle with more text than this, once it is unpacked
    #[arg(long, value_name = "SIZE", default_value = "8GiB", value_parser = Size::parse)]
    max_text: Size,
}

impl CollectPlan {
    /// A plan that has no file.
    fn of(
        which: WhichArgs,
        choice: &ChoiceArgs,
        amount: AmountArgs,
        patience: &PatienceArgs,
        voice: Voice,
    ) -> Self {
        let (service_text, service) = which.service;
        Self {
            service_text,
            service,
            access: Access {
                region: which.region,
                profile: which.profile,
                role_arn: which.role_arn,
                external_id: which.external_id,
            },
            patience: patience.patience(),
            choice: Choice::of(&choice.sources),
            since: amount.since,
            app_logs: amount.app_logs,
            app_log_limit: amount.app_log_limit,
            deployment_metrics: amount.deployment_metrics,
            source_dir: None,
            output: None,
            force: false,
            max_size: None,
            protection: Protection::default(),
            deadline: amount.deadline,
            voice,
        }
    }
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
    let voice = match (args.quiet, args.verbose) {
        (true, _) => Voice::Quiet,
        (_, true) => Voice::Calls,
        _ => Voice::Normal,
    };
    let done = match args.command {
        Command::Collect(args) => run_collect(*args, voice),
        Command::Plan(args) => run_plan(*args, voice),
        Command::Doctor(args) => run_doctor(*args, voice),
        Command::Redact(args) => run_redact(args, voice),
        Command::Sources(args) if args.json => print(&format!("{:#}\n", sources::json())),
        Command::Sources(_) => print(&sources::table()),
        Command::Policy(args) => {
            let choice = Choice::of(&args.sources);
            print(&format!("{:#}\n", policy::policy(&choice)))
        }
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

fn run_collect(args: CollectArgs, voice: Voice) -> Result<Exit, CliError> {
    let plan = CollectPlan {
        source_dir: args.source_dir,
        output: args.output,
        force: args.force,
        max_size: args.max_size,
        protection: args.protect.protection(),
        ..CollectPlan::of(args.which, &args.choice, args.amount, &args.patience, voice)
    };
    let collection = block_on(collect(&plan))?;
    if voice != Voice::Quiet {
        let _ = anstream::stderr().write_all(summary::summary(&collection).as_bytes());
    }
    print(&format!("{}\n", collection.finished.path.display()))?;
    Ok(collection.exit)
}

fn run_redact(args: RedactArgs, voice: Voice) -> Result<Exit, CliError> {
    let redacted = redact(&RedactPlan {
        input: args.input,
        limits: Limits {
            total_bytes: args.max_text.0,
            ..Limits::default()
        },
        output: args.output,
        force: args.force,
        protection: args.protect.protection(),
    })?;
    if voice != Voice::Quiet {
        let _ = anstream::stderr().write_all(summary::redacted(&redacted).as_bytes());
    }
    print(&format!("{}\n", redacted.finished.path.display()))?;
    Ok(redacted.exit)
}

fn run_plan(args: PlanArgs, voice: Voice) -> Result<Exit, CliError> {
    let plan = CollectPlan::of(args.which, &args.choice, args.amount, &args.patience, voice);
    print(&block_on(plan::plan(&plan))?)
}

fn run_doctor(args: DoctorArgs, voice: Voice) -> Result<Exit, CliError> {
    // The less there is to look at, the smaller the answers are.
    let amount = AmountArgs {
        since: TimeDelta::hours(1),
        app_logs: AppLogs::Incident,
        app_log_limit: 1,
        deployment_metrics: None,
        deadline: args.deadline,
    };
    let (text, exit) = block_on(doctor(&CollectPlan::of(
        args.which,
        &args.choice,
        amount,
        &args.patience,
        voice,
    )))?;
    print(&text)?;
    Ok(exit)
}

fn block_on<T>(work: impl Future<Output = Result<T, CliError>>) -> Result<T, CliError> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(CliError::Runtime)?
        .block_on(work)
}

/// Prints a result. A closed pipe is success: the reader has what it wanted.
fn print(text: &str) -> Result<Exit, CliError> {
    match stdout().lock().write_all(text.as_bytes()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(CliError::Stdout(error)),
        _ => Ok(Exit::Complete),
    }
}

fn source_dir(text: &str) -> Result<PathBuf, String> {
    let path = PathBuf::from(text);
    match path.is_dir() {
        true => Ok(path),
        false => Err("it is no directory".to_owned()),
    }
}

fn role(text: &str) -> Result<String, String> {
    let mut parts = text.splitn(6, ':');
    let is_role = parts.next() == Some("arn")
        && parts.nth(1) == Some("iam")
        && parts
            .nth(2)
            .is_some_and(|it| it.starts_with("role/") && it.len() > 5);
    if is_role {
        Ok(text.to_owned())
    } else {
        Err("a role looks like arn:aws:iam::111122223333:role/Diagnosis".to_owned())
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
    within(text, 86_400, "24h")
}

fn connect_timeout(text: &str) -> Result<Duration, String> {
    within(text, 60, "60s")
}

fn attempt_timeout(text: &str) -> Result<Duration, String> {
    within(text, 600, "10m")
}

fn call_timeout(text: &str) -> Result<Duration, String> {
    within(text, 3_600, "1h")
}

/// A time from a second up to so many.
fn within(text: &str, most: i64, most_text: &str) -> Result<Duration, String> {
    let seconds = seconds(text)?;
    if !(1..=most).contains(&seconds) {
        return Err(format!("say a time between 1s and {most_text}"));
    }
    Ok(Duration::from_secs(seconds.unsigned_abs()))
}

/// Even a small service fills a few kilobytes with what always stays.
const LEAST_SIZE: Size = Size(16 << 10);

fn max_size(text: &str) -> Result<Size, String> {
    let size = Size::parse(text)?;
    if size < LEAST_SIZE {
        return Err(format!(
            "{size} has no room for a bundle; say {LEAST_SIZE} or more"
        ));
    }
    Ok(size)
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
        assert!(max_size("16KiB").is_ok() && max_size("16383B").is_err());
        assert_eq!(attempt_timeout("10m"), Ok(Duration::from_secs(600)));
        assert!(attempt_timeout("601s").is_err() && connect_timeout("2m").is_err());
        assert!(call_timeout("2h").is_err());
    }

    #[test]
    fn a_region_is_part_of_a_host_name() {
        assert!(region("eu-west-1").is_ok());
        assert!(region("evil.example/").is_err());
        assert!(region("Ireland").is_err());
    }

    #[test]
    fn a_role_is_named_by_its_arn() {
        assert!(role("arn:aws:iam::111122223333:role/path/Diagnosis").is_ok());
        for nonsense in [
            "Diagnosis",
            "arn:aws:iam::111122223333:role/",
            "arn:aws:iam::1:user/x",
        ] {
            assert!(role(nonsense).is_err(), "{nonsense}");
        }
    }
}
