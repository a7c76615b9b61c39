//! Sets that somebody has marked. They are kept in this browser: they are a matter of the reader, not of the cluster.

use leptos::prelude::*;
use model::set::SetKey;

use crate::components::icon;
use crate::dom;
use crate::reactive::{RwSignal, Signal};

/// Key in local storage; one `namespace/name` a line.
const KEY: &str = "rollcall-favourites";

/// The marked sets of this browser.
#[derive(Clone, Copy)]
pub struct Favourites(RwSignal<Vec<SetKey>>);

/// The marked sets of this browser.
///
/// # Panics
/// Outside the app's component tree.
pub fn use_favourites() -> Favourites {
    expect_context::<Favourites>()
}

impl Favourites {
    /// Puts them into context. What another tab marks is marked here too.
    pub fn provide() {
        let favourites = Self(RwSignal::new(stored()));
        let elsewhere = window_event_listener_untyped("storage", move |_| {
            let now = stored();
            if favourites.0.with_untracked(|f| *f != now) {
                favourites.0.set(now);
            }
        });
        on_cleanup(move || elsewhere.remove());
        provide_context(favourites);
    }

    /// Looks at all of them. Tracked.
    pub fn with<R>(self, look: impl FnOnce(&[SetKey]) -> R) -> R {
        self.0.with(|f| look(f))
    }

    /// Marks a set, or takes the mark away.
    pub fn toggle(self, key: &SetKey) {
        // Another tab may have written meanwhile.
        let now = toggled(stored(), key);
        dom::store(KEY, &text(&now));
        self.0.set(now);
    }
}

/// The star that marks a set.
pub fn star(key: SetKey, tabindex: Signal<&'static str>) -> AnyView {
    let favourites = use_favourites();
    let name = format!("Favourite {}", key.name);
    let pressed = {
        let key = key.clone();
        move || favourites.with(|f| f.contains(&key)).to_string()
    };
    let shape = format!(
        "<svg class=\"i s\" viewBox=\"0 0 16 16\" aria-hidden=\"true\">{}</svg>",
        icon::shape("star")
    );
    view! {
        <button
            type="button"
            class="star"
            tabindex=move || tabindex.get()
            aria-pressed=pressed
            aria-label=name
            inner_html=shape
            on:click=move |_| favourites.toggle(&key)
        ></button>
    }
    .into_any()
}

fn stored() -> Vec<SetKey> {
    parse(&dom::stored(KEY).unwrap_or_default())
}

fn parse(text: &str) -> Vec<SetKey> {
    let lines = text.lines().filter_map(|line| line.split_once('/'));
    lines.map(|(namespace, name)| SetKey::new(namespace, name)).collect()
}

fn text(favourites: &[SetKey]) -> String {
    let line = |key: &SetKey| format!("{}/{}", key.namespace, key.name);
    favourites.iter().map(line).collect::<Vec<_>>().join("\n")
}

fn toggled(mut favourites: Vec<SetKey>, key: &SetKey) -> Vec<SetKey> {
    match favourites.iter().position(|f| f == key) {
        Some(at) => {
            favourites.remove(at);
        }
        None => favourites.push(key.clone()),
    }
    favourites
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        let both = vec![SetKey::new("shop", "web"), SetKey::new("labs", "db")];
        assert_eq!(text(&both), "shop/web\nlabs/db");
        assert_eq!(parse(&text(&both)), both);
        assert_eq!(parse(""), []);
        assert_eq!(parse("written by something else"), []);
    }

    #[test]
    fn a_mark_is_set_and_taken_away() {
        let web = SetKey::new("shop", "web");
        let once = toggled(Vec::new(), &web);
        assert_eq!(once, std::slice::from_ref(&web));
        assert_eq!(toggled(once, &web), []);
    }
}
