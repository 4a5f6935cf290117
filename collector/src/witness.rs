//! Sees each kind of call once, for `doctor`: how AWS answered the first, and no second one.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use aws_smithy_runtime_api::{
    box_error::BoxError,
    client::{
        interceptors::{
            Intercept,
            context::{BeforeSerializationInterceptorContextRef, FinalizerInterceptorContextRef},
            dyn_dispatch_hint,
        },
        orchestrator::{HttpResponse, Metadata},
        runtime_components::RuntimeComponents,
    },
};
use aws_smithy_types::config_bag::{ConfigBag, Storable, StoreReplace};
use evidence_schema::Status;

use crate::{
    guard,
    status::{bare_code, status_of_code},
};

/// How AWS answered a kind of call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// It let us, whatever it found.
    Allowed,
    /// It refused, with this code.
    Denied(String),
    /// It gave another error, with this code, or no answer at all.
    Unclear(String),
}

/// A kind of call: the IAM action, and for a call that is tried apart from the others of its action
/// why it is.
pub(crate) type CallKind = (String, Option<Apart>);

/// The answers by kind of call.
type Answers = BTreeMap<CallKind, Option<Answer>>;

/// An interceptor that lets a call of each kind through once, and takes down what became of it.
/// The one of a collection does nothing.
#[derive(Clone, Debug, Default)]
pub(crate) struct Witness(Option<Arc<Mutex<Answers>>>);

impl Witness {
    /// One that sees.
    pub(crate) fn new() -> Self {
        Self(Some(Arc::default()))
    }

    /// What was seen.
    pub(crate) fn answers(&self) -> BTreeMap<CallKind, Answer> {
        let Some(answers) = &self.0 else {
            return BTreeMap::new();
        };
        let answers = answers.lock().unwrap_or_else(PoisonError::into_inner);
        answers
            .iter()
            .filter_map(|(kind, answer)| Some((kind.clone(), answer.clone()?)))
            .collect()
    }
}

/// Marks the call that is the first of its kind.
#[derive(Debug)]
struct First;

impl Storable for First {
    type Storer = StoreReplace<Self>;
}

/// An interceptor for a single call, which is of a kind of its own: that AWS allows the action
/// elsewhere says nothing about this resource.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Apart {
    /// The name of the source that makes the call.
    pub source: &'static str,
    /// The ARN of what it is about.
    pub resource: String,
}

impl Storable for Apart {
    type Storer = StoreReplace<Self>;
}

#[dyn_dispatch_hint]
impl Intercept for Apart {
    fn name(&self) -> &'static str {
        "Apart"
    }

    fn read_before_execution(
        &self,
        _context: &BeforeSerializationInterceptorContextRef<'_>,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        config.interceptor_state().store_put(self.clone());
        Ok(())
    }
}

#[dyn_dispatch_hint]
impl Intercept for Witness {
    fn name(&self) -> &'static str {
        "Witness"
    }

    fn read_before_serialization(
        &self,
        _context: &BeforeSerializationInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if let (Some(answers), Some(kind)) = (&self.0, kind(config)) {
            let mut answers = answers.lock().unwrap_or_else(PoisonError::into_inner);
            if answers.contains_key(&kind) {
                return Err("the first call of this kind has told enough".into());
            }
            answers.insert(kind, None);
            config.interceptor_state().store_put(First);
        }
        Ok(())
    }

    fn read_after_execution(
        &self,
        context: &FinalizerInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if let (Some(answers), Some(kind)) = (&self.0, kind(config)) {
            let mut answers = answers.lock().unwrap_or_else(PoisonError::into_inner);
            // The refusal of a second call comes by here as well, perhaps before the answer.
            if config.load::<First>().is_some() {
                let answer = match context.response() {
                    Some(response) => answer_of(response),
                    None => Answer::Unclear("no answer".to_owned()),
                };
                answers.insert(kind, Some(answer));
            }
        }
        Ok(())
    }
}

fn kind(config: &ConfigBag) -> Option<CallKind> {
    let metadata = config.load::<Metadata>()?;
    let prefix = guard::prefix(metadata.service())?;
    let action = format!("{prefix}:{}", metadata.name());
    Some((action, config.load::<Apart>().cloned()))
}

