//! Secrets, parameters and keys.

use super::*;

const SERVICE: &str = r#"
[service]
secrets = { DATABASE_URL = "arn:aws:secretsmanager:us-east-1:111122223333:secret:shop/db-AbCdEf:password::", TOKEN = "arn:aws:ssm:us-east-1:111122223333:parameter/shop/token", MODE = "mode" }
"#;

fn describe_secret(endpoint: &Endpoint, id: &str) -> Answered {
    let target = "secretsmanager.DescribeSecret";
    ask(endpoint, target, json!({"SecretId": id}))
}

fn describe_key(endpoint: &Endpoint, id: &str) -> Answered {
    ask(endpoint, "TrentService.DescribeKey", json!({"KeyId": id}))
}

#[test]
fn what_a_service_refers_to_exists() {
    let endpoint = start(SERVICE);
    for id in [
        "shop/db",
        "arn:aws:secretsmanager:us-east-1:111122223333:secret:shop/db",
        "arn:aws:secretsmanager:us-east-1:111122223333:secret:shop/db-AbCdEf",
    ] {
        let secret = describe_secret(&endpoint, id).json();
        assert_eq!(secret["Name"], "shop/db", "{id}");
        assert_eq!(secret["DeletedDate"], Value::Null);
    }
    let names = pages(
        &endpoint,
        "AmazonSSM.DescribeParameters",
        json!({"MaxResults": 1}),
        "NextToken",
    )
    .iter()
    .map(|page| page["Parameters"][0]["Name"].as_str().unwrap().to_owned())
    .collect::<Vec<_>>();
    assert_eq!(names, ["mode", "/shop/token"]);
    let key = describe_key(&endpoint, "alias/aws/ssm").json();
    assert_eq!(key["KeyMetadata"]["KeyManager"], "AWS");
}

#[test]
fn a_secret_is_deleted_for_a_while_before_it_is_gone() {
    let endpoint = start(&format!(
        "{SERVICE}\n[[secret]]\nname = \"shop/db\"\ndeleted = \"-2h\"\n"
    ));
    let secret = describe_secret(&endpoint, "shop/db").json();
    assert_eq!(secret["DeletedDate"], 1_795_168_800.0);
    let policy = ask(
        &endpoint,
        "secretsmanager.GetResourcePolicy",
        json!({"SecretId": "shop/db"}),
    );
    assert_eq!(policy.code(), "InvalidRequestException");
    let endpoint = start(&format!(
        "{SERVICE}\n[[secret]]\nname = \"shop/db\"\nexists = false\n"
    ));
    let gone = describe_secret(&endpoint, "shop/db");
    assert_eq!(gone.code(), "ResourceNotFoundException");
    let foreign = "arn:aws:secretsmanager:us-east-1:444455556666:secret:db-AbCdEf";
    assert_eq!(
        describe_secret(&endpoint, foreign).code(),
        "AccessDeniedException"
    );
}

#[test]
fn nobody_is_told_a_secret() {
    let endpoint = start(SERVICE);
    for target in [
        "secretsmanager.GetSecretValue",
        "AmazonSSM.GetParameter",
        "AmazonSSM.GetParameters",
        "AmazonSSM.GetParametersByPath",
    ] {
        let answer = ask(&endpoint, target, json!({}));
        assert_eq!(answer.code(), "UnknownOperationException", "{target}");
    }
}

#[test]
fn parameters_are_filtered() {
    let endpoint = start(&format!(
        "{SERVICE}\n[[parameter]]\nname = \"/shop/deep/er\"\ntype = \"String\"\n"
    ));
    let found = |filter: Value| {
        let input = json!({"ParameterFilters": [filter]});
        let answer = ask(&endpoint, "AmazonSSM.DescribeParameters", input).json();
        let parameters = answer["Parameters"].as_array().unwrap().clone();
        let name = |parameter: &Value| parameter["Name"].as_str().unwrap().to_owned();
        parameters.iter().map(name).collect::<Vec<_>>().join(" ")
    };
    let path = |option: &str| json!({"Key": "Path", "Option": option, "Values": ["/shop"]});
    assert_eq!(found(path("OneLevel")), "/shop/token");
    assert_eq!(found(path("Recursive")), "/shop/deep/er /shop/token");
    assert_eq!(
        found(json!({"Key": "Type", "Values": ["String"]})),
        "/shop/deep/er"
    );
    assert_eq!(
        found(json!({"Key": "Name", "Values": ["/shop/token", "none"]})),
        "/shop/token"
    );
    let wrong = json!({"ParameterFilters": [{"Key": "Colour", "Values": ["red"]}]});
    let refused = ask(&endpoint, "AmazonSSM.DescribeParameters", wrong);
    assert_eq!(refused.code(), "InvalidFilterKey");
}

#[test]
fn the_key_of_a_repository_is_granted_to_ecr() {
    const KEY: &str = "arn:aws:kms:us-east-1:111122223333:key/1b4e28ba-2fa1-41d2-883f-0016d3cca427";
    let endpoint = start(&format!(
        "[repository]\nencryption = \"KMS\"\nkms_key = \"{KEY}\"\n[[key]]\nid = \"{KEY}\"\nalias = \"images\"\nstate = \"Disabled\"\n"
    ));
    let key = describe_key(&endpoint, "alias/images").json();
    assert_eq!(key["KeyMetadata"]["Arn"], KEY);
    assert_eq!(key["KeyMetadata"]["Enabled"], false);
    let input = json!({"KeyId": KEY, "Limit": 1});
    let first = ask(&endpoint, "TrentService.ListGrants", input.clone()).json();
    assert_eq!(first["Truncated"], true);
    assert_eq!(
        first["Grants"][0]["GranteePrincipal"],
        "ecr.us-east-1.amazonaws.com"
    );
    let mut rest = input;
    rest["Marker"] = first["NextMarker"].clone();
    let last = ask(&endpoint, "TrentService.ListGrants", rest).json();
    assert_eq!(last["Truncated"], false);
    assert_eq!(
        last["Grants"][0]["Operations"],
        json!(["RetireGrant", "DescribeKey"])
    );
    assert_eq!(describe_key(&endpoint, "none").code(), "NotFoundException");
}
