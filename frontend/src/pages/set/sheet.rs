//! The side sheet of the selected pod: what it is, its log, its Events, and what can be done with it alone.
//!
//! It stands beside the page and follows the selected pod; pod and tab are in the address.

use std::sync::Arc;

use leptos::ev::KeyboardEvent;
use leptos::prelude::*;
use leptos::task::spawn_local;
use model::action::{Action, permit};
use model::facts::Facts;
use model::pod::Pod;
use model::set::SetKey;
use model::strip;
use model::wire::{PodDetail, Problem};

use super::dialog::draft::Draft;
use super::{Page, Selection};
use crate::components::{Button, Icon, problem_notice, small_icon};
use crate::dom;
use crate::live::use_live;
use crate::reactive::{Effect, Memo, RwSignal, Signal, dynamic};
use crate::{api, api::UNREADABLE};

mod about;
mod absent;
mod events;
mod frame;
mod head;
mod logs;
pub mod of_set;
mod words;
mod yaml;

use frame::frame;
use head::head;
pub use logs::Left;

/// The parts of the sheet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tab {
    #[default]
    About,
    Logs,
    Events,
    Yaml,
}

impl Tab {
    const ALL: [Self; 4] = [Self::About, Self::Logs, Self::Events, Self::Yaml];

    /// As the address has it; nothing for the first.
    pub fn key(self) -> Option<&'static str> {
        match self {
            Self::About => None,
            Self::Logs => Some("logs"),
            Self::Events => Some("events"),
            Self::Yaml => Some("yaml"),
        }
    }

    /// What the address says; the first where it says nothing of use.
    pub fn of(key: Option<&str>) -> Self {
        Self::ALL.into_iter().find(|t| t.key() == key).unwrap_or_default()
    }

    fn title(self) -> &'static str {
        match self {
            Self::About => "Overview",
            Self::Logs => "Logs",
            Self::Events => "Events",
            Self::Yaml => "YAML",
        }
    }

    fn after(self, steps: usize) -> Self {
        let at = Self::ALL.iter().position(|t| *t == self).unwrap_or(0);
        Self::ALL[(at + steps) % Self::ALL.len()]
    }
}

/// What the sheet shows of the facts; changes of other pods do not renew it.
#[derive(Clone, Debug, PartialEq)]
struct Shown {
    key: SetKey,
    pod: Pod,
    ordinal: Option<u32>,
    role: model::wire::RevisionRole,
    revision: String,
    says: String,
    lower: Option<String>,
    higher: Option<String>,
    why_not: Option<String>,
}

fn shown(facts: &Facts, name: &str) -> Option<Shown> {
    let at = facts.pods.iter().position(|p| p.name == name)?;
    let pod = &facts.pods[at];
    let [evict, _] = actions(pod);
    let other = |i: Option<usize>| i.and_then(|i| facts.pods.get(i)).map(|p| p.name.clone());
    Some(Shown {
        key: SetKey::new(&facts.set.namespace, &facts.set.name),
        ordinal: facts.ordinal(pod),
        role: strip::role(facts, &pod.revision),
        revision: facts.revision_label(&pod.revision),
        says: words::says(pod),
        // Pods are in the order of their ordinals.
        lower: other(at.checked_sub(1)),
        higher: other(Some(at + 1)),
        why_not: permit(facts, &evict).err().map(|r| r.reason),
        pod: pod.clone(),
    })
}

/// Evicting and deleting this pod.
fn actions(pod: &Pod) -> [Action; 2] {
    let (name, uid) = (pod.name.clone(), pod.uid.clone());
    [Action::EvictPod { pod: name.clone(), uid: uid.clone() }, Action::DeletePod { pod: name, uid }]
}

/// The selected pod, if it is there.
pub fn pod_sheet(page: Page, selection: Selection) -> AnyView {
    let detail = page.detail;
    let shown = Memo::new(move |_| {
        let name = selection.pod.get()?;
        detail.with(|d| shown(&d.facts, &name)).map(Arc::new)
    });
    // Another pod is another sheet; the same one stays and is renewed.
    let uid = Memo::new(move |_| shown.with(|s| s.as_ref().map(|s| s.pod.uid.clone())));
    let before = StoredValue::new(None);
    dynamic(move || {
        if uid.with(Option::is_none) {
            return selection.pod.get().map(|name| absent::absent(page, selection, &name));
        }
        let name = selection.pod.get_untracked();
        let opened = before.get_value() != name;
        before.set_value(name);
        goes_on(selection.tab.get_untracked(), opened);
        Some(sheet(page, selection, shown))
    })
}