fn answer_of(response: &HttpResponse) -> Answer {
    if response.status().is_success() {
        return Answer::Allowed;
    }
    let code = code_of(response).unwrap_or_else(|| format!("HTTP {}", response.status().as_u16()));
    match status_of_code(&code) {
        Status::Denied => Answer::Denied(code),
        Status::Throttled => Answer::Unclear(code),
        _ if response.status().is_server_error() => Answer::Unclear(code),
        // AWS looks at permissions before it looks for what is asked.
        _ => Answer::Allowed,
    }
}

/// The code of an error in any of the protocols.
fn code_of(response: &HttpResponse) -> Option<String> {
    let headers = response.headers();
    if let Some(code) = headers.get("x-amzn-query-error") {
        return Some(code.split(';').next().unwrap_or(code).to_owned());
    }
    if let Some(code) = headers.get("x-amzn-errortype") {
        return Some(bare_code(code).to_owned());
    }
    let body = response.body().bytes()?;
    if let Ok(text) = std::str::from_utf8(body) {
        if let Ok(value) = serde_json::from_str::<serde_json::Value>(text) {
            let code = value.get("__type").or_else(|| value.get("code"))?;
            return Some(bare_code(code.as_str()?).to_owned());
        }
        if let Some((_, rest)) = text.split_once("<Code>") {
            return Some(rest.split('<').next()?.to_owned());
        }
    }
    // CBOR: a text of up to 23 bytes has its length in the first byte, one of up to 255 bytes in
    // the second.
    const TYPE: &[u8] = b"f__type";
    let at = body.windows(TYPE.len()).position(|bytes| bytes == TYPE)? + TYPE.len();
    let (length, start) = match *body.get(at)? {
        0x78 => (usize::from(*body.get(at + 1)?), at + 2),
        first @ 0x60..=0x77 => (usize::from(first - 0x60), at + 1),
        _ => return None,
    };
    let code = std::str::from_utf8(body.get(start..start + length)?).ok()?;
    Some(bare_code(code).to_owned())
}

#[cfg(test)]
mod tests {
    use aws_smithy_runtime_api::http::StatusCode;
    use aws_smithy_types::body::SdkBody;

    use super::*;

    fn response(status: u16, body: impl Into<SdkBody>) -> HttpResponse {
        let status = StatusCode::try_from(status).expect("a status code");
        HttpResponse::new(status, body.into())
    }

    #[test]
    fn the_code_is_read_from_each_protocol() {
        let denied = |code: &str| Answer::Denied(code.to_owned());
        let json = response(
            400,
            r#"{"__type":"com.aws#AccessDeniedException","message":"no"}"#,
        );
        assert_eq!(answer_of(&json), denied("AccessDeniedException"));
        let xml = response(
            403,
            "<ErrorResponse><Error><Code>AccessDenied</Code></Error>",
        );
        assert_eq!(answer_of(&xml), denied("AccessDenied"));
        let mut cbor = b"\xa1f__type\x78\x25".to_vec();
        cbor.extend(b"com.amazonaws.x#AccessDeniedException");
        assert_eq!(
            answer_of(&response(400, cbor)),
            denied("AccessDeniedException")
        );
        let mut query = response(400, "");
        query
            .headers_mut()
            .insert("x-amzn-query-error", "AccessDenied;Sender");
        assert_eq!(answer_of(&query), denied("AccessDenied"));
    }

    #[test]
    fn an_answer_about_the_thing_means_that_the_call_is_allowed() {
        let absent = response(400, r#"{"__type":"NoSuchEntity"}"#);
        assert_eq!(answer_of(&absent), Answer::Allowed);
        let throttled = response(400, r#"{"__type":"ThrottlingException"}"#);
        assert_eq!(
            answer_of(&throttled),
            Answer::Unclear("ThrottlingException".to_owned())
        );
        assert_eq!(
            answer_of(&response(503, "")),
            Answer::Unclear("HTTP 503".to_owned())
        );
    }
}
