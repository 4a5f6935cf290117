//! Connections, and what becomes of a request on its way to an answer.

use std::{
    collections::BTreeMap,
    net::TcpListener,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
    time::{Duration, Instant},
};

use http_body_util::{BodyExt, Limited};
use hyper::{
    Method,
    body::{Body, Bytes, Frame, Incoming, SizeHint},
    http::request::Parts,
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::{sync::oneshot, time::Sleep};

use super::{
    Call, Endpoint, Outcome, Served,
    answer::{Answer, Failure, Out},
    ecr::blobs,
    fault::{self, Faults},
    pace::Buckets,
    page::{self, Paging},
    reply::{self, Reply},
    request::{self, Request, Route},
    served, validate,
};
use crate::account::{Account, Fault, FaultKind, id};

/// The largest request that is read.
const MOST_REQUEST_BYTES: usize = 4 << 20;

/// What all connections share.
#[derive(Debug)]
pub(super) struct State {
    account: Account,
    faults: Faults,
    buckets: Buckets,
    ledger: Mutex<Ledger>,
}

#[derive(Debug, Default)]
struct Ledger {
    calls: Vec<Call>,
    /// How often each request was made, for the ids of requests.
    repeats: BTreeMap<u64, u64>,
}

impl State {
    pub(super) fn new(account: Account) -> Self {
        Self {
            faults: Faults::new(&account.faults),
            account,
            buckets: Buckets::default(),
            ledger: Mutex::default(),
        }
    }

    pub(super) fn account(&self) -> &Account {
        &self.account
    }

    pub(super) fn calls(&self) -> Vec<Call> {
        self.ledger().calls.clone()
    }

    fn ledger(&self) -> std::sync::MutexGuard<'_, Ledger> {
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn record(&self, route: &Route, outcome: Outcome) {
        self.ledger().calls.push(Call {
            service: route.service.map_or("", |service| service.name).to_owned(),
            operation: route.operation.clone(),
            region: route.region.clone(),
            access_key: route.access_key.clone(),
            outcome,
        });
    }

    /// An id that depends on the request and on how often it was made, and on nothing else.
    fn request_id(&self, parts: &Parts, body: &[u8]) -> String {
        let body = String::from_utf8_lossy(body);
        let target = request::header(&parts.headers, "x-amz-target").unwrap_or_default();
        let request = id::hash(&[parts.uri.path(), target, &body]);
        let mut ledger = self.ledger();
        let repeat = ledger.repeats.entry(request).or_default();
        *repeat += 1;
        id::uuid(&[&request.to_string(), &repeat.to_string()])
    }
}

/// Serves until the other end of `stopped` is gone.
pub(super) async fn serve(
    listener: TcpListener,
    state: Arc<State>,
    mut stopped: oneshot::Receiver<()>,
) {
    let listener = match tokio::net::TcpListener::from_std(listener) {
        Ok(listener) => listener,
        Err(error) => {
            eprintln!("the endpoint cannot listen: {error}");
            return;
        }
    };
    loop {
        let stream = tokio::select! {
            _ = &mut stopped => return,
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => stream,
                // Out of file handles, say: the client tries again.
                Err(_) => continue,
            },
        };
        let state = Arc::clone(&state);
        tokio::spawn(async move {
            let service = service_fn(|request| answer(&state, request));
            // It ends in an error whenever a client goes away or a fault cuts the connection.
            let _ = http1::Builder::new()
                .serve_connection(TokioIo::new(stream), service)
                .await;
        });
    }
}

/// Ends a connection without an answer.
#[derive(Debug, thiserror::Error)]
#[error("the account wants this connection to break")]
struct Broken;

