//! How a pod is, in a word and in a sentence.

use model::blocker;
use model::pod::{ContainerState, Pod};

use crate::components::Icon;

/// How it is shown, and the word: Ready, coming, failing, ending.
pub(super) fn state(pod: &Pod) -> (Option<&'static str>, Icon, &'static str) {
    match model::strip::state(pod) {
        model::strip::State::Ready => (None, Icon::Ok, "Ready"),
        model::strip::State::Starting => (Some("no"), Icon::Start, "Not Ready yet"),
        model::strip::State::Failing => (Some("bad"), Icon::Failed, "Not Ready"),
        model::strip::State::Ending => (Some("gone"), Icon::Minus, "Ending"),
    }
}

/// Why it is not up, in the panel's words and then in the cluster's own.
pub(super) fn says(pod: &Pod) -> String {
    if pod.is_up() {
        return String::new();
    }
    let ours = format!("It {}.", blocker::says(pod).1);
    match message(pod) {
        Some(theirs) => format!("{ours} {theirs}"),
        None => ours,
    }
}

/// What a container or the pod itself says of why it does not start, in the cluster's words.
fn message(pod: &Pod) -> Option<String> {
    pod.containers
        .iter()
        .find_map(|c| match &c.state {
            ContainerState::Waiting { message, .. } => message.clone(),
            _ => None,
        })
        .or_else(|| pod.message.clone())
        .filter(|m| !m.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::strip::sample;

    #[test]
    fn a_pod_that_fails_says_why_and_a_ready_one_nothing() {
        let mut pod = sample::pod(0, "web-new");
        assert_eq!((state(&pod).2, says(&pod).as_str()), ("Ready", ""));
        sample::crash(&mut pod);
        assert_eq!(
            (state(&pod).0, says(&pod).as_str()),
            (Some("bad"), "It crashed 6 times (exit 137).")
        );
    }

    #[test]
    fn the_clusters_own_message_follows() {
        let mut pod = sample::pod(0, "web-new");
        pod.ready = false;
        pod.message = Some("0/3 nodes are available".into());
        assert!(says(&pod).ends_with(". 0/3 nodes are available"), "{}", says(&pod));
    }
}
