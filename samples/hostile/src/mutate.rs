//! Bundles that somebody damaged: bytes by chance, and values by those that hurt.

use serde_json::Value;

/// What breaks parsers more often than other bytes.
const PIECES: &[&[u8]] = &[
    b"\"",
    b"{",
    b"}",
    b"[",
    b"]",
    b"\\",
    b"\\u0000",
    b"\\ud800",
    b",",
    b":",
    b"null",
    b"1e999",
    b"-0",
    b"99999999999999999999",
    b"\xff\xfe",
    b"\0",
    b"[[[[[[[[[[[[[[[[",
    b"\"kind\":\"x\",",
    b"\x28\xb5\x2f\xfd",
    b"\n",
];

/// Strings that are valid everywhere and expected nowhere.
const STRINGS: &[&str] = &[
    "",
    " ",
    "\0",
    "\u{1b}[31mred\u{1b}]0;title\u{7}",
    "\u{202e}\u{2066}backwards",
    "\r\n\r\n",
    "../../../etc/passwd",
    "/dev/zero",
    "<script>alert(1)</script>",
    "'; drop table bundles; --",
    "$(reboot) `reboot` \"",
    "{} {0} {:?} %s %n",
    "é☃😀\u{301}\u{301}\u{301}",
    "\u{fffd}\u{feff}\u{200b}",
    "arn:aws:iam::111122223333:role/",
    "arn:::::::",
    "://///@:",
    "-1",
    "99999999999999999999999999",
    "65536",
    "ROLLBACK_SUCCEEDED",
    "FAILED",
    "instance/",
    "[AppRunner] Deployment with ID :  failed. Failure reason : ",
    "[AppRunner] Health check failed on protocol `HTTP`[Path: '/'], [Port: '99999'].",
    "{\"Statement\":{\"Effect\":\"Deny\",\"Action\":\"*\",\"Resource\":[]}}",
    "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[",
];

/// Times at the ends of what the types can hold, and in an order that nobody expects.
const TIMES: &[&str] = &[
    "-262143-01-01T00:00:00Z",
    "+262142-12-31T23:59:59.999999999Z",
    "0000-01-01T00:00:00Z",
    "1969-12-31T23:59:59Z",
    "1970-01-01T00:00:00Z",
    "2016-12-31T23:59:60Z",
    "2026-11-20T10:00:00.000000001+23:59",
    "9999-12-31T23:59:59Z",
    "2026-02-30T00:00:00Z",
];

/// Numbers at the ends of what the types can hold.
const NUMBERS: &[&str] = &[
    "0",
    "-1",
    "1",
    "65535",
    "65536",
    "2147483647",
    "-2147483648",
    "9223372036854775807",
    "-9223372036854775808",
    "18446744073709551615",
    "1.7976931348623157e308",
    "-1e-308",
];

/// Numbers by chance, the same in every run.
pub struct Chance(u64);

impl Chance {
    /// Another seed gives other numbers.
    pub fn new(seed: u64) -> Self {
        Self(seed.max(1))
    }

