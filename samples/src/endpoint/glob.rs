//! Patterns of EC2 filters and of policies, in which `*` is any text and `?` any letter.

/// Whether a text fits a pattern, in which `*` is any text and `?` any letter.
pub(super) fn fits(pattern: &str, text: &str) -> bool {
    let Some(first) = pattern.chars().next() else {
        return text.is_empty();
    };
    let rest = &pattern[first.len_utf8()..];
    match first {
        '*' => {
            fits(rest, text)
                || text
                    .chars()
                    .next()
                    .is_some_and(|letter| fits(pattern, &text[letter.len_utf8()..]))
        }
        _ => text.chars().next().is_some_and(|letter| {
            (first == '?' || first == letter) && fits(rest, &text[letter.len_utf8()..])
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_and_question_marks_are_wild() {
        assert!(fits("AWSAppRunner*", "AWSAppRunner ENI"));
        assert!(fits("*ENI", "AWSAppRunner ENI"));
        assert!(fits("use1-az?", "use1-az2"));
        assert!(!fits("use1-az?", "use1-az12"));
        assert!(!fits("AWSAppRunner", "AWSAppRunner ENI"));
    }
}
