//! Conditions: operators, missing keys, several values.

use super::{
    case::{Case, Draft, allow_if, case},
    page,
};

/// The name of a case, a condition, the values of the key `k`, and whether the condition holds. The
/// rows are read as a table, so they are not wrapped.
type Row = (&'static str, &'static str, &'static [&'static str], bool);

pub(crate) fn cases() -> Vec<Case> {
    [
        table(page::STRING, STRINGS),
        table(page::NUMERIC, NUMBERS),
        table(page::DATE, DATES),
        table(page::BOOLEAN, BOOLEANS),
        table(page::BINARY, BINARIES),
        table(page::ADDRESS, ADDRESSES),
        table(page::ARN, ARNS),
        table(page::NULL, NULLS),
        table(page::IF_EXISTS, IF_EXISTS),
        table(page::OPERATORS, MISSING),
        table(page::MULTIVALUED, SETS),
        several(),
        keys(),
    ]
    .concat()
}

/// Each row is its own case: whether a condition on `k` holds. No values: the request does not carry
/// the key.
fn table(page: &'static str, rows: &[Row]) -> Vec<Case> {
    let each = |&(name, condition, values, holds): &Row| {
        let mut draft = case(name, page).identity(&[allow_if(condition)]);
        if !values.is_empty() {
            draft = draft.with("k", values);
        }
        if holds {
            draft.allowed()
        } else {
            draft.not_allowed()
        }
    };
    rows.iter().map(each).collect()
}

