//! What `-v` tells: each call and what became of it, never what was in it.

use std::time::Duration;

use aws_smithy_runtime_api::client::{
    orchestrator::{HttpRequest, HttpResponse},
    result::ConnectorError,
};

use crate::{progress, terminal::escaped};

/// Whether calls are told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum CallLog {
    /// They are not.
    #[default]
    Off,
    /// One line on standard error for each.
    On,
}

/// A call on its way.
#[derive(Debug)]
pub(crate) struct Told {
    what: String,
}

impl CallLog {
    /// Takes down what is about to be asked.
    pub(crate) fn begin(self, region: &str, service: &str, request: &HttpRequest) -> Option<Told> {
        if self == Self::Off {
            return None;
        }
        let attempt = request
            .headers()
            .get("amz-sdk-request")
            .and_then(|text| text.split("attempt=").nth(1)?.split(';').next())
            .filter(|attempt| *attempt != "1")
            .map(|attempt| format!(" attempt {attempt}"))
            .unwrap_or_default();
        let operation = operation(request);
        Some(Told {
            what: format!("{} {operation} {region}{attempt}", prefix(service)),
        })
    }
}

impl Told {
    /// Tells how it went.
    pub(crate) fn end(self, answer: Result<&HttpResponse, &ConnectorError>, took: Duration) {
        let how = match answer {
            Ok(response) => {
                let headers = response.headers();
                let id = ["x-amzn-requestid", "x-amz-request-id", "x-amzn-request-id"]
                    .iter()
                    .find_map(|name| headers.get(*name))
                    .unwrap_or("none");
                format!("{}, request id {id}", response.status().as_u16())
            }
            Err(error) => format!("no answer, {error}"),
        };
        let line = format!("call: {} {how}, {} ms", self.what, took.as_millis());
        progress::interject(&escaped(&line));
    }
}

/// The prefix of the IAM actions of a service that is signed as `service`.
fn prefix(service: &str) -> &str {
    match service {
        "monitoring" => "cloudwatch",
        service => service,
    }
}

/// The operation, which each protocol names elsewhere.
fn operation(request: &HttpRequest) -> String {
    if let Some(target) = request.headers().get("x-amz-target") {
        return target.rsplit('.').next().unwrap_or_default().to_owned();
    }
    let form = request
        .body()
        .bytes()
        .and_then(|body| std::str::from_utf8(body).ok());
    if let Some(action) =
        form.and_then(|form| form.split('&').find_map(|it| it.strip_prefix("Action=")))
    {
        return action.to_owned();
    }
    let path = request.uri().split('?').next().unwrap_or_default();
    path.rsplit('/').next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use aws_smithy_types::body::SdkBody;

    use super::*;

    #[test]
    fn the_operation_is_read_from_each_protocol() {
        let mut request = HttpRequest::new(SdkBody::from("Action=GetRole&Version=2010-05-08"));
        assert_eq!(operation(&request), "GetRole");
        request
            .headers_mut()
            .insert("x-amz-target", "Logs_20140328.FilterLogEvents");
        assert_eq!(operation(&request), "FilterLogEvents");
        let mut request = HttpRequest::new(SdkBody::empty());
        request
            .set_uri("http://localhost/service/GraniteServiceVersion20100801/operation/ListMetrics")
            .expect("a URL");
        assert_eq!(operation(&request), "ListMetrics");
        assert!(CallLog::Off.begin("r", "iam", &request).is_none());
    }
}
