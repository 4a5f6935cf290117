//! A bundle with a record of every kind, full of names.

use evidence_schema::{Body, Coverage, Manifest};
use serde_json::{Value, json};

use super::Bundle;

/// What the service deploys.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Image,
    Code,
}

const ID: &str = "8fe1e10304f84fd2b0df550fe98a71fa";
const ARN: &str = "arn:aws:apprunner:us-east-1:111122223333:service/acorn-checkout/8fe1e10304f84fd2b0df550fe98a71fa";
const OPERATION: &str = "7fb51319-6611-4fd4-a24a-3710d87969f5";
const DIGEST: &str = "sha256:cf6b8d536509d8e923d1494935885552e4f7e7b0037207fe414c93dbb880b236";

/// Lines as applications write them.
pub(crate) const LINES: &[&str] = &[
    "Starting acorn-checkout 1.4.2 on ip-10-0-1-23.ec2.internal",
    "Connecting to checkout-db.c9akciq32abc.us-east-1.rds.amazonaws.com:5432 (10.0.1.77)",
    r#"{"level":"error","msg":"POST https://billing.widgets.example/v1/charge failed","peer":"54.239.28.85","user":"wilhelmina@widgets.example"}"#,
    "GET /health 200 12ms client=10.0.2.9 agent=Mozilla/5.0 (X11) Chrome/120.0.0.0",
    "Error: AccessDenied: User: arn:aws:sts::111122223333:assumed-role/AcornTask/8fe1e10304f84fd2b0df550fe98a71fa is not authorized to perform: secretsmanager:GetSecretValue on resource: acorn/checkout/stripe",
    "KeyError: 'ACORN_DSN'",
    "token ‹redacted:aws-access-key-id:16-31:fp-1› refused",
    "    at Object.<anonymous> (/app/src/server.js:12:7)",
    "Listening on http://0.0.0.0:8080",
];

fn role(name: &str, used_as: &str, trusted: &str, resource: &Value) -> Value {
    let document = json!({
        "Version": "2012-10-17",
        "Statement": [
            { "Sid": "AcornPull", "Effect": "Allow", "Action": ["ecr:Batch*", "ecr:DescribeImages"], "Resource": resource },
            { "Effect": "Deny", "Action": "ecr:*", "Resource": "arn:aws:ecr:*:444455556666:repository/acorn*" },
            { "Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": "*",
              "Condition": { "StringLike": { "secretsmanager:ResourceTag/team": "widgets-*" }, "IpAddress": { "aws:SourceIp": ["10.0.0.0/16", "54.239.28.0/24"] } } }
        ]
    });
    let trust = format!(
        r#"{{ "Version": "2012-10-17", "Statement": [ {{ "Effect": "Allow", "Principal": {{ "Service": "{trusted}", "AWS": "arn:aws:iam::444455556666:root" }}, "Action": "sts:AssumeRole" }} ] }}"#
    );
    json!({
        "kind": "role", "arn": format!("arn:aws:iam::111122223333:role/{name}"), "name": name,
        "role_id": "AROA0F475864B7605367B", "used_as": [used_as],
        "created_at": "2026-05-04T12:00:00Z", "last_used_at": null, "trust_policy": trust,
        "permissions_boundary_arn": "arn:aws:iam::111122223333:policy/WidgetsBoundary",
        "permissions_boundary": { "name": "WidgetsBoundary", "arn": "arn:aws:iam::111122223333:policy/WidgetsBoundary", "document": null },
        "attached_policies": [{ "name": "AmazonEC2ContainerRegistryReadOnly", "arn": "arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryReadOnly", "document": "{\"Statement\":[]}" }],
        "inline_policies": [{ "name": "AcornPull", "arn": null, "document": document.to_string() }]
    })
}