async fn answer(
    state: &State,
    request: hyper::Request<Incoming>,
) -> Result<hyper::Response<Text>, Broken> {
    let (parts, body) = request.into_parts();
    let body = Limited::new(body, MOST_REQUEST_BYTES)
        .collect()
        .await
        .map_err(|_| Broken)?
        .to_bytes();
    let request_id = state.request_id(&parts, &body);
    if parts.method == Method::GET {
        return download(state, parts.uri.path(), &request_id);
    }
    let mut route = request::route(&parts, &body);
    let (reply, struck) = decide(state, &mut route);
    let kind = struck.as_ref().map(|fault| fault.kind);
    let outcome = match (kind, &reply) {
        (
            Some(
                kind @ (FaultKind::Reset
                | FaultKind::Hang
                | FaultKind::CutBody
                | FaultKind::MalformedBody),
            ),
            _,
        ) => Outcome::Broken(kind),
        (_, Ok(_)) => Outcome::Answered,
        (_, Err(failure)) => Outcome::Refused(failure.code.clone()),
    };
    state.record(&route, outcome);
    let latency = state.account.pace.latency;
    if !latency.is_zero() {
        tokio::time::sleep(latency).await;
    }
    match kind {
        Some(FaultKind::Slow) => {
            let millis = struck.map_or(0, |fault| fault.millis);
            tokio::time::sleep(Duration::from_millis(millis)).await;
        }
        Some(FaultKind::Reset) => return Err(Broken),
        Some(FaultKind::Hang) => std::future::pending::<()>().await,
        _ => {}
    }
    let Reply {
        status,
        headers,
        mut body,
    } = reply::write(&route, &reply, &request_id);
    let mut response = hyper::Response::builder()
        .status(status)
        .header("date", http_date(&state.account));
    for (name, value) in headers {
        response = response.header(name, value);
    }
    if kind == Some(FaultKind::MalformedBody) {
        body.truncate(body.len() / 2);
    }
    let text = if kind == Some(FaultKind::CutBody) {
        Text::cut(body)
    } else {
        Text::whole(body)
    };
    response.body(text).map_err(|_| Broken)
}

/// What a URL leads to that ECR gave out. Its client signs nothing.
fn download(state: &State, path: &str, request_id: &str) -> Result<hyper::Response<Text>, Broken> {
    let blob = blobs::blob(&state.account, path);
    let outcome = match blob {
        Some(_) => Outcome::Answered,
        None => Outcome::Refused("NoSuchKey".to_owned()),
    };
    state.ledger().calls.push(Call {
        service: "ecr".to_owned(),
        operation: Endpoint::DOWNLOAD.to_owned(),
        region: String::new(),
        access_key: String::new(),
        outcome,
    });
    hyper::Response::builder()
        .status(if blob.is_some() { 200 } else { 404 })
        .header("date", http_date(&state.account))
        .header("x-amz-request-id", request_id)
        .header("content-type", "application/octet-stream")
        .body(Text::whole(blob.unwrap_or_default().as_bytes().to_vec()))
        .map_err(|_| Broken)
}

/// The answer to a request, and the fault that struck it.
fn decide(state: &State, route: &mut Route) -> (Result<Out, Failure>, Option<Fault>) {
    if let Some(refused) = route.refused.take() {
        return (Err(refused), None);
    }
    let input = match std::mem::replace(&mut route.input, Ok(Value::Null)) {
        Ok(input) => input,
        Err(failure) => return (Err(failure), None),
    };
    let operation = route.service.and_then(|service| {
        let is_it = |served: &&Served| served.operation == route.operation;
        Some((service, served(service.name).iter().find(is_it)?))
    });
    let Some((service, served)) = operation else {
        let unknown = request::unknown_operation(route.protocol, &route.operation);
        return (Err(unknown), None);
    };
    let mut request = Request {
        account: &state.account,
        service,
        operation: route.operation.clone(),
        region: route.region.clone(),
        host: route.host.clone(),
        scope: request::scope(service.name, &route.operation, &route.region, &input),
        position: None,
        input,
    };
    if state.account.pace.enforce {
        let now = Instant::now();
        let (service, region) = (service.name, &request.region);
        if !state.buckets.takes(service, served.operation, region, now) {
            return (Err(fault::throttled(service)), None);
        }
    }
    let token = read_token(&request, served.paging.as_ref());
    let after_empty_page = matches!(token, Ok(Token::AfterEmpty(_)));
    let fault = state.faults.strike(&request, after_empty_page).cloned();
    if let Some(failure) = fault
        .as_ref()
        .and_then(|fault| fault::failure(fault, &request))
    {
        return (Err(failure), fault);
    }
    let answered = validate::validate(service.name, served.members, &request.input, route.protocol)
        .and_then(|()| {
            let token = token?;
            request.position = token.position(&request);
            let answer = (served.answer)(&request)?;
            Ok(match &served.paging {
                Some(paging) => paged(answer, &request, &token, paging, fault.as_ref()),
                None => answer.out,
            })
        });
    (answered, fault)
}

