//! Whether two plays of a scenario came out alike.

use std::collections::BTreeMap;

use model::testing::seen::{line, same};
use serde_json::Value;

use crate::play::Played;

/// Where two plays part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Difference {
    /// Index of the step.
    pub(super) step: usize,
    pub(super) what: String,
}

/// Compares all steps; answers how many events were compared.
pub(super) fn plays(set: &Value, expected: &[Played], got: &[Played]) -> Result<usize, Difference> {
    let mut events = 0;
    for step in 0..expected.len().max(got.len()) {
        let at = |what: String| Difference { step, what };
        let (Some(expected), Some(got)) = (expected.get(step), got.get(step)) else {
            return Err(at(format!("expected {} steps, got {}", expected.len(), got.len())));
        };
        let says = |what: String| at(format!("{}: {what}", Value::Object(expected.step.clone())));
        one(set, expected, got).map_err(says)?;
        events += expected.events.len();
    }
    Ok(events)
}

/// Whether they differ in that step or before.
pub(super) fn plays_until(set: &Value, one: &[Played], other: &[Played], step: usize) -> bool {
    plays(set, one, other).is_err_and(|difference| difference.step <= step)
}

fn one(set: &Value, expected: &Played, got: &Played) -> Result<(), String> {
    same("step", &Value::Object(expected.step.clone()), &Value::Object(got.step.clone()))?;
    let refused = |played: &Played| played.refused.clone().unwrap_or_default();
    same("refused", &refused(expected), &refused(got))?;
    lives(&expected.events, &got.events)?;
    let parallel = set["spec"]["podManagementPolicy"] == "Parallel";
    let order = |events: &[Value]| if parallel { restarts(events) } else { acts(events) };
    let (wanted, mine) = (order(&expected.events), order(&got.events));
    // Of several pods that somebody deletes the first may be gone and back before the last is asked for.
    let several = expected.step.get("deletePod").is_some_and(Value::is_array);
    if wanted != mine && !several {
        return Err(format!("order: expected {wanted:?}, got {mine:?}"));
    }
    same("settled", &expected.settled, &got.settled)
}

/// For each pod and each claim the same events in the same order.
fn lives(expected: &[Value], got: &[Value]) -> Result<(), String> {
    let by_subject = |events: &[Value]| {
        let mut all: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for event in events {
            let subject = format!("{}{}", event["ordinal"], event["claim"]);
            all.entry(subject).or_default().push(line(event));
        }
        all
    };
    let (expected, got) = (by_subject(expected), by_subject(got));
    let none = Vec::new();
    for subject in expected.keys().chain(got.keys()) {
        let (wanted, mine) =
            (expected.get(subject).unwrap_or(&none), got.get(subject).unwrap_or(&none));
        if wanted != mine {
            return Err(format!("events: expected {wanted:?}, got {mine:?}"));
        }
    }
    Ok(())
}

fn is_act(event: &Value) -> bool {
    event["event"] == "create" || (event["event"] == "delete" && event["by"] == "controller")
}

/// One pod at a time: the order of all that the controller does is its rule.
fn acts(events: &[Value]) -> Vec<String> {
    events.iter().filter(|event| is_act(event)).map(line).collect()
}

/// Parallel sets make pods and scale down in goroutines, in any order. The order in which an update replaces pods is its rule.
fn restarts(events: &[Value]) -> Vec<String> {
    let comes_back = |at: usize, event: &Value| {
        events[at..].iter().any(|e| e["event"] == "create" && e["ordinal"] == event["ordinal"])
    };
    let replaced = |(at, event): &(usize, &Value)| {
        event["event"] == "delete" && is_act(event) && comes_back(*at, event)
    };
    events.iter().enumerate().filter(replaced).map(|(_, event)| line(event)).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn played(events: &[(&str, u32)]) -> Vec<Played> {
        let events = events
            .iter()
            .map(|(event, ordinal)| json!({"event": event, "ordinal": ordinal, "by": "controller"}))
            .collect();
        let step = json!({"image": "v2"}).as_object().unwrap().clone();
        vec![Played {
            at: 0,
            step,
            refused: None,
            events,
            settled: json!({"pods": 2}),
            killed: false,
        }]
    }

    #[test]
    fn the_order_counts_where_it_is_the_controllers() {
        let down = played(&[("delete", 1), ("create", 1), ("delete", 0), ("create", 0)]);
        let up = played(&[("delete", 0), ("create", 0), ("delete", 1), ("create", 1)]);
        let made = played(&[("create", 1), ("create", 0)]);
        let made_otherwise = played(&[("create", 0), ("create", 1)]);
        for (policy, luck) in [("OrderedReady", false), ("Parallel", true)] {
            let set = json!({"spec": {"podManagementPolicy": policy}});
            assert_eq!(plays(&set, &down, &down), Ok(4));
            assert!(plays(&set, &down, &up).unwrap_err().what.contains("order: "));
            assert_eq!(plays(&set, &made, &made_otherwise).is_ok(), luck, "{policy}");
        }
    }

    #[test]
    fn another_state_other_events_and_a_missing_step_are_differences() {
        let set = json!({"spec": {}});
        let one = played(&[("delete", 1), ("create", 1)]);
        let mut other = one.clone();
        other[0].settled = json!({"pods": 3});
        assert!(
            plays(&set, &one, &other)
                .unwrap_err()
                .what
                .ends_with("settled.pods: expected 2, got 3")
        );
        assert!(plays(&set, &one, &played(&[("delete", 1)])).is_err());
        assert!(plays(&set, &one, &[]).is_err());
        other[0] = one[0].clone();
        other[0].refused = Some(json!({"code": 422}));
        assert!(plays_until(&set, &one, &other, 0));
    }
}
