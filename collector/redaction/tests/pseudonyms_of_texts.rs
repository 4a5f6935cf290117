//! Texts and policies under pseudonyms.

use std::{collections::BTreeSet, fs, path::Path, time::Instant};

use analyzer::{
    iam::{
        context::{Context, Rest},
        evaluate::{Answer, evaluate},
        policies::{Policies, Source},
        policy::Kind,
        principal::Principal,
        request::Request,
    },
    message::{FORMS, read},
    signature::CATALOGUE,
};
use evidence_schema::{Body, record::Role};
use redaction::pseudonym::Pseudonyms;
use serde_json::{Value, json};

const KEY: [u8; 32] = [42; 32];

fn record(value: Value) -> Body {
    serde_json::from_value(value).expect("the data of a test is well formed")
}

fn connection(name: &str) -> Body {
    record(json!({
        "kind": "connection", "name": name,
        "arn": format!("arn:aws:apprunner:us-east-1:111122223333:connection/{name}/40d9398397a287d6f7ccdeb8157fde1e"),
        "provider": "GITHUB", "status": "AVAILABLE", "created_at": null
    }))
}

fn knowing(names: &[&str]) -> Pseudonyms {
    let mut pseudonyms = Pseudonyms::new(KEY);
    for name in names {
        pseudonyms.learn(&connection(name));
    }
    pseudonyms
}

/// The lines of the platform that were seen in public, as the analyzer's own tests have them.
fn platform_lines() -> Vec<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../analyzer/src/message/tests.rs");
    let text = fs::read_to_string(path).expect("the data of a test is well formed");
    let lines: Vec<String> = text
        .lines()
        .filter_map(|line| line.strip_prefix("        (\"")?.split("\",").next())
        .map(|line| line.replace("\\u{2019}", "\u{2019}"))
        .collect();
    assert!(lines.len() > 60);
    lines
}

fn words(text: &str) -> Vec<String> {
    text.split(|letter: char| !letter.is_ascii_alphabetic())
        .filter(|word| word.len() >= 3)
        .map(str::to_ascii_lowercase)
        .collect()
}

#[test]
fn names_that_are_words_of_the_platform_garble_no_line() {
    let patterns = FORMS
        .iter()
        .map(|it| it.pattern.replace(r"\b", " ").replace(r"\s", " "));
    let lines = platform_lines();
    // An adversary calls things by every word that a line may have.
    let names: BTreeSet<String> = patterns
        .chain(
            lines
                .iter()
                .filter(|line| !line.contains("example-org"))
                .cloned(),
        )
        .flat_map(|text| words(&text))
        .collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let pseudonyms = knowing(&names);
    for line in &lines {
        for line in [line.clone(), format!("[AppRunner] {line}")] {
            let after = pseudonyms.text(&line);
            if line.contains("111122223333") || line.contains("example-org") {
                assert_ne!(line, after);
                let kind = |line: &str| std::mem::discriminant(&read(line));
                assert_eq!(kind(&line), kind(&after));
            } else {
                assert_eq!(read(&line), read(&after), "{after}");
            }
        }
    }
}

/// Whether a policy lets a role of the repository's account pull from it.
fn may_pull(document: &str, repository: &str) -> Answer {
    let account = repository.split(':').nth(4).unwrap_or_default();
    let principal = Principal::Role {
        arn: format!("arn:aws:iam::{account}:role/Pull"),
        id: None,
    };
    let context = Context::new(Rest::Absent);
    let request = Request::new(principal, "ecr:BatchGetImage", repository, context);
    let policies = Policies {
        identity: vec![Source::read("the policy", document, Kind::Identity)],
        ..Policies::default()
    };
    evaluate(&request, &policies)
}

#[test]
fn names_that_are_words_of_servers_garble_no_signature() {
    let names: BTreeSet<String> = CATALOGUE
        .iter()
        .flat_map(|it| words(&it.pattern.replace(r"\b", " ").replace(r"\s", " ")))
        .collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let pseudonyms = knowing(&names);
    for signature in CATALOGUE.iter() {
        let pattern =
            regex::Regex::new(signature.pattern).expect("the data of a test is well formed");
        for line in [signature.example, signature.look_alike] {
            let after = pseudonyms.text(line);
            assert_eq!(
                pattern.is_match(line),
                pattern.is_match(&after),
                "{}: {line} became {after}",
                signature.id
            );
            for group in ["port", "status", "path"] {
                let found = |text| {
                    let captures = pattern.captures(text)?;
                    Some(captures.name(group)?.as_str().to_owned())
                };
                assert_eq!(found(line), found(&after), "{}: {after}", signature.id);
            }
        }
    }
}

