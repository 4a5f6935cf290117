//! The customer's domains that lead to the service, and the DNS records that they need.

use evidence_schema::{
    Body,
    record::{CustomDomain, ValidationRecord},
};

use super::{Source, call};
use crate::{
    collect::Context,
    convert::{text, text_of},
    ledger::Out,
    pages::Pages,
    status::{Outcome, status_of},
};

const DESCRIBE: &str = "apprunner:DescribeCustomDomains";

/// The row of the table.
pub(crate) const SOURCE: Source = Source {
    name: "custom-domains",
    gives: "the customer's domains of the service and how their certificates stand",
    calls: &[call(DESCRIBE, "arn:aws:apprunner:*:*:service/*")],
};

/// Reads every domain.
pub(crate) async fn collect(out: &mut Out<'_>, context: &Context<'_>) -> Result<(), Outcome> {
    let mut pages = Pages::default();
    loop {
        out.call(DESCRIBE);
        let page = context
            .aws
            .apprunner
            .describe_custom_domains()
            .service_arn(&context.target.service_arn)
            .set_next_token(pages.token())
            .send()
            .await
            .map_err(|error| status_of(DESCRIBE, error))?;
        for it in page.custom_domains {
            let Some(domain_name) = text(&it.domain_name) else {
                continue;
            };
            let mut validation_records: Vec<_> = it
                .certificate_validation_records
                .unwrap_or_default()
                .into_iter()
                .map(|record| ValidationRecord {
                    record_name: text_of(record.name.as_ref()).unwrap_or_default(),
                    record_type: text_of(record.r#type.as_ref()),
                    value: text_of(record.value.as_ref()),
                    status: text_of(record.status.as_ref()),
                })
                .collect();
            validation_records.sort_unstable();
            out.push(Body::CustomDomain(CustomDomain {
                domain_name,
                www_subdomain: it.enable_www_subdomain,
                status: text(it.status.as_str()),
                validation_records,
            }));
        }
        if !pages.advance(page.next_token)? {
            return Ok(());
        }
    }
}
