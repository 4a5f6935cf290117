//! Refuses an answer in XML that ends in the middle.

use aws_smithy_runtime_api::{
    box_error::BoxError,
    client::{
        interceptors::{
            Intercept, context::AfterDeserializationInterceptorContextRef, dyn_dispatch_hint,
        },
        orchestrator::HttpResponse,
        runtime_components::RuntimeComponents,
    },
};
use aws_smithy_types::config_bag::ConfigBag;

/// An interceptor that reads an answer in XML a second time.
///
/// The SDK takes the end of the text for the end of every element that is still open: half a list
/// of policies is a shorter list to it, and half a name a name. JSON and CBOR do not let it.
#[derive(Debug)]
pub(crate) struct WholeXml;

#[dyn_dispatch_hint]
impl Intercept for WholeXml {
    fn name(&self) -> &'static str {
        "WholeXml"
    }

    fn read_after_deserialization(
        &self,
        context: &AfterDeserializationInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        _config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        match is_whole(context.response()) {
            true => Ok(()),
            false => Err("the answer is no whole XML document".into()),
        }
    }
}

/// Whether an answer is whole, as far as it is one in XML. An error is told by its status anyway.
fn is_whole(response: &HttpResponse) -> bool {
    let content_type = response.headers().get("content-type");
    if !response.status().is_success() || !content_type.is_some_and(|it| it.contains("xml")) {
        return true;
    }
    let body = response.body().bytes();
    body.and_then(|body| std::str::from_utf8(body).ok())
        .is_some_and(|text| roxmltree::Document::parse(text).is_ok())
}

#[cfg(test)]
mod tests {
    use aws_smithy_runtime_api::http::StatusCode;
    use aws_smithy_types::body::SdkBody;

    use super::*;

    fn answer(status: u16, content_type: &'static str, body: &'static str) -> HttpResponse {
        let status = StatusCode::try_from(status).expect("a status code");
        let mut response = HttpResponse::new(status, SdkBody::from(body));
        response.headers_mut().insert("content-type", content_type);
        response
    }

    #[test]
    fn half_a_document_is_none() {
        assert!(is_whole(&answer(200, "text/xml", "<a><b>c</b></a>")));
        assert!(!is_whole(&answer(200, "text/xml", "<a><b>c</b>")));
        assert!(!is_whole(&answer(200, "text/xml;charset=UTF-8", "")));
    }

    #[test]
    fn errors_and_other_formats_are_somebody_elses() {
        assert!(is_whole(&answer(503, "text/xml", "<a>")));
        assert!(is_whole(&answer(200, "application/x-amz-json-1.1", "{")));
    }
}
