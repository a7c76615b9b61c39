//! Whether an action is possible now, and the sentence why not.

use super::{
    Action, Refusal, RefusalCode, StrategyName, abort, roll_back, set_image, target, unavailable,
};
use crate::MAX_REPLICAS;
use crate::blocker;
use crate::facts::Facts;
use crate::ordinals::Ordinals;
use crate::set::{PodManagement, UpdateStrategy};
use crate::strip;

/// Kubernetes keeps the partition as int32.
pub(super) const MAX: u32 = i32::MAX.unsigned_abs();

pub(super) type Verdict = Result<(), Refusal>;

pub(super) fn refuse(code: RefusalCode, reason: impl Into<String>) -> Verdict {
    Err(Refusal { code, reason: reason.into() })
}

pub(super) fn permit(facts: &Facts, action: &Action) -> Verdict {
    let set = &facts.set;
    if set.deleting {
        return refuse(RefusalCode::NotNow, format!("{} is being deleted.", set.name));
    }
    if set.replicas > MAX_REPLICAS
        && !matches!(
            action,
            Action::Scale { .. } | Action::DeletePod { .. } | Action::EvictPod { .. }
        )
    {
        return refuse(
            RefusalCode::NotNow,
            format!(
                "{} wants {} replicas, more than the {MAX_REPLICAS} of which the panel can say beforehand what happens. Scale it first.",
                set.name, set.replicas
            ),
        );
    }
    match action {
        Action::SetPartition { partition } => {
            rolling_update(facts, "There is no boundary to move")?;
            int32("partition", *partition)?;
            if *partition == set.partition() {
                return refuse(
                    RefusalCode::NothingToDo,
                    "The boundary is there already; nothing would change.",
                );
            }
            Ok(())
        }
        Action::Advance { to } => advance(facts, *to),
        Action::Hold {} => hold(facts),
        Action::Finish {} => {
            rolling_update(facts, "There is no rollout to finish")?;
            if set.partition() == 0 {
                return refuse(
                    RefusalCode::NothingToDo,
                    "Nothing is held back: the update reaches every pod already.",
                );
            }
            Ok(())
        }
        Action::SetImage { images, partition } => set_image::permit(facts, images, *partition),
        Action::Restart { partition } => boundary(facts, *partition),
        Action::Abort { pods } => abort::permit(facts, pods),
        Action::RollBack { revision, hash, partition } => {
            boundary(facts, *partition)?;
            roll_back::permit(facts, revision, hash.as_deref())
        }
        Action::SetMaxUnavailable { max_unavailable } => {
            unavailable::permit(facts, max_unavailable)
        }
        Action::Scale { replicas } => {
            if *replicas > MAX_REPLICAS {
                return refuse(
                    RefusalCode::Invalid,
                    format!(
                        "replicas must be between 0 and {MAX_REPLICAS}: of more the panel cannot say beforehand what happens."
                    ),
                );
            }
            if *replicas == set.replicas {
                return refuse(
                    RefusalCode::NothingToDo,
                    format!("{} has {replicas} replicas already.", set.name),
                );
            }
            Ok(())
        }
        Action::SwitchStrategy { strategy, partition } => switch(facts, *strategy, *partition),
        Action::DeletePod { pod, uid } | Action::EvictPod { pod, uid } => this_pod(facts, pod, uid),
    }
}

pub(super) fn rolling_update(facts: &Facts, what: &str) -> Verdict {
    match &facts.set.strategy {
        UpdateStrategy::RollingUpdate { .. } => Ok(()),
        UpdateStrategy::OnDelete => refuse(
            RefusalCode::WrongStrategy,
            format!("{what}: under OnDelete pods change only when they are deleted."),
        ),
        UpdateStrategy::Other { name } => {
            refuse(RefusalCode::WrongStrategy, format!("{what}: the set uses the strategy {name}."))
        }
    }
}

/// A partition that goes with another change.
pub(super) fn boundary(facts: &Facts, partition: Option<u32>) -> Verdict {
    let Some(p) = partition else { return Ok(()) };
    rolling_update(facts, "There is no boundary to set")?;
    int32("partition", p)
}

fn int32(field: &str, value: u32) -> Verdict {
    if value <= MAX {
        return Ok(());
    }
    refuse(RefusalCode::Invalid, format!("{field} must be between 0 and {MAX}."))
}

