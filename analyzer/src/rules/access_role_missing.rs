//! A private image, and no access role to pull it with.

use super::{About, Explains, Rule, fix};
use crate::{
    evidence::{Case, Missing},
    finding::{Answer, Citation, Finding, Ground, Role, Severity, Step, Touches},
};

pub(super) const RULE: Rule = Rule {
    id: "access-role-missing",
    summary: "The image is in a private repository, and no access role is configured",
    severity: Severity::Critical,
    about: About::Both,
    docs: include_str!("access_role_missing.md"),
    explains: Explains::Only(&[
        "access-role-cannot-pull",
        "image-pull-failed",
        "silent-rollback",
    ]),
    check,
};

fn check(case: Case<'_>) -> Result<Answer, Missing> {
    if let Some(refused) = fix::refused::find(case, &["authentication-invalid"]) {
        return Ok(of_call(case, &refused).into());
    }
    if case.attempt.refusal.is_some() {
        return fix::refused::another_reason(case);
    }
    let Some(image) = case.image_source()? else {
        return Ok(Answer::NotApplicable(
            "the service deploys source code and has no access role".to_owned(),
        ));
    };
    if image.fact.repository_type == "ECR_PUBLIC" {
        return Ok(Answer::NotApplicable(
            "a public image is pulled without an access role".to_owned(),
        ));
    }
    let service = case.service()?;
    if let Some(arn) = &service.fact.source.access_role_arn {
        return Ok(Answer::cleared_by_fact(
            &service,
            format!("the service has the access role {}", fix::role_name(arn)),
        ));
    }
    if let Some(pulled) = case.pulled()? {
        return Ok(Answer::cleared_by(pulled, "the image was pulled"));
    }
    if !case.attempt.failed() {
        return Ok(Answer::NotApplicable(
            "the deployment has not failed".to_owned(),
        ));
    }
    let blamed = case.access_role_blamed()?.map(|(line, _)| {
        Citation::line(
            Ground::Platform,
            line,
            "App Runner blames the access role, and no pull had gone well before",
        )
    });
    let mut finding = Finding::new(
        Role::Cause,
        "The service has no access role, and its image is in a private repository",
        Citation::fact(
            Ground::Configuration,
            &image,
            "no access role is configured",
        ),
    )
    .citing_if(blamed)
    .touching(Touches::Service);
    finding.fix = advice(case, Some(&image.fact.identifier));
    Ok(finding.into())
}

fn of_call(case: Case<'_>, refused: &fix::refused::Refused<'_>) -> Finding {
    let source = ["sourceConfiguration", "imageRepository"];
    let of_image = |name: &str| {
        refused
            .parameter(case, &[source[0], source[1], name])
            .and_then(|value| value.as_str())
    };
    let configured = case.image_source().ok().flatten();
    let identifier = of_image("imageIdentifier")
        .or_else(|| configured.as_ref().map(|it| it.fact.identifier.as_str()));
    let repository_type = of_image("imageRepositoryType").or_else(|| {
        configured
            .as_ref()
            .map(|it| it.fact.repository_type.as_str())
    });
    let given = refused.parameter(
        case,
        &[source[0], "authenticationConfiguration", "accessRoleArn"],
    );
    let asked = refused.parameter(case, &[source[0]]).is_some();
    let image = identifier.map(|it| format!(" {it}")).unwrap_or_default();
    let public = repository_type == Some("ECR_PUBLIC");
    let summary = match (public, asked, given.is_some()) {
        (true, _, _) => format!("An access role was given for the public image{image}"),
        (false, true, false) => {
            format!("No access role was given for the private image{image}")
        }
        _ => format!(
            "The image{image} and the access role do not go together: a private image needs one, \
             a public one takes none"
        ),
    };
    let mut finding = Finding::new(
        fix::refused::role(case),
        summary,
        refused.cite(
            Ground::Platform,
            "App Runner does not take the authentication configuration",
        ),
    );
    if let (true, false, Some(record)) = (asked, public, refused.record(case))
        && given.is_none()
    {
        finding = finding.citing(Citation::fact(
            Ground::Configuration,
            record,
            "the call has no AuthenticationConfiguration.AccessRoleArn",
        ));
    }
    if !asked {
        finding = finding.confirmed_by(
            "the parameters of the call: whether ImageRepositoryType and AccessRoleArn go together",
        );
    }
    finding.fix = if public {
        vec![Step::Text(
            "Leave AuthenticationConfiguration out: an image of ECR Public is pulled without a role."
                .to_owned(),
        )]
    } else {
        advice(case, identifier)
    };
    finding
}

