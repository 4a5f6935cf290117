//! What a case is, and how one is written in a few lines.

use analyzer::iam::{
    completion::Need,
    context::{Context, Presence, Rest},
    evaluate::{Answer, Denial},
    policies::{Organization, Policies, Source},
    policy::Kind,
    principal::Principal,
    request::Request,
    tri::Tri,
};

/// The account of those who ask.
pub(crate) const ACCOUNT: &str = "111122223333";
/// The role that asks where nothing else is said.
pub(crate) const ROLE: &str = "arn:aws:iam::111122223333:role/Web";
/// A session of that role.
pub(crate) const SESSION: &str = "arn:aws:sts::111122223333:assumed-role/Web/task";
/// A user of the same account.
pub(crate) const USER: &str = "arn:aws:iam::111122223333:user/ana";
/// The repository that is asked for where nothing else is said.
pub(crate) const REPOSITORY: &str = "arn:aws:ecr:us-east-1:111122223333:repository/team/web";
/// A repository of another account.
pub(crate) const FOREIGN: &str = "arn:aws:ecr:us-east-1:444455556666:repository/team/web";
/// A key of the same account.
pub(crate) const KEY: &str = "arn:aws:kms:us-east-1:111122223333:key/0a1b2c3d";

/// The rest of a statement about everything.
pub(crate) const ALL: &str = r#""Action":"*","Resource":"*""#;
/// The rest of a statement of a resource policy about every action.
pub(crate) const ANY_ACTION: &str = r#""Action":"*""#;

/// A request with its policies, and the answer.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    /// What it shows.
    pub(crate) name: String,
    /// The page of AWS's documentation that decides it.
    pub(crate) page: &'static str,
    pub(crate) request: Request,
    pub(crate) policies: Policies,
    pub(crate) expected: Expected,
}

/// The answer of a case.
#[derive(Clone, Debug)]
pub(crate) enum Expected {
    Allowed,
    /// A statement denies it.
    Explicit,
    /// Nothing allows it.
    Implicit,
    /// Unknown, and these decide.
    Unknown(Vec<Need>),
}

impl Expected {
    pub(crate) fn fits(&self, answer: &Answer) -> bool {
        match (self, answer) {
            (Self::Allowed, Answer::Allowed)
            | (Self::Explicit, Answer::Denied(Denial::Explicit))
            | (Self::Implicit, Answer::Denied(Denial::Implicit)) => true,
            (Self::Unknown(needs), Answer::Unknown(doubt)) => *needs == doubt.needs,
            _ => false,
        }
    }
}

/// A case that is being written.
#[derive(Clone)]
pub(crate) struct Draft {
    name: String,
    page: &'static str,
    principal: Principal,
    action: String,
    resource: String,
    context: Context,
    policies: Policies,
}

/// Begins a case.
pub(crate) fn case(name: impl Into<String>, page: &'static str) -> Draft {
    Draft {
        name: name.into(),
        page,
        principal: role(),
        action: "ecr:BatchGetImage".to_owned(),
        resource: REPOSITORY.to_owned(),
        context: Context::new(Rest::Absent),
        policies: Policies::default(),
    }
}

/// The role that asks, with its unique id.
pub(crate) fn role() -> Principal {
    Principal::Role {
        arn: ROLE.to_owned(),
        id: Some("AROAEXAMPLEWEBROLE001".to_owned()),
    }
}

/// The session of that role whose name is known.
pub(crate) fn session() -> Principal {
    Principal::Session {
        arn: SESSION.to_owned(),
        role: ROLE.to_owned(),
        id: Some("AROAEXAMPLEWEBROLE001".to_owned()),
    }
}

pub(crate) fn user() -> Principal {
    Principal::User {
        arn: USER.to_owned(),
        id: Some("AIDAEXAMPLEUSERANA001".to_owned()),
    }
}

pub(crate) fn root() -> Principal {
    Principal::Root {
        account: ACCOUNT.to_owned(),
    }
}

