use std::collections::BTreeSet;

use super::*;

fn parse(text: &str) -> Account {
    let text = format!("what = \"\"\nexpect = []\n{text}");
    Account::parse("test", &text).unwrap_or_else(|error| panic!("{error}"))
}

fn error(text: &str) -> String {
    let text = format!("what = \"\"\nexpect = []\n{text}");
    Account::parse("test", &text).unwrap_err().to_string()
}

fn messages(account: &Account, group: &str) -> Vec<String> {
    let Some(group) = account.log_groups.iter().find(|it| it.name == group) else {
        return Vec::new();
    };
    group
        .streams
        .iter()
        .flat_map(|stream| &stream.runs)
        .flat_map(|run| (0..run.len()).map(|index| run.message(index)))
        .collect()
}

const FAILED: &str = r#"
[[operation]]
type = "START_DEPLOYMENT"
status = "ROLLBACK_SUCCEEDED"
start = "-2h"
events = """
0:02 [AppRunner] Deployment with ID : {id} started. Triggering event : SERVICE_DEPLOY
8:20 [AppRunner] Deployment with ID : {id} failed.
"""
"#;

#[test]
fn every_account_loads() {
    let mut names = BTreeSet::new();
    for folder in crate::Folder::ALL {
        for path in folder.accounts().unwrap() {
            let account = Account::load(&path).unwrap_or_else(|error| panic!("{error}"));
            let shown = path.display();
            assert!(!account.what.trim().is_empty(), "{shown}");
            assert!(is_kebab_case(&account.name), "{shown}");
            let case = &account.case;
            for word in account
                .expect
                .iter()
                .chain(&case.also)
                .chain(&case.category)
            {
                assert!(is_kebab_case(word), "{shown}: `{word}`");
            }
            assert_eq!(
                case.category.is_some(),
                folder == crate::Folder::Cases,
                "{shown}"
            );
            assert!(!case.decides || !account.expect.is_empty(), "{shown}");
            assert!(
                folder != crate::Folder::Healthy || account.expect.is_empty(),
                "{shown}"
            );
            assert!(names.insert(account.name), "{shown}: a second of its name");
        }
    }
}

#[test]
fn an_account_is_found_by_its_name_in_any_folder() {
    let case = Account::load("container-exit-139").unwrap();
    assert_eq!(case.expect, ["application-crashed"]);
    assert!(case.case.confirmed && case.case.decides && case.case.verbatim);
}

#[test]
fn a_source_file_stays_in_the_checkout() {
    for path in ["", "/etc/passwd", "../main.py", "a/../../b"] {
        let text = format!("[[source_file]]\npath = {path:?}\ntext = ''\n");
        assert!(error(&text).contains("stays in the checkout"), "{path}");
    }
    let account = parse("[[source_file]]\npath = 'web/Dockerfile'\ntext = 'FROM scratch'\n");
    assert_eq!(account.source_files[0].path, "web/Dockerfile");
}

#[test]
fn a_call_of_app_runner_asks_what_an_operation_asks() {
    let account = parse(
        "[[change]]\ntime = '-1h'\nsource = 'apprunner'\nname = 'StartDeployment'\n\
         error = 'InvalidRequestException'\nerror_message = 'not {service}'\n\
         [[change]]\ntime = '-2h'\nsource = 'apprunner'\nname = 'UpdateService'\n\
         request = { serviceArn = '{service_arn}', port = '{port}' }\n",
    );
    let arn = &account.service().arn;
    assert_eq!(
        account.changes[0].event["requestParameters"]["serviceArn"],
        **arn
    );
    assert_eq!(account.changes[0].event["errorMessage"], "not shop");
    assert_eq!(
        account.changes[1].event["requestParameters"],
        serde_json::json!({"serviceArn": arn, "port": "8080"})
    );
}

fn is_kebab_case(name: &str) -> bool {
    name.split('-').all(|word| {
        !word.is_empty()
            && word
                .chars()
                .all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit())
    })
}

