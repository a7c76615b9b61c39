//! What there is to know of a pod: its conditions, its containers, where it lives.

use std::sync::Arc;

use leptos::prelude::*;
use model::network;
use model::pod::ContainerState;
use model::wire::{PodCondition, PodContainer, PodDetail, PodExit, SetDetail, Unread};
use model::words;

use crate::clock::use_clock;
use crate::components::{CopyButton, Icon, icon, small_icon};
use crate::reactive::dynamic;
use crate::time::{Ago, absolute};

/// The first tab.
pub(super) fn about(detail: &Arc<SetDetail>, pod: &PodDetail) -> AnyView {
    let fails = fails(pod);
    let conditions = pod.conditions.iter().map(|c| condition(c, fails)).collect_view();
    let containers = pod.containers.iter().map(container).collect_view();
    view! {
        <h3>"Conditions"</h3>
        <ol class="cond">{conditions}</ol>
        <h3>"Containers"</h3>
        {containers}
        <h3>"Where it lives"</h3>
        {lives(detail, pod)}
    }
    .into_any()
}

/// Kubernetes' own names, as words.
fn title(name: &str) -> String {
    match name {
        "PodScheduled" => "Scheduled".to_owned(),
        "PodReadyToStartContainers" => "Network and volumes are there".to_owned(),
        "ContainersReady" => "Containers Ready".to_owned(),
        "DisruptionTarget" => "To be disrupted".to_owned(),
        "PodResizePending" => "Resize pending".to_owned(),
        "PodResizeInProgress" => "Resize under way".to_owned(),
        other => other.to_owned(),
    }
}

/// Of most conditions `True` is good; of these it is not.
fn is_good(condition: &PodCondition) -> bool {
    let bad = ["DisruptionTarget", "PodResizePending", "PodResizeInProgress"];
    (condition.status == "True") != bad.contains(&condition.name.as_str())
}

/// Whether a container fails, also one that is running between two crashes. Those of a pod that is being deleted end.
fn fails(pod: &PodDetail) -> bool {
    let again = |c: &PodContainer| {
        c.state == ContainerState::Running && !c.ready && c.restarts > 0 && c.last_exit.is_some()
    };
    pod.deleting.is_none() && pod.containers.iter().any(|c| state(c).1 == Some("bad") || again(c))
}

/// How a condition is shown: fulfilled, not yet, or not by itself. Not being Ready is a matter of time, unless a container
/// `fails`; of what nobody knows any more (its node is lost) it is none.
fn tone(c: &PodCondition, fails: bool) -> &'static str {
    let reason = c.reason.as_deref();
    let bad = match c.name.as_str() {
        _ if c.status == "Unknown" => true,
        "PodScheduled" => reason == Some("Unschedulable"),
        "PodResizePending" => reason == Some("Infeasible"),
        "Initialized" | "ContainersReady" | "Ready" => fails,
        _ => false,
    };
    match (is_good(c), bad) {
        (true, _) => "ok",
        (false, true) => "bad",
        (false, false) => "now",
    }
}

fn condition(c: &PodCondition, fails: bool) -> AnyView {
    let tone = tone(c, fails);
    let said = match c.status.as_str() {
        "True" => "yes",
        "False" => "no",
        _ => "not known",
    };
    let why = [c.reason.as_deref(), c.message.as_deref()];
    let why: Vec<&str> = why.into_iter().flatten().filter(|w| !w.is_empty()).collect();
    let since = c.since.map(|at| view! { <Ago at=at/> });
    view! {
        <li data-c=tone>
            {icon(match tone {
                "ok" => Icon::Ok,
                "bad" => Icon::Failed,
                _ => Icon::Start,
            })}
            <span>
                {title(&c.name)}<span class="sr">{format!(": {said}")}</span>
                " "<span class="dim">{why.join(": ")}</span>
            </span>
            {since}
        </li>
    }
    .into_any()
}

/// "exit 137 (OOMKilled)".
pub(super) fn exit(e: &PodExit) -> String {
    let why = match (e.reason.as_deref(), e.signal) {
        (Some(reason), _) if reason != "Error" && reason != "Completed" => format!(" ({reason})"),
        (_, Some(signal)) => format!(" (signal {signal})"),
        _ => String::new(),
    };
    format!("exit {}{why}", e.code)
}