#[test]
fn texts_keep_their_form() {
    let pseudonyms = knowing(&["acorn-checkout", "widgets", "AcornTask"]);
    let shape = |text: &str| {
        let after = pseudonyms.text(text);
        assert!(!after.to_lowercase().contains("acorn"), "{after}");
        assert!(!after.to_lowercase().contains("widgets"), "{after}");
        after
    };
    let acorn = shape("acorn");
    let widgets = shape("widgets");
    let checkout = shape("checkout");
    assert_eq!(shape("Acorn").to_lowercase(), acorn);
    assert_eq!(
        shape("ACORN_DSN not set"),
        format!("{}_DSN not set", acorn.to_uppercase())
    );
    assert_eq!(
        shape("https://acorn.widgets.example:8443/a?b=c"),
        format!("https://{acorn}.{widgets}.example:8443/a?b=c")
    );
    assert_eq!(
        shape("git@github.com:widgets/acorn.git"),
        format!("git@github.com:{widgets}/{acorn}.git")
    );
    assert_eq!(
        shape("https://bitbucket.org/widgets/acorn"),
        format!("https://bitbucket.org/{widgets}/{acorn}")
    );
    assert_eq!(
        shape("dsn=‹withheld:ACORN_DSN›"),
        format!("dsn=‹withheld:{}_DSN›", acorn.to_uppercase())
    );
    assert_eq!(
        shape("dsn=‹redacted:env.ACORN_DSN:8-31:fp-1›"),
        format!("dsn=‹redacted:env.{}_DSN:8-31:fp-1›", acorn.to_uppercase())
    );
    assert_eq!(shape("acorn-checkout-7"), format!("{acorn}-{checkout}-7"));
    assert_eq!(
        shape(r#"{"a":{"b":"acorn"},"n":111122223333,"t":"{\"c\":\"widgets\"}"}"#)
            .matches('"')
            .count(),
        r#"{"a":{"b":"acorn"},"n":111122223333,"t":"{\"c\":\"widgets\"}"}"#
            .matches('"')
            .count()
    );
    let encoded = shape("role=arn%3Aaws%3Aiam%3A%3A111122223333%3Arole%2FAcornTask&x=1");
    assert!(
        encoded.starts_with("role=arn%3Aaws%3Aiam%3A%3A") && encoded.ends_with("Task&x=1"),
        "{encoded}"
    );
    assert!(!encoded.contains("111122223333"));
}

#[test]
fn what_says_nothing_of_anybody_stays() {
    let pseudonyms = knowing(&["acorn", "fp", "hidden"]);
    for text in [
        "",
        "Listening on http://0.0.0.0:8080 and [::]:8080, see http://localhost:3000",
        "fetch https://github.com",
        "sha256:cf6b8d536509d8e923d1494935885552e4f7e7b0037207fe414c93dbb880b236",
        "‹redacted:aws-access-key-id:16-31:fp-1› and ‹withheld:private-key› and fp-1",
        "arn:aws:iam::aws:policy/service-role/AWSAppRunnerServicePolicyForECRAccess",
        "arn:aws:health:us-east-1::event/ECS/AWS_ECS_OPERATIONAL_ISSUE/AWS_ECS_OPERATIONAL_ISSUE_ABCDE",
        "build.apprunner.amazonaws.com may ecr:BatchGetImage in us-east-1",
        "2026-11-20T10:02:31.123Z 10:02:31 v1.2.3 1.2.3.4-beta node@1.2.3.4 Chrome/120.0.0.0",
        "std::io::Error a::b logger.info(x) this.app.use index.js server.local.js",
        "AWS::IAM::Role com.amazonaws.us-east-1.s3 000000000000000000000000",
        "order 123456789012 of request 7fb51319-6611-4fd4-a24a-3710d87969f5",
        "{ not json",
        "[1, 2] {\"a\" : [true, null, -1.5e3]}",
        "100%25 %zz %",
        "\u{0} \u{feff} … «»",
    ] {
        assert_eq!(pseudonyms.text(text), text);
    }
}

#[test]
fn addresses_hosts_ids_and_accounts_are_found_in_texts() {
    let pseudonyms = knowing(&["acorn"]);
    for (text, gone) in [
        ("peer 54.239.28.85:443 closed", "54.239"),
        ("dial tcp 10.0.1.23:5432", "10.0.1.23"),
        ("db.widgets.io/54.239.28.85:5432 refused", "54.239"),
        ("from [2600:1f18::7]:443 and 2600:1f18::8", "1f18"),
        ("cidr=10.0.4.0/22", "10.0.4.0"),
        ("at ip-10-0-1-23 up", "10-0-1-23"),
        ("http://ip-10-0-1-23.ec2.internal:3000", "10-0-1-23"),
        ("lookup db.widgets.com on resolver", "widgets"),
        ("mail jane.doe@widgets.co.uk", "doe"),
        ("mail jane.doe@widgets.co.uk", "widgets"),
        ("sg-0a1b2c3d4e5f60003 denies", "0a1b2c3d"),
        ("AROA0F475864B7605367B:session", "0F475864B"),
        ("account 111122223333 denied", "111122223333"),
        (
            "444455556666.dkr.ecr.us-east-1.amazonaws.com/team/tool:v1",
            "444455556666",
        ),
        ("arn:aws:iam::777788889999:user/paula", "777788889999"),
        ("arn:aws:iam::777788889999:user/paula", "paula"),
        ("s3://parcels/key", "parcels"),
        (
            "tool.c9akciq32abc.us-east-1.rds.amazonaws.com",
            "c9akciq32abc",
        ),
    ] {
        let after = pseudonyms.text(text);
        assert!(!after.contains(gone), "{text} became {after}");
        assert_eq!(after.len(), after.chars().count());
        assert_eq!(after, pseudonyms.text(text));
    }
}

/// Numbers without a pattern.
struct Noise(u64);

impl Noise {
    fn below(&mut self, most: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        ((mixed ^ (mixed >> 27)) % most as u64) as usize
    }

    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.below(from.len())]
    }

    fn name(&mut self) -> String {
        let parts = [
            "shop",
            "shopfront",
            "sho",
            "order",
            "orders",
            "AppRunner",
            "Ecr",
            "api",
            "prod",
            "dev",
            "acorn",
            "Acorn",
            "ACORN",
            "v2",
            "x",
            "ui",
            "7",
            "pay",
            "payments",
            "a1b2c3d4e5",
        ];
        let mut name = self.pick(&parts).to_owned();
        for _ in 0..self.below(4) {
            name.push_str(self.pick(&["-", "_", "/", ".", ""]));
            name.push_str(self.pick(&parts));
        }
        name
    }

    /// Cuts a text somewhere, or puts wildcards into it.
    fn pattern(&mut self, arn: &str) -> String {
        let (head, name) = arn.split_at(
            arn.find("repository/")
                .expect("the data of a test is well formed")
                + "repository/".len(),
        );
        let mut letters: Vec<char> = name.chars().collect();
        for _ in 0..=self.below(2) {
            let at = self.below(letters.len());
            match self.below(5) {
                0 => letters[at] = '?',
                1 => letters[at] = '*',
                2 => {
                    letters.truncate(at);
                    letters.push('*');
                }
                3 => {
                    letters.drain(..at);
                    letters.insert(0, '*');
                }
                _ => letters.insert(at, '*'),
            }
        }
        let head = match self.below(4) {
            0 => "arn:aws:ecr:*:*:repository/",
            1 => "arn:*:ecr:us-*-1:111122223333:repository/",
            2 => "arn:aws:ecr:us-east-1:1111*:repository/",
            _ => head,
        };
        head.to_owned() + &letters.into_iter().collect::<String>()
    }
}

