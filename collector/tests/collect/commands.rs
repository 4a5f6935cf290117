//! What the program can be asked beside a collection, and how much it says.

use std::process::{Output, Stdio};

use evidence_schema::Status;
use samples::Outcome;

use crate::{
    scene::{Scene, said},
    told::{FAILED, expect_code},
};

fn run(scene: &Scene, arguments: &[&str]) -> Output {
    scene
        .program()
        .args(arguments)
        .output()
        .expect("the program runs")
}

fn printed(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("text")
}

fn operations(scene: &Scene) -> Vec<String> {
    let calls = scene.endpoint.calls();
    calls.into_iter().map(|call| call.operation).collect()
}

#[test]
fn a_plan_looks_for_the_service_and_for_nothing_else() {
    let scene = Scene::new(FAILED);
    let output = run(&scene, &["plan", "--service", "shop"]);
    expect_code(&output, 0);
    assert_eq!(
        operations(&scene),
        ["GetCallerIdentity", "ListServices", "DescribeService"]
    );
    let text = printed(&output);
    for told in [
        "cloudtrail:LookupEvents",
        " calls, ",
        " kB compressed",
        "not asked",
    ] {
        assert!(text.contains(told), "{text}");
    }
    assert!(scene.files().is_empty());
}

#[test]
fn the_doctor_tries_each_call_once_and_finds_nothing_to_add() {
    let scene = Scene::new(FAILED);
    let output = run(&scene, &["doctor", "--service", "shop"]);
    expect_code(&output, 0);
    let mut made = operations(&scene);
    let all = made.len();
    made.sort_unstable();
    made.dedup();
    assert_eq!(made.len(), all, "{made:?}");
    let text = printed(&output);
    assert!(text.contains("no call was denied"), "{text}");
    assert!(text.contains("allowed   logs:FilterLogEvents"), "{text}");
    assert!(
        text.contains("not tried apprunner:ListConnections"),
        "{text}"
    );
    assert!(text.contains("does not deploy source code"), "{text}");
    assert!(scene.files().is_empty(), "nothing is written");
}

#[test]
fn the_doctor_gives_the_policy_for_what_is_denied() {
    let denied = [
        "iam:ListRolePolicies",
        "cloudwatch:GetMetricData",
        "logs:FilterLogEvents",
    ];
    let faults: String = denied
        .iter()
        .map(|call| format!("[[fault]]\ncall = \"{call}\"\nkind = \"denied\"\n"))
        .collect();
    let scene = Scene::new(&format!("{FAILED}\n{faults}"));
    let output = run(&scene, &["doctor", "--service", "shop"]);
    expect_code(&output, 1);
    let text = printed(&output);
    for call in denied {
        assert!(text.contains(&format!("DENIED    {call}")), "{text}");
    }
    assert!(text.contains("is not authorized to perform"), "{text}");
    let policy = &text[text.find("\n{").expect("a policy")..];
    let policy: serde_json::Value = serde_json::from_str(policy).expect("JSON");
    let mut granted: Vec<_> = policy["Statement"]
        .as_array()
        .expect("statements")
        .iter()
        .flat_map(|it| it["Action"].as_array().expect("actions"))
        .map(|it| it.as_str().expect("an action"))
        .collect();
    granted.sort_unstable();
    for call in denied {
        assert!(granted.contains(&call), "{granted:?}");
    }
    assert!(
        granted.contains(&"iam:GetRolePolicy"),
        "it could not be tried"
    );
    assert!(!granted.contains(&"iam:GetRole"), "it is allowed");
}

