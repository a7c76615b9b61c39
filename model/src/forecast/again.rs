//! Pods that come back on what they fail on now: nothing says that the next one gets further.

use super::ideal::{Played, What};
use crate::action::Action;
use crate::blocker;
use crate::facts::Facts;
use crate::pod::{Container, Pod};
use crate::set::ContainerImage;
use crate::strip;
use crate::words::count;

/// The pods that are in no good state, as far as that may outlive them.
pub(super) struct Again<'a> {
    facts: &'a Facts,
    action: &'a Action,
    pods: Vec<Candidate<'a>>,
}

struct Candidate<'a> {
    ordinal: u32,
    pod: &'a Pod,
    /// The container that fails; `None` for a pod that is only not Ready, which is no sign against its image.
    failing: Option<&'a Container>,
}

impl<'a> Again<'a> {
    /// Pods that fail, and of the others that are not up those of which `stays` says that they stay so.
    pub(super) fn of(facts: &'a Facts, action: &'a Action, stays: &dyn Fn(&Pod) -> bool) -> Self {
        let candidate = |pod: &'a Pod| {
            // Evicted and completed pods say nothing about the next one.
            if pod.is_up() || pod.phase.is_terminal() || pod.revision.is_empty() {
                return None;
            }
            let failing = blocker::failing_container(pod);
            let unready = pod.deleting.is_none() && stays(pod);
            (failing.is_some() || unready).then_some(Candidate {
                ordinal: facts.ordinal(pod)?,
                pod,
                failing,
            })
        };
        Self { facts, action, pods: facts.pods.iter().filter_map(candidate).collect() }
    }

    /// Whether a pod that is made here on this revision is taken to get no further than the one that is there now: it has the
    /// same revision, or the image that fails now and no pod that shows that it works there.
    pub(super) fn fails(&self, ordinal: u32, revision: &str) -> bool {
        self.pods.iter().any(|c| c.ordinal == ordinal && self.same(c, revision))
    }

    fn same(&self, candidate: &Candidate<'_>, revision: &str) -> bool {
        let revision = self.template_of(revision);
        if revision == candidate.pod.revision {
            return true;
        }
        let Some(container) = candidate.failing else { return false };
        let image = self.image(&candidate.pod.revision, &container.name);
        image.is_some()
            && image == self.image(revision, &container.name)
            && self.up_on(revision) == 0
    }

    /// The revision whose template this one has but for an annotation: a restart changes nothing else.
    fn template_of<'b>(&'b self, revision: &'b str) -> &'b str {
        let made = self.facts.revision(revision).is_none();
        match self.action {
            Action::Restart { .. } if made => &self.facts.set.status.update_revision,
            _ => revision,
        }
    }

    /// The image of a container in a revision, where it is known. A revision that the action makes has what it writes.
    fn image(&self, revision: &str, container: &str) -> Option<&str> {
        let named = |images: &'a [ContainerImage]| {
            images.iter().find(|i| i.container == container).map(|i| i.image.as_str())
        };
        let set = &self.facts.set;
        match self.facts.revision(revision) {
            Some(r) => named(&r.images).or_else(|| named(&r.init_images)),
            None if revision == set.status.update_revision => {
                named(&set.containers).or_else(|| named(&set.init_containers))
            }
            None => match self.action {
                Action::SetImage { images, .. } => named(images).or_else(|| named(&set.containers)),
                _ => None,
            },
        }
    }

    fn up_on(&self, revision: &str) -> usize {
        self.facts.pods.iter().filter(|p| p.is_up() && p.revision == revision).count()
    }

    /// Those that come back so, in order.
    fn returning<'b>(&'b self, played: &'b Played) -> impl Iterator<Item = &'b Candidate<'a>> {
        played.moves.iter().filter_map(|m| match &m.what {
            What::Created { revision } => {
                self.pods.iter().find(|c| c.ordinal == m.ordinal && self.same(c, revision))
            }
            _ => None,
        })
    }

    fn first<'b>(&'b self, played: &'b Played) -> Option<&'b Candidate<'a>> {
        self.returning(played).next()
    }

    /// The pod comes back on what fails now, and no other pod shows that it can work.
    pub(super) fn in_vain(&self, played: &Played) -> bool {
        self.first(played).is_some_and(|c| c.failing.is_some() && self.up_on(&c.pod.revision) == 0)
    }

    /// Why it does not go on, in words; `further`: it would, were the pod Ready.
    pub(super) fn says(&self, played: &Played, further: impl FnOnce() -> bool) -> Option<String> {
        let found = self.first(played)?;
        if !self.in_vain(played) {
            return further().then(|| self.again(found));
        }
        let says = blocker::says_of(found.pod);
        let on = self.on(found);
        let mut text =
            format!("{} comes back on {on}, which fails now: it {says}.", found.pod.name);
        if let Action::DeletePod { .. } | Action::EvictPod { .. } = self.action {
            let verb = if matches!(self.action, Action::EvictPod { .. }) {
                "Evicting"
            } else {
                "Deleting"
            };
            text.push_str(&format!(" {verb} it does not help: {}.", self.way_out(found)));
        }
        Some(text)
    }

    /// The same of one pod, if it comes back so.
    pub(super) fn comes_back(&self, played: &Played, ordinal: u32) -> Option<String> {
        let found = self.returning(played).find(|c| c.ordinal == ordinal)?;
        Some(self.again(found))
    }

    /// Pods come up on a revision on which another one fails, and none is Ready.
    pub(super) fn warns(&self, played: &Played) -> Option<String> {
        if self.in_vain(played) {
            return None;
        }
        let bad = |c: &&Candidate<'_>| c.failing.is_some() && self.up_on(&c.pod.revision) == 0;
        let mut made = played.moves.iter().filter_map(|m| match &m.what {
            What::Created { revision } => Some((m.ordinal, revision)),
            _ => None,
        });
        let found = made.find_map(|(ordinal, revision)| {
            let other = |c: &&Candidate<'_>| c.ordinal != ordinal && self.same(c, revision);
            self.pods.iter().filter(bad).find(other)
        })?;
        Some(format!(
            "{} fails on {}, and no pod is Ready on it: it {}.",
            found.pod.name,
            self.facts.revision_label(&found.pod.revision),
            blocker::says_of(found.pod)
        ))
    }

    fn again(&self, found: &Candidate<'_>) -> String {
        let up = self.up_on(&found.pod.revision);
        let others = if up > 0 && found.failing.is_some() {
            format!(", with which {} Ready", are(up))
        } else {
            String::new()
        };
        format!(
            "{} comes back on {}{others}; now it {}. What follows waits until it is Ready.",
            found.pod.name,
            self.on(found),
            blocker::says_of(found.pod)
        )
    }

    /// What it comes back on.
    fn on(&self, found: &Candidate<'_>) -> String {
        let revision = &found.pod.revision;
        match found.failing.and_then(|c| self.image(revision, &c.name)) {
            Some(image) => format!("the same image {image}"),
            None => format!("the same revision {}", self.facts.revision_label(revision)),
        }
    }

    /// What does help.
    fn way_out(&self, found: &Candidate<'_>) -> &'static str {
        let facts = self.facts;
        let container = found.failing.map_or("", |c| c.name.as_str());
        let image = self.image(&found.pod.revision, container);
        let another = facts
            .revisions
            .iter()
            .any(|r| r.name != found.pod.revision && self.image(&r.name, container) != image);
        // Otherwise the controller waits for the broken pod for ever (kubernetes#67250).
        let by_hand =
            facts.set.is_on_delete() || facts.set.policy == crate::set::PodManagement::OrderedReady;
        let aborts = facts.set.is_rolling_update() && strip::in_progress(facts);
        match (another, aborts, by_hand) {
            (true, true, true) => "abort the rollout, or roll back and then delete it",
            (true, true, false) => "abort the rollout, or roll back",
            (true, false, true) => "roll back, and then delete it",
            (true, false, false) => "roll back",
            (false, _, true) => "give the set another image, and then delete it",
            (false, _, false) => "give the set another image",
        }
    }
}

fn are(n: usize) -> String {
    format!("{} {}", count(n, "other pod"), crate::words::verb(n, "is", "are"))
}
