//! What the members of records, of request parameters and of policies hold.

use serde_json::{Map, Value};

use super::{
    account,
    mapper::{Mapper, Mode},
};

/// What the strings of a member are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Holds {
    /// Words of AWS, numbers of operations, digests: they stay.
    Nothing,
    /// Text of any kind.
    Text,
    /// A name.
    Name,
    /// A host, perhaps without a dot.
    Host,
}

/// What the names of the members of an object are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Names {
    /// Of a type: they stay.
    Type,
    /// Names of environment variables.
    Variables,
    /// Names of tags.
    Tags,
    /// A branch and its kind.
    SourceVersion,
    /// Anything.
    Any,
}

/// Where a string stands.
#[derive(Clone, Debug)]
pub(super) struct Place {
    mode: Mode,
    holds: Holds,
    /// What the members of an object that stands here are called.
    below: Names,
    /// What the members of the object around are called.
    around: Names,
    /// Whether members mean what they mean in AWS's own JSON.
    of_aws: bool,
    in_condition: bool,
    is_resource: bool,
    /// Whether `name` is a name that somebody gave.
    name_is_given: bool,
}

impl Place {
    /// At the top of a text.
    pub(super) fn new(mode: Mode, of_aws: bool) -> Self {
        Self {
            mode,
            holds: Holds::Text,
            below: Names::Any,
            around: Names::Any,
            of_aws,
            in_condition: false,
            is_resource: false,
            name_is_given: true,
        }
    }

    /// At the top of a record.
    fn of_record(kind: &str) -> Self {
        Self {
            below: Names::Type,
            around: Names::Type,
            name_is_given: !matches!(
                kind,
                "metric" | "quota" | "log_group" | "log_stream" | "health_event"
            ),
            ..Self::new(Mode::Text, true)
        }
    }

    /// In an object that stands here.
    pub(super) fn inside(&self) -> Self {
        Self {
            around: self.below,
            ..self.clone()
        }
    }

    /// In the member of this name.
    pub(super) fn member(&self, name: &str) -> Self {
        let plain: String = name
            .chars()
            .filter(|letter| letter.is_ascii_alphanumeric())
            .map(|letter| letter.to_ascii_lowercase())
            .collect();
        let mut place = self.clone();
        if !self.of_aws {
            return place;
        }
        place.is_resource |= matches!(name, "Resource" | "NotResource");
        place.in_condition |= name == "Condition";
        place.below = match plain.as_str() {
            "environmentvariables"
            | "environmentsecrets"
            | "runtimeenvironmentvariables"
            | "runtimeenvironmentsecrets" => Names::Variables,
            "tags" => Names::Tags,
            "sourcecodeversion" => Names::SourceVersion,
            "dimensions" | "requestparameters" | "responseelements" | "stages" => Names::Any,
            _ if self.around == Names::Type => Names::Type,
            _ => Names::Any,
        };
        place.holds = match (self.around, plain.as_str()) {
            // The value of a tag and of a branch is a name; so is what refers to a secret.
            (Names::Tags | Names::Variables, _) => Holds::Name,
            (Names::SourceVersion, "value") => Holds::Name,
            _ if place.in_condition => Holds::Name,
            (Names::Type, plain) if stays(plain) || name.ends_with("_at") => Holds::Nothing,
            (_, "operationid" | "eventid" | "imagedigest" | "digest" | "action" | "notaction") => {
                Holds::Nothing
            }
            (_, "name") => match self.name_is_given {
                true => Holds::Name,
                false => Holds::Text,
            },
            (_, plain) if is_host(plain) => Holds::Host,
            (_, plain) if is_name(plain) => Holds::Name,
            _ => Holds::Text,
        };
        place
    }

    /// Whether a pattern of a policy stands here.
    pub(super) fn is_pattern(&self) -> bool {
        self.is_resource || self.in_condition
    }

    /// Whether a text of any kind stands here, perhaps JSON.
    pub(super) fn holds_text(&self) -> bool {
        self.holds == Holds::Text
    }

    /// How a text that stands here is read.
    pub(super) fn mode(&self) -> Mode {
        self.mode
    }

    /// Whether members mean what they mean in AWS's own JSON.
    pub(super) fn of_aws(&self) -> bool {
        self.of_aws
    }

    /// Replaces a string that is no text.
    pub(super) fn value(&self, mapper: &Mapper<'_>, value: &str, out: &mut String) {
        match self.holds {
            Holds::Nothing => out.push_str(value),
            Holds::Text => mapper.whole(value, self, out),
            Holds::Name => mapper.name(value, out),
            Holds::Host if value.contains([':', '/', ' ']) || is_number(value) => {
                mapper.scan(value, Mode::Text, out);
            }
            Holds::Host => mapper.host(value, out),
        }
    }

