//! Pages and the opaque tokens between them.

use std::ops::Range;

use super::{answer::Failure, request::Request};

/// A token for the next page.
pub(super) const PLAIN: char = 'p';
/// A token that an empty page gave; the page that was asked comes next.
pub(super) const EMPTY: char = 'e';
/// A token that leads to the same page for ever.
pub(super) const REPEATED: char = 'r';

/// How an operation pages.
#[derive(Debug)]
pub(super) struct Paging {
    /// The member of the request that holds the token.
    pub(super) token_in: &'static str,
    /// The members of the answer that hold the token.
    pub(super) token_out: &'static [&'static str],
    /// The members of the answer that hold the items.
    pub(super) items: &'static [&'static str],
    /// The member that says whether more follows, for services that have one.
    pub(super) more: Option<&'static str>,
}

/// Makes a token.
pub(super) fn token(kind: char, scope: u64, position: &str) -> String {
    let text = format!("{kind}{scope:016x}{position}");
    text.bytes().map(|byte| format!("{byte:02x}")).collect()
}

/// Reads a token of the same scope.
pub(super) fn read_token(token: &str, scope: u64) -> Option<(char, String)> {
    if !token.len().is_multiple_of(2) || !token.is_ascii() {
        return None;
    }
    let mut bytes = Vec::with_capacity(token.len() / 2);
    for start in (0..token.len()).step_by(2) {
        bytes.push(u8::from_str_radix(&token[start..start + 2], 16).ok()?);
    }
    let text = String::from_utf8(bytes).ok()?;
    let kind = text.chars().next().filter(char::is_ascii)?;
    let position = text[1..].strip_prefix(&format!("{scope:016x}"))?;
    [PLAIN, EMPTY, REPEATED]
        .contains(&kind)
        .then(|| (kind, position.to_owned()))
}

/// The range of a list of which a page is made, and where the next one begins.
pub(super) fn slice(
    request: &Request<'_>,
    total: usize,
    size_member: &str,
    largest: usize,
) -> Result<(Range<usize>, Option<String>), Failure> {
    let start = match &request.position {
        Some(position) => position
            .parse::<usize>()
            .ok()
            .filter(|start| *start <= total)
            .ok_or_else(|| invalid_token(request))?,
        None => 0,
    };
    let size = request
        .int(size_member)
        .and_then(|size| usize::try_from(size).ok())
        .map_or(largest, |size| size.max(1));
    let end = total.min(start + size);
    Ok((start..end, (end < total).then(|| end.to_string())))
}

/// The error of a service for a token that it did not give.
pub(super) fn invalid_token(request: &Request<'_>) -> Failure {
    match request.service.name {
        "apprunner" => Failure::new("InvalidRequestException", "The NextToken is invalid."),
        "cloudtrail" => Failure::new("InvalidNextTokenException", "Invalid pagination token."),
        // Of all its operations with tokens this one has no error of their own.
        "cloudwatch" if request.operation == "ListMetrics" => Failure::new(
            "InvalidParameterValueException",
            "The value for parameter NextToken is not valid.",
        ),
        "cloudwatch" => Failure::new("InvalidNextToken", "The next token specified is invalid."),
        "ec2" => Failure::new("InvalidNextToken", "The specified NextToken is not valid."),
        "ecr" => Failure::new(
            "InvalidParameterException",
            "Invalid parameter at 'nextToken' failed to satisfy constraint: 'Invalid token'",
        ),
        "health" => Failure::new("InvalidPaginationToken", "Invalid pagination token."),
        "kms" => Failure::new("InvalidMarkerException", "Could not deserialize marker"),
        "logs" => Failure::new(
            "InvalidParameterException",
            "The specified nextToken is invalid.",
        ),
        "servicequotas" => Failure::new(
            "InvalidPaginationTokenException",
            "Invalid pagination token.",
        ),
        "ssm" => Failure::new("InvalidNextToken", "The specified token is not valid."),
        _ => Failure::new("ValidationError", "Invalid Marker."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_good_for_its_scope_only() {
        let token = token(PLAIN, 7, "20");
        assert_eq!(read_token(&token, 7), Some((PLAIN, "20".to_owned())));
        assert_eq!(read_token(&token, 8), None);
        for wrong in ["", "20", "abc", "zz", "ü"] {
            assert_eq!(read_token(wrong, 7), None, "{wrong}");
        }
    }
}