#[test]
fn policies_allow_after_what_they_allowed_before() {
    let mut noise = Noise(1);
    let (mut compared, mut allowed) = (0, 0);
    for _ in 0..60 {
        let arns: Vec<String> = (0..8)
            .map(|_| {
                let account = noise.pick(&["111122223333", "444455556666"]);
                format!(
                    "arn:aws:ecr:us-east-1:{account}:repository/{}",
                    noise.name()
                )
            })
            .collect();
        let documents: Vec<String> = (0..8)
            .map(|_| {
                let from = noise.below(arns.len());
                let pattern = noise.pattern(&arns[from]);
                let effect = noise.pick(&["Allow", "Allow", "Deny"]);
                let member = noise.pick(&["Resource", "Resource", "NotResource"]);
                let resource = match noise.below(2) {
                    0 => json!(pattern),
                    _ => json!([pattern, "arn:aws:ecr:*:*:repository/none"]),
                };
                let mut statements =
                    vec![json!({ "Effect": effect, "Action": "ecr:Batch*", member: resource })];
                if noise.below(2) == 0 {
                    statements.push(json!({ "Effect": "Allow", "Action": "*", "Resource": "*" }));
                }
                json!({ "Statement": statements }).to_string()
            })
            .collect();
        let role = |documents: &[String]| {
            record(json!({
                "kind": "role", "arn": "arn:aws:iam::111122223333:role/Pull", "name": "Pull", "role_id": null,
                "used_as": ["access"], "created_at": null, "last_used_at": null, "trust_policy": null,
                "permissions_boundary_arn": null, "attached_policies": [],
                "inline_policies": documents.iter().map(|it| json!({ "name": "p", "arn": null, "document": it })).collect::<Vec<_>>()
            }))
        };
        let simulation = |arn: &str| {
            record(json!({
                "kind": "role_simulation", "role_arn": "arn:aws:iam::111122223333:role/Pull", "action": "ecr:BatchGetImage",
                "resource": arn, "decision": "allowed", "matched_policies": [], "missing_context": [],
                "allowed_by_boundary": null, "allowed_by_organization": null
            }))
        };
        let mut pseudonyms = Pseudonyms::new(KEY);
        pseudonyms.learn(&role(&documents));
        for arn in &arns {
            pseudonyms.learn(&simulation(arn));
        }
        let Body::Role(Role {
            inline_policies, ..
        }) = pseudonyms.body(role(&documents))
        else {
            panic!();
        };
        let after: Vec<&str> = inline_policies
            .iter()
            .filter_map(|it| it.document.as_deref())
            .collect();
        for arn in &arns {
            let Body::RoleSimulation(mapped) = pseudonyms.body(simulation(arn)) else {
                panic!();
            };
            for (before, after) in documents.iter().zip(&after) {
                let expected = may_pull(before, arn);
                let found = may_pull(after, &mapped.resource);
                assert_eq!(
                    expected, found,
                    "{before} became {after}, {arn} became {}",
                    mapped.resource
                );
                compared += 1;
                allowed += usize::from(expected == Answer::Allowed);
            }
        }
    }
    assert!(
        compared == 60 * 64 && allowed > 500,
        "{allowed} of {compared}"
    );
}

