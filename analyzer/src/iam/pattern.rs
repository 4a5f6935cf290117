//! Texts with wildcards and policy variables, as actions, resources and condition values are.

use super::{
    context::{Context, Presence},
    tri::Tri,
    variable::Variable,
};

/// What a scrubbed text has in the place of what was taken out.
const WITHHELD: &str = "‹redacted:";

/// How far the wildcards of a pattern reach.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// There are none: `*` and `?` are letters, as in `StringEquals`.
    Literal,
    /// Anything, as in actions and `StringLike`.
    Text,
    /// The resource of a statement: a `*` at the end of a segment goes beyond its colon, any other
    /// wildcard of the first five segments stays in its own.
    ///
    /// Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html>
    Resource,
    /// The value of an ARN operator: each of the six segments is matched by itself.
    ///
    /// Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_ARN>
    Arn,
}

/// One piece of a pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Piece {
    /// Letters that stand for themselves.
    Text(String),
    /// `?`: one letter, of any kind or any but a colon.
    One { colon: bool },
    /// `*`: any run of letters, of any kind or any but colons.
    Many { colon: bool },
    /// A policy variable.
    Variable(Variable),
}

/// What a pattern says about a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Match {
    /// It matches, does not, or what is unknown decides.
    Is(Tri),
    /// A variable of it has no value: it matches nothing.
    NoValue,
}

/// A text with wildcards and variables.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    /// As it was written.
    pub source: String,
    pieces: Vec<Piece>,
    /// Whether letters that differ in case alone are the same.
    ignore_case: bool,
    /// Whether a part of it was taken out when the bundle was scrubbed.
    withheld: bool,
    variables: bool,
}

impl Pattern {
    /// Reads a pattern; `variables` are those of policy version 2012-10-17.
    pub(super) fn new(source: &str, reach: Reach, variables: bool, ignore_case: bool) -> Self {
        let mut pieces = Vec::new();
        let mut text = String::new();
        let mut segment = 1;
        let mut rest = source;
        while let Some(letter) = rest.chars().next() {
            if variables && let Some((special, behind)) = Variable::read(rest) {
                match special {
                    Ok(variable) => {
                        flush(&mut pieces, &mut text);
                        pieces.push(Piece::Variable(variable));
                    }
                    Err(escaped) => text.push(escaped),
                }
                rest = behind;
                continue;
            }
            rest = &rest[letter.len_utf8()..];
            let last = segment >= 6;
            let colon = match reach {
                Reach::Literal | Reach::Text => true,
                Reach::Arn => last,
                Reach::Resource => {
                    last || (letter == '*' && (rest.is_empty() || rest.starts_with(':')))
                }
            };
            match letter {
                '*' if reach != Reach::Literal => {
                    flush(&mut pieces, &mut text);
                    // Two in a row mean what one does.
                    if pieces.last() != Some(&Piece::Many { colon }) {
                        pieces.push(Piece::Many { colon });
                    }
                }
                '?' if reach != Reach::Literal => {
                    flush(&mut pieces, &mut text);
                    pieces.push(Piece::One { colon });
                }
                _ => {
                    segment += usize::from(letter == ':');
                    text.push(letter);
                }
            }
        }
        flush(&mut pieces, &mut text);
        if ignore_case {
            for piece in &mut pieces {
                if let Piece::Text(text) = piece {
                    *text = text.to_lowercase();
                }
            }
        }
        let variables = pieces.iter().any(|it| matches!(it, Piece::Variable(_)));
        Self {
            source: source.to_owned(),
            pieces,
            ignore_case,
            withheld: source.contains(WITHHELD),
            variables,
        }
    }

    /// Whether a part of it was taken out when the bundle was scrubbed.
    pub fn is_withheld(&self) -> bool {
        self.withheld
    }

    /// Whether letters that differ in case alone are the same.
    pub(super) fn ignores_case(&self) -> bool {
        self.ignore_case
    }

    /// The condition keys whose values it takes.
    pub fn variables(&self) -> impl Iterator<Item = &Variable> {
        self.pieces.iter().filter_map(|piece| match piece {
            Piece::Variable(variable) => Some(variable),
            _ => None,
        })
    }

    /// Whether every value of this key, one at a time, matches: for `*` and for the key itself as a
    /// variable. Nothing when that depends on the value.
    pub(super) fn matches_each(&self, folded: &str) -> Option<bool> {
        if matches!(self.pieces.as_slice(), [Piece::Many { colon: true }]) {
            return Some(true);
        }
        let is_itself =
            |piece: &Piece| matches!(piece, Piece::Variable(variable) if variable.key == folded);
        let mut others = self.pieces.iter().filter(|piece| !is_itself(piece));
        if self.pieces.iter().filter(|piece| is_itself(piece)).count() != 1 {
            return None;
        }
        if others
            .clone()
            .all(|piece| matches!(piece, Piece::Many { .. }))
        {
            return Some(true);
        }
        // A value is not longer than itself.
        let is_longer = others.any(|piece| matches!(piece, Piece::Text(_) | Piece::One { .. }));
        is_longer.then_some(false)
    }

