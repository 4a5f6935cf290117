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
    about above accept accepted accepting accessdenied accessible accessing acquiring action activerecord
    adapter additional addr address addresses after again against aggregate agreement alloc allocate allocation
    allowed already also amqp an and any apache append application applied apply applying are argument arguments
    array as asgi ash asked assembly associated assuming asymmetric at attempt attempted attempting attempts
    attribute authentication authenticationconfiguration authorizationerror authorized availability available
    avoid backquote bad bash be because become been before being below bind boot booting bootstrapped both bound
    boundaries browser built bundler but by bytes cached call callback called caller calling can canceled cannot
    capacity cast caused chain change changed changelog changes character check checking checkpoint checks chown
    cipher claims class classnotfoundexception clients clone collected collecting colon column come command
    commands commit communications compacts complete completed concurrent condition conf configurationsource
    configure configured confirm conform connect connected connectexception connecting connectionpool
    connecttimeouterror constraint contain contains context continue copied corrupt could count coverage cpu
    create created creating creation credentialsprovidererror critical ctrl currently customer cut dash
    datasource date debugger declare decoder decoding deepcopy define defined deleted deletion demand denied
    denies deployed deploying dereference describe deserialize details detected determine dial dialects dict did
    directory dirty disabled disk does doesn domain down download downloading drill driver drop dumped during
    eacces each eaddrinuse eaddrnotavail eai econnrefused ehostunreach either elasticsearch elifecycle embedded
    emerg empty enabled encoded end ended enetunreach enoent enotfound enough ensure enter entries entry enum
    envvar eof err errno escape eservfail establishing etimedout etimeout eval exceeded exception exceptions
    executable execute executing exist exists exit exiting expected expired expiredtoken explicit export expose
    extra fail failed failing failure failures fatal fault features fetch fetching field fields
    filenotfounderror filenotfoundexception find finished first flywaymigrateexception flywaysqlscriptexception
    flywayvalidateexception folder following form format formatted formed found from gems getaddresses
    getaddrinfo gin given glibc goroutines got guide had handled handler has have having hba header heap
    hikaripool hostname how httpserver hub identified idle if illegal illegalstateexception imds implicit import
    include included incoming incorrect increase ineffective info information initial initialization initialize
    input insecure insert inside install installed installing instead instruction insufficient integer interface
    internet interpreter into invalid invalidaccesskeyid invalidclienttokenid invaliduri ioerror ips ipv is isn
    issuer it item its itself jarfile jdbc jdbcurl jetty just kept keyerror killed kind kmsaccessdeniedexception
    knex known lang last later launch launched least length less let level lifecycle limit limits line lines
    link linking liquibase listen listening listens literal load loaded loader loading localhost locally locate
    located lock logged long longer look looking lookup low lower lstat machine made make making malformed
    manifest manual many map mark match matches matching max may mean member memcache memcached memoryerror
    method min minimum minsize misbehaving missing missingcredentialserror missingsecret mkdir mode modified
    module modulenotfounderror modules mongonetworktimeouterror mongoparseerror mongoservererror more most mpm
    msg multiple must my named native near need needed needs netty new newer newest newline nil nio noauth
    noclassdeffounderror nocredentialproviders nocredentialserror nodename nor noregionerror normal
    noroutetohostexception nosuchfileexception not notfound nothing notice now npgsqlexception number numbers
    occurred old once one oom oomkilled open opened opening opensearch operation operationfailure operations
    option optional options or order originated os oserror other our outbound outofmemoryerror
    outofmemoryexception over overflow own pair panic panicked parked parse parsed passed passing passrole
    pattern pause paused pem pending pendingmigrationerror percent perform performing perhaps permission
    permissionerror permissions permitted pg pick pid pipe placeholder please plugin point pointer ports
    possible pre prepare present press pressure previously print prisma probe problem processes processing
    program progress prohibited promise promises properties protocol protocolhandler provide provided providers
    provision provisioning proxying psqlexception publicly pulled pulling pymongo pytorch question quoted range
    rate reach reached reading reason receive received recent record redirection refer refresh refused rejected
    rejection related relation remaining remix removed report requested require required requires resolution
    resolve resolved respond responded responding response result resume resuming retries retrieval retrieve
    retry retrying return returned review revisions rfc rocket routed routines routing running
    runtimeenvironmentsecrets safetensors same satisfied satisfy save scheme schemes search seconds
    secretorprivatekey section see seems segment segmentation select self sent sequence serve serverconnector
    serverselectionerror serverselectiontimeouterror serving servname set sets setting settings setup sh shards
    should show shut signal signaturedoesnotmatch signed sigsegv single size sleep slots smtp so socket
    sockettimeoutexception some something sources space specific specified specify sql sqlalchemy sqlstate
    standalone started starting starts startup stat state statement statements statuscode std stop stopped
    stopping stops structure subnetids substitution succeed succeeded success successful successfully such
    suitable supported sure syntax sysopen take taken tcp tenant terminated terminating text than that the their
    them then there these they third this those thread threads throttled through throwing time timed timeout
    timeouterror times today tomcat too took total traceback translate transport tried triggering
    triggeruncaughtexception try trying two typeerror udp ulimit unable unauthorized unauthorizedoperation
    unavailable unbound uncaught undefined under undertow unexpected unhandled unhandledpromiserejection unknown
    unknownhostexception unreachable unrecognized unrecognizedclientexception unset unsupported
    unsupportedclassversionerror unterminated until up upstream uri urierror usage use used userinfo uses using
    usr valid validate validated validating validation valkey valueerror values var variable variables vcpu
    verify versions via view violation virtual visible wait waiting want warn warning was we webrick weights
    went were what when where whether which while whl who why will within without work working would wrong
    wrongpass yet you your
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