#[test]
fn a_cut_word_stays_a_cut_word_where_that_means_the_same() {
    let mut pseudonyms = knowing(&["shop-api", "ledger"]);
    let policy = |resource: &str| {
        record(json!({
            "kind": "repository", "arn": "arn:aws:ecr:us-east-1:111122223333:repository/shop-api", "name": "shop-api",
            "registry_id": null, "uri": null, "created_at": null, "tag_mutability": null, "encryption_type": null, "kms_key": null,
            "policy": json!({ "Statement": { "Resource": resource } }).to_string()
        }))
    };
    let shop = pseudonyms.text("shop");
    pseudonyms.learn(&policy("arn:aws:ecr:*:*:repository/sho*"));
    let resource = |text: &str| {
        let Body::Repository(it) = pseudonyms.body(policy(text)) else {
            panic!()
        };
        let document: Value =
            serde_json::from_str(&it.policy.expect("the data of a test is well formed"))
                .expect("the data of a test is well formed");
        document["Statement"]["Resource"].clone()
    };
    for (before, after) in [
        ("repository/sho*", format!("repository/{}*", &shop[..3])),
        ("repository/shop*", format!("repository/{shop}*")),
        (
            "repository/*op-api",
            format!("repository/*{}-api", &shop[2..]),
        ),
        ("repository/shop-*", format!("repository/{shop}-*")),
        ("repository/*", "repository/*".to_owned()),
    ] {
        let head = "arn:aws:ecr:*:*:";
        assert_eq!(
            resource(&format!("{head}{before}")),
            format!("{head}{after}")
        );
    }
    assert_eq!(resource("*"), "*");
}

#[test]
fn names_stay_names() {
    let pseudonyms = Pseudonyms::new(KEY);
    let mut noise = Noise(2);
    let mut pairs = BTreeSet::new();
    for _ in 0..500 {
        let name = noise.name();
        let Body::Connection(it) = pseudonyms.body(connection(&name)) else {
            panic!();
        };
        assert_eq!(it.name.chars().count(), name.chars().count());
        assert!(it.arn.ends_with(&format!(
            ":connection/{}/{}",
            it.name,
            it.arn.rsplit('/').next().expect("the data of a test is well formed")
        )));
        for (one, two) in name.chars().zip(it.name.chars()) {
            assert_eq!(one.is_uppercase(), two.is_uppercase());
            assert_eq!(one.is_alphanumeric(), two.is_alphanumeric());
        }
        pairs.insert((name, it.name));
    }
    let before: BTreeSet<&String> = pairs.iter().map(|(name, _)| name).collect();
    let after: BTreeSet<&String> = pairs.iter().map(|(_, name)| name).collect();
    assert_eq!(before.len(), pairs.len());
    assert_eq!(after.len(), pairs.len());
}