fn service(kind: Kind) -> Value {
    let configuration = json!({
        "runtime": null, "build_command": null, "start_command": "node acorn.js --db checkout-db.widgets.internal",
        "port": "8080",
        "environment_variables": { "ACORN_DSN": { "fingerprint": "fp-1", "length": "8-31" } },
        "environment_secrets": {
            "STRIPE_KEY": "arn:aws:secretsmanager:us-east-1:111122223333:secret:acorn/checkout/stripe-QzWxEv:key::",
            "ACORN_FLAG": "/acorn/checkout/flag"
        }
    });
    let origin = match kind {
        Kind::Image => json!({
            "type": "image", "identifier": "111122223333.dkr.ecr.us-east-1.amazonaws.com/acorn/checkout:release-wilhelmina",
            "repository_type": "ECR", "configuration": configuration
        }),
        Kind::Code => json!({
            "type": "code", "repository_url": "https://github.com/widgets-inc/acorn-checkout", "branch": "feature/wilhelmina",
            "source_directory": "/acorn/checkout", "configuration_source": "REPOSITORY", "configuration": configuration
        }),
    };
    let (access, connection) = match kind {
        Kind::Image => (Some("arn:aws:iam::111122223333:role/AcornPull"), None),
        Kind::Code => (
            None,
            Some(
                "arn:aws:apprunner:us-east-1:111122223333:connection/widgets-inc/40d9398397a287d6f7ccdeb8157fde1e",
            ),
        ),
    };
    json!({
        "kind": "service", "name": "acorn-checkout", "service_id": ID, "arn": ARN,
        "url": "75d55662e3.us-east-1.awsapprunner.com", "status": "RUNNING",
        "created_at": "2026-05-04T12:00:00Z", "updated_at": "2026-11-20T10:10:00Z", "deleted_at": null,
        "source": { "origin": origin, "auto_deployments_enabled": true, "access_role_arn": access, "connection_arn": connection },
        "instance": { "cpu": "1024", "memory": "2048", "role_arn": "arn:aws:iam::111122223333:role/AcornTask" },
        "health_check": { "protocol": "HTTP", "path": "/acorn/health", "interval_seconds": 5, "timeout_seconds": 2, "healthy_threshold": 1, "unhealthy_threshold": 5 },
        "auto_scaling_configuration_arn": "arn:aws:apprunner:us-east-1:111122223333:autoscalingconfiguration/DefaultConfiguration/1/00000000000000000000000000000001",
        "network": { "egress_type": "VPC", "vpc_connector_arn": "arn:aws:apprunner:us-east-1:111122223333:vpcconnector/acorn-private/1/52d536ce139dec391ffc2498915ff550", "publicly_accessible": true, "ip_address_type": "IPV4" },
        "observability": { "enabled": true, "configuration_arn": "arn:aws:apprunner:us-east-1:111122223333:observabilityconfiguration/widgets-tracing/1/53d536ce139dec391ffc2498915ff551" },
        "kms_key": "arn:aws:kms:us-east-1:111122223333:key/3f2b51c9-9d0e-4c11-8a53-0f8a9b6c7d21"
    })
}

fn log(kind: &str, stream: &str, second: u32, message: &str) -> Value {
    json!({
        "kind": kind, "time": format!("2026-11-20T10:{:02}:{:02}Z", second / 60, second % 60),
        "service_id": ID, "stream": stream, "message": message
    })
}

