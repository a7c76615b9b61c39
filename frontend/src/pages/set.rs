//! One set: its status in words, the ordinal strip, what can be done next, and everything that belongs to it.

pub mod activity;
mod commands;
pub mod deck;
pub mod deck_view;
pub mod dialog;
pub mod head;
pub mod network;
pub mod revisions;
pub mod sheet;
pub mod states;
pub mod storage;
pub mod template;
pub mod why;

use std::sync::Arc;

use leptos::prelude::*;
use model::action::Action;
use model::forecast::{Forecast, forecast_judged};
use model::path::page as url;
use model::status::{StatusKind, why_trapped};
use model::strip;
use model::wire::SetDetail;

use crate::live::Live;
use crate::reactive::{Effect, Memo, RwSignal, Signal, dynamic};
use crate::route::{NavigateOptions, use_navigate, use_params_map, use_query_map};
use crate::session::use_session;
use crate::strip::handle::Handle;
use crate::strip::{Gate, Strip, regions};
use crate::{dom, glide, part};
use activity::ActivityCard;
use deck_view::DeckBar;
use dialog::draft::Draft;
use head::Head;
pub use head::strategy_words;
use revisions::RevisionsCard;
use sheet::{Left, Tab};
pub use states::no_access;

/// What the parts of the page share.
#[derive(Clone, Copy)]
pub struct Page {
    /// The set as it is now.
    pub detail: Signal<Arc<SetDetail>>,
    /// Where the line of the partition stands, and where it was moved to.
    pub handle: RwSignal<Handle>,
    /// What would follow if the line stood where it was moved to; the pods that stay with it.
    pub moved: Memo<Option<(u32, Arc<Forecast>)>>,
    /// Opens the confirm dialog.
    pub ask: Callback<Draft>,
    /// Why nothing may be done at all: no role, no connection.
    pub off: Signal<Option<String>>,
}

/// The page of a set.
#[component]
pub fn SetPage() -> impl IntoView {
    states::watched(head::title, body)
}

fn body(live: Live, first: Arc<SetDetail>) -> AnyView {
    let detail = Signal::derive(move || live.detail.get().unwrap_or_else(|| Arc::clone(&first)));
    let session = use_session();
    let namespace = detail.with_untracked(|d| d.facts.set.namespace.clone());
    let off = Signal::derive(move || {
        live.offline_reason().or_else(|| session.may_not_act(&namespace)).or_else(|| {
            let blind = !detail.with(|d| d.facts.readable.pods);
            blind.then(|| {
                "The pods of this set may not be listed, so nobody can say what would restart."
                    .to_owned()
            })
        })
    });
    let handle = detail.with_untracked(|d| {
        RwSignal::new(Handle::new(d.facts.set.partition(), d.facts.set.replicas))
    });
    let place = Memo::new(move |_| {
        detail.with(|d| (d.facts.set.partition(), d.facts.set.replicas, d.facts.set.generation))
    });
    Effect::new(move |_| {
        let (partition, replicas, _) = place.get();
        handle.update(|h| *h = h.follow(partition, replicas));
    });
    let gate = Memo::new(move |_| {
        let has = detail.with(|d| regions::has_gate(&d.facts, d.row.status.kind));
        match (has, off.with(Option::is_none)) {
            (false, _) => Gate::None,
            (true, true) => Gate::Handle,
            (true, false) => Gate::Line,
        }
    });
    // What cannot be moved any more is not left half moved.
    Effect::new(move |_| {
        if gate.get() != Gate::Handle {
            handle.update(|h| *h = h.back());
        }
    });
    let asked = RwSignal::new(None::<Draft>);
    let ask = Callback::new(move |draft| asked.set(Some(draft)));
    let moved = Memo::new(move |_| {
        let stays = handle.with(|h| h.moved)?;
        let action = Action::SetPartition { partition: stays };
        let forecast = |d: &Arc<SetDetail>| forecast_judged(&d.facts, Some(&d.row.status), &action);
        Some((stays, Arc::new(detail.with(|d| dom::timed("forecast", || forecast(d))))))
    });
    let page = Page { detail, handle, moved, ask, off };
    commands::offer(page);
    let done = Callback::new(move |()| {
        handle.update(|h| *h = h.back());
        live.refresh_detail();
    });
    let confirm = move || {
        asked.get().map(|draft| {
            part::of_dialog(page, draft, Callback::new(move |()| asked.set(None)), done)
        })
    };
    let selected = selection();
    let any = Memo::new(move |_| selected.pod.with(Option::is_some));
    let cards = NodeRef::<leptos::html::Div>::new();
    glide::make_room(
        cards,
        ".grid, .card, .card > *, .revs > *, .rev-row > *, .kv, .kv > *, .card-b > *, .diff > *, .tl > *",
    );
    // Made here, drawn there: the part that draws it has no need of forecasts.
    let reasons = Memo::new(move |_| detail.with(|d| why_trapped(&d.facts, &d.row.status)));
    let trapped = Memo::new(move |_| reasons.with(|r| !r.is_empty()));
    glide::make_room_on(cards, AROUND);
    let aside = move || any.get().then(|| part::of_sheet(page, selected));
    view! {
        <Head page=page/>
        {strip_card(live, page, gate, selected)}
        <div node_ref=cards>
            {dynamic(move || trapped.get().then(|| part::of_why(detail, reasons)))}
            <div class="grid g-53 mt">
                <RevisionsCard page=page/>
                <ActivityCard detail=detail/>
            </div>
            <div class="grid g-53 mt">{part::of_below(detail, selected.pod)}</div>
        </div>
        {dynamic(aside)}
        {dynamic(confirm)}
    }
    .into_any()
}

