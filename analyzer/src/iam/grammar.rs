//! Reads policies, strictly: what AWS would not have accepted is not guessed at.
//!
//! Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html>

mod json;

use std::fmt;

use serde_json::value::RawValue;

use self::json::{Member, Shape};
use super::{
    condition::{Condition, Operator},
    pattern::{Pattern, Reach},
    policy::{Effect, Kind, Listed, Policy, Principals, Statement},
    principal::Named,
    tri::Tri,
};

/// The longest policy that is read. No service of AWS stores a longer one: key policies may have
/// 32 KB, and others less.
///
/// Source: <https://docs.aws.amazon.com/kms/latest/developerguide/resource-limits.html>
pub const LONGEST: usize = 64 << 10;

/// Why a policy cannot be evaluated, and where it is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GrammarError {
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// The element, such as `Statement[2].Effect`; empty for the document itself.
    pub path: String,
    /// What is wrong, without a period.
    pub problem: String,
}

impl fmt::Display for GrammarError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            line,
            column,
            path,
            problem,
        } = self;
        let path = if path.is_empty() { "the policy" } else { path };
        write!(f, "line {line}, column {column}: {path}: {problem}")
    }
}

impl Policy {
    /// Reads a policy of this kind.
    ///
    /// # Errors
    ///
    /// When it is not JSON, or not a policy of this kind.
    pub fn parse(document: &str, kind: Kind) -> Result<Self, GrammarError> {
        if document.len() > LONGEST {
            return Err(GrammarError {
                line: 1,
                column: 1,
                path: String::new(),
                problem: format!(
                    "it has {} bytes, more than any policy that AWS stores",
                    document.len()
                ),
            });
        }
        let root = json::whole(document)?;
        Reader {
            document,
            kind,
            variables: false,
        }
        .policy(root)
    }
}

struct Reader<'a> {
    document: &'a str,
    kind: Kind,
    /// Whether `${…}` is a variable, which the version decides.
    variables: bool,
}

type Result<T, E = GrammarError> = std::result::Result<T, E>;

impl<'a> Reader<'a> {
    fn policy(mut self, root: &'a RawValue) -> Result<Policy> {
        let members = self.members(root, "")?;
        let mut statements = None;
        for member in &members {
            let path = member.name.as_ref();
            match path {
                // Without a version a policy is one of 2008, in which variables are plain text.
                "Version" => match self.text(member.value, path)?.as_str() {
                    "2012-10-17" => self.variables = true,
                    "2008-10-17" => {}
                    other => {
                        let problem = format!("there is no policy version {other}");
                        return Err(self.wrong(member.value, path, problem));
                    }
                },
                "Id" => {
                    self.text(member.value, path)?;
                }
                "Statement" => statements = Some(member.value),
                _ => return Err(self.unknown(member, path)),
            }
        }
        let Some(statements) = statements else {
            return Err(self.wrong(root, "", "it has no Statement"));
        };
        let items = match json::shape(statements) {
            Shape::List(items) => items
                .into_iter()
                .enumerate()
                .map(|(index, item)| (format!("Statement[{}]", index + 1), item))
                .collect(),
            _ => vec![("Statement".to_owned(), statements)],
        };
        let statements: Vec<Statement> = items
            .into_iter()
            .enumerate()
            .map(|(index, (path, item))| self.statement(item, &path, index + 1))
            .collect::<Result<_>>()?;
        Ok(Policy { statements })
    }