/// What the API server says of the pod.
type Told = Option<Result<Arc<PodDetail>, Problem>>;

fn sheet(page: Page, selection: Selection, shown: Memo<Option<Arc<Shown>>>) -> AnyView {
    let told: RwSignal<Told> = RwSignal::new(None);
    let turn = StoredValue::new(0_u32);
    let again = RwSignal::new(());
    use_live().on_return(move || again.set(()));
    // Asked again whenever the index sees the pod change, and when the server is back.
    Effect::new(move |_| {
        again.track();
        let Some(now) = shown.get() else { return };
        turn.update_value(|n| *n += 1);
        let asked = turn.get_value();
        spawn_local(async move {
            let answer = api::pod(&now.key.namespace, &now.key.name, &now.pod.name).await;
            // What was asked for meanwhile is newer.
            if turn.try_get_value() != Some(asked) {
                return;
            }
            // What is shown, and a log that is followed, stays while somebody does not answer: it is asked again.
            let known = told.try_with_untracked(|t| matches!(t, Some(Ok(_)))) == Some(true);
            match answer {
                Err(p) if known && !matches!(p.status, 401 | 403 | 404) && p.code != UNREADABLE => {
                }
                answer => drop(told.try_set(Some(answer.map(Arc::new)))),
            }
        });
    });
    frame(selection, |close| {
        view! {
            {dynamic(move || shown.get().map(|s| head(&s, selection, close)))}
            {tabs(selection, told)}
            {dynamic(move || body(page, selection, selection.tab.get(), told))}
            {footer(page, shown)}
        }
        .into_any()
    })
}

/// Whoever opens the sheet by keyboard goes on in it, and everybody where it is the whole screen; so does whoever was in the sheet of another pod, at the same button. A pod
/// that is made anew takes the focus from nowhere else.
fn goes_on(tab: Tab, opened: bool) {
    let from = |inside: &str| dom::has(&format!(":is({inside}):focus-visible"));
    let headers =
        ["Lower ordinal", "Higher ordinal"].map(|l| format!(".sheet [aria-label^='{l}']"));
    let to = if let Some(button) = headers.into_iter().find(|button| from(button)) {
        button
    } else if from(".sheet *") || opened && (dom::is_phone() || from(".strip li")) {
        format!("#tab-{}", tab.title())
    } else {
        return;
    };
    request_animation_frame(move || dom::focus(&to));
}

fn tabs(selection: Selection, told: RwSignal<Told>) -> AnyView {
    let one = move |tab: Tab| {
        let is = move || selection.tab.get() == tab;
        let count = move || {
            let n = told.with(|t| match t {
                Some(Ok(pod)) if tab == Tab::Events => pod.events.items.len(),
                _ => 0,
            });
            // What comes later has its room.
            (tab == Tab::Events).then(|| view! { <span class="n">{(n > 0).then_some(n)}</span> })
        };
        view! {
            <button
                type="button"
                role="tab"
                id=format!("tab-{}", tab.title())
                aria-controls="sheet-b"
                aria-selected=move || if is() { "true" } else { "false" }
                tabindex=move || if is() { "0" } else { "-1" }
                on:click=move |_| selection.show.run(tab)
            >
                {tab.title()}" "{dynamic(count)}
            </button>
        }
    };
    let keys = move |event: KeyboardEvent| {
        // With Alt they are the browser's way back.
        if dom::has_modifier(&event) {
            return;
        }
        let here = selection.tab.get_untracked();
        let to = match event.key().as_str() {
            "ArrowRight" => here.after(1),
            "ArrowLeft" => here.after(Tab::ALL.len() - 1),
            "Home" => Tab::About,
            "End" => Tab::Yaml,
            _ => return,
        };
        event.prevent_default();
        selection.show.run(to);
        dom::focus(&format!("#tab-{}", to.title()));
    };
    view! {
        <div class="tabs" role="tablist" aria-label="The pod" on:keydown=keys>
            {Tab::ALL.map(one).into_iter().collect_view()}
        </div>
    }
    .into_any()
}

