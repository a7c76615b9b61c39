//! The head of a pod's sheet: which pod it is, its neighbours, and how it is.

use leptos::prelude::*;

use super::super::Selection;
use super::frame::shut;
use super::{Shown, words};
use crate::components::revision::role_attr;
use crate::components::{Button, CopyButton, Icon, RevisionChip, icon};
use crate::reactive::Signal;

pub(super) fn head(s: &Shown, selection: Selection, close: Callback<()>) -> AnyView {
    let go = |to: &Option<String>, label: &'static str, symbol: Icon| {
        let (target, why) =
            (to.clone(), to.is_none().then(|| "There is no further pod.".to_owned()));
        let label = to.as_ref().map_or_else(|| label.to_owned(), |pod| format!("{label}: {pod}"));
        view! {
            <Button
                class="sm ico"
                label=label
                reason=Signal::stored(why)
                on_press=move |_| selection.select.run(target.clone())
            >
                {icon(symbol)}
            </Button>
        }
    };
    let (tone, symbol, word) = words::state(&s.pod);
    view! {
        <header>
            <span class="olab" data-rev=role_attr(s.role) aria-hidden="true">{s.ordinal}</span>
            <h2 id="sheet-h" class="mono">{s.pod.name.clone()}</h2>
            <CopyButton text=s.pod.name.clone() label="Copy the name of the pod"/>
            <RevisionChip label=s.revision.clone() role=s.role/>
            <span class="grow"></span>
            {go(&s.lower, "Lower ordinal", Icon::Back)}
            {go(&s.higher, "Higher ordinal", Icon::Forward)}
            {shut(close)}
        </header>
        <p class="sheet-say">
            <span class="rd" data-r=tone>{icon(symbol)}{word}</span>
            <span class="mid">{s.says.clone()}</span>
        </p>
    }
    .into_any()
}