    fn statement(&self, value: &'a RawValue, path: &str, number: usize) -> Result<Statement> {
        let mut sid = None;
        let mut effect = None;
        let mut principals = None;
        let mut actions = None;
        let mut resources = None;
        let mut conditions = Vec::new();
        for member in &self.members(value, path)? {
            let inner = format!("{path}.{}", member.name);
            let value = member.value;
            match member.name.as_ref() {
                "Sid" => sid = Some(self.text(value, &inner)?).filter(|sid| !sid.is_empty()),
                "Effect" => {
                    effect = Some(match self.text(value, &inner)?.as_str() {
                        "Allow" => Effect::Allow,
                        "Deny" => Effect::Deny,
                        _ => return Err(self.wrong(value, &inner, "it must be Allow or Deny")),
                    });
                }
                name @ ("Principal" | "NotPrincipal") => {
                    if principals.is_some() {
                        return Err(self.twice(member, path, "Principal"));
                    }
                    principals = Some(Principals {
                        inverse: name == "NotPrincipal",
                        names: self.principals(value, &inner)?,
                    });
                }
                name @ ("Action" | "NotAction") => {
                    if actions.is_some() {
                        return Err(self.twice(member, path, "Action"));
                    }
                    let patterns = self.patterns(value, &inner, |text| self.action(text))?;
                    actions = Some(Listed {
                        inverse: name == "NotAction",
                        patterns,
                    });
                }
                name @ ("Resource" | "NotResource") => {
                    if resources.is_some() {
                        return Err(self.twice(member, path, "Resource"));
                    }
                    let patterns = self.patterns(value, &inner, |text| {
                        let known = text == "*" || text.starts_with("arn:") || text.contains('‹');
                        if known {
                            Ok(Pattern::new(text, Reach::Resource, self.variables, false))
                        } else {
                            Err("it must be an ARN or *".to_owned())
                        }
                    })?;
                    resources = Some(Listed {
                        inverse: name == "NotResource",
                        patterns,
                    });
                }
                "Condition" => conditions = self.conditions(value, &inner)?,
                _ => return Err(self.unknown(member, &inner)),
            }
        }
        let Some(effect) = effect else {
            return Err(self.wrong(value, path, "it has no Effect"));
        };
        let Some(actions) = actions else {
            return Err(self.wrong(value, path, "it has neither Action nor NotAction"));
        };
        self.suits(value, path, effect, principals.as_ref(), resources.as_ref())?;
        Ok(Statement {
            sid,
            number,
            effect,
            principals,
            actions,
            resources,
            conditions,
            doubt: Tri::Maybe,
        })
    }

    /// Whether the elements are those that a policy of this kind has.
    fn suits(
        &self,
        value: &'a RawValue,
        path: &str,
        effect: Effect,
        principals: Option<&Principals>,
        resources: Option<&Listed>,
    ) -> Result<()> {
        let problem = match (self.kind, principals, resources) {
            (Kind::Identity, Some(_), _) => "a policy of a role or user has no Principal",
            (Kind::Identity, None, None) => "it has neither Resource nor NotResource",
            (Kind::Resource | Kind::Trust, None, _) => {
                "it has no Principal, which a policy of a resource needs"
            }
            (Kind::Trust, _, Some(_)) => "a trust policy has no Resource",
            (Kind::Trust, Some(it), _) if it.inverse => "a trust policy has no NotPrincipal",
            (Kind::Resource, Some(it), _) if it.inverse && effect == Effect::Allow => {
                "NotPrincipal goes with the Effect Deny only"
            }
            _ => return Ok(()),
        };
        Err(self.wrong(value, path, problem))
    }

    fn action(&self, text: &str) -> Result<Pattern, String> {
        let known = match text.split_once(':') {
            Some((service, name)) => {
                !name.is_empty()
                    && !service.is_empty()
                    && service
                        .bytes()
                        .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            }
            None => text == "*",
        };
        if known || text.contains('‹') {
            Ok(Pattern::new(text, Reach::Text, false, true))
        } else {
            Err("an action is service:Name or *".to_owned())
        }
    }

    fn patterns(
        &self,
        value: &'a RawValue,
        path: &str,
        read: impl Fn(&str) -> Result<Pattern, String>,
    ) -> Result<Vec<Pattern>> {
        let mut patterns = Vec::new();
        for (path, item) in self.one_or_more(value, path)? {
            let text = self.text(item, &path)?;
            let pattern = read(&text).map_err(|problem| self.wrong(item, &path, problem))?;
            patterns.push(pattern);
        }
        Ok(patterns)
    }