#[test]
fn the_doctor_grants_the_log_group_of_each_trail_by_its_own_name() {
    let trails = ["first", "second", "third"].map(|name| {
        format!("[[trail]]\nname = \"{name}\"\nsince = \"-100d\"\nlog_group = \"audit/{name}\"\n")
    });
    let faults = ["first", "third"].map(|name| {
        format!(
            "[[fault]]\ncall = \"logs:FilterLogEvents\"\nkind = \"denied\"\nwith = \"audit/{name}\"\n"
        )
    });
    let scene = Scene::new(&format!("{FAILED}\n{}{}", trails.concat(), faults.concat()));
    let output = run(&scene, &["doctor", "--service", "shop"]);
    expect_code(&output, 1);
    let text = printed(&output);
    assert!(text.contains("allowed   logs:FilterLogEvents"), "{text}");
    assert!(
        text.contains("allowed   cloudtrail:GetTrailStatus"),
        "{text}"
    );
    assert!(text.contains("2 denied"), "{text}");
    let group =
        |name: &str| format!("arn:aws:logs:us-east-1:111122223333:log-group:audit/{name}:*");
    for name in ["first", "third"] {
        let told = text.lines().find(|it| {
            it.starts_with("DENIED    logs:FilterLogEvents") && it.contains(&group(name))
        });
        assert!(told.is_some_and(|it| it.contains("changes")), "{text}");
    }
    let policy = &text[text.find("\n{").expect("a policy")..];
    let policy: serde_json::Value = serde_json::from_str(policy).expect("JSON");
    let expected = ["first", "third"].map(|name| {
        serde_json::json!({
            "Effect": "Allow",
            "Action": ["logs:FilterLogEvents"],
            "Resource": group(name),
        })
    });
    assert_eq!(policy["Statement"], serde_json::json!(expected));
}

#[test]
fn a_denied_log_group_of_a_trail_is_told_with_the_way_to_grant_it() {
    let scene = Scene::new(&format!(
        "{FAILED}\n[[trail]]\nname = \"audit\"\nsince = \"-100d\"\nlog_group = \"audit\"\n[[fault]]\ncall = \"logs:FilterLogEvents\"\nkind = \"denied\"\nwith = \"audit\"\n"
    ));
    let output = scene.collect("shop.json", &[]);
    expect_code(&output, 1);
    let said = said(&output);
    let missing = "missing permissions: logs:FilterLogEvents on arn:aws:logs:us-east-1:111122223333:log-group:audit:* (`apprunner-collector doctor` prints";
    assert!(said.contains(missing), "{said}");
}

#[test]
fn the_doctor_does_not_take_a_broken_answer_for_a_permission() {
    let scene = Scene::new(&format!(
        "{FAILED}\n[[fault]]\ncall = \"ecr:DescribeImages\"\nkind = \"error\"\ncode = \"ServerException\"\nhttp_status = 500\n"
    ));
    let output = run(&scene, &["doctor", "--service", "shop"]);
    expect_code(&output, 1);
    let text = printed(&output);
    assert!(text.contains("unclear   ecr:DescribeImages"), "{text}");
    assert!(text.contains("no call was denied"), "{text}");
}

#[test]
fn quiet_says_nothing_but_where_the_file_is() {
    let scene = Scene::new(FAILED);
    let output = scene.collect("shop.json", &["--quiet"]);
    expect_code(&output, 0);
    assert_eq!(said(&output), "");
    assert_eq!(printed(&output), "shop.json\n");
    let output = scene.collect("shop.json", &["-q"]);
    expect_code(&output, 5);
    assert!(said(&output).starts_with("error: "), "errors are told");
    expect_code(&scene.collect("x.json", &["-q", "-v"]), 4);
}

#[test]
fn verbose_tells_each_call_and_nothing_of_what_is_in_it() {
    let scene = Scene::new(&format!(
        "{FAILED}\n[service]\nenvironment = {{ TOKEN = \"very-secret-value\" }}\n[[fault]]\ncall = \"iam:GetRole\"\nkind = \"throttled\"\ntimes = 1\n"
    ));
    let output = scene.collect("shop.json", &["-v"]);
    expect_code(&output, 0);
    let said = said(&output);
    let told: Vec<_> = said.lines().filter(|it| it.starts_with("call: ")).collect();
    assert_eq!(told.len(), scene.endpoint.calls().len(), "{said}");
    for call in [
        "sts GetCallerIdentity",
        "cloudwatch GetMetricData",
        "logs FilterLogEvents",
    ] {
        let line = told.iter().find(|it| it.contains(call));
        let line = line.unwrap_or_else(|| panic!("{call}: {said}"));
        assert!(line.contains(" us-east-1 200, request id "), "{line}");
        assert!(
            line.ends_with(" ms") && !line.contains("request id none"),
            "{line}"
        );
    }
    let again = told
        .iter()
        .any(|it| it.contains("iam GetRole us-east-1 attempt 2 200"));
    assert!(again, "{said}");
    assert!(!said.contains("very-secret-value"));
}

