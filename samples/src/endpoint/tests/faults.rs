//! Calls that do not go as they should.

use super::*;

#[test]
fn faults_strike_as_often_as_they_are_told() {
    let endpoint = start(
        "[[fault]]\ncall = \"apprunner:ListServices\"\nkind = \"throttled\"\nafter = 1\ntimes = 2\n",
    );
    let codes = (0..4).map(|_| ask(&endpoint, "AppRunner.ListServices", json!({})).status);
    assert_eq!(codes.collect::<Vec<_>>(), [200, 400, 400, 200]);
    let throttled = Outcome::Refused("ThrottlingException".to_owned());
    assert_eq!(endpoint.calls()[1].outcome, throttled);
    assert_eq!(endpoint.calls()[3].outcome, Outcome::Answered);
}

#[test]
fn a_denial_is_worded_as_aws_does() {
    let endpoint = start(
        "[[fault]]\ncall = \"iam:*\"\nkind = \"denied\"\nwith = \"AppRunnerInstance\"\n[[fault]]\ncall = \"logs:FilterLogEvents\"\nkind = \"denied\"\n",
    );
    let spared = ask_iam(&endpoint, "Action=GetRole&RoleName=AppRunnerEcrAccess");
    assert_eq!(spared.status, 200);
    let denied = ask_iam(&endpoint, "Action=GetRole&RoleName=AppRunnerInstance");
    assert_eq!(
        (denied.status, denied.code().as_str()),
        (403, "AccessDenied")
    );
    assert!(denied.text().contains(
        "User: arn:aws:sts::111122223333:assumed-role/Diagnosis/session is not authorized to perform: iam:GetRole on resource: role AppRunnerInstance because no identity-based policy allows the iam:GetRole action"
    ));
    let input = json!({"logGroupName": group(&endpoint)});
    let logs = ask(&endpoint, "Logs_20140328.FilterLogEvents", input);
    assert_eq!(logs.code(), "AccessDeniedException");
}

#[test]
fn an_error_is_as_stated_in_any_protocol() {
    let endpoint = start(
        "[[fault]]\ncall = \"cloudwatch:*\"\nkind = \"error\"\ncode = \"InternalServiceFault\"\nmessage = \"sorry\"\nhttp_status = 503\n",
    );
    let cbor = ask_cbor(
        &endpoint,
        "monitoring",
        "/service/GraniteServiceVersion20100801/operation/ListMetrics",
        &cbor_of(&json!({})),
    );
    assert_eq!(
        (cbor.status, cbor.code().as_str()),
        (503, "InternalServiceFault")
    );
    assert!(
        cbor.head
            .contains("x-amzn-query-error: internalservicefault;receiver")
    );
}

#[test]
fn an_empty_page_comes_before_each_page_and_nothing_is_lost() {
    let endpoint = start(
        "[[bulk_operation]]\ncount = 24\nfrom = \"-10d\"\nevery = \"1h\"\n[[fault]]\ncall = \"apprunner:ListOperations\"\nkind = \"empty-page\"\n",
    );
    let input = json!({"ServiceArn": arn(&endpoint)});
    let pages = pages(&endpoint, "AppRunner.ListOperations", input, "NextToken");
    let sizes = pages
        .iter()
        .map(|page| page["OperationSummaryList"].as_array().unwrap().len());
    assert_eq!(sizes.collect::<Vec<_>>(), [0, 20, 0, 5]);
}

#[test]
fn a_repeated_token_leads_to_the_same_page() {
    let endpoint = start(
        "[[bulk_operation]]\ncount = 24\nfrom = \"-10d\"\nevery = \"1h\"\n[[fault]]\ncall = \"apprunner:ListOperations\"\nkind = \"repeated-token\"\n",
    );
    let target = "AppRunner.ListOperations";
    let first = ask(&endpoint, target, json!({"ServiceArn": arn(&endpoint)})).json();
    let again = json!({"ServiceArn": arn(&endpoint), "NextToken": first["NextToken"]});
    assert_eq!(ask(&endpoint, target, again).json(), first);
}

