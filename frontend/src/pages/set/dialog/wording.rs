//! Titles and buttons of the confirm dialog: the verb and its target, the effect in numbers.

use model::action::{Action, StrategyName};
use model::facts::Facts;
use model::forecast::{Forecast, Step, StepKind};
use model::ordinals::Ordinals;
use model::strip;
use model::wire::RevisionEntry;
use model::words;

use super::draft::Draft;

/// The title: verb and target.
pub fn title(facts: &Facts, draft: &Draft) -> String {
    let set = &facts.set;
    let new = facts.revision_label(&set.status.update_revision);
    match draft {
        Draft::Fixed(action) => match action {
            Action::SetPartition { partition } => boundary(facts, *partition, &new),
            Action::Advance { to: Some(to) } => format!("Advance to {}", set.pod_name(*to)),
            Action::Advance { to: None } => "Advance to the next pod".to_owned(),
            Action::Hold {} => "Hold the rollout".to_owned(),
            Action::Finish {} => format!("Finish the rollout on {new}"),
            Action::DeletePod { pod, .. } => comes_back(facts, "Delete", pod),
            Action::EvictPod { pod, .. } => comes_back(facts, "Evict", pod),
            Action::SetImage { .. } => format!("New image for {}", set.name),
            Action::Restart { .. } => format!("Restart {}", set.name),
            Action::Scale { replicas } => {
                format!("Scale {} from {} to {replicas}", set.name, set.replicas)
            }
            Action::SwitchStrategy { strategy, .. } => format!("Switch to {strategy:?}"),
            Action::Abort { .. } => "Abort the rollout".to_owned(),
            Action::RollBack { revision, .. } => {
                format!("Roll back to {}", facts.revision_label(revision))
            }
            Action::SetMaxUnavailable { .. } => "Set maxUnavailable".to_owned(),
        },
        Draft::Image { .. } => format!("New image for {}", set.name),
        Draft::Restart { .. } => format!("Restart the pods of {}", set.name),
        Draft::Scale { replicas } => match replicas.trim().parse::<u32>() {
            Ok(n) if n != set.replicas => {
                format!("Scale {} from {} to {n}", set.name, set.replicas)
            }
            _ => format!("Scale {}", set.name),
        },
        Draft::Strategy { to: StrategyName::OnDelete, .. } => {
            format!("Switch {} to OnDelete", set.name)
        }
        Draft::Strategy { .. } => format!("Switch {} to RollingUpdate", set.name),
        Draft::Abort { .. } => "Abort the rollout".to_owned(),
        Draft::RollBack { to, .. } if to.is_empty() => format!("Roll back {}", set.name),
        Draft::RollBack { to, recorded, .. } => {
            format!("Roll back {} to {}", set.name, label_of(facts, to, recorded.as_ref()))
        }
        Draft::MaxUnavailable { .. } => format!("Set maxUnavailable of {}", set.name),
    }
}

/// What a revision is called, or was while Kubernetes had it.
fn label_of(facts: &Facts, name: &str, recorded: Option<&RevisionEntry>) -> String {
    match recorded.filter(|_| facts.revision(name).is_none()) {
        Some(entry) => entry.label.clone(),
        None => facts.revision_label(name),
    }
}

/// Names what moving the boundary does, by its direction.
fn boundary(facts: &Facts, partition: u32, new: &str) -> String {
    let set = &facts.set;
    let now = set.partition().min(set.replicas);
    let to = partition.min(set.replicas);
    if to == 0 {
        format!("Finish the rollout on {new}")
    } else if to < now {
        format!("Advance to {}", set.pod_name(set.start + to))
    } else {
        format!("Hold before {}", set.pod_name(set.start + to - 1))
    }
}

fn comes_back(facts: &Facts, verb: &str, pod: &str) -> String {
    let action = pod_action(facts, verb, pod);
    let back = action
        .and_then(|a| model::forecast::forecast(facts, &a).steps.into_iter().next())
        .filter(|s| s.what == StepKind::Restart)
        .and_then(|s| s.revision);
    match back {
        Some(revision) => format!("{verb} {pod} so that it restarts on {revision}"),
        None => format!("{verb} {pod}"),
    }
}

fn pod_action(facts: &Facts, verb: &str, pod: &str) -> Option<Action> {
    let found = facts.pods.iter().find(|p| p.name == pod)?;
    let (pod, uid) = (found.name.clone(), found.uid.clone());
    Some(if verb == "Evict" {
        Action::EvictPod { pod, uid }
    } else {
        Action::DeletePod { pod, uid }
    })
}

