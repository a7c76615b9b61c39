//! Which events are asked for: the same words in the page's address and in the API's.

use std::fmt::Write;
use std::time::Duration;

use leptos::prelude::*;
use model::path::page;
use model::wire::EventGroup;

use crate::components::{Icon, small_icon};
use crate::dom;
use crate::live::Live;
use crate::pages::history::filter;
use crate::reactive::{Memo, RwSignal, dynamic};
use crate::route::{NavigateOptions, Query, use_navigate};

/// Ways by which a change is made: as URLs have them, as the page says them.
const SOURCES: [(&str, &str, Icon, &str); 4] = [
    ("panel", "Panel", Icon::Panel, "Done in this panel, by its users and over its API"),
    (
        "tool",
        "Tools",
        Icon::Tool,
        "Done by a tool that its field manager names, as kubectl or Helm",
    ),
    ("outside", "Outside", Icon::Outside, "Done outside the panel, and nothing proves by what"),
    (
        "controller",
        "Cluster",
        Icon::Kubernetes,
        "What the cluster did by itself, and what was seen of it",
    ),
];

/// How far back: as URLs have it, as the page says it.
const SINCE: [(&str, &str); 3] = [("1h", "Last hour"), ("1d", "Last day"), ("7d", "7 days")];

/// How long nothing is typed until what was typed is asked for.
const RESTED: Duration = Duration::from_millis(400);

/// What is asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    pub group: Option<EventGroup>,
    pub source: Option<&'static str>,
    pub since: Option<&'static str>,
    /// A user of the panel, or a tool.
    pub actor: Option<String>,
    /// `namespace/name`.
    pub set: Option<String>,
    /// Words that are said.
    pub text: Option<String>,
}

/// What one types in.
#[derive(Clone, Copy)]
enum Typed {
    Text,
    Set,
    Actor,
}

impl Asked {
    pub fn of(query: &Query) -> Self {
        let text = |key| query.get(key).filter(|v| !v.is_empty());
        let (source, since) = (query.get("source"), query.get("since"));
        Self {
            group: EventGroup::parse(query.get("kind").as_deref()),
            source: SOURCES.iter().map(|s| s.0).find(|s| Some(*s) == source.as_deref()),
            since: SINCE.iter().map(|s| s.0).find(|s| Some(*s) == since.as_deref()),
            actor: text("actor"),
            set: text("set"),
            text: text("text"),
        }
    }

    fn typed(&mut self, what: Typed) -> &mut Option<String> {
        match what {
            Typed::Text => &mut self.text,
            Typed::Set => &mut self.set,
            Typed::Actor => &mut self.actor,
        }
    }

    /// The query for the API: a part of a set's name is a word to it.
    pub fn asks(&self) -> String {
        let part = self.set.as_ref().filter(|set| !set.contains('/'));
        let Some(part) = part else { return self.query() };
        let words = self.text.iter().chain([part]).map(String::as_str).collect::<Vec<_>>();
        Self { set: None, text: Some(words.join(" ").chars().take(200).collect()), ..self.clone() }
            .query()
    }

    /// The query of the page, with its question mark; empty where all are asked for.
    pub fn query(&self) -> String {
        let kind = self.group.map(|g| g.key().to_owned());
        let source = self.source.map(ToOwned::to_owned);
        let since = self.since.map(ToOwned::to_owned);
        let all = [
            ("kind", &kind),
            ("source", &source),
            ("since", &since),
            ("actor", &self.actor),
            ("set", &self.set),
            ("text", &self.text),
        ];
        let mut out = String::new();
        for (key, value) in all {
            if let Some(value) = value {
                let sign = if out.is_empty() { '?' } else { '&' };
                // Writing into a string does not fail.
                let _ = write!(out, "{sign}{key}={}", encode(value));
            }
        }
        out
    }
}

/// As a query takes it.
fn encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