#[test]
fn kebab_case_is_told_from_other_cases() {
    for name in ["healthy", "arm64-image", "port-mismatch"] {
        assert!(is_kebab_case(name), "{name}");
    }
    for name in [
        "",
        "port_mismatch",
        "Port-mismatch",
        "-port",
        "port--mismatch",
    ] {
        assert!(!is_kebab_case(name), "{name}");
    }
}

#[test]
fn the_examples_of_the_readme_are_accounts() {
    let readme = include_str!("../../README.md");
    let examples = readme.split("```toml\n").skip(1);
    let names = examples
        .map(|rest| rest.split("```").next().unwrap())
        .map(|example| Account::parse("readme", example).unwrap_or_else(|error| panic!("{error}")))
        .map(|account| account.expect)
        .collect::<Vec<_>>();
    assert_eq!(names, [vec![], vec!["port-mismatch".to_owned()]]);
}

#[test]
fn what_is_not_stated_is_healthy() {
    let account = Account::load("healthy").unwrap();
    let service = account.service();
    assert_eq!(service.name, "shop");
    assert_eq!(service.id.len(), 32);
    assert_eq!(service.status, ServiceStatus::Running);
    assert_eq!(service.operations.len(), 1);
    assert_eq!(service.operations[0].status, OperationStatus::Succeeded);
    let roles = account.roles.iter().map(|role| role.name.as_str());
    assert_eq!(
        roles.collect::<Vec<_>>(),
        [
            "AppRunnerEcrAccess",
            "AppRunnerInstance",
            "AWSServiceRoleForAppRunner"
        ]
    );
    assert!(
        account.roles[0]
            .trust_policy
            .contains("build.apprunner.amazonaws.com")
    );
    assert!(
        account.roles[1]
            .trust_policy
            .contains("tasks.apprunner.amazonaws.com")
    );
    let groups = account.log_groups.iter().map(|group| &group.name);
    assert_eq!(
        groups.collect::<Vec<_>>(),
        [
            &service.application_log_group(),
            &service.service_log_group()
        ]
    );
    assert!(account.repositories[0].images[0].manifest.contains("amd64"));
    assert_eq!(account.metrics.len(), 9);
    assert_eq!(account.changes.len(), 1);
    assert_eq!(account.changes[0].name, "CreateService");
    assert!(account.faults.is_empty());
}

#[test]
fn a_failed_operation_has_the_lines_that_are_stated_and_no_others() {
    let account = parse(FAILED);
    let service = account.service();
    assert_eq!(service.status, ServiceStatus::Running);
    let failed = &service.operations[0];
    assert_eq!(failed.status, OperationStatus::RollbackSucceeded);
    let length = failed.ended_at.unwrap() - failed.started_at;
    assert_eq!(length.num_seconds(), 500);
    let lines = messages(&account, &service.service_log_group());
    let id = failed.log_id();
    assert!(lines.contains(&format!("[AppRunner] Deployment with ID : {id} failed.")));
    let application = messages(&account, &service.application_log_group());
    assert_eq!(
        application.len(),
        2,
        "only those of the create: {application:?}"
    );
    let names = account.changes.iter().map(|change| change.name.as_str());
    assert_eq!(names.collect::<Vec<_>>(), ["PutImage", "CreateService"]);
}

#[test]
fn a_failed_create_never_had_an_application_log() {
    let account = parse(
        r#"
[[operation]]
type = "CREATE_SERVICE"
status = "FAILED"
start = "-1h"
"#,
    );
    assert_eq!(account.service().status, ServiceStatus::CreateFailed);
    assert!(account.log_groups.is_empty());
    assert!(account.metrics.is_empty());
}

#[test]
fn a_code_service_has_a_connection_and_no_image() {
    let account = parse("[service]\nsource = \"github\"\n");
    let service = account.service();
    assert_eq!(service.image, None);
    assert_eq!(service.access_role_arn, None);
    assert!(account.repositories.is_empty());
    assert_eq!(account.connections[0].status, ConnectionStatus::Available);
    assert_eq!(
        service.connection_arn.as_ref(),
        Some(&account.connections[0].arn)
    );
    let lines = messages(&account, &service.service_log_group());
    assert!(
        lines.contains(&"[AppRunner] Successfully built your application source code.".to_owned())
    );
}

