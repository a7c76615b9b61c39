//! The sheet of a pod that is not there: one that a link names and that never was, or one that is made anew.

use leptos::ev::KeyboardEvent;
use leptos::prelude::*;

use super::super::{Page, Selection};
use crate::components::{Button, Icon, Kind, icon};
use crate::dom;

/// What is known of a pod of this name. It goes when the pod is there.
pub(super) fn absent(page: Page, selection: Selection, name: &str) -> AnyView {
    let close = move || selection.select.run(None);
    let keys = move |event: KeyboardEvent| {
        if event.key() == "Escape" {
            event.stop_propagation();
            close();
        }
    };
    dom::on_letter(move |event| {
        if event.key() == "Escape" {
            event.prevent_default();
            close();
        }
    });
    let says =
        page.detail.with_untracked(|d| words(&d.facts.set.name, name, d.facts.readable.pods));
    view! {
        <div class="sheet" role="dialog" aria-modal="false" aria-labelledby="sheet-h" on:keydown=keys>
            <header>
                <h2 id="sheet-h" class="mono">{name.to_owned()}</h2>
                <span class="grow"></span>
                <Button kind=Kind::Quiet class="sm ico shut" label="Close" on_press=move |_| close()>
                    {icon(Icon::Close)}
                </Button>
            </header>
            <p class="sheet-say" role="status">{says}</p>
        </div>
    }
    .into_any()
}

/// A list that may not be read is not an empty one.
fn words(set: &str, pod: &str, readable: bool) -> String {
    if readable {
        format!("{set} has no pod {pod} now. One that is being made anew is back in a moment.")
    } else {
        format!("The pods of {set} may not be listed, so nobody can say whether {pod} is there.")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_not_be_seen_is_not_said_to_be_missing() {
        assert!(words("web", "web-9", true).starts_with("web has no pod web-9 now."));
        assert!(words("web", "web-9", false).ends_with("nobody can say whether web-9 is there."));
    }
}
