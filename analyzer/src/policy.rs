//! IAM policies, as far as they can be judged offline.

use serde_json::Value;

/// Whether a policy gives something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grant {
    /// It does.
    Yes,
    /// It does not.
    No,
    /// A condition decides, or the document cannot be understood.
    Unknown,
}

/// Whether a trust policy lets the service `principal` assume the role.
pub fn trusts(document: &str, principal: &str) -> Grant {
    decide(&Statements::of(&[document]), |statement| {
        let service = &statement["Principal"];
        let named = service == "*"
            || any(&service["Service"], |name| name == principal)
            || any(&service["AWS"], |name| name == "*");
        named && matches(statement, "Action", "NotAction", "sts:AssumeRole")
    })
}

/// The services that a trust policy names, sorted.
pub fn trusted_services(document: &str) -> Vec<String> {
    let mut services = Vec::new();
    for statement in statements(document).unwrap_or_default() {
        if statement["Effect"] == "Allow" {
            any(&statement["Principal"]["Service"], |name| {
                services.push(name.to_owned());
                false
            });
        }
    }
    services.sort_unstable();
    services.dedup();
    services
}

/// Whether the policies of a role together allow `action` on `resource`.
pub fn allows(documents: &[&str], action: &str, resource: &str) -> Grant {
    decide(&Statements::of(documents), |statement| {
        matches(statement, "Action", "NotAction", action)
            && matches(statement, "Resource", "NotResource", resource)
    })
}

/// What policies say together.
struct Statements {
    all: Vec<Value>,
    /// A policy that cannot be understood may allow as well as refuse.
    unreadable: bool,
}

impl Statements {
    fn of(documents: &[&str]) -> Self {
        let mut together = Self {
            all: Vec::new(),
            unreadable: false,
        };
        for document in documents {
            match statements(document) {
                Some(statements) => together.all.extend(statements),
                None => together.unreadable = true,
            }
        }
        together
    }
}

fn statements(document: &str) -> Option<Vec<Value>> {
    let mut document: Value = serde_json::from_str(document).ok()?;
    match document.get_mut("Statement")?.take() {
        Value::Array(statements) => Some(statements),
        Value::Null => None,
        one => Some(vec![one]),
    }
}

/// An explicit deny wins; a statement with a condition only may apply.
fn decide(statements: &Statements, applies: impl Fn(&Value) -> bool) -> Grant {
    let mut allowed = false;
    let mut maybe = statements.unreadable;
    for statement in statements.all.iter().filter(|statement| applies(statement)) {
        let conditional = !statement["Condition"].is_null();
        match statement["Effect"].as_str() {
            Some("Deny") if conditional => maybe = true,
            Some("Deny") => return Grant::No,
            Some("Allow") if conditional => maybe = true,
            Some("Allow") => allowed = true,
            _ => maybe = true,
        }
    }
    match (allowed, maybe) {
        (true, false) => Grant::Yes,
        (_, true) => Grant::Unknown,
        (false, false) => Grant::No,
    }
}

fn matches(statement: &Value, member: &str, inverse: &str, wanted: &str) -> bool {
    if !statement[member].is_null() {
        any(&statement[member], |pattern| glob(pattern, wanted))
    } else if !statement[inverse].is_null() {
        !any(&statement[inverse], |pattern| glob(pattern, wanted))
    } else {
        false
    }
}

fn any(value: &Value, mut wanted: impl FnMut(&str) -> bool) -> bool {
    match value {
        Value::String(text) => wanted(text),
        Value::Array(items) => items.iter().filter_map(Value::as_str).any(wanted),
        _ => false,
    }
}

