//! What Kubernetes' Events say of a pod.

use leptos::prelude::*;
use model::wire::{PodEvent, PodEvents};
use model::words;

use super::about;
use crate::time::Ago;

/// The list, newest first.
pub(super) fn events(events: &PodEvents) -> AnyView {
    if let Some(why) = &events.unread {
        return about::unread("Its Events are not shown", why);
    }
    if events.items.is_empty() {
        return view! { <p class="mid">"No Event tells of it. The cluster keeps them for an hour as a rule."</p> }
            .into_any();
    }
    let more =
        events.more.then(|| view! { <p class="dim">"There are more; these are the newest."</p> });
    let items = events.items.iter().map(event).collect_view();
    view! { <ol class="evl">{items}</ol>{more} }.into_any()
}

fn event(e: &PodEvent) -> AnyView {
    let times = (e.count > 1).then(|| format!(", {}", words::count(e.count as usize, "time")));
    let of = e.container.as_ref().map(|c| format!(" · {c}"));
    let source = (!e.source.is_empty()).then(|| e.source.clone());
    view! {
        <li data-l=e.warning.then_some("warn")>
            <Ago at=e.at/>
            <span>
                <b>{e.reason.clone()}</b>{times}" "{e.message.clone()}
                <span class="dim">" "{source}{of}</span>
            </span>
        </li>
    }
    .into_any()
}
