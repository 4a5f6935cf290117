//! Smithy RPC v2 CBOR.

use ciborium::Value as Cbor;
use serde_json::{Map, Number, Value};

use super::answer::{Failure, Out};

/// The tag of a time in seconds since 1970.
const EPOCH: u64 = 1;

pub(super) fn decode(body: &[u8]) -> Result<Value, Failure> {
    if body.is_empty() {
        return Ok(Value::Object(Map::new()));
    }
    let refused = || Failure::new("SerializationException", "");
    let value = ciborium::from_reader::<Cbor, _>(body).map_err(|_| refused())?;
    match from_cbor(value) {
        Some(value @ Value::Object(_)) => Ok(value),
        _ => Err(refused()),
    }
}

pub(super) fn encode(out: &Out) -> Vec<u8> {
    let mut bytes = Vec::new();
    ciborium::into_writer(&to_cbor(out), &mut bytes).expect("a vector takes everything");
    bytes
}

pub(super) fn encode_failure(failure: &Failure, namespace: &str) -> Vec<u8> {
    encode(
        &Out::map()
            .with("__type", format!("{namespace}#{}", failure.code))
            .with("message", &failure.message),
    )
}

fn from_cbor(value: Cbor) -> Option<Value> {
    Some(match value {
        Cbor::Null => Value::Null,
        Cbor::Bool(value) => Value::Bool(value),
        Cbor::Integer(value) => Value::from(i64::try_from(value).ok()?),
        Cbor::Float(value) => Value::Number(Number::from_f64(value)?),
        Cbor::Text(value) => Value::String(value),
        Cbor::Tag(EPOCH, time) => from_cbor(*time)?,
        Cbor::Array(items) => {
            Value::Array(items.into_iter().map(from_cbor).collect::<Option<_>>()?)
        }
        Cbor::Map(members) => {
            let mut map = Map::new();
            for (name, value) in members {
                map.insert(name.into_text().ok()?, from_cbor(value)?);
            }
            Value::Object(map)
        }
        _ => return None,
    })
}

fn to_cbor(out: &Out) -> Cbor {
    match out {
        Out::Bool(value) => Cbor::Bool(*value),
        Out::Int(value) => Cbor::Integer((*value).into()),
        Out::Float(value) => Cbor::Float(*value),
        Out::Text(value) => Cbor::Text(value.clone()),
        Out::Time(time) => {
            let seconds = time.timestamp_millis() as f64 / 1000.0;
            Cbor::Tag(EPOCH, Box::new(Cbor::Float(seconds)))
        }
        Out::List(items) => Cbor::Array(items.iter().map(to_cbor).collect()),
        Out::Map(members) => Cbor::Map(
            members
                .iter()
                .map(|(name, value)| (Cbor::Text(name.clone()), to_cbor(value)))
                .collect(),
        ),
    }
}