#[rustfmt::skip]
const STRINGS: &[Row] = &[
    ("StringEquals: equal", r#""StringEquals":{"k":"a"}"#, &["a"], true),
    ("StringEquals: another", r#""StringEquals":{"k":"a"}"#, &["b"], false),
    ("StringEquals: another case", r#""StringEquals":{"k":"a"}"#, &["A"], false),
    ("StringEquals: a star is a star", r#""StringEquals":{"k":"a*"}"#, &["ab"], false),
    ("StringEquals: one of several", r#""StringEquals":{"k":["b","a"]}"#, &["a"], true),
    ("StringEquals: none of several", r#""StringEquals":{"k":["b","a"]}"#, &["c"], false),
    ("StringNotEquals: equal", r#""StringNotEquals":{"k":"a"}"#, &["a"], false),
    ("StringNotEquals: another", r#""StringNotEquals":{"k":"a"}"#, &["b"], true),
    ("StringNotEquals: one of several", r#""StringNotEquals":{"k":["b","a"]}"#, &["a"], false),
    ("StringNotEquals: none of several", r#""StringNotEquals":{"k":["b","a"]}"#, &["c"], true),
    ("StringEqualsIgnoreCase: another case", r#""StringEqualsIgnoreCase":{"k":"aB"}"#, &["Ab"], true),
    ("StringEqualsIgnoreCase: another", r#""StringEqualsIgnoreCase":{"k":"aB"}"#, &["AC"], false),
    ("StringNotEqualsIgnoreCase: another case", r#""StringNotEqualsIgnoreCase":{"k":"aB"}"#, &["Ab"], false),
    ("StringNotEqualsIgnoreCase: another", r#""StringNotEqualsIgnoreCase":{"k":"aB"}"#, &["AC"], true),
    ("StringLike: a star", r#""StringLike":{"k":"a*d"}"#, &["a:b/c:d"], true),
    ("StringLike: a star is nothing, too", r#""StringLike":{"k":"a*"}"#, &["a"], true),
    ("StringLike: a question mark", r#""StringLike":{"k":"a?c"}"#, &["abc"], true),
    ("StringLike: a question mark is not nothing", r#""StringLike":{"k":"a?c"}"#, &["ac"], false),
    ("StringLike: the case matters", r#""StringLike":{"k":"A*"}"#, &["ab"], false),
    ("StringLike: the whole value", r#""StringLike":{"k":"b"}"#, &["abc"], false),
    ("StringNotLike: like", r#""StringNotLike":{"k":"a*"}"#, &["ab"], false),
    ("StringNotLike: unlike", r#""StringNotLike":{"k":"a*"}"#, &["ba"], true),
    ("StringNotLike: like one of several", r#""StringNotLike":{"k":["b*","a*"]}"#, &["ab"], false),
];

#[rustfmt::skip]
const NUMBERS: &[Row] = &[
    ("NumericEquals: equal", r#""NumericEquals":{"k":"10"}"#, &["10"], true),
    ("NumericEquals: another way to write it", r#""NumericEquals":{"k":"10"}"#, &["10.0"], true),
    ("NumericEquals: another", r#""NumericEquals":{"k":"10"}"#, &["11"], false),
    ("NumericEquals: without quotes", r#""NumericEquals":{"k":10}"#, &["10"], true),
    ("NumericNotEquals: equal", r#""NumericNotEquals":{"k":"10"}"#, &["10"], false),
    ("NumericNotEquals: another", r#""NumericNotEquals":{"k":"10"}"#, &["9"], true),
    ("NumericLessThan: less", r#""NumericLessThan":{"k":"10"}"#, &["9"], true),
    ("NumericLessThan: equal", r#""NumericLessThan":{"k":"10"}"#, &["10"], false),
    ("NumericLessThanEquals: equal", r#""NumericLessThanEquals":{"k":"10"}"#, &["10"], true),
    ("NumericLessThanEquals: greater", r#""NumericLessThanEquals":{"k":"10"}"#, &["10.5"], false),
    ("NumericGreaterThan: as a number and not as a text", r#""NumericGreaterThan":{"k":"9"}"#, &["10"], true),
    ("NumericGreaterThan: equal", r#""NumericGreaterThan":{"k":"10"}"#, &["10"], false),
    ("NumericGreaterThanEquals: equal", r#""NumericGreaterThanEquals":{"k":"10"}"#, &["10"], true),
    ("NumericGreaterThanEquals: less", r#""NumericGreaterThanEquals":{"k":"10"}"#, &["-10"], false),
];

#[rustfmt::skip]
const DATES: &[Row] = &[
    ("DateEquals: the same time", r#""DateEquals":{"k":"2026-01-01T00:00:00Z"}"#, &["2026-01-01T00:00:00Z"], true),
    ("DateEquals: the same time in another zone", r#""DateEquals":{"k":"2026-01-01T00:00:00Z"}"#, &["2026-01-01T02:00:00+02:00"], true),
    ("DateEquals: the day alone is its start", r#""DateEquals":{"k":"2026-01-01"}"#, &["2026-01-01T00:00:00Z"], true),
    ("DateEquals: seconds since 1970", r#""DateEquals":{"k":"1767225600"}"#, &["2026-01-01T00:00:00Z"], true),
    ("DateEquals: another", r#""DateEquals":{"k":"2026-01-01T00:00:00Z"}"#, &["2026-01-01T00:00:01Z"], false),
    ("DateNotEquals: the same time", r#""DateNotEquals":{"k":"2026-01-01T00:00:00Z"}"#, &["2026-01-01T00:00:00Z"], false),
    ("DateNotEquals: another", r#""DateNotEquals":{"k":"2026-01-01T00:00:00Z"}"#, &["2026-01-01T00:00:01Z"], true),
    ("DateLessThan: before", r#""DateLessThan":{"k":"2026-01-01T00:00:00Z"}"#, &["2025-12-31T23:59:59Z"], true),
    ("DateLessThan: the same time", r#""DateLessThan":{"k":"2026-01-01T00:00:00Z"}"#, &["2026-01-01T00:00:00Z"], false),
    ("DateLessThanEquals: the same time", r#""DateLessThanEquals":{"k":"2026-01-01T00:00:00Z"}"#, &["2026-01-01T00:00:00Z"], true),
    ("DateGreaterThan: after", r#""DateGreaterThan":{"k":"2026-01-01T00:00:00Z"}"#, &["2026-01-02"], true),
    ("DateGreaterThan: seconds since 1970", r#""DateGreaterThan":{"k":"2026-01-01T00:00:00Z"}"#, &["1767225601"], true),
    ("DateGreaterThan: the same time", r#""DateGreaterThan":{"k":"2026-01-01T00:00:00Z"}"#, &["2026-01-01T00:00:00Z"], false),
    ("DateGreaterThanEquals: the same time", r#""DateGreaterThanEquals":{"k":"2026-01-01T00:00:00Z"}"#, &["2026-01-01T00:00:00Z"], true),
    ("DateGreaterThanEquals: before", r#""DateGreaterThanEquals":{"k":"2026-01-01T00:00:00Z"}"#, &["2025-12-31"], false),
];

#[rustfmt::skip]
const BOOLEANS: &[Row] = &[
    ("Bool: true", r#""Bool":{"k":"true"}"#, &["true"], true),
    ("Bool: false where true is wanted", r#""Bool":{"k":"true"}"#, &["false"], false),
    ("Bool: false where false is wanted", r#""Bool":{"k":"false"}"#, &["false"], true),
    ("Bool: written as a boolean of JSON", r#""Bool":{"k":true}"#, &["true"], true),
    ("Bool: false as a boolean of JSON", r#""Bool":{"k":false}"#, &["true"], false),
    ("Bool: without the key, false is not false", r#""Bool":{"k":"false"}"#, &[], false),
    ("BoolIfExists: without the key", r#""BoolIfExists":{"k":"true"}"#, &[], true),
];

#[rustfmt::skip]
const BINARIES: &[Row] = &[
    ("BinaryEquals: equal", r#""BinaryEquals":{"k":"QmluYXJ5"}"#, &["QmluYXJ5"], true),
    ("BinaryEquals: another case", r#""BinaryEquals":{"k":"QmluYXJ5"}"#, &["qmluyxj5"], false),
    ("BinaryEquals: another", r#""BinaryEquals":{"k":"QmluYXJ5"}"#, &["QQ=="], false),
];

#[rustfmt::skip]
const ADDRESSES: &[Row] = &[
    ("IpAddress: in the range", r#""IpAddress":{"k":"203.0.113.0/24"}"#, &["203.0.113.255"], true),
    ("IpAddress: beside the range", r#""IpAddress":{"k":"203.0.113.0/24"}"#, &["203.0.114.0"], false),
    ("IpAddress: one address", r#""IpAddress":{"k":"203.0.113.7"}"#, &["203.0.113.7"], true),
    ("IpAddress: one of several ranges", r#""IpAddress":{"k":["198.51.100.0/24","203.0.113.0/24"]}"#, &["203.0.113.7"], true),
    ("IpAddress: in the range of version 6", r#""IpAddress":{"k":"2001:db8:1234:5678::/64"}"#, &["2001:db8:1234:5678::1"], true),
    ("IpAddress: beside the range of version 6", r#""IpAddress":{"k":"2001:db8:1234:5678::/64"}"#, &["2001:db8:1234:5679::1"], false),
    ("IpAddress: another way to write version 6", r#""IpAddress":{"k":"2001:DB8::1"}"#, &["2001:db8:0:0:0:0:0:1"], true),
    ("IpAddress: version 4 in a range of version 6", r#""IpAddress":{"k":"2001:db8::/32"}"#, &["203.0.113.7"], false),
    ("NotIpAddress: in the range", r#""NotIpAddress":{"k":"203.0.113.0/24"}"#, &["203.0.113.7"], false),
    ("NotIpAddress: beside the range", r#""NotIpAddress":{"k":"203.0.113.0/24"}"#, &["198.51.100.7"], true),
    ("NotIpAddress: in one of several ranges", r#""NotIpAddress":{"k":["198.51.100.0/24","203.0.113.0/24"]}"#, &["203.0.113.7"], false),
    ("NotIpAddress: in the range of version 6", r#""NotIpAddress":{"k":"2001:db8::/32"}"#, &["2001:db8::1"], false),
    ("NotIpAddress: beside the range of version 6", r#""NotIpAddress":{"k":"2001:db8::/32"}"#, &["2001:db9::1"], true),
];

const SERVICE: &str = "arn:aws:apprunner:us-east-1:111122223333:service/web/0a1b";

#[rustfmt::skip]
const ARNS: &[Row] = &[
    ("ArnEquals: equal", r#""ArnEquals":{"k":"arn:aws:apprunner:us-east-1:111122223333:service/web/0a1b"}"#, &[SERVICE], true),
    ("ArnEquals: has wildcards as ArnLike does", r#""ArnEquals":{"k":"arn:aws:apprunner:*:111122223333:service/*"}"#, &[SERVICE], true),
    ("ArnLike: wildcards in each segment", r#""ArnLike":{"k":"arn:a*:app*:us-*-?:*:service/web/*"}"#, &[SERVICE], true),
    ("ArnLike: another account", r#""ArnLike":{"k":"arn:aws:apprunner:*:444455556666:service/*"}"#, &[SERVICE], false),
    ("ArnLike: a star does not go beyond a colon", r#""ArnLike":{"k":"arn:*:us-east-1:111122223333:service:web"}"#, &["arn:aws:x:us-east-1:111122223333:service:web"], false),
    ("StringLike: a star goes beyond a colon", r#""StringLike":{"k":"arn:*:us-east-1:111122223333:service:web"}"#, &["arn:aws:x:us-east-1:111122223333:service:web"], true),
    ("ArnLike: a star in the last segment goes beyond colons", r#""ArnLike":{"k":"arn:aws:logs:us-east-1:111122223333:*"}"#, &["arn:aws:logs:us-east-1:111122223333:log-group:a:log-stream:b"], true),
    ("ArnLike: the case matters", r#""ArnLike":{"k":"arn:aws:apprunner:*:*:Service/*"}"#, &[SERVICE], false),
    ("ArnNotEquals: equal", r#""ArnNotEquals":{"k":"arn:aws:apprunner:us-east-1:111122223333:service/web/0a1b"}"#, &[SERVICE], false),
    ("ArnNotEquals: has wildcards as ArnNotLike does", r#""ArnNotEquals":{"k":"arn:aws:apprunner:*:*:service/*"}"#, &[SERVICE], false),
    ("ArnNotLike: unlike", r#""ArnNotLike":{"k":"arn:aws:apprunner:*:444455556666:*"}"#, &[SERVICE], true),
    ("ArnNotLike: like", r#""ArnNotLike":{"k":"arn:aws:apprunner:*:111122223333:*"}"#, &[SERVICE], false),
];

#[rustfmt::skip]
const NULLS: &[Row] = &[
    ("Null true: without the key", r#""Null":{"k":"true"}"#, &[], true),
    ("Null true: with the key", r#""Null":{"k":"true"}"#, &["a"], false),
    ("Null false: without the key", r#""Null":{"k":"false"}"#, &[], false),
    ("Null false: with the key", r#""Null":{"k":"false"}"#, &["a"], true),
    ("Null false: written as a boolean of JSON", r#""Null":{"k":false}"#, &["a"], true),
];

#[rustfmt::skip]
const IF_EXISTS: &[Row] = &[
    ("StringEqualsIfExists: without the key", r#""StringEqualsIfExists":{"k":"a"}"#, &[], true),
    ("StringEqualsIfExists: equal", r#""StringEqualsIfExists":{"k":"a"}"#, &["a"], true),
    ("StringEqualsIfExists: another", r#""StringEqualsIfExists":{"k":"a"}"#, &["b"], false),
    ("StringNotEqualsIfExists: without the key", r#""StringNotEqualsIfExists":{"k":"a"}"#, &[], true),
    ("StringNotEqualsIfExists: equal", r#""StringNotEqualsIfExists":{"k":"a"}"#, &["a"], false),
    ("NumericLessThanIfExists: without the key", r#""NumericLessThanIfExists":{"k":"10"}"#, &[], true),
    ("NumericLessThanIfExists: greater", r#""NumericLessThanIfExists":{"k":"10"}"#, &["11"], false),
    ("IpAddressIfExists: beside the range", r#""IpAddressIfExists":{"k":"203.0.113.0/24"}"#, &["198.51.100.7"], false),
    ("ForAnyValue with IfExists: without the key", r#""ForAnyValue:StringEqualsIfExists":{"k":"a"}"#, &[], true),
];

#[rustfmt::skip]
const MISSING: &[Row] = &[
    ("without the key: StringEquals", r#""StringEquals":{"k":"a"}"#, &[], false),
    ("without the key: StringLike a star", r#""StringLike":{"k":"*"}"#, &[], false),
    ("without the key: StringNotEquals", r#""StringNotEquals":{"k":"a"}"#, &[], true),
    ("without the key: StringNotLike", r#""StringNotLike":{"k":"*"}"#, &[], true),
    ("without the key: StringNotEqualsIgnoreCase", r#""StringNotEqualsIgnoreCase":{"k":"a"}"#, &[], true),
    ("without the key: NumericLessThan", r#""NumericLessThan":{"k":"10"}"#, &[], false),
    ("without the key: NumericNotEquals", r#""NumericNotEquals":{"k":"10"}"#, &[], true),
    ("without the key: DateLessThan", r#""DateLessThan":{"k":"2026-01-01"}"#, &[], false),
    ("without the key: DateNotEquals", r#""DateNotEquals":{"k":"2026-01-01"}"#, &[], true),
    ("without the key: IpAddress", r#""IpAddress":{"k":"0.0.0.0/0"}"#, &[], false),
    ("without the key: NotIpAddress", r#""NotIpAddress":{"k":"203.0.113.0/24"}"#, &[], true),
    ("without the key: ArnLike", r#""ArnLike":{"k":"arn:*:*:*:*:*"}"#, &[], false),
    ("without the key: ArnNotLike", r#""ArnNotLike":{"k":"arn:*:*:*:*:*"}"#, &[], true),
];

#[rustfmt::skip]
const SETS: &[Row] = &[
    ("ForAllValues: all are named", r#""ForAllValues:StringEquals":{"k":["a","b","c"]}"#, &["a", "b"], true),
    ("ForAllValues: one is not named", r#""ForAllValues:StringEquals":{"k":["a","b"]}"#, &["a", "c"], false),
    ("ForAllValues: without the key", r#""ForAllValues:StringEquals":{"k":"a"}"#, &[], true),
    ("ForAllValues and Null false: without the key", r#""ForAllValues:StringEquals":{"k":"a"},"Null":{"k":"false"}"#, &[], false),
    ("ForAllValues: each is like one", r#""ForAllValues:StringLike":{"k":["a*","b*"]}"#, &["ab", "ba"], true),
    ("ForAllValues negated: none is named", r#""ForAllValues:StringNotEquals":{"k":["a","b"]}"#, &["c", "d"], true),
    ("ForAllValues negated: one is named", r#""ForAllValues:StringNotEquals":{"k":["a","b"]}"#, &["c", "a"], false),
    ("ForAllValues negated: without the key", r#""ForAllValues:StringNotEquals":{"k":"a"}"#, &[], true),
    ("ForAnyValue: one is named", r#""ForAnyValue:StringEquals":{"k":["a","b"]}"#, &["c", "a"], true),
    ("ForAnyValue: none is named", r#""ForAnyValue:StringEquals":{"k":["a","b"]}"#, &["c", "d"], false),
    ("ForAnyValue: without the key", r#""ForAnyValue:StringEquals":{"k":"a"}"#, &[], false),
    ("ForAnyValue negated: one is not named", r#""ForAnyValue:StringNotEquals":{"k":["a","b"]}"#, &["a", "c"], true),
    ("ForAnyValue negated: all are named", r#""ForAnyValue:StringNotEquals":{"k":["a","b"]}"#, &["a", "b"], false),
    ("ForAnyValue negated: without the key", r#""ForAnyValue:StringNotEquals":{"k":"a"}"#, &[], false),
    ("ForAllValues: one value is a set, too", r#""ForAllValues:StringEquals":{"k":"a"}"#, &["b"], false),
];

/// Several keys, operators and values, and sets that are there and empty.
fn several() -> Vec<Case> {
    let two = |name, condition: &str| -> Draft {
        case(name, page::CONDITIONS)
            .with("k", &["a"])
            .with("l", &["b"])
            .identity(&[allow_if(condition)])
    };
    let empty = |name, condition: &str| {
        case(name, page::MULTIVALUED)
            .with("k", &[])
            .identity(&[allow_if(condition)])
    };
    vec![
        two(
            "two keys of one operator, both hold",
            r#""StringEquals":{"k":"a","l":"b"}"#,
        )
        .allowed(),
        two(
            "two keys of one operator, one does not hold",
            r#""StringEquals":{"k":"a","l":"c"}"#,
        )
        .not_allowed(),
        two(
            "two operators, both hold",
            r#""StringEquals":{"k":"a"},"StringNotEquals":{"l":"a"}"#,
        )
        .allowed(),
        two(
            "two operators, one does not hold",
            r#""StringEquals":{"k":"a"},"StringLike":{"l":"a*"}"#,
        )
        .not_allowed(),
        two(
            "two operators on one key",
            r#""StringLike":{"k":"a*"},"StringNotLike":{"k":"*a"}"#,
        )
        .not_allowed(),
        two(
            "one value of each key is enough",
            r#""StringEquals":{"k":["x","a"],"l":["b","y"]}"#,
        )
        .allowed(),
        empty(
            "ForAllValues: no values",
            r#""ForAllValues:StringEquals":{"k":"a"}"#,
        )
        .allowed(),
        empty(
            "ForAllValues negated: no values",
            r#""ForAllValues:StringNotEquals":{"k":"a"}"#,
        )
        .allowed(),
        empty(
            "ForAnyValue: no values",
            r#""ForAnyValue:StringEquals":{"k":"a"}"#,
        )
        .not_allowed(),
        empty("Null true: no values", r#""Null":{"k":"true"}"#).allowed(),
    ]
}

/// How the names of keys are compared.
fn keys() -> Vec<Case> {
    vec![
        case("the case of a key does not matter", page::CONDITION)
            .with("aws:SourceAccount", &["111122223333"])
            .identity(&[allow_if(
                r#""StringEquals":{"AWS:sourceACCOUNT":"111122223333"}"#,
            )])
            .allowed(),
        case("the case of the key of a tag does not matter", page::TAGS)
            .with("aws:ResourceTag/Team", &["blue"])
            .identity(&[allow_if(
                r#""StringEquals":{"aws:ResourceTag/team":"blue"}"#,
            )])
            .allowed(),
        case("the case of the value of a tag matters", page::TAGS)
            .with("aws:ResourceTag/Team", &["Blue"])
            .identity(&[allow_if(
                r#""StringEquals":{"aws:ResourceTag/Team":"blue"}"#,
            )])
            .not_allowed(),
        case(
            "a key of the principal follows from who asks",
            page::CONDITION,
        )
        .identity(&[allow_if(
            r#""ArnEquals":{"aws:PrincipalArn":"arn:aws:iam::111122223333:role/Web"}"#,
        )])
        .allowed(),
    ]
}
