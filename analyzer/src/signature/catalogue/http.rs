//! Answers to requests.

use super::{Family, Signature};

pub(super) const SIGNATURES: &[Signature] = &[
    Signature {
        id: "common-log",
        family: Family::HttpAnswer,
        needs: &["\"get /", "\"head /"],
        pattern: r#""(?:GET|HEAD) (?P<path>/[^ "?]*)(?:[ ?][^"]*)?"\s+(?P<status>[1-5]\d\d)\b"#,
        implies: &[],
        writer: "nginx, Apache, uvicorn, gunicorn",
        example: "169.254.175.249:34606 - \"GET /health HTTP/1.1\" 404 Not Found",
        look_alike: "\"POST /health HTTP/1.1\" 404",
    },
    Signature {
        id: "short-log",
        family: Family::HttpAnswer,
        needs: &[" get /", " head /"],
        pattern: r"(?:^|\s)(?:GET|HEAD) (?P<path>/[^?\s]*)(?:\?\S*)? (?:HTTP/[\d.]+ )?(?:-> |responded )?(?P<status>[1-5]\d\d)\b",
        implies: &[],
        writer: "morgan, Next.js, Serilog, Rails-like",
        example: "GET /health 401 2.114 ms - 12",
        look_alike: "GET /health took 404 ms",
    },
    Signature {
        id: "dash-log",
        family: Family::HttpAnswer,
        needs: &[" get /", " head /"],
        pattern: r"(?:^|\s)(?:GET|HEAD) (?P<path>/[^?\s]*)(?:\?\S*)?(?: HTTP/[\d.]+)? - (?P<status>[1-5]\d\d)(?: [A-Z]| -|$)",
        implies: &[],
        writer: "hand-written middleware",
        example: "GET /health - 404 Not Found - 1ms",
        look_alike: "GET /health - 404 ms",
    },
    Signature {
        id: "json-log",
        family: Family::HttpAnswer,
        needs: &["\"method\":"],
        pattern: r#""method":\s*"(?:GET|HEAD)"
"status(?:_?[cC]ode)?":\s*(?P<status>[1-5]\d\d)\b
"(?:url|path|uri)":\s*"(?P<path>/[^"?]*)"#,
        implies: &[],
        writer: "pino, Caddy, zap, Bunyan",
        example: "{\"req\":{\"method\":\"GET\",\"url\":\"/health\"},\"res\":{\"statusCode\":404},\"msg\":\"request completed\"}",
        look_alike: "{\"method\":\"POST\",\"url\":\"/health\",\"status\":404}",
    },
    Signature {
        id: "chi-log",
        family: Family::HttpAnswer,
        needs: &["\" from "],
        pattern: r#""(?:GET|HEAD) https?://[^/"\s]+(?P<path>/[^\s"?]*)[^"]*" from \S+ - (?P<status>[1-5]\d\d)\b"#,
        implies: &[],
        writer: "chi",
        example: "2026/11/20 10:00:00 \"GET http://10.0.31.7:8080/health HTTP/1.1\" from 169.254.172.2:40112 - 404 19B in 20.1µs",
        look_alike: "\"POST http://10.0.31.7:8080/health HTTP/1.1\" from 169.254.172.2:40112 - 404 19B",
    },
    Signature {
        id: "gin-log",
        family: Family::HttpAnswer,
        needs: &["[gin]"],
        pattern: r#"\[GIN\] [^|\n]+\|\s*(?P<status>[1-5]\d\d)\s*\|[^\n]*\|\s*(?:GET|HEAD)\s+"(?P<path>/[^"?]*)"#,
        implies: &[],
        writer: "Gin",
        example: "[GIN] 2026/11/20 - 10:00:00 | 404 |       1.2µs |  169.254.175.249 | GET      \"/health\"",
        look_alike: "[GIN] 2026/11/20 - 10:00:00 | 404 | 1 s | 10.0.0.1 | POST \"/health\"",
    },
    Signature {
        id: "logfmt-log",
        family: Family::HttpAnswer,
        needs: &["method=get", "method=head", "method=\"get", "method=\"head"],
        pattern: r#"\bmethod="?(?:GET|HEAD)\b
\bstatus(?:_?code)?="?(?P<status>[1-5]\d\d)\b
\b(?:path|uri|url)="?(?P<path>/[^\s"?]*)"#,
        implies: &[],
        writer: "Lograge, slog and other writers of logfmt",
        example: "method=GET path=/health format=html controller=App action=index status=404 duration=1.2",
        look_alike: "method=POST path=/health status=404",
    },
    Signature {
        id: "kestrel-log",
        family: Family::HttpAnswer,
        needs: &["request finished http"],
        pattern: r"Request finished HTTP/[\d.]+ (?:GET|HEAD) https?://[^/\s]+(?P<path>/[^\s?]*)\S* (?:\S+ ){0,3}?- (?P<status>[1-5]\d\d)\b",
        implies: &[],
        writer: ".NET",
        example: "Request finished HTTP/1.1 GET http://10.0.0.1:8080/health - 404 0 - 1.2ms",
        look_alike: "Request finished HTTP/1.1 POST http://10.0.0.1:8080/health - 404",
    },
];
