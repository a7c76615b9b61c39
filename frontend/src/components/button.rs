//! Buttons that say why they are off: a disabled one stays focusable and carries its reason.

use std::sync::atomic::{AtomicU32, Ordering};

use leptos::ev::MouseEvent;
use leptos::prelude::*;

use crate::reactive::{Signal, dynamic};

/// How a button looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Kind {
    #[default]
    Plain,
    /// The one thing to do here.
    Primary,
    /// Destroys something.
    Danger,
    /// No frame.
    Quiet,
}

impl Kind {
    fn class(self) -> &'static str {
        match self {
            Self::Plain => "btn",
            Self::Primary => "btn pri",
            Self::Danger => "btn dgr",
            Self::Quiet => "btn quiet",
        }
    }
}

/// A document-wide unique id, for `aria-describedby` and labels.
pub fn unique_id(prefix: &str) -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    format!("{prefix}-{}", NEXT.fetch_add(1, Ordering::Relaxed))
}

/// A button. While `reason` gives one it does nothing, is `aria-disabled`, and is described by the reason, which stands beside
/// it: within, it would be part of the name.
#[component]
pub fn Button(
    /// What it looks like.
    #[prop(optional)]
    kind: Kind,
    /// Further classes (`sm`, `ico`).
    #[prop(optional)]
    class: &'static str,
    /// Why it is off; `None` while it works.
    #[prop(into, optional)]
    reason: Signal<Option<String>>,
    /// A press is being worked on: off, and says so.
    #[prop(into, optional)]
    busy: Signal<bool>,
    /// What a press does.
    #[prop(into)]
    on_press: Callback<MouseEvent>,
    /// `aria-label`, for a button that shows only an icon.
    #[prop(into, optional)]
    label: Option<String>,
    children: Children,
) -> impl IntoView {
    let id = unique_id("why");
    let off = move || busy.get() || reason.with(Option::is_some);
    let press = move |event: MouseEvent| {
        if !busy.get_untracked() && reason.with_untracked(Option::is_none) {
            on_press.run(event);
        }
    };
    let described = {
        let id = id.clone();
        move || reason.with(Option::is_some).then(|| id.clone())
    };
    view! {
        <button
            type="button"
            class=format!("{} {class}", kind.class())
            aria-label=label
            aria-disabled=move || off().then_some("true")
            aria-busy=move || busy.get().then_some("true")
            aria-describedby=described
            title=move || reason.get()
            on:click=press
        >
            {children()}
        </button>
        <span class="sr" id=id>{dynamic(move || reason.get())}</span>
    }
}
