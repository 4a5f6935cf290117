//! Two accounts, who asks in them, what for, and with which condition keys.

/// The account of those who ask.
pub(super) const HERE: &str = "111122223333";
/// Another account.
pub(super) const THERE: &str = "444455556666";
/// Somebody who never asks.
pub(super) const ELSEWHERE: &str = "arn:aws:iam::444455556666:role/nobody";

pub(super) const PRINCIPALS: &[&str] = &[
    "arn:aws:iam::111122223333:role/web-instance",
    "arn:aws:iam::111122223333:role/service-role/pull",
    "arn:aws:sts::111122223333:assumed-role/web-instance/i-0a1b2c",
    "arn:aws:sts::111122223333:assumed-role/payments/ann",
    "arn:aws:iam::111122223333:user/ann",
    "arn:aws:iam::111122223333:user/team/payments/bob",
];

pub(super) const SERVICES: &[&str] = &[
    "build.apprunner.amazonaws.com",
    "tasks.apprunner.amazonaws.com",
    "ec2.amazonaws.com",
];

/// Whom statements name that are not about the request.
pub(super) const OTHERS: &[&str] = &[
    "444455556666",
    "arn:aws:iam::444455556666:root",
    "arn:aws:iam::111122223333:role/other",
    "arn:aws:iam::444455556666:role/web-instance",
    "arn:aws:sts::111122223333:assumed-role/web-instance/other",
    "arn:aws:iam::111122223333:user/carol",
];

/// Something that is done, with all that belongs to it.
pub(super) struct Deed {
    pub(super) actions: &'static [&'static str],
    /// The ARN of the resource with `{account}` and `{name}`.
    pub(super) resource: &'static str,
    pub(super) names: &'static [&'static str],
    pub(super) guard: Guard,
    /// Whether nobody gets at the resource without its policy.
    pub(super) needs_policy: bool,
    /// Whether organizations can limit access to the resource by its account.
    ///
    /// Source: <https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps.html>
    pub(super) limited: bool,
    /// The keys of the action and of the resource, beside the global ones.
    pub(super) keys: &'static [Key],
}

/// Which policy the resource can have.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Guard {
    Nothing,
    Policy,
    Trust,
}

/// A condition key with values that it has.
pub(super) struct Key {
    pub(super) name: &'static str,
    pub(super) kind: Of,
    pub(super) values: &'static [&'static str],
}

/// The type of a key.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Of {
    Text,
    /// Several texts.
    Texts,
    Arn,
    Number,
    Date,
    /// Seconds since 1970, of which the other implementation takes none for a date.
    Epoch,
    Bool,
    Address,
    Binary,
}

impl Key {
    pub(super) fn is_many(&self) -> bool {
        self.kind == Of::Texts
    }
}

