//! The parameters that the service refers to: that they exist, never their value.

use aws_sdk_ssm::types::ParameterStringFilter;
use evidence_schema::{Body, Status, record::Parameter};

use super::{Source, call};
use crate::{
    collect::Context,
    convert::{text_of, time_of},
    ledger::Out,
    pages::Pages,
    references::{Reference, references},
    status::{Outcome, status_of},
};

const DESCRIBE_PARAMETERS: &str = "ssm:DescribeParameters";

/// The row of the table.
pub(crate) const SOURCE: Source = Source {
    name: "parameters",
    gives: "the parameters that the service refers to, never their values",
    calls: &[call(DESCRIBE_PARAMETERS, "*")],
};

/// Looks for each parameter by its name.
pub(crate) async fn collect(out: &mut Out<'_>, context: &Context<'_>) -> Result<(), Outcome> {
    let mut parameters = Vec::new();
    for (reference, referenced_by) in references(context.service)? {
        if let Reference::Parameter {
            stated,
            names,
            account,
        } = reference
        {
            out.plan(Some(&stated), &[]);
            parameters.push((stated, names, account, referenced_by));
        }
    }
    if parameters.is_empty() {
        return Err(Outcome::not_asked("the service refers to no parameter"));
    }
    for (stated, names, account, referenced_by) in parameters {
        if account.is_some_and(|account| account != context.target.account) {
            let note = "the parameter is of another account, which App Runner cannot read";
            out.skip(Some(&stated), Outcome::not_asked(note));
            continue;
        }
        out.begin(Some(&stated));
        let result = read(out, context, &stated, names, referenced_by).await;
        out.end(result);
    }
    Ok(())
}

async fn read(
    out: &mut Out<'_>,
    context: &Context<'_>,
    stated: &str,
    names: Vec<String>,
    referenced_by: Vec<String>,
) -> Result<(), Outcome> {
    let filter = ParameterStringFilter::builder()
        .key("Name")
        .option("Equals")
        .set_values(Some(names))
        .build()
        .map_err(|error| Outcome::noted(Status::Failed, &error.to_string()))?;
    let mut found = false;
    let mut pages = Pages::default();
    loop {
        out.call(DESCRIBE_PARAMETERS);
        let page = context
            .aws
            .ssm
            .describe_parameters()
            .parameter_filters(filter.clone())
            .set_next_token(pages.token())
            .send()
            .await
            .map_err(|error| status_of(DESCRIBE_PARAMETERS, error))?;
        for it in page.parameters.unwrap_or_default() {
            let Some(name) = text_of(it.name.as_ref()) else {
                continue;
            };
            found = true;
            let kms_key = text_of(it.key_id.as_ref());
            if let Some(key) = &kms_key {
                let arn = text_of(it.arn.as_ref());
                let used_by = arn.as_deref().unwrap_or(stated);
                context.leads.key(context.target, key, used_by);
            }
            out.push(Body::Parameter(Parameter {
                reference: stated.to_owned(),
                name,
                arn: text_of(it.arn.as_ref()),
                referenced_by: referenced_by.clone(),
                parameter_type: text_of(it.r#type.as_ref()),
                kms_key,
                // Versions count from 1; the SDK puts 0 where AWS sent nothing.
                version: Some(it.version).filter(|version| *version > 0),
                tier: text_of(it.tier.as_ref()),
                data_type: text_of(it.data_type.as_ref()),
                changed_at: time_of(it.last_modified_date.as_ref()),
                changed_by: text_of(it.last_modified_user.as_ref()),
            }));
        }
        if !pages.advance(page.next_token)? {
            break;
        }
    }
    if found {
        Ok(())
    } else {
        Err(Outcome::absent("the parameter does not exist"))
    }
}
