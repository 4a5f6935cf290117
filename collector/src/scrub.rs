//! The scrubber: every string of a record passes it before anything is written to a disk.

use std::{cell::RefCell, collections::BTreeMap, net::IpAddr};

use aho_corasick::{AhoCorasick, MatchKind};
use evidence_schema::{Body, Coverage};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

#[cfg(test)]
mod benign;
mod platform;
mod shapes;
mod url;

/// A shorter value is found by chance in every second line.
const SHORTEST: usize = 6;

/// Members that hold what AWS made up: an identifier or a word of its vocabulary. What happens to
/// be an environment variable's value too is no secret there, and without it records cannot be
/// joined.
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
/// text.
const DOCUMENTS: &[&str] = &["request_parameters", "response_elements"];

/// What may not leave the account, and how often it was met.
pub(crate) struct Scrub {
    finder: Option<AhoCorasick>,
    /// The name of the variable, for each pattern of the finder.
    names: Vec<String>,
    replaced: RefCell<BTreeMap<String, u64>>,
}

impl Scrub {
    /// A scrubber that knows the values of the service's environment variables.
    ///
    /// `public` are texts that the bundle states anyway, such as the name of the service. A value
    /// that is a part of one of them is not looked for: replacing the Region in every ARN would
    /// hide nothing and break everything.
    pub(crate) fn new(values: &BTreeMap<String, String>, public: &[&str]) -> Self {
        let mut patterns: BTreeMap<String, &str> = BTreeMap::new();
        for (name, value) in values {
            if value.len() < SHORTEST || is_public(value, public) {
                continue;
            }
            for form in forms(value) {
                // Of two variables with one value the first by name is told.
                patterns.entry(form).or_insert(name);
            }
        }
        let names = patterns.values().map(|name| (*name).to_owned()).collect();
        let finder = AhoCorasick::builder()
            .match_kind(MatchKind::LeftmostLongest)
            .build(patterns.keys())
            .ok()
            .filter(|_| !patterns.is_empty());
        Self {
            finder,
            names,
            replaced: RefCell::default(),
        }
    }

    /// The record without what may not leave.
    pub(crate) fn body(&self, body: Body) -> Body {
        match body {
            // Millions of lines: only the message is free text, so nothing else is looked at.
            Body::ServiceLog(mut line) => {
                line.message = self.text(line.message);
                Body::ServiceLog(line)
            }
            Body::ApplicationLog(mut line) => {
                line.message = self.text(line.message);
                Body::ApplicationLog(line)
            }
            body => {
                let mut value =
                    serde_json::to_value(&body).expect("the types of a bundle have string keys");
                self.members(&mut value, false);
                serde_json::from_value(value).expect("only strings were changed")
            }
        }
    }

    /// The entry of the ledger without what may not leave: an error message of AWS may repeat
    /// anything.
    pub(crate) fn coverage(&self, mut entry: Coverage) -> Coverage {
        if let Some(error) = &mut entry.error {
            error.message = self.text(std::mem::take(&mut error.message));
        }
        entry.note = entry.note.map(|note| self.text(note));
        entry
    }

    /// The text without what may not leave.
    pub(crate) fn text(&self, mut text: String) -> String {
        if let Some(finder) = &self.finder
            && finder.is_match(&text)
        {
            let mut clean = String::with_capacity(text.len());
            finder.replace_all_with(&text, &mut clean, |found, _, clean| {
                let name = &self.names[found.pattern().as_usize()];
                clean.push_str("‹withheld:");
                clean.push_str(name);
                clean.push('›');
                self.count("environment-value");
                true
            });
            text = clean;
        }
        if let Some((clean, times)) = url::without_user(&text) {
            for _ in 0..times {
                self.count("url-user-info");
            }
            text = clean;
        }
        shapes::without_secrets(&text, |shape| self.count(shape)).unwrap_or(text)
    }

    /// How many times something was replaced, by detector.
    pub(crate) fn replaced(&self) -> BTreeMap<String, u64> {
        self.replaced.borrow().clone()
    }

    fn count(&self, detector: &str) {
        *self
            .replaced
            .borrow_mut()
            .entry(detector.to_owned())
            .or_default() += 1;
    }

    fn members(&self, value: &mut Value, document: bool) {
        match value {
            // An ARN is a name that AWS gave out; secrets are not put into one.
            Value::String(text) if !document && text.starts_with("arn:") => {}
            Value::String(text) => *text = self.text(std::mem::take(text)),
            Value::Array(values) => {
                for value in values {
                    self.members(value, document);
                }
            }
            Value::Object(members) => {
                if document {
                    *members = std::mem::take(members)
                        .into_iter()
                        .map(|(name, value)| (self.text(name), value))
                        .collect();
                }
                for (name, value) in members.iter_mut() {
                    let inside = document || DOCUMENTS.contains(&name.as_str());
                    if inside || !IDENTIFIERS.contains(&name.as_str()) {
                        self.members(value, inside);
                    }
                }
            }
            _ => {}
        }
    }
}

