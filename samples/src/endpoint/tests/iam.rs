//! What the policies of a role decide, and the roles that App Runner makes for itself.

use super::*;

fn simulate(endpoint: &Endpoint, role: &str, rest: &str) -> Vec<String> {
    let form = format!(
        "Action=SimulatePrincipalPolicy&Version=2010-05-08&PolicySourceArn=arn:aws:iam::111122223333:role/{role}&{rest}"
    );
    let answer = ask_iam(endpoint, &form);
    assert_eq!(answer.status, 200, "{}", answer.text());
    let text = answer.text();
    let decisions = text.split("<EvalDecision>").skip(1);
    decisions
        .map(|part| part.split('<').next().unwrap().to_owned())
        .collect()
}

#[test]
fn a_healthy_access_role_may_pull_and_nothing_else() {
    let endpoint = start("");
    let decisions = simulate(
        &endpoint,
        "AppRunnerEcrAccess",
        "ActionNames.member.1=ecr:BatchGetImage&ActionNames.member.2=s3:GetObject",
    );
    assert_eq!(decisions, ["allowed", "implicitDeny"]);
    let more = ask_iam(
        &endpoint,
        "Action=SimulatePrincipalPolicy&PolicySourceArn=arn:aws:iam::111122223333:role/AppRunnerEcrAccess&ActionNames.member.1=ecr:BatchGetImage&ActionNames.member.2=s3:GetObject&MaxItems=1",
    )
    .text();
    assert!(
        more.contains("<IsTruncated>true</IsTruncated><Marker>"),
        "{more}"
    );
    assert!(more.contains("<SourcePolicyType>aws-managed</SourcePolicyType>"));
    let nobody = ask_iam(
        &endpoint,
        "Action=SimulatePrincipalPolicy&PolicySourceArn=arn:aws:iam::111122223333:role/Nobody&ActionNames.member.1=s3:GetObject",
    );
    assert_eq!(nobody.code(), "NoSuchEntity");
}

#[test]
fn a_boundary_and_a_denial_take_away_what_a_policy_gives() {
    let endpoint = start(
        r#"
[[role]]
name = "AppRunnerInstance"
boundary = "limits"
inline = { read = """{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*"},{"Effect":"Deny","Action":"kms:*","Resource":"*"}]}""" }
[[policy]]
name = "limits"
document = """{"Statement":{"Effect":"Allow","Action":"secretsmanager:*","Resource":"arn:aws:secretsmanager:*:*:secret:shop-*"}}"""
"#,
    );
    let decisions = simulate(
        &endpoint,
        "AppRunnerInstance",
        "ActionNames.member.1=secretsmanager:GetSecretValue&ActionNames.member.2=kms:Decrypt&ResourceArns.member.1=arn:aws:secretsmanager:us-east-1:111122223333:secret:shop-AbCdEf&ResourceArns.member.2=arn:aws:secretsmanager:us-east-1:111122223333:secret:db-AbCdEf",
    );
    assert_eq!(
        decisions,
        ["allowed", "implicitDeny", "explicitDeny", "explicitDeny"]
    );
}

#[test]
fn service_linked_roles_exist_where_they_are_needed() {
    let networking = "Action=GetRole&RoleName=AWSServiceRoleForAppRunnerNetworking";
    let endpoint = start("");
    let role = ask_iam(
        &endpoint,
        "Action=GetRole&RoleName=AWSServiceRoleForAppRunner",
    )
    .text();
    assert!(role.contains(
        "<Arn>arn:aws:iam::111122223333:role/aws-service-role/apprunner.amazonaws.com/AWSServiceRoleForAppRunner</Arn>"
    ), "{role}");
    assert!(role.contains("<Path>/aws-service-role/apprunner.amazonaws.com/</Path>"));
    assert_eq!(ask_iam(&endpoint, networking).code(), "NoSuchEntity");
    let endpoint = start("[service]\nvpc_connector = \"private\"\n");
    assert!(
        ask_iam(&endpoint, networking)
            .text()
            .contains("networking.apprunner.amazonaws.com")
    );
    let endpoint = start("[[role]]\nname = \"AWSServiceRoleForAppRunner\"\nexists = false\n");
    let gone = ask_iam(
        &endpoint,
        "Action=GetRole&RoleName=AWSServiceRoleForAppRunner",
    );
    assert_eq!(gone.code(), "NoSuchEntity");
}
