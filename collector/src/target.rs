//! Which service is meant: found by name, ARN or URL.

use aws_sdk_apprunner::types::Service;
use evidence_schema::Status;

use crate::{
    aws::Aws,
    convert::text_of,
    error::CliError,
    pages::Pages,
    sources::service::{DESCRIBE_SERVICE, LIST_SERVICES},
    status::{Outcome, status_of},
};

/// How many names are suggested.
const SUGGESTIONS: usize = 5;

/// What the user named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// `arn:aws:apprunner:<region>:<account>:service/<name>/<id>`.
    Arn(ServiceArn),
    /// The host of a URL.
    Url(String),
    /// A name.
    Name(String),
}

/// The ARN of a service and what it says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ServiceArn {
    pub arn: String,
    pub region: String,
    pub account: String,
    pub name: String,
    pub id: String,
}

impl ServiceArn {
    /// Takes an ARN apart; none if it is not one of a service.
    pub(crate) fn parse(arn: &str) -> Option<Self> {
        let mut parts = arn.splitn(6, ':');
        let (Some("arn"), Some(_), Some("apprunner"), Some(region), Some(account), Some(resource)) = (
            parts.next(),
            parts.next(),
            parts.next(),
            parts.next(),
            parts.next(),
            parts.next(),
        ) else {
            return None;
        };
        let mut resource = resource.split('/');
        let (Some("service"), Some(name), Some(id), None) = (
            resource.next(),
            resource.next(),
            resource.next(),
            resource.next(),
        ) else {
            return None;
        };
        if [region, account, name, id]
            .iter()
            .any(|part| part.is_empty())
        {
            return None;
        }
        Some(Self {
            arn: arn.to_owned(),
            region: region.to_owned(),
            account: account.to_owned(),
            name: name.to_owned(),
            id: id.to_owned(),
        })
    }
}

impl Wanted {
    /// Reads what was typed.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if text.starts_with("arn:") {
            return ServiceArn::parse(text).map(Self::Arn).ok_or_else(|| {
                "an ARN of a service looks like \
                 arn:aws:apprunner:us-east-1:111122223333:service/web/8fe1e10304f84fd2b0df550fe98a71fa"
                    .to_owned()
            });
        }
        let host = text
            .strip_prefix("https://")
            .or_else(|| text.strip_prefix("http://"))
            .unwrap_or(text);
        let host = host.split(['/', '?', '#', ':']).next().unwrap_or_default();
        if text.contains("://") || host.ends_with(".awsapprunner.com") {
            return if host.contains('.') {
                Ok(Self::Url(host.to_ascii_lowercase()))
            } else {
                Err(
                    "a URL of a service looks like https://abc123.us-east-1.awsapprunner.com"
                        .to_owned(),
                )
            };
        }
        if text.is_empty() || text.contains(|c: char| c.is_whitespace() || c == '/' || c == ':') {
            return Err("say the name, the ARN or the URL of a service".to_owned());
        }
        Ok(Self::Name(text.to_owned()))
    }

    /// The Region that it says itself.
    pub(crate) fn region(&self) -> Option<&str> {
        match self {
            Self::Arn(arn) => Some(&arn.region),
            Self::Url(host) => host.strip_suffix(".awsapprunner.com")?.rsplit('.').next(),
            Self::Name(_) => None,
        }
    }

    fn as_str(&self) -> &str {
        match self {
            Self::Arn(arn) => &arn.arn,
            Self::Url(host) => host,
            Self::Name(name) => name,
        }
    }
}

/// The service that was found.
#[derive(Debug)]
pub(crate) struct Found {
    /// Its ARN, and what it says.
    pub arn: ServiceArn,
    /// What AWS says about it, or why it did not.
    pub described: Result<Box<Service>, Outcome>,
    /// The calls that it took.
    pub calls: Vec<&'static str>,
}

