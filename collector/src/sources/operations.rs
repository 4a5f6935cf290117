//! What was done with the service, and how it ended. AWS gives no reasons here.

use evidence_schema::{
    Body,
    record::{Operation, OperationStatus, OperationType},
};

use super::{Source, call};
use crate::{
    aws::Aws,
    convert::{text_of, time_of},
    ledger::Out,
    pages::Pages,
    status::{Outcome, status_of},
};

const LIST_OPERATIONS: &str = "apprunner:ListOperations";

/// The row of the table.
pub(crate) const SOURCE: Source = Source {
    name: "operations",
    gives: "every operation of the service that App Runner still lists",
    calls: &[call(LIST_OPERATIONS, "arn:aws:apprunner:*:*:service/*")],
};

/// Reads every operation and hands them to `seen` too, because the windows follow from them.
pub(crate) async fn collect(
    out: &mut Out<'_>,
    aws: &Aws,
    service_arn: &str,
    seen: &mut Vec<Operation>,
) -> Result<(), Outcome> {
    let mut pages = Pages::default();
    loop {
        out.call(LIST_OPERATIONS);
        let page = aws
            .apprunner
            .list_operations()
            .service_arn(service_arn)
            .set_next_token(pages.token())
            .send()
            .await
            .map_err(|error| status_of(LIST_OPERATIONS, error))?;
        for it in page.operation_summary_list.unwrap_or_default() {
            let Some(id) = text_of(it.id.as_ref()) else {
                continue;
            };
            let operation = Operation {
                id,
                operation_type: OperationType::from(
                    text_of(it.r#type.as_ref()).unwrap_or_default(),
                ),
                status: OperationStatus::from(text_of(it.status.as_ref()).unwrap_or_default()),
                target_arn: text_of(it.target_arn.as_ref()),
                started_at: time_of(it.started_at.as_ref()),
                ended_at: time_of(it.ended_at.as_ref()),
                updated_at: time_of(it.updated_at.as_ref()),
            };
            seen.push(operation.clone());
            out.push(Body::Operation(operation));
        }
        if !pages.advance(page.next_token)? {
            return Ok(());
        }
    }
}
