use super::*;
use crate::test_support::{HEALTH_FAILED, PULLED, Sample};

#[test]
fn a_line_belongs_to_the_operation_whose_id_it_names() {
    // Written long after the operation, as a late line is.
    let evidence = Sample::image()
        .deployment(&[(
            4_000,
            "[AppRunner] Failed to deploy your application image.",
        )])
        .evidence();
    let (attempt, _) = evidence.subject().unwrap();
    assert_eq!(attempt.lines.len(), 1);
}

#[test]
fn a_stream_of_an_unknown_id_belongs_to_what_went_on_when_it_began() {
    let evidence = Sample::image()
        .service_log(
            "deployment/ffffffffffffffffffffffffffffffff",
            &[
                (10, "[AppRunner] Starting to pull your application image."),
                (
                    4_000,
                    "[AppRunner] Failed to deploy your application image.",
                ),
            ],
        )
        .evidence();
    let (attempt, _) = evidence.subject().unwrap();
    assert_eq!(attempt.lines.len(), 2);
}

#[test]
fn lines_of_events_belong_to_the_operation_that_began_last() {
    let evidence = Sample::image()
        .events(PULLED)
        .recovered()
        .events(&[
            (3_600, "[AppRunner] Deployment started."),
            (3_700, "[AppRunner] Successfully copied the image from ECR."),
            // Long after everything, so nobody's.
            (7_000, "[AppRunner] Service status is set to RUNNING."),
        ])
        .evidence();
    let lines: Vec<usize> = evidence.attempts.iter().map(|it| it.lines.len()).collect();
    assert_eq!(lines, [0, 2, 2]);
}

#[test]
fn phase_and_last_success_are_those_before_the_failure() {
    let evidence = Sample::image().events(HEALTH_FAILED).evidence();
    let (attempt, _) = evidence.subject().unwrap();
    assert_eq!(attempt.phase(), Phase::Health);
    assert_eq!(
        attempt.last_success().unwrap().message,
        Message::PullSucceeded
    );
    let built = Sample::code()
        .deployment(&[(10, "[AppRunner] Failed to build your application source code. Reason: Failed to execute 'build' command.")])
        .evidence();
    assert_eq!(built.subject().unwrap().0.phase(), Phase::Build);
}

#[test]
fn without_operations_the_log_tells_of_the_attempts() {
    let evidence = Sample::image()
        .without_operations()
        .events(&[
            (-90_000, "[AppRunner] Service creation started."),
            (-89_998, "[AppRunner] Deployment with ID : 8fe1e10304f84fd2b0df550fe98a71fa started. Triggering event : SERVICE_CREATE"),
            (-89_700, "[AppRunner] Service creation completed successfully."),
        ])
        .events(HEALTH_FAILED)
        .events(&[(600, "[AppRunner] Service status is set to RUNNING.")])
        .evidence();
    let told: Vec<(Outcome, usize)> = evidence
        .attempts
        .iter()
        .map(|it| (it.outcome, it.lines.len()))
        .collect();
    assert_eq!(
        told,
        [
            (Outcome::Succeeded, 3),
            (Outcome::RolledBack, HEALTH_FAILED.len() + 1)
        ]
    );
    assert_eq!(evidence.attempts[0].basis, Basis::ServiceLog);
}

#[test]
fn only_instances_that_began_with_the_attempt_are_its_application() {
    let evidence = Sample::image()
        .events(HEALTH_FAILED)
        .stream("instance/known", -5_000)
        .instance("instance/known", &[(100, "serving")])
        .instance("instance/seen", &[(-100, "serving"), (100, "serving")])
        .instance("instance/new", &[(90, "booting"), (91, "ready")])
        // After the failure: the version that was restored.
        .instance("instance/later", &[(900, "restored")])
        .evidence();
    let application = &evidence.subject().unwrap().0.application;
    assert_eq!(application.lines.count(), 2);
    assert_eq!((application.instances, application.earlier_lines), (1, 2));
}
