//! The pages of AWS's documentation that decide.

macro_rules! iam {
    ($page:literal) => {
        concat!("https://docs.aws.amazon.com/IAM/latest/UserGuide/", $page)
    };
}

macro_rules! operators {
    ($anchor:literal) => {
        concat!(
            "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#",
            $anchor
        )
    };
}

pub(crate) const DENY_ALLOW: &str =
    iam!("reference_policies_evaluation-logic_AccessPolicyLanguage_Interplay.html");
pub(crate) const EVALUATION: &str =
    iam!("reference_policies_evaluation-logic_policy-eval-denyallow.html");
pub(crate) const ONE_ACCOUNT: &str =
    iam!("reference_policies_evaluation-logic_policy-eval-basics.html");
pub(crate) const CROSS_ACCOUNT: &str =
    iam!("reference_policies_evaluation-logic-cross-account.html");
pub(crate) const GRAMMAR: &str = iam!("reference_policies_grammar.html#policies-grammar-bnf");
pub(crate) const ACTION: &str = iam!("reference_policies_elements_action.html");
pub(crate) const NOT_ACTION: &str = iam!("reference_policies_elements_notaction.html");
pub(crate) const RESOURCE: &str = iam!(
    "reference_policies_elements_resource.html#reference_policies_elements_resource_wildcards"
);
pub(crate) const NOT_RESOURCE: &str = iam!("reference_policies_elements_notresource.html");
pub(crate) const VERSION: &str = iam!("reference_policies_elements_version.html");
pub(crate) const NOT_PRINCIPAL: &str = iam!("reference_policies_elements_notprincipal.html");
pub(crate) const PRINCIPAL_ACCOUNT: &str =
    iam!("reference_policies_elements_principal.html#principal-accounts");
pub(crate) const PRINCIPAL_ROLE: &str =
    iam!("reference_policies_elements_principal.html#principal-roles");
pub(crate) const PRINCIPAL_SESSION: &str =
    iam!("reference_policies_elements_principal.html#principal-role-session");
pub(crate) const PRINCIPAL_USER: &str =
    iam!("reference_policies_elements_principal.html#principal-users");
pub(crate) const PRINCIPAL_SERVICE: &str =
    iam!("reference_policies_elements_principal.html#principal-services");
pub(crate) const PRINCIPAL_EVERYONE: &str =
    iam!("reference_policies_elements_principal.html#principal-anonymous");
pub(crate) const UNIQUE_IDS: &str = iam!("reference_identifiers.html#identifiers-unique-ids");
pub(crate) const BOUNDARY: &str =
    iam!("access_policies_boundaries.html#access_policies_boundaries-eval-logic");
pub(crate) const BOUNDARIES: &str = iam!("access_policies_boundaries.html");
pub(crate) const SESSION_POLICY: &str = iam!("access_policies.html#policies_session");
pub(crate) const CONFUSED_DEPUTY: &str =
    iam!("confused-deputy.html#cross-service-confused-deputy-prevention");
pub(crate) const CONDITION: &str = iam!("reference_policies_elements_condition.html");
pub(crate) const CONDITIONS: &str =
    iam!("reference_policies_condition-logic-multiple-context-keys-or-values.html");
pub(crate) const MULTIVALUED: &str =
    iam!("reference_policies_condition-single-vs-multi-valued-context-keys.html");
pub(crate) const TAGS: &str = iam!("access_tags.html");
pub(crate) const PASSED_TO_SERVICE: &str =
    iam!("reference_policies_iam-condition-keys.html#ck_PassedToService");
pub(crate) const PASS_ROLE: &str = iam!("id_roles_use_passrole.html");

pub(crate) const VARIABLE_RESOURCE: &str =
    iam!("reference_policies_variables.html#policy-vars-resourceelement");
pub(crate) const VARIABLE_CONDITION: &str =
    iam!("reference_policies_variables.html#policy-vars-conditionelement");
pub(crate) const VARIABLE_TAG: &str = iam!("reference_policies_variables.html#policy-vars-tags");
pub(crate) const VARIABLE_NO_VALUE: &str =
    iam!("reference_policies_variables.html#policy-vars-no-value");