    /// Whether it matches `text`. A pattern that ignores case wants the text in lower case.
    pub(super) fn matches(&self, text: &str, context: &Context) -> Match {
        if !self.variables {
            return Match::Is(matches(&self.pieces, text).into());
        }
        match self.filled(context) {
            Filled::Pieces(pieces) => Match::Is(matches(&pieces, text).into()),
            Filled::NoValue => Match::NoValue,
            // Where not even anything in the place of what is unknown would do, nothing does.
            Filled::Unknown => {
                Match::Is(Tri::from(matches(&self.loosest(context), text)).and(Tri::Maybe))
            }
        }
    }

    /// The pieces with a wildcard in the place of every variable whose value is unknown.
    pub(super) fn loosest(&self, context: &Context) -> Vec<Piece> {
        let pieces = self.pieces.iter().map(|piece| match piece {
            Piece::Variable(variable) => match (context.get(&variable.key), &variable.default) {
                (Presence::Known(values), _) if values.len() == 1 => self.letters(&values[0]),
                (Presence::Known(_) | Presence::Absent, Some(default)) => self.letters(default),
                _ => Piece::Many { colon: true },
            },
            other => other.clone(),
        });
        pieces.collect()
    }

    /// A value as plain letters.
    pub(super) fn letters(&self, value: &str) -> Piece {
        Piece::Text(if self.ignore_case {
            value.to_lowercase()
        } else {
            value.to_owned()
        })
    }

    /// The pieces with the values of the variables in their places.
    pub(super) fn filled(&self, context: &Context) -> Filled {
        let mut unknown = false;
        let mut filled = Vec::with_capacity(self.pieces.len());
        for piece in &self.pieces {
            let Piece::Variable(variable) = piece else {
                filled.push(piece.clone());
                continue;
            };
            let value = match (context.get(&variable.key), &variable.default) {
                (Presence::Unknown, _) => {
                    unknown = true;
                    continue;
                }
                // A key with several values cannot be a variable.
                (Presence::Known(values), default) => match (values.as_slice(), default) {
                    ([value], _) => value,
                    (_, Some(default)) => default,
                    (_, None) => return Filled::NoValue,
                },
                (Presence::Absent, Some(default)) => default,
                (Presence::Absent, None) => return Filled::NoValue,
            };
            filled.push(self.letters(value));
        }
        if unknown {
            Filled::Unknown
        } else {
            Filled::Pieces(filled)
        }
    }

    /// The pieces as they were written.
    pub(super) fn pieces(&self) -> &[Piece] {
        &self.pieces
    }
}

/// A pattern whose variables have their values.
pub(super) enum Filled {
    /// No variable is left.
    Pieces(Vec<Piece>),
    /// A variable has no value and no default.
    NoValue,
    /// The value of a variable is unknown.
    Unknown,
}

fn flush(pieces: &mut Vec<Piece>, text: &mut String) {
    if !text.is_empty() {
        pieces.push(Piece::Text(std::mem::take(text)));
    }
}

/// Whether a text matches a pattern without variables, whatever the case: the names of actions and
/// keys, and templates of ARNs.
pub(super) fn glob(pattern: &str, text: &str) -> bool {
    // Mostly both are names.
    if !pattern.contains(['*', '?']) {
        return pattern.eq_ignore_ascii_case(text);
    }
    let pattern = Pattern::new(pattern, Reach::Text, false, true);
    matches(&pattern.pieces, &text.to_lowercase())
}

/// Whether pieces without variables match a text.
pub(super) fn matches(pieces: &[Piece], text: &str) -> bool {
    match pieces {
        [] => text.is_empty(),
        [Piece::Text(only)] => only == text,
        [Piece::Many { colon: true }] => true,
        [Piece::Text(start), Piece::Many { colon: true }] => text.starts_with(start.as_str()),
        _ => walk(pieces, text),
    }
}

/// Follows all ways through the pieces at once, so that the work is bounded by the product of the
/// lengths whatever the pattern is.
fn walk(pieces: &[Piece], text: &str) -> bool {
    // The ways are positions in the text; after each piece they are the ends of what it matched.
    let mut ways = vec![false; text.len() + 1];
    ways[0] = true;
    for piece in pieces {
        let mut next = vec![false; text.len() + 1];
        match piece {
            Piece::Text(wanted) => {
                for at in positions(&ways) {
                    if text[at..].starts_with(wanted.as_str()) {
                        next[at + wanted.len()] = true;
                    }
                }
            }
            Piece::One { colon } => {
                for at in positions(&ways) {
                    if let Some(letter) = text[at..].chars().next()
                        && (*colon || letter != ':')
                    {
                        next[at + letter.len_utf8()] = true;
                    }
                }
            }
            Piece::Many { colon } => {
                let mut open = false;
                for (at, letter) in text.char_indices() {
                    open |= ways[at];
                    next[at] = open;
                    open &= *colon || letter != ':';
                }
                next[text.len()] = open || ways[text.len()];
            }
            Piece::Variable(_) => return false,
        }
        ways = next;
        if !ways.contains(&true) {
            return false;
        }
    }
    ways[text.len()]
}

