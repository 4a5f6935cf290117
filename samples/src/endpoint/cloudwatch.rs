//! CloudWatch: metrics.

use chrono::DateTime;
use serde_json::Value;

use super::{
    Served,
    answer::{Answer, Failure, Out},
    page::{self, Paging},
    request::Request,
    validate::{int, list, structure, text, time, word},
};
use crate::account::Metric;

pub(super) const SERVED: &[Served] = &[
    Served {
        operation: "GetMetricData",
        members: &[
            list("MetricDataQueries", 0, 500).required(),
            time("StartTime").required(),
            time("EndTime").required(),
            text("NextToken", 0, 10_000),
            word("ScanBy", &["TimestampDescending", "TimestampAscending"]),
            int("MaxDatapoints", 1, MOST_POINTS as i64),
            structure("LabelOptions"),
        ],
        paging: Some(Paging {
            token_in: "NextToken",
            token_out: &["NextToken"],
            items: &["MetricDataResults"],
            more: None,
        }),
        answer: get_metric_data,
    },
    Served {
        operation: "ListMetrics",
        members: &[
            text("Namespace", 1, 255),
            text("MetricName", 1, 255),
            list("Dimensions", 0, 10),
            text("NextToken", 0, 10_000),
            word("RecentlyActive", &["PT3H"]),
        ],
        paging: Some(Paging {
            token_in: "NextToken",
            token_out: &["NextToken"],
            items: &["Metrics"],
            more: None,
        }),
        answer: list_metrics,
    },
];

const MOST_POINTS: usize = 100_800;
const DAY: i64 = 86_400;

fn list_metrics(request: &Request<'_>) -> Result<Answer, Failure> {
    let found = request
        .account
        .metrics
        .iter()
        .filter(|metric| {
            request.in_region()
                && request
                    .text("Namespace")
                    .is_none_or(|it| it == metric.namespace)
                && request
                    .text("MetricName")
                    .is_none_or(|it| it == metric.name)
                && request.list("Dimensions").iter().all(|wanted| {
                    metric.dimensions.iter().any(|(name, value)| {
                        wanted["Name"].as_str() == Some(name)
                            && wanted["Value"].as_str().is_none_or(|it| it == value)
                    })
                })
        })
        .collect::<Vec<_>>();
    let (range, next) = page::slice(request, found.len(), "MaxRecords", 500)?;
    let metrics = Out::list(&found[range], |metric| {
        let dimensions = Out::list(&metric.dimensions, |(name, value)| {
            Out::map().with("Name", name).with("Value", value)
        });
        Out::map()
            .with("Namespace", &metric.namespace)
            .with("MetricName", &metric.name)
            .with("Dimensions", dimensions)
    });
    Ok(Answer {
        out: Out::map().with("Metrics", metrics),
        next,
    })
}

fn get_metric_data(request: &Request<'_>) -> Result<Answer, Failure> {
    let queries = request
        .list("MetricDataQueries")
        .iter()
        .map(Query::read)
        .collect::<Result<Vec<_>, _>>()?;
    let start = request
        .time("StartTime")
        .unwrap_or_default()
        .div_euclid(1000);
    let end = request.time("EndTime").unwrap_or_default().div_euclid(1000);
    if start >= end {
        return Err(invalid(
            "The parameter StartTime must be less than the parameter EndTime.",
        ));
    }
    let is_ascending = request.text("ScanBy") == Some("TimestampAscending");
    let most = request
        .int("MaxDatapoints")
        .and_then(|most| usize::try_from(most).ok())
        .unwrap_or(MOST_POINTS);

    // The position counts the points before the page, over all queries in their order.
    let skipped = match &request.position {
        Some(position) => position
            .parse::<usize>()
            .map_err(|_| page::invalid_token(request))?,
        None => 0,
    };
    let mut results = Vec::new();
    let mut before = 0;
    let mut next = None;
    for query in queries.iter().filter(|query| query.is_returned) {
        let mut points = query.points(request, start, end);
        if !is_ascending {
            points.reverse();
        }
        let first = skipped.saturating_sub(before).min(points.len());
        let last = (skipped + most).saturating_sub(before).min(points.len());
        // A query that another page answered whole is not in this one.
        let is_told = before + points.len() <= skipped && skipped > 0;
        let is_later = before >= skipped + most && !points.is_empty();
        before += points.len();
        if last < points.len() || is_later {
            next = Some((skipped + most).to_string());
        }
        if is_told || is_later {
            continue;
        }
        let status = if last < points.len() {
            "PartialData"
        } else {
            "Complete"
        };
        let page = &points[first..last];
        results.push(
            Out::map()
                .with("Id", &query.id)
                .with("Label", &query.label)
                .with(
                    "Timestamps",
                    Out::list(page, |(time, _)| {
                        Out::Time(DateTime::from_timestamp(*time, 0).unwrap_or_default())
                    }),
                )
                .with("Values", Out::list(page, |(_, value)| Out::Float(*value)))
                .with("StatusCode", status),
        );
    }
    Ok(Answer {
        out: Out::map()
            .with("MetricDataResults", results)
            .with("Messages", Vec::new()),
        next,
    })
}

