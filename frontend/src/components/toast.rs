//! Messages about what just happened: successes go by themselves, failures stay until they are closed.

use std::time::Duration;

use leptos::prelude::*;
use model::wire::Problem;

use super::icon::{Icon, icon, small_icon};
use super::keyed::{Keyed, keyed};
use crate::reactive::RwSignal;

/// How long a success stays.
const STAYS: Duration = Duration::from_secs(6);

#[derive(Clone, PartialEq)]
struct Toast {
    id: u64,
    failed: bool,
    title: String,
    text: String,
}

/// The messages of the tab.
#[derive(Clone, Copy)]
pub struct Toasts {
    list: RwSignal<Vec<Toast>>,
    next: RwSignal<u64>,
}

/// The messages of the tab.
///
/// # Panics
/// Outside the app's component tree.
pub fn use_toasts() -> Toasts {
    expect_context::<Toasts>()
}

impl Toasts {
    /// Puts the list into context.
    pub fn provide() -> Self {
        let toasts = Self { list: RwSignal::new(Vec::new()), next: RwSignal::new(0) };
        provide_context(toasts);
        toasts
    }

    /// Something worked: "orders-db-2 restarts on r7." and what else is to be said.
    pub fn done(self, title: impl Into<String>, text: impl Into<String>) {
        let id = self.push(false, title.into(), text.into());
        set_timeout(move || self.close(id), STAYS);
    }

    /// Something did not happen: what, and why.
    pub fn failed(self, title: impl Into<String>, text: impl Into<String>) {
        self.push(true, title.into(), text.into());
    }

    /// Something did not happen, in the server's words.
    pub fn problem(self, title: impl Into<String>, problem: &Problem) {
        self.failed(title, problem.detail.clone());
    }

    fn push(self, failed: bool, title: String, text: String) -> u64 {
        let id = self.next.get_untracked();
        self.next.set(id + 1);
        self.list.update(|l| l.push(Toast { id, failed, title, text }));
        id
    }

    fn close(self, id: u64) {
        self.list.try_update(|l| l.retain(|t| t.id != id));
    }
}

/// Where messages appear.
#[component]
pub fn ToastArea() -> impl IntoView {
    let toasts = use_toasts();
    let items = move || {
        let item = |t: Toast| Keyed::new(t.id.to_string(), move || message(toasts, &t));
        toasts.list.get().into_iter().map(item).collect()
    };
    view! { <div class="toasts">{keyed(items)}</div> }
}

fn message(toasts: Toasts, toast: &Toast) -> AnyView {
    let id = toast.id;
    view! {
        <div
            class="toast"
            role=if toast.failed { "alert" } else { "status" }
            data-t=toast.failed.then_some("bad")
        >
            {icon(if toast.failed { Icon::Failed } else { Icon::Ok })}
            <span class="grow"><b>{toast.title.clone()}</b>" "{toast.text.clone()}</span>
            <button
                type="button"
                class="btn sm quiet ico"
                aria-label="Close"
                on:click=move |_| toasts.close(id)
            >
                {small_icon(Icon::Close)}
            </button>
        </div>
    }
    .into_any()
}
