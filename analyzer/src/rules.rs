//! Every diagnosis that the analyzer can make.
//!
//! A rule is a value and a function. It is asked about one attempt, reads facts, and answers; it
//! prints nothing, knows no clock, and does not look at other rules.

mod access_role_cannot_pull;
mod access_role_missing;
mod access_role_trust;
mod application_crashed;
mod aws_event;
mod bound_to_hostname;
mod bound_to_loopback;
mod build_command_failed;
mod build_dependency_failed;
mod config_file_invalid;
mod config_file_missing;
mod configuration_ignored;
mod connection_not_available;
mod container_never_started;
mod cross_account_auto_deployment;
mod database_refused;
mod dependency_unreachable;
mod ending;
mod fix;
mod health_check_failed;
mod health_check_path;
mod health_check_replaced;
mod health_check_too_strict;
mod image_architecture;
mod image_manifest_unusable;
mod image_not_found;
mod image_pull_failed;
mod image_too_large;
mod infrastructure_tool_view;
mod instance_role_missing;
mod instance_role_trust;
mod instance_size_invalid;
mod migration_failed;
mod missing_environment_variable;
mod module_missing;
mod operation_in_progress;
mod out_of_memory;
mod packages_lost_after_build;
mod pass_role_denied;
mod port_invalid;
mod port_mismatch;
mod repository_policy;
mod request_invalid;
mod role_not_ready;
mod runtime_end_of_support;
mod runtime_unsupported;
mod secret_arn_incomplete;
mod secret_not_readable;
mod service_not_running;
mod service_quota;
mod silent_rollback;
mod slow_start;
mod source_not_pulled;
mod stale_image_tag;
mod start_command_failed;
mod start_command_not_run_by_shell;
mod subnet_unusable;
mod vcpu_quota;
mod wrong_environment_variable;

use crate::{
    evidence::{Case, Missing},
    finding::{Answer, Severity},
};

/// One diagnosis.
pub struct Rule {
    /// Names the defect; also the name of its file and of its page.
    pub id: &'static str,
    /// The defect in a sentence.
    pub summary: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// What it is asked about.
    pub about: About,
    /// The page for people.
    pub docs: &'static str,
    /// The diagnoses that are only the mechanism, symptom or consequence of this one.
    pub explains: Explains,
    /// Looks.
    pub check: fn(Case<'_>) -> Result<Answer, Missing>,
}

/// What a rule is asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum About {
    /// A deployment that began.
    Deployment,
    /// A call that App Runner refused, so that none began.
    Call,
    /// Either.
    Both,
}

/// Which other diagnoses a diagnosis explains.
pub enum Explains {
    /// These.
    Only(&'static [&'static str]),
    /// None: it is what others lead to.
    Nothing,
}

impl Rule {
    /// Whether this diagnosis, if it is right, explains `other`.
    pub fn explains(&self, other: &Rule) -> bool {
        match self.explains {
            Explains::Only(ids) => ids.contains(&other.id),
            Explains::Nothing => false,
        }
    }
}

/// Every rule. Where two findings are equally well founded, the earlier rule is named first.
pub const ALL: &[Rule] = &[
    operation_in_progress::RULE,
    service_not_running::RULE,
    pass_role_denied::RULE,
    service_quota::RULE,
    cross_account_auto_deployment::RULE,
    infrastructure_tool_view::RULE,
    request_invalid::RULE,
    connection_not_available::RULE,
    source_not_pulled::RULE,
    config_file_missing::RULE,
    config_file_invalid::RULE,
    runtime_unsupported::RULE,
    runtime_end_of_support::RULE,
    configuration_ignored::RULE,
    build_dependency_failed::RULE,
    build_command_failed::RULE,
    image_not_found::RULE,
    access_role_missing::RULE,
    access_role_trust::RULE,
    repository_policy::RULE,
    access_role_cannot_pull::RULE,
    image_architecture::RULE,
    instance_role_missing::RULE,
    instance_role_trust::RULE,
    secret_not_readable::RULE,
    role_not_ready::RULE,
    image_too_large::RULE,
    image_manifest_unusable::RULE,
    image_pull_failed::RULE,
    start_command_not_run_by_shell::RULE,
    packages_lost_after_build::RULE,
    start_command_failed::RULE,
    missing_environment_variable::RULE,
    wrong_environment_variable::RULE,
    module_missing::RULE,
    database_refused::RULE,
    migration_failed::RULE,
    out_of_memory::RULE,
    dependency_unreachable::RULE,
    application_crashed::RULE,
    health_check_replaced::RULE,
    health_check_path::RULE,
    slow_start::RULE,
    health_check_too_strict::RULE,
    port_mismatch::RULE,
    bound_to_loopback::RULE,
    bound_to_hostname::RULE,
    secret_arn_incomplete::RULE,
    instance_size_invalid::RULE,
    port_invalid::RULE,
    subnet_unusable::RULE,
    vcpu_quota::RULE,
    aws_event::RULE,
    container_never_started::RULE,
    stale_image_tag::RULE,
    health_check_failed::RULE,
    silent_rollback::RULE,
];

/// The rule of this id.
pub fn find(id: &str) -> Option<&'static Rule> {
    ALL.iter().find(|rule| rule.id == id)
}

/// The ids that are nearest to `id`, for somebody who mistyped it.
pub fn nearest(id: &str) -> Vec<&'static str> {
    let wanted = id.to_ascii_lowercase();
    let mut near: Vec<(usize, &'static str)> = ALL
        .iter()
        .map(|rule| (distance(&wanted, rule.id), rule.id))
        .filter(|(distance, id)| {
            *distance <= id.len() / 2
                || wanted
                    .split(|letter: char| !letter.is_alphanumeric())
                    .any(|word| word.len() > 2 && id.contains(word))
        })
        .collect();
    near.sort_unstable();
    near.into_iter().take(3).map(|(_, id)| id).collect()
}

fn distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (i, a) in left.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, b) in right.iter().enumerate() {
            let replaced = diagonal + usize::from(a != *b);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(row[j + 1] + 1);
        }
    }
    row[right.len()]
}

#[cfg(test)]
mod tests;
