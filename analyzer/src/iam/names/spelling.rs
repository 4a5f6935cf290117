//! Names in policies that nothing has, and what was probably meant.
//!
//! IAM takes a policy with a misspelt action without a word, and the statement gives nothing.

use super::{Detail, Key, Service, TABLE, condition_key, glob, service};

/// What is to be said of a name, or of a pattern of names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Spelling {
    /// It is a name, or matches some.
    Known,
    /// It is none and matches none, as far as the table goes.
    Misspelt {
        /// What was probably meant. Where nothing is near, the name may as well be newer than the
        /// table.
        nearest: Option<String>,
    },
    /// The table does not know enough to tell.
    NotJudged,
}

/// Judges an action of a policy, such as `ecr:Describe*`.
pub fn spelling(pattern: &str) -> Spelling {
    if !pattern.is_empty() && stem(pattern).is_empty() {
        return Spelling::Known;
    }
    // What was taken out when the bundle was scrubbed is marked with letters that no name has.
    if !pattern.is_ascii() {
        return Spelling::NotJudged;
    }
    let nearest = match pattern.split_once(':') {
        None => elsewhere(pattern),
        Some((prefix, name)) if prefix.contains(['*', '?']) => {
            let mut services = TABLE.services.iter();
            return match services.any(|it| glob(prefix, it.prefix) && has(it, name)) {
                true => Spelling::Known,
                false => Spelling::NotJudged,
            };
        }
        Some((prefix, name)) => match service(prefix) {
            Some(service) if has(service, name) => return Spelling::Known,
            Some(service) if service.detail == Detail::Prefix => return Spelling::NotJudged,
            Some(service) => nearest_action(service, name).or_else(|| elsewhere(name)),
            None => nearest_service(prefix, name)
                .and_then(|service| match service.detail {
                    _ if has(service, name) => Some(format!("{}:{name}", service.prefix)),
                    Detail::Prefix => Some(format!("{}:{name}", service.prefix)),
                    Detail::Full | Detail::Names => nearest_action(service, name),
                })
                .or_else(|| elsewhere(name)),
        },
    };
    Spelling::Misspelt { nearest }
}

/// Judges the name of a condition key, such as `aws:SourceAcount`.
pub fn key_spelling(name: &str) -> Spelling {
    if condition_key(name).is_some() {
        return Spelling::Known;
    }
    if !name.is_ascii() {
        return Spelling::NotJudged;
    }
    let Some((prefix, rest)) = name.split_once(':') else {
        return Spelling::Misspelt {
            nearest: known_key(&format!("aws:{name}")),
        };
    };
    // The keys of identity providers begin with their addresses, and are theirs to choose.
    if prefix.contains(['.', '/']) {
        return Spelling::NotJudged;
    }
    let global = prefix.eq_ignore_ascii_case("aws");
    let nearest = match service(prefix) {
        Some(service) if service.detail != Detail::Full => return Spelling::NotJudged,
        // A few prefixes of keys are those of no service, such as `saml`.
        None if !global => {
            let nearest = nearest_service(prefix, "")
                .and_then(|service| known_key(&format!("{}:{rest}", service.prefix)))
                .or_else(|| nearest_key(name, rest));
            if nearest.is_none() {
                return Spelling::NotJudged;
            }
            nearest
        }
        _ => nearest_key(name, rest).filter(|near| {
            near.split_once(':')
                .is_some_and(|(of, _)| of.eq_ignore_ascii_case(prefix))
        }),
    };
    Spelling::Misspelt { nearest }
}

/// What a pattern begins with, where nothing but stars follows.
fn stem(pattern: &str) -> &str {
    pattern.trim_end_matches('*')
}

fn has(service: &Service, pattern: &str) -> bool {
    let mut actions = service.actions.iter();
    (pattern == "*") || actions.any(|action| glob(pattern, action.name))
}

/// The action of that name, if a single service has one.
fn elsewhere(name: &str) -> Option<String> {
    let mut found = TABLE
        .services
        .iter()
        .flat_map(|service| &service.actions)
        .filter(|action| action.name.eq_ignore_ascii_case(name));
    let only = found.next()?;
    found
        .next()
        .is_none()
        .then(|| format!("{}:{}", only.service, only.name))
}

fn nearest_action(service: &Service, pattern: &str) -> Option<String> {
    let stem = stem(pattern);
    if stem.contains(['*', '?']) {
        return None;
    }
    let names = service.actions.iter().map(|action| action.name);
    if stem.len() < pattern.len() {
        let begin = nearest(stem, names.flat_map(beginnings))?;
        return Some(format!("{}:{begin}*", service.prefix));
    }
    let near = nearest(stem, names.clone()).or_else(|| {
        // `secretsmanager:GetSecret` is short of a word.
        let mut longer = names.filter(|name| lacks_a_word(stem, name));
        let only = longer.next().filter(|_| stem.len() >= SHORT)?;
        longer.next().is_none().then_some(only)
    })?;
    Some(format!("{}:{near}", service.prefix))
}