#[test]
fn a_stated_role_changes_only_what_it_states() {
    let account = parse(
        r#"
[[role]]
name = "AppRunnerEcrAccess"
trust = "ecs-tasks.amazonaws.com"
inline = { pull = { Version = "2012-10-17", Statement = [] } }
"#,
    );
    let role = &account.roles[0];
    assert!(role.trust_policy.contains("\"ecs-tasks.amazonaws.com\""));
    assert_eq!(role.attached.len(), 1);
    assert!(role.inline[0].1.contains("2012-10-17"));
}

#[test]
fn the_application_log_can_be_said_not_to_exist() {
    let account = parse("application_log = false\n");
    let names = account.log_groups.iter().map(|group| &group.name);
    assert_eq!(
        names.collect::<Vec<_>>(),
        [&account.service().service_log_group()]
    );
}

#[test]
fn other_services_have_logs_and_repositories_of_their_own() {
    let account = parse("[[other_service]]\nname = \"shop-api\"\n");
    assert_eq!(account.services.len(), 2);
    assert_eq!(account.repositories.len(), 2);
    assert_eq!(account.log_groups.len(), 4);
    assert_ne!(account.services[0].id, account.services[1].id);
}

#[test]
fn a_mistake_is_placed() {
    let unknown = error("[service]\nprot = \"3000\"\n");
    assert!(
        unknown.starts_with("test.toml:4:1: unknown field `prot`"),
        "{unknown}"
    );
    let time = error(&FAILED.replace("-2h", "2h"));
    assert!(
        time.starts_with("test.toml:7:9: `2h` is not a time"),
        "{time}"
    );
    let block = error(&FAILED.replace("0:02 ", ""));
    assert!(
        block.starts_with("test.toml:8:10: line 1 of the block has no time"),
        "{block}"
    );
    let word = error(&FAILED.replace("ROLLBACK_SUCCEEDED", "ROLLED_BACK"));
    assert!(
        word.starts_with("test.toml:6:10: unknown variant `ROLLED_BACK`"),
        "{word}"
    );
    let name = error("[service]\nname = \"web\"\n");
    assert!(
        name.starts_with("test.toml:4:8: the name of a service has 4 to 40"),
        "{name}"
    );
    let json = error("[[policy]]\nname = \"pull\"\ndocument = \"{\"\n");
    assert!(json.starts_with("test.toml:5:12: not JSON"), "{json}");
    let call = error("[[fault]]\ncall = \"iam:GetRoles\"\nkind = \"denied\"\n");
    assert!(
        call.starts_with("test.toml:4:8: the endpoint does not serve"),
        "{call}"
    );
}

#[test]
fn nothing_lies_after_now() {
    let late = error(&FAILED.replace("-2h", "-5m"));
    assert!(late.contains("lies after `now`"), "{late}");
    let change =
        error("[[change]]\ntime = \"2027-01-01T00:00:00Z\"\nname = \"X\"\nsource = \"iam\"\n");
    assert!(change.contains("lies after `now`"), "{change}");
}

#[test]
fn image_identifiers_are_taken_apart() {
    let parse = ImageReference::parse;
    let tag = parse("444455556666.dkr.ecr.eu-west-1.amazonaws.com/team/web:v1").unwrap();
    assert_eq!(tag.registry, "444455556666");
    assert_eq!(tag.region, "eu-west-1");
    assert_eq!(tag.repository, "team/web");
    assert_eq!(tag.tag.as_deref(), Some("v1"));
    let digest = parse("444455556666.dkr.ecr.eu-west-1.amazonaws.com/web@sha256:ab").unwrap();
    assert_eq!(digest.digest.as_deref(), Some("sha256:ab"));
    assert_eq!(parse("public.ecr.aws/nginx/nginx:1"), None);
}

#[test]
fn old_lines_are_gone() {
    let account = parse("retention_days = 7\n");
    assert_eq!(account.log_groups.len(), 2);
    assert!(messages(&account, &account.service().service_log_group()).is_empty());
}