/// IAM's wildcards: `*` for any run, `?` for one character. Actions do not care for case.
fn glob(pattern: &str, text: &str) -> bool {
    let pattern: Vec<char> = pattern.to_ascii_lowercase().chars().collect();
    let text: Vec<char> = text.to_ascii_lowercase().chars().collect();
    let (mut p, mut t) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while t < text.len() {
        if p < pattern.len() && pattern[p] == '*' {
            star = Some((p, t));
            p += 1;
        } else if p < pattern.len() && (pattern[p] == '?' || pattern[p] == text[t]) {
            p += 1;
            t += 1;
        } else if let Some((at, from)) = star {
            p = at + 1;
            t = from + 1;
            star = Some((at, t));
        } else {
            return false;
        }
    }
    pattern[p..].iter().all(|letter| *letter == '*')
}

#[cfg(test)]
mod tests {
    use super::*;

    const BUILD: &str = "build.apprunner.amazonaws.com";

    fn trust(principal: &str) -> String {
        format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{principal},"Action":"sts:AssumeRole"}}]}}"#
        )
    }

    #[test]
    fn a_trust_policy_names_the_service_or_not() {
        assert_eq!(
            trusts(
                &trust(r#"{"Service":"build.apprunner.amazonaws.com"}"#),
                BUILD
            ),
            Grant::Yes
        );
        assert_eq!(
            trusts(
                &trust(r#"{"Service":["ecs.amazonaws.com","build.apprunner.amazonaws.com"]}"#),
                BUILD
            ),
            Grant::Yes
        );
        assert_eq!(
            trusts(
                &trust(r#"{"Service":"tasks.apprunner.amazonaws.com"}"#),
                BUILD
            ),
            Grant::No
        );
        assert_eq!(trusts("not json", BUILD), Grant::Unknown);
        assert_eq!(
            trusted_services(&trust(r#"{"Service":"tasks.apprunner.amazonaws.com"}"#)),
            ["tasks.apprunner.amazonaws.com"]
        );
    }

    #[test]
    fn a_condition_leaves_it_open() {
        let document = r#"{"Statement":{"Effect":"Allow","Principal":{"Service":"build.apprunner.amazonaws.com"},
            "Action":"sts:AssumeRole","Condition":{"StringEquals":{"aws:SourceAccount":"111122223333"}}}}"#;
        assert_eq!(trusts(document, BUILD), Grant::Unknown);
    }

    #[test]
    fn actions_and_resources_are_matched_with_wildcards_and_denied_first() {
        let repository = "arn:aws:ecr:us-east-1:111122223333:repository/web";
        let pull = r#"{"Statement":[{"Effect":"Allow","Action":["ecr:Batch*","ecr:GetAuthorizationToken"],"Resource":"*"}]}"#;
        let deny = r#"{"Statement":{"Effect":"Deny","Action":"ecr:*","Resource":"arn:aws:ecr:*:*:repository/w?b"}}"#;
        assert_eq!(allows(&[pull], "ecr:BatchGetImage", repository), Grant::Yes);
        assert_eq!(allows(&[pull], "ecr:DescribeImages", repository), Grant::No);
        assert_eq!(
            allows(&[pull, deny], "ecr:BatchGetImage", repository),
            Grant::No
        );
        assert_eq!(
            allows(&[pull, "{"], "ecr:DescribeImages", repository),
            Grant::Unknown
        );
    }
    #[test]
    fn what_cannot_be_understood_decides_nothing_but_a_refusal_stays_one() {
        let any = r#"{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#;
        let none = r#"{"Statement":{"Effect":"Deny","Action":"*","Resource":"*"}}"#;
        for odd in ["{", "5", "[]", "null", "{}", r#"{"Statement":null}"#] {
            let ask = |documents: &[&str]| allows(documents, "ecr:BatchGetImage", "*");
            assert_eq!(ask(&[odd]), Grant::Unknown, "{odd}");
            assert_eq!(ask(&[any, odd]), Grant::Unknown, "{odd}");
            assert_eq!(ask(&[any, odd, none]), Grant::No, "{odd}");
            assert_eq!(trusts(odd, BUILD), Grant::Unknown, "{odd}");
            assert!(trusted_services(odd).is_empty(), "{odd}");
        }
    }
}
