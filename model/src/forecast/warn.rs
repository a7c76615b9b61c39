//! What to know before: who will overwrite it, data that goes, guards that do not hold.

use super::Step;
use crate::action::{Action, StrategyName, target_partition};
use crate::controller::{Version, max_unavailable_gate};
use crate::facts::Facts;
use crate::pod::Pod;
use crate::set::UpdateStrategy;
use crate::words::{pods, verb};

pub(super) const UNSEEN: &str = "This rests on a rule of Kubernetes 1.37 or later that was read in its source and has not \
                                 been watched on a running controller.";

pub(super) fn warnings(facts: &Facts, action: &Action, steps: &[Step]) -> Vec<String> {
    let set = &facts.set;
    let mut warnings = Vec::new();
    warnings.extend(data_lost(facts, steps));
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
    if matches!(action, Action::Scale { .. })
        && let Some(scaler) = set.managers.iter().find(|m| m.name == AUTOSCALER && m.owns.replicas)
    {
        let at = scaler.at.map(|at| format!(" ({at:.0})")).unwrap_or_default();
        warnings.push(format!(
            "A HorizontalPodAutoscaler set the replicas{at} and may put its own number back at its next look."
        ));
    }
    warnings.extend(falls_back_later(facts, action, steps));
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
    warnings.extend(kept_max_unavailable(facts, action));
    let new_revision = matches!(action, Action::SetImage { .. } | Action::Restart { .. });
    if new_revision && set.revision_history_limit < 0 {
        warnings.push(format!(
            "revisionHistoryLimit is {}: Kubernetes keeps every revision of this set for good, and each new template adds one.",
            set.revision_history_limit
        ));
    }
    warnings
}

/// Who writes `replicas` through the subresource `scale` under this name is the autoscaler: the StatefulSet controller writes
/// only the status. Source: kubernetes `pkg/controller/podautoscaler/horizontal.go`.
const AUTOSCALER: &str = "kube-controller-manager";

/// Claims that go, by why they go: the retention policy, or somebody has deleted them and only a pod keeps them.
fn data_lost(facts: &Facts, steps: &[Step]) -> Vec<String> {
    let deleting = |name: &str| facts.claims.iter().any(|c| c.name == name && c.deleting);
    let (by_hand, by_policy): (Vec<&str>, Vec<&str>) = steps
        .iter()
        .flat_map(|s| s.claims_deleted.iter().map(String::as_str))
        .partition(|name| deleting(name));
    let mut lost = Vec::new();
    if !by_policy.is_empty() {
        lost.push(format!(
            "The set's retention policy deletes claims when it is scaled down: {} and the data on {} for good.",
            by_policy.join(", "),
            verb(by_policy.len(), "it go", "them go"),
        ));
    }
    if !by_hand.is_empty() {
        lost.push(format!(
            "{} {} deleted already and only kept by {} pod: {} with it, and the data for good.",
            by_hand.join(", "),
            verb(by_hand.len(), "is", "are"),
            verb(by_hand.len(), "its", "their"),
            verb(by_hand.len(), "it goes", "they go"),
        ));
    }
    lost
}

/// Pods that run the update and lie below the new boundary keep it only until they are made anew.
/// Source: `stateful_set_utils.go`, `newVersionedStatefulSetPod`.
fn falls_back_later(facts: &Facts, action: &Action, steps: &[Step]) -> Option<String> {
    let set = &facts.set;
    let status = &set.status;
    let raised = match action {
        Action::Abort { .. } => set.replicas,
        _ => target_partition(facts, action)?,
    };
    let changes_template = matches!(
        action,
        Action::SetImage { .. } | Action::Restart { .. } | Action::RollBack { .. }
    );
    if changes_template
        || !set.is_rolling_update()
        || raised <= set.partition()
        || status.current_revision == status.update_revision
    {
        return None;
    }
    let keeps = |pod: &&Pod| {
        let index = facts.ordinal(pod).and_then(|o| set.index_of(o));
        index.is_some_and(|i| i < raised)
            && pod.revision == status.update_revision
            && !steps.iter().any(|s| s.pod == pod.name)
    };
    let kept: Vec<u32> = facts.pods.iter().filter(keeps).filter_map(|p| facts.ordinal(p)).collect();
    let n = kept.len();
    (n > 0).then(|| {
        format!(
            "{} {} {} only until {} deleted or evicted: then {} on {}.",
            pods(&set.name, kept),
            verb(n, "keeps", "keep"),
            facts.revision_label(&status.update_revision),
            verb(n, "it is", "one is"),
            verb(n, "it comes back", "that one comes back"),
            facts.revision_label(&status.current_revision),
        )
    })
}

/// The field alone does not prove that the gate is on: it stays in sets that were written while it was.
/// Source: kubernetes `pkg/registry/apps/statefulset/strategy.go`, `dropStatefulSetDisabledFields`.
fn kept_max_unavailable(facts: &Facts, action: &Action) -> Option<String> {
    let set = &facts.set;
    let version = facts.kubernetes.unwrap_or(Version::SEEN);
    let asked = matches!(action, Action::SetMaxUnavailable { .. });
    let more = matches!(&set.strategy, UpdateStrategy::RollingUpdate { rolling_update: Some(r) }
        if r.max_unavailable.as_deref().is_some_and(|m| m != "1"));
    let counts = asked || more;
    let only_the_field =
        max_unavailable_gate(set) == Some(true) && !version.max_unavailable_by_default();
    (counts && only_the_field).then(|| {
        format!(
            "That maxUnavailable is honoured here is taken from the set, which has it. Kubernetes {version} does so only where \
             somebody has turned the gate MaxUnavailableStatefulSet on; elsewhere pods go one at a time."
        )
    })
}
