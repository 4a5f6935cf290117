//! Random cases, of which a good part is allowed. The same seed gives the same ones.
//!
//! What is known to be answered otherwise by the other implementation is left out; it is listed in
//! `samples/conformance/iam/disagreements.json`.

mod condition;
mod texts;
mod world;

use std::collections::BTreeMap;

use analyzer::iam::{arn::Arn, policy::Kind};
use serde_json::{Value, json};

use self::{
    texts::{Empty, different, loosened},
    world::{DEEDS, Deed, GLOBAL, Guard, Key, OTHERS, PRINCIPALS, SERVICES},
};
use super::{Case, Values, unknown::blunt};
use crate::mutate::Numbers;

/// Makes cases without end.
#[derive(Debug)]
pub struct Generator {
    pub(super) numbers: Numbers,
}

impl Generator {
    /// The same seed gives the same cases.
    pub fn new(seed: u64) -> Self {
        Self {
            numbers: Numbers::new(seed),
        }
    }
}

impl Iterator for Generator {
    type Item = Case;

    fn next(&mut self) -> Option<Case> {
        Some(case(&mut self.numbers))
    }
}

/// Some policy of a kind: one like those of cases, or one about everything.
pub(super) fn any_policy(numbers: &mut Numbers, case: &Case, kind: Kind) -> Value {
    let deed = DEEDS
        .iter()
        .find(|deed| deed.actions.contains(&case.action.as_str()))
        .unwrap_or(&DEEDS[0]);
    let on = match kind {
        Kind::Identity => On::Principal,
        Kind::Resource => On::Resource,
        Kind::Trust => On::Role,
    };
    if numbers.chance(50) {
        let names: Vec<Value> = own_names(case)
            .each
            .into_iter()
            .map(|(kind, name)| json!({kind: name}))
            .collect();
        return blunt(numbers, kind, &names);
    }
    let (hits, meant) = (numbers.chance(50), numbers.chance(50));
    policy(numbers, case, deed, on, hits, meant)
}

/// A value that a key has in cases, or any text for one that is in none.
pub(super) fn pool(numbers: &mut Numbers, folded: &str) -> String {
    let mut keys = DEEDS.iter().flat_map(|deed| deed.keys).chain(GLOBAL);
    let values = keys
        .find(|key| key.name.eq_ignore_ascii_case(folded))
        .map_or(&["x", "web"][..], |key| key.values);
    one(numbers, values).to_owned()
}

/// Whether a statement is to be about the request.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Aim {
    Hit,
    Any,
}

/// What a policy hangs on.
#[derive(Clone, Copy, PartialEq, Eq)]
enum On {
    Principal,
    Resource,
    Role,
}

/// What a document says about its own version.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Edition {
    Of2012,
    Of2008,
    Unnamed,
}

fn case(numbers: &mut Numbers) -> Case {
    let deed = one(numbers, DEEDS);
    let is_service = deed.guard != Guard::Nothing && numbers.chance(12);
    let principal = if is_service {
        one(numbers, SERVICES)
    } else {
        one(numbers, PRINCIPALS)
    };
    let account = Arn::parse(principal).map_or(world::HERE, |arn| arn.account);
    let owner = if numbers.chance(70) || deed.guard == Guard::Nothing {
        account
    } else {
        world::THERE
    };
    let name = one(numbers, deed.names);
    let mut case = Case {
        principal: principal.to_owned(),
        action: one(numbers, deed.actions).to_owned(),
        resource: deed
            .resource
            .replace("{account}", owner)
            .replace("{name}", name),
        owner: owner.to_owned(),
        context: context(numbers, deed, principal),
        identity: vec![],
        boundary: None,
        session: None,
        resource_policy: None,
        scps: vec![],
        rcps: vec![],
        unknown: super::Unknown::default(),
    };
    // Of those that are meant to be allowed some are not, by what else is said.
    let meant = numbers.chance(70);
    add_policies(numbers, &mut case, deed, meant);
    case
}

