//! Lines that hold no secret, as builds, servers and crashes write them: what a scrubber takes from
//! these, the one who reads the bundle misses.

use super::*;

const LINES: u32 = 50_000;

/// No more than this part of the lines may be changed.
const MOST: f64 = 0.005;

/// Lines with places for what differs: `{hex40}`, `{b64}`, `{uuid}`, `{n}`, `{word}`.
const TEMPLATES: &[&str] = &[
    "[AppRunner] Deployment with ID : {hex32} started. Triggering event : SERVICE_DEPLOY",
    "[AppRunner] Health check failed on protocol `HTTP` [Port: '{n}']. Check your configured port number. For more information, see the application logs.",
    "[Build] Successfully built {hex12}",
    "[Build]  ---> {hex12}",
    "[Build] Step {n}/12 : RUN npm ci --no-audit",
    "#8 sha256:{hex64} 3.14MB / 3.14MB {n}.1s done",
    "111122223333.dkr.ecr.us-east-1.amazonaws.com/{word}@sha256:{hex64}",
    "pulling arn:aws:ecr:us-east-1:111122223333:repository/{word}",
    "arn:aws:apprunner:us-east-1:111122223333:service/{word}/{hex32}",
    "arn:aws:secretsmanager:us-east-1:111122223333:secret:{word}/db-{b6}",
    "HEAD is now at {hex40} Update {word}",
    "commit {hex40}",
    "npm warn deprecated {word}-tokenizer@{n}.0.1: this package is no longer maintained",
    "      \"integrity\": \"sha512-{b86}==\",",
    "added {n} packages, and audited {n} packages in 12s",
    "Collecting {word}-auth=={n}.1.0",
    "  Downloading {word}-{n}.1.0-cp311-cp311-manylinux_2_17_x86_64.whl ({n} kB)",
    "    --hash=sha256:{hex64} \\",
    "Stored in directory: /home/app/.cache/pip/wheels/{hex2}/{hex2}/{hex2}/{hex60}",
    "[INFO] Downloaded from central: org/{word}/{word}-security/{n}.0/{word}-security-{n}.0.pom ({n} kB at 2 MB/s)",
    "go: downloading github.com/{word}/secret-{word} v0.{n}.0",
    "github.com/{word}/token v0.{n}.0 h1:{b43}=",
    "> Task :{word}:compileJava UP-TO-DATE",
    "Traceback (most recent call last):",
    "  File \"/app/{word}/auth_token.py\", line {n}, in get_secret",
    "KeyError: 'DB_PASSWORD'",
    "django.core.exceptions.ImproperlyConfigured: The SECRET_KEY setting must not be empty.",
    "    at Object.<anonymous> (/usr/src/app/node_modules/{word}/lib/token.js:{n}:17)",
    "SyntaxError: Unexpected token '<', \"<!DOCTYPE \"... is not valid JSON",
    "Error: Cannot find module './{word}-credentials'",
    "java.lang.IllegalArgumentException: Could not resolve placeholder '{word}.password' in value \"${{word}.password}\"",
    "\tat com.{word}.security.TokenFilter.doFilter(TokenFilter.java:{n})",
    "panic: runtime error: invalid memory address [signal SIGSEGV code=0x1 addr=0x{hex8} pc=0x{hex12}]",
    "goroutine {n} [running]:",
    "Unhandled exception. System.ArgumentNullException: Value cannot be null. (Parameter 'connectionString')",
    "   at {word}.Auth.JwtHandler.Validate(String token) in /src/JwtHandler.cs:line {n}",
    "PHP Fatal error:  Uncaught PDOException: SQLSTATE[HY000] [1045] Access denied for user '{word}'@'10.0.{n}.1' (using password: YES)",
    "/app/vendor/bundle/ruby/3.3.0/gems/{word}-{n}.0/lib/{word}/secrets.rb:{n}:in `fetch': key not found: \"SECRET_KEY_BASE\" (KeyError)",
    "FATAL:  password authentication failed for user \"{word}\"",
    "10.0.{n}.7 - - [20/Nov/2026:10:00:{n} +0000] \"GET /{word}/{uuid} HTTP/1.1\" 200 {n}",
    "{\"level\":\"info\",\"request_id\":\"{uuid}\",\"trace_id\":\"{hex32}\",\"msg\":\"listening on {n}\"}",
    "request {uuid} took {n} ms, next token of the page was empty",
    "x-amzn-RequestId: {uuid}",
    "Root=1-{hex8}-{hex24}",
    "//# sourceMappingURL=data:application/json;charset=utf-8;base64,{b86}",
    "dist/assets/index-{b8}.js   {n}.12 kB │ gzip: {n}.01 kB",
    "Task secrets: loaded {n} names from the environment",
    "token bucket: {n} tokens left, refill in {n} ms",
    "password: field required",
    "MONGO_URL is not set, using mongodb://localhost:27017/{word}",
];

/// Numbers by chance, the same in every run.
struct Chance(u64);

impl Chance {
    fn next(&mut self, below: usize) -> usize {
        // xorshift, which is enough for letters.
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % below as u64).expect("it is below")
    }

    fn letters(&mut self, alphabet: &str, count: usize) -> String {
        let letters = alphabet.as_bytes();
        (0..count)
            .map(|_| char::from(letters[self.next(letters.len())]))
            .collect()
    }

    fn fill(&mut self, template: &str) -> String {
        const HEX: &str = "0123456789abcdef";
        const BASE64: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
        let words = ["shop", "orders", "payments", "web", "gateway", "catalog"];
        let mut text = String::new();
        let mut rest = template;
        while let Some((before, after)) = rest.split_once('{') {
            text.push_str(before);
            let (name, after) = after.split_once('}').unwrap_or((after, ""));
            let count = |kind: &str| name.strip_prefix(kind)?.parse().ok();
            if name == "n" {
                text.push_str(&(1 + self.next(4_000)).to_string());
            } else if name == "word" {
                text.push_str(words[self.next(words.len())]);
            } else if name == "uuid" {
                let parts: Vec<_> = [8, 4, 4, 4, 12].map(|it| self.letters(HEX, it)).into();
                text.push_str(&parts.join("-"));
            } else if let Some(count) = count("hex") {
                text.push_str(&self.letters(HEX, count));
            } else if let Some(count) = count("b") {
                text.push_str(&self.letters(BASE64, count));
            } else {
                text.push_str(&format!("{{{name}}}"));
            }
            rest = after;
        }
        text + rest
    }
}

#[test]
fn benign_lines_stay_as_they_are() {
    let scrub = Scrubber::new(
        Fingerprints::new([7; 32]),
        &BTreeMap::new(),
        &[],
        Emails::Keep,
    );
    let mut chance = Chance(0x9e37_79b9_7f4a_7c15);
    let mut changed = Vec::new();
    for number in 0..LINES {
        let template = TEMPLATES[number as usize % TEMPLATES.len()];
        let line = chance.fill(template);
        let clean = scrub.text("test", line.clone());
        if clean != line {
            // What identifies something is what the parts of the evidence are joined by.
            let identifies = ["arn:aws:", "sha256:", "with ID :"];
            let joins = identifies.iter().any(|part| line.contains(part));
            assert!(!joins, "{line}\n{clean}");
            changed.push(clean);
        }
    }
    println!("{} of {LINES} benign lines were changed", changed.len());
    let share = changed.len() as f64 / f64::from(LINES);
    assert!(
        share <= MOST,
        "{share}: {:#?}",
        &changed[..20.min(changed.len())]
    );
}
