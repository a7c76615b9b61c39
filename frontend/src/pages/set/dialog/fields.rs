//! The fields of an action: images, numbers, and how far it reaches at once.

use leptos::prelude::*;

use super::Open;
use super::draft::Draft;
use super::machine::Event;
use super::reach::Reach;
use super::{abort, roll_back};
use crate::components::button::unique_id;
use crate::reactive::Memo;

/// The fields, if the action has any.
pub(super) fn fields(open: Open) -> AnyView {
    let draft = open.machine.with_untracked(|m| m.draft.clone());
    let own = match &draft {
        Draft::Image { images, .. } => images
            .iter()
            .enumerate()
            .map(|(i, image)| image_field(open, i, &image.container, images.len() == 1))
            .collect_view()
            .into_any(),
        Draft::Scale { .. } => scale_field(open),
        Draft::MaxUnavailable { .. } => max_unavailable_field(open),
        Draft::Abort { .. } => abort::fields(open),
        Draft::RollBack { .. } => roll_back::fields(open),
        Draft::Fixed(_) | Draft::Restart { .. } | Draft::Strategy { .. } => ().into_any(),
    };
    view! { {own}{choices(open)} }.into_any()
}

pub(super) fn edit(open: Open, change: impl FnOnce(&mut Draft)) {
    let mut draft = open.machine.with_untracked(|m| m.draft.clone());
    change(&mut draft);
    open.on.run(Event::Edit(draft));
}

fn image_field(open: Open, index: usize, container: &str, only: bool) -> AnyView {
    let id = unique_id("image");
    let value = move || {
        open.machine.with(|m| match &m.draft {
            Draft::Image { images, .. } => images[index].image.clone(),
            _ => String::new(),
        })
    };
    let input = move |e| {
        let text = event_target_value(&e);
        edit(open, |d| {
            if let Draft::Image { images, .. } = d {
                images[index].image = text;
            }
        });
    };
    let class = if index == 0 { "input mono first" } else { "input mono" };
    let label = if only { "Image".to_owned() } else { format!("Image of {container}") };
    let aside = only.then(|| container.to_owned());
    view! {
        <section>
            <label class="lab" for=id.clone()>{label}<span class="mono">{aside}</span></label>
            <input class=class id=id autocomplete="off" spellcheck="false" prop:value=value on:input=input/>
        </section>
    }
    .into_any()
}

fn scale_field(open: Open) -> AnyView {
    let id = unique_id("replicas");
    let value = move || {
        open.machine.with(|m| match &m.draft {
            Draft::Scale { replicas } => replicas.clone(),
            _ => String::new(),
        })
    };
    let set = move |text: String| edit(open, |d| *d = Draft::Scale { replicas: text });
    let step = move |by: i64| {
        let now = open.machine.with_untracked(|m| match &m.draft {
            Draft::Scale { replicas } => replicas.trim().parse::<i64>().ok(),
            _ => None,
        });
        let now = now.unwrap_or_else(|| {
            open.machine.with_untracked(|m| i64::from(m.seen.facts.set.replicas))
        });
        set((now + by).max(0).to_string());
    };
    view! {
        <section>
            <label class="lab" for=id.clone()>"Replicas"</label>
            <div class="stepper">
                <button type="button" class="btn ico" aria-label="One fewer" on:click=move |_| step(-1)>"−"</button>
                <input
                    class="input first"
                    id=id
                    inputmode="numeric"
                    autocomplete="off"
                    prop:value=value
                    on:input=move |e| set(event_target_value(&e))
                />
                <button type="button" class="btn ico" aria-label="One more" on:click=move |_| step(1)>"+"</button>
            </div>
        </section>
    }
    .into_any()
}

fn max_unavailable_field(open: Open) -> AnyView {
    let id = unique_id("max-unavailable");
    let value = move || {
        open.machine.with(|m| match &m.draft {
            Draft::MaxUnavailable { text } => text.clone(),
            _ => String::new(),
        })
    };
    let input = move |e| {
        edit(open, |d| *d = Draft::MaxUnavailable { text: event_target_value(&e) });
    };
    view! {
        <section>
            <label class="lab" for=id.clone()>
                "Pods that a roll may take down at once"<span>"a number such as 2, or 25%"</span>
            </label>
            <input class="input first" id=id autocomplete="off" prop:value=value on:input=input/>
        </section>
    }
    .into_any()
}

/// How far it reaches at once, as radio buttons.
fn choices(open: Open) -> AnyView {
    let all = open.machine.with_untracked(|m| m.draft.choices(&m.seen.facts));
    if all.is_empty() {
        return ().into_any();
    }
    let name = unique_id("reach");
    let list = all
        .into_iter()
        .enumerate()
        .map(|(i, (reach, label))| choice(open, reach, label, &name, i == 0))
        .collect_view();
    view! {
        <section>
            <fieldset class="reach">
                <legend>"Who gets it now"</legend>
                {list}
            </fieldset>
        </section>
    }
    .into_any()
}

fn choice(open: Open, reach: Reach, label: String, name: &str, first: bool) -> AnyView {
    let on = Memo::new(move |_| open.machine.with(|m| m.draft.reach() == reach));
    // A dialog whose only field is this one begins here.
    let begins = first
        && open
            .machine
            .with_untracked(|m| matches!(m.draft, Draft::Restart { .. } | Draft::Strategy { .. }));
    view! {
        <label class="opt-c" data-on=move || on.get().then_some("")>
            <input
                type="radio"
                class=begins.then_some("first")
                name=name.to_owned()
                prop:checked=move || on.get()
                on:change=move |_| edit(open, |d| d.set_reach(reach))
            />
            <span>{label}</span>
        </label>
    }
    .into_any()
}
