//! One ordinal in full: its node of the rail, its pod, its claims, its machine.

use std::sync::Arc;

use leptos::prelude::*;

use super::column::{ClaimCell, Column, Place, Tone, role_key};
use crate::components::{Icon, icon, small_icon};
use crate::time;

/// The content of an ordinal's list item.
pub(super) fn card(c: &Arc<Column>, claims_readable: bool) -> AnyView {
    let turn = view! {
        <div class="turn" aria-hidden="true">
            <span class="o">{c.ordinal}</span>
            {(!c.turn.word().is_empty()).then(|| view! { <span class="w">{c.turn.word()}</span> })}
        </div>
    };
    let claims: Vec<AnyView> = c.claims.iter().map(|cell| claim(cell, claims_readable)).collect();
    let node = c.node.clone().unwrap_or_default();
    view! {
        {turn}
        {pod(c)}
        {claims}
        <div class="node" title=node.clone()>{node.clone()}</div>
    }
    .into_any()
}

fn pod(c: &Arc<Column>) -> AnyView {
    let age = c.since.map(|since| time::aged(since, ""));
    let band = match c.place {
        Place::Missing | Place::ClaimOnly | Place::Nothing => {
            view! { <span>"no pod"</span> }.into_any()
        }
        _ => view! { <span>{c.revision.clone()}</span><span class="img">{c.image.clone()}</span> }
            .into_any(),
    };
    let restarts = (c.restarts > 0).then(|| {
        let title = model::words::count(c.restarts as usize, "restart");
        view! { <span class="rst" title=title>{small_icon(Icon::Restart)}{c.restarts}</span> }
    });
    let (up, all) = c.containers;
    let containers = (all > 1).then(|| {
        view! { <span title="containers that are Ready">{format!("{up}/{all}")}</span> }
    });
    view! {
        <div class="pod" data-rev=role_key(c.role) data-health=c.failing().then_some("bad")>
            <div class="band">{band}</div>
            <div class="pod-b">
                <div class="nm" title=c.pod.clone()><bdi>{c.pod.clone()}</bdi></div>
                <div class="l">
                    <span class="rd" data-r=c.tone.key() title=c.ready>{icon(c.tone.icon())}{ready(c)}</span>
                    {age}
                </div>
                <div class="l">
                    <span class=if c.failing() { "why-bad" } else { "" } title=c.phase.clone()>
                        {breakable(&c.phase)}
                    </span>
                    <span class="cr">{containers}{restarts}</span>
                </div>
            </div>
        </div>
    }
    .into_any()
}

/// Where the card is narrow, in one word.
fn ready(c: &Column) -> AnyView {
    if c.tone != Tone::Starting {
        return c.ready.into_any();
    }
    view! { <span class="wide">{c.ready}</span><span class="slim" aria-hidden="true">"Starting"</span> }
        .into_any()
}

/// `CrashLoopBackOff` in words that a narrow card may put below each other.
fn breakable(reason: &str) -> AnyView {
    pieces(reason).into_iter().map(|p| view! { {p}<wbr/> }).collect_view().into_any()
}

fn pieces(reason: &str) -> Vec<String> {
    let mut pieces = vec![String::new()];
    let mut small = false;
    for c in reason.chars() {
        if small && c.is_uppercase() {
            pieces.push(String::new());
        }
        small = c.is_lowercase();
        pieces.last_mut().expect("there is one from the start").push(c);
    }
    pieces
}

fn claim(cell: &ClaimCell, readable: bool) -> AnyView {
    let template = view! { <span class="tn">{format!("{} ", cell.template)}</span> };
    let Some(claim) = &cell.claim else {
        let says = if readable { "no claim" } else { "no access" };
        return view! {
            <div class="pvc" data-phase="none"><b>{template}</b><span class="ph">{says}</span></div>
        }
        .into_any();
    };
    let older = claim.older_than_pod;
    view! {
        <div class="pvc" data-phase=claim.phase>
            <b>{template}{claim.size.clone()}</b>
            <span class="r">
                <span class="ph">{claim.phase}</span>
                <span class="old" title=older.then_some("older than its pod")>
                    {older.then(|| small_icon(Icon::Older))}
                    {time::aged(claim.created, "")}
                    {older.then(|| view! { <span class="sr">", older than its pod"</span> })}
                </span>
            </span>
        </div>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::pieces;

    #[test]
    fn a_reason_breaks_between_its_words_only() {
        assert_eq!(pieces("CrashLoopBackOff"), ["Crash", "Loop", "Back", "Off"]);
        assert_eq!(pieces("OOMKilled"), ["OOMKilled"]);
        assert_eq!(pieces("not there yet"), ["not there yet"]);
    }
}
