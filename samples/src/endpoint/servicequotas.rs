//! Service Quotas.

use super::{
    Served,
    answer::{Answer, Failure, Out},
    page::{self, Paging},
    request::Request,
    validate::{Member, int, text, word},
};
use crate::account::Quota;

const SERVICE: Member = text("ServiceCode", 1, 63).required();
const QUOTA: Member = text("QuotaCode", 1, 128).required();

const PAGING: Option<Paging> = Some(Paging {
    token_in: "NextToken",
    token_out: &["NextToken"],
    items: &["Quotas"],
    more: None,
});

pub(super) const SERVED: &[Served] = &[
    Served {
        operation: "GetAWSDefaultServiceQuota",
        members: &[SERVICE, QUOTA],
        paging: None,
        answer: get_aws_default_service_quota,
    },
    Served {
        operation: "GetServiceQuota",
        members: &[SERVICE, QUOTA, text("ContextId", 0, 2048)],
        paging: None,
        answer: get_service_quota,
    },
    Served {
        operation: "ListAWSDefaultServiceQuotas",
        members: &[
            SERVICE,
            int("MaxResults", 1, 100),
            text("NextToken", 0, 2048),
        ],
        paging: PAGING,
        answer: list_aws_default_service_quotas,
    },
    Served {
        operation: "ListServiceQuotas",
        members: &[
            SERVICE,
            text("QuotaCode", 1, 128),
            word("QuotaAppliedAtLevel", &["ACCOUNT", "RESOURCE", "ALL"]),
            int("MaxResults", 1, 100),
            text("NextToken", 0, 2048),
        ],
        paging: PAGING,
        answer: list_service_quotas,
    },
];

fn get_service_quota(request: &Request<'_>) -> Result<Answer, Failure> {
    let quota = quota(request)?;
    if !quota.is_applied {
        return Err(no_such_quota());
    }
    Ok(Out::map()
        .with("Quota", quota_out(request, quota, quota.value))
        .into())
}

fn get_aws_default_service_quota(request: &Request<'_>) -> Result<Answer, Failure> {
    let quota = quota(request)?;
    Ok(Out::map()
        .with("Quota", quota_out(request, quota, quota.default_value))
        .into())
}

fn list_service_quotas(request: &Request<'_>) -> Result<Answer, Failure> {
    let code = request.text("QuotaCode");
    let mut found = of_service(request)?;
    found.retain(|quota| {
        quota.is_applied
            && code.is_none_or(|code| quota.code == code)
            && request.text("QuotaAppliedAtLevel") != Some("RESOURCE")
    });
    list(request, &found, |quota| quota.value)
}

fn list_aws_default_service_quotas(request: &Request<'_>) -> Result<Answer, Failure> {
    list(request, &of_service(request)?, |quota| quota.default_value)
}

fn of_service<'a>(request: &Request<'a>) -> Result<Vec<&'a Quota>, Failure> {
    let service = request.required("ServiceCode");
    let quotas = request.account.quotas.iter();
    let found: Vec<_> = quotas.filter(|quota| quota.service == service).collect();
    if found.is_empty() {
        return Err(no_such_resource(
            "The request failed because the specified service does not exist.",
        ));
    }
    Ok(found)
}

fn list(
    request: &Request<'_>,
    found: &[&Quota],
    value: impl Fn(&Quota) -> f64,
) -> Result<Answer, Failure> {
    let (range, next) = page::slice(request, found.len(), "MaxResults", 100)?;
    let list = Out::list(&found[range], |quota| {
        quota_out(request, quota, value(quota))
    });
    Ok(Answer {
        out: Out::map().with("Quotas", list),
        next,
    })
}

fn quota<'a>(request: &Request<'a>) -> Result<&'a Quota, Failure> {
    let service = request.required("ServiceCode");
    let code = request.required("QuotaCode");
    request
        .account
        .quotas
        .iter()
        .find(|quota| quota.service == service && quota.code == code)
        .ok_or_else(no_such_quota)
}

fn quota_out(request: &Request<'_>, quota: &Quota, value: f64) -> Out {
    let arn = format!(
        "arn:aws:servicequotas:{}:{}:{}/{}",
        request.region, request.account.id, quota.service, quota.code
    );
    Out::map()
        .with("ServiceCode", &quota.service)
        .with("ServiceName", &quota.service_name)
        .with("QuotaArn", arn)
        .with("QuotaCode", &quota.code)
        .with("QuotaName", &quota.name)
        .with("Value", Out::Float(value))
        .with("Unit", "None")
        .with("Adjustable", quota.adjustable)
        .with("GlobalQuota", false)
        .with("QuotaAppliedAtLevel", "ACCOUNT")
}

fn no_such_quota() -> Failure {
    no_such_resource("The request failed because the specified service quota does not exist.")
}

fn no_such_resource(message: &str) -> Failure {
    Failure::new("NoSuchResourceException", message)
}
