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
        operation: "ListServiceQuotas",
        members: &[
            SERVICE,
            text("QuotaCode", 1, 128),
            word("QuotaAppliedAtLevel", &["ACCOUNT", "RESOURCE", "ALL"]),
            int("MaxResults", 1, 100),
            text("NextToken", 0, 2048),
        ],
        paging: Some(Paging {
            token_in: "NextToken",
            token_out: &["NextToken"],
            items: &["Quotas"],
            more: None,
        }),
        answer: list_service_quotas,
    },
];

fn get_service_quota(request: &Request<'_>) -> Result<Answer, Failure> {
    let quota = quota(request)?;
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
    let service = request.required("ServiceCode");
    let quotas = &request.account.quotas;
    if quotas.iter().all(|quota| quota.service != service) {
        return Err(no_such_resource(
            "The request failed because the specified service does not exist.",
        ));
    }
    let code = request.text("QuotaCode");
    let found = quotas
        .iter()
        .filter(|quota| {
            quota.service == service
                && code.is_none_or(|code| quota.code == code)
                && request.text("QuotaAppliedAtLevel") != Some("RESOURCE")
        })
        .collect::<Vec<_>>();
    let (range, next) = page::slice(request, found.len(), "MaxResults", 100)?;
    let list = Out::list(&found[range], |quota| {
        quota_out(request, quota, quota.value)
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
        .ok_or_else(|| {
            no_such_resource(
                "The request failed because the specified service quota does not exist.",
            )
        })
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

fn no_such_resource(message: &str) -> Failure {
    Failure::new("NoSuchResourceException", message)
}
