//! Server-side apply: a manager says which fields it wants, and in which state.
//! Source: <https://kubernetes.io/docs/reference/using-api/server-side-apply/>.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::strategic;
use crate::fields::{self, FieldSet, Writer};
use crate::kind::Kind;
use crate::object;
use crate::refusal::Refusal;

/// The object with the configuration on it: what the manager named before and names no longer goes, unless another
/// manager has it too. Its `managedFields` are still those of before: [`settle`] puts them right after defaulting.
///
/// # Errors
/// 409 with every field that another manager owns with another value, unless `force`.
pub(crate) fn onto(
    kind: Kind,
    object: &Value,
    configuration: &Value,
    writer: &Writer<'_>,
    force: bool,
) -> Result<Value, Refusal> {
    let wanted = fields::named(configuration);
    let before = fields::owned_by(object, writer);
    let merged = strategic(object, configuration)?;
    if !force {
        let differing = differing(object, &merged);
        let disputed: FieldSet = wanted.intersection(&differing).cloned().collect();
        let conflicts: Vec<_> = fields::others(object, &disputed, writer).collect();
        if !conflicts.is_empty() {
            return Err(conflict(kind, object::name(object), conflicts));
        }
    }
    let dropped: FieldSet = before.difference(&wanted).cloned().collect();
    let shared: FieldSet = fields::others(object, &dropped, writer).map(|(_, path)| path).collect();
    let mut merged = merged;
    for path in dropped.difference(&shared) {
        fields::without(&mut merged, path);
    }
    Ok(merged)
}

/// Writes down who owns what after an apply.
pub(crate) fn settle(
    before: Option<&Value>,
    after: &mut Value,
    configuration: &Value,
    writer: &Writer<'_>,
    now: Timestamp,
) {
    fields::settle_apply(before, after, &fields::named(configuration), writer, now);
}

fn differing(before: &Value, after: &Value) -> FieldSet {
    let mut probe = after.clone();
    let nobody = Writer { manager: "", applies: false, subresource: "-" };
    fields::credit(Some(before), &mut probe, &nobody, Timestamp::UNIX_EPOCH);
    fields::owned_by(&probe, &nobody)
}

fn conflict(kind: Kind, name: &str, all: Vec<(String, String)>) -> Refusal {
    let mut by_manager: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut causes = Vec::new();
    for (manager, path) in all {
        let field = fields::readable(&path);
        causes.push(json!({
            "reason": "FieldManagerConflict",
            "message": format!("conflict with {manager}"),
            "field": field,
        }));
        by_manager.entry(manager).or_default().push(field);
    }
    let count = causes.len();
    let told: Vec<String> = by_manager
        .into_iter()
        .map(|(manager, fields)| match fields.as_slice() {
            [one] => format!("conflict with {manager}: {one}"),
            many => format!("conflicts with {manager}:\n- {}", many.join("\n- ")),
        })
        .collect();
    let plural = if count == 1 { "conflict" } else { "conflicts" };
    let mut refusal = Refusal::new(
        409,
        "Conflict",
        format!("Apply failed with {count} {plural}: {}", told.join("\n")),
    );
    refusal.details = Some(
        json!({"name": name, "group": kind.info().group, "kind": kind.info().resource, "causes": causes}),
    );
    refusal
}
