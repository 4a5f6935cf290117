//! Service quotas.

use super::{id, stated::QuotaText};

/// A quota.
#[derive(Clone, Debug)]
pub struct Quota {
    /// The code of the service, such as `fargate`.
    pub service: String,
    /// The name of the service.
    pub service_name: String,
    /// The code of the quota.
    pub code: String,
    /// The name of the quota.
    pub name: String,
    /// What it is in this account.
    pub value: f64,
    /// Whether Service Quotas knows that value; where it does not, it has only that of everybody.
    pub is_applied: bool,
    /// What AWS gives everybody.
    pub default_value: f64,
    /// Whether AWS raises it on demand.
    pub adjustable: bool,
}

/// Quotas of App Runner as its guide lists them. Their codes are published nowhere, so those that
/// are served here are made up.
const APP_RUNNER: [(&str, f64, bool); 6] = [
    ("Services", 30.0, true),
    ("Connections", 10.0, true),
    ("Auto scaling configurations - Names", 10.0, true),
    ("Observability configurations - Names", 10.0, true),
    ("VPC connectors", 10.0, true),
    ("VPC Ingress Connections", 1.0, false),
];

/// The quotas that App Runner is under, changed by what the file states.
pub(super) fn quotas(stated: Vec<QuotaText>) -> Vec<Quota> {
    let fargate = |code: &str, name: &str, value: f64| Quota {
        service: "fargate".to_owned(),
        service_name: "AWS Fargate".to_owned(),
        code: code.to_owned(),
        name: name.to_owned(),
        value,
        is_applied: true,
        default_value: 6.0,
        adjustable: true,
    };
    let mut quotas = vec![
        fargate(
            "L-3032A538",
            "Fargate On-Demand vCPU resource count",
            1000.0,
        ),
        fargate("L-36FBB829", "Fargate Spot vCPU resource count", 1000.0),
    ];
    quotas.extend(APP_RUNNER.map(|(name, value, adjustable)| Quota {
        service: "apprunner".to_owned(),
        service_name: "AWS App Runner".to_owned(),
        code: made_up_code("apprunner", name),
        name: name.to_owned(),
        value,
        is_applied: true,
        default_value: value,
        adjustable,
    }));
    for text in stated {
        let is_it = |quota: &Quota| {
            quota.service == text.service
                && text.code.as_ref().is_none_or(|code| quota.code == *code)
                && text.name.as_ref().is_none_or(|name| quota.name == *name)
        };
        if text.exists == Some(false) {
            quotas.retain(|quota| !is_it(quota));
            continue;
        }
        match quotas.iter_mut().find(|quota| is_it(quota)) {
            Some(quota) => {
                quota.value = text.value.unwrap_or(quota.value);
                quota.is_applied = text.applied.unwrap_or(quota.is_applied);
            }
            None => {
                let name = text.name.unwrap_or_else(|| "Requests".to_owned());
                let value = text.value.unwrap_or(10.0);
                quotas.push(Quota {
                    code: text
                        .code
                        .unwrap_or_else(|| made_up_code(&text.service, &name)),
                    service_name: text.service.clone(),
                    service: text.service,
                    name,
                    value,
                    is_applied: text.applied.unwrap_or(true),
                    default_value: value,
                    adjustable: true,
                });
            }
        }
    }
    quotas.sort_by(|a, b| (&a.service, &a.code).cmp(&(&b.service, &b.code)));
    quotas
}

fn made_up_code(service: &str, name: &str) -> String {
    format!("L-{}", id::hex(8, &["quota", service, name]).to_uppercase())
}
