//! The catalogue of signatures.

/// What kind of trouble, or of news, a signature tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Family {
    /// The application listens; captures `port`, and `host` where it tells the address.
    Listening,
    /// The program is for another processor.
    ExecFormat,
    /// An environment variable is missing; captures `name`.
    MissingVariable,
    /// An error that nothing caught; captures `what` where there is a name.
    Crash,
    /// The program that should start is not there; captures `what`.
    CommandNotFound,
    /// A module or package is not there; captures `what`.
    ModuleNotFound,
    /// An answer to a request; captures `path` and `status`.
    HttpAnswer,
    /// Memory ran out.
    OutOfMemory,
    /// The address or port could not be taken.
    BindFailed,
    /// Another system could not be reached.
    Unreachable,
    /// The start command was not read by a shell, or not as it was meant.
    ShellSyntax,
}

/// One pattern of the application log.
#[derive(Debug)]
pub struct Signature {
    /// A name for it.
    pub id: &'static str,
    /// What it tells.
    pub family: Family,
    /// The pattern, with the captures that the family names.
    pub pattern: &'static str,
    /// Who writes it.
    pub writer: &'static str,
    /// A line that it is for.
    pub example: &'static str,
    /// A line that looks like it and must not match.
    pub look_alike: &'static str,
}

