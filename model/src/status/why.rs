//! Why a trapped set does not heal by itself, step by step, and where each step can be read.

use super::{Status, StatusKind};
use crate::action::Action;
use crate::blocker;
use crate::facts::Facts;
use crate::forecast::forecast_judged;
use crate::pod::Pod;
use crate::set::PodManagement;

/// One step of the reasoning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// What is so.
    pub title: String,
    /// What that means here.
    pub text: String,
    /// The fields of the cluster that show it; empty where it follows from the steps before.
    pub source: String,
}

/// Why the pod that [`Status::blocker`] names is never replaced by the controller, and what replaces it. Empty unless the set is
/// Trapped.
pub fn why_trapped(facts: &Facts, status: &Status) -> Vec<Reason> {
    let blocker = status.blocker.as_ref().filter(|_| status.kind == StatusKind::Trapped);
    let Some((blocker, pod)) = blocker.and_then(|b| Some((b, facts.pod_at(b.ordinal)?))) else {
        return Vec::new();
    };
    let Some(index) = facts.set.index_of(blocker.ordinal) else { return Vec::new() };
    vec![
        broken(facts, blocker, pod),
        unwanted(facts, pod, facts.wanted_revision(index)),
        waits(facts, status, pod),
        frees(facts, status, pod),
    ]
}

fn broken(facts: &Facts, b: &blocker::Blocker, pod: &Pod) -> Reason {
    let container = blocker::failing_container(pod).map(|c| c.name.as_str());
    let images = facts.revision(&pod.revision).map_or(&[][..], |r| &r.images);
    let image = images.iter().find(|i| Some(i.container.as_str()) == container);
    let image = image.map(|i| format!(", with {}", i.image)).unwrap_or_default();
    Reason {
        title: format!("{} {}.", b.pod, if b.failing { "cannot start" } else { "is not Ready" }),
        text: format!("It runs {}{image}, and {}.", facts.revision_label(&pod.revision), b.says),
        source: match container {
            Some(name) => format!("pod {}, container {name}: {}", b.pod, b.reason),
            None => format!("pod {}: {}", b.pod, b.reason),
        },
    }
}

fn unwanted(facts: &Facts, pod: &Pod, wanted: &str) -> Reason {
    let (has, wants) = (facts.revision_label(&pod.revision), facts.revision_label(wanted));
    let again = facts.revision(wanted).and_then(|r| r.was.last());
    let again = again
        .map(|n| format!(" {wants} is the earlier r{n}: a template that is taken up again gets the next number."))
        .unwrap_or_default();
    let field = if wanted == facts.set.status.update_revision { "update" } else { "current" };
    Reason {
        title: format!("The set wants {wants} there, and the pod stays on {has}."),
        text: format!(
            "Changing the template, or putting it back, changes the set and no pod: a pod keeps its revision until it is replaced.{again}"
        ),
        source: format!(
            "controller-revision-hash: {}; status.{field}Revision: {wanted}",
            pod.revision
        ),
    }
}

fn waits(facts: &Facts, status: &Status, pod: &Pod) -> Reason {
    let index = facts.ordinal(pod).and_then(|ordinal| facts.set.index_of(ordinal));
    if index.is_some_and(|index| index < facts.set.partition()) {
        return Reason {
            title: "The update line is above this pod.".to_owned(),
            text: "The controller replaces pods for the sake of their revision only at the line and above it. Raising the line puts no pod below it back: it stays as it is until somebody deletes it.".to_owned(),
            source: format!("spec.updateStrategy.rollingUpdate.partition: {}", facts.set.partition()),
        };
    }
    if facts.set.policy == PodManagement::OrderedReady {
        let first = blocker::find(facts).map_or_else(|| pod.name.clone(), |b| b.pod);
        let title = if first == pod.name {
            "The controller waits for a pod that it would have to replace."
        } else {
            "The controller waits for another pod before this one."
        };
        return Reason {
            title: title.to_owned(),
            text: format!(
                "With OrderedReady it replaces nothing while {first} is not Ready, and a broken pod of a revision that is no longer wanted is no exception. Kubernetes' documentation calls the way out a forced rollback: somebody deletes the pod."
            ),
            source: "spec.podManagementPolicy: OrderedReady".to_owned(),
        };
    }
    let as_it_is = Action::SetPartition { partition: facts.set.partition() };
    let stall = forecast_judged(facts, Some(status), &as_it_is).stall;
    Reason {
        title: "The controller replaces nothing while too many pods are not available.".to_owned(),
        text: stall.unwrap_or_else(|| "The broken pod itself is counted.".to_owned()),
        source: "spec.updateStrategy.rollingUpdate.maxUnavailable".to_owned(),
    }
}

