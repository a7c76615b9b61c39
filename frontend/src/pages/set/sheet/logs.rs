//! The log of one container: read at once, or followed as it grows. Nothing of it is stored.

use std::rc::Rc;

use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;
use model::path::{self, page};
use model::wire::{LogEnd, LogLines, PodDetail};

use crate::api::{self, json};
use crate::components::{Icon, small_icon};
use crate::dom;
use crate::live::away;
use crate::live::events::{Source, Told};
use crate::live::seats::{self, Seat};
use crate::log::lines::{self, Line};
use crate::log::{self, Standing, Window};
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

/// What the view of one log is made of.
#[derive(Clone, Copy)]
struct Log {
    lines: StoredValue<Vec<Line>>,
    list: NodeRef<html::Ol>,
    window: Window,
    count: RwSignal<usize>,
    matches: RwSignal<usize>,
    search: RwSignal<String>,
    standing: RwSignal<Standing>,
    /// Lines that are there already come again.
    again: StoredValue<bool>,
}

impl Log {
    fn new() -> Self {
        Self {
            lines: StoredValue::new(Vec::new()),
            list: NodeRef::new(),
            window: Window::default(),
            count: RwSignal::new(0),
            matches: RwSignal::new(0),
            search: RwSignal::new(String::new()),
            standing: RwSignal::new(Standing::Asking),
            again: StoredValue::new(false),
        }
    }

    fn clear(self) {
        self.lines.set_value(Vec::new());
        self.again.set_value(false);
        self.window.rewind();
        self.draw();
    }

    /// Shows more lines without making the others anew: what a person has marked stays marked.
    fn add(self, mut more: Vec<Line>) {
        if self.again.get_value() {
            more = self.lines.with_value(|all| lines::unknown(all, more));
            self.again.set_value(more.is_empty());
        }
        let search = self.search.get_untracked();
        let markup = self.lines.with_value(|all| {
            let before = all.iter().rfind(|line| !line.stamp.is_empty());
            lines::markup(before, &more, &search)
        });
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
        self.window.follow_end();
    }

    /// All of it anew, as after another search.
    fn draw(self) {
        let search = self.search.get_untracked();
        let (markup, count, found) = self.lines.with_value(|all| {
            let found = all.iter().filter(|l| l.has(&search)).count();
            (lines::markup(None, all, &search), all.len(), found)
        });
        if let Some(list) = self.list.get_untracked() {
            list.set_inner_html(&markup);
        }
        self.count.set(count);
        self.matches.set(found);
        self.window.follow_end();
    }
}

