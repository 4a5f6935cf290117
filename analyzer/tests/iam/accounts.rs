//! Who asks and who is named: within an account, across accounts, services, keys and roles.

use analyzer::iam::{principal::Principal, tri::Tri};

use super::{
    case::{
        ALL, ANY_ACTION, Case, Draft, FOREIGN, KEY, ROLE, SESSION, USER, allow, allow_to, aws,
        case, deny, deny_to, root, service, session, statement, user,
    },
    page,
};

const ASSUME: &str = r#""Action":"sts:AssumeRole""#;
const BUILD: &str = "build.apprunner.amazonaws.com";
const TASKS: &str = "tasks.apprunner.amazonaws.com";

pub(crate) fn cases() -> Vec<Case> {
    [
        same_account(),
        cross_account(),
        services(),
        keys(),
        trust(),
        ids(),
        not_principal(),
    ]
    .concat()
}

fn same_account() -> Vec<Case> {
    let named = |name, page, principal: &str| {
        case(name, page).resource(&[allow_to(&aws(principal), ANY_ACTION)])
    };
    vec![
        case(
            "a policy of the principal is enough beside a resource policy",
            page::ONE_ACCOUNT,
        )
        .identity(&[allow(ALL)])
        .resource(&[allow_to(
            &aws("arn:aws:iam::111122223333:role/Other"),
            ANY_ACTION,
        )])
        .allowed(),
        named(
            "a resource policy that names the role is enough",
            page::ONE_ACCOUNT,
            ROLE,
        )
        .allowed(),
        named(
            "a resource policy that names the user is enough",
            page::PRINCIPAL_USER,
            USER,
        )
        .by(user())
        .allowed(),
        named(
            "the case of a user matters",
            page::PRINCIPAL_USER,
            "arn:aws:iam::111122223333:user/Ana",
        )
        .by(user())
        .not_allowed(),
        named(
            "a resource policy that names the session is enough",
            page::PRINCIPAL_SESSION,
            SESSION,
        )
        .by(session())
        .allowed(),
        named(
            "a resource policy that names another session is none",
            page::PRINCIPAL_SESSION,
            "arn:aws:sts::111122223333:assumed-role/Web/other",
        )
        .by(session())
        .not_allowed(),
        named(
            "a session has what its role was given",
            page::PRINCIPAL_ROLE,
            ROLE,
        )
        .by(session())
        .allowed(),
        named(
            "a resource policy that names another role is none",
            page::PRINCIPAL_ROLE,
            "arn:aws:iam::111122223333:role/Other",
        )
        .not_allowed(),
        named(
            "a resource policy that names the account leaves it to the account",
            page::PRINCIPAL_ACCOUNT,
            "111122223333",
        )
        .not_allowed(),
        named(
            "a resource policy that names the root leaves it to the account",
            page::PRINCIPAL_ACCOUNT,
            "arn:aws:iam::111122223333:root",
        )
        .not_allowed(),
        named(
            "a resource policy that names the account, and a policy of the principal",
            page::PRINCIPAL_ACCOUNT,
            "arn:aws:iam::111122223333:root",
        )
        .identity(&[allow(ALL)])
        .allowed(),
        case("everybody in the account", page::PRINCIPAL_EVERYONE)
            .resource(&[allow_to(r#""*""#, ANY_ACTION)])
            .allowed(),
        case(
            "everybody, written as an AWS principal",
            page::PRINCIPAL_EVERYONE,
        )
        .resource(&[allow_to(&aws("*"), ANY_ACTION)])
        .allowed(),
        case("a resource policy for another action", page::ONE_ACCOUNT)
            .resource(&[allow_to(&aws(ROLE), r#""Action":"ecr:PutImage""#)])
            .not_allowed(),
        case("a resource policy for another resource", page::ONE_ACCOUNT)
            .resource(&[allow_to(
                &aws(ROLE),
                r#""Action":"*","Resource":"arn:aws:s3:::bucket""#,
            )])
            .not_allowed(),
        case(
            "a deny of a resource policy wins over a policy of the principal",
            page::ONE_ACCOUNT,
        )
        .identity(&[allow(ALL)])
        .resource(&[deny_to(r#""*""#, ANY_ACTION)])
        .denied(),
        case(
            "a deny of the account is one of everybody in it",
            page::PRINCIPAL_ACCOUNT,
        )
        .identity(&[allow(ALL)])
        .resource(&[deny_to(&aws("111122223333"), ANY_ACTION)])
        .denied(),
        case(
            "a deny of another account does not matter",
            page::PRINCIPAL_ACCOUNT,
        )
        .identity(&[allow(ALL)])
        .resource(&[deny_to(&aws("444455556666"), ANY_ACTION)])
        .allowed(),
        case("the root user needs no policy", page::EVALUATION)
            .by(root())
            .allowed(),
    ]
}

fn cross_account() -> Vec<Case> {
    let foreign = |name| case(name, page::CROSS_ACCOUNT).asks("ecr:BatchGetImage", FOREIGN);
    vec![
        foreign("elsewhere, a policy of the principal alone")
            .identity(&[allow(ALL)])
            .not_allowed(),
        foreign("elsewhere, a resource policy alone")
            .resource(&[allow_to(&aws(ROLE), ANY_ACTION)])
            .not_allowed(),
        foreign("elsewhere, both")
            .identity(&[allow(ALL)])
            .resource(&[allow_to(&aws(ROLE), ANY_ACTION)])
            .allowed(),
        foreign("elsewhere, a resource policy for the account, and a policy of the principal")
            .identity(&[allow(ALL)])
            .resource(&[allow_to(&aws("arn:aws:iam::111122223333:root"), ANY_ACTION)])
            .allowed(),
        foreign("elsewhere, a resource policy for the other account")
            .identity(&[allow(ALL)])
            .resource(&[allow_to(&aws("444455556666"), ANY_ACTION)])
            .not_allowed(),
        foreign("elsewhere, a resource policy for everybody alone")
            .resource(&[allow_to(r#""*""#, ANY_ACTION)])
            .not_allowed(),
        foreign("elsewhere, a resource policy for everybody, and a policy of the principal")
            .identity(&[allow(ALL)])
            .resource(&[allow_to(r#""*""#, ANY_ACTION)])
            .allowed(),
        foreign("elsewhere, a user who is named needs a policy of its own")
            .by(user())
            .resource(&[allow_to(&aws(USER), ANY_ACTION)])
            .not_allowed(),
        foreign("elsewhere, a boundary limits even a session that is named")
            .by(session())
            .identity(&[allow(ALL)])
            .boundary(&[allow(r#""Action":"s3:*","Resource":"*""#)])
            .resource(&[allow_to(&aws(SESSION), ANY_ACTION)])
            .not_allowed(),
        foreign("elsewhere, a session policy limits even a session that is named")
            .by(session())
            .identity(&[allow(ALL)])
            .session(&[allow(r#""Action":"s3:*","Resource":"*""#)])
            .resource(&[allow_to(&aws(SESSION), ANY_ACTION)])
            .not_allowed(),
        foreign("elsewhere, a deny of the resource policy wins")
            .identity(&[allow(ALL)])
            .resource(&[
                allow_to(&aws(ROLE), ANY_ACTION),
                deny_to(r#""*""#, ANY_ACTION),
            ])
            .denied(),
        foreign("elsewhere, a root user whose account is named")
            .by(root())
            .resource(&[allow_to(&aws("arn:aws:iam::111122223333:root"), ANY_ACTION)])
            .allowed(),
        foreign("elsewhere, a root user whose account is not named")
            .by(root())
            .not_allowed(),
    ]
}

/// A service asks to assume the role, whose trust policy has one statement.
fn assumed_by(
    name: &'static str,
    page: &'static str,
    by: &str,
    principals: &str,
    rest: &str,
) -> Draft {
    case(name, page)
        .by(service(by))
        .asks("sts:AssumeRole", ROLE)
        .trust(&[allow_to(principals, rest)])
}

fn services() -> Vec<Case> {
    let tasks = r#"{"Service":"tasks.apprunner.amazonaws.com"}"#;
    let account = r#""Action":"sts:AssumeRole","Condition":{"StringEquals":{"aws:SourceAccount":"111122223333"}}"#;
    let arn = r#""Action":"sts:AssumeRole","Condition":{"ArnLike":{"aws:SourceArn":"arn:aws:apprunner:*:111122223333:service/*"}}"#;
    let deputy = |name, rest: &str| assumed_by(name, page::CONFUSED_DEPUTY, TASKS, tasks, rest);
    const SOURCE: &str = "arn:aws:apprunner:us-east-1:111122223333:service/web/0a1b";
    vec![
        assumed_by("a service that is trusted", page::PRINCIPAL_SERVICE, TASKS, tasks, ASSUME).allowed(),
        assumed_by("another service than the one that is trusted", page::PRINCIPAL_SERVICE, BUILD, tasks, ASSUME)
            .not_allowed(),
        assumed_by(
            "one of several services that are trusted",
            page::PRINCIPAL_SERVICE,
            BUILD,
            r#"{"Service":["tasks.apprunner.amazonaws.com","build.apprunner.amazonaws.com"]}"#,
            ASSUME,
        )
        .allowed(),
        assumed_by("everybody is trusted, services too", page::PRINCIPAL_EVERYONE, BUILD, r#""*""#, ASSUME)
            .allowed(),
        assumed_by(
            "trust in the account is none in a service",
            page::PRINCIPAL_SERVICE,
            BUILD,
            r#"{"AWS":"111122223333"}"#,
            ASSUME,
        )
        .not_allowed(),
        assumed_by(
            "a service that may do something else",
            page::PRINCIPAL_SERVICE,
            TASKS,
            tasks,
            r#""Action":"sts:TagSession""#,
        )
        .not_allowed(),
        case("a service has no other way in", page::PRINCIPAL_SERVICE)
            .by(service(TASKS))
            .asks("sts:AssumeRole", ROLE)
            .not_allowed(),
        deputy("aws:SourceAccount is right", account)
            .with("aws:SourceAccount", &["111122223333"])
            .allowed(),
        deputy("aws:SourceAccount is another", account)
            .with("aws:SourceAccount", &["444455556666"])
            .not_allowed(),
        deputy("aws:SourceAccount is wanted and not sent", account).not_allowed(),
        deputy("aws:SourceArn is right", arn)
            .with("aws:SourceArn", &[SOURCE])
            .allowed(),
        deputy("aws:SourceArn is another", arn)
            .with("aws:SourceArn", &["arn:aws:apprunner:us-east-1:444455556666:service/web/0a1b"])
            .not_allowed(),
        deputy("aws:SourceArn is wanted and not sent", arn).not_allowed(),
        deputy(
            "aws:SourceArn under StringEquals has no wildcards",
            r#""Action":"sts:AssumeRole","Condition":{"StringEquals":{"aws:SourceArn":"arn:aws:apprunner:*:111122223333:service/*"}}"#,
        )
        .with("aws:SourceArn", &[SOURCE])
        .not_allowed(),
    ]
}

fn keys() -> Vec<Case> {
    let account = || {
        allow_to(
            &aws("arn:aws:iam::111122223333:root"),
            r#""Action":"kms:*","Resource":"*""#,
        )
    };
    let decrypt =
        || allow(r#""Action":"kms:Decrypt","Resource":"arn:aws:kms:us-east-1:111122223333:key/*""#);
    let asked = |name, page| case(name, page).asks("kms:Decrypt", KEY);
    let via = || {
        allow_to(
            &aws("*"),
            r#""Action":["kms:Decrypt"],"Resource":"*","Condition":{"StringEquals":{"kms:CallerAccount":"111122223333","kms:ViaService":"secretsmanager.us-east-1.amazonaws.com"}}"#,
        )
    };
    const FOREIGN_KEY: &str = "arn:aws:kms:us-east-1:444455556666:key/0a1b2c3d";
    vec![
        asked(
            "a key left to the account, and a policy of the principal",
            page::KEY_ROOT,
        )
        .resource(&[account()])
        .identity(&[decrypt()])
        .allowed(),
        asked(
            "a key left to the account, and no policy of the principal",
            page::KEY_ROOT,
        )
        .resource(&[account()])
        .not_allowed(),
        asked(
            "a key not left to the account, and a policy of the principal",
            page::KEY_ROOT,
        )
        .resource(&[allow_to(
            &aws("arn:aws:iam::111122223333:role/Admin"),
            r#""Action":"kms:*","Resource":"*""#,
        )])
        .identity(&[decrypt()])
        .not_allowed(),
        asked(
            "a policy of the principal and no key policy",
            page::KEY_POLICY,
        )
        .identity(&[allow(ALL)])
        .not_allowed(),
        asked("a key policy that names the role", page::KEY_POLICY)
            .resource(&[allow_to(
                &aws(ROLE),
                r#""Action":"kms:Decrypt","Resource":"*""#,
            )])
            .allowed(),
        asked(
            "a key policy that names the role, which has a boundary",
            page::BOUNDARY,
        )
        .resource(&[allow_to(
            &aws(ROLE),
            r#""Action":"kms:Decrypt","Resource":"*""#,
        )])
        .boundary(&[allow(r#""Action":"ecr:*","Resource":"*""#)])
        .not_allowed(),
        asked("a key policy that denies", page::KEY_POLICY)
            .resource(&[
                account(),
                deny_to(&aws(ROLE), r#""Action":"kms:Decrypt","Resource":"*""#),
            ])
            .identity(&[decrypt()])
            .denied(),
        asked(
            "the root user on a key that is not left to its account",
            page::KEY_ROOT,
        )
        .by(root())
        .resource(&[allow_to(
            &aws("arn:aws:iam::111122223333:role/Admin"),
            r#""Action":"kms:*","Resource":"*""#,
        )])
        .not_allowed(),
        asked(
            "the root user on a key that is left to its account",
            page::KEY_ROOT,
        )
        .by(root())
        .resource(&[account()])
        .allowed(),
        asked("a grant stands in for policies", page::KEY_GRANTS)
            .resource(&[account()])
            .grants(Tri::Yes)
            .allowed(),
        asked("a deny wins over a grant", page::KEY_GRANTS)
            .resource(&[account()])
            .identity(&[deny(r#""Action":"kms:*","Resource":"*""#)])
            .grants(Tri::Yes)
            .denied(),
        asked(
            "a key of a service, by way of the service",
            page::VIA_SERVICE,
        )
        .resource(&[via()])
        .with(
            "kms:ViaService",
            &["secretsmanager.us-east-1.amazonaws.com"],
        )
        .with("kms:CallerAccount", &["111122223333"])
        .allowed(),
        asked(
            "a key of a service, by way of another service",
            page::VIA_SERVICE,
        )
        .resource(&[via()])
        .with("kms:ViaService", &["ssm.us-east-1.amazonaws.com"])
        .with("kms:CallerAccount", &["111122223333"])
        .not_allowed(),
        asked("a key of a service, asked for directly", page::VIA_SERVICE)
            .resource(&[via()])
            .with("kms:CallerAccount", &["111122223333"])
            .not_allowed(),
        case(
            "a key elsewhere that is left to the account, and a policy of the principal",
            page::KEY_FOREIGN,
        )
        .asks("kms:Decrypt", FOREIGN_KEY)
        .resource(&[account()])
        .identity(&[allow(ALL)])
        .allowed(),
        case(
            "a key elsewhere that names the role, and no policy of the principal",
            page::KEY_FOREIGN,
        )
        .asks("kms:Decrypt", FOREIGN_KEY)
        .resource(&[allow_to(&aws(ROLE), r#""Action":"kms:*","Resource":"*""#)])
        .not_allowed(),
    ]
}

fn trust() -> Vec<Case> {
    const OTHER: &str = "arn:aws:iam::111122223333:role/Other";
    const ELSEWHERE: &str = "arn:aws:iam::444455556666:role/Other";
    let assume = || allow(r#""Action":"sts:AssumeRole","Resource":"*""#);
    let trusts = |name, role: &str, principal: &str| {
        case(name, page::EVALUATION)
            .asks("sts:AssumeRole", role)
            .trust(&[allow_to(&aws(principal), ASSUME)])
    };
    vec![
        trusts("a role that trusts the role", OTHER, ROLE).allowed(),
        trusts("a role that trusts the user", OTHER, USER)
            .by(user())
            .allowed(),
        trusts(
            "a role that trusts the account, and a policy of the principal",
            OTHER,
            "111122223333",
        )
        .identity(&[assume()])
        .allowed(),
        trusts(
            "a role that trusts the account, and no policy of the principal",
            OTHER,
            "111122223333",
        )
        .not_allowed(),
        trusts(
            "a role that trusts another role, and a policy of the principal",
            OTHER,
            OTHER,
        )
        .identity(&[assume()])
        .not_allowed(),
        trusts(
            "a role elsewhere that trusts the role, and no policy of the principal",
            ELSEWHERE,
            ROLE,
        )
        .not_allowed(),
        trusts(
            "a role elsewhere that trusts the role, and a policy of the principal",
            ELSEWHERE,
            ROLE,
        )
        .identity(&[assume()])
        .allowed(),
        trusts("the root user assumes no role", OTHER, "111122223333")
            .by(root())
            .not_allowed(),
        case("a trust policy that denies", page::EVALUATION)
            .asks("sts:AssumeRole", OTHER)
            .identity(&[assume()])
            .trust(&[allow_to(&aws(ROLE), ASSUME), deny_to(r#""*""#, ASSUME)])
            .denied(),
        case("a role without its trust is closed", page::EVALUATION)
            .asks("sts:AssumeRole", OTHER)
            .identity(&[allow(ALL)])
            .not_allowed(),
    ]
}

fn ids() -> Vec<Case> {
    let named =
        |name, id: &str| case(name, page::UNIQUE_IDS).resource(&[allow_to(&aws(id), ANY_ACTION)]);
    let without_id = Principal::Role {
        arn: ROLE.to_owned(),
        id: None,
    };
    vec![
        named("the id of a role that was deleted and made again", "AROAEXAMPLEWEBROLE000").not_allowed(),
        named("the id of the role itself", "AROAEXAMPLEWEBROLE001").allowed(),
        named("the id of a role whose own is not known", "AROAEXAMPLEWEBROLE000")
            .by(without_id)
            .needs(&[statement("resource policy", "statement 1")]),
        named("the id of a user is not that of a role", "AIDAEXAMPLEUSERANA001").not_allowed(),
        named("the id of the user itself", "AIDAEXAMPLEUSERANA001").by(user()).allowed(),
        named("the session of a role that is named by its id", "AROAEXAMPLEWEBROLE001")
            .by(session())
            .allowed(),
        case("a condition on the ARN holds for a role that was made again", page::PRINCIPAL_ROLE)
            .resource(&[allow_to(
                r#""*""#,
                r#""Action":"*","Condition":{"ArnEquals":{"aws:PrincipalArn":"arn:aws:iam::111122223333:role/Web"}}"#,
            )])
            .allowed(),
    ]
}

fn not_principal() -> Vec<Case> {
    let denies = |name, names: &str| {
        let rest = format!(r#""NotPrincipal":{{"AWS":[{names}]}},"Action":"*""#);
        case(name, page::NOT_PRINCIPAL)
            .identity(&[allow(ALL)])
            .resource(&[deny(&rest)])
    };
    let doubtful = || [statement("resource policy", "statement 1")];
    const ROOT: &str = r#""arn:aws:iam::111122223333:root""#;
    let user_only = r#""arn:aws:iam::111122223333:user/ana""#;
    let role_only = r#""arn:aws:iam::111122223333:role/Web""#;
    let session_only = r#""arn:aws:sts::111122223333:assumed-role/Web/task""#;
    vec![
        denies(
            "NotPrincipal denies others",
            r#""arn:aws:iam::111122223333:user/bo","444455556666""#,
        )
        .by(user())
        .denied(),
        denies(
            "NotPrincipal denies others of an account that is named",
            r#""arn:aws:iam::111122223333:user/bo","111122223333""#,
        )
        .by(user())
        .denied(),
        denies(
            "NotPrincipal spares a user who is named with the account",
            &format!("{user_only},{ROOT}"),
        )
        .by(user())
        .allowed(),
        denies(
            "NotPrincipal and a user who is named without the account",
            user_only,
        )
        .by(user())
        .needs(&doubtful()),
        denies(
            "NotPrincipal spares a session that is named with the role and the account",
            &format!("{session_only},{role_only},{ROOT}"),
        )
        .by(session())
        .allowed(),
        denies(
            "NotPrincipal and a session that is named without the role",
            &format!("{session_only},{ROOT}"),
        )
        .by(session())
        .needs(&doubtful()),
        denies(
            "NotPrincipal and a session whose role and account alone are named",
            &format!("{role_only},{ROOT}"),
        )
        .by(session())
        .needs(&doubtful()),
        denies(
            "NotPrincipal and a role that is named without the account",
            role_only,
        )
        .needs(&doubtful()),
        case(
            "NotPrincipal denies whoever has a boundary",
            page::BOUNDARIES,
        )
        .by(user())
        .identity(&[allow(ALL)])
        .boundary(&[allow(ALL)])
        .resource(&[deny(&format!(
            r#""NotPrincipal":{{"AWS":[{user_only},{ROOT}]}},"Action":"*""#
        ))])
        .denied(),
        case(
            "NotPrincipal denies services that it does not name",
            page::NOT_PRINCIPAL,
        )
        .by(service(TASKS))
        .asks(
            "ecr:BatchGetImage",
            "arn:aws:ecr:us-east-1:111122223333:repository/team/web",
        )
        .resource(&[
            allow_to(r#"{"Service":"tasks.apprunner.amazonaws.com"}"#, ANY_ACTION),
            deny(r#""NotPrincipal":{"Service":"build.apprunner.amazonaws.com"},"Action":"*""#),
        ])
        .denied(),
        case(
            "NotPrincipal spares a service that it names",
            page::NOT_PRINCIPAL,
        )
        .by(service(TASKS))
        .asks(
            "ecr:BatchGetImage",
            "arn:aws:ecr:us-east-1:111122223333:repository/team/web",
        )
        .resource(&[
            allow_to(r#"{"Service":"tasks.apprunner.amazonaws.com"}"#, ANY_ACTION),
            deny(r#""NotPrincipal":{"Service":"tasks.apprunner.amazonaws.com"},"Action":"*""#),
        ])
        .allowed(),
    ]
}