fn frees(facts: &Facts, status: &Status, pod: &Pod) -> Reason {
    let name = &pod.name;
    let delete = Action::DeletePod { pod: name.clone(), uid: pod.uid.clone() };
    let then = forecast_judged(facts, Some(status), &delete);
    let (title, text) = if then.in_vain {
        (
            format!("Deleting {name} alone does not free it."),
            "It comes back on the image that fails. The set needs another template first, by a new image or an earlier revision; then the pod is deleted.".to_owned(),
        )
    } else if let Some(stall) = then.stall {
        (format!("Deleting {name} is the first step."), stall)
    } else {
        let back = then.steps.into_iter().find(|s| s.pod == *name).and_then(|s| s.revision);
        let on = back.map(|r| format!(" on {r}")).unwrap_or_default();
        let claims = if pod.claims.is_empty() { "" } else { " with the claims it has" };
        (
            format!("Deleting {name} frees the set."),
            format!("It comes back{on}{claims}, and the controller goes on by itself."),
        )
    };
    Reason { title, text, source: String::new() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::set::{RollingUpdate, UpdateStrategy};
    use crate::status::{Settings, status};
    use crate::testing::{Sts, now, sts};

    fn told(set: Sts) -> Vec<Reason> {
        let facts = set.facts();
        why_trapped(&facts, &status(&facts, None, now(), Settings::default()))
    }

    fn back() -> Sts {
        sts("db").replicas(5).revision(7).on(4, 7).crashing(4, 30).back_to(1, 8)
    }

    #[test]
    fn below_the_line_no_pod_is_put_back_whatever_the_policy() {
        for parallel in [false, true] {
            let set = sts("db").replicas(5).revision(7).partition(5).on(4, 7).crashing(4, 30);
            let why = told(if parallel { set.parallel() } else { set });
            assert_eq!(why[2].title, "The update line is above this pod.", "{why:?}");
            assert_eq!(why[2].source, "spec.updateStrategy.rollingUpdate.partition: 5");
        }
    }

    #[test]
    fn where_another_pod_is_waited_for_sentence_and_reasons_agree() {
        let facts = back().crashing(0, 30).facts();
        let status = status(&facts, None, now(), Settings::default());
        assert_eq!(status.kind, StatusKind::Trapped, "{}", status.sentence);
        let why = why_trapped(&facts, &status);
        assert_eq!(why[2].title, "The controller waits for another pod before this one.");
        assert_eq!(why[3].title, "Deleting db-4 is the first step.", "{why:?}");
        assert!(status.sentence.ends_with("is the first step."), "{}", status.sentence);
    }

    #[test]
    fn under_ordered_ready_the_pod_waited_for_is_the_one_to_replace() {
        let why = told(back().claims("data"));
        let titles: Vec<&str> = why.iter().map(|r| r.title.as_str()).collect();
        assert_eq!(
            titles,
            [
                "db-4 cannot start.",
                "The set wants r8 there, and the pod stays on r7.",
                "The controller waits for a pod that it would have to replace.",
                "Deleting db-4 frees the set.",
            ]
        );
        assert!(why[0].text.ends_with("and crashed 6 times (exit 137)."), "{}", why[0].text);
        assert_eq!(why[0].source, "pod db-4, container app: CrashLoopBackOff");
        assert!(why[1].source.starts_with("controller-revision-hash: db-"), "{}", why[1].source);
        assert!(why[2].text.contains("while db-4 is not Ready"), "{}", why[2].text);
        assert!(why[3].text.starts_with("It comes back on r8"), "{}", why[3].text);
    }

    #[test]
    fn a_revision_that_was_taken_up_again_is_named_with_its_earlier_number() {
        let why = told(back().with(|f| {
            let wanted = f.set.status.update_revision.clone();
            let found = f.revisions.iter_mut().find(|r| r.name == wanted).expect("it is kept");
            found.was = vec![1];
        }));
        assert!(why[1].text.contains("r8 is the earlier r1:"), "{}", why[1].text);
    }

    #[test]
    fn a_parallel_set_is_held_by_its_budget() {
        let why = told(back().parallel().with(|facts| {
            let one = RollingUpdate { partition: Some(0), max_unavailable: Some("1".into()) };
            facts.set.strategy = UpdateStrategy::RollingUpdate { rolling_update: Some(one) };
        }));
        assert!(why[2].text.contains("maxUnavailable allows 1"), "{}", why[2].text);
        assert!(why[2].source.ends_with("maxUnavailable"));
        assert_eq!(why[3].title, "Deleting db-4 frees the set.");
    }

    #[test]
    fn nothing_is_promised_of_the_same_image() {
        let set = sts("web").replicas(3).revision(2).on(2, 2).crashing(2, 30).revision(3);
        let why = told(set.with(|f| f.revisions[2].images = f.revisions[1].images.clone()));
        assert_eq!(why[3].title, "Deleting web-2 alone does not free it.");
    }

    #[test]
    fn of_a_set_that_is_not_trapped_nothing_is_told() {
        assert!(told(sts("web").replicas(3)).is_empty());
        assert!(told(sts("web").replicas(3).revision(2).on(2, 2).crashing(2, 30)).is_empty());
    }
}
