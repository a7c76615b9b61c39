//! The selected pod: its containers, why it is not Ready, and what can be done with it alone.

use std::sync::Arc;

use leptos::prelude::*;
use model::action::{Action, permit};
use model::blocker;
use model::facts::Facts;
use model::pod::{Container, ContainerState, Exit, Pod};
use model::words;

use super::Page;
use super::dialog::draft::Draft;
use crate::components::{Button, Icon, Kind, icon, small_icon};
use crate::reactive::{Memo, Signal};
use crate::time::Ago;

/// One container in words: "app: Running, Ready, 2 restarts, last exit 137 (OOMKilled)".
pub fn container_words(c: &Container) -> String {
    let mut parts = vec![match &c.state {
        ContainerState::None => "no status yet".to_owned(),
        ContainerState::Running => "Running".to_owned(),
        ContainerState::Waiting { reason, .. } => {
            reason.clone().unwrap_or_else(|| "Waiting".to_owned())
        }
        ContainerState::Terminated(exit) => ended("ended", exit),
    }];
    if matches!(c.state, ContainerState::Running) {
        parts.push(if c.ready { "Ready" } else { "not Ready" }.to_owned());
    }
    if c.restarts > 0 {
        parts.push(words::count(c.restarts as usize, "restart"));
    }
    if let Some(exit) = &c.last_exit {
        parts.push(ended("last ended", exit));
    }
    parts.join(", ")
}

fn ended(verb: &str, exit: &Exit) -> String {
    match exit.reason.as_deref() {
        Some(reason) if reason != "Error" && reason != "Completed" => {
            format!("{verb} with exit {} ({reason})", exit.code)
        }
        _ => format!("{verb} with exit {}", exit.code),
    }
}

/// What a container or the pod itself says of why it does not start, in the cluster's words.
pub fn message(pod: &Pod) -> Option<String> {
    pod.containers
        .iter()
        .find_map(|c| match &c.state {
            ContainerState::Waiting { message, .. } => message.clone(),
            _ => None,
        })
        .or_else(|| pod.message.clone())
        .filter(|m| !m.is_empty())
}

/// Deleting and evicting this pod.
fn actions(pod: &Pod) -> [Action; 2] {
    let (name, uid) = (pod.name.clone(), pod.uid.clone());
    [Action::EvictPod { pod: name.clone(), uid: uid.clone() }, Action::DeletePod { pod: name, uid }]
}

/// What the page shows of the selected pod; changes of other pods do not renew it.
#[derive(Clone, Debug, PartialEq)]
struct Shown {
    pod: Pod,
    revision: String,
    says: Option<String>,
    why_not: Option<String>,
}

fn shown(facts: &Facts, name: &str) -> Option<Shown> {
    let pod = facts.pods.iter().find(|p| p.name == name)?;
    let [evict, _] = actions(pod);
    Some(Shown {
        revision: facts.revision_label(&pod.revision),
        says: (!pod.is_up()).then(|| blocker::says(pod).1),
        why_not: permit(facts, &evict).err().map(|r| r.reason),
        pod: pod.clone(),
    })
}

/// The selected pod, below the strip.
#[component]
pub fn PodBar(page: Page, selected: Memo<Option<String>>, on_close: Callback<()>) -> impl IntoView {
    let detail = page.detail;
    let pod = Memo::new(move |_| {
        selected
            .with(|s| s.as_ref().and_then(|name| detail.with(|d| shown(&d.facts, name))))
            .map(Arc::new)
    });
    move || pod.get().map(|shown| bar(page, &shown, on_close))
}

fn bar(page: Page, shown: &Arc<Shown>, on_close: Callback<()>) -> AnyView {
    let pod = &shown.pod;
    let why = shown.why_not.clone();
    let reason = Signal::derive(move || page.off.get().or_else(|| why.clone()));
    let [evict, delete] = actions(pod);
    let containers = pod
        .containers
        .iter()
        .map(|c| {
            let what = if c.init { "init " } else { "" };
            view! { <li><b class="mono">{what}{c.name.clone()}</b>" "{container_words(c)}</li> }
        })
        .collect_view();
    let says =
        shown.says.clone().map(|says| view! { <span class="mid">{format!("It {says}.")}</span> });
    let message = message(pod).map(|m| view! { <p class="pre soft">{m}</p> });
    view! {
        <section class="podbar" aria-labelledby="pod-h">
            <div class="podbar-h">
                <h3 id="pod-h" class="mono">{pod.name.clone()}</h3>
                <span class="dim">
                    {shown.revision.clone()}", created "<Ago at=pod.created/>" ago"
                    {pod.node.clone().map(|n| format!(" on {n}"))}
                </span>
                {says}
                <span class="grow"></span>
                <Button
                    class="sm"
                    reason=reason
                    on_press=move |_| page.ask.run(Draft::Fixed(evict.clone()))
                >
                    {small_icon(Icon::Delete)}"Evict pod…"
                </Button>
                <Button
                    class="sm"
                    reason=reason
                    on_press=move |_| page.ask.run(Draft::Fixed(delete.clone()))
                >
                    {small_icon(Icon::Delete)}"Delete pod…"
                </Button>
                <Button kind=Kind::Quiet class="sm ico" label="Close" on_press=move |_| on_close.run(())>
                    {icon(Icon::Close)}
                </Button>
            </div>
            <ul class="podbar-c">{containers}</ul>
            {message}
        </section>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::strip::sample;

    #[test]
    fn a_crashing_container_says_how_often_and_how() {
        let mut pod = sample::pod(0, "web-new");
        assert_eq!(container_words(&pod.containers[0]), "Running, Ready");
        sample::crash(&mut pod);
        assert_eq!(
            container_words(&pod.containers[0]),
            "CrashLoopBackOff, 6 restarts, last ended with exit 137"
        );
    }

    #[test]
    fn the_clusters_own_message_is_found() {
        let mut pod = sample::pod(0, "web-new");
        assert_eq!(message(&pod), None);
        pod.message = Some("0/3 nodes are available".into());
        assert_eq!(message(&pod).as_deref(), Some("0/3 nodes are available"));
    }
}
