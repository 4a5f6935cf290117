//! JSON with places: every part is a slice of the document, so an error can say where it is.

use std::{borrow::Cow, fmt};

use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor},
};
use serde_json::value::RawValue;

use super::GrammarError;

/// What a part of a document is.
pub(super) enum Shape<'a> {
    Object(Vec<Member<'a>>),
    List(Vec<&'a RawValue>),
    Text(String),
    /// A number, `true`, `false` or `null`, as it is written.
    Scalar(&'a str),
}

/// A member of an object. Serde's maps would hide that there are two of one name.
pub(super) struct Member<'a> {
    pub(super) name: Cow<'a, str>,
    pub(super) value: &'a RawValue,
}

struct Members<'a>(Vec<Member<'a>>);

/// The document as one part.
pub(super) fn whole(document: &str) -> Result<&RawValue, GrammarError> {
    serde_json::from_str(document).map_err(|error| {
        // serde_json puts the place behind the message.
        let text = error.to_string();
        let problem = text.split(" at line ").next().unwrap_or(&text);
        GrammarError {
            line: error.line(),
            column: error.column(),
            path: String::new(),
            problem: format!("it is no JSON: {problem}"),
        }
    })
}

/// What a part is. It was read before, so that it can be read now.
pub(super) fn shape(value: &RawValue) -> Shape<'_> {
    let text = value.get();
    match text.as_bytes().first() {
        Some(b'{') => match serde_json::from_str::<Members<'_>>(text) {
            Ok(members) => Shape::Object(members.0),
            Err(_) => Shape::Scalar(text),
        },
        Some(b'[') => match serde_json::from_str(text) {
            Ok(items) => Shape::List(items),
            Err(_) => Shape::Scalar(text),
        },
        Some(b'"') => match serde_json::from_str(text) {
            Ok(text) => Shape::Text(text),
            Err(_) => Shape::Scalar(text),
        },
        _ => Shape::Scalar(text),
    }
}

/// The line and the column at which a part of `document` begins.
pub(super) fn place(document: &str, value: &RawValue) -> (usize, usize) {
    let offset = (value.get().as_ptr() as usize).saturating_sub(document.as_ptr() as usize);
    let before = document.get(..offset).unwrap_or_default();
    let line = before.matches('\n').count() + 1;
    let start = before.rfind('\n').map_or(0, |at| at + 1);
    (line, before[start..].chars().count() + 1)
}

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Each;

        impl<'de> Visitor<'de> for Each {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some((name, value)) = map.next_entry::<Name<'de>, &'de RawValue>()? {
                    members.push(Member {
                        name: name.0,
                        value,
                    });
                }
                Ok(Members(members))
            }
        }

        deserializer.deserialize_map(Each)
    }
}

/// A name, borrowed where it has no escapes.
#[derive(Deserialize)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);