fn add_policies(numbers: &mut Numbers, case: &mut Case, deed: &Deed, meant: bool) {
    let is_service = Arn::parse(&case.principal).is_none();
    let is_foreign = !is_service && !case.principal.contains(&case.owner);
    let is_user = case.principal.contains(":user/");
    if !is_service {
        let many = match numbers.below(20) {
            0 => 0,
            roll => 1 + roll % 3,
        };
        let hit = numbers.below(many.max(1));
        for index in 0..many {
            let hits = meant && index == hit && numbers.chance(92);
            let policy = policy(numbers, case, deed, On::Principal, hits, meant);
            case.identity.push(policy);
        }
        if numbers.chance(20) {
            let hits = meant && numbers.chance(92);
            case.boundary = Some(policy(numbers, case, deed, On::Principal, hits, meant));
        }
        if !is_user && numbers.chance(20) {
            let hits = meant && numbers.chance(92);
            case.session = Some(policy(numbers, case, deed, On::Principal, hits, meant));
        }
        if numbers.chance(20) {
            case.scps = levels(numbers, case, deed, On::Principal, meant);
        }
    }
    let on = match deed.guard {
        Guard::Nothing => return,
        Guard::Policy => On::Resource,
        Guard::Trust => On::Role,
    };
    // Without its trust policy nobody says anything about a role.
    if on == On::Role || is_service || is_foreign || deed.needs_policy || numbers.chance(55) {
        let hits = meant && numbers.chance(95);
        case.resource_policy = Some(policy(numbers, case, deed, on, hits, meant));
    }
    if deed.limited && numbers.chance(12) {
        case.rcps = levels(numbers, case, deed, On::Resource, meant);
    }
}

/// Levels of an organization: with everything allowed, or some things, and some things denied.
fn levels(numbers: &mut Numbers, case: &Case, deed: &Deed, on: On, meant: bool) -> Vec<Vec<Value>> {
    (0..=numbers.below(3))
        .map(|_| {
            let mut policies = vec![];
            if on == On::Principal {
                policies.push(if numbers.chance(60) {
                    json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]})
                } else {
                    let hits = meant && numbers.chance(95);
                    policy(numbers, case, deed, on, hits, meant)
                });
            }
            if numbers.chance(40) {
                let edition = Edition::Of2012;
                let aim = if numbers.chance(15) { Aim::Hit } else { Aim::Any };
                let mut denial = statement(numbers, case, deed, on, "Deny", aim, edition);
                if on == On::Resource {
                    control_resources(numbers, case, &mut denial);
                }
                policies.push(json!({"Version": "2012-10-17", "Statement": [denial]}));
            }
            policies
        })
        .collect()
}

/// Makes a statement one that a resource control policy can have: it names nobody in particular, and
/// actions of a service.
fn control_resources(numbers: &mut Numbers, case: &Case, statement: &mut Value) {
    let Some(members) = statement.as_object_mut() else {
        return;
    };
    members.remove("NotPrincipal");
    members.insert("Principal".to_owned(), json!("*"));
    let is_plain = members
        .get("Action")
        .is_some_and(|actions| *actions != json!("*") && *actions != json!(["*"]));
    let service = case.action.split(':').next().unwrap_or_default();
    if !is_plain
        || members["Action"]
            .as_array()
            .is_some_and(|it| it.contains(&json!("*")))
    {
        members.remove("NotAction");
        let patterns = [
            &case.action,
            &format!("{service}:*"),
            &format!("{service}:Put*"),
        ];
        members.insert("Action".to_owned(), json!(one(numbers, &patterns)));
    }
    // Of the organization's policies alone the other implementation wants all segments.
    let is_short = |resources: &Value| {
        let mut texts = resources
            .as_array()
            .into_iter()
            .flatten()
            .chain([resources]);
        texts.any(|text| text.as_str().is_some_and(|it| it.split(':').count() < 6))
    };
    if !members.contains_key("NotResource") && members.get("Resource").is_none_or(is_short) {
        members.insert("Resource".to_owned(), json!("*"));
    }
}

