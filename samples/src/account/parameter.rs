//! Parameters of Systems Manager. Their contents exist nowhere.

use chrono::{DateTime, TimeDelta, Utc};
use toml::Spanned;

use super::{Context, ParameterType, Problem, Service, stated::ParameterText};

/// A parameter.
#[derive(Clone, Debug)]
pub struct Parameter {
    /// The name, with a slash in front if it has a path.
    pub name: String,
    /// The ARN.
    pub arn: String,
    /// The Region.
    pub region: String,
    /// How it is kept.
    pub parameter_type: ParameterType,
    /// The key of an encrypted one.
    pub kms_key: Option<String>,
    /// When it was last changed.
    pub changed_at: DateTime<Utc>,
    /// The ARN of who changed it.
    pub changed_by: String,
    /// How often it was written.
    pub version: i64,
}

/// The parameters to which services refer, which are healthy, and those that the file states.
pub(super) fn parameters(
    stated: Vec<Spanned<ParameterText>>,
    services: &[Service],
    context: &Context,
) -> Result<Vec<Parameter>, Problem> {
    let mut parameters = Vec::<Parameter>::new();
    for reference in services.iter().flat_map(|service| service.secrets.values()) {
        let Some((region, name)) = referred(reference, context) else {
            continue;
        };
        let parameter = healthy(name, &region, context);
        if parameters.iter().all(|known| known.arn != parameter.arn) {
            parameters.push(parameter);
        }
    }
    for text in stated {
        let span = text.span();
        let text = text.into_inner();
        let position = parameters
            .iter()
            .position(|known| known.arn == text.name || plain(&known.name) == plain(&text.name));
        let position = match position {
            Some(position) => position,
            None if text.name.starts_with("arn:") => {
                return Err(Problem::at(
                    span,
                    "no service refers to this parameter: state its name instead",
                ));
            }
            None => {
                parameters.push(healthy(text.name.clone(), &context.region, context));
                parameters.len() - 1
            }
        };
        if text.exists == Some(false) {
            parameters.remove(position);
            continue;
        }
        let parameter = &mut parameters[position];
        if !text.name.starts_with("arn:") {
            parameter.name = text.name;
        }
        parameter.parameter_type = text.parameter_type.unwrap_or(parameter.parameter_type);
        parameter.kms_key = match (parameter.parameter_type, text.kms_key) {
            (ParameterType::SecureString, Some(key)) => Some(key),
            (ParameterType::SecureString, None) => parameter.kms_key.take(),
            (_, Some(_)) => {
                return Err(Problem::at(span, "only a SecureString has a key"));
            }
            (_, None) => None,
        };
        if let Some(changed) = text.changed {
            parameter.changed_at = changed.at(context.now);
        }
        if let Some(by) = text.by {
            parameter.changed_by = user(&by, context);
        }
        parameter.version = text.version.unwrap_or(parameter.version);
    }
    parameters.sort_by(|a, b| a.arn.cmp(&b.arn));
    Ok(parameters)
}

/// The Region and the name of the parameter that a service means, by ARN or by name alone.
fn referred(reference: &str, context: &Context) -> Option<(String, String)> {
    if !reference.starts_with("arn:") {
        return Some((context.region.clone(), reference.to_owned()));
    }
    let parts = reference.splitn(6, ':').collect::<Vec<_>>();
    let ["arn", _, "ssm", region, account, resource] = parts.as_slice() else {
        return None;
    };
    let path = resource.strip_prefix("parameter")?;
    // In an ARN the slash of a path is that behind `parameter`; only a name with more of them is
    // sure to begin with one.
    let name = match path.strip_prefix('/') {
        Some(name) if !name.contains('/') => name,
        _ => path,
    };
    (*account == context.account).then(|| ((*region).to_owned(), name.to_owned()))
}

fn healthy(name: String, region: &str, context: &Context) -> Parameter {
    let path = plain(&name);
    Parameter {
        arn: format!("arn:aws:ssm:{region}:{}:parameter/{path}", context.account),
        region: region.to_owned(),
        parameter_type: ParameterType::SecureString,
        kms_key: Some("alias/aws/ssm".to_owned()),
        changed_at: context.now - TimeDelta::days(200),
        changed_by: user("Deployer", context),
        version: 1,
        name,
    }
}

fn plain(name: &str) -> &str {
    name.strip_prefix('/').unwrap_or(name)
}

fn user(by: &str, context: &Context) -> String {
    if by.starts_with("arn:") {
        return by.to_owned();
    }
    format!("arn:aws:sts::{}:assumed-role/{by}/ci", context.account)
}
