//! Policy variables: `${aws:username}`, `${aws:PrincipalTag/team, 'none'}`, `${*}`.
//!
//! Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html>

use super::context::Context;

/// A policy variable: the value of a condition key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variable {
    /// The key, in lower case.
    pub key: String,
    /// What stands there when the request does not carry the key.
    pub default: Option<String>,
}

impl Variable {
    /// Reads the variable at the start of `text`, or the letter that `${*}`, `${?}` and `${$}`
    /// stand for, and gives what is behind it.
    pub(super) fn read(text: &str) -> Option<(Result<Self, char>, &str)> {
        let inner = text.strip_prefix("${")?;
        for letter in ['*', '?', '$'] {
            if let Some(rest) = inner.strip_prefix(letter)
                && let Some(behind) = rest.strip_prefix('}')
            {
                return Some((Err(letter), behind));
            }
        }
        // A default may have braces in it; its own end is the quote.
        let (key, rest) = inner.split_at(inner.find([',', '}'])?);
        let key = key.trim();
        let (default, behind) = match rest.strip_prefix(',') {
            None => (None, &rest[1..]),
            Some(rest) => {
                let quoted = rest.trim_start().strip_prefix('\'')?;
                let (default, behind) = quoted.split_once('\'')?;
                (
                    Some(default.to_owned()),
                    behind.trim_start().strip_prefix('}')?,
                )
            }
        };
        if key.is_empty() || key.contains(['$', '{', '\'']) {
            return None;
        }
        let variable = Self {
            key: Context::fold(key),
            default,
        };
        Some((Ok(variable), behind))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_has_a_key_and_perhaps_a_default() {
        let (variable, behind) =
            Variable::read("${aws:UserName, 'no }body'}/x").expect("it is one");
        let variable = variable.expect("it is no escape");
        assert_eq!(variable.key, "aws:username");
        assert_eq!(variable.default.as_deref(), Some("no }body"));
        assert_eq!(behind, "/x");
        assert_eq!(Variable::read("${*}x"), Some((Err('*'), "x")));
        for text in ["$x", "${", "${}", "${a", "${a, b}", "${a, 'b'", "x${a}"] {
            assert_eq!(Variable::read(text), None, "{text}");
        }
    }
}
