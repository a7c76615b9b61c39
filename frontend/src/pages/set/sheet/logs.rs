//! The log of one container: read at once, or followed as it grows. Nothing of it is stored.

mod asked;
mod reading;
mod text;

use leptos::prelude::*;
use model::path::page;
use model::pod::ContainerState;
use model::wire::{PodContainer, PodDetail};

use super::Told;
use crate::components::{Icon, small_icon};
use crate::live::away;
use crate::log::{self, Standing};
use crate::reactive::{Effect, Memo, RwSignal, dynamic};
use asked::Asked;
pub use reading::Left;
use reading::Reading;
use text::Text;

/// The tab with the log of the pod, which `told` renews. `left`: what was followed last in this place; a log of the same name is
/// gone on with.
pub(super) fn logs(
    namespace: String,
    set: String,
    pod: &PodDetail,
    told: RwSignal<Told>,
    left: StoredValue<Option<Left>>,
) -> AnyView {
    let name = pod.name.clone();
    let containers: Vec<String> = pod.containers.iter().map(|c| c.name.clone()).collect();
    let of = |a: &Asked| (&a.namespace, &a.set, &a.pod) == (&namespace, &set, &name);
    let before = left.try_update_value(Option::take).flatten();
    let before = before.filter(|b| of(&b.asked) && containers.contains(&b.asked.container));
    let container = before.as_ref().map_or(&pod.default_container, |b| &b.asked.container);
    let container = RwSignal::new(container.clone());
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
    let reading = Reading::new(&pod.uid, view, asked, follow);
    if let Some(before) = before {
        view.search.set(before.search.clone());
        reading.take_over(before);
    }
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
    // A container that runs again has a log of its own. While it does not, it is as before.
    let starts = Memo::new(move |before: Option<&(String, Option<u32>)>| {
        let name = container.get();
        let runs = told.with(|told| {
            let pod = told.as_ref()?.as_ref().ok()?;
            let one = pod.containers.iter().find(|c| c.name == name)?;
            (one.state == ContainerState::Running).then_some(one.restarts)
        });
        let before = before.filter(|(of, _)| *of == name).and_then(|(_, starts)| *starts);
        (name, runs.or(before))
    });
    Effect::new(move |_| {
        anew.track();
        let asked = asked.get();
        if asked.follow {
            starts.track();
        }
        let begun = asked.previous || begun.get();
        reading.read(asked, begun);
    });
    away::follow(move || reading.leave(), move || reading.come_back());
    on_cleanup(move || {
        left.try_set_value(reading.leave_off());
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
