//! `can`: whether a principal may do something, by the policies in a bundle.

use std::{
    io::Write,
    path::{Path, PathBuf},
};

use clap::ValueEnum;

use super::{analyze, limits::LimitArgs, written};
use crate::{
    error::{CliError, Exit},
    evidence::Evidence,
    iam::{
        context::Presence,
        evaluate::Answer,
        explain::explain,
        names::{self, Spelling},
    },
    permissions::{self, Asker, Judged, Permission, json, text},
};

/// What was typed.
#[derive(Debug, clap::Args)]
pub(super) struct CanArgs {
    /// Who asks: access-role, instance-role, the name or ARN of a role, or a service such as
    /// build.apprunner.amazonaws.com; then the action, the resource (an ARN, a name in the bundle,
    /// or `*`) and the bundle. With --all only the bundle; `-` reads it from standard input.
    #[arg(
        num_args = 1..=4,
        required = true,
        value_names = ["PRINCIPAL", "ACTION", "RESOURCE", "BUNDLE"],
    )]
    words: Vec<String>,
    /// Judge every permission that the service needs to deploy.
    #[arg(long)]
    all: bool,
    /// What is known of a condition key of the request; may be given several times. Without `=` the
    /// request does not carry the key.
    #[arg(long, value_name = "KEY=VALUE", conflicts_with = "all")]
    context: Vec<String>,
    /// Take it that no organization limits the accounts; what its policies say is not in a bundle.
    #[arg(long)]
    no_organization: bool,
    /// How to write the answer.
    #[arg(long, value_enum, default_value_t = Form::Text)]
    format: Form,
    /// A file with the identity that opens an encrypted bundle; may be given several times.
    #[arg(long, value_name = "FILE")]
    identity: Vec<PathBuf>,
    #[command(flatten)]
    limits: LimitArgs,
}

/// How an answer is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Form {
    /// For people.
    Text,
    /// For programs.
    Json,
}

/// What was meant.
enum Plan<'a> {
    All {
        bundle: &'a Path,
    },
    One {
        principal: &'a str,
        action: &'a str,
        resource: &'a str,
        bundle: &'a Path,
    },
}

impl CanArgs {
    fn plan(&self) -> Result<Plan<'_>, CliError> {
        match (self.all, self.words.as_slice()) {
            (true, [bundle]) => Ok(Plan::All {
                bundle: Path::new(bundle),
            }),
            (false, [principal, action, resource, bundle]) => Ok(Plan::One {
                principal,
                action,
                resource,
                bundle: Path::new(bundle),
            }),
            (true, _) => Err(CliError::Asked {
                problem: "--all takes the bundle and nothing else".to_owned(),
                hint: "Run apprunner-analyzer can --all BUNDLE.".to_owned(),
            }),
            (false, _) => Err(CliError::Asked {
                problem: "a principal, an action, a resource and a bundle are needed".to_owned(),
                hint: "Run for example apprunner-analyzer can access-role ecr:BatchGetImage web \
                       BUNDLE, or apprunner-analyzer can --all BUNDLE."
                    .to_owned(),
            }),
        }
    }

    /// What was said of condition keys. Values of one key come together.
    fn known(&self) -> Vec<(String, Presence)> {
        let mut known: Vec<(String, Presence)> = Vec::new();
        for text in &self.context {
            let (key, value) = match text.split_once('=') {
                Some((key, value)) => (key, Some(value)),
                None => (text.as_str(), None),
            };
            let before = known
                .iter_mut()
                .find(|(name, _)| name.eq_ignore_ascii_case(key));
            match (before, value) {
                (Some((_, Presence::Known(values))), Some(value)) => values.push(value.to_owned()),
                (Some(_), _) => {}
                (None, Some(value)) => {
                    known.push((key.to_owned(), Presence::Known(vec![value.to_owned()])));
                }
                (None, None) => known.push((key.to_owned(), Presence::Absent)),
            }
        }
        known
    }
}

pub(super) fn run(args: &CanArgs, out: &mut dyn Write) -> Result<Exit, CliError> {
    let plan = args.plan()?;
    let (Plan::All { bundle } | Plan::One { bundle, .. }) = plan;
    if let Plan::One { action, .. } = plan {
        checked(action)?;
    }
    let evidence = analyze::evidence(bundle, &args.identity, args.limits.limits())?;
    let asker = Asker {
        evidence: &evidence,
        without_organization: args.no_organization,
    };
    let judged = match plan {
        Plan::All { .. } => Judged::All(permissions::needed(asker)),
        Plan::One {
            principal,
            action,
            resource,
            ..
        } => Judged::One(Box::new(one(
            asker,
            principal,
            action,
            resource,
            &args.known(),
        )?)),
    };
    let result = match args.format {
        Form::Text => text::write(&judged, &evidence, out),
        Form::Json => json::write(&judged, &evidence, out),
    };
    written(result.and_then(|()| out.flush()))?;
    Ok(exit(&judged))
}

fn one(
    asker: Asker<'_>,
    principal: &str,
    action: &str,
    resource: &str,
    known: &[(String, Presence)],
) -> Result<Permission, CliError> {
    let evidence: &Evidence = asker.evidence;
    let names = |error: permissions::SubjectError, what: &str, also: &str| CliError::Asked {
        problem: format!("{} is no {what} that the bundle knows", error.text),
        hint: if error.known.is_empty() {
            format!("Give {also}.")
        } else {
            format!("Give {also}, or one of: {}.", error.known.join(", "))
        },
    };
    let principal = permissions::principal(evidence, principal)
        .map_err(|error| names(error, "principal", "the ARN of a role or a service's name"))?;
    let resource = permissions::resource(evidence, resource).map_err(|error| {
        names(
            error,
            "resource",
            "an ARN, or * for an action that has none",
        )
    })?;
    let (request, policies) = asker.question(principal.clone(), action, &resource, known);
    Ok(Permission {
        purpose: None,
        who: Some(principal.name().to_owned()),
        principal: Some(principal),
        action: action.to_owned(),
        explanation: explain(&request, &policies),
        misspelt: permissions::misspelt(&policies),
        resource,
    })
}

/// An action that does not exist is a slip of the hand, not a denial.
fn checked(action: &str) -> Result<(), CliError> {
    let problem = |hint: String| CliError::Asked {
        problem: format!("there is no action {action}"),
        hint,
    };
    if action.contains(['*', '?']) || !action.contains(':') {
        return Err(CliError::Asked {
            problem: format!("{action} is no action"),
            hint: "Ask about one action, such as ecr:BatchGetImage.".to_owned(),
        });
    }
    match names::spelling(action) {
        Spelling::Misspelt {
            nearest: Some(nearest),
        } => Err(problem(format!("Did you mean {nearest}?"))),
        Spelling::Misspelt { nearest: None } | Spelling::Known | Spelling::NotJudged => Ok(()),
    }
}

/// The worst answer decides.
fn exit(judged: &Judged) -> Exit {
    let permissions: &[Permission] = match judged {
        Judged::All(needed) => &needed.permissions,
        Judged::One(permission) => std::slice::from_ref(permission),
    };
    let mut exit = Exit::NothingWrong;
    for permission in permissions {
        match permission.explanation.answer {
            Answer::Denied(_) => return Exit::CauseFound,
            Answer::Unknown(_) => exit = Exit::Undecided,
            Answer::Allowed => {}
        }
    }
    exit
}
