//! What ends a collection, each with a sentence and its exit code.

use std::{fs, net::TcpListener};

use crate::{
    scene::{Scene, bare_program, said},
    told::{FAILED, expect_code},
};

fn service(scene: &Scene, arguments: &[&str], code: i32) -> String {
    let output = scene
        .program()
        .arg("collect")
        .args(arguments)
        .output()
        .expect("the program runs");
    expect_code(&output, code);
    assert!(output.stdout.is_empty());
    assert!(
        scene.files().is_empty(),
        "nothing is left: {:?}",
        scene.files()
    );
    said(&output)
}

#[test]
fn an_unknown_name_is_answered_with_the_nearest() {
    let scene = Scene::new(&format!(
        "{FAILED}\n[[other_service]]\nname = \"payments\"\n"
    ));
    let said = service(&scene, &["--service", "shpo"], 3);
    assert!(
        said.contains("there is no App Runner service `shpo` in us-east-1 of account 111122223333"),
        "{said}"
    );
    assert!(
        said.contains("hint: Services in us-east-1: shop, payments."),
        "{said}"
    );
}

#[test]
fn the_wrong_region_is_told() {
    let scene = Scene::new(FAILED);
    let said = service(&scene, &["--service", "shop", "--region", "eu-west-1"], 3);
    assert!(
        said.contains("in eu-west-1") && said.contains("--region"),
        "{said}"
    );
}

#[test]
fn an_arn_brings_its_region_and_may_not_contradict_another() {
    let scene = Scene::new(FAILED);
    let arn = scene.collected("shop.json", 0).manifest.target.service_arn;
    let output = scene
        .program()
        .env("AWS_REGION", "eu-west-1")
        .args(["collect", "--service", &arn, "-o", "arn.json"])
        .output()
        .expect("the program runs");
    expect_code(&output, 0);
    let output = scene
        .program()
        .args(["collect", "--service", &arn, "--region", "eu-west-1"])
        .output()
        .expect("the program runs");
    expect_code(&output, 4);
    assert!(
        said(&output).contains("--region us-east-1"),
        "{}",
        said(&output)
    );
}

#[test]
fn an_arn_of_nothing_is_no_service() {
    let scene = Scene::new(FAILED);
    let arn =
        "arn:aws:apprunner:us-east-1:111122223333:service/shop/00000000000000000000000000000000";
    let said = service(&scene, &["--service", arn], 3);
    assert!(
        said.contains("there is no App Runner service") && said.contains("shop"),
        "{said}"
    );
}

#[test]
fn without_credentials_the_way_to_sign_in_is_told() {
    let scene = Scene::new(FAILED);
    let output = bare_program(scene.directory.path())
        .env("AWS_ENDPOINT_URL", scene.endpoint.url())
        .args(["collect", "--service", "shop"])
        .output()
        .expect("the program runs");
    expect_code(&output, 3);
    assert!(said(&output).contains("aws sso login"), "{}", said(&output));
    assert!(scene.files().is_empty() && scene.endpoint.calls().is_empty());
}

#[test]
fn expired_credentials_are_told_from_missing_ones() {
    let scene = Scene::new(&format!(
        "{FAILED}\n[[fault]]\ncall = \"*\"\nkind = \"error\"\ncode = \"ExpiredToken\"\nmessage = \"The security token included in the request is expired\"\nhttp_status = 403\n"
    ));
    let said = service(&scene, &["--service", "shop"], 3);
    assert!(
        said.contains("AWS does not accept the credentials: The security token"),
        "{said}"
    );
}

#[test]
fn an_endpoint_that_nobody_serves_is_unreachable() {
    let scene = Scene::new(FAILED);
    let port = TcpListener::bind("127.0.0.1:0")
        .and_then(|listener| listener.local_addr())
        .expect("a port")
        .port();
    let output = scene
        .program()
        .env("AWS_ENDPOINT_URL", format!("http://127.0.0.1:{port}"))
        .args(["collect", "--service", "shop"])
        .output()
        .expect("the program runs");
    expect_code(&output, 3);
    assert!(
        said(&output).contains("AWS cannot be reached in us-east-1"),
        "{}",
        said(&output)
    );
}

#[test]
fn a_place_that_cannot_be_written_is_found_before_anything_is_asked() {
    let scene = Scene::new(FAILED);
    let output = scene.collect("no/such/directory/shop.json", &[]);
    expect_code(&output, 5);
    assert!(
        said(&output).contains("no/such/directory"),
        "{}",
        said(&output)
    );
    fs::write(scene.path("mine.json"), "mine").expect("a file");
    let output = scene.collect("mine.json", &[]);
    expect_code(&output, 5);
    assert!(said(&output).contains("--force"), "{}", said(&output));
    assert!(scene.endpoint.calls().is_empty());
    assert_eq!(
        fs::read(scene.path("mine.json")).expect("the file"),
        b"mine"
    );

    expect_code(&scene.collect("mine.json", &["--force"]), 0);
    assert_eq!(scene.files(), ["mine.json"]);
}

#[test]
fn nonsense_on_the_command_line_is_a_usage_error() {
    let scene = Scene::new(FAILED);
    for arguments in [
        &["--service", "shop", "--since", "yesterday"] as &[&str],
        &["--service", "shop", "--since", "30"],
        &["--service", "arn:aws:iam::111122223333:role/web"],
        &["--service", "shop", "--region", "Ireland"],
        &[],
    ] {
        let said = service(&scene, arguments, 4);
        assert!(!said.is_empty());
    }
}

#[test]
fn the_tables_are_printed() {
    let directory = tempfile::tempdir().expect("a directory");
    let run = |argument: &str| {
        let output = bare_program(directory.path())
            .arg(argument)
            .output()
            .expect("the program runs");
        expect_code(&output, 0);
        String::from_utf8(output.stdout).expect("text")
    };
    assert!(run("sources").contains("logs:FilterLogEvents"));
    let policy: serde_json::Value = serde_json::from_str(&run("policy")).expect("JSON");
    assert_eq!(policy["Version"], "2012-10-17");
    assert!(run("--version").starts_with("apprunner-collector "));
    assert!(run("--help").contains("Examples:"));
}
