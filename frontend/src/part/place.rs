//! Where a part is shown: what stands there while it is loaded, and where it could not be.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::{Loaded, Part, load};
use crate::components::{Dialog, Icon, empty};
use crate::dom;
use crate::reactive::{Memo, RwSignal, Signal, dynamic};

/// How long something may take before its place shows that it is coming: a flash would be worse than nothing.
const SLOW: Duration = Duration::from_millis(300);

const WHY: &str = "Either the server does not answer, or it has been replaced by another version, which has no such file. \
                   In that case load everything anew.";

/// Where the loading stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Asked,
    Slow,
    Here,
    Missing,
}

/// Where something is shown.
#[derive(Clone, Copy)]
pub(super) enum Place {
    Page,
    /// Over a page; the callback closes it.
    Over(Callback<()>),
    /// Further down on a page.
    Below,
}

/// What a future that waits for nothing comes to: a view is made under the owner of whoever asks, so not in a task.
pub(super) fn at_once(future: impl Future<Output = Loaded>) -> Option<AnyView> {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(loaded) => loaded.ok(),
        Poll::Pending => None,
    }
}

/// The part at its place: what it makes, once it is loaded; before that, and where it cannot be, what says so.
pub(super) fn part(
    part: Part,
    place: Place,
    make: impl Fn() -> Option<AnyView> + Send + 'static,
) -> AnyView {
    part_when(part, place, || true, make)
}

/// The same, where it is not shown before it is `ready` (tracked), loaded or not.
pub(super) fn part_when(
    part: Part,
    place: Place,
    ready: impl Fn() -> bool + Send + Sync + 'static,
    make: impl Fn() -> Option<AnyView> + Send + 'static,
) -> AnyView {
    let stage = RwSignal::new(Stage::Asked);
    ask(part, stage);
    let again = Callback::new(move |()| ask(part, stage));
    let now = Memo::new(move |_| match stage.get() {
        Stage::Here if !ready() => Stage::Asked,
        stage => stage,
    });
    dynamic(move || {
        let now = now.get();
        // Whoever stood in the page stays in it.
        if matches!(now, Stage::Here | Stage::Missing) && dom::has("#main:focus, #main :focus") {
            set_timeout(dom::focus_page, Duration::ZERO);
        }
        match now {
            Stage::Asked => waiting(place, false),
            Stage::Slow => waiting(place, true),
            Stage::Here => make().unwrap_or_else(|| missing(place, again)),
            Stage::Missing => missing(place, again),
        }
    })
}

fn ask(part: Part, stage: RwSignal<Stage>) {
    stage.set(Stage::Asked);
    set_timeout(
        move || {
            if stage.try_get_untracked() == Some(Stage::Asked) {
                stage.set(Stage::Slow);
            }
        },
        SLOW,
    );
    spawn_local(async move {
        let loaded = load(part).await.is_ok();
        stage.try_set(if loaded { Stage::Here } else { Stage::Missing });
    });
}

fn waiting(place: Place, shown: bool) -> AnyView {
    match place {
        Place::Page => {
            let lines = shown.then(|| {
                view! {
                    <p class="sr" role="status">"Loading the page"</p>
                    <p class="say" aria-hidden="true"><span class="sk w60"></span></p>
                    <section class="card sk-strip" aria-hidden="true"><span class="sk tall"></span></section>
                }
            });
            view! { <main class="page" id="main" tabindex="-1" aria-busy="true">{lines}</main> }
                .into_any()
        }
        Place::Below => {
            let lines = shown.then(|| view! { <span class="sk tall"></span> });
            view! { <section class="card sk-strip" aria-hidden="true">{lines}</section> }.into_any()
        }
        // No dialog yet: the one that comes gives the focus back to whatever had it now.
        Place::Over(_) => {
            view! { <p class="waits" role="status">{shown.then_some("One moment…")}</p> }.into_any()
        }
    }
}

fn missing(place: Place, again: Callback<()>) -> AnyView {
    let ways = view! {
        <a class="btn" href="">"Load everything anew"</a>
        <button type="button" class="btn pri" on:click=move |_| again.run(())>"Try again"</button>
    };
    match place {
        Place::Page => {
            let ways = view! { <div class="row center">{ways}</div> }.into_any();
            let says = empty(Some(Icon::Unseen), "This page could not be loaded", WHY, Some(ways));
            view! {
                <main class="page" id="main" tabindex="-1">
                    <h1 class="sr">"Not loaded"</h1>
                    <section class="card" role="alert">{says}</section>
                </main>
            }
            .into_any()
        }
        Place::Below => {
            let ways = view! { <div class="row center">{ways}</div> }.into_any();
            let says = empty(
                Some(Icon::Unseen),
                "A part of this page could not be loaded",
                WHY,
                Some(ways),
            );
            view! { <section class="card" role="alert">{says}</section> }.into_any()
        }
        Place::Over(on_close) => view! {
            <Dialog title=Signal::stored("This could not be loaded".to_owned()) on_close=on_close>
                <section role="alert"><p>{WHY}</p></section>
                <footer><span class="grow"></span>{ways}</footer>
            </Dialog>
        }
        .into_any(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_view_is_there_at_once_or_not_at_all() {
        assert!(at_once(async { Ok(().into_any()) }).is_some());
        assert!(at_once(std::future::pending()).is_none());
    }
}
