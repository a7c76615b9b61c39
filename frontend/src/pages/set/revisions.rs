//! The revisions card: what stays, what arrives, what differs, and the text behind it.

use std::sync::Arc;

use jiff::Timestamp;
use leptos::prelude::*;
use leptos::task::spawn_local;
use model::diff::Change;
use model::facts::Facts;
use model::strip;
use model::wire::{Problem, RevisionDetail, RevisionRole, SetDetail};
use model::words;

use super::Page;
use super::dialog::draft::Draft;
use super::head::why_not;
use crate::api;
use crate::components::{Button, Icon, RevisionChip, icon, problem_notice, small_icon};
use crate::reactive::{Memo, RwSignal, Signal, dynamic};
use crate::time::Ago;

/// One side of the card.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Side {
    /// Name of the ControllerRevision.
    pub name: String,
    pub label: String,
    /// "was r2", where it had another number.
    pub was: Option<String>,
    pub role: RevisionRole,
    /// "Current", "Update".
    pub title: &'static str,
    /// "3 pods", "2 pods, both Ready".
    pub pods: String,
    pub since: Option<Timestamp>,
    /// Whole images; empty where the revision may not be read.
    pub images: Vec<String>,
    pub cause: Option<String>,
}

/// One side, or two while a rollout is under way.
pub fn sides(facts: &Facts) -> Vec<Side> {
    let status = &facts.set.status;
    if status.update_revision.is_empty() {
        return Vec::new();
    }
    let mut names: Vec<&str> = Vec::new();
    if strip::in_progress(facts) {
        names.push(strip::old_revision(facts));
    }
    names.push(&status.update_revision);
    for pod in &facts.pods {
        if !pod.revision.is_empty() && !names.contains(&pod.revision.as_str()) {
            names.insert(0, &pod.revision);
        }
    }
    names.into_iter().map(|name| side(facts, name)).collect()
}

fn side(facts: &Facts, name: &str) -> Side {
    let role = strip::role(facts, name);
    let wanted =
        |p: &model::pod::Pod| facts.ordinal(p).is_some_and(|o| facts.set.index_of(o).is_some());
    let mine: Vec<_> = facts.pods.iter().filter(|p| p.revision == name && wanted(p)).collect();
    let up = mine.iter().filter(|p| p.is_up()).count();
    let ready = match (mine.len(), up) {
        (0, _) => String::new(),
        (1, 1) => ", Ready".to_owned(),
        (2, 2) => ", both Ready".to_owned(),
        (n, u) if n == u => ", all Ready".to_owned(),
        (_, u) => format!(", {u} Ready"),
    };
    let revision = facts.revision(name);
    let images = match revision {
        Some(r) => r.images.iter().map(|i| i.image.clone()).collect(),
        None if name == facts.set.status.update_revision => {
            facts.set.containers.iter().map(|c| c.image.clone()).collect()
        }
        None => Vec::new(),
    };
    Side {
        name: name.to_owned(),
        label: facts.revision_label(name),
        was: revision.and_then(model::revision::Revision::was_label),
        role,
        title: match role {
            RevisionRole::Current => "Current",
            RevisionRole::Update => "Update",
            RevisionRole::Stray => "Left over",
        },
        pods: if facts.readable.pods {
            format!("{}{ready}", words::count(mine.len(), "pod"))
        } else {
            String::new()
        },
        since: revision.map(|r| r.created),
        images,
        cause: revision.and_then(|r| r.change_cause.clone()),
    }
}

/// The icon of a difference.
fn change_icon(kind: &str) -> Icon {
    match kind {
        "image" => Icon::Image,
        "volume" => Icon::Disk,
        "env" | "command" => Icon::Terminal,
        "label" | "annotation" => Icon::Flag,
        "resources" => Icon::Scale,
        "probe" => Icon::Clock,
        _ => Icon::Info,
    }
}

/// The card.
#[component]
pub fn RevisionsCard(page: Page) -> impl IntoView {
    let detail = page.detail;
    let sides = Memo::new(move |_| detail.with(|d| sides(&d.facts)));
    let readable = Memo::new(move |_| detail.with(|d| d.facts.readable.revisions));
    let changes = Memo::new(move |_| {
        let two = sides.with(|s| s.len() > 1);
        two.then(|| detail.with(|d| d.changes.clone()))
    });
    let sub = move || {
        if sides.with(|s| s.len() > 1) { "what stays, what arrives" } else { "what runs" }
    };
    let differences = move || changes.get().map(|c| differences(c, readable.get()));
    let fold = move || {
        let all = sides.get();
        let last = all.last().filter(|_| readable.get()).cloned()?;
        let from = all.iter().rev().nth(1).map(|s| s.name.clone());
        Some(text_fold(detail, &last, from))
    };
    let off = Signal::derive(move || {
        page.off.get().or_else(|| detail.with(|d| why_not(&d.facts, &Draft::roll_back(&d.facts))))
    });
    let back = move |_| page.ask.run(detail.with_untracked(|d| Draft::roll_back(&d.facts)));
    let note =
        move || (!readable.get()).then(|| super::no_access("revisions (controllerrevisions)"));
    view! {
        <section class="card" aria-labelledby="rev-h">
            <div class="card-h">
                <h2 id="rev-h">"Revisions"</h2><span class="sub">{dynamic(sub)}</span>
                <span class="grow"></span>
                <Button class="sm" reason=off on_press=back>"Roll back…"</Button>
            </div>
            <div class="revs">
                {dynamic(move || sides.get().into_iter().map(side_view).collect_view())}
            </div>
            <div class="card-b">{note}{dynamic(differences)}{dynamic(fold)}</div>
        </section>
    }
}

