//! The pod, or its set, as the API server has it.

use leptos::prelude::*;
use leptos::task::spawn_local;
use model::path;
use model::set::SetKey;
use model::wire::Problem;

use crate::components::{Button, CopyButton, Icon, Tone, notice, problem_notice, small_icon};
use crate::reactive::{Effect, Memo, RwSignal, Signal, dynamic};
use crate::session::use_session;
use crate::{api, log};

/// What was read: whether of the set, and the text, as of now.
type Text = Option<(bool, Result<String, Problem>)>;

/// The tab.
pub(super) fn yaml(key: SetKey, pod: String) -> AnyView {
    let session = use_session();
    let of_set = RwSignal::new(false);
    let reveal = RwSignal::new(false);
    let again = RwSignal::new(0_u32);
    let text: RwSignal<Text> = RwSignal::new(None);
    let turn = StoredValue::new(0_u32);
    let namespace = key.namespace.clone();
    let name = key.name.clone();
    let address = {
        let pod = pod.clone();
        move |of_set: bool| {
            if of_set {
                path::manifest(&key.namespace, &key.name)
            } else {
                path::pod_manifest(&key.namespace, &key.name, &pod)
            }
        }
    };
    Effect::new(move |_| {
        again.track();
        let query = if reveal.get() { "?reveal=true" } else { "" };
        let whose = of_set.get();
        let url = format!("{}{query}", address(whose));
        turn.update_value(|n| *n += 1);
        let asked = turn.get_value();
        spawn_local(async move {
            let answer = api::text(&url).await;
            // What was asked for meanwhile is newer.
            if turn.try_get_value() == Some(asked) {
                text.try_set(Some((whose, answer)));
            }
        });
    });
    // What is still there of the other one is not shown as this one's.
    let told = Memo::new(move |_| {
        let whose = of_set.get();
        text.with(|t| t.clone().filter(|(of, _)| *of == whose).map(|(_, text)| text))
    });
    let whole = Signal::derive(move || {
        told.with(|t| t.as_ref().and_then(|t| t.as_ref().ok()).cloned()).unwrap_or_default()
    });
    let off = Signal::derive(move || session.may_not_act(&namespace));
    let whose = move || if of_set.get_untracked() { name.clone() } else { pod.clone() };
    let shown = move || match told.get() {
        None => view! {
            <p class="sr" role="status">"Asking the API server"</p>
            <p class="sk w60" aria-hidden="true"></p><p class="sk w60" aria-hidden="true"></p>
        }
        .into_any(),
        Some(Err(p)) if p.status == 403 => notice(Tone::Plain, Icon::Lock, p.title, p.detail, None),
        Some(Err(p)) => problem_notice(&p),
        Some(Ok(yaml)) => {
            let label = format!("YAML of {}", whose());
            let masked = if reveal.get_untracked() {
                "Environment values are shown."
            } else {
                "Literal environment values are masked."
            };
            view! {
                <pre class="pre yaml" tabindex="0" role="group" aria-label=label>{yaml}</pre>
                <div class="row between small">
                    <span class="dim">{masked}</span>
                    <Button class="sm" reason=off on_press=move |_| reveal.update(|r| *r = !*r)>
                        {if reveal.get_untracked() { "Mask them" } else { "Show them" }}
                    </Button>
                </div>
            }
            .into_any()
        }
    };
    view! {
        <div class="row yaml-h">
            {log::switch(
                "Whose YAML",
                ["This pod", "Its set"],
                of_set.into(),
                Callback::new(move |set| of_set.set(set)),
            )}
            <span class="grow"></span>
            <button type="button" class="btn sm" on:click=move |_| again.update(|n| *n += 1)>
                {small_icon(Icon::Restart)}"Read again"
            </button>
            <CopyButton text=whole label="Copy the YAML" wide=true/>
        </div>
        {dynamic(shown)}
    }
    .into_any()
}
