//! Search, namespace and status filters. Their state is the URL's query: it can be shared, and "back" works.

use std::sync::Arc;

use leptos::ev::Event;
use leptos::html;
use leptos::prelude::*;
use model::path::page;
use model::status::StatusKind;
use wasm_bindgen::JsCast;

use super::filter::Filter;
use super::layout::Layout;
use super::sort::Sort;
use crate::components::badge::{kind_colour, kind_icon};
use crate::components::{Icon, icon};
use crate::glide;
use crate::reactive::{Effect, Memo, RwSignal, dynamic};
use crate::route::{NavigateOptions, use_navigate, use_query_map};

/// Goes to a page of the app.
type Go = Box<dyn Fn(&str, NavigateOptions)>;

/// The filter of the URL.
#[derive(Clone, Copy)]
pub(super) struct Query {
    filter: Memo<Filter>,
    go: StoredValue<Go, LocalStorage>,
}

impl Query {
    pub(super) fn of_url() -> Self {
        let map = use_query_map();
        let navigate = use_navigate();
        let filter = Memo::new(move |_| {
            map.with(|m| {
                Filter::new(
                    &m.get("q").unwrap_or_default(),
                    m.get("ns").as_deref(),
                    &m.get("status").unwrap_or_default(),
                )
                .with_favourites(m.get("favourites").is_some())
                .sorted(Sort::parse(&m.get("sort").unwrap_or_default()))
            })
        });
        let go: Go = Box::new(move |url, options| navigate(url, options));
        Self { filter, go: StoredValue::new_local(go) }
    }

    /// The filter; tracked.
    pub(super) fn filter(self) -> Filter {
        self.filter.get()
    }

    /// Writes a filter into the URL. With `replace`, "back" does not come by here again.
    pub(super) fn set(self, filter: &Filter, replace: bool) {
        let query: Vec<String> = filter
            .pairs()
            .into_iter()
            .map(|(key, value)| {
                let value: String = js_sys::encode_uri_component(&value).into();
                // Commas and colons are legal in a query and read better.
                format!(
                    "{key}={}",
                    value.replace("%2C", ",").replace("%3A", ":").replace("%2F", "/")
                )
            })
            .collect();
        let url = if query.is_empty() {
            page::FLEET.to_owned()
        } else {
            format!("{}?{}", page::FLEET, query.join("&"))
        };
        let options = NavigateOptions { replace, scroll: false };
        self.go.with_value(|go| go(&url, options));
    }

    fn change(self, replace: bool, change: impl FnOnce(&Filter) -> Filter) {
        let next = self.filter.with_untracked(change);
        self.set(&next, replace);
    }
}