    fn principals(&self, value: &'a RawValue, path: &str) -> Result<Vec<Named>> {
        let Shape::Object(_) = json::shape(value) else {
            return match self.text(value, path)?.as_str() {
                "*" => Ok(vec![Named::Everyone]),
                _ => Err(self.wrong(
                    value,
                    path,
                    "it must be * or name AWS, Service or Federated",
                )),
            };
        };
        let mut names = Vec::new();
        for member in &self.members(value, path)? {
            let inner = format!("{path}.{}", member.name);
            for (inner, item) in self.one_or_more(member.value, &inner)? {
                let text = self.text(item, &inner)?;
                let named = Named::read(&member.name, text)
                    .map_err(|problem| self.wrong(item, &inner, problem))?;
                names.push(named);
            }
        }
        if names.is_empty() {
            return Err(self.wrong(value, path, "it names nobody"));
        }
        Ok(names)
    }

    fn conditions(&self, value: &'a RawValue, path: &str) -> Result<Vec<Condition>> {
        let mut conditions = Vec::new();
        for member in &self.members(value, path)? {
            let inner = format!("{path}.{}", member.name);
            let operator = Operator::read(&member.name)
                .ok_or_else(|| self.wrong(member.value, &inner, "there is no such operator"))?;
            for key in &self.members(member.value, &inner)? {
                let inner = format!("{inner}.{}", key.name);
                let mut values = Vec::new();
                for (inner, item) in self.one_or_more(key.value, &inner)? {
                    values.push(match json::shape(item) {
                        Shape::Text(text) => text,
                        // Numbers and booleans are written without quotes by many tools.
                        Shape::Scalar(text) => text.to_owned(),
                        _ => return Err(self.wrong(item, &inner, "it must be a text")),
                    });
                }
                let condition = Condition::new(operator, &key.name, values, self.variables)
                    .map_err(|problem| self.wrong(key.value, &inner, problem))?;
                conditions.push(condition);
            }
        }
        Ok(conditions)
    }

    /// The items of a list, or the one thing that stands in its place.
    fn one_or_more(&self, value: &'a RawValue, path: &str) -> Result<Vec<(String, &'a RawValue)>> {
        match json::shape(value) {
            Shape::List(items) if items.is_empty() => {
                Err(self.wrong(value, path, "the list is empty"))
            }
            Shape::List(items) => Ok(items
                .into_iter()
                .enumerate()
                .map(|(index, item)| (format!("{path}[{}]", index + 1), item))
                .collect()),
            _ => Ok(vec![(path.to_owned(), value)]),
        }
    }

