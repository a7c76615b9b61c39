//! The template of a revision as text: what differs from another one, or the whole where there is nothing to compare with.

use leptos::prelude::*;
use leptos::task::spawn_local;
use model::set::SetKey;
use model::wire::{Problem, RevisionDetail};

use crate::api;
use crate::components::problem_notice;
use crate::reactive::{RwSignal, dynamic};

/// Whose text.
#[derive(Clone, Debug)]
pub struct Template {
    pub set: SetKey,
    /// Name of the ControllerRevision.
    pub name: String,
    /// The revision it is compared with; else the one before it.
    pub from: Option<String>,
}

/// What was fetched of it.
#[derive(Clone)]
enum Text {
    Loading,
    Is(Box<RevisionDetail>),
    Problem(Problem),
}

/// Fetches and shows it.
pub fn template(of: Template) -> AnyView {
    let text = RwSignal::new(Text::Loading);
    let reveal = RwSignal::new(false);
    let load = Callback::new(move |()| {
        let Template { set, name, from } = of.clone();
        let revealed = reveal.get_untracked();
        text.set(Text::Loading);
        spawn_local(async move {
            let answer =
                api::revision(&set.namespace, &set.name, &name, from.as_deref(), revealed).await;
            text.try_set(match answer {
                Ok(r) => Text::Is(Box::new(r)),
                Err(p) => Text::Problem(p),
            });
        });
    });
    load.run(());
    dynamic(move || match text.get() {
        Text::Loading => view! { <span class="sk" aria-label="Loading"></span> }.into_any(),
        Text::Problem(p) => problem_notice(&p),
        Text::Is(r) => {
            let diff = (!r.diff.is_empty()).then(|| diff_lines(&r.diff));
            let whole =
                diff.is_none().then(|| view! { <pre class="pre">{r.template.clone()}</pre> });
            let flip = move |_| {
                reveal.update(|r| *r = !*r);
                load.run(());
            };
            view! {
                {diff}{whole}
                <p class="row between small">
                    <span class="dim">
                        {if reveal.get() { "Environment values are shown." } else {
                            "Literal environment values are masked."
                        }}
                    </span>
                    <button type="button" class="btn sm" on:click=flip>
                        {if reveal.get() { "Mask them" } else { "Show them" }}
                    </button>
                </p>
            }
            .into_any()
        }
    })
    .into_any()
}

/// A unified diff, its lines marked by sign and colour.
pub fn diff_lines(diff: &str) -> AnyView {
    let lines = diff
        .lines()
        .map(|line| {
            let class = match line.as_bytes().first() {
                Some(b'+') if !line.starts_with("+++") => "ins",
                Some(b'-') if !line.starts_with("---") => "del",
                Some(b'@') => "hunk",
                _ => "",
            };
            view! { <span class=class>{format!("{line}\n")}</span> }
        })
        .collect_view();
    view! { <pre class="pre udiff" tabindex="0" aria-label="Difference of the templates">{lines}</pre> }.into_any()
}
