//! The network card: whether the pods' own names resolve, and why not.

use std::sync::Arc;

use leptos::prelude::*;
use model::network;
use model::wire::SetDetail;

use crate::components::{CopyButton, Icon, icon};
use crate::reactive::{Memo, Signal, dynamic};

/// The card.
#[component]
pub fn NetworkCard(
    detail: Signal<Arc<SetDetail>>,
    /// The pod that is selected: its name is shown; else the first.
    selected: Memo<Option<String>>,
) -> impl IntoView {
    let readable = Memo::new(move |_| detail.with(|d| d.facts.readable.services));
    let service =
        move || detail.with(|d| d.facts.set.service_name.clone().filter(|s| !s.is_empty()));
    let checks = Memo::new(move |_| detail.with(|d| network::checks(&d.facts)));
    let name = Memo::new(move |_| {
        detail.with(|d| {
            let pod = selected.with(|s| {
                d.facts
                    .pods
                    .iter()
                    .find(|p| Some(&p.name) == s.as_ref())
                    .and_then(|p| d.facts.ordinal(p))
            });
            network::pod_name(&d.facts, pod.unwrap_or(d.facts.set.start))
        })
    });
    let list = move || {
        checks
            .get()
            .into_iter()
            .map(|c| {
                let symbol = if c.ok { Icon::Ok } else { Icon::Failed };
                let said = if c.ok { "All right: " } else { "Not right: " };
                view! {
                    <li class=if c.ok { "" } else { "fail" }>
                        {icon(symbol)}<span><span class="sr">{said}</span>{c.sentence}</span>
                    </li>
                }
            })
            .collect_view()
    };
    let all = Memo::new(move |_| {
        detail.with(|d| {
            let ordinals = d.facts.set.ordinals();
            let names = ordinals.map_while(|ordinal| network::pod_name(&d.facts, ordinal));
            names.collect::<Vec<_>>().join("\n")
        })
    });
    let dns = move || {
        name.get().map(|name| {
            view! {
                <li class="dns">
                    {icon(Icon::Network)}
                    <span class="mono wrap">{name.clone()}</span>
                    <CopyButton text=name label="Copy the DNS name"/>
                    <CopyButton text=all label="Copy the names of all pods" wide=true/>
                </li>
            }
        })
    };
    let body = move || {
        if readable.get() {
            view! { <ul class="checks">{dynamic(list)}{dynamic(dns)}</ul> }.into_any()
        } else {
            super::no_access("services")
        }
    };
    view! {
        <section class="card" aria-labelledby="net-h">
            <div class="card-h">
                <h2 id="net-h">"Network"</h2>
                <span class="sub mono">{dynamic(move || service().unwrap_or_else(|| "no governing Service".to_owned()))}</span>
            </div>
            <div class="card-b">{dynamic(body)}</div>
        </section>
    }
}