fn body(page: Page, selection: Selection, tab: Tab, told: RwSignal<Told>) -> AnyView {
    let class = if tab == Tab::Logs { "sheet-b flush" } else { "sheet-b" };
    // A text that somebody reads, and a log, are not begun anew because the pod has changed in some other way.
    let inside = if tab == Tab::Yaml {
        let key = page.detail.with_untracked(|d| d.row.key());
        // Another pod is another sheet.
        selection.pod.get_untracked().map(|pod| yaml::yaml(key, pod)).into_any()
    } else if tab == Tab::Logs {
        let here = Memo::new(move |_| told.with(|t| matches!(t, Some(Ok(_)))));
        dynamic(move || {
            let there = here.get();
            told.with_untracked(|t| match t {
                Some(Ok(pod)) if there => {
                    let key = page.detail.with_untracked(|d| d.row.key());
                    logs::logs(key.namespace, key.name, pod, told, selection.left)
                }
                other => waiting(other.as_ref()),
            })
        })
    } else {
        dynamic(move || {
            told.with(|t| match t {
                Some(Ok(pod)) if tab == Tab::Events => events::events(&pod.events),
                Some(Ok(pod)) => page.detail.with_untracked(|d| about::about(d, pod)),
                other => waiting(other.as_ref()),
            })
        })
    };
    let labelled = format!("tab-{}", tab.title());
    view! { <div class=class id="sheet-b" role="tabpanel" aria-labelledby=labelled tabindex="0">{inside}</div> }
        .into_any()
}

fn waiting(told: Option<&Result<Arc<PodDetail>, Problem>>) -> AnyView {
    match told {
        Some(Err(p)) if p.code == UNREADABLE || p.status != 404 => problem_notice(p),
        Some(Err(_)) => {
            view! { <p class="mid" role="status">"It has gone meanwhile."</p> }.into_any()
        }
        _ => view! {
            <p class="sr" role="status">"Asking the API server"</p>
            <p class="sk w60" aria-hidden="true"></p><p class="sk w60" aria-hidden="true"></p>
        }
        .into_any(),
    }
}

fn footer(page: Page, shown: Memo<Option<Arc<Shown>>>) -> AnyView {
    let why = Memo::new(move |_| shown.with(|s| s.as_ref().and_then(|s| s.why_not.clone())));
    let reason = Signal::derive(move || page.off.get().or_else(|| why.get()));
    let ask = move |which: usize| {
        if let Some(s) = shown.get_untracked() {
            let [evict, delete] = actions(&s.pod);
            page.ask.run(Draft::Fixed(if which == 0 { evict } else { delete }));
        }
    };
    let said = move || {
        reason.get().map(
            |why| view! { <span class="why">{small_icon(Icon::Info)}<span>{why}</span></span> },
        )
    };
    view! {
        <footer>
            <Button class="sm" reason=reason on_press=move |_| ask(0)>{small_icon(Icon::Delete)}"Evict pod…"</Button>
            <Button class="sm" reason=reason on_press=move |_| ask(1)>{small_icon(Icon::Delete)}"Delete pod…"</Button>
            {dynamic(said)}
        </footer>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::strip::sample;

    #[test]
    fn a_tab_is_in_the_address_unless_it_is_the_first() {
        for tab in Tab::ALL {
            assert_eq!(Tab::of(tab.key()), tab);
        }
        assert_eq!(Tab::of(Some("nonsense")), Tab::About);
        assert_eq!(Tab::About.after(1), Tab::Logs);
        assert_eq!(Tab::About.after(2), Tab::Events);
        assert_eq!(Tab::Yaml.after(1), Tab::About, "the ends meet");
    }

    #[test]
    fn the_sheet_goes_on_to_the_neighbours_of_its_pod() {
        let facts = sample::held(3, 1);
        let middle = shown(&facts, "web-1").expect("it is there");
        assert_eq!(
            (middle.lower.as_deref(), middle.higher.as_deref()),
            (Some("web-0"), Some("web-2"))
        );
        assert_eq!(shown(&facts, "web-0").expect("there").lower, None);
        assert_eq!(shown(&facts, "web-2").expect("there").higher, None);
        assert_eq!(shown(&facts, "web-7"), None);
    }
}
