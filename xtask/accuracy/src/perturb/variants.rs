//! Lines of applications that say the same in other words.

use std::sync::LazyLock;

use regex::Regex;

use super::dice::Dice;

/// A line, and lines that say the same. `${n}` is what was found.
struct Variant {
    line: &'static str,
    others: &'static [&'static str],
}

const VARIANTS: &[Variant] = &[
    Variant {
        line: r"^(?P<n>[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+) not set$",
        others: &[
            "${n} is not set",
            "Error: ${n} must be set",
            "environment variable ${n} is missing",
            "Missing required environment variable: ${n}",
            "required environment variable ${n} is not defined",
            "KeyError: '${n}'",
            "panic: ${n} environment variable is required",
        ],
    },
    Variant {
        line: r"^(?:Listening on http://|Server listening on http://)0\.0\.0\.0:(?P<p>\d+)$",
        others: &[
            "Server listening on port ${p}",
            "Server is running at http://0.0.0.0:${p}",
            "[2026-11-20 10:00:00 +0000] [1] [INFO] Listening at: http://0.0.0.0:${p} (1)",
            "INFO:     Uvicorn running on http://0.0.0.0:${p} (Press CTRL+C to quit)",
            "App listening on port ${p}!",
            "{\"level\":30,\"msg\":\"Server listening at http://0.0.0.0:${p}\"}",
            "Tomcat started on port ${p} (http) with context path '/'",
        ],
    },
    Variant {
        line: r"^INFO:     Uvicorn running on http://127\.0\.0\.1:(?P<p>\d+) \(Press CTRL\+C to quit\)$",
        others: &[
            " * Running on http://127.0.0.1:${p}",
            "[2026-11-20 10:00:00 +0000] [1] [INFO] Listening at: http://127.0.0.1:${p} (1)",
            "Server running at http://localhost:${p}/",
            "Starting development server at http://127.0.0.1:${p}/",
            "Now listening on: http://localhost:${p}",
        ],
    },
    Variant {
        line: r"^GET (?P<path>/\S*)(?: HTTP/1\.1)? (?P<s>\d{3})(?: in \d+ms)?$",
        others: &[
            "169.254.172.2 - - [20/Nov/2026:10:00:00 +0000] \"GET ${path} HTTP/1.1\" ${s} 22",
            "\"GET ${path} HTTP/1.1\" ${s} -",
            "GET ${path} ${s} 2.114 ms - 22",
            "INFO:     169.254.172.2:39054 - \"GET ${path} HTTP/1.1\" ${s}",
            "method=GET path=${path} status=${s} duration=3ms",
            "{\"method\":\"GET\",\"path\":\"${path}\",\"status\":${s}}",
        ],
    },
    Variant {
        line: r#"^INFO:     (?P<from>[\d.:]+) - "GET (?P<path>/\S*) HTTP/1\.1" (?P<s>\d{3})(?: [A-Z][A-Za-z ]+)?$"#,
        others: &[
            "${from} - - [20/Nov/2026:10:00:00 +0000] \"GET ${path} HTTP/1.1\" ${s} 22",
            "GET ${path} ${s} 2.114 ms - 22",
            "method=GET path=${path} status=${s} duration=3ms",
        ],
    },
    Variant {
        line: r"^Error: Cannot find module '\./(?P<m>[^']+)'$",
        others: &[
            "Error: Cannot find module '/app/${m}'",
            "Error [ERR_MODULE_NOT_FOUND]: Cannot find module '/app/${m}' imported from /app/server.js",
            "    code: 'MODULE_NOT_FOUND', Error: Cannot find module './${m}'",
        ],
    },
    Variant {
        line: r"^ModuleNotFoundError: No module named '(?P<m>[^']+)'$",
        others: &[
            "ImportError: No module named ${m}",
            "ModuleNotFoundError: No module named '${m}.routing'",
        ],
    },
    Variant {
        line: r"^FileNotFoundError: \[Errno 2\] No such file or directory: '(?P<f>[^']+)'$",
        others: &[
            "FileNotFoundError: [Errno 2] No such file or directory: '/app/${f}'",
            "IOError: [Errno 2] No such file or directory: '${f}'",
        ],
    },
    Variant {
        line: r#"^error: password authentication failed for user "(?P<u>[^"]+)"$"#,
        others: &[
            "FATAL:  password authentication failed for user \"${u}\"",
            "psycopg2.OperationalError: connection to server at \"database.example\", port 5432 failed: FATAL:  password authentication failed for user \"${u}\"",
            "ERROR 1045 (28000): Access denied for user '${u}'@'%' (using password: YES)",
        ],
    },
    Variant {
        line: r#"^error: no pg_hba\.conf entry for host "(?P<h>[^"]+)", user "(?P<u>[^"]+)", database "(?P<d>[^"]+)", no encryption$"#,
        others: &[
            "FATAL:  no pg_hba.conf entry for host \"${h}\", user \"${u}\", database \"${d}\", SSL off",
            "psycopg2.OperationalError: FATAL:  no pg_hba.conf entry for host \"${h}\", user \"${u}\", database \"${d}\", no encryption",
        ],
    },
    Variant {
        line: r#"^error: type "(?P<t>[^"]+)" already exists$"#,
        others: &[
            "ERROR:  relation \"${t}\" already exists",
            "psycopg2.errors.DuplicateObject: type \"${t}\" already exists",
            "PostgresError: type \"${t}\" already exists",
            "django.db.utils.ProgrammingError: relation \"${t}\" already exists",
        ],
    },
    Variant {
        line: r"^(?:ETIMEOUT|i/o timeout)$",
        others: &[
            "Error: connect ETIMEDOUT 203.0.113.20:5432",
            "dial tcp 203.0.113.20:5432: i/o timeout",
            "dial tcp 203.0.113.20:5432: connect: connection timed out",
            "psycopg2.OperationalError: connection to server at \"203.0.113.20\", port 5432 failed: Connection timed out",
            "com.mysql.cj.jdbc.exceptions.CommunicationsException: Communications link failure",
        ],
    },
    Variant {
        line: r#"^botocore\.exceptions\.ConnectTimeoutError: Connect timeout on endpoint URL: "(?P<u>[^"]+)"$"#,
        others: &[
            "botocore.exceptions.EndpointConnectionError: Could not connect to the endpoint URL: \"${u}\"",
            "botocore.exceptions.ReadTimeoutError: Read timeout on endpoint URL: \"${u}\"",
            "TimeoutError: Connection timed out after 60000ms: ${u}",
        ],
    },
    Variant {
        line: r"^SyntaxError: f-string: expecting '\}'$",
        others: &[
            "SyntaxError: f-string: unmatched '('",
            "SyntaxError: invalid syntax",
            "SyntaxError: unterminated f-string literal (detected at line 212)",
        ],
    },
    Variant {
        line: r"^sh: 0: cannot open (?P<f>\S+): No such file$",
        others: &[
            "/bin/sh: 0: Can't open ${f}",
            "sh: can't open '${f}': No such file or directory",
            "bash: ${f}: No such file or directory",
        ],
    },
    Variant {
        line: r"^run: 1: Syntax error: Unterminated quoted string$",
        others: &[
            "sh: 1: Syntax error: Unterminated quoted string",
            "-c: line 1: unexpected EOF while looking for matching `''",
            "sh: syntax error: unterminated quoted string",
        ],
    },
    Variant {
        line: r"^Error: connecting to Postgres$",
        others: &["could not connect to the database", "Error: pool: connect"],
    },
    Variant {
        line: r"^(?P<space>\s*)- (?P<what>Local|Network): (?P<u>http://\S+)$",
        others: &[
            "   - ${what}:        ${u}",
            "- ${what}:      ${u}",
            "  ➜  ${what}:   ${u}",
        ],
    },
    Variant {
        line: r"^▲ Next\.js \d+\.\d+\.\d+$",
        others: &[
            "   ▲ Next.js 14.2.5",
            "▲ Next.js 15.3.1",
            "▲ Next.js 16.1.0",
        ],
    },
    Variant {
        line: r"^Invariant: failed to start render worker Error: listen EADDRNOTAVAIL: address not available (?P<a>\S+)$",
        others: &[
            "Error: listen EADDRNOTAVAIL: address not available ${a}:3000",
            "Failed to start server Error: listen EADDRNOTAVAIL: address not available ${a}",
        ],
    },
    Variant {
        line: r"^\* Running on local URL:  http://0\.0\.0\.0:(?P<p>\d+)$",
        others: &[
            "Running on local URL:  http://0.0.0.0:${p}",
            "* Running on local URL:  http://0.0.0.0:${p}/",
        ],
    },
];

