//! Downloads of what AWS hands out a signed address for.

use std::time::Duration;

use aws_smithy_http_client::Connector;
use aws_smithy_runtime_api::client::{
    http::{HttpConnector, SharedHttpConnector},
    orchestrator::HttpRequest,
};
use aws_smithy_types::byte_stream::ByteStream;
use evidence_schema::{Status, coverage::AwsError};
use tokio::time::timeout;

use crate::status::Outcome;

/// Gets what is small, with the HTTP client of the SDK and without credentials: the address itself
/// is signed. It is therefore never repeated in an error.
#[derive(Clone, Debug)]
pub(crate) struct Downloads {
    connector: SharedHttpConnector,
    patience: Duration,
}

impl Downloads {
    /// Downloads with this connector, and gives up what takes longer than `patience`.
    pub(crate) fn new(connector: Connector, patience: Duration) -> Self {
        Self {
            connector: SharedHttpConnector::new(connector),
            patience,
        }
    }

    /// What is at `url`, if it is no more than `most` bytes.
    pub(crate) async fn get(&self, url: &str, most: usize) -> Result<Vec<u8>, Outcome> {
        match timeout(self.patience, self.read(url, most)).await {
            Ok(result) => result,
            Err(_) => Err(failed("timeout", "the download did not end in time")),
        }
    }

    async fn read(&self, url: &str, most: usize) -> Result<Vec<u8>, Outcome> {
        let mut request = HttpRequest::empty();
        request
            .set_uri(url)
            .map_err(|_| failed("response", "AWS gave an address that is none"))?;
        let response = self
            .connector
            .call(request)
            .await
            .map_err(|_| failed("connection", "the download could not be begun"))?;
        let status = response.status().as_u16();
        if status != 200 {
            let code = format!("http-{status}");
            return Err(failed(&code, "the download was refused"));
        }
        let mut body = ByteStream::new(response.into_body());
        let mut bytes = Vec::new();
        while let Some(chunk) = body.next().await {
            let chunk = chunk.map_err(|_| failed("connection", "the download was cut off"))?;
            if bytes.len() + chunk.len() > most {
                let note = format!("the download is larger than {most} bytes");
                return Err(Outcome::noted(Status::Truncated, &note));
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(bytes)
    }
}

fn failed(code: &str, message: &str) -> Outcome {
    Outcome {
        status: Status::Failed,
        permission: None,
        error: Some(AwsError {
            code: code.to_owned(),
            message: message.to_owned(),
        }),
        note: None,
    }
}

#[cfg(test)]
mod tests {
    use std::{
        io::{Read, Write},
        net::TcpListener,
        thread,
    };

    use aws_smithy_http_client::ConnectorBuilder;

    use super::*;

    /// Answers one request with these bytes and gives its address.
    fn serve(answer: &'static str) -> String {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
        let address = listener.local_addr().expect("an address");
        thread::spawn(move || {
            let (mut stream, _) = listener.accept().expect("a client");
            let _ = stream.read(&mut [0; 4096]);
            stream.write_all(answer.as_bytes()).expect("it is sent");
        });
        format!("http://{address}/blob?signature=secret")
    }

    async fn get(answer: &'static str, most: usize) -> Result<Vec<u8>, Outcome> {
        let connector = ConnectorBuilder::default().build_http();
        Downloads::new(connector, Duration::from_secs(30))
            .get(&serve(answer), most)
            .await
    }

    #[tokio::test]
    async fn what_is_small_enough_is_read() {
        let answer = "HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\n{\"\"}";
        assert_eq!(get(answer, 4).await, Ok(b"{\"\"}".to_vec()));
        let outcome = get(answer, 3).await.expect_err("it is larger");
        assert_eq!(outcome.status, Status::Truncated);
    }

    #[tokio::test]
    async fn a_refusal_does_not_repeat_the_signed_address() {
        let answer = "HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n";
        let outcome = get(answer, 10).await.expect_err("it is refused");
        assert_eq!(outcome.code(), Some("http-403"));
        assert!(!format!("{outcome:?}").contains("signature"));
        let cut = "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{";
        let outcome = get(cut, 10).await.expect_err("it is cut off");
        assert!(!format!("{outcome:?}").contains("signature"));
    }
}