/// The tab with the log.
pub(super) fn logs(namespace: String, set: String, pod: &PodDetail) -> AnyView {
    let name = pod.name.clone();
    let containers: Vec<String> = pod.containers.iter().map(|c| c.name.clone()).collect();
    let container = RwSignal::new(pod.default_container.clone());
    let (previous, follow) = (RwSignal::new(false), RwSignal::new(true));
    let view = Log::new();
    let side_by_side = page::compare(&namespace, &set);
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
    let following = Following { view, source: StoredValue::new_local(None), follow };
    let turn = StoredValue::new(0_u32);
    // Why it is not followed although that was asked for.
    let instead = StoredValue::new("");
    // Nobody looks, since this moment (the browser's time in ms): what is followed rests.
    let rests = StoredValue::new(None::<f64>);
    let open = move |asked: Asked, since: Option<f64>| {
        turn.update_value(|n| *n += 1);
        let now = turn.get_value();
        if dom::is_hidden() {
            return rests.set_value(Some(since.unwrap_or_else(dom::now_ms)));
        }
        spawn_local(async move {
            let seat = seats::take().await;
            if turn.try_get_value() != Some(now) {
                return;
            }
            if let Some(seat) = seat {
                following.open(&address(&asked, since), seat);
            } else {
                instead.set_value(log::ALL_TAKEN);
                follow.set(false);
            }
        });
    };
    Effect::new(move |_| {
        let asked = asked.get();
        // What was asked before no longer counts.
        turn.update_value(|n| *n += 1);
        following.source.set_value(None);
        rests.set_value(None);
        view.clear();
        view.standing.set(Standing::Asking);
        if asked.follow {
            open(asked, None);
        } else {
            let now = turn.get_value();
            spawn_local(async move {
                let answer = api::text(&address(&asked, None)).await;
                if turn.try_get_value() != Some(now) {
                    return;
                }
                match answer {
                    Ok(text) => {
                        view.add(text.lines().map(Line::read).collect());
                        let why = instead.try_update_value(std::mem::take).unwrap_or_default();
                        view.standing.set(Standing::Ended(why.to_owned()));
                    }
                    Err(problem) => view.standing.set(Standing::Failed(problem)),
                }
            });
        }
    });
    let left = move || {
        let had = following.source.try_update_value(Option::take).flatten().is_some();
        if had {
            turn.update_value(|n| *n += 1);
            view.standing.set(Standing::Asking);
            rests.set_value(Some(dom::now_ms()));
        }
    };
    let back = move || {
        if let Some(since) = rests.try_update_value(Option::take).flatten() {
            view.again.set_value(true);
            open(asked.get_untracked(), Some(since));
        }
    };
    away::follow(left, back);
    on_cleanup(move || {
        following.source.try_update_value(Option::take);
    });
    Effect::new(move |_| {
        view.search.track();
        view.draw();
    });
    let options = containers
        .into_iter()
        .map(|c| view! { <option value=c.clone()>{c.clone()}</option> })
        .collect_view();
    let counted = move || {
        let lines = model::words::count(view.count.get(), "line");
        format!("{lines} · held in the browser, not stored")
    };
    let found = move || {
        let any = view.search.with(|s| !s.is_empty());
        any.then(|| model::words::count(view.matches.get(), "line"))
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
            {log::switch(
                "Which log",
                ["This pod", "Previous"],
                previous.into(),
                Callback::new(move |wanted| previous.set(wanted)),
            )}
            <a class="btn sm" href=side_by_side>"All pods"</a>
            <span class="grow"></span>
            {log::follow_chip(follow)}
            {log::search_field("Search in the log", view.search, found)}
        </div>
        <div class="logwrap">
            {log::failed(view.standing)}
            <div class="log" role="log" aria-label=label tabindex="0" node_ref=view.window.node
                on:scroll=move |_| view.window.scrolled()>
                <ol node_ref=view.list></ol>
            </div>
            <p class="lognow">
                <span role="status">{log::says(view.standing, || "following".to_owned())}</span>
                <span class="dim">{dynamic(counted)}</span>
            </p>
        </div>
    }
    .into_any()
}

/// So many lines of what was written before.
const LINES: u32 = 1_000;

/// So many seconds back at most, as the API has it.
const LONGEST: f64 = 2_592_000.0;

/// `since`: what was written since (the browser's time in ms), and a little of what was before.
fn address(asked: &Asked, since: Option<f64>) -> String {
    let base = path::log(&asked.namespace, &asked.set, &asked.pod);
    let (container, previous, follow) = (&asked.container, asked.previous, asked.follow);
    let part = match since {
        // Clocks differ; what comes twice is left out.
        Some(since) => {
            let seconds = ((dom::now_ms() - since) / 1_000.0 + 30.0).clamp(30.0, LONGEST);
            format!("tailLines={}&sinceSeconds={seconds:.0}", lines::KEPT)
        }
        None => format!("tailLines={LINES}"),
    };
    format!(
        "{base}?container={container}&previous={previous}&follow={follow}&timestamps=true&{part}"
    )
}

/// A log that grows.
#[derive(Clone, Copy)]
struct Following {
    view: Log,
    source: StoredValue<Option<(Source, Seat)>, LocalStorage>,
    follow: RwSignal<bool>,
}

impl Following {
    fn open(self, address: &str, seat: Seat) {
        let Self { view, source, follow } = self;
        let told = move |told: Told| match told {
            Told::Open => view.standing.set(Standing::Following),
            Told::Event { name: "lines", data } => {
                if let Ok(said) = json::read::<LogLines>(&data) {
                    view.add(said.lines.iter().map(|l| Line::read(l)).collect());
                }
            }
            Told::Event { data, .. } => {
                let why =
                    json::read::<LogEnd>(&data).map_or_else(|_| String::new(), |end| end.says);
                view.standing.set(Standing::Ended(why));
                source.try_update_value(Option::take);
            }
            // A browser does not say why a stream did not open: asking once, without following, does.
            Told::Broken => {
                source.try_update_value(Option::take);
                follow.try_set(false);
            }
        };
        let told: Rc<dyn Fn(Told)> = Rc::new(told);
        let opened = Source::open(address, &["lines", "end"], &told);
        source.set_value(opened.map(|opened| (opened, seat)));
    }
}