/// The token of a request.
enum Token {
    /// There is none.
    None,
    /// It leads to the next page.
    Plain(String),
    /// An empty page came before; the token that was given then, if any.
    AfterEmpty(String),
    /// It leads to the same page for ever; the token that was given first, if any.
    Repeated(String),
}

impl Token {
    fn position(&self, request: &Request<'_>) -> Option<String> {
        match self {
            Self::None => None,
            Self::Plain(position) => Some(position.clone()),
            Self::AfterEmpty(inner) | Self::Repeated(inner) => {
                page::read_token(inner, request.scope).map(|(_, position)| position)
            }
        }
    }
}

fn read_token(request: &Request<'_>, paging: Option<&Paging>) -> Result<Token, Failure> {
    let Some(token) = paging.and_then(|paging| request.text(paging.token_in)) else {
        return Ok(Token::None);
    };
    match page::read_token(token, request.scope) {
        Some((page::PLAIN, position)) => Ok(Token::Plain(position)),
        Some((page::EMPTY, inner)) => Ok(Token::AfterEmpty(inner)),
        Some((page::REPEATED, inner)) => Ok(Token::Repeated(inner)),
        _ => Err(page::invalid_token(request)),
    }
}

/// The answer with its token, unless a fault of paging changes it.
fn paged(
    answer: Answer,
    request: &Request<'_>,
    token: &Token,
    paging: &Paging,
    fault: Option<&Fault>,
) -> Out {
    let Answer { mut out, next } = answer;
    // The token that leads to this very page.
    let here = match token {
        Token::None => String::new(),
        Token::Plain(position) => request.token(position),
        Token::AfterEmpty(inner) | Token::Repeated(inner) => inner.clone(),
    };
    let next = match fault.map(|fault| fault.kind) {
        Some(FaultKind::EmptyPage) => {
            for items in paging.items {
                out.set(items, Out::List(Vec::new()));
            }
            Some(page::token(page::EMPTY, request.scope, &here))
        }
        Some(FaultKind::RepeatedToken) => Some(page::token(page::REPEATED, request.scope, &here)),
        _ => next.map(|position| request.token(&position)),
    };
    if let Some(next) = next {
        for member in paging.token_out {
            out.set(member, Out::Text(next.clone()));
        }
        if let Some(more) = paging.more {
            out.set(more, Out::Bool(true));
        }
    }
    out
}

fn http_date(account: &Account) -> String {
    account.now.format("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

/// The body of an answer, which may break off.
struct Text {
    data: Option<Bytes>,
    promised: u64,
    /// Runs from when a half was handed over until the connection breaks.
    cut: Option<Pin<Box<Sleep>>>,
}

impl Text {
    fn whole(body: Vec<u8>) -> Self {
        Self {
            promised: body.len() as u64,
            data: Some(body.into()),
            cut: None,
        }
    }

    fn cut(body: Vec<u8>) -> Self {
        let half = body.len() / 2;
        Self {
            promised: body.len() as u64,
            data: Some(Bytes::from(body).slice(..half)),
            // An error at once would make hyper drop the half that it has not sent yet.
            cut: Some(Box::pin(tokio::time::sleep(Duration::from_millis(50)))),
        }
    }
}

impl Body for Text {
    type Data = Bytes;
    type Error = Broken;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Broken>>> {
        if let Some(data) = self.data.take() {
            return Poll::Ready(Some(Ok(Frame::data(data))));
        }
        match &mut self.cut {
            Some(cut) => cut.as_mut().poll(context).map(|()| Some(Err(Broken))),
            None => Poll::Ready(None),
        }
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.promised)
    }
}