pub(crate) const VARIABLE_INFO: &str =
    iam!("reference_policies_variables.html#policy-vars-infotouse");
pub(crate) const VARIABLE_DEFAULT: &str =
    iam!("reference_policies_variables.html#policy-vars-default-values");
pub(crate) const VARIABLE_SPECIAL: &str =
    iam!("reference_policies_variables.html#policy-vars-specialchars");

pub(crate) const STRING: &str = operators!("Conditions_String");
pub(crate) const NUMERIC: &str = operators!("Conditions_Numeric");
pub(crate) const DATE: &str = operators!("Conditions_Date");
pub(crate) const BOOLEAN: &str = operators!("Conditions_Boolean");
pub(crate) const BINARY: &str = operators!("Conditions_BinaryEquals");
pub(crate) const ADDRESS: &str = operators!("Conditions_IPAddress");
pub(crate) const ARN: &str = operators!("Conditions_ARN");
pub(crate) const IF_EXISTS: &str = operators!("Conditions_IfExists");
pub(crate) const NULL: &str = operators!("Conditions_Null");
pub(crate) const OPERATORS: &str = iam!("reference_policies_elements_condition_operators.html");

pub(crate) const SCP: &str = "https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps_evaluation.html";
pub(crate) const SCP_EFFECTS: &str = "https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps.html#scp-effects-on-permissions";
pub(crate) const RCP: &str =
    "https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps.html";

pub(crate) const KEY_ROOT: &str = "https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html#key-policy-default-allow-root-enable-iam";
pub(crate) const KEY_POLICY: &str =
    "https://docs.aws.amazon.com/kms/latest/developerguide/key-policies.html";
pub(crate) const KEY_FOREIGN: &str = "https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-modifying-external-accounts.html";
pub(crate) const KEY_GRANTS: &str =
    "https://docs.aws.amazon.com/kms/latest/developerguide/grants.html";
pub(crate) const VIA_SERVICE: &str = "https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-via-service";

pub(crate) const ACCESS_ROLE: &str = "https://docs.aws.amazon.com/apprunner/latest/dg/security_iam_service-with-iam.html#security_iam_service-with-iam-roles-service.access";
pub(crate) const INSTANCE_ROLE: &str = "https://docs.aws.amazon.com/apprunner/latest/dg/security_iam_service-with-iam.html#security_iam_service-with-iam-roles-service.instance";
pub(crate) const APP_RUNNER_ROLES: &str = "https://docs.aws.amazon.com/apprunner/latest/dg/security_iam_service-with-iam.html#security_iam_service-with-iam-roles";
pub(crate) const IMAGE_SOURCE: &str =
    "https://docs.aws.amazon.com/apprunner/latest/dg/service-source-image.html";
pub(crate) const SECRETS: &str =
    "https://docs.aws.amazon.com/apprunner/latest/dg/env-variable.html#env-variable.sensitivedata";
pub(crate) const TRACING: &str =
    "https://docs.aws.amazon.com/apprunner/latest/dg/monitor-xray.html";
pub(crate) const LINKED_ROLE: &str =
    "https://docs.aws.amazon.com/apprunner/latest/dg/using-service-linked-roles-management.html";
pub(crate) const MANAGED_PULL: &str = "https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSAppRunnerServicePolicyForECRAccess.html";
pub(crate) const MANAGED_FULL: &str =
    "https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSAppRunnerFullAccess.html";
pub(crate) const MANAGED_TRACING: &str =
    "https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSXRayDaemonWriteAccess.html";
pub(crate) const ECR_ACTIONS: &str = "https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerregistry.html";
pub(crate) const REPOSITORY_POLICY: &str =
    "https://docs.aws.amazon.com/AmazonECR/latest/userguide/repository-policy-examples.html";
pub(crate) const SECRET_ARN: &str =
    "https://docs.aws.amazon.com/secretsmanager/latest/userguide/auth-and-access_iam-policies.html";
pub(crate) const SECRET_FOREIGN: &str = "https://docs.aws.amazon.com/secretsmanager/latest/userguide/auth-and-access_examples_cross.html";
pub(crate) const SECRET_KEY: &str = "https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html#security-encryption-authz";
