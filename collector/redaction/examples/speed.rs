//! How long scrubbing takes beside writing: `cargo run --release -p redaction --example speed`.

use std::{
    collections::{BTreeMap, BTreeSet},
    env, io,
    time::{Duration, Instant},
};

use chrono::{DateTime, TimeDelta};
use evidence_schema::{
    Body, Encoding, Interval, Manifest, Time, Writer,
    manifest::{Redaction, Target, Tool, Windows},
    record::LogLine,
    write::Line,
};
use redaction::{Emails, Fingerprints, LeakScan, Scrubber};

/// Lines as servers, builds and crashes write them; `{n}` is a number that goes on, `{h}` one in
/// hex. Only the last one holds a secret.
const LINES: &[&str] = &[
    "10.0.{n}.7 - - [20/Nov/2026:10:00:01 +0000] \"GET /api/v1/orders/{n}?page=2&sort=asc HTTP/1.1\" 200 {n} \"-\" \"Mozilla/5.0 (X11; Linux x86_64)\"",
    "{\"level\":\"info\",\"time\":\"2026-11-20T10:00:01.123Z\",\"request_id\":\"{h}-4f5e-4d3c-8b2a-{h}{h}\",\"msg\":\"request completed\",\"status\":200,\"ms\":{n}}",
    "2026-11-20 10:00:01.123  INFO 1 --- [nio-8080-exec-{n}] c.e.shop.orders.OrderController          : Loaded {n} orders in 12 ms",
    "\tat org.springframework.web.servlet.FrameworkServlet.service(FrameworkServlet.java:{n})",
    "    at Layer.handle [as handle_request] (/usr/src/app/node_modules/express/lib/router/layer.js:{n}:5)",
    "[2026-11-20T10:00:01Z DEBUG hyper::proto::h1::io] flushed {n} bytes",
    "INFO:     10.0.{n}.9:53412 - \"POST /orders HTTP/1.1\" 201 Created",
    "  File \"/app/.venv/lib/python3.11/site-packages/sqlalchemy/engine/base.py\", line {n}, in _execute_context",
    "npm http fetch GET 200 /express/-/express-4.{n}.2.tgz 812ms (cache miss)",
    "#8 sha256:{h}{h}{h}{h}{h}{h}{h}{h} 3.14MB / 3.14MB {n}.1s done",
    "Executing (default): SELECT \"id\", \"name\", \"price\" FROM \"products\" AS \"Product\" WHERE \"Product\".\"id\" = {n};",
    "[Build] Step {n}/12 : RUN npm ci --no-audit",
    "worker {n}: heartbeat ok, queue depth {n}, lag 0.{n} s",
    "GET /search?q=caf%C3%A9%20au%20lait&page={n} 200 in 35 ms",
    "{\"event\":\"cart\",\"payload\":\"{\\\"items\\\":[{\\\"sku\\\":\\\"A-{n}\\\",\\\"qty\\\":2}]}\",\"trace\":\"Root=1-{h}-{h}{h}{h}\"}",
    "Started GET \"/products/{n}\" for 10.0.0.{n} at 2026-11-20 10:00:01 +0000",
    "GC(12) Pause Young (Normal) (G1 Evacuation Pause) {n}M->{n}M(512M) 3.{n}ms",
    "warn: Microsoft.AspNetCore.DataProtection[{n}] Storing keys in a directory that may not be persisted outside of the container.",
    "time=\"2026-11-20T10:00:01Z\" level=info msg=\"handled request\" method=GET path=/healthz status=200 duration={n}us",
    "x-amzn-trace-id: Root=1-{h}-{h}{h}{h} x-amzn-requestid: {h}-4f5e-4d3c-8b2a-{h}{h}",
    "Connection pool stats: total={n} idle={n} waiting=0",
    "User {n} logged in from 10.0.3.{n}",
    "DEBUG token bucket: {n} tokens left, refill in 12 ms",
    "cache hit ratio 0.{n} for key product:{n}:details",
    "connecting to postgres://web:Zx9{h}q@db.internal:5432/shop with Authorization: Bearer {h}{h}{h}{h}",
];