/// Its state in a word or two, and how it is shown: Ready, coming, failing, over.
fn state(c: &PodContainer) -> (String, Option<&'static str>, Icon) {
    match &c.state {
        ContainerState::Running if c.ready => ("Ready".to_owned(), None, Icon::Ok),
        ContainerState::Running => ("Not Ready yet".to_owned(), Some("no"), Icon::Start),
        ContainerState::Waiting { reason, .. } => {
            let reason = reason.clone().unwrap_or_else(|| "Waiting".to_owned());
            let waits =
                matches!(reason.as_str(), "Waiting" | "ContainerCreating" | "PodInitializing");
            (
                reason,
                Some(if waits { "no" } else { "bad" }),
                if waits { Icon::Start } else { Icon::Failed },
            )
        }
        ContainerState::Terminated(e) if e.code == 0 => {
            ("Ended".to_owned(), Some("gone"), Icon::Ok)
        }
        ContainerState::Terminated(_) => ("Ended".to_owned(), Some("bad"), Icon::Failed),
        ContainerState::None => ("No status yet".to_owned(), Some("no"), Icon::Unseen),
    }
}

fn row(name: &'static str, value: AnyView) -> AnyView {
    view! { <dt>{name}</dt><dd>{value}</dd> }.into_any()
}

fn container(c: &PodContainer) -> AnyView {
    let (word, tone, symbol) = state(c);
    let mut rows: Vec<AnyView> = Vec::new();
    if let ContainerState::Waiting { message: Some(message), .. } = &c.state
        && !message.is_empty()
    {
        rows.push(row("Says", message.clone().into_any()));
    }
    if let Some(since) = c.running_since {
        rows.push(row("Running", view! { <Ago at=since lasts=true/> }.into_any()));
    }
    for (name, ended) in [("Ended", &c.exit), ("Last time", &c.last_exit)] {
        let Some(ended) = ended else { continue };
        let at = ended.ended.map(|at| view! { ", "<Ago at=at after=" ago"/> });
        let words = ended.message.clone().filter(|m| !m.is_empty());
        let words = words.map(|m| view! { <span class="pre soft">{m}</span> });
        rows.push(row(name, view! { {exit(ended)}{at}{words} }.into_any()));
    }
    if !c.mounts.is_empty() {
        let claims = c.mounts.iter().filter_map(|m| Some((m.claim.as_ref()?, m)));
        let mounted: Vec<String> = claims
            .map(|(claim, m)| {
                let how = if m.read_only { ", read-only" } else { "" };
                format!("{claim} at {}{how}", m.path)
            })
            .collect();
        if !mounted.is_empty() {
            rows.push(row(
                "Mounts",
                view! { <span class="mono">{mounted.join(", ")}</span> }.into_any(),
            ));
        }
    }
    let kind = match (c.init, c.sidecar) {
        (_, true) => "sidecar",
        (true, false) => "init container",
        _ => "",
    };
    let restarts = words::count(c.restarts as usize, "restart");
    view! {
        <div class="ctr">
            <div class="row">
                <b class="mono">{c.name.clone()}</b>
                <span class="rd" data-r=tone>{icon(symbol)}{word}</span>
                <span class="dim">{kind}</span>
                <span class="grow"></span>
                <span class="rst">{small_icon(Icon::Restart)}{restarts}</span>
            </div>
            <div class="mono dim img">{c.image.clone()}</div>
            <dl class="kv">{rows}</dl>
        </div>
    }
    .into_any()
}

/// Why a part is not there.
pub(super) fn unread(what: &str, why: &Unread) -> AnyView {
    view! { <p class="mid">{small_icon(Icon::Lock)}" "{format!("{what}: {}", why.says)}</p> }
        .into_any()
}

