//! Small files, and a few larger ones, that ask their reader for far more memory or time.

use self::{
    Outcome::{Read, Refused},
    frames::{EMPTY_FRAME, SKIPPABLE_FRAME, frame, huge_window, repeated, run, skipped, stored},
};

mod frames;

/// A file that hurts a reader that is not careful.
pub struct Bomb {
    /// What it is made of.
    pub name: &'static str,
    /// What a careful reader does.
    pub outcome: Outcome,
    /// Makes the file.
    pub make: fn() -> Vec<u8>,
}

/// What a careful reader does with a bomb.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It gives up, and the error has these words.
    Refused(&'static str),
    /// It reads all there is, or all before the cut.
    Read,
}

/// What stands before the records of a bundle.
const HEAD: &str = concat!(
    r#"{"format":"apprunner-evidence","version":"1.0","manifest":"#,
    r#"{"tool":{"name":"apprunner-collector","version":"0.1.0"},"run_id":"0","#,
    r#""collected_at":"2026-11-20T12:00:00Z","target":{"account":"111122223333","#,
    r#""region":"us-east-1","service_name":"web","service_id":"8fe1","service_arn":"arn:aws:x"},"#,
    r#""windows":{"incidents":[],"recent":{"from":"2026-11-19T12:00:00Z","to":"2026-11-20T12:00:00Z"},"#,
    r#""extended":{"from":"2026-10-21T12:00:00Z","to":"2026-11-20T12:00:00Z"}},"#,
    r#""redaction":{"environment_values_withheld":true,"replaced":{}}},"records":["#,
);

/// A failed deployment, so that log lines have something to belong to.
const FAILED: &str = concat!(
    r#"{"id":1,"kind":"operation","operation_id":"17fe","type":"START_DEPLOYMENT","#,
    r#""status":"ROLLBACK_SUCCEEDED","target_arn":null,"started_at":"2026-11-20T10:00:00Z","#,
    r#""ended_at":"2026-11-20T10:30:00Z","updated_at":null}"#,
);

const TAIL: &str = r#"],"coverage":[]}"#;

/// As much as is worth a bomb.
const HUGE: u64 = 10 << 30;

/// More than one value may have.
const LARGE: usize = 20 << 20;

/// More than a bundle may have of records that are no log lines.
const MANY: usize = 300_000;