/// What makes room on a set's page above its cards: the deck, for what a rollout may say, and the ordinals, for the line between
/// them. What one's own hand moves is at its place at once.
const AROUND: &str = ".facts, .whole, .head ~ div, .strip-card > *, .deck > *, .deck .acts > *, .strip:first-child > ol > .ord, \
    .strip:first-child > .region, .strip:first-child > .gate";

/// The selected pod and the tab of its sheet, kept in the URL.
#[derive(Clone, Copy)]
pub struct Selection {
    pub pod: Memo<Option<String>>,
    pub tab: Memo<Tab>,
    pub select: Callback<Option<String>>,
    pub show: Callback<Tab>,
    /// The log that was followed last: one of the same name is gone on with.
    pub left: StoredValue<Option<Left>>,
}

fn selection() -> Selection {
    let query = use_query_map();
    let params = use_params_map();
    let navigate = use_navigate();
    let pod = Memo::new(move |_| query.with(|q| q.get("pod").filter(|p| !p.is_empty())));
    let tab = Memo::new(move |_| query.with(|q| Tab::of(q.get("tab").as_deref())));
    // Where the sheet covers the page, the browser's way back leads to the page again.
    let opened = StoredValue::new(false);
    let go = Callback::new(move |(to, tab): (Option<String>, Tab)| {
        let opens = to.is_some() && pod.with_untracked(Option::is_none) && dom::is_phone();
        if to.is_none() && opened.get_value() {
            opened.set_value(false);
            if window().history().is_ok_and(|history| history.back().is_ok()) {
                return;
            }
        }
        opened.update_value(|opened| *opened |= opens);
        let here = params.with_untracked(|p| {
            url::set(&p.get("namespace").unwrap_or_default(), &p.get("name").unwrap_or_default())
        });
        let tab = tab.key().map(|key| format!("&tab={key}")).unwrap_or_default();
        let target = match to {
            Some(pod) => format!("{here}?pod={pod}{tab}"),
            None => here,
        };
        navigate(&target, NavigateOptions { replace: !opens, scroll: false });
    });
    // Left by the browser's way back, it is not left once more.
    Effect::new(move |_| {
        if pod.with(Option::is_none) {
            opened.set_value(false);
        }
    });
    // The next pod is looked at in the same way.
    let select = Callback::new(move |to| go.run((to, tab.get_untracked())));
    let show = Callback::new(move |tab| go.run((pod.get_untracked(), tab)));
    Selection { pod, tab, select, show, left: StoredValue::new(None) }
}

/// What the colours of the strip mean. In one piece, as every element of a view is kilobytes of code.
const KEY: &str = "<div class=\"key\"><span><i class=\"sw\" data-rev=\"cur\"></i>stays</span>\
<span><i class=\"sw\" data-rev=\"upd\"></i>gets the update</span>\
<span><i class=\"sw\" data-rev=\"str\"></i>neither</span>\
<span><svg class=\"i s\" aria-hidden=\"true\"><use href=\"#i-anchor\"/></svg>claim older than its pod</span></div>";

fn strip_card(live: Live, page: Page, gate: Memo<Gate>, selection: Selection) -> AnyView {
    let detail = page.detail;
    let readable = Memo::new(move |_| detail.with(|d| d.facts.readable.pods));
    let sub = Memo::new(move |_| detail.with(|d| sub(d)));
    let review = Callback::new(move |()| {
        let moved = page.handle.with_untracked(|h| h.moved);
        if let Some(partition) = moved {
            page.ask.run(Draft::Fixed(Action::SetPartition { partition }));
        }
    });
    let on_select = Callback::new(move |pod: String| {
        let again = selection.pod.with_untracked(|p| p.as_deref() == Some(pod.as_str()));
        selection.select.run((!again).then_some(pod));
    });
    let stale = live.stale();
    let compare =
        detail.with_untracked(|d| url::compare(&d.facts.set.namespace, &d.facts.set.name));
    let key = move || {
        let legend = if readable.get() { KEY } else { "" };
        format!("{legend}<a class=\"btn sm\" href=\"{compare}\">Compare pods</a>")
    };
    let strip = move || {
        if readable.get() {
            view! {
                <Strip
                    detail=detail
                    handle=page.handle
                    moved=page.moved
                    gate=gate
                    selected=selection.pod
                    on_select=on_select
                    on_review=review
                />
                <DeckBar page=page/>
            }
            .into_any()
        } else {
            view! { <div class="card-b">{no_access("pods")}</div> }.into_any()
        }
    };
    view! {
        <section class="card strip-card" class:stale=move || stale.get() aria-labelledby="strip-h">
            <div class="card-h">
                <h2 id="strip-h">"Pods by ordinal"</h2>
                <span class="sub">{dynamic(move || sub.get())}</span>
                <span class="grow"></span>
                <div class="row" inner_html=key></div>
            </div>
            {dynamic(strip)}
        </section>
    }
    .into_any()
}

/// What stands beside the heading of the strip.
fn sub(detail: &SetDetail) -> &'static str {
    if !detail.facts.readable.pods {
        "no access"
    } else if detail.row.status.kind == StatusKind::Trapped {
        "updates run from the highest ordinal down, but not past a pod that is not Ready"
    } else if detail.facts.set.is_on_delete() {
        "no handle: with OnDelete a pod changes only when it is deleted"
    } else if strip::in_progress(&detail.facts) {
        "updates run from the highest ordinal down"
    } else {
        "every pod keeps its ordinal, its name and its claims"
    }
}