/// Search field, namespace picker, status chips.
pub(super) fn tools(query: Query, layout: Memo<Arc<Layout>>) -> impl IntoView {
    let typed = move |text: String| {
        query.change(true, |f| f.with_text(&text));
    };
    // What is typed stays as typed; only a change from elsewhere (back, clear) is written into the field.
    let shown = RwSignal::new(query.filter.with_untracked(|f| f.text.clone()));
    Effect::new(move |_| {
        let text = query.filter().text;
        if shown.with_untracked(|s| s.trim() != text.trim()) {
            shown.set(text);
        }
    });
    let pick = move |namespace: String| {
        query.change(false, |f| f.with_namespace(&namespace));
    };
    let sorted = move |e: Event| {
        let picker = e.target().and_then(|t| t.dyn_into::<web_sys::HtmlSelectElement>().ok());
        let sort = Sort::parse(&picker.map(|p| p.value()).unwrap_or_default());
        query.change(false, |f| f.sorted(sort));
    };
    let options = move || {
        let chosen = query.filter().namespace;
        layout.with(|l| {
            let mut names: Vec<(String, usize)> =
                l.namespaces.iter().map(|(n, c)| (n.clone(), *c)).collect();
            if let Some(chosen) = &chosen
                && !l.namespaces.contains_key(chosen)
            {
                names.push((chosen.clone(), 0));
            }
            names
                .into_iter()
                .map(|(name, count)| {
                    let selected = chosen.as_deref() == Some(name.as_str());
                    view! {
                        <option value=name.clone() prop:selected=selected>{format!("{name} ({count})")}</option>
                    }
                })
                .collect_view()
        })
    };
    let order = NodeRef::<html::Select>::new();
    Effect::new(move |_| {
        let sort = query.filter.with(|f| f.sort);
        if let Some(picker) = order.get() {
            picker.set_value(sort.as_str());
        }
    });
    let chips = NodeRef::<html::Div>::new();
    glide::make_room(chips, ".chips > *");
    view! {
        <div class="tools">
            <label class="field wide">
                {icon(Icon::Search)}
                <span class="sr">"Search sets"</span>
                <input
                    id="search"
                    type="search"
                    autocomplete="off"
                    spellcheck="false"
                    placeholder="Name, shop/web, image:16.4, !not"
                    aria-keyshortcuts="/"
                    prop:value=move || shown.get()
                    on:input:target=move |e| {
                        let text = e.target().value();
                        shown.set(text.clone());
                        typed(text);
                    }
                />
                <kbd aria-hidden="true">"/"</kbd>
            </label>
            <label class="field pick-ns">
                <span>"Namespace"</span>
                <select on:change:target=move |e| pick(e.target().value())>
                    <option value="" prop:selected=move || query.filter().namespace.is_none()>
                        {dynamic(move || layout.with(|l| match l.all_namespaces {
                            0 => "All".to_owned(),
                            n => format!("All {n}"),
                        }))}
                    </option>
                    {dynamic(options)}
                </select>
                {icon(Icon::Chevron)}
            </label>
            <label class="field pick-ns">
                <span>"Order"</span>
                <select node_ref=order inner_html=orders() on:change=sorted></select>
                {icon(Icon::Chevron)}
            </label>
        </div>
        <div class="chips tools" role="group" aria-label="Filter by status" node_ref=chips>
            <button
                type="button"
                class="chip"
                aria-pressed=move || query.filter().kinds.is_empty().to_string()
                on:click=move |_| query.change(false, Filter::any_status)
            >
                "All "
                {dynamic(move || {
                    let known = layout.with(|l| (l.all > 0).then(|| l.counted()));
                    known.map(|n| view! { <b>{n}</b> })
                })}
            </button>
            {StatusKind::ALL.map(|kind| status(kind, query, layout)).collect_view()}
            {favourites(query, layout)}
        </div>
    }
}

/// The orders to pick from, in one piece.
fn orders() -> String {
    let option = |s: Sort| format!("<option value=\"{}\">{}</option>", s.as_str(), s.word());
    Sort::ALL.map(option).concat()
}

/// The chip for marked sets.
fn favourites(query: Query, layout: Memo<Arc<Layout>>) -> AnyView {
    let pressed = Memo::new(move |_| query.filter.with(|f| f.favourites));
    let count = Memo::new(move |_| layout.with(|l| l.marked));
    let press = Callback::new(move |()| query.change(false, |f| f.with_favourites(!f.favourites)));
    chip(Icon::Star, "Favourites", "none", pressed, count, press)
}

/// The chip for a status.
fn status(kind: StatusKind, query: Query, layout: Memo<Arc<Layout>>) -> AnyView {
    let pressed = Memo::new(move |_| query.filter.with(|f| f.kinds.contains(&kind)));
    let count = Memo::new(move |_| layout.with(|l| l.counts.get(&kind).copied().unwrap_or(0)));
    let press = Callback::new(move |()| query.change(false, |f| f.toggled(kind)));
    chip(kind_icon(kind), kind.word(), kind_colour(kind), pressed, count, press)
}

/// A chip; one without sets is left out, unless it is pressed.
fn chip(
    symbol: Icon,
    word: &'static str,
    colour: &'static str,
    pressed: Memo<bool>,
    count: Memo<usize>,
    press: Callback<()>,
) -> AnyView {
    // One that was there stays while the page does: its neighbours keep their places.
    let there = Memo::new(move |before: Option<&bool>| {
        before == Some(&true) || count.get() > 0 || pressed.get()
    });
    dynamic(move || {
        there.get().then(|| {
            view! {
                <button
                    type="button"
                    class="chip"
                    data-c=colour
                    aria-pressed=move || pressed.get().to_string()
                    on:click=move |_| press.run(())
                >
                    {icon(symbol)}
                    {word}
                    " "
                    <b>{dynamic(move || count.get())}</b>
                </button>
            }
        })
    })
}