/// A service in the list.
#[derive(Clone, Debug)]
struct Listed {
    name: String,
    url: Option<String>,
    arn: String,
    deleted: bool,
}

/// Finds the service. The only errors that end a collection are made here and before.
pub(crate) async fn find(aws: &Aws, wanted: &Wanted, account: &str) -> Result<Found, CliError> {
    let mut calls = Vec::new();
    let arn = match wanted {
        Wanted::Arn(arn) => arn.clone(),
        _ => {
            let services = list(aws, &mut calls)
                .await
                .map_err(|outcome| cannot_list(aws, outcome))?;
            choose(aws, wanted, account, &services)?
        }
    };
    calls.push(DESCRIBE_SERVICE);
    let described = aws
        .apprunner
        .describe_service()
        .service_arn(&arn.arn)
        .send()
        .await
        .map_err(|error| status_of(DESCRIBE_SERVICE, error))
        .and_then(|answer| {
            answer
                .service
                // What the SDK makes of an empty answer has no ARN either.
                .filter(|service| !service.service_arn.is_empty())
                .map(Box::new)
                .ok_or_else(|| Outcome::noted(Status::Failed, "AWS answered without a service"))
        });
    if let Err(outcome) = &described {
        match (outcome.status, outcome.code()) {
            (Status::Absent, _) => {
                let services = list(aws, &mut calls).await.unwrap_or_default();
                return Err(no_such_service(aws, wanted, account, &services));
            }
            (_, Some("connection" | "timeout")) => return Err(cannot_list(aws, outcome.clone())),
            _ => {}
        }
    }
    Ok(Found {
        arn,
        described,
        calls,
    })
}

async fn list(aws: &Aws, calls: &mut Vec<&'static str>) -> Result<Vec<Listed>, Outcome> {
    let mut services = Vec::new();
    let mut pages = Pages::default();
    loop {
        calls.push(LIST_SERVICES);
        let page = aws
            .apprunner
            .list_services()
            .set_next_token(pages.token())
            .send()
            .await
            .map_err(|error| status_of(LIST_SERVICES, error))?;
        for it in page.service_summary_list {
            let (Some(name), Some(arn)) = (
                text_of(it.service_name.as_ref()),
                text_of(it.service_arn.as_ref()),
            ) else {
                continue;
            };
            services.push(Listed {
                name,
                url: text_of(it.service_url.as_ref()),
                arn,
                deleted: it
                    .status
                    .as_ref()
                    .is_some_and(|it| it.as_str() == "DELETED"),
            });
        }
        if !pages.advance(page.next_token)? {
            return Ok(services);
        }
    }
}

fn choose(
    aws: &Aws,
    wanted: &Wanted,
    account: &str,
    services: &[Listed],
) -> Result<ServiceArn, CliError> {
    let mut matching: Vec<_> = services
        .iter()
        .filter(|service| match wanted {
            Wanted::Name(name) => service.name == *name,
            Wanted::Url(host) => service.url.as_deref().is_some_and(|url| {
                url.trim_start_matches("https://")
                    .eq_ignore_ascii_case(host)
            }),
            Wanted::Arn(arn) => service.arn == arn.arn,
        })
        .collect();
    // A deleted service stays in the list for a while and is not what a name means.
    if matching.iter().any(|service| !service.deleted) {
        matching.retain(|service| !service.deleted);
    }
    match matching.as_slice() {
        [] => Err(no_such_service(aws, wanted, account, services)),
        [service] => ServiceArn::parse(&service.arn).ok_or_else(|| CliError::CannotList {
            region: aws.region.clone(),
            code: "unexpected ARN".to_owned(),
            message: service.arn.clone(),
            permission: None,
        }),
        several => Err(CliError::AmbiguousName {
            name: wanted.as_str().to_owned(),
            region: aws.region.clone(),
            arns: several.iter().map(|service| service.arn.clone()).collect(),
        }),
    }
}

