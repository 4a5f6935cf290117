//! Words that tell nobody whose they are, and public names.

use std::{collections::HashSet, sync::LazyLock};

/// Words that stay wherever they stand: of AWS, of environments, of technologies.
const GENERIC: &str = "
    access account acl actions activity admin administrator agent alarm alb alerts alias all allow alpha amazon amazonaws ami
    amplify analytics api app apprunner apps appspec archive arn artifact artifacts asm assume assumed assets async auth
    auto automatic autoscaling autoscalingconfiguration aws az
    backend backup base basic batch beta bin bitbucket blue boundary branch bucket build builder bus
    ca cache canary cd cdk certificate cf cfn challenge changeset chart ci cidr cli client cloud cloudformation cloudwatch
    cluster cmd cn cname code codebuild codedeploy codepipeline com common compute config configuration connection
    connections connector connectors container containers content control controller copy core cp credential credentials
    cron custom
    dashboard data database databases db dbs debug default delete deny deploy deployer deployment deployments deploys dev
    develop developer development digest dist distribution django dkr dlq dns docker document dotnet dr dsn dummy dynamo
    dynamodb
    east ec ecr ecs edge eipalloc eks elastic elb email en endpoint endpoints engine eni env environment environments error
    errors eu event events exec execution express external
    failover false fargate fastapi feature federated file files firehose fix flask flow fn for forward fp frontend full
    fullstack function functions
    gateway generic get git github gitlab go golang gov grafana grant green group groups grpc
    haproxy head health hello helm hidden home hook host hosts hotfix http https
    iam id ids igw il image images in index infra infrastructure ingress init inline instance instances int integration
    internal invoke io ip isolated iso
    java javascript jenkins job jobs jq json jwt
    kafka key keys kms kubernetes
    lambda latest layer lb lib library linux list listener live loadbalancer local log login logs lt
    main maintenance manage managed management manager master me memory message messages metadata metrics mfa
    microservice microservices migration migrations ml mock model monitor monitoring mongo mongodb mq multi mysql
    name nat natgateway net network networking next nextjs nginx no node nodejs north northeast northwest none notification
    notifications npm null
    oauth object objects observability observabilityconfiguration of oidc ok on only ops orchestrator org organization
    origin out output
    package packages page param parameter parameters pass password path pgsql php pip pipeline pipelines platform pl poc
    policies policy pool port postgres postgresql power preprod prefix preview private process processor prod production
    profile project prometheus property provider proxy prune public pull push put py python
    qa query queue quota
    rabbitmq rails random rc rds react read readonly reader ready redis reference region registry release remote replica
    repo repos repository request reserved resource resources rest restricted reverse role roles rollback root route
    router rtb ruby rule run runner runtime
    sa saml sample sandbox scaling scheduler schema script scripts sdk secret secrets security security-group send server
    server-certificate servers serverless service services session sg sha shared sidecar sign simple site snapshot sns source
    south southeast southwest spring sqs src ssl ssm sso staging stage stack stacks standard starport start static status
    step stg storage store stream streams string sts subnet subnets subscription support svc sync system
    tab table tag tags target targetgroup targets task tasks team temp template temporary terraform test testing tests tf
    timestream tls tmp to token tool tools topic trace tracing traffic trail trails trigger true trust ts type
    uat ui unit update upload url us user username users util utils uuid
    v value vars version vite vol vpc vpce vpcconnector vpcingressconnection vpn
    waf watch web webapp webhook website west wildcard with worker workers workflow write writer www
    xray
    yaml yml
    zone
    hidden due reasons natgw eip eipassoc instance-profile igw snap pcx tgw ou af ap mx jpeg png css html js svg ico txt
    starport central central1 central2 orchestration linked networkinterface on aoss sqlite maria mariadb mssql oracle
    celery gunicorn uvicorn sidekiq puma kotlin rust dart deno bun nest nuxt vue angular svelte laravel symfony
    certificates instances arm amd x yes off encryption decrypt encrypt ssmmessages ecrpublic hours days daily weekly
    docs help blog blogs dl deb raw mirror mirrors signin sts console status downloads
    owner cost center contact department division billing-code purpose
    nightly primary secondary blue-green rev revision build-and-deploy image-tag digest latest current previous stable
";

