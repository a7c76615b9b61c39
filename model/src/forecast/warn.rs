//! What to know before: who will overwrite it, data that goes, guards that do not hold.

use super::Step;
use crate::action::{Action, StrategyName};
use crate::facts::Facts;

pub(super) const UNSEEN: &str = "This rests on a rule of Kubernetes 1.37 or later that was read in its source and has not \
                                 been watched on a running controller.";

pub(super) fn warnings(facts: &Facts, action: &Action, steps: &[Step]) -> Vec<String> {
    let set = &facts.set;
    let mut warnings = Vec::new();
    let lost: Vec<&str> =
        steps.iter().flat_map(|s| s.claims_deleted.iter().map(String::as_str)).collect();
    if !lost.is_empty() {
        warnings.push(format!(
            "The set's retention policy deletes claims when it is scaled down: {} and the data on them go for good.",
            lost.join(", ")
        ));
    }
    let changes_spec = !matches!(action, Action::DeletePod { .. } | Action::EvictPod { .. });
    if changes_spec && let Some(by) = &set.managed_by {
        let name = by.name.as_deref().map(|n| format!(" {n}")).unwrap_or_default();
        warnings.push(match by.tool.as_str() {
            "Helm" => format!(
                "Helm release{name} manages this set: the next helm upgrade may put its own values back."
            ),
            tool => format!(
                "{tool}{name} manages this set and may put its own values back at its next sync."
            ),
        });
    }
    if matches!(action, Action::SetImage { .. }) && !facts.readable.revisions {
        warnings.push(
            "The set's revisions are not readable, so this takes the template for a new one. If one of them has it, pods that run it stay."
                .to_owned(),
        );
    }
    let deletes = matches!(action, Action::Abort { pods } if !pods.is_empty());
    if deletes || matches!(action, Action::DeletePod { .. }) {
        warnings.push("Deleting does not ask disruption budgets; evicting does.".to_owned());
    }
    if let (Action::DeletePod { .. } | Action::EvictPod { .. }, Some(step)) =
        (action, steps.first())
        && let Some(pod) = facts.pods.iter().find(|p| p.name == step.pod)
        && let Some(back) = &step.revision
        && set.status.update_revision == pod.revision
        && *back != facts.revision_label(&pod.revision)
    {
        warnings.push(format!(
            "{} runs {} now and comes back on {back}: its place is held back.",
            pod.name,
            facts.revision_label(&pod.revision)
        ));
    }
    if matches!(action, Action::SwitchStrategy { strategy: StrategyName::RollingUpdate, .. })
        && !steps.is_empty()
    {
        warnings.push("The roll begins at once.".to_owned());
    }
    let rolls = changes_spec
        && !matches!(action, Action::Scale { .. } | Action::Abort { .. })
        && !steps.is_empty();
    if rolls {
        warnings.push(
            "The controller deletes pods itself: disruption budgets do not hold it back."
                .to_owned(),
        );
    }
    warnings
}
