//! Words that tell nobody whose they are, and public names.

use std::{collections::HashSet, sync::LazyLock};

/// Words that stay wherever they stand: of AWS, of environments, of technologies.
const GENERIC: &str = "
    access account acl actions activity admin administrator af agent alarm alb alerts alias all allow alpha
    amazon amazonaws amd ami amplify analytics angular aoss ap api app apprunner apps appspec archive arm arn
    artifact artifacts asm assets assume assumed async auth auto automatic autoscaling autoscalingconfiguration
    aws az backend backup base basic batch beta bin bitbucket blog blogs blue boundary branch bucket build
    builder bun bus ca cache canary cd cdk celery center central certificate certificates cf cfn challenge
    changeset chart ci cidr cli client cloud cloudformation cloudwatch cluster cmd cn cname code codebuild
    codedeploy codepipeline com common compute config configuration connection connections connector connectors
    console contact container containers content control controller copy core cost cp credential credentials
    cron css current custom daily dart dashboard data database databases days db dbs deb debug decrypt default
    delete deno deny department deploy deployer deployment deployments deploys dev develop developer development
    digest dist distribution division django dkr dl dlq dns docker docs document dotnet downloads dr dsn due
    dummy dynamo dynamodb east ec ecr ecrpublic ecs edge eip eipalloc eipassoc eks elastic elb email en encrypt
    encryption endpoint endpoints engine eni env environment environments error errors eu event events exec
    execution express external failover false fargate fastapi feature federated file files firehose fix flask
    flow fn for forward fp frontend full fullstack function functions gateway generic get git github gitlab go
    golang gov grafana grant green group groups grpc gunicorn haproxy head health hello helm help hidden home
    hook host hosts hotfix hours html http https iam ico id ids igw il image images in index infra
    infrastructure ingress init inline instance instances int integration internal invoke io ip iso isolated
    java javascript jenkins job jobs jpeg jq js json jwt kafka key keys kms kotlin kubernetes lambda laravel
    latest layer lb lib library linked linux list listener live loadbalancer local log login logs lt main
    maintenance manage managed management manager maria mariadb master me memory message messages metadata
    metrics mfa microservice microservices migration migrations mirror mirrors ml mock model mongo mongodb
    monitor monitoring mq mssql multi mx mysql name nat natgateway natgw nest net network networking
    networkinterface next nextjs nginx nightly no node nodejs none north northeast northwest notification
    notifications npm null nuxt oauth object objects observability observabilityconfiguration of off oidc ok on
    only ops oracle orchestration orchestrator org organization origin ou out output owner package packages page
    param parameter parameters pass password path pcx pgsql php pip pipeline pipelines pl platform png poc
    policies policy pool port postgres postgresql power prefix preprod preview previous primary private process
    processor prod production profile project prometheus property provider proxy prune public pull puma purpose
    push put py python qa query queue quota rabbitmq rails random raw rc rds react read reader readonly ready
    reasons redis reference region registry release remote replica repo repos repository request reserved
    resource resources rest restricted rev reverse revision role roles rollback root route router rtb ruby rule
    run runner runtime rust sa saml sample sandbox scaling scheduler schema script scripts sdk secondary secret
    secrets security send server serverless servers service services session sg sha shared sidecar sidekiq sign
    signin simple site snap snapshot sns source south southeast southwest spring sqlite sqs src ssl ssm
    ssmmessages sso stable stack stacks stage staging standard starport start static status step stg storage
    store stream streams string sts subnet subnets subscription support svc svelte svg symfony sync system tab
    table tag tags target targetgroup targets task tasks team temp template temporary terraform test testing
    tests tf tgw timestream tls tmp to token tool tools topic trace tracing traffic trail trails trigger true
    trust ts txt type uat ui unit update upload url us user username users util utils uuid uvicorn value vars
    version vite vol vpc vpcconnector vpce vpcingressconnection vpn vue waf watch web webapp webhook website
    weekly west wildcard with worker workers workflow write writer www xray yaml yes yml zone
";

/// Words of the platform's lines, of refusals, of what servers print when they start and of AWS's
/// own errors. They are replaced in names, and never in running text: a service that is called
/// `health` must not garble what is said about a health check.
const SENTENCES: &str = "
    about above accepted accessible accessing action adapter additional address addresses after again against
    aggregate agreement allocation allowed already also amqp an and any application are argument arguments as
    ash asked assuming at attempt authentication authenticationconfiguration authorized availability available
    avoid bash be because been before being below bind boot booting bootstrapped both bound boundaries browser
    built but by call callback called caller can cannot capacity change changed changes check checking checks
    clone collected command commands commit complete completed condition configurationsource configure
    configured confirm connect connected connecting constraint contains context copied could count coverage cpu
    create created creating creation critical ctrl customer cut dash debugger decoding deepcopy defined deleted
    deletion demand denied denies deployed deploying dereference describe details detected dict did directory
    disabled disk does doesn domain down download drill drop dumped during eacces each eaddrinuse eaddrnotavail
    eai econnrefused either elasticsearch empty enabled ended enotfound enough ensure enter entries entry err
    errno etimedout etimeout exceeded exception executable execute exist exists exit expected expired explicit
    export expose extra fail failed failing failure failures fatal fault features fetch fetching field fields
    find first folder following form format formed found from given got guide had handled handler has have
    having header heap how hub idle if illegal illegalstateexception implicit import incoming increase info
    information initial input insert inside install installed instead internet into invalid ips is isn it item
    its itself jetty just kept keyerror killed kind known lang last later launch least length less let level
    limit limits line lines link linking listen listening listens loaded loader loading localhost located logged
    long look looking low lower made make making manual many match matches may mean member memcache memcached
    memoryerror method min minimum minsize missing mode modified module modulenotfounderror modules more most
    must my named native need needed needs netty new newer newest nil not notfound nothing notice now number
    numbers occurred old one oom oomkilled open opened opensearch operation operations option optional options
    or order originated other our outbound outofmemoryerror over own panic panicked parked parse parsed passed
    passing passrole pattern pause paused pending perform performing permission permissions permitted pick pipe
    please point pointer ports possible pre prepare present pressure print probe problem processing program
    progress promise promises properties protocol provide provided provision provisioning proxying publicly
    pulled pulling question quoted range rate reached reading reason receive received recent record refer
    refused rejected rejection removed report requested required requires resolve resolved respond responded
    responding response result resume retrieval retrieve retry return returned review routed routing running
    runtimeenvironmentsecrets same satisfied satisfy save search section see seems segmentation select sent
    serving set sets settings setup should show signal single size smtp so some something space specified
    specify standalone started starting starts state statement statements stop stopped stopping stops structure
    subnetids succeed succeeded success successful successfully such supported sure syntax take taken tcp
    terminated text than that the their them then there these they third this those thread threads throttled
    through throwing time timed timeout times today tomcat too took total traceback tried triggering
    triggeruncaughtexception try trying two typeerror udp unable unauthorized unavailable uncaught undefined
    under undertow unexpected unhandled unhandledpromiserejection unknown unrecognized unset unsupported
    unterminated until up upstream usage use used uses using valid validate validated validating validation
    valkey valueerror values var variable variables vcpu versions via view visible wait waiting want warn
    warning was we went were what when where whether which while who why will within without work working would
    wrong you your
