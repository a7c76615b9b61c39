//! Pods that are taken to stay as they are.

use std::collections::HashSet;

use crate::blocker;
use crate::controller::Observed;
use crate::facts::Facts;
use crate::pod::Pod;
use crate::status::{Status, StatusKind};

/// Their uids.
#[derive(Default)]
pub(crate) struct Sick<'a> {
    /// They never become Ready.
    pub(crate) unready: HashSet<&'a str>,
    /// They are on their way out and never get there.
    pub(crate) held: HashSet<&'a str>,
}

impl<'a> Sick<'a> {
    /// The pods that fail, and of the others that are not up those that stay so: all but those that the action ends.
    pub(super) fn of(facts: &'a Facts, seen: &Observed, stays: impl Fn(&Pod) -> bool) -> Self {
        let mut sick = Self::default();
        let mut ending: HashSet<&str> = HashSet::new();
        ending.extend(seen.pods.iter().filter(|p| p.terminating).map(|p| p.name.as_str()));
        for pod in facts.pods.iter().filter(|p| !p.is_up()) {
            if pod.deleting.is_some() {
                if stays(pod) {
                    sick.held.insert(&pod.uid);
                }
            } else if !ending.contains(pod.name.as_str())
                && (blocker::failing_reason(pod).is_some() || stays(pod))
            {
                sick.unready.insert(&pod.uid);
            }
        }
        sick
    }

    pub(super) fn is_empty(&self) -> bool {
        self.unready.is_empty() && self.held.is_empty()
    }
}

/// Whether a pod is down for at least as long as one that is called stuck. Those that fail are told by themselves.
pub(super) fn is_overdue(status: Option<&Status>) -> impl Fn(&Pod) -> bool {
    let blocker = status.and_then(|s| {
        let blocker = s.blocker.as_ref()?;
        // A pod that fails is waited for less long: it says nothing of others.
        let stuck = matches!(s.kind, StatusKind::Stuck | StatusKind::Trapped);
        (stuck && !blocker.failing).then_some(blocker.since)
    });
    move |pod| !pod.is_up() && blocker.is_some_and(|since| blocker::down_since(pod) <= since)
}
