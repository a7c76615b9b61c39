//! Which pods are compared, and which of their containers.

use leptos::prelude::*;
use model::facts::Facts;
use model::strip;
use model::words;

use super::Page;
use super::choice::Choice;
use super::place::Place;
use super::rows::Column;
use crate::components::revision::role_attr;
use crate::components::{Icon, small_icon};
use crate::reactive::{Memo, RwSignal, dynamic};

/// So many pods have a button each; more are chosen by their numbers.
const BUTTONS: usize = 20;

/// The ordinals that the set wants and those that have a pod, ascending.
pub fn columns(facts: &Facts) -> Vec<Column> {
    let there = facts.pods.iter().filter_map(|pod| {
        Some(Column {
            ordinal: facts.ordinal(pod)?,
            pod: pod.name.clone(),
            role: role_attr(strip::role(facts, &pod.revision)),
            revision: facts.revision_label(&pod.revision),
            there: true,
        })
    });
    let first = facts.set.start;
    let missing = facts.slots().into_iter().zip(first..).filter(|(pod, _)| pod.is_none());
    let missing = missing.map(|(_, ordinal)| Column {
        ordinal,
        pod: format!("{}-{ordinal}", facts.set.name),
        role: "none",
        revision: "not there".to_owned(),
        there: false,
    });
    let mut all: Vec<Column> = there.chain(missing).collect();
    all.sort_by_key(|c| c.ordinal);
    all
}

/// Containers that run as long as the pod does, by the template and by the pods.
pub fn containers(facts: &Facts) -> Vec<String> {
    let mut all: Vec<String> = facts.set.containers.iter().map(|c| c.container.clone()).collect();
    for container in facts.pods.iter().flat_map(|p| &p.containers).filter(|c| !c.init) {
        if !all.contains(&container.name) {
            all.push(container.name.clone());
        }
    }
    all
}

/// The bar with both.
pub fn bar(page: Page) -> AnyView {
    let many = Memo::new(move |_| page.pods.with(|p| p.len() > BUTTONS));
    let chooser = move || if many.get() { by_number(page) } else { buttons(page) };
    let chosen = move || {
        let (shown, all) = (page.chosen.with(Vec::len), page.pods.with(Vec::len));
        if shown == all {
            format!("all {}", words::count(all, "pod"))
        } else {
            format!("{shown} of {}", words::count(all, "pod"))
        }
    };
    view! {
        <div class="card logbar which" role="group" aria-label="Which pods">
            {dynamic(chooser)}
            {dynamic(move || container(page))}
            <span class="grow"></span>
            <span class="dim" role="status">{dynamic(chosen)}</span>
        </div>
    }
    .into_any()
}

fn choose(page: Page, on: Choice) {
    page.go.run(Place { on, ..page.place.get_untracked() });
}

fn buttons(page: Page) -> AnyView {
    let one = move |ordinal: u32| {
        let column = Memo::new(move |_| {
            page.pods.with(|all| all.iter().find(|c| c.ordinal == ordinal).cloned())
        });
        let toggle = move |_| {
            let all: Vec<u32> = page.pods.with_untracked(|p| p.iter().map(|c| c.ordinal).collect());
            choose(page, page.place.with_untracked(|p| p.on.toggled(ordinal, &all)));
        };
        let pressed = move || if page.place.with(|p| p.on.has(ordinal)) { "true" } else { "false" };
        view! {
            <button type="button" class="chip" aria-pressed=pressed on:click=toggle>
                {dynamic(move || column.get().map(|c| chip(&c)))}
            </button>
        }
    };
    // Whoever is on a button stays there while its pod changes.
    let ordinals =
        Memo::new(move |_| page.pods.with(|p| p.iter().map(|c| c.ordinal).collect::<Vec<_>>()));
    let all = move || ordinals.get().into_iter().map(one).collect_view();
    view! { <div class="chips" role="group" aria-label="Pods shown">{dynamic(all)}</div> }
        .into_any()
}

