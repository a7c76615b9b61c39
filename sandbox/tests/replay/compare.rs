//! Comparing what happened with what was recorded.

use model::testing::seen::line;
use serde_json::Value;

/// Compares group by group; within a group the order was luck.
pub(crate) fn difference(groups: &[Value], events: &[Value]) -> Option<String> {
    let sorted = |events: &[Value]| {
        let mut lines: Vec<String> = events.iter().map(line).collect();
        lines.sort();
        lines
    };
    let mut rest = events;
    for (number, group) in (1..).zip(groups) {
        let group = group.as_array().unwrap();
        let (mine, tail) = rest.split_at(group.len().min(rest.len()));
        let (mine, wanted) = (sorted(mine), sorted(group));
        if mine != wanted {
            let all: Vec<String> = events.iter().map(line).collect();
            return Some(format!(
                "group {number}\n  got      {mine:?}\n  expected {wanted:?}\n  all {all:?}"
            ));
        }
        rest = tail;
    }
    let rest: Vec<String> = rest.iter().map(line).collect();
    (!rest.is_empty()).then(|| format!("more than expected: {rest:?}"))
}