";

/// Owners of registrable domains that everybody knows. What stands before them may be a customer's.
const PUBLIC_OWNERS: &str = "
    adoptium akamai alpinelinux amazon amazontrust apache apple atlassian aws azure bitbucket centos cloudflare
    cncf crates datadoghq debian docker docker-cdn facebook fastly fedoraproject ghcr github githubusercontent
    gitlab gmail gnu golang google googleapis gradle gstatic hashicorp heroku honeycomb huggingface iana ietf
    java jsdelivr json-schema k8s kernel letsencrypt mailgun maven mcr microsoft mongodb mozilla mysql netlify
    newrelic nextjs nodejs npmjs nuget openai openjdk oracle packagist postgresql pulumi pypi python
    pythonhosted quay redhat redis rubygems schema segment sendgrid sentry slack spring springframework stripe
    terraform twilio twitter ubuntu unpkg vercel w3 windows xmlpull yarnpkg
";

/// Last labels behind which a name of two labels is a host and not a file or a member.
const DOMAINS: &str = "
    com org net edu gov mil cloud aws
    de uk fr nl ch be se dk fi pt cz eu ru ua jp cn kr au nz ca br mx ar cl za tr sg hk tw
";

/// Last labels that are also ends of files and members; a host needs three labels before us.
const DOMAINS_OF_THREE: &str = "
    io dev app co ai biz info internal local lan corp home intranet arpa tech xyz online site shop store me tv gg us in it es
    at no to pl id is example invalid test name
";

fn set(words: &'static str) -> HashSet<&'static str> {
    words.split_whitespace().collect()
}

static GENERIC_WORDS: LazyLock<HashSet<&str>> = LazyLock::new(|| set(GENERIC));
static SENTENCE_WORDS: LazyLock<HashSet<&str>> = LazyLock::new(|| set(SENTENCES));
static OWNERS: LazyLock<HashSet<&str>> = LazyLock::new(|| set(PUBLIC_OWNERS));
static TWO: LazyLock<HashSet<&str>> = LazyLock::new(|| set(DOMAINS));
static THREE: LazyLock<HashSet<&str>> = LazyLock::new(|| set(DOMAINS_OF_THREE));

/// Whether a word, in lower case, stays wherever it stands.
pub(super) fn is_generic(word: &str) -> bool {
    GENERIC_WORDS.contains(word)
}

/// Whether a word, in lower case, stays in running text.
pub(super) fn is_of_sentences(word: &str) -> bool {
    is_generic(word) || SENTENCE_WORDS.contains(word)
}

/// Whether a registrable domain is one that everybody knows.
pub(super) fn is_public_owner(label: &str) -> bool {
    OWNERS.contains(label)
}

/// With how many labels a name that ends in this label is a host.
pub(super) fn labels_of_a_host(last: &str) -> Option<usize> {
    if TWO.contains(last) {
        Some(2)
    } else if THREE.contains(last) {
        Some(3)
    } else {
        None
    }
}

/// Begins of the ids that EC2 gives, before the dash.
pub(super) fn is_ec2_prefix(word: &str) -> bool {
    matches!(
        word,
        "acl"
            | "ami"
            | "cgw"
            | "dopt"
            | "eigw"
            | "eipalloc"
            | "eipassoc"
            | "eni"
            | "fl"
            | "i"
            | "igw"
            | "lt"
            | "nat"
            | "pcx"
            | "pl"
            | "rtb"
            | "rtbassoc"
            | "sg"
            | "sgr"
            | "snap"
            | "subnet"
            | "tgw"
            | "vgw"
            | "vol"
            | "vpc"
            | "vpce"
            | "vpn"
    )
}

/// Begins of the unique ids that IAM gives.
pub(super) fn is_iam_prefix(four: &str) -> bool {
    matches!(
        four,
        "ABIA"
            | "ACCA"
            | "AGPA"
            | "AIDA"
            | "AIPA"
            | "AKIA"
            | "ANPA"
            | "ANVA"
            | "APKA"
            | "AROA"
            | "ASCA"
            | "ASIA"
    )
}