#[test]
fn a_role_is_assumed_before_anything_is_asked() {
    let role = "arn:aws:iam::111122223333:role/Diagnosis";
    let scene = Scene::new(&format!(
        "{FAILED}\n[[fault]]\ncall = \"sts:AssumeRole\"\nkind = \"denied\"\nwith = \"not-the-id\"\n"
    ));
    let output = scene.collect(
        "shop.json",
        &["--role-arn", role, "--external-id", "our-id"],
    );
    expect_code(&output, 0);
    let calls = scene.endpoint.calls();
    assert_eq!(calls[0].operation, "AssumeRole");
    assert!(calls[0].access_key.starts_with("AKIA"));
    for call in calls.iter().filter(|it| it.operation != "AssumeRole") {
        assert!(call.access_key.starts_with("ASIA"), "{call:?}");
    }

    let output = scene.collect(
        "no.json",
        &["--role-arn", role, "--external-id", "not-the-id"],
    );
    expect_code(&output, 3);
    let calls = scene.endpoint.calls();
    let last = calls.last().expect("a call");
    assert_eq!(last.outcome, Outcome::Refused("AccessDenied".to_owned()));
    let text = said(&output);
    assert!(
        text.contains(&format!("the role {role} cannot be assumed")),
        "{text}"
    );
    assert!(
        text.contains("AccessDenied") && text.contains("--external-id"),
        "{text}"
    );

    expect_code(&scene.collect("no.json", &["--external-id", "x"]), 4);
    expect_code(&scene.collect("no.json", &["--role-arn", "Diagnosis"]), 4);
}

#[test]
fn an_empty_endpoint_is_none_and_a_wrong_one_is_told() {
    let scene = Scene::new(FAILED);
    let output = scene
        .program()
        .env("AWS_ENDPOINT_URL_STS", "")
        .env("AWS_ENDPOINT_URL_APPRUNNER", " ")
        .args(["collect", "--service", "shop", "-o", "shop.json"])
        .output()
        .expect("the program runs");
    expect_code(&output, 0);
    let output = scene
        .program()
        .env("AWS_ENDPOINT_URL", "")
        .env("HTTPS_PROXY", "http://127.0.0.1:9")
        .args(["collect", "--service", "shop", "-o", "real.json"])
        .output()
        .expect("the program runs");
    expect_code(&output, 3);
    assert!(
        said(&output).contains("cannot be reached"),
        "{}",
        said(&output)
    );
    for wrong in ["localhost:8080", "http://", "not a url"] {
        let output = scene
            .program()
            .env("AWS_ENDPOINT_URL_LOGS", wrong)
            .args(["doctor", "--service", "shop"])
            .output()
            .expect("the program runs");
        expect_code(&output, 4);
        let text = said(&output);
        assert!(
            text.contains(&format!("AWS_ENDPOINT_URL_LOGS is `{wrong}`")),
            "{text}"
        );
    }
}

#[test]
fn an_empty_endpoint_changes_nothing_that_is_seen() {
    let scene = Scene::new(FAILED);
    for arguments in [
        &["sources"][..],
        &["policy", "--sources", "changes"],
        &["collect", "--no-such-option"],
        &["--help"],
    ] {
        let with = |name: &str| {
            let mut program = scene.program();
            program.env(name, "").args(arguments);
            program.output().expect("the program runs")
        };
        assert_eq!(with("AWS_ENDPOINT_URL_IAM"), with("OTHER"), "{arguments:?}");
    }
}

#[test]
fn an_empty_endpoint_of_a_client_for_credentials_is_none_too() {
    let scene = Scene::new(FAILED);
    let token = scene.path("token");
    std::fs::write(&token, "token").expect("a file");
    let output = scene
        .program()
        .env_remove("AWS_ACCESS_KEY_ID")
        .env_remove("AWS_SECRET_ACCESS_KEY")
        .env("AWS_WEB_IDENTITY_TOKEN_FILE", &token)
        .env("AWS_ROLE_ARN", "arn:aws:iam::111122223333:role/web")
        .env("AWS_ENDPOINT_URL_STS", " ")
        .args(["collect", "--service", "shop", "-o", "shop.json"])
        .output()
        .expect("the program runs");
    // The client asked the endpoint of all services instead of an empty address.
    let calls = scene.endpoint.calls();
    assert!(
        calls
            .iter()
            .any(|call| call.operation == "AssumeRoleWithWebIdentity"),
        "{calls:?}\n{}",
        said(&output)
    );
}

