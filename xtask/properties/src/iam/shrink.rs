//! A case without whatever its trouble does not need.

use serde_json::Value;

use super::Case;

/// Takes parts of a case away for as long as `still` holds: policies, statements, conditions, values,
/// context keys, items of lists.
pub fn shrink(case: &Case, mut still: impl FnMut(&Case) -> bool) -> Case {
    let mut smallest = case.clone();
    loop {
        let Ok(whole) = serde_json::to_value(&smallest) else {
            return smallest;
        };
        let mut paths = Vec::new();
        parts(&whole, &mut Vec::new(), &mut paths);
        let smaller = paths.iter().find_map(|path| {
            let mut less = whole.clone();
            remove(&mut less, path);
            let case: Case = serde_json::from_value(less).ok()?;
            // Nobody says anything about a role without a trust policy.
            let is_case = case.resource_policy.is_some() || !case.action.starts_with("sts:");
            (is_case && still(&case)).then_some(case)
        });
        match smaller {
            Some(case) => smallest = case,
            None => return smallest,
        }
    }
}

/// A step into a document.
#[derive(Clone)]
enum Step {
    Member(String),
    Item(usize),
}

/// All parts, the larger before those that are in them.
fn parts(value: &Value, at: &mut Vec<Step>, paths: &mut Vec<Vec<Step>>) {
    let steps: Vec<(Step, &Value)> = match value {
        Value::Object(members) => members
            .iter()
            .map(|(name, inner)| (Step::Member(name.clone()), inner))
            .collect(),
        Value::Array(items) => items
            .iter()
            .enumerate()
            .map(|(index, inner)| (Step::Item(index), inner))
            .collect(),
        _ => vec![],
    };
    for (step, _) in &steps {
        // Another version is another language.
        if !matches!(step, Step::Member(name) if name == "Version") {
            at.push(step.clone());
            paths.push(at.clone());
            at.pop();
        }
    }
    for (step, inner) in steps {
        at.push(step);
        parts(inner, at, paths);
        at.pop();
    }
}

fn remove(value: &mut Value, path: &[Step]) {
    let Some((step, rest)) = path.split_first() else {
        return;
    };
    match (value, step) {
        (Value::Object(members), Step::Member(name)) => {
            if rest.is_empty() {
                members.remove(name);
            } else if let Some(inner) = members.get_mut(name) {
                remove(inner, rest);
            }
        }
        (Value::Array(items), Step::Item(index)) => {
            if rest.is_empty() {
                if *index < items.len() {
                    items.remove(*index);
                }
            } else if let Some(inner) = items.get_mut(*index) {
                remove(inner, rest);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::iam::Generator;

    #[test]
    fn what_the_trouble_does_not_need_goes() {
        let is_trouble = |case: &Case| {
            let text = json!(case.identity).to_string();
            text.contains("Allow") && !case.action.is_empty()
        };
        let case = Generator::new(1)
            .find(|case| is_trouble(case) && case.identity.len() == 3)
            .expect("the generator never ends");
        let small = shrink(&case, is_trouble);
        assert_eq!(small.identity.len(), 1);
        assert!(small.context.is_empty() && small.scps.is_empty());
        assert!(json!(small.identity).to_string().len() < 60);
    }
}