/// Actions that depend on which revision pods should get need the controller to have said so.
pub(super) fn observed(facts: &Facts) -> Verdict {
    let status = &facts.set.status;
    if status.update_revision.is_empty() || status.observed_generation < facts.set.generation {
        return refuse(
            RefusalCode::NotNow,
            format!(
                "The controller has not seen change {} yet, so nobody knows which pods would restart.",
                facts.set.generation
            ),
        );
    }
    Ok(())
}

fn advance(facts: &Facts, to: Option<u32>) -> Verdict {
    let set = &facts.set;
    rolling_update(facts, "There is no step to take")?;
    observed(facts)?;
    if let Some(ordinal) = to
        && set.index_of(ordinal).is_none()
    {
        return refuse(
            RefusalCode::NotFound,
            format!("There is no {}: the set has {}.", set.pod_name(ordinal), all(facts)),
        );
    }
    let boundary = set.partition().min(set.replicas);
    if boundary == 0 || !strip::in_progress(facts) {
        return refuse(
            RefusalCode::NothingToDo,
            "Nothing is held back: no pod waits for the update.",
        );
    }
    let Some(index) = target::advance(facts, to) else {
        let ordinal = to.unwrap_or(set.start);
        return refuse(
            RefusalCode::NothingToDo,
            format!("{} gets the update already.", set.pod_name(ordinal)),
        );
    };
    let slots = facts.slots();
    if let Some(missing) = slots.iter().position(Option::is_none) {
        let name = set.pod_name(set.start + u32::try_from(missing).unwrap_or(u32::MAX));
        return refuse(RefusalCode::NotNow, format!("{name} is missing; wait until it is back."));
    }
    if let Some(b) = blocker::find(facts) {
        let next = set.pod_name(set.start + index);
        let why = match set.policy {
            PodManagement::OrderedReady => format!(
                "With OrderedReady the controller waits for it, so {next} would not restart."
            ),
            PodManagement::Parallel => "Going on would take a second pod down.".to_owned(),
        };
        return refuse(
            RefusalCode::NotNow,
            format!("{} is not Ready: it {}. {why}", b.pod, b.says),
        );
    }
    Ok(())
}

fn hold(facts: &Facts) -> Verdict {
    rolling_update(facts, "There is no rollout to hold")?;
    observed(facts)?;
    if target::hold(facts) == 0 {
        return refuse(
            RefusalCode::NothingToDo,
            "Every pod runs the newest revision: there is nothing to hold back.",
        );
    }
    if target::hold(facts) == facts.set.partition() {
        return refuse(RefusalCode::NothingToDo, "The rollout is held here already.");
    }
    Ok(())
}

fn switch(facts: &Facts, strategy: StrategyName, partition: Option<u32>) -> Verdict {
    let set = &facts.set;
    let already = match strategy {
        StrategyName::OnDelete => set.is_on_delete(),
        StrategyName::RollingUpdate => set.is_rolling_update(),
    };
    if already {
        return refuse(RefusalCode::NothingToDo, format!("The strategy is {strategy:?} already."));
    }
    match (strategy, partition) {
        (StrategyName::OnDelete, Some(_)) => {
            refuse(RefusalCode::Invalid, "OnDelete has no partition.")
        }
        (_, Some(p)) => int32("partition", p),
        (_, None) => Ok(()),
    }
}

pub(super) fn this_pod(facts: &Facts, pod: &str, uid: &str) -> Verdict {
    let Some(found) = facts.pods.iter().find(|p| p.name == pod) else {
        return refuse(
            RefusalCode::NotFound,
            format!("There is no pod {pod:?} in {}.", facts.set.name),
        );
    };
    if found.uid != uid {
        return refuse(
            RefusalCode::NotNow,
            format!("{pod} is another pod by now: the one you mean is gone."),
        );
    }
    if found.deleting.is_some() {
        return refuse(RefusalCode::NotNow, format!("{pod} is ending already."));
    }
    Ok(())
}

fn all(facts: &Facts) -> String {
    if facts.set.replicas == 0 {
        "no pods".to_owned()
    } else {
        Ordinals::from(facts.set.ordinals()).names(&facts.set.name)
    }
}
