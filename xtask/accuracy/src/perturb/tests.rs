use samples::Account;

use super::*;
use crate::FOLDERS;

/// All lines of the service that an account is about.
fn lines(account: &Account) -> Vec<String> {
    let begin = format!("/aws/apprunner/{}/", account.service().name);
    account
        .log_groups
        .iter()
        .filter(|group| group.name.starts_with(&begin))
        .flat_map(|group| &group.streams)
        .flat_map(|stream| &stream.runs)
        .flat_map(|run| (0..run.len()).map(|index| run.message(index)))
        .collect()
}

#[test]
fn every_account_can_be_said_in_other_words() {
    for folder in FOLDERS {
        for path in folder.accounts().expect("the folder is there") {
            let text = std::fs::read_to_string(&path).expect("the account is there");
            let before = Account::load(&path).unwrap_or_else(|error| panic!("{error}"));
            for seed in [1, 2, 3] {
                let other = perturb(&before.name, &text, seed).expect("an account");
                let again = perturb(&before.name, &text, seed).expect("an account");
                assert_eq!(other, again);
                let after = Account::parse(&before.name, &other)
                    .unwrap_or_else(|error| panic!("{error}\n{other}"));

                assert_eq!(before.expect, after.expect);
                assert_ne!(before.service().name, after.service().name);
                assert_ne!(before.id, after.id);
                assert_eq!(before.changes.len(), after.changes.len());
                let (old, new) = (lines(&before), lines(&after));
                assert_eq!(old.len(), new.len());
                // What the platform says of a setting is still what is set.
                let (probe, port) = (
                    "health check on protocol `TCP` [Port: '{}']",
                    |it: &Account| it.service().port.clone(),
                );
                let says = |all: &[String], port: &str| {
                    let probe = probe.replace("{}", port);
                    all.iter().filter(|line| line.contains(&probe)).count()
                };
                assert_eq!(
                    says(&old, &port(&before)),
                    says(&new, &port(&after)),
                    "{}",
                    before.name
                );
                for line in new {
                    assert!(!line.contains("{port}") && !line.contains("${"), "{line}");
                    assert!(
                        !line
                            .split(|it: char| !it.is_ascii_alphanumeric())
                            .any(|it| it == "shop"),
                        "{line}"
                    );
                }
            }
        }
    }
}

#[test]
fn names_are_replaced_in_lines_and_settings_alike() {
    let text = r#"
        what = "SHOP_DSN is told"
        expect = []
        own = ["SHOP_DSN"]
        [service]
        environment = { SHOP_DSN = "x" }
        [[operation]]
        type = "CREATE_SERVICE"
        status = "FAILED"
        start = "-1h"
        application = "0:01 SHOP_DSN not set"
    "#;
    let other = perturb("test", text, 7).expect("an account");
    let table: Table = toml::from_str(&other).expect("TOML");
    let name = table["service"]["environment"]
        .as_table()
        .and_then(|it| it.keys().next())
        .expect("a variable");
    assert!(name.ends_with("_DSN") && name != "SHOP_DSN", "{name}");
    let said = table["operation"][0]["application"].as_str().expect("text");
    assert!(said.contains(name.as_str()), "{said}");
    assert_eq!(table["what"].as_str(), Some("SHOP_DSN is told"));
}

#[test]
fn a_word_keeps_its_form() {
    let mut dice = Dice::new(1, "");
    let mut form = |word: &str| other_word(word, &mut dice);
    assert!(form("schema.sql").ends_with(".sql"));
    assert!(form("ShopApplication").ends_with("Application"));
    assert!(form("LEGACY_TOKEN").ends_with("_TOKEN"));
    assert!(form("order_status").ends_with("_status"));
    assert_ne!(form("generated"), "generated");
}

/// What stays as it was would be a fact that a rule could have learnt by heart.
#[test]
fn whatever_the_owner_chose_is_another_in_some_seed() {
    let text = r#"
        what = "told"
        expect = []
        own = ["pricing_client", "SHOP_DSN"]
        now = "2026-11-20T12:00:00Z"
        [service]
        port = "8080"
        health_check = { protocol = "HTTP", path = "/health" }
        [[operation]]
        type = "CREATE_SERVICE"
        status = "FAILED"
        start = "-1h"
        application = """
0:01 Listening on http://0.0.0.0:8080
0:02 2026-11-20T11:00:02Z File "/app/orders.py", line 3, in shop
0:03 ModuleNotFoundError: No module named 'pricing_client'
0:04 SHOP_DSN not set
0:05 GET /health 404 in 2ms
0:06 arn:aws:iam::111122223333:role/AppRunnerInstance in us-east-1
0:07 eni-0a1b2c3d4e5f60718 has 10.0.3.7
"""
    "#;
    for chosen in [
        "shop",
        "8080",
        "/health",
        "File \"/app/",
        "orders.py",
        "pricing_client",
        "SHOP_DSN",
        "SHOP_DSN not set",
        "Listening on http",
        "404 in 2ms",
        "2026-11-20T11:00:02Z",
        "111122223333",
        "us-east-1",
        "AppRunnerInstance",
        "0a1b2c3d4e5f60718",
        "10.0.3.7",
        "No module named '",
    ] {
        assert!(text.contains(chosen), "{chosen}");
        let replaced = (1..=12).filter(|seed| {
            let other = perturb("test", text, *seed).expect("an account");
            let table: Table = toml::from_str(&other).expect("TOML");
            let said = table["operation"][0]["application"].as_str();
            !said.expect("text").contains(chosen)
        });
        assert!(replaced.count() >= 6, "{chosen} stays");
    }
}
