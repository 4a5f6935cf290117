//! Texts: what has the form of an ARN, a host, an address or an id is found by its form, names by
//! what was learnt.
//!
//! Everything is one pass from left to right. What is looked ahead for is bounded, so a hostile
//! text takes no longer than its length says.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use percent_encoding::percent_decode_str;

use super::{
    account, address, host, lists,
    mapper::{Mapper, Mode},
    member::Place,
    word,
};

/// The longest host name, as DNS has it.
const HOST: usize = 255;

/// The longest name that is looked for as a whole.
const NAME: usize = 128;

/// The longest marker of something withheld.
const MARKER: usize = 200;

impl Mapper<'_> {
    /// A text of any kind.
    pub(super) fn scan(&self, text: &str, mode: Mode, out: &mut String) {
        let mut rest = text;
        while !rest.is_empty() {
            let end = rest.find(is_delimiter).unwrap_or(rest.len());
            let (chunk, after) = rest.split_at(end);
            if !chunk.is_empty() {
                self.chunk(chunk, mode, out);
            }
            let Some(delimiter) = after.chars().next() else {
                return;
            };
            let mut skip = delimiter.len_utf8();
            match delimiter {
                '‹' => {
                    skip = marker(after).unwrap_or(skip);
                    self.marker(&after[..skip], out);
                }
                '[' => {
                    out.push('[');
                    if let Some(length) = self.bracketed(&after[1..], out) {
                        skip += length;
                    }
                }
                _ => out.push(delimiter),
            }
            rest = &after[skip..];
        }
    }

    /// A value that is a name as a whole: of a role, of a repository, of a secret.
    pub(super) fn name(&self, text: &str, out: &mut String) {
        self.scan(text, Mode::Name, out);
    }

    /// A marker stays, but for the variable whose value was withheld: it has its other name here too.
    fn marker(&self, marker: &str, out: &mut String) {
        let of_variable = ["‹redacted:env.", "‹withheld:"];
        let Some(begin) = of_variable.iter().find(|it| marker.starts_with(**it)) else {
            out.push_str(marker);
            return;
        };
        let rest = &marker[begin.len()..];
        let (name, end) = rest.split_at(rest.find([':', '›']).unwrap_or(rest.len()));
        out.push_str(begin);
        self.pieces(name, Mode::Text, out);
        out.push_str(end);
    }

    /// An IPv6 address between brackets.
    fn bracketed(&self, text: &str, out: &mut String) -> Option<usize> {
        let end = text.bytes().take(46).position(|byte| byte == b']')?;
        let address: Ipv6Addr = text[..end].parse().ok()?;
        self.address(address.into(), None, out);
        Some(end)
    }

    /// A run without white space, quotes and brackets.
    fn chunk(&self, chunk: &str, mode: Mode, out: &mut String) {
        if chunk.contains('%')
            && let Some(encoded) = self.percent_encoded(chunk, mode)
        {
            out.push_str(&encoded);
            return;
        }
        if let Some(at) = begin_of_arn(chunk) {
            let (before, arn) = chunk.split_at(at);
            self.pieces(before, mode, out);
            self.arn(arn, out);
            return;
        }
        if let Some(at) = chunk.find("://") {
            let (scheme, rest) = chunk.split_at(at + 3);
            self.url(scheme, rest, mode, out);
            return;
        }
        if let Some(at) = chunk.find("/aws/apprunner/") {
            let (before, rest) = chunk.split_at(at + "/aws/apprunner/".len());
            self.pieces(before, mode, out);
            self.log_group(rest, mode, out);
            return;
        }
        // `ecr:BatchGetImage` is no name, whatever a role is called.
        if is_action(chunk) || (mode == Mode::Text && is_environment_of_cloud(chunk)) {
            out.push_str(chunk);
            return;
        }
        self.pieces(chunk, mode, out);
    }

    /// What follows `/aws/apprunner/`: the service, its id, and which log.
    fn log_group(&self, rest: &str, mode: Mode, out: &mut String) {
        let mut parts = rest.splitn(3, '/');
        self.pieces(parts.next().unwrap_or_default(), Mode::Name, out);
        if let Some(id) = parts.next() {
            out.push('/');
            self.pieces(id, Mode::Name, out);
        }
        if let Some(more) = parts.next() {
            out.push('/');
            self.pieces(more, mode, out);
        }
    }

    fn url(&self, scheme: &str, rest: &str, mode: Mode, out: &mut String) {
        out.push_str(scheme);
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at(end);
        let (user, host) = match authority.rsplit_once('@') {
            Some((user, host)) => (Some(user), host),
            None => (None, authority),
        };
        if let Some(user) = user {
            self.pieces(user, Mode::Name, out);
            out.push('@');
        }
        let (name, port) = match host.rsplit_once(':') {
            Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => {
                (name, &host[name.len()..])
            }
            _ => (host, ""),
        };
        // `s3://bucket/key` and the like name things of the customer with every part.
        let of_names = ["s3://", "ssm://", "secretsmanager://"]
            .iter()
            .any(|it| scheme.ends_with(it));
        match name.parse::<IpAddr>() {
            Ok(address) => self.address(address, None, out),
            Err(_) if of_names => self.pieces(name, Mode::Name, out),
            Err(_) if is_host(name) => self.host(name, out),
            Err(_) => self.pieces(name, Mode::Text, out),
        }
        out.push_str(port);
        let mode = match of_names || host::has_names_behind(name) {
            true => Mode::Name,
            false => mode,
        };
        self.pieces(path, mode, out);
    }

    /// An ARN, from `arn:` to its end.
    fn arn(&self, arn: &str, out: &mut String) {
        let mut parts = arn.splitn(6, ':');
        let head: Vec<&str> = parts.by_ref().take(5).collect();
        let (Some(resource), &[_, partition, service, region, owner]) =
            (parts.next(), head.as_slice())
        else {
            self.pieces(arn, Mode::Name, out);
            return;
        };
        // What AWS manages is the same in every account, and so are its events.
        let of_aws = owner == "aws"
            || (owner.is_empty() && service == "health")
            || resource.starts_with("role/aws-service-role/")
            || resource.starts_with("alias/aws/");
        if owner == "aws" && self.learning.is_some() {
            self.managed(resource.rsplit('/').next().unwrap_or(resource));
        }
        out.push_str("arn:");
        for part in [partition, service, region] {
            out.push_str(part);
            out.push(':');
        }
        match account::is_account(owner) {
            true => self.account(owner, out),
            false => out.push_str(owner),
        }
        out.push(':');
        if of_aws {
            out.push_str(resource);
        } else if let Some(at) = resource.find("/aws/apprunner/") {
            let (before, rest) = resource.split_at(at + "/aws/apprunner/".len());
            out.push_str(before);
            self.log_group(rest, Mode::Name, out);
        } else {
            self.pieces(resource, Mode::Name, out);
        }
        if let Some(learning) = self.learning
            && arn.len() <= super::pattern::LONGEST
            && !arn.contains(['*', '?'])
        {
            learning.borrow_mut().arns.insert(arn.to_owned());
        }
    }

    /// A chunk that holds something percent-encoded: it is replaced decoded, and encoded again.
    fn percent_encoded(&self, chunk: &str, mode: Mode) -> Option<String> {
        let mut encoded = [false; 256];
        let mut any = false;
        for (at, _) in chunk.match_indices('%') {
            let digits = chunk
                .get(at + 1..at + 3)
                .filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()));
            if let Some(byte) = digits.and_then(|it| u8::from_str_radix(it, 16).ok()) {
                encoded[usize::from(byte)] = true;
                any = true;
            }
        }
        if !any {
            return None;
        }
        let decoded = percent_decode_str(chunk).decode_utf8().ok()?;
        let mut mapped = String::with_capacity(decoded.len());
        // What is decoded may be a whole text of its own, with white space and quotes. A second
        // layer of encoding is left for the next reader to doubt.
        match decoded.contains('%') {
            true => self.pieces(&decoded, mode, &mut mapped),
            false => self.whole(&decoded, &Place::new(mode, true), &mut mapped),
        }
        if self.learning.is_some() || mapped == decoded {
            return Some(chunk.to_owned());
        }
        encoded[usize::from(b'%')] = true;
        let mut out = String::with_capacity(chunk.len());
        for letter in mapped.chars() {
            let mut buffer = [0; 4];
            let bytes = letter.encode_utf8(&mut buffer).as_bytes();
            if !letter.is_ascii() || encoded[usize::from(bytes[0])] {
                for byte in bytes {
                    out.push_str(&format!("%{byte:02X}"));
                }
            } else {
                out.push(letter);
            }
        }
        Some(out)
    }

    /// What has no structure above words.
    pub(super) fn pieces(&self, text: &str, mode: Mode, out: &mut String) {
        let bytes = text.as_bytes();
        let mut mode = mode;
        let mut at = 0;
        // Up to here nothing but single words was found, so it is not looked at again.
        let mut looked = 0;
        while at < bytes.len() {
            let rest = &text[at..];
            let begins = at == 0 || !text[..at].ends_with(char::is_alphanumeric);
            if begins && at >= looked {
                if let Some((length, names_follow)) = self.form(text, at, mode, out) {
                    at += length;
                    if names_follow {
                        mode = Mode::Name;
                    }
                    continue;
                }
                looked = at + dotted(rest).len().max(name_token(rest).len());
            }
            if let Some(length) = self.short_form(text, at, begins, mode, out) {
                at += length;
                continue;
            }
            let letters = run(rest, char::is_alphabetic);
            if !letters.is_empty() {
                self.letters(letters, mode, out);
                at += letters.len();
                continue;
            }
            // Digits, or one other character, so that what begins behind it is looked at.
            let digits = run(rest, char::is_numeric).len();
            let plain = match digits {
                0 => rest.chars().next().map_or(1, char::len_utf8),
                digits => digits,
            };
            out.push_str(&rest[..plain]);
            at += plain;
        }
    }

    /// Forms that are longer than a run of letters and digits. Tells how long it is, and whether
    /// names follow.
    fn form(&self, text: &str, at: usize, mode: Mode, out: &mut String) -> Option<(usize, bool)> {
        let rest = &text[at..];
        if let Some(length) = digest(rest) {
            out.push_str(&rest[..length]);
            return Some((length, false));
        }
        if let Some((length, address, block)) = address_at(text, at) {
            self.address(address, block, out);
            return Some((length, false));
        }
        if let Some(length) = uuid(rest) {
            self.known_id(&rest[..length], mode, out);
            return Some((length, false));
        }
        if let Some((prefix, length)) = ec2_id(rest) {
            // The lists of AWS's own services have eight digits and are the same for everybody.
            if prefix == 3 && rest.starts_with("pl-") && length == 11 {
                out.push_str(&rest[..length]);
            } else {
                out.push_str(&rest[..prefix]);
                self.id(&rest[prefix..length], out);
            }
            return Some((length, false));
        }
        let dotted = dotted(rest);
        let label = dotted.split('.').next().unwrap_or(dotted);
        if let Some((prefix, address)) = host::address_in(label)
            && !dotted.contains('.')
        {
            out.push_str(prefix);
            let mut mapped = String::new();
            self.address(address.into(), None, &mut mapped);
            out.push_str(&mapped.replace('.', "-"));
            return Some((label.len(), false));
        }
        let before = text[..at].chars().next_back();
        let after = rest[dotted.len()..].chars().next();
        if dotted.contains('.') && self.is_host_here(dotted, before, after, mode) {
            self.host(dotted, out);
            let is_port = rest[dotted.len()..]
                .strip_prefix(':')
                .is_some_and(|port| port.starts_with(|letter: char| letter.is_ascii_digit()));
            let follow = (after == Some('/') || (after == Some(':') && !is_port))
                && host::has_names_behind(dotted);
            return Some((dotted.len(), follow));
        }
        // `jane.doe@widgets.example`: the person before the sign is a name wherever it stands.
        if after == Some('@') && mode == Mode::Text {
            let behind = &rest[dotted.len() + 1..];
            let domain = self::dotted(behind);
            if domain.contains('.') && is_host(domain) && !dotted.is_empty() {
                self.pieces(dotted, Mode::Name, out);
                return Some((dotted.len(), false));
            }
        }
        let token = name_token(rest);
        if token.len() > 3 {
            if is_managed(token) || self.learnt.managed.contains(token) {
                out.push_str(token);
                return Some((token.len(), false));
            }
            if mode == Mode::Text && self.learnt.names.contains(token) && !is_of_sentences(token) {
                self.pieces(token, Mode::Name, out);
                return Some((token.len(), false));
            }
            if mode == Mode::Name
                && let Some(learning) = self.learning
                && is_of_several_words(token)
            {
                learning
                    .borrow_mut()
                    .names
                    .insert(token.to_ascii_lowercase());
            }
        }
        None
    }

    /// Forms that are one run of letters and digits.
    fn short_form(
        &self,
        text: &str,
        at: usize,
        begins: bool,
        mode: Mode,
        out: &mut String,
    ) -> Option<usize> {
        if !begins {
            return None;
        }
        let run = run(&text[at..], |letter| letter.is_ascii_alphanumeric());
        if run.is_empty() || text[at + run.len()..].starts_with(char::is_alphanumeric) {
            return None;
        }
        if account::is_account(run) {
            if mode == Mode::Text && self.learning.is_none() && !self.knows_account(run) {
                return None;
            }
            if mode == Mode::Text && self.learning.is_some() {
                return None;
            }
            self.account(run, out);
            return Some(run.len());
        }
        if run.len() >= 16
            && lists::is_iam_prefix(&run[..4])
            && run
                .bytes()
                .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
        {
            out.push_str(&run[..4]);
            self.id(&run[4..], out);
            return Some(run.len());
        }
        if word::is_opaque(run) {
            self.known_id(run, mode, out);
            return Some(run.len());
        }
        None
    }

    /// An id that is replaced in a name, and in a text only where it was learnt: most ids in texts
    /// are those of requests and deployments, which are nobody's.
    fn known_id(&self, id: &str, mode: Mode, out: &mut String) {
        if mode == Mode::Name || (self.learning.is_none() && self.knows_id(id)) {
            self.id(id, out);
        } else {
            out.push_str(id);
        }
    }

    /// Whether a run with dots is a host where it stands.
    fn is_host_here(
        &self,
        text: &str,
        before: Option<char>,
        after: Option<char>,
        mode: Mode,
    ) -> bool {
        if !is_host(text) {
            return false;
        }
        if host::is_of_aws(text) {
            return true;
        }
        let lower = text.to_ascii_lowercase();
        let body = lower.trim_end_matches('.');
        if self.learnt.hosts.contains(body) {
            return true;
        }
        let labels = body.split('.').count();
        let last = body.rsplit('.').next().unwrap_or(body);
        let Some(least) = lists::labels_of_a_host(last) else {
            return false;
        };
        // The domain of a mail address, and a code host before its path.
        if before == Some('@') || (host::has_names_behind(body) && matches!(after, Some('/' | ':')))
        {
            return true;
        }
        // Members of objects have capitals, and hosts in logs have none.
        mode == Mode::Text && labels >= least && lower == text && after != Some('(')
    }
}