fn positions(ways: &[bool]) -> impl Iterator<Item = usize> {
    ways.iter()
        .enumerate()
        .filter_map(|(at, way)| way.then_some(at))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::iam::context::Rest;

    fn resource(pattern: &str, text: &str) -> bool {
        let pattern = Pattern::new(pattern, Reach::Resource, true, false);
        pattern.matches(text, &Context::new(Rest::Absent)) == Match::Is(Tri::Yes)
    }

    const WEB: &str = "arn:aws:ecr:us-east-1:111122223333:repository/team/web";

    #[test]
    fn wildcards_of_a_resource_stay_in_their_segment_but_for_its_last_star() {
        for (pattern, is) in [
            ("*", true),
            ("arn:aws:ecr:*", true),
            ("arn:aws:ecr:us-east-1:111122223333:repository/*", true),
            ("arn:aws:ecr:us-east-1:111122223333:repository/*/web", true),
            ("arn:aws:ecr:us-east-?:*:repository/team/w?b", true),
            ("arn:aws:ecr:us-*-1:111122223333:repository/team/web", true),
            ("arn:aws:ecr:u*b", false),
            ("arn:aws:ecr:*:repository/team/web", true),
            ("arn:aws:ecr:us-east-1:111122223333:repository/team", false),
            ("arn:aws:ecr:us-west-?:*:repository/team/web", false),
            (WEB, true),
        ] {
            assert_eq!(resource(pattern, WEB), is, "{pattern}");
        }
        assert!(resource(
            "arn:aws:secretsmanager:us-east-1:111122223333:s*f",
            "arn:aws:secretsmanager:us-east-1:111122223333:secret:db:AbCdEf"
        ));
        // A right that is given for `*` only is not given for a resource.
        assert!(!resource("arn:aws:ecr:*", "*"));
    }

    #[test]
    fn variables_take_the_value_of_the_request_as_plain_letters() {
        let like = |pattern: &str, text: &str, value: Option<&str>| {
            let mut context = Context::new(Rest::Absent);
            if let Some(value) = value {
                context = context.with("aws:PrincipalTag/team", value);
            }
            Pattern::new(pattern, Reach::Text, true, false).matches(text, &context)
        };
        let yes = Match::Is(Tri::Yes);
        let no = Match::Is(Tri::No);
        assert_eq!(like("${aws:PrincipalTag/Team}-*", "a-b", Some("a")), yes);
        assert_eq!(like("${aws:PrincipalTag/Team}", "axx", Some("a*")), no);
        assert_eq!(like("${aws:PrincipalTag/team}", "a", None), Match::NoValue);
        assert_eq!(like("${aws:PrincipalTag/team, 'a'}", "a", None), yes);
        assert_eq!(like("a${*}", "a*", None), yes);
        assert_eq!(like("a${*}", "ab", None), no);
        assert_eq!(like("${$}{x}", "${x}", None), yes);
        let old = Pattern::new("${*}", Reach::Text, false, false);
        assert_eq!(old.matches("${anything}", &Context::new(Rest::Absent)), yes);
    }

    #[test]
    fn a_variable_that_is_unknown_decides_nothing_that_does_not_match_anyway() {
        let pattern = Pattern::new("a/${aws:userid}/b", Reach::Text, true, false);
        let context = Context::new(Rest::Unknown);
        assert_eq!(pattern.matches("a/x/b", &context), Match::Is(Tri::Maybe));
        assert_eq!(pattern.matches("a/x/c", &context), Match::Is(Tri::No));
    }

    #[test]
    fn a_question_mark_is_one_letter_in_any_script() {
        let like = Pattern::new("w?b*é", Reach::Text, true, false);
        let context = Context::new(Rest::Absent);
        assert_eq!(like.matches("wéb-é", &context), Match::Is(Tri::Yes));
        assert_eq!(like.matches("wb-é", &context), Match::Is(Tri::No));
    }

    #[test]
    fn wildcards_reach_anything() {
        for (pattern, text, expected) in [
            ("*", "", true),
            ("Get*", "getitem", true),
            ("?et*m", "GetItem", true),
            ("*Item", "GetItems", false),
            ("G*t*s", "GetItems", true),
            ("", "a", false),
        ] {
            assert_eq!(glob(pattern, text), expected, "{pattern} {text}");
        }
    }
}