const fn key(name: &'static str, kind: Of, values: &'static [&'static str]) -> Key {
    Key { name, kind, values }
}

const TEAMS: &[&str] = &["web", "payments", "we*b", "Web", "search", "w"];
const NUMBERS: &[&str] = &["0", "5", "10", "300", "3600", "-1", "2.5"];
const DATES: &[&str] = &[
    "2026-11-20T12:00:00Z",
    "2026-11-20T13:00:00+01:00",
    "2026-11-21T00:00:00Z",
    "2020-01-01T00:00:00Z",
    "2027-06-30T23:59:59Z",
];
const ADDRESSES: &[&str] = &[
    "10.0.0.1",
    "10.1.2.3",
    "192.0.2.17",
    "203.0.113.5",
    "2001:db8::1",
    "2001:db8:1::ff",
];
const ARNS: &[&str] = &[
    "arn:aws:iam::111122223333:role/web-instance",
    "arn:aws:iam::111122223333:role/service-role/pull",
    "arn:aws:iam::444455556666:user/bob",
    "arn:aws:sns:us-east-1:111122223333:jobs:web:done",
    "arn:aws:apprunner:us-east-1:111122223333:service/web/8fe1e10304f84fd2b0df550fe98a71fa",
];
const BOOLEANS: &[&str] = &["true", "false"];
const PATHS: &[&str] = &[
    "o-a1b2c3d4e5/r-ab12/ou-ab12-11111111/",
    "o-a1b2c3d4e5/r-ab12/ou-ab12-22222222/",
    "o-z9y8x7w6v5/r-zz99/",
];

/// Keys that every action can have.
pub(super) const GLOBAL: &[Key] = &[
    key("aws:PrincipalTag/team", Of::Text, TEAMS),
    key(
        "aws:PrincipalTag/stage",
        Of::Text,
        &["prod", "test", "Prod", "*", "péché", "PÉCHÉ"],
    ),
    key(
        "aws:PrincipalTag/blob",
        Of::Binary,
        &["QmluYXJ5VmFsdWU=", "QQ==", "AAEC"],
    ),
    key(
        "aws:PrincipalOrgID",
        Of::Text,
        &["o-a1b2c3d4e5", "o-z9y8x7w6v5", "O-A1B2C3D4E5"],
    ),
    key("aws:PrincipalOrgPaths", Of::Texts, PATHS),
    key("aws:PrincipalArn", Of::Arn, ARNS),
    key("aws:PrincipalAccount", Of::Text, &[HERE, THERE]),
    key("aws:PrincipalType", Of::Text, &["AssumedRole", "User"]),
    key(
        "aws:userid",
        Of::Text,
        &["AROAEXAMPLE111111111:ann", "AIDAEXAMPLE222222222"],
    ),
    key("aws:username", Of::Text, &["ann", "bob", "web"]),
    key("aws:SourceVpc", Of::Text, &["vpc-0a1b", "vpc-9z8y"]),
    key("aws:SourceVpce", Of::Text, &["vpce-1", "vpce-22"]),
    key("aws:SourceIp", Of::Address, ADDRESSES),
    key("aws:VpcSourceIp", Of::Address, ADDRESSES),
    key("aws:SourceArn", Of::Arn, ARNS),
    key("aws:SourceAccount", Of::Text, &[HERE, THERE]),
    key("aws:SecureTransport", Of::Bool, BOOLEANS),
    key("aws:MultiFactorAuthPresent", Of::Bool, BOOLEANS),
    key("aws:MultiFactorAuthAge", Of::Number, NUMBERS),
    key("aws:ViaAWSService", Of::Bool, BOOLEANS),
    key(
        "aws:CalledVia",
        Of::Texts,
        &[
            "apprunner.amazonaws.com",
            "ecs.amazonaws.com",
            "athena.amazonaws.com",
        ],
    ),
    key("aws:CurrentTime", Of::Date, DATES),
    key("aws:TokenIssueTime", Of::Date, DATES),
    key(
        "aws:EpochTime",
        Of::Epoch,
        &["1795176000", "1577836800", "1795219200"],
    ),
    key("aws:RequestedRegion", Of::Text, &["us-east-1", "eu-west-1"]),
    key(
        "aws:UserAgent",
        Of::Text,
        &["aws-cli/2.31 (x86)", "Boto3/1.44", "?"],
    ),
];

const TAG: Key = key("aws:ResourceTag/team", Of::Text, TEAMS);

pub(super) const DEEDS: &[&Deed] = &[
    &Deed {
        actions: &[
            "ecr:BatchGetImage",
            "ecr:GetDownloadUrlForLayer",
            "ecr:BatchCheckLayerAvailability",
            "ecr:DescribeImages",
        ],
        resource: "arn:aws:ecr:us-east-1:{account}:repository/{name}",
        names: &["web", "payments/web", "web/search", "w"],
        guard: Guard::Policy,
        needs_policy: false,
        limited: true,
        keys: &[TAG, key("ecr:ResourceTag/team", Of::Text, TEAMS)],
    },
    &Deed {
        actions: &["ecr:GetAuthorizationToken"],
        resource: "*",
        names: &["*"],
        guard: Guard::Nothing,
        needs_policy: false,
        limited: false,
        keys: &[],
    },
    &Deed {
        actions: &[
            "secretsmanager:GetSecretValue",
            "secretsmanager:DescribeSecret",
        ],
        resource: "arn:aws:secretsmanager:us-east-1:{account}:secret:{name}",
        names: &["web-AbCdEf", "payments/db-a1B2c3", "web:search-AbCdEf"],
        guard: Guard::Policy,
        needs_policy: false,
        limited: true,
        keys: &[
            TAG,
            key("secretsmanager:resource/Type", Of::Text, &["rds", "custom"]),
            key(
                "secretsmanager:SecretPrimaryRegion",
                Of::Text,
                &["us-east-1", "eu-west-1"],
            ),
            key(
                "secretsmanager:SecretId",
                Of::Arn,
                &["arn:aws:secretsmanager:us-east-1:111122223333:secret:web-AbCdEf"],
            ),
        ],
    },
    &Deed {
        actions: &["kms:Decrypt", "kms:GenerateDataKey"],
        resource: "arn:aws:kms:us-east-1:{account}:key/{name}",
        names: &["1234abcd-12ab-34cd-56ef-1234567890ab", "mrk-web"],
        guard: Guard::Policy,
        needs_policy: true,
        limited: true,
        keys: &[
            TAG,
            key(
                "kms:ViaService",
                Of::Text,
                &[
                    "secretsmanager.us-east-1.amazonaws.com",
                    "ssm.us-east-1.amazonaws.com",
                ],
            ),
            key("kms:CallerAccount", Of::Text, &[HERE, THERE]),
            key(
                "kms:EncryptionContextKeys",
                Of::Texts,
                &["SecretARN", "stage", "team"],
            ),
            key("kms:MultiRegion", Of::Bool, BOOLEANS),
        ],
    },
    &Deed {
        actions: &["sts:AssumeRole"],
        resource: "arn:aws:iam::{account}:role/{name}",
        names: &["deploy", "payments/deploy", "web"],
        guard: Guard::Trust,
        needs_policy: true,
        limited: true,
        keys: &[
            key("sts:ExternalId", Of::Text, &["web", "a1b2", "ann"]),
            key("sts:RoleSessionName", Of::Text, &["ann", "bob", "web"]),
            key("aws:TagKeys", Of::Texts, &["team", "stage", "Team"]),
            key("sts:TransitiveTagKeys", Of::Texts, &["team", "stage"]),
            key("aws:RequestTag/team", Of::Text, TEAMS),
        ],
    },
    &Deed {
        actions: &["ssm:GetParameters", "ssm:GetParameter"],
        resource: "arn:aws:ssm:us-east-1:{account}:parameter/{name}",
        names: &["web/db", "payments/web/key", "w"],
        guard: Guard::Nothing,
        needs_policy: false,
        limited: false,
        keys: &[TAG],
    },
    &Deed {
        actions: &["s3:GetObject"],
        resource: "arn:aws:s3:::{name}",
        names: &[
            "web-data/conf/app.json",
            "payments-data/a-b",
            "web-data/ann/x+y",
        ],
        guard: Guard::Policy,
        needs_policy: false,
        limited: true,
        keys: &[
            key("s3:signatureAge", Of::Number, NUMBERS),
            key("s3:TlsVersion", Of::Number, &["1.2", "1.3"]),
            key("s3:authType", Of::Text, &["REST-HEADER", "POST"]),
        ],
    },
    &Deed {
        actions: &["logs:PutLogEvents"],
        resource: "arn:aws:logs:us-east-1:{account}:log-group:/aws/apprunner/{name}:log-stream:i",
        names: &["web/8fe1", "payments"],
        guard: Guard::Nothing,
        needs_policy: false,
        limited: false,
        keys: &[TAG],
    },
    &Deed {
        actions: &["dynamodb:GetItem", "dynamodb:BatchGetItem"],
        resource: "arn:aws:dynamodb:us-east-1:{account}:table/{name}",
        names: &["web", "payments"],
        guard: Guard::Nothing,
        needs_policy: false,
        limited: false,
        keys: &[
            key(
                "dynamodb:LeadingKeys",
                Of::Texts,
                &["ann", "bob", "web", "payments"],
            ),
            key("dynamodb:Attributes", Of::Texts, &["id", "name", "stage"]),
        ],
    },
];

/// Dates near those of the keys.
pub(super) const DATES_AROUND: &[&str] = &[
    "2026-11-20T11:59:59Z",
    "2026-11-20T12:00:01Z",
    "2026-11-20T14:00:00+02:00",
    "2026-11",
];