fn is_delimiter(letter: char) -> bool {
    letter.is_whitespace()
        || letter.is_control()
        || matches!(
            letter,
            '"' | '\''
                | '`'
                | ','
                | ';'
                | '('
                | ')'
                | '['
                | ']'
                | '{'
                | '}'
                | '<'
                | '>'
                | '|'
                | '='
                | '\\'
                | '^'
                | '‹'
                | '›'
                | '…'
                | '“'
                | '”'
                | '‘'
                | '’'
                | '«'
                | '»'
        )
}

/// The length of a marker such as `‹redacted:…›`.
fn marker(text: &str) -> Option<usize> {
    let mut ends = text.char_indices().take(MARKER);
    ends.find(|(_, letter)| *letter == '›')
        .map(|(at, letter)| at + letter.len_utf8())
}

/// Where `arn:` begins, if not within a word.
fn begin_of_arn(chunk: &str) -> Option<usize> {
    chunk
        .match_indices("arn:")
        .map(|(at, _)| at)
        .find(|at| !chunk[..*at].ends_with(char::is_alphanumeric))
}

fn is_action(chunk: &str) -> bool {
    let chunk = chunk.trim_end_matches(['.', ':']);
    let Some((service, action)) = chunk.split_once(':') else {
        return false;
    };
    !service.is_empty()
        && service
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
        && action.starts_with(|first: char| first.is_ascii_uppercase() || first == '*')
        && action
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'*')
}

