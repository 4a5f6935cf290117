//! What is taken from a checkout of the application.

use std::fs;

use evidence_schema::{
    Body, Status,
    record::{SourceFile, SourceFileRole},
};

use crate::{
    scene::{Bundle, Scene, said},
    told::{FAILED, expect_code},
};

const CODE: &str = "
[service]
source = \"github\"
source_directory = \"/web\"
environment = { TOKEN = \"the-token-of-the-service\" }
";

fn scene() -> Scene {
    Scene::new(&format!("what = \"Source code.\"\nexpect = []\n{CODE}"))
}

fn put(scene: &Scene, path: &str, text: &str) {
    let path = scene.path("checkout").join(path);
    fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
    fs::write(path, text).expect("a file");
}

fn collected(scene: &Scene, code: i32) -> Bundle {
    let output = scene.collect("shop.json", &["--force", "--source-dir", "checkout"]);
    expect_code(&output, code);
    scene.read("shop.json")
}

fn file<'a>(bundle: &'a Bundle, path: &str) -> Option<&'a SourceFile> {
    bundle.records.iter().find_map(|it| match &it.body {
        Body::SourceFile(it) if it.path == path => Some(it),
        _ => None,
    })
}

#[test]
fn what_says_how_the_application_is_built_is_kept_without_secrets() {
    // With this source AWS tells the values, so they are known wherever they come up.
    let api = format!("{CODE}configuration_source = \"API\"\n");
    let scene = Scene::new(&format!("what = \"Source code.\"\nexpect = []\n{api}"));
    put(
        &scene,
        "web/apprunner.yaml",
        "version: 1.0\nruntime: python311\nrun:\n  command: run --token the-token-of-the-service\n  env:\n    - name: MODE\n      value: hidden-mode\n",
    );
    put(
        &scene,
        "Dockerfile",
        "FROM --platform=linux/arm64 python:3.11\nENV KEY=hidden-key\nEXPOSE 3000\nCMD python3 main.py --token the-token-of-the-service\n",
    );
    put(&scene, "web/.python-version", "3.11.14\n");
    put(&scene, "web/requirements.txt", "hidden-package==1\n");
    put(&scene, "web/main.py", "hidden = 1\n");
    put(&scene, "other/Dockerfile", "FROM hidden\n");
    let bundle = collected(&scene, 0);

    let configuration = file(&bundle, "web/apprunner.yaml").expect("the configuration");
    assert_eq!(configuration.role, SourceFileRole::Configuration);
    let content = configuration.content.as_deref().expect("its content");
    assert!(
        content.contains("name: MODE") && content.contains("‹redacted:env.TOKEN:"),
        "{content}"
    );
    let dockerfile = file(&bundle, "Dockerfile").expect("the Dockerfile");
    let told: Vec<_> = dockerfile
        .instructions
        .iter()
        .map(|it| (it.instruction.as_str(), it.arguments.as_str()))
        .collect();
    assert_eq!(
        told,
        [
            ("FROM", "--platform=linux/arm64 python:3.11"),
            ("EXPOSE", "3000"),
            (
                "CMD",
                "python3 main.py --token ‹redacted:env.TOKEN:8-31:fp-1›"
            ),
        ]
    );
    let version = file(&bundle, "web/.python-version").expect("the version");
    assert_eq!(version.content.as_deref(), Some("3.11.14\n"));
    let packages = file(&bundle, "web/requirements.txt").expect("the dependencies");
    assert_eq!((packages.size_bytes, &packages.content), (18, &None));
    let text = String::from_utf8(bundle.bytes.clone()).expect("JSON");
    assert!(!text.contains("hidden") && !text.contains("the-token-of"));
    let entries = bundle.source("source-files");
    assert_eq!(entries.len(), 1);
    assert_eq!(
        (entries[0].status, entries[0].records),
        (Status::Complete, 4)
    );
}

#[test]
fn a_configuration_that_is_not_where_app_runner_looks_is_absent() {
    let scene = scene();
    put(&scene, "apprunner.yaml", "version: 1.0\n");
    put(&scene, "web/apprunner.yml", "version: 1.0\n");
    let bundle = collected(&scene, 0);
    assert!(file(&bundle, "apprunner.yaml").is_some());
    assert!(file(&bundle, "web/apprunner.yml").is_some());
    let entries = bundle.source("source-files");
    let absent = entries.iter().find(|it| it.status == Status::Absent);
    let absent = absent.expect("an entry");
    assert_eq!(absent.subject.as_deref(), Some("web/apprunner.yaml"));
}

#[cfg(unix)]
#[test]
fn nothing_is_read_from_outside_of_the_folder() {
    use std::os::unix::fs::symlink;

    let scene = scene();
    fs::write(scene.path("outside.yaml"), "version: hidden\n").expect("a file");
    fs::create_dir(scene.path("elsewhere")).expect("a folder");
    fs::write(scene.path("elsewhere/Dockerfile"), "FROM hidden\n").expect("a file");
    put(&scene, "web/.nvmrc", "22\n");
    let link = |to: &str, at: &str| {
        symlink(scene.path(to), scene.path("checkout").join(at)).expect("a link");
    };
    link("outside.yaml", "web/apprunner.yaml");
    link("checkout/web/.nvmrc", ".nvmrc");
    link("/dev/zero", "Dockerfile");
    link("nowhere", "go.mod");
    let bundle = collected(&scene, 0);
    assert!(file(&bundle, "web/apprunner.yaml").is_none());
    assert!(file(&bundle, "Dockerfile").is_none());
    assert!(file(&bundle, ".nvmrc").is_some(), "a link within is fine");

    // The source directory itself may be a link that leads out.
    fs::remove_dir_all(scene.path("checkout/web")).expect("the folder");
    link("elsewhere", "web");
    let bundle = collected(&scene, 0);
    assert_eq!(
        bundle.count("source_file"),
        0,
        "the other link is broken now"
    );
    assert!(!String::from_utf8_lossy(&bundle.bytes).contains("hidden"));
}

#[test]
fn a_large_file_is_cut_and_told_so() {
    let scene = scene();
    put(
        &scene,
        "web/apprunner.yaml",
        &"# a comment\n".repeat(10_000),
    );
    let bundle = collected(&scene, 0);
    let file = file(&bundle, "web/apprunner.yaml").expect("the configuration");
    assert!(file.truncated && file.size_bytes == 120_000);
    assert!(file.content.as_ref().is_some_and(|it| it.len() <= 65_537));
}

#[test]
fn without_a_checkout_nothing_is_looked_for_and_a_wrong_one_is_an_error() {
    let scene = Scene::new(FAILED);
    let bundle = scene.collected("shop.json", 0);
    assert_eq!(bundle.source("source-files")[0].status, Status::NotAsked);
    let output = scene.collect("no.json", &["--source-dir", "nowhere"]);
    expect_code(&output, 4);
    assert!(said(&output).contains("no directory"), "{}", said(&output));
}
