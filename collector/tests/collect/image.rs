//! The image, its neighbours in the repository, and who deletes them.

use evidence_schema::{
    Body, Status,
    record::{Image, PushedImage, Repository},
};

use crate::{
    scene::{Bundle, Scene},
    told::FAILED,
};

const LIFECYCLE: &str = r#"{"rules":[{"rulePriority":1,"selection":{"tagStatus":"untagged","countType":"imageCountMoreThan","countNumber":5},"action":{"type":"expire"}}]}"#;

fn image(bundle: &Bundle) -> &Image {
    let mut bodies = bundle.records.iter().map(|it| &it.body);
    let image = bodies.find_map(|body| match body {
        Body::Image(it) => Some(it),
        _ => None,
    });
    image.expect("the image")
}

fn repository(bundle: &Bundle) -> &Repository {
    let mut bodies = bundle.records.iter().map(|it| &it.body);
    let repository = bodies.find_map(|body| match body {
        Body::Repository(it) => Some(it),
        _ => None,
    });
    repository.expect("the repository")
}

fn pushed(bundle: &Bundle) -> Vec<&PushedImage> {
    let bodies = bundle.records.iter().map(|it| &it.body);
    let pushed = bodies.filter_map(|body| match body {
        Body::PushedImage(it) => Some(it),
        _ => None,
    });
    pushed.collect()
}

/// The status of the entry of `image` whose subject ends so.
fn status(bundle: &Bundle, end: &str) -> Status {
    let entries = bundle.source("image");
    let entry = entries
        .iter()
        .find(|it| it.subject.as_deref().is_some_and(|it| it.ends_with(end)));
    entry.expect("an entry").status
}

#[test]
fn the_architecture_of_a_single_image_is_in_its_configuration() {
    let scene = Scene::new(&format!(
        "{FAILED}\n[image]\nmanifest = \"single\"\nplatforms = [\"linux/arm64\"]\n"
    ));
    let bundle = scene.collected("shop.json", 0);
    let platforms = &image(&bundle).platforms;
    assert_eq!(platforms.len(), 1);
    assert_eq!(
        (platforms[0].os.as_str(), platforms[0].architecture.as_str()),
        ("linux", "arm64")
    );
}

#[test]
fn without_the_permission_for_it_the_image_is_kept_and_the_platform_unknown() {
    let scene = Scene::new(&format!(
        "{FAILED}\n[image]\nmanifest = \"single\"\n[[fault]]\ncall = \"ecr:GetDownloadUrlForLayer\"\nkind = \"denied\"\n"
    ));
    let bundle = scene.collected("shop.json", 1);
    assert!(image(&bundle).platforms.is_empty());
    let entries = bundle.source("image");
    let entry = entries.last().expect("the image's entry");
    assert_eq!((entry.status, entry.records), (Status::Partial, 1));
    assert_eq!(
        entry.permission.as_deref(),
        Some("ecr:GetDownloadUrlForLayer")
    );
}

#[test]
fn a_lifecycle_policy_is_kept_or_told_as_absent() {
    let bundle = Scene::new(FAILED).collected("shop.json", 0);
    assert_eq!(repository(&bundle).lifecycle_policy, None);
    assert_eq!(status(&bundle, " lifecycle policy"), Status::Absent);

    let scene = Scene::new(&format!(
        "{FAILED}\n[repository]\nlifecycle = \"\"\"{LIFECYCLE}\"\"\"\n"
    ));
    let bundle = scene.collected("shop.json", 0);
    let policy = repository(&bundle).lifecycle_policy.as_deref();
    assert!(policy.is_some_and(|it| it.contains("rules")), "{policy:?}");
    assert_eq!(status(&bundle, " lifecycle policy"), Status::Complete);
}

#[test]
fn an_archived_image_says_so_and_its_manifest_is_not_asked_for() {
    let scene = Scene::new(&format!("{FAILED}\n[image]\nstatus = \"ARCHIVED\"\n"));
    let bundle = scene.collected("shop.json", 0);
    assert_eq!(image(&bundle).status.as_deref(), Some("ARCHIVED"));
    assert!(image(&bundle).platforms.is_empty());
    let entries = bundle.source("image");
    let entry = entries.last().expect("the image's entry");
    assert!(
        entry
            .note
            .as_deref()
            .is_some_and(|it| it.contains("archived"))
    );
}

#[test]
fn what_was_pushed_around_the_failure_is_kept_and_older_images_are_not() {
    let other = |tag: &str, pushed: &str| {
        format!("[[other_image]]\ntags = [\"{tag}\"]\npushed = \"{pushed}\"\n")
    };
    let scene = Scene::new(&format!(
        "{FAILED}\n{}{}{}",
        other("before", "-2h30m"),
        other("yesterday", "-20h"),
        other("old", "-12d")
    ));
    let bundle = scene.collected("shop.json", 0);
    let pushed = pushed(&bundle);
    let tags: Vec<_> = pushed.iter().flat_map(|it| &it.tags).collect();
    for tag in ["before", "yesterday"] {
        assert!(tags.iter().any(|it| *it == tag), "{tag} is not in {tags:?}");
    }
    assert!(!tags.iter().any(|it| *it == "old"), "{tags:?}");
    let entry = bundle.source("pushed-images")[0];
    assert_eq!(entry.status, Status::Complete);
    assert_eq!(entry.covered, [bundle.manifest.windows.recent]);
    assert_eq!(entry.subject.as_deref(), Some("shop"));
}
