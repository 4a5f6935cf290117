//! The tags of the service, which tell what made it and whose it is.

use std::collections::BTreeMap;

use evidence_schema::{Body, record::Tags};

use super::{Source, call};
use crate::{
    collect::Context,
    convert::text_of,
    ledger::Out,
    status::{Outcome, status_of},
};

const LIST: &str = "apprunner:ListTagsForResource";

/// The row of the table.
pub(crate) const SOURCE: Source = Source {
    name: "tags",
    gives: "the tags of the service",
    calls: &[call(LIST, "arn:aws:apprunner:*:*:service/*")],
};

/// Reads the tags.
pub(crate) async fn collect(out: &mut Out<'_>, context: &Context<'_>) -> Result<(), Outcome> {
    out.call(LIST);
    let answer = context
        .aws
        .apprunner
        .list_tags_for_resource()
        .resource_arn(&context.target.service_arn)
        .send()
        .await
        .map_err(|error| status_of(LIST, error))?;
    let tags: BTreeMap<_, _> = answer
        .tags
        .unwrap_or_default()
        .into_iter()
        .filter_map(|tag| Some((text_of(tag.key.as_ref())?, tag.value.unwrap_or_default())))
        .collect();
    if !tags.is_empty() {
        out.push(Body::Tags(Tags {
            resource_arn: context.target.service_arn.clone(),
            tags,
        }));
    }
    Ok(())
}