fn no_such_service(aws: &Aws, wanted: &Wanted, account: &str, services: &[Listed]) -> CliError {
    let name = match wanted {
        Wanted::Arn(arn) => &arn.name,
        other => other.as_str(),
    };
    CliError::NoSuchService {
        wanted: wanted.as_str().to_owned(),
        region: aws.region.clone(),
        account: match account {
            "" => String::new(),
            account => format!(" of account {account}"),
        },
        nearest: nearest(name, services),
    }
}

/// The names that are most like `name`, the likest first.
fn nearest(name: &str, services: &[Listed]) -> Vec<String> {
    let name = name.to_lowercase();
    let mut names: Vec<_> = services
        .iter()
        .map(|service| {
            let other = service.name.to_lowercase();
            let distance = if other.contains(&name) || name.contains(&other) {
                // A part of the name is what people remember.
                0
            } else {
                strsim::damerau_levenshtein(&name, &other)
            };
            (distance, service.name.clone())
        })
        .collect();
    names.sort_unstable();
    names.dedup();
    names.truncate(SUGGESTIONS);
    names.into_iter().map(|(_, name)| name).collect()
}

/// Why no service could be looked for.
pub(crate) fn cannot_list(aws: &Aws, outcome: Outcome) -> CliError {
    let (code, message) = match outcome.error {
        Some(error) => (error.code, error.message),
        None => (
            "no answer".to_owned(),
            outcome
                .note
                .unwrap_or_else(|| "AWS said nothing".to_owned()),
        ),
    };
    match code.as_str() {
        "connection" | "timeout" => CliError::Unreachable {
            region: aws.region.clone(),
            message,
        },
        "AuthFailure"
        | "ExpiredToken"
        | "ExpiredTokenException"
        | "IncompleteSignature"
        | "InvalidClientTokenId"
        | "InvalidSignatureException"
        | "MissingAuthenticationToken"
        | "MissingAuthenticationTokenException"
        | "SignatureDoesNotMatch"
        | "UnrecognizedClientException" => CliError::BadCredentials { code, message },
        _ => CliError::CannotList {
            region: aws.region.clone(),
            code,
            message,
            permission: outcome.permission,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ARN: &str =
        "arn:aws:apprunner:eu-west-1:111122223333:service/web/8fe1e10304f84fd2b0df550fe98a71fa";

    fn listed(name: &str) -> Listed {
        Listed {
            name: name.to_owned(),
            url: None,
            arn: String::new(),
            deleted: false,
        }
    }

    #[test]
    fn a_service_is_meant_by_name_arn_or_url() {
        let Ok(Wanted::Arn(arn)) = Wanted::parse(ARN) else {
            panic!("an ARN");
        };
        assert_eq!(
            (arn.region.as_str(), arn.name.as_str()),
            ("eu-west-1", "web")
        );
        assert_eq!(Wanted::parse("web"), Ok(Wanted::Name("web".to_owned())));
        let url = Wanted::parse("https://Abc.us-east-1.awsapprunner.com/health").expect("a URL");
        assert_eq!(
            url,
            Wanted::Url("abc.us-east-1.awsapprunner.com".to_owned())
        );
        assert_eq!(url.region(), Some("us-east-1"));
    }

    #[test]
    fn nonsense_is_refused_with_an_example() {
        for text in [
            "",
            "arn:aws:apprunner:x",
            "two words",
            "https://",
            "arn:aws:iam::1:role/web",
        ] {
            assert!(Wanted::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn the_likest_names_come_first() {
        let services: Vec<_> = ["shop-worker", "payments", "shop", "shpo2"]
            .map(listed)
            .into();
        assert_eq!(
            nearest("shpo", &services),
            ["shpo2", "shop", "shop-worker", "payments"]
        );
        assert_eq!(nearest("shop", &services)[..2], ["shop", "shop-worker"]);
        assert!(nearest("shop", &[]).is_empty());
    }
}