/// The primary button: the verb and its effect, "Finish: restart 3 pods".
pub fn primary(facts: &Facts, draft: &Draft, forecast: &Forecast) -> String {
    let verb = match draft {
        Draft::Fixed(action) => match action {
            Action::SetPartition { partition } => {
                let now = facts.set.partition().min(facts.set.replicas);
                match *partition {
                    0 => "Finish".to_owned(),
                    p if p < now => "Advance".to_owned(),
                    _ => "Hold".to_owned(),
                }
            }
            Action::Advance { .. } => "Advance".to_owned(),
            Action::Hold {} => "Hold".to_owned(),
            Action::Finish {} => "Finish".to_owned(),
            Action::DeletePod { pod, .. } => return format!("Delete {pod}"),
            Action::EvictPod { pod, .. } => return format!("Evict {pod}"),
            _ => "Go on".to_owned(),
        },
        Draft::Image { .. } => "Set image".to_owned(),
        Draft::Restart { .. } => "Restart".to_owned(),
        Draft::Scale { .. } => "Scale".to_owned(),
        Draft::Strategy { .. } => "Switch".to_owned(),
        Draft::Abort { .. } => "Abort".to_owned(),
        Draft::RollBack { to, recorded, .. } => {
            format!("Roll back to {}", label_of(facts, to, recorded.as_ref()))
        }
        Draft::MaxUnavailable { text } => format!("Set to {}", text.trim()),
    };
    let effect = effect(&forecast.steps);
    match (draft, effect.strip_prefix("restart ")) {
        (Draft::Restart { .. }, Some(pods)) => format!("Restart {pods}"),
        _ => format!("{verb}: {effect}"),
    }
}

/// "restart 3 pods", "stop 2 pods, delete 2 claims", "no restart".
pub fn effect(steps: &[Step]) -> String {
    let of = |kind| steps.iter().filter(|s| s.what == kind).count();
    let claims: usize = steps.iter().map(|s| s.claims_deleted.len()).sum();
    let mut parts = Vec::new();
    for (kind, verb) in
        [(StepKind::Restart, "restart"), (StepKind::Create, "create"), (StepKind::Stop, "stop")]
    {
        let n = of(kind);
        if n > 0 {
            parts.push(format!("{verb} {}", words::count(n, "pod")));
        }
    }
    if claims > 0 {
        parts.push(format!("delete {}", words::count(claims, "claim")));
    }
    if parts.is_empty() { "no restart".to_owned() } else { parts.join(", ") }
}

/// One step of the forecast without the pod's name: what happens to it, and what it must be before the next.
pub fn step(facts: &Facts, steps: &[Step], i: usize) -> (String, Option<String>) {
    let step = &steps[i];
    let on = step.revision.as_deref().map(|r| format!(" on {r}")).unwrap_or_default();
    match step.what {
        StepKind::Restart | StepKind::Create => {
            let does = if step.what == StepKind::Restart { "restarts" } else { "is created" };
            let ordered = facts.set.policy == model::set::PodManagement::OrderedReady
                || step.what == StepKind::Restart;
            let next = steps.get(i + 1).filter(|_| ordered);
            match next {
                Some(next) if next.wave > step.wave => {
                    let before = format!("before {}", next.pod);
                    (format!("{does}{on}, then must be Ready"), Some(before))
                }
                Some(next) if next.what == step.what => {
                    (format!("{does}{on}"), Some(format!("together with {}", next.pod)))
                }
                _ => (format!("{does}{on}"), None),
            }
        }
        StepKind::Stop if step.claims_deleted.is_empty() => {
            ("stops and does not come back".to_owned(), None)
        }
        StepKind::Stop => ("stops;".to_owned(), None),
    }
}

/// Which revision is the update, and who gets it, as the conflict table says it: "r7: web-3 and web-4".
pub fn gets(facts: &Facts) -> String {
    let set = &facts.set;
    let line = set.start.saturating_add(set.partition().min(set.replicas));
    let get = Ordinals::from(line..set.ordinals().end);
    let who = match get.len() {
        _ if !set.is_rolling_update() => "whichever pod is deleted".to_owned(),
        0 => "no pod".to_owned(),
        n if n == set.replicas as usize => format!("all {}", words::count(n, "pod")),
        _ => get.names(&set.name),
    };
    let settled = "nothing waits to be updated";
    if strip::in_progress(facts) {
        format!("{}: {who}", facts.revision_label(&set.status.update_revision))
    } else if set.is_rolling_update() && get.len() == set.replicas as usize {
        settled.to_owned()
    } else {
        // Said, or a line that was moved at rest would be no difference.
        format!("{settled}; the next update reaches {who}")
    }
}