    /// Replaces the name of a member of an object that stands here.
    pub(super) fn member_name(&self, mapper: &Mapper<'_>, name: &str, out: &mut String) {
        match self.around {
            Names::Type | Names::SourceVersion => out.push_str(name),
            Names::Variables => mapper.pieces(name, Mode::Text, out),
            Names::Tags if name.starts_with("aws:") => out.push_str(name),
            Names::Tags if !matches!(name, "key" | "value" | "Key" | "Value") => {
                mapper.name(name, out);
            }
            // `repositoryName` is a member of an API, whatever a service is called.
            _ if is_member_of_an_api(name) => out.push_str(name),
            _ => mapper.scan(name, Mode::Text, out),
        }
    }
}

impl Mapper<'_> {
    /// Replaces what is in a record.
    pub(super) fn record(&self, kind: &str, record: &mut Value) {
        self.members(record, &Place::of_record(kind));
    }

    fn members(&self, value: &mut Value, place: &Place) {
        match value {
            Value::Null | Value::Bool(_) => {}
            Value::Number(number) => {
                let text = number.to_string();
                if account::is_account(&text) && self.knows_account(&text) {
                    let mut mapped = String::new();
                    self.account(&text, &mut mapped);
                    if let Ok(mapped) = mapped.parse::<u64>() {
                        *value = mapped.into();
                    }
                }
            }
            Value::String(text) => {
                let mut mapped = String::with_capacity(text.len());
                place.value(self, text, &mut mapped);
                if self.learning.is_none() {
                    *text = mapped;
                }
            }
            Value::Array(items) => {
                for item in items {
                    self.members(item, place);
                }
            }
            Value::Object(members) => {
                let inside = place.inside();
                for (name, mut value) in std::mem::take(members) {
                    self.members(&mut value, &inside.member(&name));
                    let mut mapped = String::with_capacity(name.len());
                    inside.member_name(self, &name, &mut mapped);
                    let name = if self.learning.is_some() {
                        name
                    } else {
                        mapped
                    };
                    insert(members, name, value);
                }
            }
        }
    }
}

/// Inserts without losing anything, should two names ever become one.
fn insert(members: &mut Map<String, Value>, mut name: String, value: Value) {
    while members.contains_key(&name) {
        name.push('_');
    }
    members.insert(name, value);
}

fn is_number(value: &str) -> bool {
    value
        .bytes()
        .all(|byte| byte.is_ascii_digit() || byte == b'.')
}

fn is_member_of_an_api(name: &str) -> bool {
    name.bytes().all(|byte| byte.is_ascii_alphanumeric())
        && name.bytes().any(|byte| byte.is_ascii_lowercase())
        && name.bytes().any(|byte| byte.is_ascii_uppercase())
}

/// Members of records that AWS fills with words of its own.
fn stays(plain: &str) -> bool {
    matches!(
        plain,
        "kind"
            | "time"
            | "from"
            | "to"
            | "type"
            | "status"
            | "state"
            | "region"
            | "primaryregion"
            | "eventname"
            | "principaltype"
            | "errorcode"
            | "provider"
            | "repositorytype"
            | "configurationsource"
            | "runtime"
            | "cpu"
            | "memory"
            | "port"
            | "protocol"
            | "egresstype"
            | "ipaddresstype"
            | "tracevendor"
            | "tagmutability"
            | "encryptiontype"
            | "manifestmediatype"
            | "platforms"
            | "usedas"
            | "decision"
            | "missingcontext"
            | "manager"
            | "usage"
            | "grantedoperations"
            | "servicecode"
            | "quotacode"
            | "quotaname"
            | "unit"
            | "service"
            | "eventtypecode"
            | "category"
            | "scope"
            | "namespace"
            | "statistic"
            | "fingerprint"
            | "length"
            | "role"
            | "instruction"
            | "tier"
            | "datatype"
            | "availabilityzone"
            | "availabilityzoneid"
            | "endpointtype"
            | "connectivity"
            | "interfacetype"
            | "ofkind"
            | "source"
            | "reason"
            | "detector"
            | "recordtype"
            | "failurecode"
            | "stream"
    )
}

fn is_host(plain: &str) -> bool {
    matches!(
        plain,
        "domainname"
            | "hostname"
            | "dnsname"
            | "dnstarget"
            | "recordname"
            | "endpoint"
            | "url"
            | "serviceurl"
            | "sourceipaddress"
    )
}

fn is_name(plain: &str) -> bool {
    match plain {
        "eventname" | "metricname" | "quotaname" | "loggroupname" | "logstreamname"
        | "variablename" => false,
        "repository" | "reference" | "imagetag" | "imagetags" | "branch" | "sourcedirectory"
        | "principal" | "changedby" | "secretid" | "serviceid" | "userid" | "principalid"
        | "matchedpolicies" | "grantid" | "grantee" | "granteeprincipal" | "retiringprincipal"
        | "sid" | "keyid" | "kmskey" | "kmskeyid" | "targetkeyid" | "owner" | "right"
        | "accesskeyid" | "owningservice" | "account" | "accountid" | "registryid"
        | "registryids" | "issuingaccount" | "groupid" | "session" => true,
        _ => plain.ends_with("name"),
    }
}
