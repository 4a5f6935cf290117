//! What the members of a record are: free text, names that AWS gave out, or documents of others.

/// Members that hold what AWS made up: an identifier or a word of its vocabulary. What happens to
/// be an environment variable's value too is no secret there, and without it records cannot be
/// joined; only values that look like made by chance are looked for in them.
const IDENTIFIERS: &[&str] = &[
    "account",
    "availability_zone",
    "availability_zone_id",
    "category",
    "configuration_source",
    "digest",
    "event_id",
    "event_name",
    "event_source",
    "event_type_code",
    "fingerprint",
    "grant_id",
    "granted_operations",
    "group",
    "id",
    "interface_type",
    "kind",
    "length",
    "manifest_media_type",
    "name",
    "namespace",
    "nat_gateway_id",
    "network_interface_id",
    "of_kind",
    "operation_id",
    "principal_type",
    "protocol",
    "provider",
    "region",
    "registry_id",
    "repository_type",
    "role_id",
    "route_table_id",
    "route_tables",
    "runtime",
    "scope",
    "security_group_id",
    "security_groups",
    "service_id",
    "source",
    "statistic",
    "status",
    "stream",
    "subnet_id",
    "subnets",
    "target",
    "type",
    "used_as",
    "user_id",
    "vpc_endpoint_id",
    "vpc_id",
];

/// Members whose inside is somebody else's document: there every string and every name is free
/// text, and a name may tell that a secret follows.
const DOCUMENTS: &[&str] = &["request_parameters", "response_elements"];

/// Members that are maps, whose names somebody chose.
const MAPS: &[&str] = &[
    "dimensions",
    "environment_secrets",
    "environment_variables",
    "stages",
    "tags",
];

/// What stands at a place of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// Members of a type of ours.
    Members,
    /// A map whose names somebody chose; its values are free text.
    Map,
    /// A name that AWS gave out.
    Identifier,
    /// Somebody else's document.
    Document,
    /// What a name in such a document calls secret.
    Secret,
}

impl Place {
    /// What stands in the member of this name.
    pub(crate) fn of(self, name: &str) -> Self {
        match self {
            Self::Secret => Self::Secret,
            Self::Document if is_secret(name) => Self::Secret,
            Self::Document => Self::Document,
            Self::Map => Self::Map,
            Self::Members | Self::Identifier if DOCUMENTS.contains(&name) => Self::Document,
            Self::Members | Self::Identifier if MAPS.contains(&name) => Self::Map,
            Self::Members | Self::Identifier if IDENTIFIERS.contains(&name) => Self::Identifier,
            Self::Members | Self::Identifier => Self::Members,
        }
    }

    /// Whether somebody chose the names of the members here.
    pub(crate) fn has_free_names(self) -> bool {
        matches!(self, Self::Map | Self::Document | Self::Secret)
    }
}

/// What the name of a secret ends with, in letters and digits only.
const SECRET_ENDINGS: &[&str] = &[
    "accesskey",
    "apikey",
    "authorization",
    "authtoken",
    "clientsecret",
    "connectionstring",
    "credential",
    "credentials",
    "environmentvariables",
    "passphrase",
    "passwd",
    "password",
    "privatekey",
    "pwd",
    "secret",
    "secretaccesskey",
    "secretbinary",
    "secretkey",
    "secretstring",
    "sessiontoken",
    "token",
];

/// Names that end so and say where to go on, or that something was asked for only once.
const NO_SECRETS: &[&str] = &[
    "clientrequesttoken",
    "clienttoken",
    "continuationtoken",
    "idempotencytoken",
    "nexttoken",
    "paginationtoken",
];

fn is_secret(name: &str) -> bool {
    let name: String = name
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|it| it.to_ascii_lowercase())
        .collect();
    SECRET_ENDINGS.iter().any(|it| name.ends_with(it)) && !NO_SECRETS.contains(&name.as_str())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::Value;

    use super::*;

    /// The names of the members of the schema, and those of them that are maps or anything.
    fn named(schema: &Value, all: &mut BTreeSet<String>, maps: &mut BTreeSet<String>) {
        match schema {
            Value::Object(members) => {
                if let Some(Value::Object(properties)) = members.get("properties") {
                    for (name, of) in properties {
                        all.insert(name.clone());
                        let is_map = of.get("additionalProperties").is_some();
                        let is_anything = of.get("type").is_none()
                            && ["$ref", "anyOf", "oneOf", "allOf", "const"]
                                .iter()
                                .all(|it| of.get(it).is_none());
                        if is_map || is_anything {
                            maps.insert(name.clone());
                        }
                    }
                }
                members.values().for_each(|it| named(it, all, maps));
            }
            Value::Array(items) => items.iter().for_each(|it| named(it, all, maps)),
            _ => {}
        }
    }

    #[test]
    fn every_name_is_one_of_the_format_and_every_map_is_known() {
        let schema = evidence_schema::schema();
        let (mut all, mut maps) = (BTreeSet::new(), BTreeSet::new());
        for (name, of) in schema["$defs"].as_object().expect("the types") {
            // The manifest is ours.
            if !["Manifest", "Redaction"].contains(&name.as_str()) {
                named(of, &mut all, &mut maps);
            }
        }
        let known: BTreeSet<String> = MAPS
            .iter()
            .chain(DOCUMENTS)
            .map(|it| (*it).to_owned())
            .collect();
        assert_eq!(maps, known);
        for name in IDENTIFIERS {
            assert!(all.contains(*name) || *name == "kind", "{name}");
        }
    }

    #[test]
    fn a_name_tells_that_a_secret_follows() {
        for name in [
            "password",
            "MasterUserPassword",
            "client_secret",
            "api-key",
            "SecretString",
            "runtimeEnvironmentVariables",
        ] {
            assert_eq!(Place::Document.of(name), Place::Secret, "{name}");
        }
        for name in [
            "nextToken",
            "secretId",
            "secretArn",
            "tokenType",
            "serviceName",
        ] {
            assert_eq!(Place::Document.of(name), Place::Document, "{name}");
        }
        assert_eq!(Place::Secret.of("any"), Place::Secret);
        assert_eq!(Place::Members.of("tags"), Place::Map);
        assert_eq!(Place::Members.of("password"), Place::Members);
    }
}
