//! What a fix permits is what was missing and no more: each policy that a report of a committed
//! bundle offers is put in place, the evaluator is asked again, and parts of it are taken away.

#![expect(clippy::unwrap_used, reason = "a test stops where it fails")]

#[path = "committed/bundle.rs"]
mod bundle;
#[path = "permits/put.rs"]
mod put;

use std::collections::{BTreeMap, BTreeSet};

use analyzer::{
    evidence::Evidence,
    finding::Step,
    iam::{evaluate::Answer, principal::Principal},
    permissions::{Asker, needed},
    report::{self, FindingFacts},
};
use evidence_schema::{
    Body, Coverage, Record, Status,
    record::{Policy, Role},
};
use serde_json::{Value, json};

use self::{bundle::Bundle, put::Put};

/// Who asks, for what, of what.
type Ask = (String, String, String);

impl Bundle {
    /// The same with a role that has these permissions only.
    fn with_role_that_has(&self, role: &str, has: &[&Ask]) -> Self {
        let mut bundle = self.clone();
        let statements: Vec<Value> = has
            .iter()
            .map(|(_, action, resource)| {
                json!({"Effect": "Allow", "Action": action, "Resource": resource})
            })
            .collect();
        let document = json!({"Version": "2012-10-17", "Statement": statements});
        for (record, _) in &mut bundle.records {
            if let Body::Role(it) = &mut record.body
                && it.arn == role
            {
                it.attached_policies = vec![];
                it.permissions_boundary_arn = None;
                it.permissions_boundary = None;
                it.inline_policies = vec![Policy {
                    name: "has".to_owned(),
                    arn: None,
                    document: Some(document.to_string()),
                }];
            }
        }
        bundle
    }

    /// Adds the role whose policy it is, without any policy, if the bundle does not have it.
    fn add_role(&mut self, put: &Put) {
        let Some(arn) = put.role(self) else { return };
        let has = |body: &Body| matches!(body, Body::Role(role) if role.arn == arn);
        if self.records.iter().any(|(it, _)| has(&it.body)) {
            return;
        }
        self.ending.coverage.push(Coverage {
            source: "roles".to_owned(),
            subject: Some(arn.clone()),
            status: Status::Complete,
            operations: vec![],
            calls: 1,
            records: 1,
            covered: vec![],
            missing: vec![],
            permission: None,
            error: None,
            note: None,
        });
        let id = self.records.last().unwrap().0.id + 1;
        let role = Role {
            name: put.of.clone(),
            arn,
            role_id: None,
            used_as: vec![],
            created_at: None,
            last_used_at: None,
            trust_policy: None,
            permissions_boundary_arn: None,
            permissions_boundary: None,
            attached_policies: vec![],
            inline_policies: vec![],
        };
        let body = Body::Role(role);
        self.records.push((Record { id, body }, 0));
    }
}

/// The evidence with the policies in place.
fn with(bundle: &Bundle, puts: &[Put]) -> Evidence {
    let mut bundle = bundle.clone();
    for put in puts {
        let mut places = 0;
        for (record, _) in &mut bundle.records {
            if let Some(place) = put.place(&mut record.body) {
                *place = Some(put.document.to_string());
                places += 1;
            }
        }
        assert_eq!(places, 1, "{} {}", put.call, put.of);
    }
    bundle.evidence_of(|_| true, bundle.ending.clone())
}

/// What is not given of what the service needs, and of what else was asked for.
fn lacks(evidence: &Evidence, beside: &[Ask]) -> BTreeSet<Ask> {
    let asker = Asker::new(evidence);
    let mut asked: Vec<(Ask, Answer)> = needed(asker)
        .permissions
        .into_iter()
        .filter_map(|it| {
            let ask = (who(it.principal.as_ref()?), it.action, it.resource);
            Some((ask, it.explanation.answer))
        })
        .collect();
    for ask in beside {
        let (who, action, resource) = ask;
        let principal = match who.starts_with("arn:") {
            true => asker.as_principal(who),
            false => Principal::Service { name: who.clone() },
        };
        let answer = asker.explain(principal, action, resource).answer;
        asked.push((ask.clone(), answer));
    }
    let given = |answer: &Answer| match answer {
        Answer::Allowed => true,
        Answer::Denied(_) => false,
        Answer::Unknown(doubt) => doubt.is_organization_only(),
    };
    let lacking = asked.into_iter().filter(|(_, answer)| !given(answer));
    lacking.map(|(ask, _)| ask).collect()
}

fn who(principal: &Principal) -> String {
    match principal {
        Principal::Role { arn, .. } => arn.clone(),
        Principal::Service { name } => name.clone(),
        other => format!("{other:?}"),
    }
}