pub(crate) fn service(name: &str) -> Principal {
    Principal::Service {
        name: name.to_owned(),
    }
}

/// A statement that allows; `rest` is JSON without its braces.
pub(crate) fn allow(rest: &str) -> String {
    format!(r#"{{"Effect":"Allow",{rest}}}"#)
}

/// A statement that denies.
pub(crate) fn deny(rest: &str) -> String {
    format!(r#"{{"Effect":"Deny",{rest}}}"#)
}

/// A statement that allows everything under a condition.
pub(crate) fn allow_if(condition: &str) -> String {
    allow(&format!(r#"{ALL},"Condition":{{{condition}}}"#))
}

/// A statement that denies everything under a condition.
pub(crate) fn deny_if(condition: &str) -> String {
    deny(&format!(r#"{ALL},"Condition":{{{condition}}}"#))
}

/// A statement of a resource policy that allows principals, which are JSON.
pub(crate) fn allow_to(principals: &str, rest: &str) -> String {
    allow(&format!(r#""Principal":{principals},{rest}"#))
}

/// A statement of a resource policy that denies principals.
pub(crate) fn deny_to(principals: &str, rest: &str) -> String {
    deny(&format!(r#""Principal":{principals},{rest}"#))
}

/// An ARN, an account or an id as JSON that a resource policy names.
pub(crate) fn aws(name: &str) -> String {
    format!(r#"{{"AWS":"{name}"}}"#)
}

/// The need of a condition key.
pub(crate) fn key(name: &str) -> Need {
    Need::Key(name.to_owned())
}

/// The need of a statement that cannot be judged.
pub(crate) fn statement(policy: &str, statement: &str) -> Need {
    Need::Statement {
        policy: policy.to_owned(),
        statement: statement.to_owned(),
    }
}

/// The need of a policy.
pub(crate) fn policy(name: &str, why: &str) -> Need {
    Need::Policy {
        name: name.to_owned(),
        why: why.to_owned(),
    }
}

/// A policy of these statements in the version that has variables.
pub(crate) fn document(statements: &[String]) -> String {
    let statements = statements.join(",");
    format!(r#"{{"Version":"2012-10-17","Statement":[{statements}]}}"#)
}

/// Reads a policy that must be right: a slip of the pen would show as an unknown policy only where
/// nothing else decides.
fn right(name: &str, document: &str, kind: Kind) -> Source {
    let source = Source::read(name, document, kind);
    assert!(
        source.policy().is_some(),
        "{document}: {:?}",
        source.content
    );
    source
}

fn levels(name: &str, levels: &[&[String]]) -> Organization {
    let levels = levels.iter().enumerate().map(|(level, statements)| {
        if statements.is_empty() {
            return vec![];
        }
        let name = format!("{name} of level {}", level + 1);
        vec![right(&name, &document(statements), Kind::Identity)]
    });
    Organization::Levels(levels.collect())
}

impl Draft {
    /// Who asks.
    pub(crate) fn by(mut self, principal: Principal) -> Self {
        self.principal = principal;
        self
    }

    /// What is asked for.
    pub(crate) fn asks(mut self, action: &str, resource: &str) -> Self {
        self.action = action.to_owned();
        self.resource = resource.to_owned();
        self
    }

    /// A condition key with its values.
    pub(crate) fn with(mut self, key: &str, values: &[&str]) -> Self {
        let values = values.iter().map(|&value| value.to_owned()).collect();
        self.context.set(key, Presence::Known(values));
        self
    }

    /// A condition key of which nothing is known.
    pub(crate) fn unknown(mut self, key: &str) -> Self {
        self.context.set(key, Presence::Unknown);
        self
    }

    /// Nothing is known of keys that are not named.
    pub(crate) fn rest_unknown(mut self) -> Self {
        self.context = Context::new(Rest::Unknown);
        self
    }

    /// A policy of the principal.
    pub(crate) fn identity(self, statements: &[String]) -> Self {
        self.identity_text(&document(statements))
    }

    /// A policy of the principal, word for word.
    pub(crate) fn identity_text(mut self, text: &str) -> Self {
        let source = right(&self.next_name(), text, Kind::Identity);
        self.policies.identity.push(source);
        self
    }

    /// A policy of the principal that AWS would not have accepted.
    pub(crate) fn wrong_identity(mut self, text: &str) -> Self {
        let source = Source::read(self.next_name(), text, Kind::Identity);
        assert!(source.policy().is_none(), "{text} is right");
        self.policies.identity.push(source);
        self
    }

    /// A policy of the principal that was not collected.
    pub(crate) fn missing_identity(mut self, why: &str) -> Self {
        let source = Source::not_collected(self.next_name(), why);
        self.policies.identity.push(source);
        self
    }

    fn next_name(&self) -> String {
        format!("identity policy {}", self.policies.identity.len() + 1)
    }

    pub(crate) fn boundary(mut self, statements: &[String]) -> Self {
        let text = document(statements);
        self.policies.boundary = Some(right("boundary", &text, Kind::Identity));
        self
    }

    pub(crate) fn missing_boundary(mut self, why: &str) -> Self {
        self.policies.boundary = Some(Source::not_collected("boundary", why));
        self
    }

    /// A session policy.
    pub(crate) fn session(mut self, statements: &[String]) -> Self {
        let text = document(statements);
        self.policies.session = Some(right("session policy", &text, Kind::Identity));
        self
    }

    /// The policy of the resource.
    pub(crate) fn resource(self, statements: &[String]) -> Self {
        self.resource_text(&document(statements))
    }

    /// The policy of the resource, word for word.
    pub(crate) fn resource_text(mut self, text: &str) -> Self {
        self.policies.resource = Some(right("resource policy", text, Kind::Resource));
        self
    }

    pub(crate) fn missing_resource(mut self, why: &str) -> Self {
        self.policies.resource = Some(Source::not_collected("resource policy", why));
        self
    }

    /// The trust policy of the role that is asked for.
    pub(crate) fn trust(mut self, statements: &[String]) -> Self {
        let text = document(statements);
        self.policies.resource = Some(right("trust policy", &text, Kind::Trust));
        self
    }

    /// What is known of the grants on the key.
    pub(crate) fn grants(mut self, grants: Tri) -> Self {
        self.policies.grants = grants;
        self
    }

    /// The service control policies, level by level.
    pub(crate) fn scps(mut self, each: &[&[String]]) -> Self {
        self.policies.scps = levels("service control policy", each);
        self
    }

    pub(crate) fn scps_unknown(mut self) -> Self {
        self.policies.scps = Organization::Unknown;
        self
    }

    /// The resource control policies, level by level.
    pub(crate) fn rcps(mut self, each: &[&[String]]) -> Self {
        self.policies.rcps = levels("resource control policy", each);
        self
    }

    pub(crate) fn rcps_unknown(mut self) -> Self {
        self.policies.rcps = Organization::Unknown;
        self
    }

    pub(crate) fn allowed(self) -> Case {
        self.is(Expected::Allowed)
    }

    /// A statement denies it.
    pub(crate) fn denied(self) -> Case {
        self.is(Expected::Explicit)
    }

    /// Nothing allows it.
    pub(crate) fn not_allowed(self) -> Case {
        self.is(Expected::Implicit)
    }

    /// What is not known decides.
    pub(crate) fn needs(self, needs: &[Need]) -> Case {
        self.is(Expected::Unknown(needs.to_vec()))
    }

    pub(crate) fn is(self, expected: Expected) -> Case {
        let Self {
            name,
            page,
            principal,
            action,
            resource,
            context,
            policies,
        } = self;
        Case {
            name,
            page,
            request: Request::new(principal, &action, &resource, context).with_own_keys(),
            policies,
            expected,
        }
    }
}
