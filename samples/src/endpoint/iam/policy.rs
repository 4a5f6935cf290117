//! Policies, as IAM decides by them.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::endpoint::glob::fits;

/// A call whose outcome is asked.
pub(super) struct Call<'c> {
    /// The action, such as `ecr:BatchGetImage`.
    pub(super) action: &'c str,
    /// The ARN of the resource, or `*`.
    pub(super) resource: &'c str,
    /// What is known of the circumstances: key and values.
    pub(super) context: &'c [(String, Vec<String>)],
}

/// What one policy says of a call.
#[derive(Debug, Default)]
pub(super) struct Verdict {
    /// Whether a statement allows it.
    pub(super) allows: bool,
    /// Whether a statement denies it.
    pub(super) denies: bool,
    /// The keys of conditions that the circumstances do not tell.
    pub(super) missing: BTreeSet<String>,
}

/// Reads a policy for a call. `Principal` is not looked at: these are policies of an identity.
pub(super) fn judge(document: &str, call: &Call<'_>) -> Verdict {
    let mut verdict = Verdict::default();
    let policy = serde_json::from_str::<Value>(document).unwrap_or_default();
    for statement in several(&policy["Statement"]) {
        if !covers(statement, "Action", |pattern| {
            fits(&pattern.to_lowercase(), &call.action.to_lowercase())
        }) || !covers(statement, "Resource", |pattern| {
            fits(pattern, call.resource)
        }) {
            continue;
        }
        if !conditions_hold(&statement["Condition"], call, &mut verdict.missing) {
            continue;
        }
        match statement["Effect"].as_str() {
            Some("Deny") => verdict.denies = true,
            Some("Allow") => verdict.allows = true,
            _ => {}
        }
    }
    verdict
}

/// Whether a statement is about something, by its member or by the `Not` of it.
fn covers(statement: &Value, member: &str, fits: impl Fn(&str) -> bool) -> bool {
    let any = |value: &Value| {
        several(value)
            .iter()
            .filter_map(|it| it.as_str())
            .any(&fits)
    };
    match (statement.get(member), statement.get(format!("Not{member}"))) {
        (Some(wanted), _) => any(wanted),
        (None, Some(unwanted)) => !any(unwanted),
        (None, None) => false,
    }
}

/// Whether all conditions hold. One whose key is not known does not, unless it is a negation.
fn conditions_hold(conditions: &Value, call: &Call<'_>, missing: &mut BTreeSet<String>) -> bool {
    let mut all = true;
    for (operator, keys) in conditions.as_object().into_iter().flatten() {
        for (key, wanted) in keys.as_object().into_iter().flatten() {
            let known = call
                .context
                .iter()
                .find(|(name, _)| name.eq_ignore_ascii_case(key));
            if known.is_none() && operator != "Null" {
                missing.insert(key.clone());
            }
            all &= condition_holds(operator, known.map(|(_, values)| values.as_slice()), wanted);
        }
    }
    all
}

fn condition_holds(operator: &str, known: Option<&[String]>, wanted: &Value) -> bool {
    let (for_all, operator) = match operator.split_once(':') {
        Some((quantifier, operator)) => (quantifier == "ForAllValues", operator),
        None => (false, operator),
    };
    let wanted = several(wanted);
    let texts = wanted.iter().map(|value| match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    });
    let wanted = texts.collect::<Vec<_>>();
    if operator == "Null" {
        return wanted.iter().any(|it| (it == "true") == known.is_none());
    }
    let (operator, if_exists) = match operator.strip_suffix("IfExists") {
        Some(operator) => (operator, true),
        None => (operator, false),
    };
    let negation = ["StringNot", "ArnNot"]
        .iter()
        .find_map(|begin| operator.strip_prefix(begin));
    let Some(known) = known else {
        return if_exists || for_all || negation.is_some();
    };
    let same: fn(&str, &str) -> bool = match negation.unwrap_or(operator) {
        "Equals" | "StringEquals" if !operator.starts_with("Arn") => |wanted, own| wanted == own,
        "EqualsIgnoreCase" | "StringEqualsIgnoreCase" | "Bool" => {
            |wanted, own| wanted.eq_ignore_ascii_case(own)
        }
        "Like" | "StringLike" | "ArnLike" | "ArnEquals" | "Equals" => fits,
        // Numbers, dates and addresses are not simulated; that is no permission.
        _ => return false,
    };
    let one = |own: &String| wanted.iter().any(|wanted| same(wanted, own));
    let found = if for_all {
        known.iter().all(one)
    } else {
        known.iter().any(one)
    };
    found != negation.is_some()
}

/// The items of a list, or the one value that stands for a list of one.
fn several(value: &Value) -> Vec<&Value> {
    match value {
        Value::Null => Vec::new(),
        Value::Array(items) => items.iter().collect(),
        one => vec![one],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn says(statement: &str, action: &str, resource: &str, context: &[(&str, &str)]) -> Verdict {
        let context = context
            .iter()
            .map(|(key, value)| ((*key).to_owned(), vec![(*value).to_owned()]));
        let call = Call {
            action,
            resource,
            context: &context.collect::<Vec<_>>(),
        };
        judge(&format!(r#"{{"Statement":{statement}}}"#), &call)
    }

    #[test]
    fn actions_are_wild_and_their_case_does_not_matter() {
        let pull = r#"{"Effect":"Allow","Action":["ecr:batchget*"],"Resource":"*"}"#;
        assert!(says(pull, "ecr:BatchGetImage", "*", &[]).allows);
        assert!(!says(pull, "ecr:DescribeImages", "*", &[]).allows);
        let rest = r#"[{"Effect":"Deny","NotAction":"ecr:*","NotResource":"arn:aws:s3:::a/*"}]"#;
        assert!(says(rest, "s3:GetObject", "arn:aws:s3:::b/c", &[]).denies);
        assert!(!says(rest, "s3:GetObject", "arn:aws:s3:::a/c", &[]).denies);
        assert!(!says(rest, "ecr:BatchGetImage", "arn:aws:s3:::b/c", &[]).denies);
    }

    #[test]
    fn a_condition_that_cannot_be_told_is_reported() {
        let only = r#"{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringEquals":{"aws:RequestedRegion":["eu-west-1","eu-west-2"]}}}"#;
        let unknown = says(only, "ecr:BatchGetImage", "*", &[]);
        assert!(!unknown.allows);
        assert!(unknown.missing.contains("aws:RequestedRegion"));
        let here = [("aws:requestedregion", "eu-west-2")];
        assert!(says(only, "ecr:BatchGetImage", "*", &here).allows);
        let elsewhere = [("aws:RequestedRegion", "us-east-1")];
        assert!(!says(only, "ecr:BatchGetImage", "*", &elsewhere).allows);
    }

    #[test]
    fn negations_hold_of_what_is_not_known() {
        let outside = r#"{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"ArnNotLike":{"aws:PrincipalArn":"arn:aws:iam::*:role/ok-*"}}}"#;
        assert!(says(outside, "s3:GetObject", "*", &[]).denies);
        let ok = [("aws:PrincipalArn", "arn:aws:iam::111122223333:role/ok-1")];
        assert!(!says(outside, "s3:GetObject", "*", &ok).denies);
        let absent = r#"{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"Null":{"aws:TokenIssueTime":"true"}}}"#;
        assert!(says(absent, "s3:GetObject", "*", &[]).allows);
        let number = r#"{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"NumericLessThan":{"s3:max-keys":"10"}}}"#;
        assert!(!says(number, "s3:GetObject", "*", &[("s3:max-keys", "5")]).allows);
    }
}
