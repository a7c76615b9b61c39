//! The template that the set has after the action, as a revision.

use super::ideal::Played;
use super::steps::label;
use crate::action::Action;
use crate::facts::Facts;
use crate::pod::Pod;

/// The revision that every pod would get, were nothing held back.
pub(super) struct Wanted {
    /// The action gives the set a template: a new one, or one that was recorded.
    pub(super) changes: bool,
    name: String,
    /// Its label after the action.
    pub(super) label: String,
    /// Its label until now, where it is a recorded one that gets a new number.
    pub(super) was: Option<String>,
    /// The name that was asked for: Kubernetes may have forgotten it and call it otherwise.
    asked: Option<String>,
}

impl Wanted {
    pub(super) fn of(facts: &Facts, action: &Action, played: &Played) -> Self {
        let changes = matches!(
            action,
            Action::SetImage { .. } | Action::Restart { .. } | Action::RollBack { .. }
        );
        let name = played.update.clone();
        let label = label(facts, played, &name);
        let asked = match action {
            Action::RollBack { revision, .. } => Some(revision.clone()),
            _ => None,
        };
        let of = facts.revision(&name).map(|r| r.name.as_str()).or(asked.as_deref());
        let was = of.map(|of| facts.revision_label(of)).filter(|was| changes && *was != label);
        Self { changes, name, label, was, asked }
    }

    /// Whether a pod runs it.
    pub(super) fn is_of(&self, pod: &Pod) -> bool {
        pod.revision == self.name || self.asked.as_ref() == Some(&pod.revision)
    }
}