/// The ways in which a value is written into other texts.
fn forms(value: &str) -> Vec<String> {
    let json = serde_json::to_string(value).expect("a string is JSON");
    let percent = utf8_percent_encode(value, NON_ALPHANUMERIC).to_string();
    // What browsers and most libraries leave as it is.
    let percent_of_urls = percent
        .replace("%2D", "-")
        .replace("%2E", ".")
        .replace("%5F", "_")
        .replace("%7E", "~");
    // Base64 of the value alone; inside a longer text the digits would be others.
    let base64 = aws_smithy_types::base64::encode(value);
    let mut forms = vec![
        value.to_owned(),
        json[1..json.len() - 1].to_owned(),
        percent,
        percent_of_urls,
    ];
    let digits = base64.trim_end_matches('=');
    if digits.len() >= 8 {
        // The last digit before the padding depends on what follows.
        forms.push(digits[..digits.len() - usize::from(base64.ends_with('='))].to_owned());
    }
    forms.sort_unstable();
    forms.dedup();
    forms
}

/// Whether the bundle says the value anyway, or everybody could guess it.
fn is_public(value: &str, public: &[&str]) -> bool {
    let address = value
        .parse::<IpAddr>()
        .is_ok_and(|address| address.is_loopback() || address.is_unspecified());
    address
        || value == "localhost"
        || public.iter().any(|text| text.contains(value))
        || platform::SENTENCES.iter().any(|text| text.contains(value))
}

#[cfg(test)]
mod tests {
    use evidence_schema::{
        Status,
        coverage::AwsError,
        record::{Change, LogLine},
    };
    use serde_json::json;

    use super::*;

    fn scrub() -> Scrub {
        let values = [
            ("API_TOKEN", "s3cr3t/tok en\"x"),
            ("HOST", "0.0.0.0"),
            ("MODE", "application"),
            ("REGION", "us-east-1"),
            ("SHORT", "abc"),
            ("SECOND", "s3cr3t/tok en\"x"),
        ];
        let values = values
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        Scrub::new(
            &values,
            &["arn:aws:apprunner:us-east-1:111122223333:service/web/0"],
        )
    }

    #[test]
    fn a_known_value_is_replaced_in_whatever_form_it_comes() {
        let scrub = scrub();
        for text in [
            "token=s3cr3t/tok en\"x;",
            "{\"token\":\"s3cr3t/tok en\\\"x\"}",
            "?token=s3cr3t%2Ftok%20en%22x&a=b",
            "Basic czNjcjN0L3RvayBlbiJ4 sent",
        ] {
            let clean = scrub.text(text.to_owned());
            assert!(
                clean.contains("‹withheld:API_TOKEN›"),
                "{text} became {clean}"
            );
            assert!(
                !clean.contains("s3cr3t") && !clean.contains("czNjcjN0"),
                "{clean}"
            );
        }
        assert_eq!(scrub.replaced()["environment-value"], 4);
    }

    #[test]
    fn what_the_bundle_says_anyway_stays() {
        let text = "[AppRunner] Successfully pulled your application image, 0.0.0.0 us-east-1 abc";
        assert_eq!(scrub().text(text.to_owned()), text);
    }

    #[test]
    fn documents_of_others_are_searched_to_the_last_member() {
        let change = Change {
            event_id: "e".to_owned(),
            time: chrono::DateTime::UNIX_EPOCH,
            event_source: "apprunner.amazonaws.com".to_owned(),
            event_name: "UpdateService".to_owned(),
            region: None,
            principal: None,
            principal_type: None,
            invoked_by: None,
            user_agent: None,
            read_only: None,
            error_code: None,
            error_message: Some("bad s3cr3t/tok en\"x".to_owned()),
            resources: vec![],
            request_parameters: Some(json!({"name": ["s3cr3t/tok en\"x"], "s3cr3t/tok en\"x": 1})),
            response_elements: None,
        };
        let clean = scrub().body(Body::Change(Box::new(change)));
        let text = serde_json::to_string(&clean).expect("JSON");
        assert!(!text.contains("s3cr3t"), "{text}");
    }

    #[test]
    fn log_lines_and_the_ledger_are_scrubbed() {
        let scrub = scrub();
        let line = LogLine {
            time: chrono::DateTime::UNIX_EPOCH,
            service_id: "0".to_owned(),
            stream: "events".to_owned(),
            ingested_at: None,
            message: "connect postgres://me:pass@db/web s3cr3t/tok en\"x".to_owned(),
        };
        let Body::ApplicationLog(line) = scrub.body(Body::ApplicationLog(line)) else {
            panic!("the kind stays");
        };
        assert_eq!(
            line.message,
            "connect postgres://db/web ‹withheld:API_TOKEN›"
        );
        let entry = scrub.coverage(Coverage {
            source: "roles".to_owned(),
            subject: None,
            status: Status::Failed,
            operations: vec![],
            calls: 1,
            records: 0,
            covered: vec![],
            missing: vec![],
            permission: None,
            error: Some(AwsError {
                code: "E".to_owned(),
                message: "s3cr3t/tok en\"x".to_owned(),
            }),
            note: None,
        });
        assert_eq!(
            entry.error.expect("the error").message,
            "‹withheld:API_TOKEN›"
        );
    }
}