#[test]
fn no_text_is_too_odd() {
    let pieces = [
        "arn:",
        "aws",
        ":",
        "::",
        "/",
        "//",
        "@",
        ".",
        "-",
        "_",
        "%",
        "%3A",
        "%C3",
        "%2F",
        "[",
        "]",
        "{",
        "}",
        "\"",
        "\\",
        ",",
        " ",
        "‹",
        "›",
        "é",
        "日本",
        "\u{301}",
        "\u{1F600}",
        "ß",
        "İ",
        "acorn",
        "Acorn",
        "ACORN",
        "x",
        "10.0.0.1",
        "/16",
        "/aws/apprunner/",
        "://",
        "https",
        "111122223333",
        "sg-",
        "0a1b2c3d4e5f60003",
        "github.com",
        "amazonaws.com",
        "s3",
        "dkr.ecr",
        "ip-10-0-0-1",
        "fe80::1",
        "sha256:",
        "*",
        "?",
        "AROA0F475864B7605367B",
        "\n",
        "\0",
        "0",
        "9f",
        "7fb51319-6611-4fd4-a24a-3710d87969f5",
        "Resource",
        "Condition",
        "us-east-1",
        "role",
        "=",
        "&",
        "~",
        "+",
    ];
    let mut pseudonyms = knowing(&["acorn", "acorn-x", "日本", "éa", "-", ""]);
    let mut noise = Noise(3);
    for round in 0..6_000 {
        let count = 1 + noise.below(12);
        let text: String = (0..count).map(|_| noise.pick(&pieces)).collect();
        pseudonyms.text(&text);
        let document = json!({ "Statement": { "Resource": text, "Condition": { &text: [&text] } }, "t": [&text] });
        let again = pseudonyms.text(&document.to_string());
        let again: Value = serde_json::from_str(&again).expect("JSON stays JSON");
        assert_eq!(again["t"].as_array().map(Vec::len), Some(1));
        // The same in every member of a record.
        if round % 10 == 0 {
            let odd = record(json!({
                "kind": "change", "event_id": text, "time": "2026-11-20T09:30:00Z", "event_source": text, "event_name": text,
                "region": text, "principal": text, "principal_type": text, "invoked_by": text, "user_agent": text, "read_only": null,
                "error_code": text, "error_message": text, "resources": [{ "type": text, "name": text }],
                "request_parameters": { &text: text, "hostName": text, "tags": { &text: text }, "policyDocument": document.to_string() },
                "response_elements": text
            }));
            pseudonyms.learn(&odd);
            assert!(matches!(pseudonyms.body(odd), Body::Change(_)));
        }
    }
}

#[test]
fn hostile_texts_take_no_longer_than_their_length_says() {
    let mut pseudonyms = knowing(&["acorn-checkout"]);
    let hostile = |length: usize| {
        [
            "a".repeat(length),
            "a.".repeat(length / 2),
            "a-".repeat(length / 2),
            "arn:".repeat(length / 4),
            "://".repeat(length / 3),
            "1.1.1.1.".repeat(length / 8),
            "a:".repeat(length / 2),
            "%41%".repeat(length / 4),
            "[".repeat(length),
            "{\"a\":".repeat(length / 5),
            format!("[{}]", "\"a\",".repeat(length / 4) + "1"),
            "‹".repeat(length / 3),
            "@a.de".repeat(length / 5),
            "sha256:".repeat(length / 7),
            "aB".repeat(length / 2),
            "é".repeat(length / 2),
            "/aws/apprunner/".repeat(length / 15),
            "\\\"".repeat(length / 2),
        ]
    };
    // Linear takes tenths of a second in a debug build on a busy machine, quadratic takes minutes.
    for (index, text) in hostile(200_000).iter().enumerate() {
        let begun = Instant::now();
        pseudonyms.text(text);
        let seconds = begun.elapsed().as_secs_f64();
        assert!(seconds < 8.0, "text {index} took {seconds} s");
    }
    // Many patterns over many ARNs come to an end too.
    for index in 0..300 {
        pseudonyms.learn(&connection(&format!("{}b{index}", "a".repeat(80))));
    }
    let patterns: Vec<String> = (0..300)
        .map(|it| format!("arn:{}{it}", "*a".repeat(60)))
        .collect();
    let document = json!({ "Statement": { "Resource": patterns } }).to_string();
    let begun = Instant::now();
    pseudonyms.text(&document);
    assert!(
        begun.elapsed().as_secs_f64() < 20.0,
        "{:?}",
        begun.elapsed()
    );
}
