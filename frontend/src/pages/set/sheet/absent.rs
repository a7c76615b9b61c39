//! The sheet of a pod that is not there: one that a link names and that never was, or one that is made anew.

use leptos::prelude::*;
use model::facts::Facts;
use model::set::Set;

use super::super::{Page, Selection};
use super::frame::{frame, shut};
use crate::reactive::{Memo, dynamic};

/// What is known of a pod of this name. It goes when the pod is there.
pub(super) fn absent(page: Page, selection: Selection, name: &str) -> AnyView {
    let pod = name.to_owned();
    let says = Memo::new(move |_| page.detail.with(|d| words(&d.facts, &pod)));
    frame(selection, |close| {
        view! {
            <header>
                <h2 id="sheet-h" class="mono">{name.to_owned()}</h2>
                <span class="grow"></span>
                {shut(close)}
            </header>
            <p class="sheet-say" role="status">{dynamic(move || says.get())}</p>
        }
        .into_any()
    })
}

/// A list that may not be read is not an empty one, and only what the set wants comes back.
fn words(facts: &Facts, pod: &str) -> String {
    let set = &facts.set;
    if !facts.readable.pods {
        return format!(
            "The pods of {} may not be listed, so nobody can say whether {pod} is there.",
            set.name
        );
    }
    match Set::ordinal_in(&set.name, pod).and_then(|ordinal| set.index_of(ordinal)) {
        Some(_) => {
            format!("{pod} is not there now. The set wants it: it is shown here once it is made.")
        }
        None => format!("{} has no pod {pod}.", set.name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::strip::sample;

    #[test]
    fn only_what_the_set_wants_is_said_to_come_back() {
        let facts = sample::held(5, 3);
        assert!(words(&facts, "web-4").starts_with("web-4 is not there now. The set wants it"));
        for other in ["web-5", "web-x", "db-1"] {
            assert_eq!(words(&facts, other), format!("web has no pod {other}."));
        }
    }

    #[test]
    fn what_may_not_be_seen_is_not_said_to_be_missing() {
        let mut facts = sample::held(5, 3);
        facts.readable.pods = false;
        assert!(words(&facts, "web-4").ends_with("nobody can say whether web-4 is there."));
    }
}