fn lives(detail: &Arc<SetDetail>, pod: &PodDetail) -> AnyView {
    let mut rows: Vec<AnyView> = Vec::new();
    if let Some(name) = pod.ordinal.and_then(|o| network::pod_name(&detail.facts, o)) {
        let dns = view! {
            <span class="copy">
                <span class="mono">{name.clone()}</span>
                <CopyButton text=name label="Copy the DNS name"/>
            </span>
        };
        rows.push(row("Name in DNS", dns.into_any()));
    }
    if !pod.ips.is_empty() {
        rows.push(row(
            "Address",
            view! { <span class="mono">{pod.ips.join(", ")}</span> }.into_any(),
        ));
    }
    for name in &pod.claims {
        let facts = detail.facts.claims.iter().find(|c| c.name == *name);
        let more = facts.map(|c| {
            let older = (c.created < pod.created)
                .then(|| view! { " "<span class="dim">"older than its pod"</span> });
            let size = c.capacity.clone().or_else(|| c.requested.clone()).unwrap_or_default();
            view! { " "{size}{format!(", {:?}, ", c.phase)}<Ago at=c.created/>{older} }
        });
        let copy =
            view! { <CopyButton text=name.clone() label=format!("Copy the name of {name}")/> };
        let claim = view! { <span class="mono">{name.clone()}</span>" "{copy}{more} };
        rows.push(row("Claim", claim.into_any()));
    }
    if let Some(node) = &pod.node {
        let mut says = Vec::new();
        if let Some(zone) = &node.zone {
            says.push(format!("in {zone}"));
        }
        if node.ready == Some(false) {
            says.push("not Ready".to_owned());
        }
        if node.cordoned {
            says.push("takes no new pods (cordoned)".to_owned());
        }
        let says = says.join(", ");
        let node = view! { <span class="mono">{node.name.clone()}</span>" "<span class="dim">{says}</span> };
        rows.push(row("Node", node.into_any()));
    }
    let (created, clock) = (pod.created, use_clock());
    // Once is enough.
    let ago = move || (!clock.exact()).then(|| view! { " ("<Ago at=created after=" ago"/>")" });
    rows.push(row("Created", view! { {absolute(created)}{dynamic(ago)} }.into_any()));
    if let Some(seconds) = pod.grace_seconds {
        rows.push(row("Grace period", words::lasts(u64::from(seconds) * 1_000).into_any()));
    }
    if let Some(qos) = &pod.qos {
        rows.push(row("QoS class", qos.clone().into_any()));
    }
    if let Some(account) = &pod.service_account {
        rows.push(row(
            "Service account",
            view! { <span class="mono">{account.clone()}</span> }.into_any(),
        ));
    }
    view! { <dl class="kv lives">{rows}</dl> }.into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_end_is_told_with_its_reason_or_signal() {
        let ended = |code, reason: Option<&str>, signal| PodExit {
            code,
            signal,
            reason: reason.map(str::to_owned),
            message: None,
            started: None,
            ended: None,
        };
        assert_eq!(exit(&ended(137, Some("OOMKilled"), None)), "exit 137 (OOMKilled)");
        assert_eq!(exit(&ended(1, Some("Error"), None)), "exit 1");
        assert_eq!(exit(&ended(143, None, Some(15))), "exit 143 (signal 15)");
    }

    #[test]
    fn true_is_good_but_for_conditions_that_tell_of_trouble() {
        let condition = |name: &str, status: &str| PodCondition {
            name: name.into(),
            status: status.into(),
            reason: None,
            message: None,
            since: None,
        };
        assert!(is_good(&condition("Ready", "True")) && !is_good(&condition("Ready", "False")));
        assert!(!is_good(&condition("Ready", "Unknown")));
        assert_eq!(tone(&condition("Ready", "True"), true), "ok");
        assert_eq!(tone(&condition("Ready", "False"), false), "now", "it is starting");
        assert_eq!(tone(&condition("Ready", "False"), true), "bad");
        assert_eq!(tone(&condition("Ready", "Unknown"), false), "bad", "its node is lost");
        assert_eq!(tone(&condition("example.com/gate", "False"), true), "now");
        let unschedulable = PodCondition {
            reason: Some("Unschedulable".into()),
            ..condition("PodScheduled", "False")
        };
        assert_eq!(tone(&unschedulable, false), "bad");
        let gated = PodCondition { reason: Some("SchedulingGated".into()), ..unschedulable };
        assert_eq!(tone(&gated, false), "now");
        assert!(!is_good(&condition("DisruptionTarget", "True")));
        assert!(is_good(&condition("DisruptionTarget", "False")));
    }
}
