//! The accounts whose collections make every call of the table.

/// An account of the matrix.
#[derive(Debug)]
pub(crate) struct Stage {
    /// What it is about, for the one who reads a failure.
    pub(crate) name: &'static str,
    /// The account.
    pub(crate) toml: &'static str,
}

/// A deployment of an image in a VPC, with everything that such a service can refer to.
const IMAGE: &str = r#"
what = "The application listens on another port."
expect = []
health_plan = true

[service]
vpc_connector = "inside"
public = false
observability = "tracing"
kms_key = "arn:aws:kms:us-east-1:111122223333:key/11111111-2222-3333-4444-555555555555"
tags = { team = "shop" }

[service.secrets]
DB = "arn:aws:secretsmanager:us-east-1:111122223333:secret:shop/db-AbCdEf"
TOKEN = "/shop/token"

[repository]
policy = """{"Version":"2012-10-17","Statement":[]}"""
lifecycle = """{"rules":[{"rulePriority":1,"selection":{"tagStatus":"untagged","countType":"sinceImagePushed","countUnit":"days","countNumber":30},"action":{"type":"expire"}}]}"""

[image]
manifest = "single"

[[role]]
name = "AppRunnerInstance"
inline = { read = """{"Version":"2012-10-17","Statement":[]}""" }
attached = ["pull"]

[[policy]]
name = "pull"
document = """{"Version":"2012-10-17","Statement":[]}"""

[[quota]]
service = "fargate"
code = "L-3032A538"
exists = false

[[custom_domain]]
name = "shop.example.com"

[[other_service]]
name = "payments"

[[other_service.operation]]
type = "START_DEPLOYMENT"
start = "-2h"

[[role]]
name = "Deployer"
inline = { deploy = """{"Version":"2012-10-17","Statement":[]}""" }
attached = ["pull"]

[[change]]
time = "-3h"
source = "apprunner"
name = "UpdateService"
error = "AccessDeniedException"
error_message = "User: arn:aws:sts::111122223333:assumed-role/Deployer/ci is not authorized to perform: iam:PassRole on resource: {access_role} because no identity-based policy allows the iam:PassRole action"

[[health_event]]
start = "-3h"
type = "AWS_APPRUNNER_OPERATIONAL_ISSUE"

[[metric]]
name = "Deployed"
namespace = "Shop"
dimensions = { ServiceName = "shop" }
from = "-3h"
minutes = 60
value = 1.0

[[metric]]
name = "DeploymentCount"
namespace = "Shop"
dimensions = { ServiceName = "shop" }
from = "-3h"
minutes = 60
value = 1.0

[[trail]]
name = "audit"
since = "-10d"

[[operation]]
type = "START_DEPLOYMENT"
status = "ROLLBACK_SUCCEEDED"
start = "-2h"
events = """
0:02 [AppRunner] Deployment with ID : {id} started. Triggering event : SERVICE_DEPLOY
8:20 [AppRunner] Deployment with ID : {id} failed. Failure reason : Health check failed.
"""
deployment = """
0:03 [AppRunner] Starting to deploy your application image.
8:16 [AppRunner] Failed to deploy your application image.
"""
application = """
2:31 Server listening on http://0.0.0.0:3000
"""
"#;

/// A deployment of source code.
const CODE: &str = r#"
what = "The build failed."
expect = []
health_plan = true

[service]
source = "github"

[[operation]]
type = "START_DEPLOYMENT"
status = "ROLLBACK_SUCCEEDED"
start = "-2h"
events = """
0:02 [AppRunner] Deployment with ID : {id} started. Triggering event : SERVICE_DEPLOY
8:20 [AppRunner] Deployment with ID : {id} failed. Failure reason : Failed to build.
"""
"#;

/// Every account of the matrix. The first in which a call happens is the one in which it fails.
pub(crate) const ALL: &[Stage] = &[
    Stage {
        name: "image",
        toml: IMAGE,
    },
    Stage {
        name: "code",
        toml: CODE,
    },
];
