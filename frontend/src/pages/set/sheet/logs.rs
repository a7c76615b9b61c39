//! The log of one container: read at once, or followed as it grows. Nothing of it is stored.

use std::rc::Rc;

use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;
use model::path;
use model::wire::{LogEnd, LogLines, PodDetail, Problem};

use super::lines::{self, Line};
use crate::api::{self, json};
use crate::components::{Icon, problem_notice, small_icon};
use crate::live::events::{Source, Told};
use crate::reactive::{Effect, Memo, RwSignal, dynamic};

/// Which log is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Asked {
    namespace: String,
    set: String,
    pod: String,
    container: String,
    previous: bool,
    follow: bool,
}

/// Where it stands.
#[derive(Clone, Debug, PartialEq)]
enum Standing {
    Asking,
    /// Lines come as they are written.
    Following,
    /// All is there that was asked for; why it ended, if that is worth a word.
    Ended(String),
    Failed(Problem),
}

/// What the view of one log is made of.
#[derive(Clone, Copy)]
struct Log {
    lines: StoredValue<Vec<Line>>,
    list: NodeRef<html::Ol>,
    /// What scrolls.
    window: NodeRef<html::Div>,
    count: RwSignal<usize>,
    matches: RwSignal<usize>,
    search: RwSignal<String>,
    standing: RwSignal<Standing>,
    /// The newest line is kept in view.
    at_end: StoredValue<bool>,
}

impl Log {
    fn new() -> Self {
        Self {
            lines: StoredValue::new(Vec::new()),
            list: NodeRef::new(),
            window: NodeRef::new(),
            count: RwSignal::new(0),
            matches: RwSignal::new(0),
            search: RwSignal::new(String::new()),
            standing: RwSignal::new(Standing::Asking),
            at_end: StoredValue::new(true),
        }
    }

    fn clear(self) {
        self.lines.set_value(Vec::new());
        self.at_end.set_value(true);
        self.draw();
    }

    /// Shows more lines without making the others anew: what a person has marked stays marked.
    fn add(self, more: Vec<Line>) {
        let search = self.search.get_untracked();
        let markup = lines::markup(&more, &search);
        let found = more.iter().filter(|l| l.has(&search)).count();
        let mut over = 0;
        self.lines.try_update_value(|all| over = lines::add(all, more));
        if let Some(list) = self.list.get_untracked() {
            // Only fails for positions that do not exist.
            let _ = list.insert_adjacent_html("beforeend", &markup);
            for _ in 0..over {
                if let Some(first) = list.first_element_child() {
                    first.remove();
                }
            }
        }
        self.matches.update(|n| *n += found);
        self.count.set(self.lines.with_value(Vec::len));
        self.follow_end();
    }

    /// All of it anew, as after another search.
    fn draw(self) {
        let search = self.search.get_untracked();
        let (markup, count, found) = self.lines.with_value(|all| {
            let found = all.iter().filter(|l| l.has(&search)).count();
            (lines::markup(all, &search), all.len(), found)
        });
        if let Some(list) = self.list.get_untracked() {
            list.set_inner_html(&markup);
        }
        self.count.set(count);
        self.matches.set(found);
        self.follow_end();
    }

    fn follow_end(self) {
        if let (true, Some(window)) = (self.at_end.get_value(), self.window.get_untracked()) {
            window.set_scroll_top(window.scroll_height());
        }
    }

    /// Scrolling up lets go of the end; coming back to it takes hold again.
    fn scrolled(self) {
        if let Some(window) = self.window.get_untracked() {
            let below = window.scroll_height() - window.scroll_top() - window.client_height();
            self.at_end.set_value(below < 24);
        }
    }
}