#[test]
fn a_source_that_hangs_costs_its_share_and_not_the_others() {
    let scene = Scene::new(&format!(
        "{FAILED}\n[[fault]]\ncall = \"iam:GetRole\"\nkind = \"hang\"\n"
    ));
    let output = scene.collect("shop.json", &["--deadline", "20s"]);
    expect_code(&output, 1);
    let bundle = scene.read("shop.json");
    let roles = bundle.source("roles");
    assert_eq!(roles.len(), 2);
    assert!(roles.iter().all(|it| it.status != Status::Complete));
    for entry in roles {
        let error = entry.error.as_ref().expect("an error");
        assert_eq!(error.code, "deadline");
        assert!(error.message.contains("5 s"), "{error:?}");
    }
    for source in ["service-log", "changes", "metrics", "image"] {
        for entry in bundle.source(source) {
            assert!(entry.status.is_conclusive(), "{entry:?}");
        }
    }
}

#[cfg(unix)]
#[test]
fn nobody_has_to_listen() {
    use std::os::unix::process::ExitStatusExt;

    let scene = Scene::new(FAILED);
    let shell = |redirect: &str, file: &str| {
        let program = scene.program();
        let mut command = std::process::Command::new("sh");
        for (name, value) in program.get_envs() {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        let line = format!(
            "'{}' collect --service shop -o {file} {redirect}",
            program.get_program().to_string_lossy()
        );
        let status = command
            .args(["-c", &line])
            .current_dir(scene.directory.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .expect("a shell");
        assert_eq!(status.signal(), None);
        status.code()
    };
    assert_eq!(shell("2>&-", "closed.json"), Some(0));
    assert_eq!(shell(">&- 2>&-", "both.json"), Some(0));
    assert_eq!(shell("2>/dev/full", "full.json"), Some(0));
    assert_eq!(shell("2>&1 | true", "pipe.json"), Some(0));
    for file in ["closed.json", "both.json", "full.json"] {
        assert!(scene.read(file).count("service") == 1);
    }
    // A result that cannot be told is an error; the bundle is there all the same.
    assert_eq!(shell(">/dev/full", "told.json"), Some(5));
    assert!(scene.path("told.json").exists());
}

#[cfg(unix)]
#[test]
fn a_full_disk_leaves_no_half_of_a_bundle() {
    let scene = Scene::new(&format!(
        "{FAILED}\n[[bulk]]\nstream = \"events\"\nlines = 30000\nfrom = \"-3h\"\nminutes = 60\n"
    ));
    let program = scene.program();
    let mut command = std::process::Command::new("sh");
    command.env_clear();
    for (name, value) in program.get_envs() {
        if let Some(value) = value {
            command.env(name, value);
        }
    }
    // No file may grow beyond 64 blocks; without the trap that would be a signal.
    let line = format!(
        "trap '' XFSZ; ulimit -f 64; exec '{}' collect --service shop -o shop.json",
        program.get_program().to_string_lossy()
    );
    let output = command
        .args(["-c", &line])
        .current_dir(scene.directory.path())
        .output()
        .expect("a shell");
    expect_code(&output, 5);
    let text = said(&output);
    assert!(text.contains("cannot write the bundle shop.json"), "{text}");
    assert!(scene.files().is_empty(), "{:?}", scene.files());
}

#[test]
fn only_the_chosen_sources_are_asked_and_what_they_need_first() {
    let scene = Scene::new(FAILED);
    let output = scene.collect("shop.json", &["--sources", "tags,service-log"]);
    expect_code(&output, 0);
    assert_eq!(
        operations(&scene)[..3],
        ["GetCallerIdentity", "ListServices", "DescribeService"]
    );
    let mut rest = operations(&scene).split_off(3);
    rest.sort_unstable();
    rest.dedup();
    assert_eq!(
        rest,
        [
            "DescribeLogGroups",
            "DescribeLogStreams",
            "FilterLogEvents",
            "ListTagsForResource"
        ]
    );
    let bundle = scene.read("shop.json");
    assert_eq!(bundle.source("service-log")[0].status, Status::Complete);
    assert!(bundle.count("service_log") > 0);
    for source in ["operations", "metrics", "changes", "application-log"] {
        let entries = bundle.source(source);
        assert_eq!(entries.len(), 1, "{entries:?}");
        assert_eq!((entries[0].status, entries[0].calls), (Status::NotAsked, 0));
        let note = entries[0].note.as_deref().expect("a note");
        assert!(note.contains("--sources"), "{note}");
    }
}

#[test]
fn the_doctor_and_the_plan_keep_to_the_chosen_sources() {
    let fault = "[[fault]]\ncall = \"apprunner:ListTagsForResource\"\nkind = \"denied\"\n";
    let scene = Scene::new(&format!("{FAILED}\n{fault}"));
    let chosen = ["--service", "shop", "--sources", "tags"];
    let output = run(&scene, &[&["doctor"] as &[_], &chosen].concat());
    expect_code(&output, 1);
    assert_eq!(operations(&scene).len(), 4);
    let text = printed(&output);
    assert!(
        text.contains("DENIED    apprunner:ListTagsForResource"),
        "{text}"
    );
    assert!(text.contains("not tried iam:GetRole"), "{text}");
    let output = run(&scene, &[&["plan"] as &[_], &chosen].concat());
    expect_code(&output, 0);
    assert!(
        printed(&output).contains("about 4 calls, "),
        "{}",
        printed(&output)
    );
}

#[test]
fn an_unknown_source_is_a_usage_error_that_names_the_known_ones() {
    let scene = Scene::new(FAILED);
    for arguments in [
        &["policy", "--sources", "operation"] as &[_],
        &[
            "collect",
            "--service",
            "shop",
            "--sources",
            "tags,operation",
        ],
    ] {
        let output = run(&scene, arguments);
        expect_code(&output, 4);
        let text = said(&output);
        assert!(text.contains("did you mean `operations`?"), "{text}");
        assert!(text.contains("application-log"), "{text}");
    }
    assert!(scene.endpoint.calls().is_empty() && scene.files().is_empty());
}

#[test]
fn waiting_can_be_made_shorter() {
    let hang = "[[fault]]\ncall = \"apprunner:ListTagsForResource\"\nkind = \"hang\"\n";
    let scene = Scene::new(&format!("{FAILED}\n{hang}"));
    let begin = std::time::Instant::now();
    let output = scene.collect(
        "shop.json",
        &[
            "--sources",
            "tags",
            "--attempts",
            "2",
            "--attempt-timeout",
            "1s",
        ],
    );
    expect_code(&output, 1);
    assert!(begin.elapsed() < std::time::Duration::from_secs(15));
    let asked = operations(&scene);
    let asked = asked.iter().filter(|it| *it == "ListTagsForResource");
    assert_eq!(asked.count(), 2);
    let bundle = scene.read("shop.json");
    let error = bundle.source("tags")[0].error.as_ref().expect("an error");
    assert_eq!(error.code, "timeout");
    for wrong in ["0", "21"] {
        expect_code(&scene.collect("no.json", &["--attempts", wrong]), 4);
    }
    expect_code(&scene.collect("no.json", &["--attempt-timeout", "1h"]), 4);
}

#[test]
fn the_table_of_sources_can_be_read_by_programs() {
    let scene = Scene::new(FAILED);
    let output = run(&scene, &["sources", "--json"]);
    expect_code(&output, 0);
    let table: serde_json::Value = serde_json::from_str(&printed(&output)).expect("JSON");
    let row = |name: &str| {
        let rows = table.as_array().expect("rows").iter();
        let row = rows.clone().find(|row| row["name"] == name);
        row.unwrap_or_else(|| panic!("{name}")).clone()
    };
    assert_eq!(row("service-log")["needs"][0], "log-groups");
    assert_eq!(
        row("tags")["calls"][0]["action"],
        "apprunner:ListTagsForResource"
    );
    assert_eq!(
        row("identity")["calls"][0]["resource"],
        serde_json::Value::Null
    );
}