/// Names of kinds of things in CloudFormation, such as `AWS::IAM::Role`.
fn is_environment_of_cloud(chunk: &str) -> bool {
    chunk.starts_with("AWS::")
}

fn is_managed(token: &str) -> bool {
    ["AWSAppRunner", "AWSServiceRoleFor"]
        .iter()
        .any(|begin| token.starts_with(begin))
}

/// Whether every word of a name is also one of the platform's sentences.
fn is_of_sentences(token: &str) -> bool {
    token
        .split(|letter: char| !letter.is_alphabetic())
        .flat_map(word::camel)
        .all(|part| !word::counts(part) || lists::is_of_sentences(&word::lower(part)))
}

fn is_of_several_words(token: &str) -> bool {
    token.contains(['-', '_']) || word::camel(token).filter(|part| word::counts(part)).count() > 1
}

/// The letters at the beginning that are `wanted`.
fn run(text: &str, wanted: impl Fn(char) -> bool) -> &str {
    let end = text.find(|letter| !wanted(letter)).unwrap_or(text.len());
    &text[..end]
}

/// The same, of at most `limit` bytes.
fn bounded(text: &str, limit: usize, wanted: impl Fn(u8) -> bool) -> &str {
    let length = text
        .bytes()
        .take(limit)
        .position(|byte| !wanted(byte))
        .unwrap_or(text.len().min(limit));
    // Only ASCII is wanted, so this is a border of letters.
    text.get(..length).unwrap_or_default()
}

