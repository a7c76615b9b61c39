//! All ordinals of a set side by side: what they answer to the same command, and their logs.

pub mod answers;
pub mod choice;
pub mod command;
pub mod drawn;
pub mod held;
pub mod logs;
pub mod place;
pub mod pods;
pub mod rows;
pub mod stream;

use std::sync::Arc;

use leptos::prelude::*;
use model::path::page as url;
use model::set::SetKey;
use model::wire::SetDetail;

use crate::components::{CopyButton, Icon, StatusBadge, crumbs, sentence, small_icon};
use crate::live::Live;
use crate::pages::set::{no_access, states};
use crate::reactive::{Memo, RwSignal, Signal, dynamic};
use crate::route::{NavigateOptions, use_navigate, use_query_map};
use place::Place;
use rows::Column;

/// What the parts of the page share.
#[derive(Clone, Copy)]
pub struct Page {
    /// The set as it is now.
    pub detail: Signal<Arc<SetDetail>>,
    /// Its pods at ordinals, and the ordinals whose pod is not there now.
    pub pods: Memo<Vec<Column>>,
    /// Those of them that are compared.
    pub chosen: Memo<Vec<Column>>,
    pub containers: Memo<Vec<String>>,
    pub place: Memo<Place>,
    pub go: Callback<Place>,
    /// What the last command came to, in a sentence.
    pub says: RwSignal<Option<String>>,
    /// Why nothing can be asked now.
    pub offline: Signal<Option<String>>,
}

impl Page {
    /// The set. Not tracked: another one is another page.
    pub fn key(self) -> SetKey {
        self.detail.with_untracked(|d| d.row.key())
    }

    /// How many of the chosen pods are there now.
    pub fn there(self) -> usize {
        self.chosen.with(|all| rows::there(all).len())
    }
}

/// The page.
#[component]
pub fn ComparePage() -> impl IntoView {
    states::watched(title, body)
}

fn title(detail: &Arc<SetDetail>) -> String {
    format!("Compare the pods of {}", detail.row.name)
}

fn body(live: Live, first: Arc<SetDetail>) -> AnyView {
    let key = first.row.key();
    let detail = Signal::derive(move || live.detail.get().unwrap_or_else(|| Arc::clone(&first)));
    let query = use_query_map();
    let navigate = use_navigate();
    let place = Memo::new(move |_| query.with(Place::of));
    let go = {
        let key = key.clone();
        Callback::new(move |place: Place| {
            navigate(&place.url(&key), NavigateOptions { replace: true, scroll: false });
        })
    };
    let pods = Memo::new(move |_| detail.with(|d| pods::columns(&d.facts)));
    let chosen = Memo::new(move |_| {
        let on = place.with(|p| p.on.clone());
        pods.with(|all| all.iter().filter(|c| on.has(c.ordinal)).cloned().collect::<Vec<_>>())
    });
    let page = Page {
        detail,
        pods,
        chosen,
        containers: Memo::new(move |_| detail.with(|d| pods::containers(&d.facts))),
        place,
        go,
        says: RwSignal::new(None),
        offline: Signal::derive(move || live.offline_reason()),
    };
    let readable = Memo::new(move |_| detail.with(|d| d.facts.readable.pods));
    let cards = move || {
        if readable.get() {
            view! { {pods::bar(page)}{command::card(page)}{logs::card(page)} }.into_any()
        } else {
            view! { <section class="card"><div class="card-b">{no_access("pods")}</div></section> }
                .into_any()
        }
    };
    view! {
        {head(page, &key)}
        {dynamic(cards)}
    }
    .into_any()
}

fn head(page: Page, key: &SetKey) -> AnyView {
    let detail = page.detail;
    let status = Memo::new(move |_| detail.with(|d| d.row.status.clone()));
    let name = key.name.clone();
    let set = name.clone();
    // What was found out, then how the set does.
    let say = move || {
        let now = status.with(|s| sentence(&s.sentence, &set, None));
        match page.says.get() {
            Some(says) => view! { <b>{sentence(&says, &set, None)}</b>" "{now} }.into_any(),
            None => now.into_any(),
        }
    };
    let link = {
        let key = key.clone();
        let origin = window().location().origin().unwrap_or_default();
        Signal::derive(move || format!("{origin}{}", page.place.get().url(&key)))
    };
    let set_page = url::set(&key.namespace, &key.name);
    view! {
        {crumbs(key, Some("Compare"))}
        <div class="head">
            <div class="grow">
                <div class="title">
                    <h1>{format!("Compare the pods of {name}")}</h1>
                    {dynamic(move || view! { <StatusBadge status=status.get()/> })}
                </div>
                <p class="say two" role="status">{dynamic(say)}</p>
            </div>
            <div class="row">
                <CopyButton text=link label="Copy link" wide=true/>
                <a class="btn sm" href=set_page>{small_icon(Icon::Back)}"To the set"</a>
            </div>
        </div>
    }
    .into_any()
}
