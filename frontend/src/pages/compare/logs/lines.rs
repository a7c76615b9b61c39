//! The logs as they are seen: which, what is searched in them, the lines and how they stand.

use leptos::prelude::*;
use model::words;

use super::View;
use crate::log::{self, Follower, Standing};
use crate::pages::compare::Page;
use crate::pages::compare::place::Place;
use crate::pages::compare::rows;
use crate::pages::compare::stream;
use crate::reactive::{Memo, RwSignal, dynamic};

/// What stands above the lines.
pub(super) fn bar(page: Page, view: View, follow: RwSignal<bool>) -> AnyView {
    let previous = Memo::new(move |_| page.place.with(|p| p.previous));
    let found = move || {
        let any = view.search.with(|s| !s.is_empty());
        any.then(|| words::count(view.counts.with(|c| c.lines), "line"))
    };
    let fewer = move || {
        let (shown, all) = (view.columns.with(Vec::len), page.chosen.with(Vec::len));
        (shown < all).then(|| {
            format!(
                "Of {all} pods the logs of the first {shown} are shown: choose others by their ordinals above."
            )
        })
    };
    view! {
        <div class="logbar">
            {log::switch(
                "Which logs",
                ["These pods", "Previous"],
                previous.into(),
                Callback::new(move |previous| {
                    page.go.run(Place { previous, ..page.place.get_untracked() });
                }),
            )}
            {log::search_field("Only lines with this", view.search, found)}
            <span class="grow"></span>
            {log::follow_chip(follow)}
        </div>
        {dynamic(move || fewer().map(|says| view! { <p class="why of" role="status">{says}</p> }))}
    }
    .into_any()
}

/// The lines, side by side or merged, and how far they are.
pub(super) fn lines(page: Page, view: View, follower: Follower) -> AnyView {
    let set = page.key().name;
    let label = {
        let set = set.clone();
        move || {
            let pods = view.columns.with(|all| words::pods(&set, all.iter().map(|c| c.ordinal)));
            format!("Logs of {pods}")
        }
    };
    let ended = move || {
        let all = view.ends.with(|ends| stream::ended(ends, &set));
        let items = all.into_iter().map(|says| view! { <li>{says}</li> }).collect::<Vec<_>>();
        (!items.is_empty()).then(|| view! { <ul class="ends">{items}</ul> })
    };
    let heads = move || {
        view.columns.with(|all| {
            all.iter()
                .map(|c| {
                    view! {
                        <th scope="col">
                            <span class="olab" data-rev=c.role aria-hidden="true">{c.ordinal}</span>
                            " "<b class="mono">{c.pod.clone()}</b>" "
                            <span class="dim">{c.revision.clone()}</span>
                        </th>
                    }
                })
                .collect_view()
        })
    };
    let following = move || {
        format!(
            "following {}",
            words::count(view.columns.with(|all| rows::there(all).len()), "pod")
        )
    };
    let counted = move || {
        let counts = view.counts.get();
        let mut says = words::count(counts.lines, "line");
        if counts.folded > 0 {
            says.push_str(&format!(", {} folded as equal", counts.folded));
        }
        if counts.earlier > 0 {
            says.push_str(&format!("; {} earlier seconds are in the list only", counts.earlier));
        }
        format!("{says} · held in the browser, not stored")
    };
    let reopen = move || {
        let ended = matches!(view.standing.get(), Standing::Ended(_) | Standing::Failed(_));
        ended.then(|| {
            view! {
                <button type="button" class="btn sm" on:click=move |_| follower.go_on()>
                    "Read again"
                </button>
            }
        })
    };
    // Columns are equally wide: the table scrolls where that is not enough to read them.
    let wide = move || format!("{}px", 84 + 190 * view.columns.with(Vec::len));
    let hidden = move |merged: bool| view.merged.get() != merged;
    view! {
        <div class="logwrap">
            {log::failed(view.standing)}
            // Several logs at once would never let a screen reader come to an end: the line below says how it goes.
            <div class="log many" role="log" aria-live="off" aria-label=label tabindex="0"
                node_ref=view.window.node on:scroll=move |_| view.window.scrolled()>
                <ol node_ref=view.list hidden=move || hidden(true)></ol>
                <table class="side" hidden=move || hidden(false) style:min-width=wide>
                    <thead><tr>
                        <th scope="col"><span class="sr">"Time (UTC)"</span></th>
                        {dynamic(heads)}
                    </tr></thead>
                    <tbody node_ref=view.table></tbody>
                </table>
            </div>
            <p class="lognow">
                <span class="row">
                    <span role="status">{log::says(view.standing, following)}</span>{dynamic(reopen)}
                </span>
                <span class="dim">{dynamic(counted)}</span>
            </p>
            // Below all else: it comes and goes while one reads the lines.
            <div role="status">{dynamic(ended)}</div>
        </div>
    }
    .into_any()
}