fn policy(
    numbers: &mut Numbers,
    case: &Case,
    deed: &Deed,
    on: On,
    hits: bool,
    meant: bool,
) -> Value {
    let edition = match numbers.below(20) {
        0 => Edition::Of2008,
        1 => Edition::Unnamed,
        _ => Edition::Of2012,
    };
    let many = 1 + numbers.below(3);
    let hit = numbers.below(many);
    let mut statements = Vec::new();
    for index in 0..many {
        let (effect, aim) = if hits && index == hit {
            ("Allow", Aim::Hit)
        } else {
            let denies = numbers.chance(if meant { 12 } else { 30 });
            let aim = if numbers.chance(if meant { 8 } else { 25 }) {
                Aim::Hit
            } else {
                Aim::Any
            };
            (if denies { "Deny" } else { "Allow" }, aim)
        };
        statements.push(statement(numbers, case, deed, on, effect, aim, edition));
    }
    let statements = match statements.as_mut_slice() {
        [only] if numbers.chance(40) => only.take(),
        _ => json!(statements),
    };
    match edition {
        Edition::Of2012 => json!({"Version": "2012-10-17", "Statement": statements}),
        Edition::Of2008 => json!({"Version": "2008-10-17", "Statement": statements}),
        Edition::Unnamed => json!({"Statement": statements}),
    }
}

fn statement(
    numbers: &mut Numbers,
    case: &Case,
    deed: &Deed,
    on: On,
    effect: &str,
    aim: Aim,
    edition: Edition,
) -> Value {
    let mut statement = json!({"Effect": effect});
    let (element, actions) = actions(numbers, case, deed, aim);
    statement[element] = actions;
    if on != On::Role && !(on == On::Resource && numbers.chance(5)) {
        let (element, resources) = resources(numbers, case, deed, aim, edition);
        statement[element] = resources;
    }
    if on != On::Principal {
        let (element, names) = principals(numbers, case, on, effect, aim);
        statement[element] = names;
    }
    if numbers.chance(45)
        && let Some(conditions) = condition::conditions(numbers, case, deed, aim, edition)
    {
        statement["Condition"] = conditions;
    }
    statement
}

/// `Action` or `NotAction` with what is in it.
fn actions(numbers: &mut Numbers, case: &Case, deed: &Deed, aim: Aim) -> (&'static str, Value) {
    let other = |numbers: &mut Numbers| {
        let deed = one(numbers, DEEDS);
        one(numbers, deed.actions)
    };
    let mut texts = Vec::new();
    for _ in 0..numbers.below(3) {
        let text = other(numbers);
        texts.push(action(numbers, text));
    }
    if numbers.chance(10) {
        if aim == Aim::Any && numbers.chance(50) {
            texts.push(action(numbers, &case.action));
        }
        if texts.is_empty() {
            texts.push("iam:*".to_owned());
        }
        if aim == Aim::Hit {
            let service = case.action.split(':').next().unwrap_or_default();
            texts.retain(|text| text.len() > 1 && !text.eq_ignore_ascii_case(service));
            texts.retain(|text| {
                let service_of = text.split(':').next().unwrap_or_default();
                !service_of.eq_ignore_ascii_case(service)
            });
            texts.push("iam:Pass*".to_owned());
        }
        return ("NotAction", listed(numbers, texts));
    }
    if aim == Aim::Hit {
        texts.push(action(numbers, &case.action));
    } else if numbers.chance(40) {
        let near = one(numbers, deed.actions);
        texts.push(action(numbers, near));
    } else if texts.is_empty() {
        let text = other(numbers);
        texts.push(action(numbers, text));
    }
    ("Action", listed(numbers, texts))
}

/// An action with wildcards, none of them in its service.
fn action(numbers: &mut Numbers, text: &str) -> String {
    if numbers.chance(6) {
        return "*".to_owned();
    }
    let (service, name) = text.split_once(':').unwrap_or((text, "*"));
    let name = match numbers.below(10) {
        0..4 => name.to_owned(),
        4 => "*".to_owned(),
        5 => name.to_ascii_lowercase(),
        _ => loosened(numbers, name, false),
    };
    format!("{service}:{name}")
}