fn side_view(side: Side) -> AnyView {
    let since = side.since.map(|at| view! { <dt>"Since"</dt><dd><Ago at=at/></dd> });
    let images =
        side.images.into_iter().map(|i| view! { <dd class="mono wrap">{i}</dd> }).collect_view();
    let cause = side.cause.map(|c| view! { <dt>"Cause"</dt><dd>{c}</dd> });
    view! {
        <div>
            <div class="row rev-row">
                <RevisionChip label=side.label role=side.role/>
                {side.was.map(|was| view! { <span class="dim">{format!("({was})")}</span> })}
                <b>{side.title}</b>
                <span class="dim">{side.pods}</span>
            </div>
            <dl class="kv">
                {since}
                <dt>"Image"</dt>{images}
                {cause}
                <dt>"Name"</dt><dd class="mono wrap">{side.name}</dd>
            </dl>
        </div>
    }
    .into_any()
}

pub(super) fn differences(changes: Option<Vec<Change>>, readable: bool) -> AnyView {
    match changes {
        Some(changes) if !changes.is_empty() => {
            let list = changes
                .into_iter()
                .map(|c| view! { <li>{icon(change_icon(&c.kind))}<span>{c.sentence}</span></li> })
                .collect_view();
            view! { <ul class="diff">{list}</ul> }.into_any()
        }
        Some(_) => view! { <p class="dim">"The two templates are equal."</p> }.into_any(),
        // Without the right the reason is said above already.
        None if !readable => ().into_any(),
        None => view! { <p class="dim">"What differs is not known: one of the two templates was not recorded."</p> }
            .into_any(),
    }
}

/// What was fetched of a revision's text.
#[derive(Clone)]
enum Text {
    Closed,
    Loading,
    Is(Box<RevisionDetail>),
    Problem(Problem),
}

/// The fold with the text difference, or the template where there is nothing to compare with. Fetched when it is opened.
fn text_fold(detail: Signal<Arc<SetDetail>>, side: &Side, from: Option<String>) -> AnyView {
    let text = RwSignal::new(Text::Closed);
    let reveal = RwSignal::new(false);
    let name = side.name.clone();
    let load = Callback::new(move |()| {
        let (set, name, from) =
            (detail.with_untracked(|d| d.row.key()), name.clone(), from.clone());
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
    let toggled = move |e: web_sys::Event| {
        use wasm_bindgen::JsCast;
        let open = e
            .target()
            .and_then(|t| t.dyn_into::<web_sys::Element>().ok())
            .is_some_and(|t| t.has_attribute("open"));
        if open && matches!(text.get_untracked(), Text::Closed | Text::Problem(_)) {
            load.run(());
        }
    };
    let body = move || match text.get() {
        Text::Closed => ().into_any(),
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
    };
    view! {
        <details class="fold" on:toggle=toggled>
            <summary>{small_icon(Icon::Forward)}"Template as YAML"</summary>
            {dynamic(body)}
        </details>
    }
    .into_any()
}

/// A unified diff, its lines marked by sign and colour.
pub(super) fn diff_lines(diff: &str) -> AnyView {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::strip::sample;

    #[test]
    fn while_a_rollout_is_under_way_there_are_two_sides() {
        let facts = sample::held(5, 3);
        let sides = sides(&facts);
        let heads: Vec<_> =
            sides.iter().map(|s| (s.label.as_str(), s.title, s.pods.as_str())).collect();
        assert_eq!(
            heads,
            [("r6", "Current", "3 pods, all Ready"), ("r7", "Update", "2 pods, both Ready")]
        );
        assert_eq!(sides[1].images, ["reg/web:1.7"]);
    }

    #[test]
    fn a_settled_set_has_one_and_a_left_over_revision_is_named_so() {
        let mut facts = sample::held(3, 0);
        assert_eq!(sides(&facts).len(), 1);
        facts.pods[0].revision = "web-old".into();
        facts.pods[1].revision = "web-odd".into();
        facts.set.status.current_revision = "web-old".into();
        let titles: Vec<_> = sides(&facts).iter().map(|s| s.title).collect();
        assert_eq!(titles, ["Left over", "Current", "Update"]);
    }
}
