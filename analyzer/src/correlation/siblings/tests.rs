//! What is told of other services.

use evidence_schema::{
    Body, Status,
    record::{Origin, SiblingService},
};

use super::*;
use crate::test_support::{ACCESS, INSTANCE, Sample, seconds};

const CONNECTOR: &str = "arn:aws:apprunner:us-east-1:111122223333:vpcconnector/inside/1/00000000000000000000000000000001";

fn arn(name: &str) -> String {
    format!("arn:aws:apprunner:us-east-1:111122223333:service/{name}/00")
}

fn base() -> Sample {
    Sample::image()
        .covered("siblings", Status::Complete)
        .service(|service| {
            service.instance.role_arn = Some(INSTANCE.to_owned());
            service.network.vpc_connector_arn = Some(CONNECTOR.to_owned());
        })
}

/// Another service that was deployed once.
fn other(sample: Sample, name: &str, status: &str, offset: i64) -> Sample {
    sample
        .with(Body::SiblingService(SiblingService {
            name: name.to_owned(),
            service_id: None,
            arn: arn(name),
            status: "RUNNING".into(),
            created_at: None,
            updated_at: None,
        }))
        .with(Body::SiblingOperation(SiblingOperation {
            service_arn: arn(name),
            operation_id: name.to_owned(),
            operation_type: "START_DEPLOYMENT".into(),
            status: status.into(),
            started_at: Some(seconds(offset)),
            ended_at: Some(seconds(offset + 60)),
            updated_at: None,
        }))
}

/// What it is made of.
fn made_of(sample: Sample, name: &str, change: impl FnOnce(&mut SiblingConfiguration)) -> Sample {
    let mut made = SiblingConfiguration {
        service_arn: arn(name),
        image: Some(format!(
            "111122223333.dkr.ecr.us-east-1.amazonaws.com/{name}:v1"
        )),
        repository_url: None,
        access_role_arn: None,
        connection_arn: None,
        instance_role_arn: None,
        vpc_connector_arn: None,
        auto_scaling_configuration_arn: None,
    };
    change(&mut made);
    sample.with(Body::SiblingConfiguration(made))
}

fn texts(sample: &Sample) -> Vec<String> {
    sample.ask(|case| told(case).into_iter().map(|told| told.text).collect())
}

#[test]
fn what_all_that_failed_share_is_told() {
    let sample = other(base(), "basket", "ROLLBACK_SUCCEEDED", 600);
    let sample = made_of(sample, "basket", |it| {
        it.access_role_arn = Some(ACCESS.to_owned());
        it.vpc_connector_arn = Some(CONNECTOR.to_owned());
    });
    assert_eq!(
        texts(&sample).last().map(String::as_str),
        Some("they share the access role AppRunnerEcrAccess and the VPC connector inside")
    );
    let sample = other(sample, "orders", "FAILED", 700);
    let sample = made_of(sample, "orders", |it| {
        it.vpc_connector_arn = Some(CONNECTOR.to_owned());
    });
    let all = texts(&sample);
    assert_eq!(
        all.last().map(String::as_str),
        Some("they share the VPC connector inside")
    );
    assert!(
        all[1].ends_with(
            "; it shares the access role AppRunnerEcrAccess and the VPC connector inside"
        )
    );
}

#[test]
fn services_that_share_nothing_and_fail_together_point_outside() {
    let sample = other(base(), "basket", "ROLLBACK_SUCCEEDED", 600);
    let all = texts(&made_of(sample, "basket", |_| {}));
    assert!(
        all[0].contains("something outside of them, or chance"),
        "{all:?}"
    );
    assert_eq!(
        all.last().map(String::as_str),
        Some("they share nothing but the account and the Region")
    );
}

#[test]
fn one_that_went_well_afterwards_clears_what_it_shares_and_one_before_does_not() {
    let well = |offset| {
        let sample = other(base(), "basket", "SUCCEEDED", offset);
        made_of(sample, "basket", |it| {
            it.access_role_arn = Some(ACCESS.to_owned());
        })
    };
    let all = texts(&well(900));
    assert_eq!(
        all[1],
        "basket shares the access role AppRunnerEcrAccess with this one and went well with it, so \
         that works"
    );
    assert!(texts(&well(-900))[1].ends_with("so that worked then"));
    let nothing = made_of(other(base(), "basket", "SUCCEEDED", 900), "basket", |_| {});
    assert!(texts(&nothing)[1].contains("clear nothing"));
}

#[test]
fn what_was_not_looked_at_is_told_with_the_reason() {
    let mut sample = other(base(), "basket", "ROLLBACK_SUCCEEDED", 600);
    // A bundle from before this was collected.
    assert!(
        texts(&sample)
            .last()
            .is_some_and(|it| it.contains("does not tell what they are made of"))
    );
    let mut denied = sample.coverage[0].clone();
    denied.source = "siblings".to_owned();
    denied.subject = Some(format!("{} configuration", arn("basket")));
    denied.status = Status::Denied;
    denied.permission = Some("apprunner:DescribeService".to_owned());
    sample.coverage.push(denied);
    let all = texts(&sample);
    let last = all.last().expect("a text");
    assert!(last.contains("apprunner:DescribeService"), "{last}");
}

#[test]
fn an_image_is_more_than_its_repository_and_what_everybody_has_is_nothing() {
    let own = base().service;
    let Origin::Image(image) = &own.source.origin else {
        unreachable!("it is an image");
    };
    let mut own = own.clone();
    let scaling = "arn:aws:apprunner:us-east-1:111122223333:autoscalingconfiguration/DefaultConfiguration/1/00";
    own.auto_scaling_configuration_arn = Some(scaling.to_owned());
    let mut other = SiblingConfiguration {
        service_arn: arn("basket"),
        image: Some(image.identifier.clone()),
        repository_url: None,
        access_role_arn: None,
        connection_arn: None,
        instance_role_arn: None,
        vpc_connector_arn: None,
        auto_scaling_configuration_arn: Some(scaling.to_owned()),
    };
    let texts = |other: &SiblingConfiguration| list(&shared(&own, other));
    assert_eq!(texts(&other), "the image web:v2");
    other.image = other.image.map(|it| it.replace(":v2", ":v3"));
    assert_eq!(texts(&other), "the repository web");
    other.image = other.image.map(|it| it.replace("/web", "/webs"));
    assert_eq!(texts(&other), "");
}