/// What may be a host: it begins and ends with a letter or digit.
fn dotted(text: &str) -> &str {
    bounded(text, HOST, |byte| {
        byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_')
    })
    .trim_end_matches(['.', '-', '_'])
}

fn name_token(text: &str) -> &str {
    bounded(text, NAME, |byte| {
        byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')
    })
}

fn is_host(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= HOST
        && text.split('.').all(|label| {
            !label.is_empty()
                && label
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
        })
        && text.bytes().any(|byte| byte.is_ascii_alphabetic())
}

/// A digest, which says what something is and not whose it is.
fn digest(text: &str) -> Option<usize> {
    let name = ["sha256", "sha512", "sha1", "blake3", "md5"]
        .iter()
        .find(|name| text.starts_with(**name))?;
    let rest = text[name.len()..].strip_prefix([':', '-'])?;
    let digits = bounded(rest, 128, |byte| byte.is_ascii_hexdigit()).len();
    (digits >= 7).then_some(name.len() + 1 + digits)
}

fn uuid(text: &str) -> Option<usize> {
    let bytes = text.as_bytes().get(..36)?;
    let fits = bytes.iter().enumerate().all(|(at, byte)| match at {
        8 | 13 | 18 | 23 => *byte == b'-',
        _ => byte.is_ascii_hexdigit(),
    });
    // Only after all of them are known to be ASCII is there a border of letters.
    (fits && !text[36..].starts_with(|next: char| next.is_ascii_alphanumeric())).then_some(36)
}

