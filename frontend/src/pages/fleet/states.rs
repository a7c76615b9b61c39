//! What stands in place of the table: loading, failed, empty, no match. Each is its own text with its own way out.

use std::sync::Arc;

use leptos::prelude::*;
use model::wire::KindHealth;
use model::words;

use super::filter::Filter;
use super::layout::Layout;
use super::tools::Query;
use crate::components::{Icon, empty, problem_notice};
use crate::live::{Live, Loaded};
use crate::reactive::Memo;

/// What the page shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shown {
    Loading,
    Failed,
    Empty,
    NoMatch,
    Table,
}

/// The line beside the heading, as markup: when a number changes, the line is another one as a whole.
pub(super) fn summary(layout: &Layout) -> String {
    let place = format!(
        "{} in {}. ",
        words::count(layout.all, "set"),
        words::count(layout.all_namespaces, "namespace")
    );
    if layout.all == 0 {
        return String::new();
    }
    let (waiting, moving) = (layout.waiting, layout.moving);
    let people = match waiting {
        0 => "None needs a person".to_owned(),
        n => format!("{n} {} a person", words::verb(n, "needs", "need")),
    };
    let rest = match moving {
        0 => ".".to_owned(),
        n => format!(
            ", {n} {} by {}.",
            words::verb(n, "is moving", "are moving"),
            words::verb(n, "itself", "themselves")
        ),
    };
    format!("{place}<b>{people}</b>{rest}")
}

/// Grey bars in the shape of rows.
pub(super) fn loading() -> AnyView {
    let row = || {
        view! {
            <div class="sk-row">
                <span class="sk w1"></span><span class="sk w2"></span><span class="sk w3"></span>
                <span class="sk w4"></span>
            </div>
        }
    };
    view! {
        <div class="sk-rows">
            <span class="sr" role="status">"Loading sets"</span>
            {(0..10).map(|_| row()).collect_view()}
        </div>
    }
    .into_any()
}

pub(super) fn failed(live: Live) -> AnyView {
    let problem = match live.loaded.get() {
        Loaded::Failed(p) => Some(problem_notice(&p)),
        _ => None,
    };
    let retry = view! {
        <button type="button" class="btn" on:click=move |_| live.try_now()>"Try now"</button>
    };
    view! {
        <div class="empty">
            {problem}
            <p>"The page tries again by itself."</p>
            {retry}
        </div>
    }
    .into_any()
}

/// There is no set at all, none that may be seen, or none was read yet: different things.
pub(super) fn no_sets(live: Live) -> AnyView {
    let hidden = live.forbidden_kinds().into_iter().find(|k| k.kind == "statefulsets");
    if let Some(kind) = hidden {
        let (title, text) = hidden_words(&kind);
        empty(Some(Icon::Lock), title, text, None)
    } else if let Some(kind) = live.unread_kind() {
        empty(None, "The panel is reading the cluster", unread(&kind), None)
    } else {
        let text = "As soon as one is created where you may look, it appears here by itself.";
        empty(None, "No StatefulSets yet", text, None)
    }
}

/// That sets are hidden, which is not that there are none.
pub(crate) fn hidden_words(kind: &KindHealth) -> (&'static str, String) {
    let place = kind.namespace.as_ref().map_or_else(String::new, |n| format!(" in {n}"));
    let (title, whom) = if kind.yours {
        ("You may not see StatefulSets", "you")
    } else {
        ("The panel may not see StatefulSets", "the panel's account")
    };
    let text = format!(
        "This is not an empty cluster: the API server refused to list statefulsets{place}. An administrator of \
         the cluster can grant it to {whom}."
    );
    (title, text)
}

/// Why there may be sets although none is here.
fn unread(kind: &KindHealth) -> String {
    let place = kind.namespace.as_ref().map_or_else(String::new, |n| format!(" in {n}"));
    let why = match &kind.reason {
        Some(reason) => format!(": {}.", reason.trim_end_matches('.')),
        None => ".".to_owned(),
    };
    format!(
        "It could not list {}{place} yet{why} Sets appear here by themselves as soon as they are read.",
        kind.kind
    )
}

pub(super) fn no_match(query: Query, layout: Memo<Arc<Layout>>) -> AnyView {
    let filter = query.filter();
    let all = layout.with_untracked(|l| l.all);
    let title = match filter.text.trim() {
        "" => "Nothing matches".to_owned(),
        text => format!("Nothing matches “{text}”"),
    };
    let on = filter.words();
    let text = format!(
        "{} {} on: {}. Without {} there are {}.",
        words::count(on.len(), "filter"),
        words::verb(on.len(), "is", "are"),
        words::list(&on),
        words::verb(on.len(), "it", "them"),
        words::count(all, "set"),
    );
    let clear = view! {
        <button type="button" class="btn" on:click=move |_| query.set(&Filter::default(), false)>
            "Clear filters"
        </button>
    };
    empty(None, title, text, Some(clear.into_any()))
}

#[cfg(test)]
mod tests {
    use model::wire::KindState;

    use super::*;

    #[test]
    fn sets_that_were_not_read_are_not_called_none() {
        let mut kind = KindHealth {
            kind: "pods".to_owned(),
            namespace: None,
            state: KindState::Starting,
            since: "2026-02-03T04:05:06Z".parse().unwrap(),
            reason: None,
            yours: false,
        };
        assert_eq!(
            unread(&kind),
            "It could not list pods yet. Sets appear here by themselves as soon as they are read."
        );
        kind.namespace = Some("shop".to_owned());
        kind.reason = Some("connection refused.".to_owned());
        assert!(
            unread(&kind).starts_with("It could not list pods in shop yet: connection refused.")
        );
    }
}