#[test]
fn connections_break_as_told() {
    let fault = |kind: &str| format!("[[fault]]\ncall = \"*\"\nkind = \"{kind}\"\n");
    let headers = [
        authorization("us-east-1", "apprunner"),
        ("x-amz-target", "AppRunner.ListServices".to_owned()),
        ("content-type", "application/x-amz-json-1.0".to_owned()),
    ];
    let reset = start(&fault("reset"));
    let got = exchange(&reset, "/", &headers, b"{}").unwrap_or_default();
    assert!(got.is_empty());
    assert_eq!(reset.calls()[0].outcome, Outcome::Broken(FaultKind::Reset));

    let cut = send(&start(&fault("cut-body")), "/", &headers, b"{}");
    let (_, length) = cut.head.split_once("content-length: ").unwrap();
    let length = length.split('\r').next().unwrap().parse::<usize>().unwrap();
    assert_eq!(cut.body.len(), length / 2);

    let malformed = send(&start(&fault("malformed-body")), "/", &headers, b"{}");
    assert_eq!(malformed.status, 200);
    assert!(serde_json::from_slice::<Value>(&malformed.body).is_err());
    assert!(
        malformed
            .head
            .contains(&format!("content-length: {}", malformed.body.len()))
    );
}

#[test]
fn a_slow_answer_is_right_and_a_hanging_one_ends_with_the_endpoint() {
    let slow = start("[[fault]]\ncall = \"*\"\nkind = \"slow\"\nms = 150\n");
    let begin = Instant::now();
    let answer = ask(&slow, "AppRunner.ListServices", json!({}));
    assert_eq!(answer.status, 200);
    assert!(begin.elapsed() >= Duration::from_millis(150));

    let hanging = start("[[fault]]\ncall = \"*\"\nkind = \"hang\"\n");
    let host = hanging.url().strip_prefix("http://").unwrap().to_owned();
    let mut stream = TcpStream::connect(host).unwrap();
    let (_, authorization) = authorization("us-east-1", "sts");
    let request = format!(
        "POST / HTTP/1.1\r\nhost: x\r\nauthorization: {authorization}\r\ncontent-length: 24\r\n\r\nAction=GetCallerIdentity"
    );
    stream.write_all(request.as_bytes()).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_millis(200)))
        .unwrap();
    assert!(stream.read(&mut [0; 1]).is_err(), "no answer comes");
    drop(hanging);
    assert_eq!(
        stream.read(&mut [0; 1]).unwrap(),
        0,
        "the connection is closed"
    );
}

#[test]
fn calls_above_the_documented_rate_are_throttled() {
    let endpoint = start("[pace]\nenforce = true\n");
    let look_up = || ask(&endpoint, "CloudTrail_20131101.LookupEvents", json!({})).status;
    // Two are saved up, and a third one comes within half a second.
    let answered = (0..20).filter(|_| look_up() == 200).count();
    assert!((2..=10).contains(&answered), "{answered} calls");
    let throttled = endpoint
        .calls()
        .iter()
        .filter(|call| call.is_throttled())
        .count();
    assert_eq!(throttled, 20 - answered);
    assert!(endpoint.throttled_share() > 0.4);
    std::thread::sleep(Duration::from_millis(600));
    assert_eq!(look_up(), 200);
    let other = ask(&endpoint, "AppRunner.ListServices", json!({}));
    assert_eq!(other.status, 200);
}

#[test]
fn every_call_takes_the_latency() {
    let endpoint = start("[pace]\nlatency_ms = 60\n");
    let before = Instant::now();
    let answer = ask(&endpoint, "AppRunner.ListServices", json!({}));
    assert_eq!(answer.status, 200);
    assert!(before.elapsed() >= Duration::from_millis(60));
    assert_eq!(endpoint.throttled_share(), 0.0);
}

#[test]
fn which_operations_have_pages_is_told() {
    assert!(Endpoint::pages("apprunner", "ListOperations"));
    assert!(Endpoint::pages("logs", "FilterLogEvents"));
    assert!(!Endpoint::pages("apprunner", "DescribeService"));
    assert!(!Endpoint::pages("apprunner", "NoSuchOperation"));
}
