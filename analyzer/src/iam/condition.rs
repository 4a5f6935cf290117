//! Conditions: a key of the request, an operator, and the values that it is compared with.
//!
//! Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html>

mod operator;
mod value;

pub use self::operator::{Comparison, Operator, Quantifier, Test};
pub(super) use self::value::{Network, date, number};
use self::value::{Outcome, Wanted};
use super::{
    context::{Context, Presence},
    pattern::Pattern,
    tri::Tri,
};

/// One key of a `Condition`, with its operator.
#[derive(Clone, Debug)]
pub struct Condition {
    /// How the values are compared.
    pub operator: Operator,
    /// The key as it was written.
    pub name: String,
    /// The key in lower case.
    pub key: String,
    /// The values as they were written.
    pub values: Vec<String>,
    wanted: Vec<Wanted>,
}

impl Condition {
    pub(super) fn new(
        operator: Operator,
        name: &str,
        values: Vec<String>,
        variables: bool,
    ) -> Result<Self, String> {
        let wanted = values
            .iter()
            .map(|value| Wanted::read(operator.test, value, variables))
            .collect::<Result<_, _>>()?;
        Ok(Self {
            operator,
            name: name.to_owned(),
            key: Context::fold(name),
            values,
            wanted,
        })
    }

    /// Whether the condition holds. `doubt` is the answer where AWS does not say how it decides.
    pub(super) fn holds(&self, context: &Context, doubt: Tri) -> Tri {
        let values = match context.get(&self.key) {
            Presence::Unknown => return Tri::Maybe,
            Presence::Absent => None,
            Presence::Known(values) if values.is_empty() => None,
            Presence::Known(values) => Some(values.as_slice()),
        };
        let Operator {
            test,
            negated,
            if_exists,
            quantifier,
        } = self.operator;
        if test == Test::Null {
            return Tri::any(self.wanted.iter().map(|wanted| match wanted {
                Wanted::Bool(absent) => Tri::from(*absent == values.is_none()),
                _ => doubt,
            }));
        }
        let Some(values) = values else {
            return Tri::from(match quantifier {
                _ if if_exists => true,
                Quantifier::ForAllValues => true,
                Quantifier::ForAnyValue => false,
                // That a request has no such key is unlike everything.
                Quantifier::None => negated,
            });
        };
        let each = |value: &String| self.one(value, context, doubt);
        match (quantifier, values) {
            (Quantifier::ForAllValues, _) => Tri::all(values.iter().map(each)),
            (Quantifier::ForAnyValue, _) => Tri::any(values.iter().map(each)),
            (Quantifier::None, [value]) => each(value),
            // AWS asks for a quantifier here and does not say what happens without.
            (Quantifier::None, _) => doubt,
        }
    }

    /// Whether it holds for one value of the request.
    fn one(&self, value: &str, context: &Context, doubt: Tri) -> Tri {
        let mut any = Tri::No;
        for wanted in &self.wanted {
            match wanted.fits(value, context) {
                Outcome::Is(outcome) => any = any.or(outcome),
                Outcome::Doubtful => any = any.or(doubt),
                // A value of another type fits neither a comparison nor its opposite.
                Outcome::OtherType => return Tri::No,
            }
            if any == Tri::Yes && !self.operator.negated {
                break;
            }
        }
        if self.operator.negated { !any } else { any }
    }

    /// The patterns among the values.
    pub(super) fn patterns(&self) -> impl Iterator<Item = &Pattern> {
        self.wanted.iter().filter_map(Wanted::pattern)
    }

    /// Whether AWS does not say how this is decided, or a part was taken out by scrubbing.
    pub(super) fn is_doubtful(&self, context: &Context) -> bool {
        let several = matches!(context.get(&self.key), Presence::Known(values) if values.len() > 1);
        (several && self.operator.quantifier == Quantifier::None)
            || self.wanted.iter().any(Wanted::is_doubtful)
    }
}