fn main() {
    let count: u64 = env::args()
        .nth(1)
        .map_or(500_000, |it| it.parse().expect("a number of lines"));
    measure("no line holds a secret", count, &LINES[..LINES.len() - 1]);
    measure("one line of twenty-five holds two secrets", count, LINES);
}

fn measure(what: &str, count: u64, lines: &[&str]) {
    let bodies: Vec<Body> = (0..count).map(|number| body(number, lines)).collect();
    let bytes: usize = bodies.iter().map(|it| Line::of(it).as_str().len()).sum();
    let values = [
        ("DATABASE_URL", "postgres://shop:0a1B2c3D4e5F@db/shop"),
        ("STAGE", "production"),
    ];
    let values: BTreeMap<_, _> = values
        .iter()
        .map(|(name, value)| ((*name).to_owned(), BTreeSet::from([(*value).to_owned()])))
        .collect();
    let scrubber = Scrubber::new(Fingerprints::new([7; 32]), &values, &[], Emails::Keep);
    let scan = LeakScan::new(scrubber.known());
    let (mut plain, mut both, mut read) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..5 {
        plain.push(written(&bodies, |body| body));
        both.push(written(&bodies, |body| {
            scrubber.body("application-log", body).expect("a record")
        }));
        let lines: Vec<_> = bodies
            .iter()
            .map(|it| {
                scrubber
                    .body("application-log", it.clone())
                    .expect("a record")
            })
            .map(|it| format!("{{{}", Line::of(&it).as_str()))
            .collect();
        let begun = Instant::now();
        let leaks = lines.iter().filter(|it| scan.line(it).is_some()).count();
        read.push(begun.elapsed());
        assert_eq!(leaks, 0, "the scan finds nothing that the scrubber left");
    }
    let (plain, both, read) = (median(plain), median(both), median(read));
    println!(
        "{what}: {count} log lines, {:.1} MB of text, medians of 5",
        bytes as f64 / 1e6
    );
    println!("written without scrubbing    {:.2} s", plain.as_secs_f64());
    println!(
        "scrubbed and written         {:.2} s, {:.2} × as long",
        both.as_secs_f64(),
        both.as_secs_f64() / plain.as_secs_f64()
    );
    let alone = both.saturating_sub(plain);
    println!(
        "the scrubbing of it          {:.2} s, {:.0} MB/s",
        alone.as_secs_f64(),
        bytes as f64 / 1e6 / alone.as_secs_f64()
    );
    println!("read back by the leak scan   {:.2} s", read.as_secs_f64());
}

fn body(number: u64, lines: &[&str]) -> Body {
    let line = lines[usize::try_from(number).expect("it fits") % lines.len()];
    let hex = format!("{:08x}", (number as u32).wrapping_mul(0x9e37_79b9));
    Body::ApplicationLog(LogLine {
        time: DateTime::UNIX_EPOCH
            + TimeDelta::milliseconds(i64::try_from(number).expect("it fits")),
        service_id: "0123456789abcdef0123456789abcdef".to_owned(),
        stream: "instance/0123456789abcdef0123456789abcdef".to_owned(),
        ingested_at: None,
        message: line
            .replace("{n}", &(number % 997).to_string())
            .replace("{h}", &hex),
    })
}

/// How long a bundle takes to be written, compressed, to nowhere.
fn written(bodies: &[Body], mut clean: impl FnMut(Body) -> Body) -> Duration {
    let bodies = bodies.to_vec();
    let begun = Instant::now();
    let mut writer = Writer::new(io::sink(), Encoding::Zstd, &manifest()).expect("a writer");
    for body in bodies {
        writer.record(&clean(body)).expect("nothing fails");
    }
    writer.finish(&[]).expect("nothing fails");
    begun.elapsed()
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

fn manifest() -> Manifest {
    let now: Time = DateTime::UNIX_EPOCH;
    let window = Interval { from: now, to: now };
    let none = String::new;
    Manifest {
        tool: Tool {
            name: none(),
            version: none(),
        },
        run_id: none(),
        collected_at: now,
        clock: None,
        target: Target {
            account: none(),
            region: none(),
            service_name: none(),
            service_id: none(),
            service_arn: none(),
        },
        windows: Windows {
            incidents: vec![],
            recent: window,
            extended: window,
        },
        redaction: Redaction::default(),
    }
}
