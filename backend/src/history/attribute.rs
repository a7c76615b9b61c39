//! Who changed a part of the spec. The panel where its journal and the set's annotation say so, a tool where managedFields prove it,
//! else outside. Never a person for what was done outside.

use model::set::{Manager, Owned};

use super::credit::{Credit, Deed, Field, Origin};
use super::known::Known;

/// Who made `field` of `before` that of `after`.
pub fn attribute(before: &Known, after: &Known, field: Field, deeds: &[Deed], at: i64) -> Credit {
    if let Some(deed) = deed(before, after, field, deeds) {
        return deed.credit(at);
    }
    let outside = Credit { origin: Origin::Outside, name: None, at, reason: None, action: None };
    match tool(before, after, field) {
        Some(name) => Credit { origin: Origin::Tool, name: Some(name), ..outside },
        None => outside,
    }
}

/// The action that explains the change. Its id stands on the set as an annotation, written by the same patch; an action between
/// the two annotations was overtaken by the last one before the watch showed it.
fn deed<'a>(before: &Known, after: &Known, field: Field, deeds: &'a [Deed]) -> Option<&'a Deed> {
    let last = after.last_action.as_deref()?;
    let earlier = before.last_action.as_deref();
    if earlier == Some(last) {
        return None;
    }
    // Ids are UUIDs of version 7: their order is the order in time.
    let between = |id: &str| id < last && earlier.is_some_and(|e| e < id);
    deeds
        .iter()
        .filter(|d| d.set_uid == after.uid && d.explains(field, after))
        .filter(|d| d.id == last || (!d.refused && between(&d.id)))
        .max_by(|a, b| a.id.cmp(&b.id))
}

/// The manager that managedFields prove to be the one. The API server takes a field whose value changed from its earlier
/// owners and gives it to the writer, and stamps the writer's entry with the time, in whole seconds.
fn tool(before: &Known, after: &Known, field: Field) -> Option<String> {
    let owners: Vec<&Manager> = after.managers.iter().filter(|m| owns(m.owns, field)).collect();
    let moved = |m: &&&Manager| {
        let then = before.managers.iter().find(|b| b.name == m.name && b.operation == m.operation);
        then.is_none_or(|b| !owns(b.owns, field) || m.at > b.at)
    };
    let candidates: Vec<&Manager> = owners.iter().filter(moved).copied().collect();
    let proven = match (candidates.as_slice(), owners.as_slice()) {
        ([one], _) => one,
        // Twice within a second by the same manager: its entry looks the same, but a value that changed belongs to
        // its writer alone. Not so for the template, of which each owner may have a part.
        ([], [one]) if field != Field::Template => one,
        (many, _) => {
            let name = friendly(&many.first()?.name);
            return many.iter().all(|m| friendly(&m.name) == name).then_some(name);
        }
    };
    Some(friendly(&proven.name))
}

/// Who wrote the set, where only one manager did: of labels and annotations it is not kept who owns which. Not the panel, which
/// writes none but its own.
pub fn writer(before: &Known, after: &Known, at: i64) -> Credit {
    let outside = Credit { origin: Origin::Outside, name: None, at, reason: None, action: None };
    let wrote = |m: &&Manager| {
        let then = before.managers.iter().find(|b| b.name == m.name && b.operation == m.operation);
        m.name != model::FIELD_MANAGER && then.is_none_or(|b| m.at > b.at)
    };
    let mut names: Vec<String> =
        after.managers.iter().filter(wrote).map(|m| friendly(&m.name)).collect();
    names.dedup();
    match names.as_slice() {
        [one] => Credit { origin: Origin::Tool, name: Some(one.clone()), ..outside },
        _ => outside,
    }
}

fn owns(owned: Owned, field: Field) -> bool {
    match field {
        Field::Template => owned.template,
        Field::Partition => owned.partition,
        Field::Strategy => owned.strategy,
        Field::Replicas => owned.replicas,
    }
}

/// A manager as people call it.
pub fn friendly(manager: &str) -> String {
    match manager {
        m if m == "kubectl" || m.starts_with("kubectl-") => "kubectl".to_owned(),
        "helm" | "Helm" => "Helm".to_owned(),
        "argocd-controller" | "argocd-application-controller" => "Argo CD".to_owned(),
        "kustomize-controller" | "helm-controller" => "Flux".to_owned(),
        // Another panel, or one whose database was lost: this panel's own actions are in its journal.
        m if m == model::FIELD_MANAGER => "another Rollcall".to_owned(),
        other => other.to_owned(),
    }
}

/// The tool that made a set which is new, where one manager alone owns its template.
pub fn creator(known: &Known) -> Option<String> {
    let mut names: Vec<String> =
        known.managers.iter().filter(|m| m.owns.template).map(|m| friendly(&m.name)).collect();
    names.dedup();
    if names.len() == 1 { names.pop() } else { None }
}