/// The first word of a name, the first two words, and so on.
fn beginnings(name: &str) -> impl Iterator<Item = &str> {
    let ends = name.match_indices(|letter: char| letter.is_ascii_uppercase());
    ends.map(|(at, _)| &name[..at])
        .filter(|begin| !begin.is_empty())
        .chain([name])
}

fn lacks_a_word(stem: &str, name: &str) -> bool {
    let Some((begin, word)) = name.split_at_checked(stem.len()) else {
        return false;
    };
    let mut letters = word.chars();
    begin.eq_ignore_ascii_case(stem)
        && letters.next().is_some_and(|it| it.is_ascii_uppercase())
        && letters.all(|it| it.is_ascii_lowercase())
}

/// The service whose prefix was probably meant in an action of this name.
fn nearest_service(prefix: &str, name: &str) -> Option<&'static Service> {
    let limit = if prefix.len() < SHORT { 1 } else { 2 };
    let mut near: Vec<(usize, &Service)> = TABLE
        .services
        .iter()
        .filter_map(|service| Some((distance(prefix, service.prefix, limit)?, service)))
        .collect();
    // The sort is stable: those of one distance stay in the order of the table.
    near.sort_by_key(|(distance, _)| *distance);
    if !stem(name).is_empty()
        && let Some((_, service)) = near.iter().find(|(_, service)| has(service, name))
    {
        return Some(service);
    }
    // Every three letters are near the prefixes of several services.
    match near[..] {
        [(_, only)] if prefix.len() > 3 => Some(only),
        [(first, best), (second, _), ..] if prefix.len() > 3 && first < second => Some(best),
        _ => None,
    }
}

/// The key of that name in the letters that AWS uses, if there is one.
fn known_key(name: &str) -> Option<String> {
    let key = condition_key(name)?;
    Some(match head(key) {
        Some(head) => format!("{head}{}", &name[head.len()..]),
        None if key.name.contains('*') => name.to_owned(),
        None => key.name.clone(),
    })
}

fn nearest_key(name: &str, rest: &str) -> Option<String> {
    let limit = limit(rest);
    let near = TABLE.all_keys().filter_map(|key| {
        let Some(head) = head(key) else {
            return Some((distance(name, &key.name, limit)?, key.name.clone()));
        };
        // What the writer chose, behind the head, is no matter of spelling.
        let last = head.chars().next_back()?;
        let nth = head.matches(last).count() - 1;
        Some(match name.match_indices(last).nth(nth) {
            Some((at, _)) => {
                let (given, chosen) = name.split_at(at + 1);
                (distance(given, head, limit)?, format!("{head}{chosen}"))
            }
            None => {
                let head = head.trim_end_matches(last);
                (distance(name, head, limit)?, key.name.clone())
            }
        })
    });
    near.min_by_key(|(distance, _)| *distance)
        .map(|(_, meant)| meant)
}

/// What stands before the part of a key that is filled in, where that is the end of it.
fn head(key: &Key) -> Option<&str> {
    let head = key.name.strip_suffix('*')?;
    (!head.contains('*')).then_some(head)
}

/// Names that are shorter than this tell little.
const SHORT: usize = 6;

/// How many letters may be wrong in a name before it is another one.
///
/// With one in five `PullImage` is not taken for `PutImage`.
fn limit(name: &str) -> usize {
    (name.len() / 5).clamp(1, 3)
}

/// The candidate that is nearest, the first in their order of those that are equally near.
fn nearest<'a>(name: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let limit = limit(name);
    candidates
        .filter_map(|candidate| Some((distance(name, candidate, limit)?, candidate)))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// How many letters are wrong, missing, too many or in each other's place, if not too many.
