//! Filter patterns of CloudWatch Logs: terms, quoted terms, `?` for any of them and `-` for none; or
//! conditions on lines that are JSON.

mod json;

/// What a line must be.
#[derive(Debug, PartialEq)]
pub(super) enum Pattern {
    /// Text that contains terms.
    Terms(Terms),
    /// JSON that satisfies a condition.
    Json(json::Condition),
}

/// What a line must contain.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Terms {
    all: Vec<String>,
    any: Vec<String>,
    none: Vec<String>,
}

impl Default for Pattern {
    fn default() -> Self {
        Self::Terms(Terms::default())
    }
}

impl Pattern {
    /// Reads a pattern; `None` for column and regular expression patterns, which are not simulated,
    /// and for what is no pattern.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        match text.strip_prefix('{') {
            Some(inner) => json::parse(inner.strip_suffix('}')?).map(Self::Json),
            None => Terms::parse(text).map(Self::Terms),
        }
    }

    /// Whether a line is wanted.
    pub(super) fn matches(&self, line: &str) -> bool {
        match self {
            Self::Terms(terms) => terms.matches(line),
            Self::Json(condition) => {
                serde_json::from_str(line).is_ok_and(|line| condition.holds(&line))
            }
        }
    }
}

impl Terms {
    fn parse(text: &str) -> Option<Self> {
        let mut pattern = Self::default();
        let mut rest = text;
        while !rest.is_empty() {
            let (list, term) = match rest.as_bytes()[0] {
                b'[' | b'%' => return None,
                b'?' => (&mut pattern.any, &rest[1..]),
                b'-' => (&mut pattern.none, &rest[1..]),
                _ => (&mut pattern.all, rest),
            };
            let (term, after) = match term.strip_prefix('"') {
                Some(quoted) => quoted.split_once('"')?,
                None => term.split_once(' ').unwrap_or((term, "")),
            };
            list.push(term.to_owned());
            rest = after.trim_start();
        }
        Some(pattern)
    }

    fn matches(&self, line: &str) -> bool {
        let has = |term: &String| line.contains(term.as_str());
        self.all.iter().all(has)
            && (self.any.is_empty() || self.any.iter().any(has))
            && !self.none.iter().any(has)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms_are_all_any_or_none() {
        let matches = |pattern: &str, line: &str| Pattern::parse(pattern).unwrap().matches(line);
        assert!(matches("", "anything"));
        assert!(matches(
            "\"Health check\" failed",
            "Health check has failed"
        ));
        assert!(!matches("\"Health check\" failed", "check Health failed"));
        assert!(matches("?ERROR ?FATAL", "FATAL: no"));
        assert!(!matches("?ERROR ?FATAL", "fine"));
        assert!(!matches("ERROR -retry", "ERROR, will retry"));
        assert_eq!(Pattern::parse("[ip, user]"), None);
        assert_eq!(Pattern::parse("\"open"), None);
    }
}