    fn members(&self, value: &'a RawValue, path: &str) -> Result<Vec<Member<'a>>> {
        let Shape::Object(members) = json::shape(value) else {
            return Err(self.wrong(value, path, "it must be an object"));
        };
        let mut names: Vec<&str> = members.iter().map(|member| member.name.as_ref()).collect();
        names.sort_unstable();
        if let Some(pair) = names.windows(2).find(|pair| pair[0] == pair[1]) {
            let problem = format!("it has {} twice", pair[0]);
            return Err(self.wrong(value, path, problem));
        }
        Ok(members)
    }

    fn text(&self, value: &'a RawValue, path: &str) -> Result<String> {
        match json::shape(value) {
            Shape::Text(text) => Ok(text),
            _ => Err(self.wrong(value, path, "it must be a text")),
        }
    }

    fn twice(&self, member: &Member<'a>, path: &str, name: &str) -> GrammarError {
        let problem = format!("it has both {name} and Not{name}");
        self.wrong(member.value, path, problem)
    }

    fn unknown(&self, member: &Member<'a>, path: &str) -> GrammarError {
        self.wrong(member.value, path, "there is no such element")
    }

    fn wrong(&self, value: &RawValue, path: &str, problem: impl Into<String>) -> GrammarError {
        let (line, column) = json::place(self.document, value);
        GrammarError {
            line,
            column,
            path: path.to_owned(),
            problem: problem.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(document: &str, kind: Kind) -> String {
        Policy::parse(document, kind)
            .expect_err("it is wrong")
            .to_string()
    }

    #[test]
    fn what_is_wrong_is_told_with_its_place() {
        let identity = |document: &str| problem(document, Kind::Identity);
        assert_eq!(
            identity("{\n  \"Statement\": [{\n    \"Effect\": \"allow\"}]}"),
            "line 3, column 15: Statement[1].Effect: it must be Allow or Deny"
        );
        for (document, part) in [
            ("", "line 1, column 0: the policy: it is no JSON: EOF"),
            ("{", "line 1, column 1: the policy: it is no JSON: EOF"),
            ("[]", "the policy: it must be an object"),
            ("{}", "it has no Statement"),
            (
                r#"{"Version":"2012-10-18","Statement":[]}"#,
                "no policy version 2012-10-18",
            ),
            (
                r#"{"Statement":[],"Statement":[]}"#,
                "it has Statement twice",
            ),
            (
                r#"{"Statement":[],"statement":[]}"#,
                "there is no such element",
            ),
            (r#"{"Statement":[5]}"#, "Statement[1]: it must be an object"),
            (
                r#"{"Statement":{"Effect":"Allow","Resource":"*"}}"#,
                "neither Action nor NotAction",
            ),
            (
                r#"{"Statement":{"Effect":"Allow","Action":"s3:*"}}"#,
                "neither Resource nor NotResource",
            ),
            (
                r#"{"Statement":{"Effect":"Allow","Action":[],"Resource":"*"}}"#,
                "Action: the list is empty",
            ),
            (
                r#"{"Statement":{"Effect":"Allow","Action":"s3","Resource":"*"}}"#,
                "an action is service:Name or *",
            ),
            (
                r#"{"Statement":{"Effect":"Allow","Action":"s3:*","NotAction":"s3:*","Resource":"*"}}"#,
                "both Action and NotAction",
            ),
            (
                r#"{"Statement":{"Effect":"Allow","Action":"s3:*","Resource":["*","web"]}}"#,
                "Resource[2]: it must be an ARN or *",
            ),
            (
                r#"{"Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*","Condition":{"StringIs":{}}}}"#,
                "Condition.StringIs: there is no such operator",
            ),
            (
                r#"{"Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*","Condition":{"Bool":{"aws:SecureTransport":"si"}}}}"#,
                "neither true nor false",
            ),
            (
                r#"{"Statement":{"Effect":"Allow","Principal":"*","Action":"s3:*","Resource":"*"}}"#,
                "has no Principal",
            ),
        ] {
            assert!(
                identity(document).contains(part),
                "{document}: {}",
                identity(document)
            );
        }
        let trust = r#"{"Statement":{"Effect":"Allow","Principal":{"Service":"a.amazonaws.com"},"Action":"sts:AssumeRole","Resource":"*"}}"#;
        assert!(problem(trust, Kind::Trust).contains("a trust policy has no Resource"));
        let inverse = r#"{"Statement":{"Effect":"Allow","NotPrincipal":{"AWS":"111122223333"},"Action":"s3:*"}}"#;
        assert!(problem(inverse, Kind::Resource).contains("Deny only"));
        let long = format!("{{\"Statement\":[{}]}}", " ".repeat(LONGEST));
        assert!(identity(&long).contains("more than any policy"));
    }

    #[test]
    fn one_statement_one_action_and_unquoted_values_are_fine() {
        let policy = Policy::parse(
            r#"{"Statement":{"Sid":"","Effect":"Allow","Action":"s3:*","Resource":"*",
                "Condition":{"Bool":{"aws:SecureTransport":true},"NumericLessThan":{"s3:max-keys":10}}}}"#,
            Kind::Identity,
        )
        .expect("it is right");
        let [statement] = policy.statements.as_slice() else {
            panic!("there is one statement")
        };
        assert_eq!(statement.name(), "statement 1");
        assert_eq!(statement.conditions.len(), 2);
    }
}