/// `Resource` or `NotResource` with what is in it.
fn resources(
    numbers: &mut Numbers,
    case: &Case,
    deed: &Deed,
    aim: Aim,
    edition: Edition,
) -> (&'static str, Value) {
    let inverse = numbers.chance(10);
    let empty = if inverse { Empty::Never } else { Empty::May };
    let other = |numbers: &mut Numbers| {
        let near = numbers.chance(60);
        let deed = if near { deed } else { one(numbers, DEEDS) };
        let name = one(numbers, deed.names);
        let account = if numbers.chance(70) {
            case.owner.as_str()
        } else {
            world::THERE
        };
        let text = deed
            .resource
            .replace("{account}", account)
            .replace("{name}", name);
        resource(numbers, case, &text, edition, empty)
    };
    let mut texts = Vec::new();
    for _ in 0..numbers.below(3) {
        texts.push(other(numbers));
    }
    if inverse {
        if aim == Aim::Any && numbers.chance(50) {
            texts.push(resource(numbers, case, &case.resource, edition, empty));
        }
        if texts.is_empty() || aim == Aim::Hit {
            texts = vec!["arn:aws:sqs:*:*:jobs-*".to_owned()];
        }
        return ("NotResource", listed(numbers, texts));
    }
    if aim == Aim::Hit {
        texts.push(resource(numbers, case, &case.resource, edition, empty));
    } else if texts.is_empty() {
        texts.push(other(numbers));
    }
    ("Resource", listed(numbers, texts))
}

/// The ARN of a resource with wildcards and variables.
fn resource(
    numbers: &mut Numbers,
    case: &Case,
    arn: &str,
    edition: Edition,
    empty: Empty,
) -> String {
    if numbers.chance(12) || arn == "*" {
        return "*".to_owned();
    }
    if numbers.chance(5) && empty == Empty::May {
        // A star at the end reaches to the end.
        let service = arn.split(':').nth(2).unwrap_or_default();
        return format!("arn:aws:{service}:*");
    }
    if numbers.chance(6) && empty == Empty::May {
        return texts::across(numbers, arn);
    }
    let mut segments: Vec<String> = arn.splitn(6, ':').map(str::to_owned).collect();
    let Some(last) = segments.pop() else {
        return "*".to_owned();
    };
    for segment in segments.iter_mut().skip(3).filter(|it| !it.is_empty()) {
        if numbers.chance(25) {
            *segment = if numbers.chance(50) {
                "*".to_owned()
            } else {
                loosened(numbers, segment, false)
            };
        }
    }
    // The type of a resource, such as `repository/`, is disputed ground for wildcards. A bucket has none.
    let at = match last.find(['/', ':']) {
        Some(at) if !arn.starts_with("arn:aws:s3:") => at + 1,
        _ => 0,
    };
    let (kind, name) = last.split_at(at);
    let last = match numbers.below(10) {
        0 | 1 if edition == Edition::Of2012 => format!(
            "{kind}{}",
            texts::with_variable(numbers, &case.context, name, empty)
        ),
        2 => format!("{}*", &last[..numbers.below(at)]),
        3..7 => format!("{kind}{}", loosened(numbers, name, false)),
        _ => last,
    };
    segments.push(last);
    segments.join(":")
}

/// `Principal` or `NotPrincipal` with what is in it.
fn principals(
    numbers: &mut Numbers,
    case: &Case,
    on: On,
    effect: &str,
    aim: Aim,
) -> (&'static str, Value) {
    let own = own_names(case);
    if effect == "Deny" && on == On::Resource && numbers.chance(25) {
        // All names of the principal or none; what some of them mean is not told.
        let mut names = vec![("AWS", world::ELSEWHERE.to_owned())];
        if aim == Aim::Any && !case.principal.contains(":role/") {
            names.extend(own.all);
        }
        return ("NotPrincipal", grouped(numbers, names));
    }
    let mut names = Vec::new();
    for _ in 0..numbers.below(3) {
        names.push(if numbers.chance(25) {
            ("Service", one(numbers, SERVICES).to_owned())
        } else {
            ("AWS", one(numbers, OTHERS).to_owned())
        });
    }
    if case.principal.contains(":role/") {
        // Whether it is this session of the role nobody can know.
        names.retain(|(_, name)| !name.contains(":assumed-role/"));
    }
    if aim == Aim::Hit {
        if numbers.chance(15) {
            return ("Principal", json!("*"));
        }
        let index = numbers.below(own.each.len());
        names.extend(own.each.get(index).cloned());
    }
    if names.is_empty() {
        names.push(("AWS", world::ELSEWHERE.to_owned()));
    }
    ("Principal", grouped(numbers, names))
}