/// A query for one metric.
struct Query {
    id: String,
    label: String,
    is_returned: bool,
    namespace: String,
    name: String,
    dimensions: Vec<(String, String)>,
    period: i64,
    statistic: Statistic,
}

enum Statistic {
    Average,
    Maximum,
    Minimum,
    Percentile(f64),
    SampleCount,
    Sum,
}

impl Query {
    fn read(value: &Value) -> Result<Self, Failure> {
        let id = value["Id"].as_str().unwrap_or_default();
        if !id.starts_with(|first: char| first.is_ascii_lowercase()) {
            return Err(invalid(&format!(
                "The value {id} for parameter MetricDataQueries.member.Id is not valid: it begins with a lowercase letter."
            )));
        }
        let stat = &value["MetricStat"];
        if !stat.is_object() {
            return Err(invalid(
                "This endpoint answers queries with MetricStat only, no expressions.",
            ));
        }
        let metric = &stat["Metric"];
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let period = stat["Period"].as_i64().unwrap_or_default();
        let is_short = [1, 5, 10, 20, 30].contains(&period);
        if !is_short && (period <= 0 || period % 60 != 0) {
            return Err(invalid(
                "The parameter Period must be 1, 5, 10, 20, 30 or a multiple of 60.",
            ));
        }
        let mut dimensions = metric["Dimensions"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|dimension| (text(&dimension["Name"]), text(&dimension["Value"])))
            .collect::<Vec<_>>();
        dimensions.sort();
        let name = text(&metric["MetricName"]);
        Ok(Self {
            id: id.to_owned(),
            label: value["Label"].as_str().unwrap_or(&name).to_owned(),
            is_returned: value["ReturnData"].as_bool().unwrap_or(true),
            namespace: text(&metric["Namespace"]),
            name,
            dimensions,
            // App Runner publishes a value a minute; a shorter period has no other points.
            period: period.max(60),
            statistic: statistic(stat["Stat"].as_str().unwrap_or_default())?,
        })
    }

    /// The points from start until before end, oldest first, in seconds.
    fn points(&self, request: &Request<'_>, start: i64, end: i64) -> Vec<(i64, f64)> {
        let metric = request.account.metrics.iter().find(|metric| {
            request.in_region()
                && metric.namespace == self.namespace
                && metric.name == self.name
                && metric.dimensions == self.dimensions
        });
        let Some(metric) = metric else {
            return Vec::new();
        };
        let now = request.account.now.timestamp();
        let kept = if self.period < 300 {
            15 * DAY
        } else if self.period < 3600 {
            63 * DAY
        } else {
            455 * DAY
        };
        let mut time = start.max(now - kept).div_euclid(self.period) * self.period;
        let mut points = Vec::new();
        while time < end.min(now) {
            if time >= now - kept
                && let Some(value) = self.point(metric, time, now)
            {
                points.push((time, value));
            }
            time += self.period;
        }
        points
    }

    fn point(&self, metric: &Metric, time: i64, now: i64) -> Option<f64> {
        let last = (time + self.period).min(now).div_euclid(60);
        let mut values = (time.div_euclid(60)..last)
            .filter_map(|minute| metric.value(minute))
            .collect::<Vec<_>>();
        if values.is_empty() {
            return None;
        }
        let sum = values.iter().sum::<f64>();
        let count = values.len() as f64;
        values.sort_by(f64::total_cmp);
        Some(match self.statistic {
            Statistic::Average => sum / count,
            Statistic::Maximum => values[values.len() - 1],
            Statistic::Minimum => values[0],
            Statistic::Percentile(percent) => {
                let rank = (percent / 100.0 * count).ceil() as usize;
                values[rank.clamp(1, values.len()) - 1]
            }
            Statistic::SampleCount => count,
            Statistic::Sum => sum,
        })
    }
}

fn statistic(text: &str) -> Result<Statistic, Failure> {
    Ok(match text {
        "Average" => Statistic::Average,
        "Maximum" => Statistic::Maximum,
        "Minimum" => Statistic::Minimum,
        "SampleCount" => Statistic::SampleCount,
        "Sum" => Statistic::Sum,
        text => match text.strip_prefix('p').and_then(|it| it.parse().ok()) {
            Some(percent) if (0.0..=100.0).contains(&percent) => Statistic::Percentile(percent),
            _ => {
                return Err(invalid(&format!(
                    "The value {text} for parameter MetricDataQueries.member.MetricStat.Stat is not supported."
                )));
            }
        },
    })
}

fn invalid(message: &str) -> Failure {
    Failure::new("ValidationError", message)
}