fn distance(left: &str, right: &str, limit: usize) -> Option<usize> {
    // Names come from strangers and may be of any length.
    if left.len().abs_diff(right.len()) > limit {
        return None;
    }
    let distance = strsim::osa_distance(&left.to_ascii_lowercase(), &right.to_ascii_lowercase());
    (distance <= limit).then_some(distance)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meant(name: &str) -> Spelling {
        Spelling::Misspelt {
            nearest: Some(name.to_owned()),
        }
    }

    const NOTHING: Spelling = Spelling::Misspelt { nearest: None };

    #[test]
    fn what_is_a_name_or_matches_one_is_known() {
        for pattern in [
            "*",
            "**",
            "ecr:*",
            "a2c:*",
            "*:*",
            "ecr:Describe*",
            "ecr:describeimages",
            "ecr*:*Image*",
            "ssm:GetParameter",
            "ssm:GetParameter?",
            "ec2:DescribeNetworkInterfaces",
            "rds-db:connect",
        ] {
            assert_eq!(spelling(pattern), Spelling::Known, "{pattern}");
        }
    }

    #[test]
    fn an_action_that_nothing_has_is_near_to_one() {
        for (written, expected) in [
            ("ecr:DescribeImage", "ecr:DescribeImages"),
            ("ECR:GetAuthorisationToken", "ecr:GetAuthorizationToken"),
            ("ssm:GetParameterByPath", "ssm:GetParametersByPath"),
            ("kms:Decyrpt", "kms:Decrypt"),
            ("secretsmanager:GetSecret", "secretsmanager:GetSecretValue"),
            ("ssm:GetSecretValue", "secretsmanager:GetSecretValue"),
            ("GetSecretValue", "secretsmanager:GetSecretValue"),
            ("ecr:Descrbe*", "ecr:Describe*"),
            ("ecr:BatchGetImg*", "ecr:BatchGetImage*"),
            ("logs:CreateLogsStream", "logs:CreateLogStream"),
        ] {
            assert_eq!(spelling(written), meant(expected), "{written}");
        }
        for far in ["ecr:PullImage", "ecr:", "ecr:*Foo*", "", "ecr:GetImage"] {
            assert_eq!(spelling(far), NOTHING, "{far}");
        }
    }

    #[test]
    fn a_prefix_that_no_service_has_is_near_to_one() {
        for (written, expected) in [
            (
                "secretmanager:GetSecretValue",
                "secretsmanager:GetSecretValue",
            ),
            ("secrets-manager:Get*", "secretsmanager:Get*"),
            ("secretmanager:*", "secretsmanager:*"),
            (
                "secretmanager:GetSecretValu",
                "secretsmanager:GetSecretValue",
            ),
            ("app-runner:StartDeployment", "apprunner:StartDeployment"),
            ("er:BatchGetImage", "ecr:BatchGetImage"),
            ("cloudwatchlogs:PutLogEvents", "logs:PutLogEvents"),
            ("kinesiss:PutRecord", "kinesis:PutRecord"),
        ] {
            assert_eq!(spelling(written), meant(expected), "{written}");
        }
        for far in ["ecx:Invent", "nothing:Invent", "nothing:*", ":"] {
            assert_eq!(spelling(far), NOTHING, "{far}");
        }
    }

    #[test]
    fn what_the_table_does_not_tell_is_not_judged() {
        for pattern in ["kinesis:PutRecrd", "kin*:PutRecord", "ecr:‹redacted:1›"] {
            assert_eq!(spelling(pattern), Spelling::NotJudged, "{pattern}");
        }
        for key in [
            "ec2:ResourceTag/a",
            "kinesis:Anything",
            "identitycenter:Anything",
            "saml:Anything",
            "oidc.example.org/id/1:aud",
            "aws:‹redacted:1›",
        ] {
            assert_eq!(key_spelling(key), Spelling::NotJudged, "{key}");
        }
    }

    #[test]
    fn a_condition_key_that_nothing_has_is_near_to_one() {
        for (written, expected) in [
            ("aws:SourceAcount", "aws:SourceAccount"),
            ("aws:PrincpalTag/Team", "aws:PrincipalTag/Team"),
            ("aws:PrincipalTag", "aws:PrincipalTag/*"),
            ("SourceArn", "aws:SourceArn"),
            ("resourcetag/Team", "aws:ResourceTag/Team"),
            ("kms:ViaServices", "kms:ViaService"),
            (
                "kms:EncryptionContex:aws:pi",
                "kms:EncryptionContext:aws:pi",
            ),
            (
                "secretmanager:ResourceTag/a",
                "secretsmanager:ResourceTag/a",
            ),
            ("sts:ExternalIds", "sts:ExternalId"),
            ("aw:SourceAccount", "aws:SourceAccount"),
        ] {
            assert_eq!(key_spelling(written), meant(expected), "{written}");
        }
        for known in [
            "aws:sourceaccount",
            "aws:PrincipalTag/a",
            "kms:EncryptionContext:a",
        ] {
            assert_eq!(key_spelling(known), Spelling::Known, "{known}");
        }
        for far in [
            "aws:Invented",
            "health:Invented",
            "nothing",
            "sqs:Invented",
            "",
        ] {
            assert_eq!(key_spelling(far), NOTHING, "{far}");
        }
    }

    #[test]
    fn names_of_any_length_are_judged() {
        let long = "A*".repeat(100_000);
        assert_eq!(spelling(&format!("ecr:{long}")), NOTHING);
        assert_eq!(spelling(&format!("{}:Get", "a".repeat(100_000))), NOTHING);
        assert_eq!(
            key_spelling(&format!("aws:{}", "a/".repeat(100_000))),
            NOTHING
        );
    }
}