/// Words of the platform's lines, of refusals, of what servers print when they start and of AWS's
/// own errors. They are replaced in names, and never in running text: a service that is called
/// `health` must not garble what is said about a health check.
const SENTENCES: &str = "
    a about above accepted action additional address addresses after again already also an and any application are
    argument arguments as asked assuming at attempt authentication authenticationconfiguration authorized availability
    available
    be because been before being below bind both bound but by
    call called caller cannot capacity change changed changes check checking checks clone command commands commit complete
    completed condition confirm configure configured configurationsource connect connected connecting constraint console
    contact contains copied could count create created creating creation current customer cut
    debugger decoding deepcopy defined deleted deletion denied deployed deploying describe details detected did directory
    disabled disk does doesn domain down download drop during
    each either empty enabled ended enough ensure enter entries entry error exception exceeded executable execute exists exist
    exit expected expired explicit export extra
    failed fail failing failure fatal features fetch fetching field fields first folder following format formed found from
    given got guide
    had handled handler has have having header heap help how
    idle if implicit import incoming information initial input insert inside install installed instead into invalid is isn
    it item its itself
    just kept killed kind known
    last later least less let level limit limits line lines link linking listen listening listens loaded loading localhost
    located long look looking low lower
    made make making many match matches may mean member method min minimum minsize missing mode modified module modules more
    most must my
    named native need needed needs new newer newest not nothing notfound now number numbers
    occurred old one open opened operation operations option optional options or order other our outbound over own
    panic panicked parse parsed passed passing passrole pattern pause paused pending perform performing permission permissions
    permitted pick pipe please point ports possible prepare present print problem processing program protocol provide
    provided provision provisioning pulled pulling
    question quoted
    range rate reached reading reason receive received recent record refer refused rejected removed report requested required
    requires resolve resolved respond responded response responding result resume retrieval retrieve retry return returned
    review routed running runtimeenvironmentsecrets
    same satisfied satisfy save search section see seems segmentation select sent serving set sets settings setup should show
    signal single size so some something space specified specify started starting starts state statement statements stop
    stopped stopping stops structure succeed succeeded success successful successfully such supported
    take taken terminated text than that the their them then there these they third this those thread threads through
    throttled time timed timeout times today tomcat too total traceback tried triggering try trying two
    unable unavailable unauthorized undefined under unexpected unhandled uncaught unknown unset unsupported until up upstream
    usage use used uses using
    valid validate validated validating validation values variable variables vcpu via view visible
    wait waiting want warn warning was we were what when where whether which while who why will within without work working
    would wrong
    you your
    netty undertow jetty adapter errno eaddrinuse eaddrnotavail enotfound etimedout econnrefused etimeout eai eacces
    oomkilled memoryerror keyerror outofmemoryerror unhandledpromiserejection triggeruncaughtexception err rejection
    launch boot booting bootstrapped ctrl loader standalone
    memcache memcached valkey amqp elasticsearch opensearch proxying critical notice fatal dev
    accessible accessing against allocation ash avoid bash browser built callback can context dash demand dereference dict
    drill dumped expose failures fault find form hub illegal illegalstateexception increase info ids internet ips lang length
    logged manual modulenotfounderror nil oom originated parked pointer pre pressure probe progress promise promises
    properties publicly routing smtp subnetids sure syntax tcp throwing took typeerror unrecognized unterminated valueerror
    var versions went udp cpu
    aggregate agreement allowed boundaries collected coverage denies
";

/// Owners of registrable domains that everybody knows. What stands before them may be a customer's.
const PUBLIC_OWNERS: &str = "
    amazon aws amazontrust github githubusercontent bitbucket gitlab atlassian docker mcr microsoft azure windows google
    googleapis gstatic npmjs yarnpkg pypi pythonhosted python rubygems golang nodejs debian ubuntu alpinelinux centos
    fedoraproject redhat quay apache maven packagist crates nuget gradle gnu kernel w3 ietf iana mozilla letsencrypt cloudflare
    fastly akamai datadoghq sentry newrelic honeycomb segment stripe twilio sendgrid mailgun slack openai huggingface
    hashicorp terraform pulumi nextjs vercel netlify heroku mongodb redis postgresql mysql oracle java openjdk adoptium
    spring springframework json-schema schema xmlpull cncf docker-cdn ghcr k8s unpkg jsdelivr facebook twitter gmail apple
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
