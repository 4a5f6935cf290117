//! What IAM says of the actions that a deployment needs: whether each role may do them.

use std::collections::BTreeSet;

use aws_sdk_iam::types::EvaluationResult;
use evidence_schema::{
    Body,
    record::{RoleSimulation, RoleUse},
};

use super::{Source, call, image, roles};
use crate::{
    collect::Context,
    convert::{text, text_of},
    ledger::Out,
    pages::Pages,
    references::{Reference, references},
    status::{Outcome, status_of},
};

const SIMULATE: &str = "iam:SimulatePrincipalPolicy";

/// The row of the table.
pub(crate) const SOURCE: Source = Source {
    name: "role-simulations",
    gives: "what IAM says of each action that a deployment needs from the roles",
    calls: &[call(SIMULATE, "arn:aws:iam::*:role/*")],
};

/// What pulling an image takes.
const PULL: &[&str] = &[
    "ecr:BatchCheckLayerAvailability",
    "ecr:BatchGetImage",
    "ecr:DescribeImages",
    "ecr:GetDownloadUrlForLayer",
];

/// What sending traces takes.
const TRACE: &[&str] = &["xray:PutTelemetryRecords", "xray:PutTraceSegments"];

/// Actions on one resource.
type Need = (&'static [&'static str], String);

/// Asks of each role for what the service needs it. Runs after the sources that find the keys.
pub(crate) async fn collect(out: &mut Out<'_>, context: &Context<'_>) -> Result<(), Outcome> {
    if context.service.is_none() {
        return Err(Outcome::not_asked("the service could not be described"));
    }
    let roles = roles::used(context);
    if roles.is_empty() {
        return Err(Outcome::not_asked("the service uses no role"));
    }
    for (arn, _) in &roles {
        out.plan(Some(arn), &[]);
    }
    for (arn, used_as) in roles {
        let needs = needs(context, &used_as);
        if needs.is_empty() {
            let note = "the service needs no action of this role that is known from outside";
            out.skip(Some(&arn), Outcome::not_asked(note));
            continue;
        }
        out.begin(Some(&arn));
        let result = simulate(out, context, &arn, needs).await;
        out.end(result);
    }
    Ok(())
}

/// What a role is needed for. What the application itself calls cannot be known.
fn needs(context: &Context<'_>, used_as: &[RoleUse]) -> Vec<Need> {
    let mut needs: Vec<Need> = Vec::new();
    if used_as.contains(&RoleUse::Access)
        && let Ok(reference) = image::reference(context)
    {
        needs.push((&["ecr:GetAuthorizationToken"], "*".to_owned()));
        needs.push((PULL, reference.arn()));
    }
    if used_as.contains(&RoleUse::Instance) {
        let mut encrypted = BTreeSet::new();
        for reference in references(context.service).unwrap_or_default().into_keys() {
            match reference {
                Reference::Secret { arn, .. } => {
                    encrypted.insert(arn.clone());
                    needs.push((&["secretsmanager:GetSecretValue"], arn));
                }
                Reference::Parameter { names, .. } => {
                    let target = context.target;
                    let arn = format!(
                        "arn:aws:ssm:{}:{}:parameter/{}",
                        target.region,
                        target.account,
                        names[0].trim_start_matches('/')
                    );
                    encrypted.insert(arn.clone());
                    needs.push((&["ssm:GetParameters"], arn));
                }
                Reference::Unknown(_) => {}
            }
        }
        for (key, used_by) in context.leads.keys() {
            // The policy of a key decides by the key itself, and an alias is only its name.
            let is_key = key.contains(":key/");
            if is_key && used_by.iter().any(|it| encrypted.contains(it)) {
                needs.push((&["kms:Decrypt"], key));
            }
        }
        let observability = context.service.and_then(|it| it.observability.as_ref());
        if observability.is_some_and(|it| it.enabled) {
            needs.push((TRACE, "*".to_owned()));
        }
    }
    needs
}

async fn simulate(
    out: &mut Out<'_>,
    context: &Context<'_>,
    role: &str,
    needs: Vec<Need>,
) -> Result<(), Outcome> {
    for (actions, resource) in needs {
        let mut pages = Pages::default();
        loop {
            out.call(SIMULATE);
            let page = context
                .aws
                .iam
                .simulate_principal_policy()
                .policy_source_arn(role)
                .set_action_names(Some(actions.iter().map(|it| (*it).to_owned()).collect()))
                .resource_arns(&resource)
                .set_marker(pages.token())
                .send()
                .await
                .map_err(|error| status_of(SIMULATE, error))?;
            for result in page.evaluation_results.unwrap_or_default() {
                let Some(simulation) = convert(result, role, &resource) else {
                    continue;
                };
                out.push(Body::RoleSimulation(simulation));
            }
            if !pages.advance(page.marker)? {
                break;
            }
        }
    }
    Ok(())
}

fn convert(it: EvaluationResult, role: &str, resource: &str) -> Option<RoleSimulation> {
    let matched: BTreeSet<_> = it
        .matched_statements
        .unwrap_or_default()
        .iter()
        .filter_map(|statement| text_of(statement.source_policy_id.as_ref()))
        .collect();
    let mut missing_context = it.missing_context_values.unwrap_or_default();
    missing_context.sort_unstable();
    Some(RoleSimulation {
        role_arn: role.to_owned(),
        action: text(&it.eval_action_name)?,
        resource: resource.to_owned(),
        decision: text(it.eval_decision.as_str()),
        matched_policies: matched.into_iter().collect(),
        missing_context,
        allowed_by_boundary: it
            .permissions_boundary_decision_detail
            .map(|detail| detail.allowed_by_permissions_boundary),
        allowed_by_organization: it
            .organizations_decision_detail
            .map(|detail| detail.allowed_by_organizations),
    })
}
