//! CloudWatch metrics: healthy unless the account states otherwise, a value for every minute.

use chrono::{DateTime, Utc};

use super::{Context, Problem, Service, stated::MetricText};

/// The metrics of App Runner and their values in a healthy minute.
const HEALTHY: [(&str, f64); 9] = [
    ("2xxStatusResponses", 60.0),
    ("4xxStatusResponses", 0.0),
    ("5xxStatusResponses", 0.0),
    ("ActiveInstances", 1.0),
    ("CPUUtilization", 4.0),
    ("Concurrency", 1.0),
    ("MemoryUtilization", 21.0),
    ("RequestLatency", 25.0),
    ("Requests", 60.0),
];

/// One metric.
#[derive(Clone, Debug)]
pub struct Metric {
    /// The namespace.
    pub namespace: String,
    /// The name.
    pub name: String,
    /// The dimensions.
    pub dimensions: Vec<(String, String)>,
    /// What it is in every minute since then, unless a stretch says otherwise.
    base: Option<(i64, f64)>,
    stretches: Vec<Stretch>,
}

/// A time in which a metric is as the account states. Minutes count from 1970.
#[derive(Clone, Debug)]
struct Stretch {
    first: i64,
    /// Behind the last minute; open when missing.
    end: Option<i64>,
    values: Values,
}

#[derive(Clone, Debug)]
enum Values {
    None,
    Same(f64),
    Each(Vec<f64>),
}

impl Metric {
    /// The value in a minute, counted from 1970.
    pub fn value(&self, minute: i64) -> Option<f64> {
        let stretch =
            self.stretches.iter().rev().find(|stretch| {
                stretch.first <= minute && stretch.end.is_none_or(|end| minute < end)
            });
        match stretch {
            Some(stretch) => match &stretch.values {
                Values::None => None,
                Values::Same(value) => Some(*value),
                Values::Each(values) => usize::try_from(minute - stretch.first)
                    .ok()
                    .and_then(|position| values.get(position))
                    .copied(),
            },
            None => self
                .base
                .filter(|(first, _)| *first <= minute)
                .map(|(_, value)| value),
        }
    }
}

pub(super) fn resolve(
    stated: Vec<toml::Spanned<MetricText>>,
    services: &[Service],
    context: &Context,
) -> Result<Vec<Metric>, Problem> {
    let mut metrics = Vec::new();
    for service in services {
        for (name, value) in HEALTHY {
            metrics.push(Metric {
                namespace: "AWS/AppRunner".to_owned(),
                name: name.to_owned(),
                dimensions: dimensions(service),
                base: service.up_since().map(|time| (minute(time) + 1, value)),
                stretches: Vec::new(),
            });
        }
    }
    for text in stated {
        let span = text.span();
        let text = text.into_inner();
        let first = minute(text.from.at(context.now));
        let values = match (text.value, text.values) {
            (Some(_), Some(_)) => {
                return Err(Problem::at(span, "state `value` or `values`, not both"));
            }
            (Some(value), None) => Values::Same(value),
            (None, Some(values)) if !values.is_empty() => Values::Each(values),
            (None, _) => Values::None,
        };
        let end = match (&values, text.minutes) {
            (_, Some(minutes)) => Some(first + i64::from(minutes)),
            (Values::Each(values), None) => Some(first + values.len() as i64),
            (_, None) => None,
        };
        let namespace = text.namespace.unwrap_or_else(|| "AWS/AppRunner".to_owned());
        let dimensions = match text.dimensions {
            Some(stated) => stated.into_iter().collect(),
            None if namespace == "AWS/AppRunner" => dimensions(&services[0]),
            None => Vec::new(),
        };
        let position = metrics
            .iter()
            .position(|metric| {
                metric.namespace == namespace
                    && metric.name == text.name
                    && metric.dimensions == dimensions
            })
            .unwrap_or_else(|| {
                metrics.push(Metric {
                    namespace,
                    name: text.name,
                    dimensions,
                    base: None,
                    stretches: Vec::new(),
                });
                metrics.len() - 1
            });
        metrics[position]
            .stretches
            .push(Stretch { first, end, values });
    }
    // CloudWatch does not list what never had a value.
    metrics.retain(|metric| metric.base.is_some() || !metric.stretches.is_empty());
    Ok(metrics)
}

fn dimensions(service: &Service) -> Vec<(String, String)> {
    vec![
        ("ServiceID".to_owned(), service.id.clone()),
        ("ServiceName".to_owned(), service.name.clone()),
    ]
}

fn minute(time: DateTime<Utc>) -> i64 {
    time.timestamp().div_euclid(60)
}
