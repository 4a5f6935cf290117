//! Paging to the true end.

use std::collections::BTreeSet;

use evidence_schema::{Status, coverage::AwsError};

use crate::status::Outcome;

/// The token of the next page, and those that were seen before it.
///
/// An empty page with a token is normal in CloudWatch Logs and CloudTrail, so only the missing
/// token is the end. A token that was seen before would go round for ever: it ends the paging as
/// an error, because what lies behind it was not read.
#[derive(Debug, Default)]
pub(crate) struct Pages {
    seen: BTreeSet<String>,
    token: Option<String>,
}

impl Pages {
    /// The token to ask with; none for the first page.
    pub(crate) fn token(&self) -> Option<String> {
        self.token.clone()
    }

    /// Takes the token of an answer; says whether there is another page.
    pub(crate) fn advance(&mut self, next: Option<String>) -> Result<bool, Outcome> {
        let Some(next) = next.filter(|token| !token.is_empty()) else {
            return Ok(false);
        };
        if !self.seen.insert(next.clone()) {
            return Err(Outcome {
                status: Status::Partial,
                permission: None,
                error: Some(AwsError {
                    code: "repeated-token".to_owned(),
                    message: "AWS gave a page token twice".to_owned(),
                }),
                note: Some(
                    "AWS gave the same page token twice, so the pages after it could not be read"
                        .to_owned(),
                ),
            });
        }
        self.token = Some(next);
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_missing_token_is_the_end_and_a_repeated_one_an_error() {
        let mut pages = Pages::default();
        assert_eq!(pages.token(), None);
        assert_eq!(pages.advance(Some("a".to_owned())), Ok(true));
        assert_eq!(pages.token().as_deref(), Some("a"));
        assert_eq!(pages.advance(Some("b".to_owned())), Ok(true));
        assert!(pages.advance(Some("a".to_owned())).is_err());
        assert_eq!(pages.advance(Some(String::new())), Ok(false));
        assert_eq!(pages.advance(None), Ok(false));
    }
}
