//! The revisions card: what stays, what arrives, what differs, and the text behind it.

use std::sync::Arc;

use jiff::Timestamp;
use leptos::prelude::*;
use model::diff::{Change, else_equal};
use model::facts::Facts;
use model::path::page as url;
use model::strip;
use model::wire::{RevisionRole, SetDetail};
use model::words;

use super::Page;
use super::dialog::draft::Draft;
use super::head::why_not;
use super::template::Template;
use crate::components::{Button, Icon, RevisionChip, fold, icon};
use crate::reactive::{Memo, RwSignal, Signal, dynamic};
use crate::route::use_query_map;
use crate::time::Ago;
use crate::{dom, part};

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

/// One side, or two while a rollout is under way; behind them what else pods run.
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
            names.push(&pod.revision);
        }
    }
    names.into_iter().map(|name| side(facts, name)).collect()
}

/// A revision whose template can be read.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Shown {
    name: String,
    /// What it is compared with; else the one before it.
    from: Option<String>,
    /// By the address.
    asked: bool,
}

/// The one that the address asks for, else the wanted one and what it takes the place of.
fn shown(facts: &Facts, asked: Option<String>) -> Option<Shown> {
    let update = &facts.set.status.update_revision;
    if let Some(name) = asked.filter(|_| facts.readable.revisions) {
        return Some(Shown { name, from: None, asked: true });
    }
    if update.is_empty() || !facts.readable.revisions {
        return None;
    }
    let from = if strip::in_progress(facts) {
        Some(strip::old_revision(facts))
    } else {
        facts.pods.iter().map(|p| &*p.revision).find(|r| !r.is_empty() && r != update)
    };
    Some(Shown { name: update.clone(), from: from.map(str::to_owned), asked: false })
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
    let query = use_query_map();
    let asked = Memo::new(move |_| query.with(|q| q.get("revision").filter(|r| !r.is_empty())));
    // Whoever has opened it keeps it open while pods come and go.
    let text = Memo::new(move |_| detail.with(|d| shown(&d.facts, asked.get())));
    let text = move || text.get().map(|shown| text_fold(detail, shown));
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
                {dynamic(move || {
                    let here = detail.with_untracked(|d| url::set(&d.row.namespace, &d.row.name));
                    sides.get().into_iter().map(|s| side_view(s, &here)).collect_view()
                })}
            </div>
            <div class="card-b">{note}{dynamic(differences)}{dynamic(text)}</div>
        </section>
    }
}

fn side_view(side: Side, here: &str) -> AnyView {
    let link = format!("{here}?revision={}", side.name);
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
                <dt>"Name"</dt><dd class="mono wrap"><a class="link" href=link>{side.name}</a></dd>
            </dl>
        </div>
    }
    .into_any()
}

pub(super) fn differences(changes: Option<Vec<Change>>, readable: bool) -> AnyView {
    match changes {
        Some(changes) if !changes.is_empty() => {
            let equal = else_equal(&changes);
            let list = changes
                .into_iter()
                .map(|c| view! { <li>{icon(change_icon(&c.kind))}<span>{c.sentence}</span></li> })
                .collect_view();
            view! { <ul class="diff">
                {list}
                <li>{icon(Icon::Same)}<span class="dim">{equal}</span></li>
            </ul> }.into_any()
        }
        Some(_) => view! { <p class="dim">"The two templates are equal."</p> }.into_any(),
        // Without the right the reason is said above already.
        None if !readable => ().into_any(),
        None => view! { <p class="dim">"What differs is not known: one of the two templates was not recorded."</p> }
            .into_any(),
    }
}

/// The fold with a revision's text: fetched when it is opened, and open where the address asks for it.
fn text_fold(detail: Signal<Arc<SetDetail>>, shown: Shown) -> AnyView {
    let set = detail.with_untracked(|d| d.row.key());
    let open = RwSignal::new(shown.asked);
    let close = Callback::new(move |()| open.set(false));
    let title = if shown.asked {
        request_animation_frame(|| dom::focus("#template"));
        format!("Template of {} as YAML", shown.name)
    } else {
        "Template as YAML".to_owned()
    };
    let of = Template { set, name: shown.name, from: shown.from };
    fold("template", title, open, move || part::of_template(of.clone(), close))
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
        assert_eq!(titles, ["Current", "Update", "Left over"]);
        let compared = shown(&facts, None).expect("readable");
        assert_eq!((&*compared.name, compared.from.as_deref()), ("web-new", Some("web-old")));
        let asked = shown(&facts, Some("web-odd".into())).expect("readable");
        assert_eq!((&*asked.name, asked.from, asked.asked), ("web-odd", None, true));
    }
}
