//! The quotas that a deployment runs into: instances are doubled while it runs.

use std::collections::BTreeSet;

use aws_sdk_servicequotas::types::ServiceQuota;
use evidence_schema::{Body, Status, record::Quota};

use super::{Source, call};
use crate::{
    collect::Context,
    convert::text_of,
    ledger::Out,
    pages::Pages,
    status::{Outcome, status_of},
};

const GET_QUOTA: &str = "servicequotas:GetServiceQuota";
const GET_DEFAULT: &str = "servicequotas:GetAWSDefaultServiceQuota";
const LIST_QUOTAS: &str = "servicequotas:ListServiceQuotas";
const LIST_DEFAULTS: &str = "servicequotas:ListAWSDefaultServiceQuotas";

/// The row of the table.
pub(crate) const SOURCE: Source = Source {
    name: "quotas",
    gives: "the quota of vCPUs on Fargate and those of App Runner",
    calls: &[
        call(GET_QUOTA, "*"),
        call(GET_DEFAULT, "*"),
        call(LIST_QUOTAS, "*"),
        call(LIST_DEFAULTS, "*"),
    ],
};

/// On-Demand vCPUs, which App Runner shares with everything else on Fargate.
const FARGATE: (&str, &str) = ("fargate", "L-3032A538");
const APP_RUNNER: &str = "apprunner";

/// The subject of what AWS gives everybody.
const DEFAULTS: &str = "apprunner defaults";

/// Reads the one of Fargate, those of App Runner that the account has a value of, and the others,
/// an entry of the ledger each.
pub(crate) async fn collect(out: &mut Out<'_>, context: &Context<'_>) -> Result<(), Outcome> {
    let subject = format!("{} {}", FARGATE.0, FARGATE.1);
    out.plan(Some(&subject), &[]);
    out.plan(Some(APP_RUNNER), &[]);
    out.plan(Some(DEFAULTS), &[]);
    out.begin(Some(&subject));
    let result = fargate(out, context).await;
    out.end(result);
    out.begin(Some(APP_RUNNER));
    let mut applied = BTreeSet::new();
    let result = list(out, context, &mut applied).await;
    // Of a service of which the account has no value at all, Service Quotas may know no list.
    let is_whole = match &result {
        Ok(()) => true,
        Err(outcome) => outcome.status == Status::Absent,
    };
    out.end(result);
    if !is_whole {
        // A default would be told as the account's own quota, which may be another.
        let note = "which quotas the account has a value of its own for is not known";
        out.skip(Some(DEFAULTS), Outcome::not_asked(note));
        return Ok(());
    }
    out.begin(Some(DEFAULTS));
    let result = list_defaults(out, context, &applied).await;
    out.end(result);
    Ok(())
}

async fn fargate(out: &mut Out<'_>, context: &Context<'_>) -> Result<(), Outcome> {
    let client = &context.aws.servicequotas;
    out.call(GET_QUOTA);
    let answer = client
        .get_service_quota()
        .service_code(FARGATE.0)
        .quota_code(FARGATE.1)
        .send()
        .await
        .map_err(|error| status_of(GET_QUOTA, error));
    let (quota, is_default) = match answer {
        Ok(answer) => (answer.quota, false),
        // An account without a value of its own has the one of everybody.
        Err(outcome) if outcome.status == Status::Absent => {
            out.call(GET_DEFAULT);
            let answer = client
                .get_aws_default_service_quota()
                .service_code(FARGATE.0)
                .quota_code(FARGATE.1)
                .send()
                .await
                .map_err(|error| status_of(GET_DEFAULT, error))?;
            (answer.quota, true)
        }
        Err(outcome) => return Err(outcome),
    };
    match quota.and_then(|quota| convert(quota, is_default)) {
        Some(quota) => {
            out.push(Body::Quota(quota));
            Ok(())
        }
        None => Err(Outcome::absent("AWS answered without a quota")),
    }
}

async fn list(
    out: &mut Out<'_>,
    context: &Context<'_>,
    applied: &mut BTreeSet<String>,
) -> Result<(), Outcome> {
    let mut pages = Pages::default();
    loop {
        out.call(LIST_QUOTAS);
        let page = context
            .aws
            .servicequotas
            .list_service_quotas()
            .service_code(APP_RUNNER)
            .set_next_token(pages.token())
            .send()
            .await
            .map_err(|error| status_of(LIST_QUOTAS, error))?;
        for quota in page.quotas.unwrap_or_default() {
            if let Some(quota) = convert(quota, false) {
                applied.insert(quota.quota_code.clone());
                out.push(Body::Quota(quota));
            }
        }
        if !pages.advance(page.next_token)? {
            return Ok(());
        }
    }
}

/// The list of applied values leaves out every quota of which there is only a default.
async fn list_defaults(
    out: &mut Out<'_>,
    context: &Context<'_>,
    applied: &BTreeSet<String>,
) -> Result<(), Outcome> {
    let mut pages = Pages::default();
    loop {
        out.call(LIST_DEFAULTS);
        let page = context
            .aws
            .servicequotas
            .list_aws_default_service_quotas()
            .service_code(APP_RUNNER)
            .set_next_token(pages.token())
            .send()
            .await
            .map_err(|error| status_of(LIST_DEFAULTS, error))?;
        for quota in page.quotas.unwrap_or_default() {
            if let Some(quota) = convert(quota, true)
                && !applied.contains(&quota.quota_code)
            {
                out.push(Body::Quota(quota));
            }
        }
        if !pages.advance(page.next_token)? {
            return Ok(());
        }
    }
}

fn convert(it: ServiceQuota, is_default: bool) -> Option<Quota> {
    Some(Quota {
        service_code: text_of(it.service_code.as_ref())?,
        quota_code: text_of(it.quota_code.as_ref())?,
        quota_name: text_of(it.quota_name.as_ref()),
        value: it.value,
        unit: text_of(it.unit.as_ref()).filter(|unit| unit != "None"),
        adjustable: it.adjustable,
        is_default,
    })
}
