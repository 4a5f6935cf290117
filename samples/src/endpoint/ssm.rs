//! Systems Manager: what is known of parameters, but not what is in them.

use serde_json::Value;

use super::{
    Served,
    answer::{Answer, Failure, Out},
    page::{self, Paging},
    request::Request,
    validate::{bool, int, list, text},
};
use crate::account::Parameter;

pub(super) const SERVED: &[Served] = &[Served {
    operation: "DescribeParameters",
    members: &[
        list("Filters", 0, 50),
        list("ParameterFilters", 0, 50),
        int("MaxResults", 1, 50),
        text("NextToken", 0, 10_000),
        bool("Shared"),
    ],
    paging: Some(Paging {
        token_in: "NextToken",
        token_out: &["NextToken"],
        items: &["Parameters"],
        more: None,
    }),
    answer: describe_parameters,
}];

fn describe_parameters(request: &Request<'_>) -> Result<Answer, Failure> {
    let old = request.list("Filters");
    let new = request.list("ParameterFilters");
    if !old.is_empty() && !new.is_empty() {
        return Err(Failure::new(
            "ValidationException",
            "You can use either Filters or ParameterFilters in a single request.",
        ));
    }
    // The old filters take the begin of a name.
    let filters = old
        .iter()
        .map(|filter| Filter::read(filter, "BeginsWith"))
        .chain(new.iter().map(|filter| Filter::read(filter, "Equals")))
        .collect::<Result<Vec<_>, _>>()?;
    let found = request
        .account
        .parameters
        .iter()
        .filter(|parameter| {
            parameter.region == request.region
                && request.bool("Shared") != Some(true)
                && filters.iter().all(|filter| filter.takes(parameter))
        })
        .collect::<Vec<_>>();
    let (range, next) = page::slice(request, found.len(), "MaxResults", 50)?;
    let parameters = Out::list(&found[range], |parameter| {
        Out::map()
            .with("Name", &parameter.name)
            .with("ARN", &parameter.arn)
            .with("Type", parameter.parameter_type.as_str())
            .with_some("KeyId", parameter.kms_key.as_ref())
            .with("LastModifiedDate", parameter.changed_at)
            .with("LastModifiedUser", &parameter.changed_by)
            .with("Version", parameter.version)
            .with("Tier", "Standard")
            .with("Policies", Vec::new())
            .with("DataType", "text")
    });
    Ok(Answer {
        out: Out::map().with("Parameters", parameters),
        next,
    })
}

struct Filter<'r> {
    key: &'r str,
    option: &'r str,
    values: Vec<&'r str>,
}

impl<'r> Filter<'r> {
    fn read(value: &'r Value, default_option: &'r str) -> Result<Self, Failure> {
        let key = value["Key"].as_str().unwrap_or_default();
        let default_option = match key {
            "Name" => default_option,
            "Path" => "OneLevel",
            _ => "Equals",
        };
        let option = value["Option"].as_str().unwrap_or(default_option);
        let values = value["Values"].as_array().map_or(&[][..], Vec::as_slice);
        let options: &[&str] = match key {
            "Name" => &["Equals", "BeginsWith", "Contains"],
            "Path" => &["OneLevel", "Recursive"],
            "Type" | "KeyId" | "Tier" | "DataType" => &["Equals", "BeginsWith"],
            _ => {
                return Err(Failure::new(
                    "InvalidFilterKey",
                    format!("The filter key {key} is not valid."),
                ));
            }
        };
        if !options.contains(&option) {
            return Err(Failure::new(
                "InvalidFilterOption",
                format!(
                    "The filter option {option} is not valid for {key}. Valid options: {}",
                    options.join(", ")
                ),
            ));
        }
        let values = values.iter().filter_map(Value::as_str).collect::<Vec<_>>();
        if key == "Path" && values.iter().any(|path| !path.starts_with('/')) {
            return Err(Failure::new(
                "InvalidFilterValue",
                "The parameter doesn't meet the parameter name requirements. The parameter name must begin with a forward slash \"/\".",
            ));
        }
        Ok(Self {
            key,
            option,
            values,
        })
    }

    fn takes(&self, parameter: &Parameter) -> bool {
        let own = match self.key {
            "Type" => parameter.parameter_type.as_str(),
            "KeyId" => parameter.kms_key.as_deref().unwrap_or_default(),
            "Tier" => "Standard",
            "DataType" => "text",
            _ => &parameter.name,
        };
        self.values.iter().any(|value| match self.option {
            "BeginsWith" => own.starts_with(value),
            "Contains" => own.contains(value),
            "OneLevel" | "Recursive" => {
                let path = value.strip_suffix('/').unwrap_or(value);
                own.strip_prefix(path)
                    .and_then(|rest| rest.strip_prefix('/'))
                    .is_some_and(|rest| self.option == "Recursive" || !rest.contains('/'))
            }
            _ => own == *value,
        })
    }
}
