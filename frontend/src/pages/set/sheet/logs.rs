//! The log of one container: read at once, or followed as it grows. Nothing of it is stored.

mod following;
mod text;

use leptos::prelude::*;
use model::path::page;
use model::wire::{PodContainer, PodDetail};

use super::Told;
use crate::components::{Icon, small_icon};
use crate::live::away;
use crate::log::{self, Standing};
use crate::reactive::{Effect, Memo, RwSignal, dynamic};
use following::{Asked, Following};
use text::Text;

/// The tab with the log of the pod, which `told` renews.
pub(super) fn logs(
    namespace: String,
    set: String,
    pod: &PodDetail,
    told: RwSignal<Told>,
) -> AnyView {
    let name = pod.name.clone();
    let containers: Vec<String> = pod.containers.iter().map(|c| c.name.clone()).collect();
    let container = RwSignal::new(pod.default_container.clone());
    let (previous, follow) = (RwSignal::new(false), RwSignal::new(true));
    let view = Text::new();
    let side_by_side = page::compare(&namespace, &set);
    let asked = {
        let name = name.clone();
        Memo::new(move |_| Asked {
            namespace: namespace.clone(),
            set: set.clone(),
            pod: name.clone(),
            container: container.get(),
            previous: previous.get(),
            // A log that has ended does not grow.
            follow: follow.get() && !previous.get(),
        })
    };
    let following = Following::new(view, asked, follow);
    let anew = RwSignal::new(());
    // A log that there cannot be yet is not asked for: it is begun when it begins.
    let begun = Memo::new(move |_| {
        told.with(|told| match told {
            Some(Ok(pod)) => {
                let one = pod.containers.iter().find(|c| container.with(|name| c.name == *name));
                one.is_none_or(PodContainer::has_log)
            }
            _ => true,
        })
    });
    Effect::new(move |_| {
        anew.track();
        let asked = asked.get();
        if asked.previous || begun.get() {
            following.begin(asked);
        } else {
            following.wait();
        }
    });
    away::follow(move || following.leave(), move || following.come_back());
    on_cleanup(move || {
        following.close();
    });
    Effect::new(move |_| {
        view.search.track();
        view.draw();
    });
    let options = containers
        .into_iter()
        .map(|c| view! { <option value=c.clone()>{c.clone()}</option> })
        .collect_view();
    let counted = move || {
        let lines = model::words::count(view.count.get(), "line");
        format!("{lines} · held in the browser, not stored")
    };
    let found = move || {
        let any = view.search.with(|s| !s.is_empty());
        any.then(|| model::words::count(view.matches.get(), "line"))
    };
    // What has ended although it was to be followed.
    let over = move || {
        let ended = match view.standing.get() {
            Standing::Ended(why) => !why.is_empty(),
            Standing::Failed(_) => true,
            _ => false,
        };
        (ended && asked.with(|a| a.follow)).then(|| {
            view! { <button type="button" class="btn sm" on:click=move |_| anew.set(())>"Read again"</button> }
        })
    };
    let label = format!("Log of {name}");
    view! {
        <div class="logbar">
            <label class="field pick-ns">
                <span class="sr">"Container"</span>
                <select class="mono" prop:value=move || container.get()
                    on:change:target=move |e| container.set(e.target().value())>{options}</select>
                {small_icon(Icon::Chevron)}
            </label>
            {log::switch(
                "Which log",
                ["This pod", "Previous"],
                previous.into(),
                Callback::new(move |wanted| previous.set(wanted)),
            )}
            <a class="btn sm" href=side_by_side>"All pods"</a>
            <span class="grow"></span>
            {log::follow_chip(follow)}
            {log::search_field("Search in the log", view.search, found)}
        </div>
        <div class="logwrap">
            {log::failed(view.standing)}
            <div class="log" role="log" aria-label=label tabindex="0" node_ref=view.window.node
                on:scroll=move |_| view.window.scrolled()>
                <ol node_ref=view.list></ol>
            </div>
            <p class="lognow">
                <span class="row">
                    <span role="status">{log::says(view.standing, || "following".to_owned())}</span>
                    {dynamic(over)}
                </span>
                <span class="dim">{dynamic(counted)}</span>
            </p>
        </div>
    }
    .into_any()
}