/// Which pods run what: "web-3 and web-4 on r7, web-0 to web-2 on r6".
pub fn runs(facts: &Facts) -> String {
    let mut groups: Vec<(&str, Vec<u32>)> = Vec::new();
    for pod in &facts.pods {
        let Some(ordinal) = facts.ordinal(pod) else { continue };
        match groups.iter_mut().find(|(r, _)| *r == pod.revision) {
            Some((_, all)) => all.push(ordinal),
            None => groups.push((&pod.revision, vec![ordinal])),
        }
    }
    // The update first, as in every sentence.
    groups.sort_by_key(|(r, _)| *r != facts.set.status.update_revision);
    let parts: Vec<String> = groups
        .into_iter()
        .map(|(r, all)| {
            format!("{} on {}", words::pods(&facts.set.name, all), facts.revision_label(r))
        })
        .collect();
    if parts.is_empty() { "none".to_owned() } else { parts.join(", ") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::strip::sample;

    fn fixed(action: Action) -> Draft {
        Draft::Fixed(action)
    }

    #[test]
    fn moving_the_boundary_is_named_by_its_direction() {
        let facts = sample::held(5, 3);
        let name = |p| title(&facts, &fixed(Action::SetPartition { partition: p }));
        assert_eq!(name(2), "Advance to web-2");
        assert_eq!(name(0), "Finish the rollout on r7");
        assert_eq!(name(4), "Hold before web-3");
        assert_eq!(name(5), "Hold before web-4");
    }

    #[test]
    fn the_button_repeats_the_effect() {
        let facts = sample::held(5, 3);
        let draft = fixed(Action::Finish {});
        let forecast = model::forecast::forecast(&facts, &Action::Finish {});
        assert_eq!(primary(&facts, &draft, &forecast), "Finish: restart 3 pods");
        let hold = fixed(Action::SetPartition { partition: 5 });
        assert_eq!(primary(&facts, &hold, &Forecast::default()), "Hold: no restart");
    }

    #[test]
    fn deleting_says_on_which_revision_the_pod_comes_back() {
        let facts = sample::held(5, 3);
        let delete =
            |n: usize| Action::DeletePod { pod: format!("web-{n}"), uid: format!("pod-{n}") };
        assert_eq!(title(&facts, &fixed(delete(0))), "Delete web-0 so that it restarts on r6");
        assert_eq!(title(&facts, &fixed(delete(4))), "Delete web-4 so that it restarts on r7");
    }

    #[test]
    fn lost_claims_are_part_of_the_button() {
        let steps = vec![Step {
            pod: "web-4".into(),
            ordinal: 4,
            what: StepKind::Stop,
            revision: None,
            claims_deleted: vec!["data-web-4".into()],
            claims_created: Vec::new(),
            wave: 0,
        }];
        assert_eq!(effect(&steps), "stop 1 pod, delete 1 claim");
    }

    #[test]
    fn what_runs_where_is_said_with_the_update_first() {
        let facts = sample::held(5, 3);
        assert_eq!(runs(&facts), "web-3 and web-4 on r7, web-0 to web-2 on r6");
        assert_eq!(gets(&facts), "r7: web-3 and web-4");
    }

    #[test]
    fn where_nothing_waits_for_an_update_nobody_gets_one() {
        let said = |partition| {
            let mut facts = sample::held(5, partition);
            facts.pods = sample::held(5, 0).pods;
            facts.set.status.current_revision = "web-new".into();
            facts
        };
        assert_eq!(gets(&said(0)), "nothing waits to be updated");
        let line = "nothing waits to be updated; the next update reaches";
        assert_eq!(gets(&said(3)), format!("{line} web-3 and web-4"));
        let mut by_hand = said(0);
        by_hand.set.strategy = model::set::UpdateStrategy::OnDelete;
        assert_eq!(gets(&by_hand), format!("{line} whichever pod is deleted"));
    }

    #[test]
    fn the_ways_back_say_where_they_lead() {
        let facts = sample::held(5, 3);
        let said = |draft: &Draft| {
            let action = draft.action(&facts).expect("complete");
            let forecast = model::forecast::forecast(&facts, &action);
            (title(&facts, draft), primary(&facts, draft, &forecast))
        };
        let (title, button) = said(&Draft::roll_back(&facts));
        assert_eq!(title, "Roll back web to r6");
        assert_eq!(button, "Roll back to r6: restart 2 pods");
        let (title, button) = said(&Draft::abort(&facts));
        assert_eq!((title.as_str(), button.as_str()), ("Abort the rollout", "Abort: no restart"));
        let (title, button) = said(&Draft::MaxUnavailable { text: " 2 ".into() });
        assert_eq!(title, "Set maxUnavailable of web");
        assert_eq!(button, "Set to 2: no restart");
    }
}
