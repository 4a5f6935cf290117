//! Every place of every record that takes a text, from the published schema.

use evidence_schema::Body;
use serde_json::{Map, Value, json};

/// What fills the places that are not looked at.
const FILLER: &str = "filler";

/// What marks the place while a record is built.
const HERE: &str = "@here@";

/// A place that takes a text.
pub(crate) struct Place {
    /// The kind of the record.
    pub kind: String,
    /// Where in it, for people.
    pub path: String,
    /// The record with a mark at the place.
    record: Value,
}

impl Place {
    /// The record with a text at the place.
    pub(crate) fn with(&self, text: &str) -> Option<Body> {
        let mut record = self.record.clone();
        put(&mut record, text);
        serde_json::from_value(record).ok()
    }
}

fn put(value: &mut Value, text: &str) {
    match value {
        Value::String(it) if it == HERE => *it = text.to_owned(),
        Value::Array(values) => values.iter_mut().for_each(|it| put(it, text)),
        Value::Object(members) => {
            if let Some(value) = members.remove(HERE) {
                members.insert(text.to_owned(), value);
            }
            members.values_mut().for_each(|it| put(it, text));
        }
        _ => {}
    }
}

/// Every place of every kind of record.
pub(crate) fn all() -> Vec<Place> {
    let schema = evidence_schema::schema();
    let kinds = schema["$defs"]["Record"]["oneOf"]
        .as_array()
        .expect("a record is one of its kinds");
    let mut places = Vec::new();
    for kind in kinds {
        let variants = shapes(&schema, kind);
        for (filler, marked) in variants {
            let Some(name) = filler["kind"].as_str().map(str::to_owned) else {
                panic!("{filler} has no kind");
            };
            for (path, mut record) in marked {
                let members = record.as_object_mut().expect("a record");
                members.insert("kind".to_owned(), json!(name));
                members.remove("id");
                if path != "/kind" {
                    places.push(Place {
                        kind: name.clone(),
                        path,
                        record,
                    });
                }
            }
        }
    }
    places
}

/// A value that the schema allows, and the same with a mark at each place that takes a text.
type Shape = (Value, Vec<(String, Value)>);

/// The values of a schema: one for each alternative.
fn shapes(root: &Value, schema: &Value) -> Vec<Shape> {
    let mut all = vec![(json!({}), vec![])];
    if let Some(path) = schema["$ref"].as_str() {
        let name = path.rsplit('/').next().expect("a name");
        all = joined(all, shapes(root, &root["$defs"][name]));
    }
    for list in ["oneOf", "anyOf"] {
        if let Some(alternatives) = schema[list].as_array() {
            let alternatives = alternatives.iter().filter(|it| it["type"] != "null");
            let shapes: Vec<_> = alternatives.flat_map(|it| shapes(root, it)).collect();
            all = joined(all, shapes);
        }
    }
    if let Some(value) = schema.get("const") {
        return vec![(value.clone(), vec![])];
    }
    if let Some(values) = schema["enum"].as_array() {
        return vec![(values[0].clone(), vec![])];
    }
    match type_of(schema) {
        Some("object") => joined(all, object(root, schema)),
        Some("array") => {
            let item = shapes(root, &schema["items"]);
            let of = item.into_iter().map(|(filler, marked)| {
                let marked = marked.into_iter();
                let marked = marked.map(|(path, it)| (format!("/0{path}"), json!([it])));
                (json!([filler]), marked.collect())
            });
            of.collect()
        }
        Some("string") if schema["format"] == "date-time" => {
            vec![(json!("2026-11-20T10:00:00Z"), vec![])]
        }
        Some("string") => vec![(json!(FILLER), vec![(String::new(), json!(HERE))])],
        Some("integer" | "number") => vec![(json!(1), vec![])],
        Some("boolean") => vec![(json!(true), vec![])],
        Some(other) => panic!("no value of type {other}"),
        // Anything: a text, and texts in whatever holds texts.
        None if schema.get("$ref").is_none()
            && schema.get("oneOf").is_none()
            && schema.get("anyOf").is_none() =>
        {
            let of = [
                ("", json!(HERE)),
                ("/list/0", json!({"list": [HERE]})),
                ("/a/b/c", json!({"a": {"b": [{"c": HERE}]}})),
                ("/name", json!({HERE: 1})),
                ("/a/name", json!({"a": [{HERE: "x"}]})),
            ];
            let marked = of.map(|(path, it)| (path.to_owned(), it));
            vec![(json!(FILLER), marked.into())]
        }
        None => all,
    }
}

fn type_of(schema: &Value) -> Option<&str> {
    match &schema["type"] {
        Value::String(name) => Some(name),
        Value::Array(names) => names
            .iter()
            .filter_map(Value::as_str)
            .find(|it| *it != "null"),
        _ => None,
    }
}

fn object(root: &Value, schema: &Value) -> Vec<Shape> {
    let mut all = vec![(json!({}), vec![])];
    for (name, of) in schema["properties"].as_object().into_iter().flatten() {
        let member = shapes(root, of).into_iter().map(|(filler, marked)| {
            let marked = marked.into_iter();
            let marked = marked.map(|(path, it)| (format!("/{name}{path}"), json!({name: it})));
            (json!({name: filler}), marked.collect())
        });
        all = joined(all, member.collect());
    }
    let values = &schema["additionalProperties"];
    if values.is_object() {
        let (filler, marked) = shapes(root, values).remove(0);
        let mut places = vec![("/name".to_owned(), json!({HERE: filler.clone()}))];
        let marked = marked.into_iter();
        places.extend(marked.map(|(path, it)| (format!("/key{path}"), json!({"key": it}))));
        all = joined(all, vec![(json!({"key": filler}), places)]);
    }
    all
}

/// Objects of the one with members of the other. The first of several alternatives fills the rest.
fn joined(left: Vec<Shape>, right: Vec<Shape>) -> Vec<Shape> {
    let with = |one: &Value, other: &Value| match (one, other) {
        (Value::Object(one), Value::Object(other)) => {
            let members = one.iter().chain(other);
            Value::Object(
                members
                    .map(|(name, it)| (name.clone(), it.clone()))
                    .collect::<Map<_, _>>(),
            )
        }
        (_, other) => other.clone(),
    };
    let mut all = Vec::new();
    for (index, (one, marked)) in left.iter().enumerate() {
        for (other_index, (other, other_marked)) in right.iter().enumerate() {
            // Every place once is enough; every pair of alternatives would be very many.
            if index > 0 && other_index > 0 {
                continue;
            }
            let mut places = Vec::new();
            if other_index == 0 {
                places.extend(
                    marked
                        .iter()
                        .map(|(path, it)| (path.clone(), with(it, other))),
                );
            }
            if index == 0 {
                places.extend(
                    other_marked
                        .iter()
                        .map(|(path, it)| (path.clone(), with(one, it))),
                );
            }
            all.push((with(one, other), places));
        }
    }
    all
}
