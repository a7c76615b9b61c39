//! What becomes of the pods of a story.

use super::*;

impl Story {
    fn pod_mut(&mut self, ordinal: u32) -> &mut Pod {
        let name = self.facts.set.pod_name(ordinal);
        self.facts.pods.iter_mut().find(|p| p.name == name).expect("the story has this pod")
    }

    pub(crate) fn pod_uid(&self, ordinal: u32) -> String {
        self.facts.pod_at(ordinal).unwrap().uid.clone()
    }

    pub(crate) fn created(mut self, ordinal: u32, revision: i64) -> Self {
        self.pods_made += 1;
        let set = &self.facts.set;
        let pod = Pod {
            namespace: set.namespace.clone(),
            name: set.pod_name(ordinal),
            uid: format!("pod-{}-{ordinal}-{}", set.name, self.pods_made),
            set_uid: set.uid.clone(),
            revision: format!("{}-rev{revision}", set.name),
            created: second(self.now),
            deleting: None,
            phase: Phase::Pending,
            ready: false,
            ready_changed: None,
            node: None,
            containers: vec![Container {
                name: "postgres".into(),
                init: false,
                ready: false,
                restarts: 0,
                state: ContainerState::None,
                last_exit: None,
            }],
            claims: vec![],
            reason: None,
            message: None,
        };
        self.facts.pods.push(pod);
        let set = self.facts.set.name.clone();
        self.facts.pods.sort_by_key(|p| Set::ordinal_in(&set, &p.name));
        self
    }

    pub(crate) fn ready(mut self, ordinal: u32) -> Self {
        let now = second(self.now);
        let pod = self.pod_mut(ordinal);
        pod.phase = Phase::Running;
        pod.ready = true;
        pod.ready_changed = Some(now);
        pod.containers[0].ready = true;
        pod.containers[0].state = ContainerState::Running;
        self
    }

    pub(crate) fn not_ready(mut self, ordinal: u32) -> Self {
        let now = second(self.now);
        let pod = self.pod_mut(ordinal);
        pod.phase = Phase::Running;
        pod.ready = false;
        pod.ready_changed = Some(now);
        pod.containers[0].ready = false;
        self
    }

    /// A container exits and waits for its next try.
    pub(crate) fn crashes(mut self, ordinal: u32) -> Self {
        let at = Some(second(self.now));
        let mut story = if self.pod_mut(ordinal).ready { self.not_ready(ordinal) } else { self };
        let pod = story.pod_mut(ordinal);
        pod.phase = Phase::Running;
        let container = &mut pod.containers[0];
        container.restarts += 1;
        container.last_exit = Some(Exit { code: 137, reason: None, at });
        container.state =
            ContainerState::Waiting { reason: Some("CrashLoopBackOff".into()), message: None };
        story
    }

    pub(crate) fn ends(mut self, ordinal: u32) -> Self {
        let now = second(self.now);
        self.pod_mut(ordinal).deleting = Some(now);
        self
    }

    pub(crate) fn gone(mut self, ordinal: u32) -> Self {
        let name = self.facts.set.pod_name(ordinal);
        self.facts.pods.retain(|p| p.name != name);
        self
    }

    /// The counters of the status say what the pods say.
    pub(crate) fn counted(mut self) -> Self {
        let update = self.facts.set.status.update_revision.clone();
        let pods = &self.facts.pods;
        let count =
            |f: &dyn Fn(&&Pod) -> bool| u32::try_from(pods.iter().filter(f).count()).unwrap();
        let updated = count(&|p| p.deleting.is_none() && p.revision == update);
        let ready = count(&|p| p.ready);
        let status = &mut self.facts.set.status;
        (status.updated_replicas, status.ready_replicas) = (updated, ready);
        self
    }
}