/// What a finding asks for that is not the service's own: a trust that a refused call needed, or
/// what AWS said that somebody may not do.
fn asks(finding: &FindingFacts, puts: &[Put], bundle: &Bundle) -> Vec<Ask> {
    let service = match finding.rule {
        "access-role-trust" => Some("build.apprunner.amazonaws.com"),
        "instance-role-trust" => Some("tasks.apprunner.amazonaws.com"),
        _ => None,
    };
    let mut asks = Vec::new();
    for role in puts.iter().filter_map(|put| put.role(bundle)) {
        if let Some(service) = service {
            asks.push((
                service.to_owned(),
                "sts:AssumeRole".to_owned(),
                role.clone(),
            ));
        }
        for quote in finding.proof.iter().filter_map(|it| it.quote.as_ref()) {
            let said = quote.split_once("not authorized to perform: ");
            let said = said.and_then(|(_, rest)| rest.split_once(" on resource: "));
            if let Some((action, rest)) = said {
                let resource = rest.split_whitespace().next().unwrap();
                asks.push((role.clone(), action.to_owned(), resource.to_owned()));
            }
        }
    }
    asks
}

/// What was found and tried.
#[derive(Default)]
struct Tally {
    /// How many fixes there were, by rule.
    fixes: BTreeMap<&'static str, u32>,
    statements: usize,
    mended: usize,
    narrower: usize,
    wrong: Vec<String>,
}

impl Tally {
    /// The fixes for a bundle as it is, and for the same with each set of permissions lacking.
    fn count(&mut self, name: &str, bundle: &Bundle) {
        for role in self.of_bundle(name, bundle) {
            let needs: Vec<Ask> = needed(Asker::new(&with(bundle, &[])))
                .permissions
                .into_iter()
                .filter(|it| it.principal.as_ref().is_some_and(|it| who(it) == role))
                .map(|it| (role.clone(), it.action, it.resource))
                .collect();
            for lacking in 1..1_u32 << needs.len() {
                let has = needs.iter().enumerate();
                let has = has.filter(|(at, _)| lacking & (1 << at) == 0);
                let has: Vec<&Ask> = has.map(|(_, ask)| ask).collect();
                self.of_bundle(
                    &format!("{name} with {has:?}"),
                    &bundle.with_role_that_has(&role, &has),
                );
            }
        }
    }

    /// The fixes for a bundle; gives the roles of the service that get a policy.
    fn of_bundle(&mut self, name: &str, bundle: &Bundle) -> BTreeSet<String> {
        let mut roles = BTreeSet::new();
        let report = report::assemble(&with(bundle, &[]));
        for finding in &report.findings {
            let puts: Vec<Put> = finding
                .fix
                .iter()
                .filter_map(|step| match step {
                    Step::Command(words) => Put::of(bundle, words),
                    Step::Text(_) => None,
                })
                .collect();
            if puts.is_empty() {
                continue;
            }
            *self.fixes.entry(finding.rule).or_default() += 1;
            self.statements += puts.iter().map(|it| it.new.len()).sum::<usize>();
            // Roles of people and pipelines are not collected.
            let mut whole = bundle.clone();
            for put in &puts {
                whole.add_role(put);
                if put.call == "put-role-policy" && whole.records.len() == bundle.records.len() {
                    roles.extend(put.role(bundle));
                }
            }
            let asks = asks(finding, &puts, &whole);
            self.tried(&format!("{name}: {}", finding.rule), &whole, &asks, &puts);
        }
        roles
    }

    fn tried(&mut self, what: &str, bundle: &Bundle, asks: &[Ask], puts: &[Put]) {
        let before = lacks(&with(bundle, &[]), asks);
        let after = lacks(&with(bundle, puts), asks);
        let mended: BTreeSet<&Ask> = before.difference(&after).collect();
        self.mended += mended.len();
        if mended.is_empty() {
            self.wrong.push(format!("{what}: nothing is allowed by it"));
        }
        for ask in &after {
            if puts.iter().any(|put| put.names(ask)) {
                self.wrong
                    .push(format!("{what}: {ask:?} is named and not allowed"));
            }
        }
        for (at, put) in puts.iter().enumerate() {
            for wild in put.wildcards() {
                self.wrong.push(format!("{what}: {wild} names too much"));
            }
            for (left_out, fewer) in put.narrower() {
                self.narrower += 1;
                let mut puts = puts.to_vec();
                puts[at] = fewer;
                let still = lacks(&with(bundle, &puts), asks);
                if !mended.iter().any(|ask| still.contains(*ask)) {
                    self.wrong.push(format!("{what}: {left_out} is not needed"));
                }
            }
        }
    }
}

#[test]
fn what_a_fix_permits_is_what_was_missing_and_no_more() {
    let mut all = Tally::default();
    for it in bundle::each(Tally::count) {
        for (rule, count) in it.fixes {
            *all.fixes.entry(rule).or_default() += count;
        }
        all.statements += it.statements;
        all.mended += it.mended;
        all.narrower += it.narrower;
        all.wrong.extend(it.wrong);
    }
    all.wrong.sort();
    println!(
        "{} fixes with {} statements give {} permissions; {} were tried with less: {} wrong",
        all.fixes.values().sum::<u32>(),
        all.statements,
        all.mended,
        all.narrower,
        all.wrong.len()
    );
    for (rule, count) in &all.fixes {
        println!("  {rule} {count}");
    }
    assert!(all.wrong.is_empty(), "{}", all.wrong.join("\n"));
    assert!(all.narrower > 300, "{}", all.narrower);
}