fn advice(case: Case<'_>, identifier: Option<&str>) -> Vec<Step> {
    let mut steps = vec![Step::Text(
        "Give the service a role that trusts build.apprunner.amazonaws.com and may pull from the \
         repository. The instance role is another one, in InstanceConfiguration, and does not help."
            .to_owned(),
    )];
    if let Some(identifier) = identifier {
        let account = &case.evidence.manifest.target.account;
        steps.push(fix::update_source(
            case,
            &serde_json::json!({
                "ImageRepository": {
                    "ImageIdentifier": identifier,
                    "ImageRepositoryType": "ECR",
                },
                "AuthenticationConfiguration": {
                    "AccessRoleArn": format!("arn:aws:iam::{account}:role/NAME_OF_THE_ROLE"),
                },
            }),
        ));
    }
    steps
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{
        finding::Strength,
        test_support::{BUSY, IMAGE, INVALID_ROLE, PULLED, Sample},
    };

    const INVALID: &str = "Authentication configuration is invalid";

    fn refused(kind: &str, role: Option<&str>) -> Sample {
        Sample::image()
            .without_operations()
            .refused(0, "CreateService", "InvalidRequestException", INVALID)
            .called(|call| {
                let mut source = json!({"imageRepository": {
                    "imageIdentifier": IMAGE, "imageRepositoryType": kind,
                }});
                if let Some(role) = role {
                    source["authenticationConfiguration"] = json!({ "accessRoleArn": role });
                }
                call.request_parameters =
                    Some(json!({ "serviceName": "web", "sourceConfiguration": source }));
            })
    }

    #[test]
    fn the_call_tells_a_private_image_without_a_role_from_a_public_one_with_it() {
        let private = refused("ECR", None).found(&RULE);
        assert_eq!(private.strength(), Strength::StatedByPlatform);
        assert!(private.summary.starts_with("No access role was given"));
        let public = refused("ECR_PUBLIC", Some("arn:aws:iam::111122223333:role/x")).found(&RULE);
        assert!(
            public
                .summary
                .starts_with("An access role was given for the public")
        );
    }

    #[test]
    fn a_deployment_of_a_private_image_without_a_role_is_proven() {
        let none = || Sample::image().service(|it| it.source.access_role_arn = None);
        let finding = none().deployment(&[(5, INVALID_ROLE)]).found(&RULE);
        assert_eq!(finding.citations()[0].ground, Ground::Configuration);
        // What was pulled was pulled, whatever the configuration is now.
        none().events(PULLED).cleared(&RULE);
        let missing = none()
            .denied("service-log", "logs:FilterLogEvents")
            .missing(&RULE);
        assert_eq!(missing.permission.as_deref(), Some("logs:FilterLogEvents"));
    }

    #[test]
    fn a_role_a_public_image_and_another_refusal_clear_it() {
        Sample::image().cleared(&RULE);
        Sample::code().not_applicable(&RULE);
        Sample::image()
            .without_operations()
            .refused(0, "UpdateService", "InvalidStateException", BUSY)
            .cleared(&RULE);
        let missing = Sample::image()
            .without_service()
            .denied("service", "apprunner:DescribeService")
            .missing(&RULE);
        assert_eq!(
            missing.permission.as_deref(),
            Some("apprunner:DescribeService")
        );
    }
}