/// The lengths of the prefix and of the whole of an id such as `sg-0a1b2c3d4e5f60003`.
fn ec2_id(text: &str) -> Option<(usize, usize)> {
    let prefix = bounded(text, 9, |byte| byte.is_ascii_lowercase());
    let rest = text[prefix.len()..].strip_prefix('-')?;
    if !lists::is_ec2_prefix(prefix) {
        return None;
    }
    let digits = bounded(rest, 18, |byte| byte.is_ascii_hexdigit()).len();
    let ends = !rest[digits..].starts_with(|next: char| next.is_alphanumeric());
    (matches!(digits, 8 | 17) && ends).then_some((prefix.len() + 1, prefix.len() + 1 + digits))
}

/// An address that begins here, with the length of its block where one is told.
fn address_at(text: &str, at: usize) -> Option<(usize, IpAddr, Option<u32>)> {
    let rest = &text[at..];
    let first = *rest.as_bytes().first()?;
    if first.is_ascii_digit()
        && let Some(found) = v4_at(text, at)
    {
        return Some(found);
    }
    let candidate = bounded(rest, 46, |byte| {
        byte.is_ascii_hexdigit() || matches!(byte, b':' | b'.')
    });
    if candidate.bytes().filter(|byte| *byte == b':').count() < 2 {
        return None;
    }
    let candidate = match candidate.strip_suffix(':') {
        // A colon ends `fd00::1:` and belongs to `fd00::`.
        Some(shorter) if !shorter.ends_with(':') => shorter,
        _ => candidate.trim_end_matches('.'),
    };
    let address: Ipv6Addr = candidate.parse().ok()?;
    let behind = &rest[candidate.len()..];
    // `a::b` is a path in many languages.
    let looks = candidate.bytes().any(|byte| byte.is_ascii_digit()) || candidate == "::";
    if !looks || behind.starts_with(|next: char| next.is_alphanumeric() || next == '_') {
        return None;
    }
    let (length, block) = block_behind(behind, 128);
    Some((candidate.len() + length, address.into(), block))
}