fn records(kind: Kind) -> Vec<Value> {
    let change = |time: &str, source: &str, name: &str, parameters: Value, resource: Value| {
        json!({
            "kind": "change", "event_id": "0e4e5a1b-3fd1-4361-ab76-f0382dab8b53", "time": time,
            "event_source": source, "event_name": name, "region": "us-east-1",
            "principal": "arn:aws:sts::111122223333:assumed-role/AWSReservedSSO_WidgetsAdmin_0123456789abcdef/wilhelmina@widgets.example",
            "principal_type": "AssumedRole", "invoked_by": null, "user_agent": "aws-cli/2.31.0", "read_only": false,
            "error_code": null, "error_message": null, "resources": [resource],
            "request_parameters": parameters, "response_elements": null
        })
    };
    let deployment = format!("deployment/{}", OPERATION.replace('-', ""));
    let instance = "instance/9876543210fedcba9876543210fedcba";
    let mut all = vec![
        json!({ "kind": "identity", "account": "111122223333", "arn": "arn:aws:sts::111122223333:assumed-role/Widgets-OnCall/wilhelmina@widgets.example", "user_id": "AROA0F475864B7605367B:wilhelmina@widgets.example" }),
        service(kind),
        json!({ "kind": "operation", "operation_id": OPERATION, "type": "START_DEPLOYMENT", "status": "ROLLBACK_SUCCEEDED", "target_arn": ARN, "started_at": "2026-11-20T10:00:00Z", "ended_at": "2026-11-20T10:10:00Z", "updated_at": null }),
        json!({ "kind": "auto_scaling", "arn": "arn:aws:apprunner:us-east-1:111122223333:autoscalingconfiguration/acorn-scaling/1/63d536ce139dec391ffc2498915ff551", "name": "acorn-scaling", "revision": 1, "status": "ACTIVE", "max_concurrency": 100, "min_size": 1, "max_size": 25, "created_at": null }),
        json!({ "kind": "vpc_connector", "arn": "arn:aws:apprunner:us-east-1:111122223333:vpcconnector/acorn-private/1/52d536ce139dec391ffc2498915ff550", "name": "acorn-private", "revision": 1, "subnets": ["subnet-0a1b2c3d4e5f60001"], "security_groups": ["sg-0a1b2c3d4e5f60003"], "status": "ACTIVE", "created_at": null, "deleted_at": null }),
        json!({ "kind": "subnet", "subnet_id": "subnet-0a1b2c3d4e5f60001", "vpc_id": "vpc-0a1b2c3d4e5f60009", "state": "available", "availability_zone": "us-east-1a", "availability_zone_id": "use1-az1", "cidr": "10.0.1.0/24", "ipv6_cidrs": ["2600:1f18:1234:5600::/64"], "free_addresses": 200, "public_addresses": false }),
        json!({ "kind": "route_table", "route_table_id": "rtb-0a1b2c3d4e5f60010", "vpc_id": "vpc-0a1b2c3d4e5f60009", "main": true, "subnets": ["subnet-0a1b2c3d4e5f60001"], "routes": [
            { "destination": "10.0.0.0/16", "target": "local", "state": "active" },
            { "destination": "54.239.28.0/24", "target": "pcx-0a1b2c3d4e5f60012", "state": "blackhole" },
            { "destination": "pl-63a5400a", "target": "vpce-0a1b2c3d4e5f60013", "state": "active" },
            { "destination": "0.0.0.0/0", "target": "nat-0a1b2c3d4e5f60020", "state": "active" } ] }),
        json!({ "kind": "nat_gateway", "nat_gateway_id": "nat-0a1b2c3d4e5f60020", "vpc_id": "vpc-0a1b2c3d4e5f60009", "subnet_id": "subnet-0a1b2c3d4e5f60001", "state": "failed", "connectivity": "public", "failure_code": "Resource.AlreadyAssociated", "failure_message": "Elastic IP address [54.239.28.85] is already associated", "created_at": null, "deleted_at": null }),
        json!({ "kind": "vpc_endpoint", "vpc_endpoint_id": "vpce-0a1b2c3d4e5f60013", "vpc_id": "vpc-0a1b2c3d4e5f60009", "service_name": "com.amazonaws.us-east-1.s3", "endpoint_type": "Gateway", "state": "available", "private_dns": null, "subnets": [], "route_tables": ["rtb-0a1b2c3d4e5f60010"], "security_groups": [], "policy": "{\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"*\",\"Resource\":\"arn:aws:s3:::widgets-assets/*\"}]}", "created_at": null }),
        json!({ "kind": "security_group", "security_group_id": "sg-0a1b2c3d4e5f60003", "name": "acorn-egress", "vpc_id": "vpc-0a1b2c3d4e5f60009", "ingress": [], "egress": [{ "protocol": "tcp", "from_port": 5432, "to_port": 5432, "peers": ["10.0.1.0/24", "sg-0a1b2c3d4e5f60004", "2600:1f18:1234:5600::/64"] }] }),
        json!({ "kind": "network_interface", "network_interface_id": "eni-0a1b2c3d4e5f60030", "subnet_id": "subnet-0a1b2c3d4e5f60001", "vpc_id": "vpc-0a1b2c3d4e5f60009", "status": "in-use", "interface_type": "fargate", "description": "AWSAppRunner ENI", "address": "10.0.1.23", "security_groups": ["sg-0a1b2c3d4e5f60003"] }),
        json!({ "kind": "ingress_connection", "arn": "arn:aws:apprunner:us-east-1:111122223333:vpcingressconnection/acorn-door/73d536ce139dec391ffc2498915ff551", "name": "acorn-door", "status": "AVAILABLE", "domain_name": "85d55662e3.us-east-1.awsapprunner.com", "vpc_id": "vpc-0a1b2c3d4e5f60009", "vpc_endpoint_id": "vpce-0a1b2c3d4e5f60013", "created_at": null, "deleted_at": null }),
        json!({ "kind": "custom_domain", "domain_name": "checkout.widgets.example", "www_subdomain": true, "status": "ACTIVE", "validation_records": [{ "record_name": "_3f2b51c99d0e4c118a530f8a9b6c7d21.checkout.widgets.example.", "record_type": "CNAME", "value": "_4f2b51c99d0e4c118a530f8a9b6c7d22.abcdefghij.acm-validations.aws.", "status": "SUCCESS" }] }),
        json!({ "kind": "observability_configuration", "arn": "arn:aws:apprunner:us-east-1:111122223333:observabilityconfiguration/widgets-tracing/1/53d536ce139dec391ffc2498915ff551", "name": "widgets-tracing", "revision": 1, "trace_vendor": "AWSXRAY", "status": "ACTIVE", "created_at": null, "deleted_at": null }),
        json!({ "kind": "tags", "resource_arn": ARN, "tags": { "Owner": "wilhelmina", "widgets:cost-center": "4711", "aws:cloudformation:stack-name": "acorn-checkout-prod" } }),
        role(
            "AcornPull",
            "access",
            "build.apprunner.amazonaws.com",
            &json!([
                "arn:aws:ecr:us-east-1:111122223333:repository/aco*",
                "arn:aws:ecr:us-east-1:111122223333:repository/other"
            ]),
        ),
        role(
            "AcornTask",
            "instance",
            "tasks.apprunner.amazonaws.com",
            &json!("arn:aws:ecr:*:111122223333:repository/*/check*"),
        ),
        json!({ "kind": "role_simulation", "role_arn": "arn:aws:iam::111122223333:role/AcornPull", "action": "ecr:BatchGetImage", "resource": "arn:aws:ecr:us-east-1:111122223333:repository/acorn/checkout", "decision": "allowed", "matched_policies": ["AcornPull", "AmazonEC2ContainerRegistryReadOnly"], "missing_context": ["aws:SourceIp"], "allowed_by_boundary": null, "allowed_by_organization": null }),
        json!({ "kind": "service_linked_role", "arn": "arn:aws:iam::111122223333:role/aws-service-role/apprunner.amazonaws.com/AWSServiceRoleForAppRunner", "name": "AWSServiceRoleForAppRunner", "created_at": null, "last_used_at": null }),
        json!({ "kind": "secret", "arn": "arn:aws:secretsmanager:us-east-1:111122223333:secret:acorn/checkout/stripe-QzWxEv", "name": "acorn/checkout/stripe", "referenced_by": ["STRIPE_KEY"], "kms_key": "alias/widgets-main", "created_at": null, "changed_at": null, "rotated_at": null, "deleted_at": null, "rotation_enabled": false, "stages": { "5f2b51c9-9d0e-4c11-8a53-0f8a9b6c7d23": ["AWSCURRENT"] }, "owning_service": null, "primary_region": null, "policy": null }),
        json!({ "kind": "parameter", "reference": "/acorn/checkout/flag", "name": "/acorn/checkout/flag", "arn": "arn:aws:ssm:us-east-1:111122223333:parameter/acorn/checkout/flag", "referenced_by": ["ACORN_FLAG"], "type": "SecureString", "kms_key": "alias/aws/ssm", "version": 3, "tier": "Standard", "data_type": "text", "changed_at": null, "changed_by": "arn:aws:iam::111122223333:user/wilhelmina" }),
        json!({ "kind": "key", "reference": "arn:aws:kms:us-east-1:111122223333:alias/widgets-main", "arn": "arn:aws:kms:us-east-1:111122223333:key/3f2b51c9-9d0e-4c11-8a53-0f8a9b6c7d21", "used_by": [ARN, "arn:aws:secretsmanager:us-east-1:111122223333:secret:acorn/checkout/stripe-QzWxEv"], "state": "Enabled", "manager": "CUSTOMER", "usage": "ENCRYPT_DECRYPT", "origin": "AWS_KMS", "multi_region": false, "created_at": null, "deletion_at": null, "valid_to": null, "policy": "{\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":[\"arn:aws:iam::111122223333:root\",\"111122223333\"]},\"Action\":\"kms:*\",\"Resource\":\"*\",\"Condition\":{\"StringEquals\":{\"kms:ViaService\":\"ecr.us-east-1.amazonaws.com\",\"aws:PrincipalAccount\":\"444455556666\"}}}]}" }),
        json!({ "kind": "key_grant", "key_arn": "arn:aws:kms:us-east-1:111122223333:key/3f2b51c9-9d0e-4c11-8a53-0f8a9b6c7d21", "grant_id": "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", "grant_name": "wilhelmina's grant", "grantee": "ecr.us-east-1.amazonaws.com", "retiring_principal": "arn:aws:iam::111122223333:role/AcornPull", "issuing_account": "111122223333", "granted_operations": ["Decrypt"], "constraints": { "context_subset": [{ "left": "aws:ecr:arn", "right": "arn:aws:ecr:us-east-1:111122223333:repository/acorn/checkout" }] }, "created_at": null }),
        json!({ "kind": "repository", "arn": "arn:aws:ecr:us-east-1:111122223333:repository/acorn/checkout", "name": "acorn/checkout", "registry_id": "111122223333", "uri": "111122223333.dkr.ecr.us-east-1.amazonaws.com/acorn/checkout", "created_at": null, "tag_mutability": "MUTABLE", "encryption_type": "KMS", "kms_key": "arn:aws:kms:us-east-1:111122223333:key/3f2b51c9-9d0e-4c11-8a53-0f8a9b6c7d21", "policy": "{\"Statement\":[{\"Sid\":\"widgets\",\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"arn:aws:iam::444455556666:role/Acorn*\"},\"Action\":\"ecr:BatchGetImage\"}]}", "lifecycle_policy": "{\"rules\":[{\"rulePriority\":1,\"selection\":{\"tagStatus\":\"tagged\",\"tagPrefixList\":[\"release-\"],\"countType\":\"imageCountMoreThan\",\"countNumber\":5},\"action\":{\"type\":\"expire\"}}]}" }),
        json!({ "kind": "image", "registry_id": "111122223333", "repository": "acorn/checkout", "reference": "release-wilhelmina", "digest": DIGEST, "tags": ["release-wilhelmina"], "pushed_at": "2026-11-20T09:59:00Z", "size_bytes": 1, "manifest_media_type": "application/vnd.oci.image.index.v1+json", "status": "ACTIVE", "platforms": [{ "os": "linux", "architecture": "arm64" }] }),
        json!({ "kind": "pushed_image", "repository": "acorn/checkout", "digest": DIGEST, "tags": ["release-wilhelmina"], "pushed_at": "2026-11-20T09:59:00Z", "size_bytes": 1, "manifest_media_type": null, "status": "ACTIVE" }),
        json!({ "kind": "quota", "service_code": "apprunner", "quota_code": "L-4ACCF330", "quota_name": "VPC connectors", "value": 10.0, "unit": null, "adjustable": true, "is_default": false }),
        json!({ "kind": "sibling_service", "name": "acorn-ledger", "service_id": "9fe1e10304f84fd2b0df550fe98a71fb", "arn": "arn:aws:apprunner:us-east-1:111122223333:service/acorn-ledger/9fe1e10304f84fd2b0df550fe98a71fb", "status": "RUNNING", "created_at": null, "updated_at": null }),
        json!({ "kind": "sibling_configuration", "service_arn": "arn:aws:apprunner:us-east-1:111122223333:service/acorn-ledger/9fe1e10304f84fd2b0df550fe98a71fb", "image": "111122223333.dkr.ecr.us-east-1.amazonaws.com/acorn/ledger:release-wilhelmina", "repository_url": null, "access_role_arn": "arn:aws:iam::111122223333:role/AcornPull", "connection_arn": null, "instance_role_arn": "arn:aws:iam::111122223333:role/AcornTask", "vpc_connector_arn": "arn:aws:apprunner:us-east-1:111122223333:vpcconnector/acorn-inside/1/7fe1e10304f84fd2b0df550fe98a71fc", "auto_scaling_configuration_arn": "arn:aws:apprunner:us-east-1:111122223333:autoscalingconfiguration/acorn-scale/1/7fe1e10304f84fd2b0df550fe98a71fd" }),
        json!({ "kind": "sibling_operation", "service_arn": "arn:aws:apprunner:us-east-1:111122223333:service/acorn-ledger/9fe1e10304f84fd2b0df550fe98a71fb", "operation_id": "8fb51319-6611-4fd4-a24a-3710d87969f6", "type": "START_DEPLOYMENT", "status": "SUCCEEDED", "started_at": "2026-11-20T09:00:00Z", "ended_at": "2026-11-20T09:05:00Z", "updated_at": null }),
        json!({ "kind": "health_event", "arn": "arn:aws:health:us-east-1::event/ECS/AWS_ECS_OPERATIONAL_ISSUE/AWS_ECS_OPERATIONAL_ISSUE_ABCDE", "service": "ECS", "event_type_code": "AWS_ECS_OPERATIONAL_ISSUE", "category": "issue", "region": "us-east-1", "started_at": null, "ended_at": null, "updated_at": null, "status": "closed", "scope": "PUBLIC" }),
        json!({ "kind": "metric", "namespace": "AWS/AppRunner", "name": "Requests", "dimensions": { "ServiceID": ID, "ServiceName": "acorn-checkout" }, "statistic": "Sum", "period_seconds": 300, "status": "Complete", "points": [{ "time": "2026-11-20T10:00:00Z", "value": 1.5 }] }),
        change(
            "2026-11-20T09:30:00Z",
            "iam.amazonaws.com",
            "PutRolePolicy",
            json!({ "roleName": "AcornPull", "policyName": "AcornPull", "policyDocument": "{\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"ecr:*\",\"Resource\":\"arn:aws:ecr:us-east-1:111122223333:repository/acorn/*\"}]}" }),
            json!({ "type": "AWS::IAM::Role", "name": "AcornPull" }),
        ),
        change(
            "2026-11-20T09:40:00Z",
            "apprunner.amazonaws.com",
            "UpdateService",
            json!({ "serviceArn": ARN, "sourceConfiguration": { "imageRepository": { "imageIdentifier": "111122223333.dkr.ecr.us-east-1.amazonaws.com/acorn/checkout:release-wilhelmina", "imageConfiguration": { "runtimeEnvironmentVariables": "HIDDEN_DUE_TO_SECURITY_REASONS" } }, "codeRepository": { "repositoryUrl": "https://github.com/widgets-inc/acorn-checkout", "sourceCodeVersion": { "type": "BRANCH", "value": "feature/wilhelmina" } } }, "tags": [{ "key": "widgets:owner", "value": "wilhelmina" }], "accountId": 111_122_223_333_u64 }),
            json!({ "type": "AWS::AppRunner::Service", "name": ARN }),
        ),
        change(
            "2026-11-20T09:59:00Z",
            "ecr.amazonaws.com",
            "PutImage",
            json!({ "repositoryName": "acorn/checkout", "imageTag": "release-wilhelmina", "registryId": "111122223333" }),
            json!({ "type": "AWS::ECR::Repository", "name": "arn:aws:ecr:us-east-1:111122223333:repository/acorn/checkout" }),
        ),
        json!({ "kind": "source_file", "path": "acorn/checkout/apprunner.yaml", "role": "configuration", "size_bytes": 60, "content": "version: 1.0\nruntime: nodejs22\nrun:\n  command: node acorn.js\n  env:\n    - name: BILLING\n      value: https://billing.widgets.example\n" }),
        json!({ "kind": "source_file", "path": "Dockerfile", "role": "dockerfile", "size_bytes": 60, "instructions": [{ "line": 1, "stage": 0, "instruction": "FROM", "arguments": "111122223333.dkr.ecr.us-east-1.amazonaws.com/widgets/base:20" }] }),
        json!({ "kind": "log_group", "name": format!("/aws/apprunner/acorn-checkout/{ID}/service"), "created_at": null, "retention_days": null, "stored_bytes": 1 }),
        json!({ "kind": "log_group", "name": format!("/aws/apprunner/acorn-checkout/{ID}/application"), "created_at": null, "retention_days": null, "stored_bytes": 1 }),
        json!({ "kind": "log_stream", "group": format!("/aws/apprunner/acorn-checkout/{ID}/application"), "name": instance, "created_at": "2026-11-20T10:01:00Z", "first_event_at": "2026-11-20T10:01:10Z", "last_event_at": "2026-11-20T10:05:00Z" }),
        log(
            "service_log",
            "events",
            0,
            "[AppRunner] Deployment started.",
        ),
        log(
            "service_log",
            "events",
            2,
            &format!(
                "[AppRunner] Deployment with ID : {} started. Triggering event : SERVICE_DEPLOY",
                OPERATION.replace('-', "")
            ),
        ),
    ];
    match kind {
        Kind::Image => all.extend([
            log("service_log", "events", 5, "[AppRunner] Pulling image 111122223333.dkr.ecr.us-east-1.amazonaws.com/acorn/checkout from ECR repository."),
            log("service_log", &deployment, 60, "[AppRunner] Successfully copied the image from ECR."),
        ]),
        Kind::Code => all.extend([
            log("service_log", &deployment, 5, "[AppRunner] Deployment Artifact: [Repo Type: Source], [Repository: https://github.com/widgets-inc/acorn-checkout], [Branch: feature/wilhelmina], [SourceDirectory: /acorn/checkout]"),
            log("service_log", &deployment, 6, "[AppRunner] Pulling source code from GITHUB Repository ( https://github.com/widgets-inc/acorn-checkout )."),
            log("service_log", &deployment, 60, "[AppRunner] Successfully pulled your application source code."),
        ]),
    }
    all.extend([
        log("service_log", &deployment, 70, "[AppRunner] Provisioning instances and deploying image for publicly accessible service."),
        log("service_log", &deployment, 80, "[AppRunner] Performing health check on protocol `HTTP` [Path: '/acorn/health'], [Port: '8080']."),
        log("service_log", &deployment, 440, "[AppRunner] Health check failed on protocol `HTTP`[Path: '/acorn/health'], [Port: '8080']. Check your configured port number. For more information, see the application logs."),
        log("service_log", "events", 500, &format!("[AppRunner] Deployment with ID : {} failed. Failure reason : Health check failed.", OPERATION.replace('-', ""))),
    ]);
    all.extend(
        LINES
            .iter()
            .zip(90..)
            .map(|(line, second)| log("application_log", instance, second, line)),
    );
    all.push(json!({ "kind": "quarantined", "of_kind": "application_log", "source": "application-log", "time": "2026-11-20T10:05:00Z", "reason": "leak_scan", "detector": "aws-access-key-id" }));
    if kind == Kind::Code {
        all.push(json!({ "kind": "connection", "name": "widgets-inc", "arn": "arn:aws:apprunner:us-east-1:111122223333:connection/widgets-inc/40d9398397a287d6f7ccdeb8157fde1e", "provider": "GITHUB", "status": "AVAILABLE", "created_at": null }));
    }
    all
}

fn coverage(source: &str, subject: Option<&str>) -> Coverage {
    let covered = match source.ends_with("-log") || source == "changes" {
        true => json!([{ "from": "2026-10-21T12:00:00Z", "to": "2026-11-20T12:00:00Z" }]),
        false => json!([]),
    };
    serde_json::from_value(json!({
        "source": source, "subject": subject, "status": "complete", "calls": 1, "records": 1,
        "covered": covered, "missing": [],
        "permission": "iam:GetRole on arn:aws:iam::111122223333:role/AcornPull",
        "error": { "code": "AccessDenied", "message": "User: arn:aws:sts::111122223333:assumed-role/Widgets-OnCall/wilhelmina@widgets.example is not authorized to perform: iam:GetRole on resource: role AcornPull" },
        "note": "acorn-checkout was asked twice"
    }))
    .expect("the data of a test is well formed")
}

/// A bundle with every kind of record.
pub(crate) fn bundle(kind: Kind) -> Bundle {
    let manifest: Manifest = serde_json::from_value(json!({
        "tool": { "name": "apprunner-collector", "version": "0.1.0" },
        "run_id": "00000000000000000000000000000000", "collected_at": "2026-11-20T12:00:00Z",
        "target": { "account": "111122223333", "region": "us-east-1", "service_name": "acorn-checkout", "service_id": ID, "service_arn": ARN },
        "windows": {
            "incidents": [{ "from": "2026-11-20T09:00:00Z", "to": "2026-11-20T10:25:00Z" }],
            "recent": { "from": "2026-11-19T12:00:00Z", "to": "2026-11-20T12:00:00Z" },
            "extended": { "from": "2026-10-21T12:00:00Z", "to": "2026-11-20T12:00:00Z" }
        },
        "redaction": { "environment_values_withheld": true, "replaced": {} }
    }))
    .expect("the data of a test is well formed");
    let group = format!("/aws/apprunner/acorn-checkout/{ID}");
    let bodies: Vec<Body> = records(kind)
        .into_iter()
        .map(|record| {
            serde_json::from_value(record.clone())
                .unwrap_or_else(|error| panic!("{error}: {record}"))
        })
        .collect();
    Bundle {
        manifest,
        bodies,
        coverage: vec![
            coverage("service", None),
            coverage("operations", None),
            coverage("connections", None),
            coverage("roles", Some("arn:aws:iam::111122223333:role/AcornPull")),
            coverage("roles", Some("arn:aws:iam::111122223333:role/AcornTask")),
            coverage("image", Some("acorn/checkout")),
            coverage("image", Some("acorn/checkout lifecycle policy")),
            coverage(
                "image",
                Some(
                    "111122223333.dkr.ecr.us-east-1.amazonaws.com/acorn/checkout:release-wilhelmina",
                ),
            ),
            coverage("changes", Some("apprunner.amazonaws.com")),
            coverage("changes", Some("arn:aws:iam::111122223333:role/AcornPull")),
            coverage("service-log", Some(&format!("{group}/service"))),
            coverage("application-log", Some(&format!("{group}/application"))),
            coverage("log-groups", None),
            coverage("secrets", Some("acorn/checkout/stripe")),
        ],
    }
}
