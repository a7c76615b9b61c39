//! Whether the server brings a newer app than the one that runs in this tab.

use std::cell::Cell;

use leptos::prelude::*;

use crate::reactive::RwSignal;

/// The header of every answer of the API that names the server's app. The name changes with whatever the page loads.
const HEADER: &str = "x-rollcall-app";

/// Whether a newer one is there.
#[derive(Clone, Copy)]
pub struct Newer(RwSignal<bool>);

thread_local! {
    /// Answers arrive in async tasks, where no context can be read.
    static CURRENT: Cell<Option<Newer>> = const { Cell::new(None) };
}

impl Newer {
    /// Puts it into context.
    pub fn provide() {
        let newer = Self(RwSignal::new(false));
        CURRENT.set(Some(newer));
        provide_context(newer);
    }

    /// Whether the server brings another app than this one. Tracked.
    pub fn is(self) -> bool {
        self.0.get()
    }
}

/// Whether the server brings a newer app.
///
/// # Panics
/// Outside the app's component tree.
pub fn use_newer() -> Newer {
    expect_context::<Newer>()
}

/// Looks which app the server of an answer brings.
pub(crate) fn heard(headers: &gloo_net::http::Headers) {
    if let (Some(newer), Some(theirs)) = (CURRENT.get(), headers.get(HEADER)) {
        let differs = differs(own().as_deref(), &theirs);
        if differs != newer.0.get_untracked() {
            newer.0.set(differs);
        }
    }
}

/// The app of this page, as the page names it.
fn own() -> Option<String> {
    document().query_selector("meta[name=rollcall-app]").ok()??.get_attribute("content")
}

/// A page that does not say what it is cannot be old.
fn differs(own: Option<&str>, theirs: &str) -> bool {
    own.is_some_and(|own| own != theirs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_another_app_is_a_newer_one() {
        assert!(differs(Some("01"), "02"));
        assert!(!differs(Some("01"), "01"));
        assert!(!differs(None, "01"));
    }
}