/// The tab with the log.
pub(super) fn logs(namespace: String, set: String, pod: &PodDetail) -> AnyView {
    let name = pod.name.clone();
    let containers: Vec<String> = pod.containers.iter().map(|c| c.name.clone()).collect();
    let container = RwSignal::new(pod.default_container.clone());
    let (previous, follow) = (RwSignal::new(false), RwSignal::new(true));
    let log = Log::new();
    let asked = {
        let name = name.clone();
        Memo::new(move |_| Asked {
            namespace: namespace.clone(),
            set: set.clone(),
            pod: name.clone(),
            container: container.get(),
            previous: previous.get(),
            // A log that has ended does not grow.
            follow: follow.get() && !previous.get(),
        })
    };
    let source = StoredValue::new_local(None::<Source>);
    let turn = StoredValue::new(0_u32);
    Effect::new(move |_| {
        let asked = asked.get();
        // What was asked before no longer counts.
        turn.update_value(|n| *n += 1);
        source.set_value(None);
        log.clear();
        log.standing.set(Standing::Asking);
        if asked.follow {
            source.set_value(open(&asked, log, source, follow));
        } else {
            let now = turn.get_value();
            spawn_local(async move {
                let answer = api::log(&address(&asked)).await;
                if turn.try_get_value() != Some(now) {
                    return;
                }
                match answer {
                    Ok(text) => {
                        log.add(text.lines().map(Line::read).collect());
                        log.standing.set(Standing::Ended(String::new()));
                    }
                    Err(problem) => log.standing.set(Standing::Failed(problem)),
                }
            });
        }
    });
    on_cleanup(move || {
        source.try_update_value(Option::take);
    });
    Effect::new(move |_| {
        log.search.track();
        log.draw();
    });
    let options = containers
        .into_iter()
        .map(|c| view! { <option value=c.clone()>{c.clone()}</option> })
        .collect_view();
    let which = move |wanted: bool, words: &'static str| {
        view! {
            <button
                type="button"
                aria-pressed=move || if previous.get() == wanted { "true" } else { "false" }
                on:click=move |_| previous.set(wanted)
            >
                {words}
            </button>
        }
    };
    let says = move || match log.standing.get() {
        Standing::Asking => view! { <span>"Asking…"</span> }.into_any(),
        Standing::Following => view! { <span class="live">"following"</span> }.into_any(),
        Standing::Ended(why) if why.is_empty() => view! { <span>"read once"</span> }.into_any(),
        Standing::Ended(why) => view! { <span>{why}</span> }.into_any(),
        Standing::Failed(_) => ().into_any(),
    };
    let failed = move || match log.standing.get() {
        Standing::Failed(problem) => Some(problem_notice(&problem)),
        _ => None,
    };
    let counted = move || {
        let lines = model::words::count(log.count.get(), "line");
        format!("{lines} · held in the browser, not stored")
    };
    let found = move || {
        let any = log.search.with(|s| !s.is_empty());
        any.then(|| model::words::count(log.matches.get(), "line"))
    };
    let label = format!("Log of {name}");
    view! {
        <div class="logbar">
            <label class="field pick-ns">
                <span class="sr">"Container"</span>
                <select class="mono" prop:value=move || container.get()
                    on:change:target=move |e| container.set(e.target().value())>{options}</select>
                {small_icon(Icon::Chevron)}
            </label>
            <div class="switch" role="group" aria-label="Which log">
                {which(false, "This pod")}{which(true, "Previous")}
            </div>
            <span class="grow"></span>
            <button
                type="button"
                class="chip"
                aria-pressed=move || if follow.get() { "true" } else { "false" }
                on:click=move |_| follow.update(|f| *f = !*f)
            >
                {small_icon(Icon::Down)}"Follow"
            </button>
            <label class="field wide">
                {small_icon(Icon::Search)}
                <span class="sr">"Search in the log"</span>
                <input type="search" placeholder="Search in the log" spellcheck="false"
                    prop:value=move || log.search.get()
                    on:input:target=move |e| log.search.set(e.target().value())/>
                <span class="nowrap dim" role="status">{dynamic(found)}</span>
            </label>
        </div>
        <div class="logwrap">
            {dynamic(failed)}
            <div class="log" role="log" aria-label=label tabindex="0" node_ref=log.window
                on:scroll=move |_| log.scrolled()>
                <ol node_ref=log.list></ol>
            </div>
            <p class="lognow">
                <span role="status">{dynamic(says)}</span>
                <span class="dim">{dynamic(counted)}</span>
            </p>
        </div>
    }
    .into_any()
}

/// So many lines of what was written before.
const LINES: u32 = 1_000;

fn address(asked: &Asked) -> String {
    let base = path::log(&asked.namespace, &asked.set, &asked.pod);
    let (container, previous, follow) = (&asked.container, asked.previous, asked.follow);
    format!(
        "{base}?container={container}&previous={previous}&follow={follow}&timestamps=true&tailLines={LINES}"
    )
}

fn open(
    asked: &Asked,
    log: Log,
    source: StoredValue<Option<Source>, LocalStorage>,
    follow: RwSignal<bool>,
) -> Option<Source> {
    let told = move |told: Told| match told {
        Told::Open => log.standing.set(Standing::Following),
        Told::Event { name: "lines", data } => {
            if let Ok(said) = json::read::<LogLines>(&data) {
                log.add(said.lines.iter().map(|l| Line::read(l)).collect());
            }
        }
        Told::Event { data, .. } => {
            let why = json::read::<LogEnd>(&data).map_or_else(|_| String::new(), |end| end.says);
            log.standing.set(Standing::Ended(why));
            source.try_update_value(Option::take);
        }
        // A browser does not say why a stream did not open: asking once, without following, does.
        Told::Broken => {
            source.try_update_value(Option::take);
            follow.try_set(false);
        }
    };
    let told: Rc<dyn Fn(Told)> = Rc::new(told);
    Source::open(&address(asked), &["lines", "end"], &told)
}