    /// A number below `below`.
    pub fn below(&mut self, below: usize) -> usize {
        // xorshift, which is enough to choose places.
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % below.max(1) as u64).expect("it is below")
    }

    /// One of these.
    fn of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())]
    }

    /// Changes a few bytes, whatever they mean.
    pub fn damage(&mut self, bytes: &mut Vec<u8>) {
        for _ in 0..=self.below(3) {
            if bytes.is_empty() {
                return;
            }
            let at = self.below(bytes.len());
            match self.below(6) {
                0 => bytes[at] ^= 1 << self.below(8),
                1 => bytes[at] = u8::try_from(self.below(256)).expect("a byte"),
                2 => {
                    let piece = self.of(PIECES);
                    bytes.splice(at..at, piece.iter().copied());
                }
                3 => {
                    let end = (at + 1 + self.below(40)).min(bytes.len());
                    bytes.drain(at..end);
                }
                4 => {
                    let end = (at + 1 + self.below(200)).min(bytes.len());
                    let copy = bytes[at..end].to_vec();
                    let to = self.below(bytes.len());
                    bytes.splice(to..to, copy);
                }
                _ => bytes.truncate(at),
            }
        }
    }

    /// Changes one value within `value`, mostly to another of its type.
    pub fn distort(&mut self, value: &mut Value) {
        let deeper = self.below(8) > 0;
        match value {
            Value::Object(members) if deeper && !members.is_empty() => {
                let at = self.below(members.len());
                let name = members.keys().nth(at).expect("it is below").clone();
                if self.below(16) == 0 {
                    members.remove(&name);
                    return;
                }
                self.distort(members.get_mut(&name).expect("it has that name"));
            }
            Value::Array(items) if deeper && !items.is_empty() => {
                let at = self.below(items.len());
                match self.below(16) {
                    0 => drop(items.remove(at)),
                    1 => items.push(items[at].clone()),
                    _ => self.distort(&mut items[at]),
                }
            }
            _ => *value = self.other(value),
        }
    }

    fn other(&mut self, value: &Value) -> Value {
        let number = |text: &str| serde_json::from_str(text).expect("a number");
        match (value, self.below(10)) {
            (_, 0) => match self.below(5) {
                0 => Value::Null,
                1 => Value::Bool(true),
                2 => number(self.of(NUMBERS)),
                3 => Value::Array(vec![]),
                _ => Value::Object(serde_json::Map::new()),
            },
            (Value::String(text), _) if looks_like_a_time(text) => self.of(TIMES).into(),
            (Value::String(_), 1) => self.of(STRINGS).repeat(1 + self.below(2_000)).into(),
            (Value::String(text), 2 | 3) => {
                let at = text.floor_char_boundary(self.below(text.len() + 1));
                format!("{}{}{}", &text[..at], self.of(STRINGS), &text[at..]).into()
            }
            (Value::String(text), 4) => text[..text.floor_char_boundary(text.len() / 2)].into(),
            (Value::Number(_), _) => number(self.of(NUMBERS)),
            (Value::Bool(it), _) => Value::Bool(!it),
            (Value::Null, _) | (Value::String(_), _) => self.of(STRINGS).into(),
            (other, _) => other.clone(),
        }
    }
}

fn looks_like_a_time(text: &str) -> bool {
    text.len() >= 20 && text.as_bytes()[4] == b'-' && text.ends_with('Z')
}

/// A bundle, taken apart so that it can be put together again with other values.
pub struct Bundle {
    manifest: Value,
    records: Vec<Value>,
    coverage: Vec<Value>,
    /// The records as text, for those that stay as they are.
    lines: Vec<String>,
}

impl Bundle {
    /// Takes the text of a bundle apart.
    ///
    /// # Panics
    ///
    /// When it is no bundle.
    pub fn parse(text: &[u8]) -> Self {
        let mut document: Value = serde_json::from_slice(text).expect("a bundle is JSON");
        let mut list = |name: &str| match document[name].take() {
            Value::Array(items) => items,
            _ => panic!("a bundle has {name}"),
        };
        let records = list("records");
        Self {
            coverage: list("coverage"),
            lines: records.iter().map(Value::to_string).collect(),
            manifest: document["manifest"].take(),
            records,
        }
    }

    /// The text of a bundle that differs in a few values.
    pub fn distorted(&self, chance: &mut Chance) -> Vec<u8> {
        let mut lines: Vec<&str> = self.lines.iter().map(String::as_str).collect();
        let mut changed = Vec::new();
        for _ in 0..=chance.below(6) {
            let at = chance.below(lines.len());
            match chance.below(12) {
                0 if lines.len() > 1 => drop(lines.remove(at)),
                1 => lines.insert(chance.below(lines.len()), lines[at]),
                2 => {
                    let other = chance.below(lines.len());
                    lines.swap(at, other);
                }
                _ => {
                    let at = chance.below(self.records.len());
                    let mut record = self.records[at].clone();
                    chance.distort(&mut record);
                    changed.push((at, record.to_string()));
                }
            }
        }
        for (at, line) in &changed {
            let last = lines.len() - 1;
            lines[(*at).min(last)] = line;
        }
        let mut manifest = self.manifest.clone();
        if chance.below(6) == 0 {
            chance.distort(&mut manifest);
        }
        let mut coverage = Value::Array(self.coverage.clone());
        for _ in 0..chance.below(3) {
            chance.distort(&mut coverage);
        }
        format!(
            "{{\"format\":\"apprunner-evidence\",\"version\":\"1.0\",\"manifest\":{manifest},\
             \"records\":[{}],\"coverage\":{coverage}}}",
            lines.join(",\n")
        )
        .into_bytes()
    }
}