/// Every signature. Several may match one line.
pub const CATALOGUE: &[Signature] = &[
    Signature {
        id: "listening-on-port",
        family: Family::Listening,
        pattern: r"(?i)\blisten(?:ing|s)?\b[^\n]{0,30}?\bport\b\s*[:=]?\s*(?P<port>\d{2,5})\b",
        writer: "Express and most hand-written servers",
        example: "Server listening on port 3000",
        look_alike: "Connecting to the database on port 5432",
    },
    Signature {
        id: "listening-on-address",
        family: Family::Listening,
        pattern: r"(?i)\b(?:listening|serving|running|started|available|ready)\b[^\n]{0,24}?\b(?:on|at)\b:?\s+(?:(?:https?|tcp)://)?(?P<host>[a-z][\w.\-]*|\d+\.\d+\.\d+\.\d+|\[[0-9a-f:]*\]|\*)?:(?P<port>\d{2,5})\b",
        writer: "Fastify, Go, gunicorn, Puma, uvicorn and others",
        example: "[INFO] Listening at: http://0.0.0.0:8000 (1)",
        look_alike: "job started at 10:45:12",
    },
    Signature {
        id: "server-started-on-port",
        family: Family::Listening,
        pattern: r"(?i)\b(?:server|app|application|service|api|tomcat|netty|undertow|jetty)\b[^\n]{0,24}?\b(?:started|running|up|ready|live|starting)\b[^\n]{0,16}?\bports?(?:\(s\))?\b?:?\s*(?P<port>\d{2,5})\b",
        writer: "Spring Boot (Tomcat, Netty) and hand-written servers",
        example: "Tomcat started on port 8081 (http) with context path '/'",
        look_alike: "Starting health probe against port 9000",
    },
    Signature {
        id: "http-server-python",
        family: Family::Listening,
        pattern: r"^Serving HTTP on (?P<host>\S+) port (?P<port>\d{2,5})\b",
        writer: "Python's http.server",
        example: "Serving HTTP on 0.0.0.0 port 8000 (http://0.0.0.0:8000/) ...",
        look_alike: "Stopped serving HTTP on port 8000",
    },
    Signature {
        id: "php-development-server",
        family: Family::Listening,
        pattern: r"Development Server \(https?://(?P<host>[^:)\s]+):(?P<port>\d{2,5})\) started",
        writer: "PHP's built-in server",
        example: "[Fri Nov 20 10:00:00 2026] PHP 8.1.22 Development Server (http://0.0.0.0:8080) started",
        look_alike: "Development Server (http://0.0.0.0:8080) stopped",
    },
    Signature {
        id: "banner-local",
        family: Family::Listening,
        pattern: r"^\s*[-\u{279c}]?\s*Local:\s+https?://(?P<host>[^:/\s]+):(?P<port>\d{2,5})\b",
        writer: "Next.js, Vite",
        example: "- Local: http://ip-10-0-104-219.ap-northeast-1.compute.internal:8080",
        look_alike: "Local: time is 10:45",
    },
    Signature {
        id: "banner-network",
        family: Family::Listening,
        pattern: r"^\s*[-\u{279c}]?\s*Network:\s+https?://(?P<host>[^:/\s]+):(?P<port>\d{2,5})\b",
        writer: "Next.js, Vite",
        example: "- Network: http://0.0.0.0:3000",
        look_alike: "Network: use --host to expose",
    },
    Signature {
        id: "banner-url",
        family: Family::Listening,
        pattern: r"^\s*(?:\* )?(?:Running on (?:local )?|(?:Local |Network |External )?)URL:\s+https?://(?P<host>[^:/\s]+):(?P<port>\d{2,5})\b",
        writer: "Gradio, Streamlit",
        example: "* Running on local URL:  http://127.0.0.1:7860",
        look_alike: "Callback URL: not configured",
    },
    Signature {
        id: "all-addresses",
        family: Family::Listening,
        pattern: r"Running on all addresses \((?P<host>[^)\s]+)\)",
        writer: "Flask",
        example: " * Running on all addresses (0.0.0.0)",
        look_alike: "checks are running on all addresses",
    },
    Signature {
        id: "exec-format",
        family: Family::ExecFormat,
        pattern: r"(?i)exec format error",
        writer: "the kernel, through the shell or the container runtime",
        example: "exec /bin/sh: exec format error",
        look_alike: "error in the format of exec arguments",
    },
    Signature {
        id: "python-key-error",
        family: Family::MissingVariable,
        pattern: r#"\bKeyError: ['"](?P<name>[A-Z][A-Z0-9_]{2,})['"]"#,
        writer: "Python, os.environ[…]",
        example: "KeyError: 'DATABASE_URL'",
        look_alike: "KeyError: 'user_id'",
    },
    Signature {
        id: "variable-not-set",
        family: Family::MissingVariable,
        pattern: r#"\b(?P<name>[A-Z][A-Z0-9]*_[A-Z0-9_]+|[A-Z]{4,})\b["'`]?(?: (?i:environment|env) (?i:variable|var))?,? (?:(?i:is|was) )?(?i:not set|not defined|undefined|required|missing|not provided|unset|must be (?:set|defined|provided)|has not been set|cannot be empty)\b"#,
        writer: "hand-written checks",
        example: "Error: DATABASE_URL is not set",
        look_alike: "SMTP_HOST is not required in development",
    },
    Signature {
        id: "missing-variable-named",
        family: Family::MissingVariable,
        pattern: r#"(?i:(?:missing|undefined|unset)(?: required)? (?:environment|env)(?:ironment)? (?:variable|var)s?)\b[^A-Z\n]{0,12}(?P<name>[A-Z][A-Z0-9_]{2,})\b"#,
        writer: "hand-written checks",
        example: "Missing required environment variable: STRIPE_KEY",
        look_alike: "No missing environment variables",
    },
    Signature {
        id: "variable-required",
        family: Family::MissingVariable,
        pattern: r#"(?i:environment variable|env var)[: ]+["'`]?(?P<name>[A-Z][A-Z0-9_]{2,})["'`]? (?i:is required|is missing|is not set|not set|not found|not defined|is undefined|must be)"#,
        writer: "hand-written checks",
        example: "environment variable `REDIS_URL` not found",
        look_alike: "environment variable LOG_LEVEL is set to info",
    },
    Signature {
        id: "pydantic-field-required",
        family: Family::MissingVariable,
        pattern: r"(?m)^(?P<name>[A-Za-z_][A-Za-z0-9_]*)\s*\n\s+Field required \[type=missing",
        writer: "pydantic settings; the name stands on the line above",
        example: "database_url\n  Field required [type=missing, input_value={}, input_type=dict]",
        look_alike: "  Field required by the form",
    },
    Signature {
        id: "python-traceback",
        family: Family::Crash,
        pattern: r"^Traceback \(most recent call last\):",
        writer: "Python",
        example: "Traceback (most recent call last):",
        look_alike: "logged a Traceback (most recent call last) and went on",
    },
    Signature {
        id: "exception",
        family: Family::Crash,
        pattern: r"^(?:Uncaught |Unhandled )?(?P<what>(?:\w+\.)*[A-Z]?\w*(?:Error|Exception)(?: \[\w+\])?)(?:: |$)",
        writer: "Python and Node.js, at the begin of a line",
        example: "TypeError: Cannot read properties of undefined (reading 'url')",
        look_alike: "INFO handled ValueError: will retry",
    },
    Signature {
        id: "node-unhandled",
        family: Family::Crash,
        pattern: r"(?P<what>UnhandledPromiseRejection|triggerUncaughtException|ERR_UNHANDLED_REJECTION)",
        writer: "Node.js",
        example: "[UnhandledPromiseRejection: This error originated either by throwing inside of an async function]",
        look_alike: "unhandled promises are rejected by policy",
    },
    Signature {
        id: "go-panic",
        family: Family::Crash,
        pattern: r"^(?P<what>panic): ",
        writer: "Go",
        example: "panic: runtime error: invalid memory address or nil pointer dereference",
        look_alike: "don't panic: this is a drill",
    },
    Signature {
        id: "rust-panic",
        family: Family::Crash,
        pattern: r"^thread '[^']*' (?:\(\d+\) )?(?P<what>panicked) at",
        writer: "Rust",
        example: "thread 'main' panicked at src/main.rs:10:5:",
        look_alike: "the thread 'main' was parked",
    },
    Signature {
        id: "java-exception",
        family: Family::Crash,
        pattern: r#"^Exception in thread "[^"]*" (?P<what>[\w.$]+)"#,
        writer: "Java",
        example: "Exception in thread \"main\" java.lang.IllegalStateException: no data source",
        look_alike: "No exception in thread \"main\"",
    },
    Signature {
        id: "spring-failed-to-start",
        family: Family::Crash,
        pattern: r"^(?P<what>APPLICATION FAILED TO START)",
        writer: "Spring Boot",
        example: "APPLICATION FAILED TO START",
        look_alike: "the application failed to start a job",
    },
    Signature {
        id: "segmentation-fault",
        family: Family::Crash,
        pattern: r"(?i)^(?P<what>segmentation fault)\b",
        writer: "shells",
        example: "Segmentation fault (core dumped)",
        look_alike: "handler for segmentation fault installed",
    },
    Signature {
        id: "executable-not-found",
        family: Family::CommandNotFound,
        pattern: r#"(?:"(?P<quoted>[^"]+)"|(?P<what>[\w./-]+)): executable file not found in \$PATH"#,
        writer: "the container runtime",
        example: "exec: \"gunicorn\": executable file not found in $PATH",
        look_alike: "executable files are found in $PATH",
    },
    Signature {
        id: "command-not-found",
        family: Family::CommandNotFound,
        pattern: r"^(?:/bin/)?(?:sh|bash|ash|dash)\b[^\n]*?:\s(?P<what>[\w./-]+): (?:command )?not found",
        writer: "shells",
        example: "/bin/sh: 1: uvicorn: not found",
        look_alike: "user 7: not found",
    },
    Signature {
        id: "cannot-open",
        family: Family::CommandNotFound,
        pattern: r"(?:cannot open|can't open file|exec) '?(?P<what>[\w./-]+)'?:? (?:\[Errno 2\] )?[Nn]o such file",
        writer: "shells, Python, the container runtime",
        example: "sh: 0: cannot open ./scripts/start.sh: No such file",
        look_alike: "cannot open the valve: No pressure",
    },
    Signature {
        id: "module-not-found",
        family: Family::ModuleNotFound,
        pattern: r"(?:No module named '?|Cannot find (?:module|package) ')(?P<what>[\w@./-]+)",
        writer: "Python, Node.js",
        example: "ModuleNotFoundError: No module named 'flask'",
        look_alike: "Loaded module named 'flask'",
    },
    Signature {
        id: "common-log",
        family: Family::HttpAnswer,
        pattern: r#""(?:GET|HEAD) (?P<path>/[^ "?]*)[^"]*"\s+(?P<status>[1-5]\d\d)\b"#,
        writer: "nginx, Apache, uvicorn, gunicorn",
        example: "169.254.175.249:34606 - \"GET /health HTTP/1.1\" 404 Not Found",
        look_alike: "\"POST /health HTTP/1.1\" 404",
    },
    Signature {
        id: "short-log",
        family: Family::HttpAnswer,
        pattern: r"(?:^|\s)(?:GET|HEAD) (?P<path>/[^ ?\s]*)\S*(?: HTTP/[\d.]+)? (?:-> )?(?P<status>[1-5]\d\d)\b",
        writer: "morgan, Next.js, Rails-like",
        example: "GET /health 401 2.114 ms - 12",
        look_alike: "GET /health took 404 ms",
    },
    Signature {
        id: "out-of-memory",
        family: Family::OutOfMemory,
        pattern: r"(?i)heap out of memory|out of memory: killed|java\.lang\.OutOfMemoryError|\bOOMKilled\b|\bMemoryError\b",
        writer: "Node.js, the kernel, Java, Python",
        example: "FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory",
        look_alike: "the queue is out of space",
    },
    Signature {
        id: "bind-failed",
        family: Family::BindFailed,
        pattern: r"(?P<what>EADDRNOTAVAIL|EADDRINUSE|[Aa]ddress already in use|bind\(\) to \S+ failed|listen EACCES)",
        writer: "Node.js, nginx, Python",
        example: "Error: listen EADDRNOTAVAIL: address not available 10.0.248.213",
        look_alike: "the address is in use by our customer",
    },
    Signature {
        id: "unreachable",
        family: Family::Unreachable,
        pattern: r"(?P<what>ECONNREFUSED|ETIMEDOUT|ETIMEOUT|ENOTFOUND|EAI_AGAIN|i/o timeout|[Cc]ould not connect to server|Connect timeout on endpoint)",
        writer: "Node.js, Go, libpq, botocore",
        example: "Error: connect ETIMEDOUT 10.0.3.7:5432",
        look_alike: "request timed out in the browser",
    },
    Signature {
        id: "not-a-shell",
        family: Family::ShellSyntax,
        pattern: r"(?P<what>cd: too many arguments|unrecognized arguments: &&|Syntax error: Unterminated quoted string)",
        writer: "programs that were given the syntax of a shell",
        example: "cd: too many arguments",
        look_alike: "too many arguments for cd in the manual",
    },
];
