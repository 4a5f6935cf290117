//! Text for an HTML page. `maud` escapes what is markup.

use std::fmt::Write;

use maud::{Escaper, Markup, Render, html};

use super::{visible, with_code};

/// Text of a bundle on a page.
pub(in crate::report) struct Shown<'a>(pub(in crate::report) &'a str);

impl Render for Shown<'_> {
    fn render_to(&self, out: &mut String) {
        // A String takes everything.
        let _ = Escaper::new(out).write_str(&visible(self.0));
    }
}

/// A sentence, with what it has between backticks as code.
pub(in crate::report) fn prose(text: &str) -> Markup {
    html! {
        @if let Some(parts) = with_code(text) {
            @for (index, part) in parts.iter().enumerate() {
                @if index % 2 == 0 { (Shown(part)) } @else { code { (Shown(part)) } }
            }
        } @else {
            (Shown(text))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::{acts, hostile},
        *,
    };

    #[test]
    fn no_markup_and_nothing_that_acts_is_left() {
        for hostile in hostile::TEXTS {
            let page = html! { p title=(Shown(hostile)) { (Shown(hostile)) } }.into_string();
            assert_eq!(page.matches('<').count(), 2, "{page}");
            assert_eq!(page.matches('"').count(), 2, "{page}");
            assert!(!page.chars().any(acts), "{page:?}");
            let page = prose(hostile).into_string();
            assert_eq!(
                page.matches('<').count(),
                page.matches("<code>").count() * 2,
                "{page}"
            );
        }
    }

    #[test]
    fn what_stands_between_backticks_is_code() {
        assert_eq!(
            prose("run `a<b`, then").into_string(),
            "run <code>a&lt;b</code>, then"
        );
        assert_eq!(prose("a ` b").into_string(), "a ` b");
    }
}