/// The names by which statements can mean a principal.
struct Own {
    each: Vec<(&'static str, String)>,
    all: Vec<(&'static str, String)>,
}

fn own_names(case: &Case) -> Own {
    let Some(arn) = Arn::parse(&case.principal) else {
        let names = vec![("Service", case.principal.clone())];
        return Own {
            each: names.clone(),
            all: names,
        };
    };
    let root = format!("arn:aws:iam::{}:root", arn.account);
    let mut names = vec![("AWS", root)];
    let session = arn.resource.strip_prefix("assumed-role/");
    match session.and_then(|rest| rest.split_once('/')) {
        Some((role, _)) => {
            names.push(("AWS", format!("arn:aws:iam::{}:role/{role}", arn.account)));
            names.push(("AWS", case.principal.clone()));
        }
        None => names.push(("AWS", case.principal.clone())),
    }
    let all = names.clone();
    if session.is_some() && case.session.is_some() {
        names.pop();
    }
    names.push(("AWS", arn.account.to_owned()));
    names.push(("AWS", "*".to_owned()));
    Own { each: names, all }
}

/// Names under their kinds.
fn grouped(numbers: &mut Numbers, names: Vec<(&'static str, String)>) -> Value {
    let mut kinds: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for (kind, name) in names {
        kinds.entry(kind).or_default().push(name);
    }
    let members = kinds
        .into_iter()
        .map(|(kind, names)| (kind.to_owned(), listed(numbers, names)))
        .collect();
    Value::Object(members)
}

/// The values of some keys that the action can have.
fn context(
    numbers: &mut Numbers,
    deed: &Deed,
    principal: &str,
) -> BTreeMap<String, Option<Values>> {
    let mut context = BTreeMap::new();
    for key in keys_of(deed) {
        if !numbers.chance(30) {
            continue;
        }
        let values = if key.is_many() {
            let many = numbers.below(4);
            Values::Many(different(numbers, key.values, many))
        } else {
            Values::One(one(numbers, key.values).to_owned())
        };
        context.insert(key.name.to_owned(), Some(values));
    }
    if let Some(arn) = Arn::parse(principal)
        && numbers.chance(60)
    {
        let known = |text: &str| Some(Values::One(text.to_owned()));
        context.insert("aws:PrincipalAccount".to_owned(), known(arn.account));
        if arn.service == "iam" {
            context.insert("aws:PrincipalArn".to_owned(), known(principal));
        }
    }
    context
}

fn keys_of(deed: &Deed) -> impl Iterator<Item = &'static Key> {
    GLOBAL.iter().chain(deed.keys)
}

/// One of a table that is not empty.
fn one<T: Copy>(numbers: &mut Numbers, table: &[T]) -> T {
    table[numbers.below(table.len())]
}

/// A list, or the one thing that stands in its place.
fn listed(numbers: &mut Numbers, mut texts: Vec<String>) -> Value {
    match texts.as_slice() {
        [only] if numbers.chance(60) => json!(only),
        _ => {
            if texts.len() > 1 && numbers.chance(50) {
                texts.reverse();
            }
            json!(texts)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::iam::Verdict;

    #[test]
    fn the_same_seed_gives_the_same_cases_and_all_answers_come() {
        let cases: Vec<Case> = Generator::new(7).take(2_000).collect();
        let again: Vec<Case> = Generator::new(7).take(2_000).collect();
        assert!(cases == again);
        let share = |verdict: Verdict| {
            let found = cases.iter().filter(|case| case.verdict() == verdict);
            found.count() * 100 / cases.len()
        };
        assert!(share(Verdict::Allowed) >= 33, "{}", share(Verdict::Allowed));
        assert!(share(Verdict::ExplicitlyDenied) >= 10);
        assert!(share(Verdict::ImplicitlyDenied) >= 10);
        assert!(cases.iter().all(|case| case.verdict() != Verdict::Unknown));
    }
}