static PATTERNS: LazyLock<Vec<Regex>> = LazyLock::new(|| {
    VARIANTS
        .iter()
        .map(|it| Regex::new(it.line).expect("the patterns are fixed and tested"))
        .collect()
});

/// A block of lines with some of them in other words.
pub(super) fn block(text: &str, dice: &mut Dice) -> String {
    let mut out = String::with_capacity(text.len());
    for line in text.lines() {
        let (time, said) = timed(line);
        out.push_str(time);
        out.push_str(&other(said, dice));
        out.push('\n');
    }
    out
}

/// The time with its space, and what was said.
fn timed(line: &str) -> (&str, &str) {
    let is_time = |word: &str| {
        let digits = word.trim_start_matches('+');
        word.starts_with(|it: char| it == '+' || it.is_ascii_digit())
            && (word.contains(':') || word.starts_with('+'))
            && digits
                .chars()
                .all(|it| it.is_ascii_digit() || matches!(it, ':' | '.'))
    };
    match line.split_once(' ') {
        Some((word, _)) if is_time(word) => line.split_at(word.len() + 1),
        _ => ("", line),
    }
}

fn other(said: &str, dice: &mut Dice) -> String {
    // As it is in the report is one of the wordings too.
    let found = PATTERNS
        .iter()
        .zip(VARIANTS)
        .find_map(|(pattern, variant)| Some((pattern.captures(said)?, variant)));
    let Some((found, variant)) = found else {
        return said.to_owned();
    };
    let index = usize::try_from(dice.below(variant.others.len() as u64 + 1)).unwrap_or(0);
    let Some(template) = variant.others.get(index) else {
        return said.to_owned();
    };
    let mut line = String::new();
    found.expand(template, &mut line);
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_other_wording_keeps_what_was_found() {
        let line = "2:25 SHOP_DSN not set\n";
        let mut seen = std::collections::BTreeSet::new();
        for seed in 0..60 {
            let other = block(line, &mut Dice::new(seed, "test"));
            assert!(other.starts_with("2:25 "), "{other}");
            assert!(other.contains("SHOP_DSN"), "{other}");
            assert!(!other.contains("${"), "{other}");
            seen.insert(other);
        }
        assert_eq!(seen.len(), VARIANTS[0].others.len() + 1);
    }

    #[test]
    fn a_line_without_another_wording_stays() {
        let text = "1:00 hello\n  indented\n+2 one\n";
        assert_eq!(block(text, &mut Dice::new(1, "")), text);
    }

    #[test]
    fn no_template_names_what_its_pattern_does_not_find() {
        let name = Regex::new(r"\$\{(\w+)\}").expect("fixed");
        for (pattern, variant) in PATTERNS.iter().zip(VARIANTS) {
            let known: Vec<&str> = pattern.capture_names().flatten().collect();
            for other in variant.others {
                for found in name.captures_iter(other) {
                    assert!(known.contains(&&found[1]), "{other}");
                }
                assert_eq!(other.matches('$').count(), other.matches("${").count());
            }
        }
    }
}