fn v4_at(text: &str, at: usize) -> Option<(usize, IpAddr, Option<u32>)> {
    let (front, rest) = text.split_at(at);
    let candidate = bounded(rest, 16, |byte| byte.is_ascii_digit() || byte == b'.');
    let candidate = candidate.trim_end_matches('.');
    let address: Ipv4Addr = candidate.parse().ok()?;
    let behind = &rest[candidate.len()..];
    let mut next = behind.chars();
    let ends = match (next.next(), next.next()) {
        (Some('.'), Some(after)) => !after.is_ascii_digit() && !after.is_alphabetic(),
        // A range of addresses goes on with digits, a version with a word.
        (Some('-'), Some(after)) => !after.is_alphabetic(),
        (Some(letter), _) => !letter.is_alphanumeric() && letter != '_' && letter != '+',
        (None, _) => true,
    };
    if !ends || front.ends_with(['.', '_']) {
        return None;
    }
    let (length, block) = block_behind(behind, 32);
    let is_private = address::is_private(address.into());
    // `Chrome/120.0.0.0` and `package@1.2.3.4` are versions; `db.internal/10.0.0.1:5432` is none.
    let of_product = front
        .strip_suffix(['/', '@', '-'])
        .is_some_and(|front| front.ends_with(|last: char| last.is_ascii_alphabetic()));
    let port = behind
        .strip_prefix(':')
        .is_some_and(|port| port.starts_with(|digit: char| digit.is_ascii_digit()));
    if of_product && !is_private && !port {
        return None;
    }
    Some((candidate.len() + length, address.into(), block))
}

/// `/16` behind an address: its length, and the number.
fn block_behind(text: &str, most: u32) -> (usize, Option<u32>) {
    let Some(rest) = text.strip_prefix('/') else {
        return (0, None);
    };
    let digits = bounded(rest, 4, |byte| byte.is_ascii_digit());
    let ends =
        !rest[digits.len()..].starts_with(|next: char| next.is_alphanumeric() || next == '.');
    match digits.parse::<u32>() {
        Ok(bits) if bits <= most && ends => (1 + digits.len(), Some(bits)),
        _ => (0, None),
    }
}
