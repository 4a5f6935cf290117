//! How long the analyzer takes for a very large bundle, against unpacking and counting its lines.

use std::{
    fs::{self, File},
    io::BufWriter,
    path::Path,
    process::Command,
    time::Duration,
};

use evidence_schema::{
    Body, Encoding, Limits, Reader, Writer,
    record::{Kind, LogLine},
};

use crate::{
    Result, measure,
    programs::{self, Build},
    workspace,
};

/// The committed bundle that gets the lines.
const SAMPLE: &str = "samples/bundles/port-mismatch.json";

/// How often both are measured, in turn.
const TIMES: usize = 3;

pub(crate) fn run(lines: u64) -> Result {
    let analyzer = programs::build_analyzer(Build::Release)?;
    let bundle = workspace::root().join("target/speed.evidence.json.zst");
    write(&bundle, lines)?;
    let size = fs::metadata(&bundle)?.len() as f64 / 1e6;
    println!("{lines} application log lines, {size:.1} MB");
    for _ in 0..TIMES {
        let mut count = Command::new("sh");
        count.args(["-c", "zstd -dc \"$0\" | wc -l"]).arg(&bundle);
        let counted = measure::run(&mut count)?;
        let analyzed = measure::run(Command::new(&analyzer).arg("analyze").arg(&bundle))?;
        println!(
            "counted in {:.2} s; analyzer: {analyzed}, {:.2} s of processor, {:.1} times as long",
            counted.wall.as_secs_f64(),
            analyzed.processor.unwrap_or_default().as_secs_f64(),
            analyzed.wall.as_secs_f64() / counted.wall.as_secs_f64(),
        );
    }
    Ok(())
}

/// The sample, with many lines that its new instance wrote.
fn write(path: &Path, lines: u64) -> Result {
    let sample = File::open(workspace::root().join(SAMPLE))?;
    let mut reader = Reader::open(sample, Limits::default())?;
    let manifest = reader.manifest().clone();
    let mut out = Writer::new(
        BufWriter::new(File::create(path)?),
        Encoding::Zstd,
        &manifest,
    )?;
    let mut last = None;
    for record in &mut reader {
        let body = record?.body;
        if body.kind() > Kind::ApplicationLog {
            continue;
        }
        out.record(&body)?;
        if let Body::ApplicationLog(line) = body {
            last = Some(line);
        }
    }
    let last = last.ok_or("the sample has no line of an application")?;
    let mut random = Random(1);
    for number in 0..lines {
        // Thirty lines a millisecond, so that all are written while the deployment goes on.
        let time = last.time + Duration::from_millis(number / 30);
        out.record(&Body::ApplicationLog(LogLine {
            time,
            ingested_at: Some(time),
            message: message(&mut random),
            ..last.clone()
        }))?;
    }
    out.finish(&reader.ending().coverage)?;
    Ok(())
}

/// A line as applications write them, about 120 bytes long.
fn message(random: &mut Random) -> String {
    let (id, number, status) = (random.next(), random.next() % 100_000, [200, 201, 304, 404]);
    let status = status[number as usize % status.len()];
    match random.next() % 6 {
        0 => format!(
            "10.0.{}.{} - - \"GET /api/orders/{number}?session={id:016x} HTTP/1.1\" {status} {} \"-\" \"Mozilla/5.0 (X11; Linux x86_64)\"",
            number % 256,
            id % 256,
            id % 9_000
        ),
        1 => format!(
            "{{\"level\":30,\"pid\":1,\"reqId\":\"{id:016x}\",\"req\":{{\"method\":\"GET\",\"url\":\"/items/{number}\"}},\"res\":{{\"statusCode\":{status}}},\"msg\":\"request completed\"}}"
        ),
        2 => format!(
            "INFO  request completed method=GET path=/api/items/{number} status={status} duration={}ms trace={id:016x} user={}",
            id % 900,
            id % 70_000
        ),
        3 => format!(
            "    at OrderService.load (/app/dist/src/modules/orders/orders.service.js:{}:{}) [request {id:016x}, order {number}]",
            number % 900,
            id % 80
        ),
        4 => format!(
            "DEBUG sqlalchemy.engine.Engine SELECT users.id, users.name FROM users WHERE users.id = {number} AND token = '{id:016x}'"
        ),
        _ => format!(
            "cache hit ratio 0.{number:05} after {} lookups in region {id:016x}, nothing else to report about this minute",
            id % 7_000
        ),
    }
}

/// Numbers without a pattern that zstd would find; the same in every run.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }
}