/// The filters.
pub fn filters(live: Live, asked: Memo<Asked>, actors: Memo<Vec<String>>) -> AnyView {
    let navigate = use_navigate();
    let go = Callback::new(move |asked: Asked| {
        let url = format!("{}{}", page::ACTIVITY, asked.query());
        navigate(&url, NavigateOptions { replace: true, scroll: false });
    });
    let group = Memo::new(move |_| asked.with(|a| a.group));
    let choose = Callback::new(move |group| go.run(Asked { group, ..asked.get_untracked() }));
    let chip = move |now: fn(&mut Asked) -> &mut Option<&'static str>,
                     key: &'static str,
                     word: &'static str,
                     symbol: Option<Icon>,
                     says: Option<&'static str>| {
        let chosen = move || *now(&mut asked.get()) == Some(key);
        let toggle = move |_| {
            let mut all = asked.get_untracked();
            let one = now(&mut all);
            *one = (*one != Some(key)).then_some(key);
            go.run(all);
        };
        view! {
            <button
                type="button"
                class="chip"
                title=says
                aria-pressed=move || if chosen() { "true" } else { "false" }
                on:click=toggle
            >
                {symbol.map(small_icon)}{word}
            </button>
        }
    };
    let sources = SOURCES.map(|(key, word, symbol, says)| {
        chip(|a| &mut a.source, key, word, Some(symbol), Some(says))
    });
    let times = SINCE.map(|(key, word)| chip(|a| &mut a.since, key, word, None, None));
    let text = move |label: &'static str, hint: &'static str, id: &'static str, what: Typed| {
        let list = format!("{id}-all");
        // What one types stays as it is typed, with the blank after which one goes on.
        let value = move || {
            let value = asked.get().typed(what).take().unwrap_or_default();
            dom::text_of(id).filter(|typed| typed.trim() == value).unwrap_or(value)
        };
        let ask = move |text: String| {
            let mut now = asked.get_untracked();
            *now.typed(what) = (!text.is_empty()).then_some(text);
            go.run(now);
        };
        // Rises with everything typed, and with Enter: what waits to be asked is overtaken.
        let turn = StoredValue::new(0_u32);
        let input = move |event: web_sys::Event| {
            let text = event_target_value(&event).trim().to_owned();
            turn.update_value(|n| *n += 1);
            let mine = turn.get_value();
            // Half a name of a user fits nobody, and a namespace with half a name no set.
            let whole = match what {
                Typed::Actor => text.is_empty() || actors.with_untracked(|all| all.contains(&text)),
                Typed::Set => !text.contains('/') || is_a_set(live, &text),
                Typed::Text => true,
            };
            if whole {
                let rested = move || {
                    if turn.try_get_value() == Some(mine) {
                        ask(text);
                    }
                };
                set_timeout(rested, RESTED);
            }
        };
        let change = move |event: web_sys::Event| {
            turn.update_value(|n| *n += 1);
            let text = event_target_value(&event).trim().to_owned();
            ask(if matches!(what, Typed::Set) { whole_name(live, text) } else { text });
        };
        // A list of a thousand sets is only made for whoever looks for one.
        let open = RwSignal::new(false);
        let options = move || {
            if !open.get() {
                return Vec::new();
            }
            let all: Vec<String> = match what {
                Typed::Set => untrack(|| {
                    live.with_rows(|rows| rows.keys().map(ToString::to_string).collect())
                }),
                Typed::Actor => actors.get(),
                Typed::Text => Vec::new(),
            };
            all.into_iter().map(|value| view! { <option value=value></option> }).collect()
        };
        view! {
            <label class="field">
                <span>{label}</span>
                <input
                    type="search"
                    id=id
                    placeholder=hint
                    list=(!matches!(what, Typed::Text)).then(|| list.clone())
                    maxlength="200"
                    autocomplete="off"
                    spellcheck="false"
                    prop:value=value
                    on:focus=move |_| open.set(true)
                    on:input=input
                    on:change=change
                />
                <datalist id=list>{dynamic(options)}</datalist>
            </label>
        }
    };
    view! {
        <div class="tools asked" role="search" aria-label="Which events">
            {text("Text", "words", "search", Typed::Text)}
            {text("Set", "name, or a part", "asked-set", Typed::Set)}
            {text("Who", "name, then Enter", "asked-actor", Typed::Actor)}
            {filter::chips(group, choose)}
            <div class="chips flat" role="group" aria-label="Since">{times.collect_view()}</div>
            <div class="chips flat" role="group" aria-label="Made by">{sources.collect_view()}</div>
        </div>
    }
    .into_any()
}

/// Whether it is `namespace/name` of a set.
fn is_a_set(live: Live, text: &str) -> bool {
    untrack(|| live.with_rows(|rows| rows.keys().any(|key| key.to_string() == text)))
}

/// The set of this name with its namespace, where one name is given and there is such a set.
fn whole_name(live: Live, text: String) -> String {
    if text.is_empty() || text.contains('/') {
        return text;
    }
    let found = untrack(|| {
        live.with_rows(|rows| rows.keys().find(|key| key.name == text).map(ToString::to_string))
    });
    found.unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_of_a_name_is_a_word_to_the_api() {
        let asked = |set: &str| Asked { set: Some(set.to_owned()), ..Asked::default() };
        assert_eq!(asked("cata").asks(), "?text=cata");
        assert_eq!(asked("cata").query(), "?set=cata", "the page keeps what was typed");
        assert_eq!(asked("shop/catalog").asks(), "?set=shop/catalog");
        let both = Asked { text: Some("crashed".to_owned()), ..asked("cata") };
        assert_eq!(both.asks(), "?text=crashed%20cata");
    }

    #[test]
    fn what_is_asked_is_written_as_a_query() {
        assert_eq!(Asked::default().query(), "");
        let asked = Asked {
            group: Some(EventGroup::Changes),
            source: Some("tool"),
            actor: Some("Argo CD & me".into()),
            set: Some("shop/web".into()),
            since: Some("7d"),
            text: Some("crashed 6 times".into()),
        };
        assert_eq!(
            asked.query(),
            "?kind=changes&source=tool&since=7d&actor=Argo%20CD%20%26%20me&set=shop/web&text=crashed%206%20times"
        );
    }
}