fn chip(column: &Column) -> AnyView {
    let ordinal = column.ordinal;
    let (name, revision) = if column.there {
        (column.pod.clone(), column.revision.clone())
    } else {
        (format!("{}, not there now", column.pod), "–".to_owned())
    };
    view! {
        <span class="sr">{name}</span>
        <span class="olab" data-rev=column.role aria-hidden="true">{ordinal}</span>
        <span class="rl">{revision}</span>
    }
    .into_any()
}

fn by_number(page: Page) -> AnyView {
    let wrong = RwSignal::new(false);
    let change = move |event: web_sys::Event| {
        let read = Choice::parse(&event_target_value(&event));
        wrong.set(read.is_none());
        if let Some(on) = read {
            choose(page, on);
        }
    };
    let says = move || {
        wrong.get().then(|| {
            view! { <span class="bad" role="alert">"Ordinals are numbers, as in 0-4, 7."</span> }
        })
    };
    view! {
        <label class="field on">
            <span>"Ordinals"</span>
            <input type="text" class="mono" placeholder="all, or 0-4, 7" spellcheck="false" autocomplete="off"
                aria-invalid=move || wrong.get().then_some("true")
                prop:value=move || page.place.with(|p| p.on.text())
                on:change=change/>
        </label>
        {dynamic(says)}
    }
    .into_any()
}

/// Where there is only one container there is nothing to choose.
fn container(page: Page) -> Option<AnyView> {
    let all = page.containers.get();
    if all.len() < 2 {
        return None;
    }
    let chosen = move || page.place.with(|p| p.container.clone()).unwrap_or_default();
    let change = move |event: web_sys::Event| {
        let name = event_target_value(&event);
        let container = (!name.is_empty()).then_some(name);
        page.go.run(Place { container, ..page.place.get_untracked() });
    };
    let options = all
        .into_iter()
        .map(|c| {
            let this = c.clone();
            view! { <option value=c.clone() prop:selected=move || chosen() == this>{c.clone()}</option> }
        })
        .collect_view();
    Some(
        view! {
            <label class="field pick-ns">
                <span>"Container"</span>
                <select class="mono" on:change=change>
                    <option value="" prop:selected=move || chosen().is_empty()>"default"</option>
                    {options}
                </select>
                {small_icon(Icon::Chevron)}
            </label>
        }
        .into_any(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::strip::sample;

    #[test]
    fn pods_are_columns_in_the_order_of_their_ordinals() {
        let mut facts = sample::held(12, 10);
        facts.pods.reverse();
        let all = columns(&facts);
        let ordinals: Vec<u32> = all.iter().map(|c| c.ordinal).collect();
        assert_eq!(ordinals, (0..12).collect::<Vec<_>>());
        assert_eq!((all[9].role, all[10].role), ("cur", "upd"));
        assert_eq!(all[10].revision, "r7");
    }

    #[test]
    fn a_pod_that_is_made_anew_keeps_its_place() {
        let mut facts = sample::held(3, 0);
        facts.set.start = 5;
        facts.pods.iter_mut().for_each(|p| p.name = p.name.replace("-2", "-7").replace("-1", "-6"));
        facts.pods.retain(|p| p.name.ends_with("-6"));
        let all: Vec<(u32, bool)> = columns(&facts).iter().map(|c| (c.ordinal, c.there)).collect();
        assert_eq!(all, [(5, false), (6, true), (7, false)]);
    }

    #[test]
    fn containers_of_the_template_come_first_and_each_once() {
        let mut facts = sample::held(2, 0);
        let mut agent = facts.pods[1].containers[0].clone();
        agent.name = "agent".into();
        let mut init = agent.clone();
        (init.name, init.init) = ("prepare".into(), true);
        facts.pods[1].containers.extend([agent, init]);
        assert_eq!(containers(&facts), ["app", "agent"]);
    }
}
