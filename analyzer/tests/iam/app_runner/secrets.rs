//! The instance role, secrets, parameters and their keys.

use super::{
    FOREIGN_KEY, FOREIGN_SECRET, INSTANCE, KEY, PARAMETER, SECRET, decrypt, instance_role, key_of,
    managed_pull, minimal_instance, secret,
};
use crate::{
    case::{Case, allow, allow_if, allow_to, aws, case, deny},
    page,
};

pub(super) fn reading_secrets() -> Vec<Case> {
    let named = |name, resource: &str| {
        secret(name, page::SECRET_ARN).identity(&[allow(&format!(
            r#""Action":"secretsmanager:GetSecretValue","Resource":"{resource}""#
        ))])
    };
    let parameter = |name| {
        case(name, page::SECRETS)
            .by(instance_role())
            .asks("ssm:GetParameters", PARAMETER)
    };
    let foreign = |name| {
        secret(name, page::SECRET_FOREIGN).asks("secretsmanager:GetSecretValue", FOREIGN_SECRET)
    };
    let get_any = || allow(r#""Action":"secretsmanager:GetSecretValue","Resource":"*""#);
    vec![
        secret("instance role with the minimal policy: secret", page::SECRETS)
            .identity(&minimal_instance())
            .allowed(),
        parameter("instance role with the minimal policy: parameter")
            .identity(&minimal_instance())
            .allowed(),
        decrypt("instance role with the minimal policy: key", page::SECRETS)
            .identity(&minimal_instance())
            .resource(&[key_of("111122223333")])
            .allowed(),
        secret("permissions for secrets on the access role", page::SECRETS)
            .identity(&[managed_pull()])
            .not_allowed(),
        named("secret with its whole ARN", SECRET).allowed(),
        named(
            "secret without the six letters at its end",
            "arn:aws:secretsmanager:us-east-1:111122223333:secret:db-password",
        )
        .not_allowed(),
        named(
            "secret with six question marks",
            "arn:aws:secretsmanager:us-east-1:111122223333:secret:db-password-??????",
        )
        .allowed(),
        named(
            "secret with five question marks",
            "arn:aws:secretsmanager:us-east-1:111122223333:secret:db-password-?????",
        )
        .not_allowed(),
        named(
            "secret with a star at its end",
            "arn:aws:secretsmanager:us-east-1:111122223333:secret:db-password-*",
        )
        .allowed(),
        named(
            "secret whose name has another at its start",
            "arn:aws:secretsmanager:us-east-1:111122223333:secret:db-??????",
        )
        .not_allowed(),
        named(
            "secret with the name of its field at the end of its ARN",
            "arn:aws:secretsmanager:us-east-1:111122223333:secret:db-password-AbCdEf:password::",
        )
        .not_allowed(),
        secret("secretsmanager:DescribeSecret in the place of GetSecretValue", page::SECRETS)
            .identity(&[allow(r#""Action":["secretsmanager:DescribeSecret","secretsmanager:ListSecrets"],"Resource":"*""#)])
            .not_allowed(),
        parameter("ssm:GetParameter in the place of ssm:GetParameters")
            .identity(&[allow(&format!(r#""Action":"ssm:GetParameter","Resource":"{PARAMETER}""#))])
            .not_allowed(),
        parameter("ssm:GetParameter with a star")
            .identity(&[allow(&format!(r#""Action":"ssm:GetParameter*","Resource":"{PARAMETER}""#))])
            .allowed(),
        parameter("parameter with a slash too many")
            .identity(&[allow(
                r#""Action":"ssm:GetParameters","Resource":"arn:aws:ssm:us-east-1:111122223333:parameter//web/db-url""#,
            )])
            .not_allowed(),
        foreign("secret elsewhere without a resource policy")
            .identity(&[get_any()])
            .not_allowed(),
        foreign("secret elsewhere without a policy of the role")
            .resource(&[allow_to(&aws(INSTANCE), r#""Action":"secretsmanager:GetSecretValue","Resource":"*""#)])
            .not_allowed(),
        foreign("secret elsewhere with both policies")
            .identity(&[get_any()])
            .resource(&[allow_to(&aws(INSTANCE), r#""Action":"secretsmanager:GetSecretValue","Resource":"*""#)])
            .allowed(),
        secret("secret whose resource policy denies all but one role", page::SECRET_ARN)
            .identity(&minimal_instance())
            .resource(&[deny(
                r#""Principal":"*","Action":"secretsmanager:GetSecretValue","Resource":"*","Condition":{"StringNotEquals":{"aws:PrincipalArn":"arn:aws:iam::111122223333:role/Admin"}}"#,
            )])
            .denied(),
    ]
}

pub(super) fn decrypting() -> Vec<Case> {
    let via = || {
        allow_to(
            &aws("*"),
            r#""Action":["kms:Decrypt","kms:DescribeKey"],"Resource":"*","Condition":{"StringEquals":{"kms:CallerAccount":"111122223333","kms:ViaService":"secretsmanager.us-east-1.amazonaws.com"}}"#,
        )
    };
    let without_key = || minimal_instance()[..2].to_vec();
    vec![
        decrypt("kms:Decrypt is missing for a customer's key", page::SECRET_KEY)
            .identity(&without_key())
            .resource(&[key_of("111122223333")])
            .not_allowed(),
        decrypt("kms:Decrypt is not needed for the key of Secrets Manager", page::SECRET_KEY)
            .identity(&without_key())
            .resource(&[via()])
            .with("kms:CallerAccount", &["111122223333"])
            .with("kms:ViaService", &["secretsmanager.us-east-1.amazonaws.com"])
            .allowed(),
        decrypt("a key policy that does not leave the key to its account", page::KEY_ROOT)
            .identity(&minimal_instance())
            .resource(&[allow_to(&aws("arn:aws:iam::111122223333:role/Admin"), r#""Action":"kms:*","Resource":"*""#)])
            .not_allowed(),
        decrypt("a key policy that names the instance role", page::KEY_POLICY)
            .identity(&without_key())
            .resource(&[allow_to(&aws(INSTANCE), r#""Action":"kms:Decrypt","Resource":"*""#)])
            .allowed(),
        decrypt("kms:Decrypt with a star", page::SECRETS)
            .identity(&[allow(&format!(r#""Action":"kms:Decrypt*","Resource":"{KEY}""#))])
            .resource(&[key_of("111122223333")])
            .allowed(),
        decrypt("kms:Decrypt on an alias", page::KEY_POLICY)
            .identity(&[allow(
                r#""Action":"kms:Decrypt","Resource":"arn:aws:kms:us-east-1:111122223333:alias/web""#,
            )])
            .resource(&[key_of("111122223333")])
            .not_allowed(),
        decrypt("kms:Decrypt by way of another service", page::VIA_SERVICE)
            .identity(&[allow_if(r#""StringEquals":{"kms:ViaService":"ssm.us-east-1.amazonaws.com"}"#)])
            .resource(&[key_of("111122223333")])
            .with("kms:ViaService", &["secretsmanager.us-east-1.amazonaws.com"])
            .not_allowed(),
        decrypt("the key of a secret elsewhere that is left to our account", page::SECRET_FOREIGN)
            .asks("kms:Decrypt", FOREIGN_KEY)
            .identity(&[allow(&format!(r#""Action":"kms:Decrypt","Resource":"{FOREIGN_KEY}""#))])
            .resource(&[key_of("444455556666"), key_of("111122223333")])
            .allowed(),
        decrypt("the key of a secret elsewhere that is left to its own account", page::SECRET_FOREIGN)
            .asks("kms:Decrypt", FOREIGN_KEY)
            .identity(&[allow(&format!(r#""Action":"kms:Decrypt","Resource":"{FOREIGN_KEY}""#))])
            .resource(&[key_of("444455556666")])
            .not_allowed(),
    ]
}