/// Every bomb.
pub const ALL: &[Bomb] = &[
    bomb("zeros", Refused("a value was expected"), || filled(b'\0')),
    bomb("spaces", Refused("larger than"), || filled(b' ')),
    bomb(
        "opening braces",
        Refused("a comma or the end was expected"),
        || {
            // A brace that no name follows is still one level deeper.
            [frame(HEAD.as_bytes()), frame(b"0"), run(b'{', HUGE)].concat()
        },
    ),
    bomb("nested objects", Refused("nests deeper"), || filled(b'{')),
    bomb("nested arrays", Refused("nests deeper"), || filled(b'[')),
    bomb("quotes", Refused("a comma or the end was expected"), || {
        filled(b'"')
    }),
    bomb("letters", Refused("a value was expected"), || filled(b'a')),
    bomb(
        "a number without end",
        Refused("a value was expected"),
        || filled(b'1'),
    ),
    bomb("commas", Refused("a value was expected"), || filled(b',')),
    bomb("a string without end", Refused("larger than"), || {
        [frame(HEAD.as_bytes()), frame(b"\""), run(b'a', HUGE)].concat()
    }),
    bomb(
        "a string of escapes without end",
        Refused("larger than"),
        || [frame(HEAD.as_bytes()), frame(b"\""), run(b'\\', HUGE)].concat(),
    ),
    bomb(
        "a string of escapes in bytes",
        Refused("larger than"),
        || {
            let mut text = HEAD.as_bytes().to_vec();
            text.push(b'"');
            text.resize(text.len() + LARGE, b'\\');
            text
        },
    ),
    bomb("a list without end", Refused("larger than"), || {
        [
            frame(format!("{HEAD}[").as_bytes()),
            repeated("0,", 1 << 20, 200),
        ]
        .concat()
    }),
    bomb("nested names and objects", Refused("nests deeper"), || {
        [frame(HEAD.as_bytes()), repeated("{\"a\":", 1 << 20, 100)].concat()
    }),
    bomb(
        "a name without end",
        Refused("a member name is too long"),
        || [frame(b"{\""), run(b'a', HUGE)].concat(),
    ),
    bomb(
        "a format without end",
        Refused("a short text was expected"),
        || [frame(b"{\"format\":\""), run(b'a', HUGE)].concat(),
    ),
    bomb(
        "unknown members without end",
        Refused("times its size"),
        || [frame(b"{"), repeated("\"a\":1,", 1 << 20, 4_000)].concat(),
    ),
    bomb(
        "white space between all tokens",
        Refused("times its size"),
        || {
            let gap = frame(&vec![b' '; 512 << 10]);
            let mut file = frame(HEAD.as_bytes());
            for token in ["{", "\"x\"", ":", "1", "}", ","].repeat(1_000) {
                file.extend(frame(token.as_bytes()));
                file.extend(&gap);
            }
            file
        },
    ),
    // What zstd is asked for.
    bomb(
        "a window of 2 GiB",
        Refused("a window of more than"),
        || huge_window(HEAD.as_bytes()),
    ),
    bomb(
        "a window of 2 GiB behind the head",
        Refused("a window of more than"),
        || [frame(HEAD.as_bytes()), huge_window(b"{}")].concat(),
    ),
    bomb(
        "millions of frames of a byte",
        Refused("zstd frames"),
        || [frame(HEAD.as_bytes()), stored(b" ").repeat(3_000_000)].concat(),
    ),
    bomb(
        "a string in frames of a byte",
        Refused("zstd frames"),
        || {
            let mut file = frame(format!("{HEAD}\"").as_bytes());
            file.extend(frame(&vec![b'\\'; 2 << 20]));
            file.extend(stored(b"\\").repeat(3_000_000));
            file
        },
    ),
    bomb("millions of empty frames", Refused("zstd frames"), || {
        [frame(HEAD.as_bytes()), EMPTY_FRAME.repeat(3_000_000)].concat()
    }),
    bomb(
        "millions of skippable frames",
        Refused("zstd frames"),
        || [SKIPPABLE_FRAME.repeat(3_000_000), frame(HEAD.as_bytes())].concat(),
    ),
    // Records without end.
    bomb(
        "records of nothing",
        Refused("that are no log lines"),
        || many("{}"),
    ),
    bomb(
        "records that are numbers",
        Refused("that are no log lines"),
        || many("0"),
    ),
    bomb(
        "records of one unknown kind",
        Refused("that are no log lines"),
        || many(r#"{"id":1,"kind":"hologram"}"#),
    ),
    bomb(
        "records of ever new kinds",
        Refused("that are no log lines"),
        || many_of(|number| format!(r#"{{"id":{number},"kind":"kind-{number}"}}"#)),
    ),
    bomb("identities", Refused("that are no log lines"), || {
        many(r#"{"id":1,"kind":"identity","account":"","arn":"","user_id":""}"#)
    }),
    bomb("operations", Refused("that are no log lines"), || {
        many(FAILED)
    }),
    bomb("operations, as many as may be", Read, || {
        listed(MANY - 60_000, |_| FAILED.to_owned())
    }),
    bomb("connections", Refused("that are no log lines"), || {
        many(
            r#"{"id":1,"kind":"connection","name":"","arn":"","provider_type":null,"status":"AVAILABLE","created_at":null}"#,
        )
    }),
    bomb("roles", Refused("that are no log lines"), || {
        many(
            r#"{"id":1,"kind":"role","arn":"","name":"","used_as":[],"attached_policies":[],"inline_policies":[]}"#,
        )
    }),
    bomb("images", Refused("that are no log lines"), || {
        many(
            r#"{"id":1,"kind":"image","repository":"","reference":"","digest":"","tags":[],"platforms":[]}"#,
        )
    }),
    bomb("metrics", Refused("that are no log lines"), || {
        many(
            r#"{"id":1,"kind":"metric","namespace":"","name":"","dimensions":{},"statistic":"","period_seconds":1,"points":[]}"#,
        )
    }),
    bomb("changes", Refused("that are no log lines"), || {
        many(&change("{}"))
    }),
    bomb("changes, as many as may be", Read, || {
        listed(MANY - 60_000, |_| change(r#"{"a":"b","c":{"d":[1,2]}}"#))
    }),
    bomb("log groups", Refused("that are no log lines"), || {
        many(r#"{"id":1,"kind":"log_group","name":""}"#)
    }),
    bomb("log streams", Refused("that are no log lines"), || {
        many_of(|number| {
            format!(
                r#"{{"id":1,"kind":"log_stream","group":"","name":"instance/{number}","created_at":"2026-11-20T10:00:00Z"}}"#
            )
        })
    }),
    bomb("log streams of long names", Read, || {
        listed(30_000, |number| {
            format!(
                r#"{{"id":1,"kind":"log_stream","group":"","name":"instance/{number:0900}","created_at":"2026-11-20T10:00:00Z"}}"#
            )
        })
    }),
    // Records as large as may be.
    bomb(
        "a change of tiny objects",
        Refused("bytes of memory"),
        || {
            listed(1, |_| {
                change(&format!("[{}0]", "{\"\":0},".repeat(1 << 18)))
            })
        },
    ),
    bomb("changes of tiny objects, as large as may be", Read, || {
        [
            frame(HEAD.as_bytes()),
            barely(&format!(
                "{},",
                change(&format!("[{}0]", "{\"\":0},".repeat(20_000)))
            ))
            .repeat(60),
            frame(format!("{FAILED}{TAIL}").as_bytes()),
        ]
        .concat()
    }),
    bomb("a change of numbers", Refused("bytes of memory"), || {
        listed(1, |_| change(&format!("[{}0]", "0,".repeat(1 << 20))))
    }),
    bomb("an image of tags", Refused("bytes of memory"), || {
        listed(1, |_| image(&"\"\",".repeat(1 << 20)))
    }),
    bomb("images of tags, as large as may be", Read, || {
        [
            frame(HEAD.as_bytes()),
            barely(&format!("{},", image(&"\"a\",".repeat(150_000)))).repeat(20),
            frame(format!("{FAILED}{TAIL}").as_bytes()),
        ]
        .concat()
    }),
    bomb("a metric of dimensions", Refused("bytes of memory"), || {
        listed(1, |_| metric(1 << 18))
    }),
    bomb("metrics of dimensions, as large as may be", Read, || {
        [
            frame(HEAD.as_bytes()),
            barely(&format!("{},", metric(120_000))).repeat(20),
            frame(format!("{FAILED}{TAIL}").as_bytes()),
        ]
        .concat()
    }),
    bomb("operations of long ids, as large as may be", Read, || {
        let long = FAILED.replace("17fe", &"\\u0041".repeat(1 << 20));
        [
            frame(HEAD.as_bytes()),
            barely(&format!("{long},")).repeat(12),
            frame(format!("{FAILED}{TAIL}").as_bytes()),
        ]
        .concat()
    }),
    bomb("one name a million times", Read, || {
        listed(1, |_| {
            let body = "\"message\":\"a\",".repeat(1_000_000);
            format!(r#"{{"id":1,"kind":"application_log",{body}"stream":""}}"#)
        })
    }),
    bomb("one unknown name a million times", Read, || {
        listed(1, |_| {
            line("x", "s", "m").replace(
                "\"stream\"",
                &format!("{}\"stream\"", "\"x\":1,".repeat(2_000_000)),
            )
        })
    }),
    bomb("an id that is a long string", Read, || {
        listed(1, |_| {
            format!(
                r#"{{"kind":"operation","id":"{}"}}"#,
                "\u{200b}".repeat(5 << 20)
            )
        })
    }),
    bomb("a kind that is a long string", Read, || {
        listed(1, |_| {
            format!(r#"{{"id":1,"kind":"{}"}}"#, "\\u0041".repeat(2 << 20))
        })
    }),
    // The other members.
    bomb(
        "a manifest of a long string",
        Refused("the member `manifest`"),
        || {
            HEAD.replace(
                "\"run_id\":\"0\"",
                &format!("\"run_id\":\"{}\"", "a".repeat(LARGE)),
            )
            .into_bytes()
        },
    ),
    bomb(
        "a manifest without end",
        Refused("the member `manifest`"),
        || [frame(b"{\"manifest\":\""), run(b'a', HUGE)].concat(),
    ),
    bomb(
        "a manifest of windows",
        Refused("the member `manifest`"),
        || {
            let window = r#"{"from":"2026-11-19T12:00:00Z","to":"2026-11-20T12:00:00Z"}"#;
            HEAD.replace(
                "\"incidents\":[]",
                &format!("\"incidents\":[{}]", commas(window, 200_000)),
            )
            .into_bytes()
        },
    ),
    bomb(
        "a manifest of detectors",
        Refused("the member `manifest`"),
        || {
            let detectors: Vec<String> = (0..200_000).map(|it| format!("\"{it}\":1")).collect();
            HEAD.replace(
                "\"replaced\":{}",
                &format!("\"replaced\":{{{}}}", detectors.join(",")),
            )
            .into_bytes()
        },
    ),
    bomb(
        "a ledger of many entries",
        Refused("the member `coverage`"),
        || {
            let entry = r#"{"source":"","status":"complete","calls":0,"records":0}"#;
            format!("{HEAD}],\"coverage\":[{}]}}", commas(entry, 500_000)).into_bytes()
        },
    ),
    bomb(
        "a ledger before the records",
        Refused("the member `coverage`"),
        || {
            let entry = r#"{"source":"","status":"complete","calls":0,"records":0}"#;
            HEAD.replace(
                "{\"format\"",
                &format!("{{\"coverage\":[{}],\"format\"", commas(entry, 500_000)),
            )
            .into_bytes()
        },
    ),
    bomb(
        "an entry of many intervals",
        Refused("the member `coverage`"),
        || {
            let span = r#"{"from":"2026-11-19T12:00:00Z","to":"2026-11-20T12:00:00Z"}"#;
            let entry = format!(
                r#"{{"source":"","status":"complete","calls":0,"records":0,"covered":[{}]}}"#,
                commas(span, 200_000)
            );
            format!("{HEAD}],\"coverage\":[{entry}]}}").into_bytes()
        },
    ),
    bomb(
        "an entry that is a long string",
        Refused("the member `coverage`"),
        || format!("{HEAD}],\"coverage\":[\"{}\"]}}", "a".repeat(LARGE)).into_bytes(),
    ),
    bomb(
        "a digest without end",
        Refused("a short text was expected"),
        || {
            [
                frame(format!("{HEAD}],\"digest\":\"").as_bytes()),
                run(b'a', HUGE),
            ]
            .concat()
        },
    ),
    // Log lines.
    bomb(
        "the same log line for 8 GiB",
        Refused("times its size"),
        || {
            let same = line(
                "instance/0",
                "2026-11-20T10:10:00Z",
                "Error: connect ECONNREFUSED",
            );
            [
                frame(format!("{HEAD}{FAILED},").as_bytes()),
                repeated(&format!("{same},"), 16 << 20, 512),
            ]
            .concat()
        },
    ),
    bomb("the shortest log lines", Refused("times its size"), || {
        [
            frame(format!("{HEAD}{FAILED},").as_bytes()),
            repeated(
                &format!("{},", line("", "2026-11-20T10:10:00Z", "")),
                4 << 20,
                2_000,
            ),
        ]
        .concat()
    }),
    bomb("a log line as long as may be", Read, || {
        logged(&"a".repeat(16_000_000))
    }),
    bomb("a log line of words as long as may be", Read, || {
        logged(&"listening on port ".repeat(900_000))
    }),
    bomb("a log line of escapes as long as may be", Read, || {
        logged(&"\\\\".repeat(8_200_000))
    }),
    bomb("a log line of escapes and the largest window", Read, || {
        let mut text = format!("{HEAD}{FAILED},").into_bytes();
        text.resize(9 << 20, b' ');
        text.extend(
            line(
                "instance/0",
                "2026-11-20T10:10:00Z",
                &"\\n".repeat(8_200_000),
            )
            .bytes(),
        );
        text.extend(TAIL.bytes());
        zstd::encode_all(&text[..], 19).expect("memory takes all")
    }),
    bomb("log lines of a mebibyte", Refused("times its size"), || {
        let long = line(
            "instance/0",
            "2026-11-20T10:10:00Z",
            &"error connect to database ".repeat(40_000),
        );
        [
            frame(format!("{HEAD}{FAILED},").as_bytes()),
            frame(format!("{long},").as_bytes()).repeat(2_000),
        ]
        .concat()
    }),
    bomb("log lines of ever new streams", Read, || {
        let mut all = vec![FAILED.to_owned()];
        all.extend((0..60_000).map(|number| {
            line(
                &format!("instance/{number:0500}"),
                "2026-11-20T10:10:00Z",
                "x",
            )
        }));
        format!("{HEAD}{}{TAIL}", all.join(",")).into_bytes()
    }),
    bomb("platform lines as long as may be", Read, || {
        let reason = "é".repeat(2_000);
        platform(6_000, "deployment/17fe", |number| {
            format!("[AppRunner] Deployment with ID : {number} failed. Failure reason : {reason}")
        })
    }),
    bomb("a platform line of 15 MB", Read, || {
        platform(1, "events", |_| {
            format!("[AppRunner] {}", "a ".repeat(7_500_000))
        })
    }),
    bomb("build output of ever new streams", Read, || {
        let mut all = vec![FAILED.to_owned()];
        all.extend((0..40_000).map(|number| {
            line(
                &format!("deployment/{}", number / 70),
                "2026-11-20T10:10:00Z",
                &format!("[Build] {}", "é".repeat(400)),
            )
            .replace("application_log", "service_log")
        }));
        format!("{HEAD}{}{TAIL}", all.join(",")).into_bytes()
    }),
    // Cut.
    bomb("the same log line, cut", Read, || {
        let same = line(
            "instance/0",
            "2026-11-20T10:10:00Z",
            "Error: connect ECONNREFUSED",
        );
        let mut file = [
            frame(format!("{HEAD}{FAILED},").as_bytes()),
            repeated(&format!("{same},"), 16 << 20, 1),
        ]
        .concat();
        file.truncate(file.len() - 5);
        file
    }),
    bomb("a string without end, cut", Read, || {
        let mut file = [frame(HEAD.as_bytes()), frame(b"\""), run(b'a', 12 << 20)].concat();
        file.truncate(file.len() - 7);
        file
    }),
    bomb("changes of tiny objects, cut", Read, || {
        let mut file = [
            frame(HEAD.as_bytes()),
            barely(&format!(
                "{},",
                change(&format!("[{}0]", "{\"\":0},".repeat(20_000)))
            ))
            .repeat(60),
        ]
        .concat();
        file.truncate(file.len() - 3);
        file
    }),
];

const fn bomb(name: &'static str, outcome: Outcome, make: fn() -> Vec<u8>) -> Bomb {
    Bomb {
        name,
        outcome,
        make,
    }
}

/// A bundle whose records are one byte again and again.
fn filled(byte: u8) -> Vec<u8> {
    [frame(HEAD.as_bytes()), run(byte, HUGE)].concat()
}

/// A plain bundle of so many records.
fn listed(count: usize, record: impl FnMut(usize) -> String) -> Vec<u8> {
    let records: Vec<String> = (0..count).map(record).collect();
    format!("{HEAD}{}{TAIL}", records.join(",\n")).into_bytes()
}

/// More of one record than there may be. It is not compressed, so that it ends by their number.
fn many(record: &str) -> Vec<u8> {
    many_of(|_| record.to_owned())
}

fn many_of(record: impl FnMut(usize) -> String) -> Vec<u8> {
    listed(MANY, record)
}

/// A frame of this text that is large enough for its text not to look made for that.
fn barely(text: &str) -> Vec<u8> {
    let mut file = frame(text.as_bytes());
    let wanted = text.len() / 900;
    if file.len() < wanted {
        let filler = vec![0; wanted - file.len()];
        file.extend(skipped(&filler));
    }
    file
}

fn commas(item: &str, count: usize) -> String {
    vec![item; count].join(",")
}

fn change(parameters: &str) -> String {
    format!(
        r#"{{"id":1,"kind":"change","event_id":"","time":"2026-11-20T10:00:00Z","event_source":"","event_name":"","resources":[],"request_parameters":{parameters}}}"#
    )
}

fn image(tags: &str) -> String {
    format!(
        r#"{{"id":1,"kind":"image","repository":"","reference":"","digest":"","tags":[{tags}""],"platforms":[]}}"#
    )
}

fn metric(dimensions: usize) -> String {
    let dimensions: Vec<String> = (0..dimensions)
        .map(|it| format!("\"{it:x}\":\"\""))
        .collect();
    format!(
        r#"{{"id":1,"kind":"metric","namespace":"","name":"","dimensions":{{{}}},"statistic":"","period_seconds":1,"points":[]}}"#,
        dimensions.join(",")
    )
}

fn line(stream: &str, time: &str, message: &str) -> String {
    format!(
        r#"{{"id":2,"kind":"application_log","time":"{time}","service_id":"8fe1","stream":"{stream}","message":"{message}"}}"#
    )
}

/// A bundle of a failed deployment and one log line.
fn logged(message: &str) -> Vec<u8> {
    let line = line("instance/0", "2026-11-20T10:10:00Z", message);
    let text = format!("{HEAD}{FAILED},{line}{TAIL}");
    frame(text.as_bytes())
}

fn platform(count: usize, stream: &str, message: impl Fn(usize) -> String) -> Vec<u8> {
    let mut all = vec![FAILED.to_owned()];
    all.extend((0..count).map(|number| {
        line(stream, "2026-11-20T10:10:00Z", &message(number))
            .replace("application_log", "service_log")
    }));
    format!("{HEAD}{}{TAIL}", all.join(",")).into_bytes()
}
