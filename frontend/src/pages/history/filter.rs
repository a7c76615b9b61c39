//! Which events are shown: a group of kinds, kept in the URL.

use leptos::prelude::*;
use model::wire::EventGroup as Group;

use crate::reactive::Memo;

fn word(group: Group) -> &'static str {
    match group {
        Group::Changes => "Changes",
        Group::Pods => "Pods",
        Group::Rollouts => "Rollouts",
        Group::Claims => "Claims",
        Group::Gaps => "Gaps",
    }
}

/// The chips.
pub fn chips(shown: Memo<Option<Group>>, choose: Callback<Option<Group>>) -> AnyView {
    let chip = move |group: Option<Group>, word: &'static str| {
        view! {
            <button
                type="button"
                class="chip"
                aria-pressed=move || if shown.get() == group { "true" } else { "false" }
                on:click=move |_| choose.run(group)
            >
                {word}
            </button>
        }
    };
    let groups = Group::ALL.into_iter().map(|g| chip(Some(g), word(g))).collect_view();
    view! {
        <div class="chips flat" role="group" aria-label="Which events">{chip(None, "All")}{groups}</div>
    }
    .into_any()
}
