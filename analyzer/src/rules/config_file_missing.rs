//! There is no `apprunner.yaml` where App Runner looks for it.

use super::{About, Explains, Rule, fix};
use crate::{
    evidence::{Case, Missing},
    finding::{Answer, Citation, Finding, Ground, Role, Severity, Step, Touches},
    message::{BuildFailure, Message},
};

pub(super) const RULE: Rule = Rule {
    id: "config-file-missing",
    summary: "There is no apprunner.yaml in the source directory",
    severity: Severity::Critical,
    about: About::Deployment,
    docs: include_str!("config_file_missing.md"),
    explains: Explains::Only(&["silent-rollback"]),
    check,
};

fn check(case: Case<'_>) -> Result<Answer, Missing> {
    let Some(code) = case.code_source()? else {
        return Ok(Answer::NotApplicable(
            "the service deploys an image".to_owned(),
        ));
    };
    let Some((line, file)) = case.platform(|message| match message {
        Message::BuildFailed(BuildFailure::ConfigMissing(file)) => Some(file),
        _ => None,
    })?
    else {
        return Ok(
            match case
                .attempt
                .find(|message| matches!(message, Message::ConfigAccepted).then_some(()))
            {
                Some((accepted, ())) => Answer::cleared_by(accepted, "the file was accepted"),
                None => Answer::cleared("App Runner did not miss the file"),
            },
        );
    };

    let directory = code.fact.source_directory.as_deref().unwrap_or("/");
    let branch = code.fact.branch.as_deref().unwrap_or("the branch");
    let repository = code.fact.repository_url.as_str();
    let mut finding = Finding::new(
        Role::Cause,
        format!("There is no {file} in the directory {directory} of {repository} ({branch})"),
        Citation::line(
            Ground::Platform,
            line,
            format!("App Runner found no {file}"),
        ),
    )
    .citing(Citation::fact(
        Ground::Context,
        &code,
        format!("the service takes its configuration from the repository, directory {directory}"),
    ))
    .touching(Touches::Service)
    .confirmed_by(format!(
        "whether {branch} has {file} in {directory}, with this very name"
    ))
    .fixed_by([Step::Text(format!(
        "Put {file} (not .yml) into {directory} of {branch}, and deploy again:"
    ))]);
    finding.fix.extend(fix::redeploy(case));
    finding.fix.push(Step::Text(
        "Or set SourceDirectory to the directory that has the file:".to_owned(),
    ));
    finding.fix.extend(fix::edit_source(case));
    Ok(finding.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::Sample;

    #[test]
    fn directory_and_branch_are_named() {
        let finding = Sample::code()
            .deployment(&[(20, "[AppRunner] Failed to build your application source code. Reason: App Runner configuration file apprunner.yaml not found.")])
            .found(&RULE);
        assert!(finding.summary.contains("directory / of") && finding.summary.contains("(main)"));
    }

    #[test]
    fn a_file_that_was_accepted_is_there() {
        Sample::code()
            .events(&[(20, "[AppRunner] Successfully Validate configuration file.")])
            .cleared(&RULE);
        Sample::image().not_applicable(&RULE);
    }

    #[test]
    fn without_the_log_it_cannot_tell() {
        Sample::code()
            .denied("service-log", "logs:FilterLogEvents")
            .missing(&RULE);
    }
}
