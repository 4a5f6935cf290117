//! Answers before they are written in a protocol.

use chrono::{DateTime, Utc};

/// A value of an answer.
#[derive(Clone, Debug)]
pub(super) enum Out {
    /// A truth value.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A number.
    Float(f64),
    /// A text.
    Text(String),
    /// A time, which each protocol writes in its own way.
    Time(DateTime<Utc>),
    /// A list.
    List(Vec<Out>),
    /// A structure or a map.
    Map(Vec<(String, Out)>),
}

impl Out {
    /// A structure without members.
    pub(super) fn map() -> Self {
        Self::Map(Vec::new())
    }

    /// A list of what the items become.
    pub(super) fn list<T>(items: impl IntoIterator<Item = T>, make: impl Fn(T) -> Self) -> Self {
        Self::List(items.into_iter().map(make).collect())
    }

    /// The structure with one more member.
    pub(super) fn with(mut self, name: &str, value: impl Into<Self>) -> Self {
        self.set(name, value.into());
        self
    }

    /// The structure with one more member, if there is a value.
    pub(super) fn with_some(self, name: &str, value: Option<impl Into<Self>>) -> Self {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }

    /// Sets a member of a structure, in its place if it is there.
    pub(super) fn set(&mut self, name: &str, value: Self) {
        let Self::Map(members) = self else {
            return;
        };
        match members.iter_mut().find(|(known, _)| known == name) {
            Some((_, old)) => *old = value,
            None => members.push((name.to_owned(), value)),
        }
    }
}

impl From<bool> for Out {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<i64> for Out {
    fn from(value: i64) -> Self {
        Self::Int(value)
    }
}

impl From<i32> for Out {
    fn from(value: i32) -> Self {
        Self::Int(i64::from(value))
    }
}

impl From<&str> for Out {
    fn from(value: &str) -> Self {
        Self::Text(value.to_owned())
    }
}

impl From<&String> for Out {
    fn from(value: &String) -> Self {
        Self::Text(value.clone())
    }
}

impl From<String> for Out {
    fn from(value: String) -> Self {
        Self::Text(value)
    }
}

impl From<DateTime<Utc>> for Out {
    fn from(value: DateTime<Utc>) -> Self {
        Self::Time(value)
    }
}

impl From<Vec<Out>> for Out {
    fn from(value: Vec<Out>) -> Self {
        Self::List(value)
    }
}

/// What an operation answers.
#[derive(Debug)]
pub(super) struct Answer {
    /// The members, but for the token.
    pub(super) out: Out,
    /// Where the next page begins.
    pub(super) next: Option<String>,
}

impl From<Out> for Answer {
    fn from(out: Out) -> Self {
        Self { out, next: None }
    }
}

/// An error that a service answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Failure {
    /// The code, without a namespace.
    pub(super) code: String,
    /// The message.
    pub(super) message: String,
    /// The HTTP status.
    pub(super) status: u16,
}

impl Failure {
    /// A mistake of the caller.
    pub(super) fn new(code: &str, message: impl Into<String>) -> Self {
        Self {
            code: code.to_owned(),
            message: message.into(),
            status: 400,
        }
    }

    /// The same with another HTTP status.
    pub(super) fn status(mut self, status: u16) -> Self {
        self.status = status;
        self
    }
}
