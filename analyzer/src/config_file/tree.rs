//! YAML as a tree whose nodes know their lines.

use saphyr_parser::{Event, Parser};

use super::{At, Fault};

/// Deeper than a configuration ever is.
const DEPTH: usize = 24;

/// More nodes than a configuration ever has.
const NODES: usize = 20_000;

/// A node of the tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Node {
    pub(super) line: usize,
    pub(super) value: Value,
}

/// What a node is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Value {
    /// A key without a value, or an alias, which is not followed.
    Nothing,
    Text(String),
    List(Vec<Node>),
    Map(Vec<(At, Node)>),
}

impl Node {
    pub(super) fn get(&self, key: &str) -> Option<&Node> {
        match &self.value {
            Value::Map(members) => members
                .iter()
                .find(|(name, _)| name.text == key)
                .map(|(_, node)| node),
            _ => None,
        }
    }

    pub(super) fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    pub(super) fn at(&self) -> Option<At> {
        Some(At {
            text: self.text()?.to_owned(),
            line: self.line,
        })
    }
}

/// A list or a mapping that is not closed yet.
enum Open {
    List(usize, Vec<Node>),
    Map(usize, Vec<(At, Node)>, Option<At>),
}

/// The first document of a text, and what keeps the rest of it from being read.
pub(super) fn parse(text: &str) -> (Option<Node>, Vec<Fault>) {
    let mut open: Vec<Open> = Vec::new();
    let mut root = None;
    let mut faults = Vec::new();
    for (number, event) in Parser::new_from_str(text).enumerate() {
        let (event, span) = match event {
            Ok(event) => event,
            Err(error) => {
                faults.push(Fault {
                    line: error.marker().line(),
                    what: format!("it is not YAML from here: {}", error.info()),
                    certain: true,
                });
                return (None, faults);
            }
        };
        if open.len() > DEPTH || number > NODES {
            return (None, faults);
        }
        let line = span.start.line();
        let node = match event {
            Event::SequenceStart(..) => {
                open.push(Open::List(line, vec![]));
                continue;
            }
            Event::MappingStart(..) => {
                open.push(Open::Map(line, vec![], None));
                continue;
            }
            Event::SequenceEnd | Event::MappingEnd => match open.pop() {
                Some(Open::List(line, items)) => Node {
                    line,
                    value: Value::List(items),
                },
                Some(Open::Map(line, members, _)) => Node {
                    line,
                    value: Value::Map(members),
                },
                None => continue,
            },
            Event::Scalar(text, style, ..) => Node {
                line,
                value: if text.is_empty() && style == saphyr_parser::ScalarStyle::Plain {
                    Value::Nothing
                } else {
                    Value::Text(text.into_owned())
                },
            },
            Event::Alias(_) => Node {
                line,
                value: Value::Nothing,
            },
            Event::DocumentEnd => break,
            _ => continue,
        };
        match open.last_mut() {
            None => root = Some(node),
            Some(Open::List(_, items)) => items.push(node),
            Some(Open::Map(_, members, key)) => match key.take() {
                Some(name) => members.push((name, node)),
                None => {
                    *key = Some(At {
                        text: node.text().unwrap_or_default().to_owned(),
                        line: node.line,
                    });
                }
            },
        }
    }
    (root, faults)
}
