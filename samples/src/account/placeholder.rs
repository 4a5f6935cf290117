//! What stands for ids and names in the lines of a file.

use serde_json::Value;

use super::{Context, ImageReference, Operation, Service};

/// The placeholders of a service and, if there is one, an operation.
pub(super) struct Placeholders(Vec<(&'static str, String)>);

impl Placeholders {
    pub(super) fn of(service: &Service, operation: Option<&Operation>, context: &Context) -> Self {
        let image = service.image.clone().unwrap_or_default();
        let tag = ImageReference::parse(&image)
            .and_then(|reference| reference.tag)
            .unwrap_or_default();
        let repository = image
            .strip_suffix(&format!(":{tag}"))
            .or_else(|| image.split_once('@').map(|(repository, _)| repository))
            .unwrap_or(&image)
            .to_owned();
        let mut values = vec![
            ("service", service.name.clone()),
            ("service_id", service.id.clone()),
            ("service_arn", service.arn.clone()),
            ("url", service.url.clone()),
            ("account", context.account.clone()),
            ("region", context.region.clone()),
            ("image", image),
            ("repository", repository),
            ("tag", tag),
            ("port", service.port.clone()),
            ("path", service.health_check.path.clone()),
            ("source_url", service.source_url.clone()),
            ("branch", service.branch.clone()),
            ("source_directory", service.source_directory.clone()),
            (
                "access_role",
                service.access_role_arn.clone().unwrap_or_default(),
            ),
            (
                "instance_role",
                service.instance_role_arn.clone().unwrap_or_default(),
            ),
        ];
        if let Some(operation) = operation {
            values.push(("id", operation.log_id()));
            values.push(("operation_id", operation.id.clone()));
            values.push(("instance_id", operation.instance_id()));
        }
        Self(values)
    }

    /// The same for every text of a JSON value.
    pub(super) fn fill_json(&self, value: Value) -> Value {
        match value {
            Value::String(text) => Value::String(self.fill(&text)),
            Value::Array(items) => items.into_iter().map(|it| self.fill_json(it)).collect(),
            Value::Object(members) => members
                .into_iter()
                .map(|(name, it)| (name, self.fill_json(it)))
                .collect(),
            other => other,
        }
    }

    /// The text with the values in it; what is put in is not looked at again.
    pub(super) fn fill(&self, text: &str) -> String {
        let mut filled = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(start) = rest.find('{') {
            filled.push_str(&rest[..start]);
            rest = &rest[start..];
            let value = rest.find('}').and_then(|end| {
                let name = &rest[1..end];
                let (_, value) = self.0.iter().find(|(known, _)| *known == name)?;
                Some((end, value))
            });
            match value {
                Some((end, value)) => {
                    filled.push_str(value);
                    rest = &rest[end + 1..];
                }
                None => {
                    filled.push('{');
                    rest = &rest[1..];
                }
            }
        }
        filled.push_str(rest);
        filled
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_braces_stay() {
        let placeholders = Placeholders(vec![("port", "8080".to_owned())]);
        assert_eq!(
            placeholders.fill("{\"port\": {port}} {unknown} {port"),
            "{\"port\": 8080} {unknown} {port"
        );
    }

    #[test]
    fn every_text_of_a_value_is_filled() {
        let placeholders = Placeholders(vec![("port", "8080".to_owned())]);
        let value = serde_json::json!({"a": ["{port}", 1], "b": {"c": "x{port}"}});
        let filled = serde_json::json!({"a": ["8080", 1], "b": {"c": "x8080"}});
        assert_eq!(placeholders.fill_json(value), filled);
    }
}
