//! The command palette: a search over sets, pages, and actions of the set that is shown. It opens pages and dialogs; it never
//! writes.

mod find;

use std::sync::Arc;

use leptos::ev::{Event, KeyboardEvent, MouseEvent};
use leptos::html;
use leptos::prelude::*;
use model::set::SetKey;
use wasm_bindgen::JsCast;

use crate::clock::use_clock;
use crate::components::toast::use_toasts;
use crate::components::{Dialog, Icon, escaped};
use crate::favourites::use_favourites;
use crate::live::use_live;
use crate::reactive::{Effect, Memo, RwSignal, Signal};
use crate::route::{NavigateOptions, use_navigate};
use find::{Entry, Kind, find, step};

/// Height of an option (px), as in the style sheet.
const OPTION: i32 = 46;

/// What stands in the dialog: field, list and foot. In one piece, as every element of a view is kilobytes of code.
const BODY: &str = "<label class=\"field\"><svg class=\"i\" aria-hidden=\"true\"><use href=\"#i-search\"/></svg>\
<input type=\"text\" role=\"combobox\" aria-label=\"Search sets, pages and actions\" aria-autocomplete=\"list\" \
aria-controls=\"found\" aria-expanded=\"true\" autocomplete=\"off\" spellcheck=\"false\" \
placeholder=\"A set, a page, or what to do\"></label>\
<ul id=\"found\" role=\"listbox\" tabindex=\"-1\" aria-label=\"Found\"></ul>\
<p class=\"foot in\"><span><kbd>↑</kbd> <kbd>↓</kbd> choose, <kbd>Enter</kbd> open</span><span role=\"status\"></span></p>";

/// An action of the set that is shown.
pub struct Command {
    /// As on its button; also what tells it from the others.
    pub label: String,
    /// Why it is off.
    pub off: Option<String>,
    /// Opens its dialog.
    pub open: Box<dyn Fn()>,
}

type Commands = Arc<dyn Fn() -> Vec<Command> + Send + Sync>;

/// What the page that is shown offers to the palette.
#[derive(Clone, Copy)]
pub struct Present(RwSignal<Option<(SetKey, Commands)>>);

impl Present {
    /// Puts it into context; nothing is offered yet.
    pub fn provide() {
        provide_context(Self(RwSignal::new(None)));
    }

    /// Offers the actions of a set for as long as the calling component lives.
    pub fn offer(self, key: SetKey, commands: impl Fn() -> Vec<Command> + Send + Sync + 'static) {
        self.0.set(Some((key.clone(), Arc::new(commands))));
        on_cleanup(move || {
            let ours = self.0.with_untracked(|p| p.as_ref().is_some_and(|(of, _)| *of == key));
            if ours {
                self.0.set(None);
            }
        });
    }

    fn commands(self) -> Vec<Command> {
        self.0.get().map(|(_, list)| list()).unwrap_or_default()
    }
}

/// What the page that is shown offers to the palette.
///
/// # Panics
/// Outside the app's component tree.
pub fn use_present() -> Present {
    expect_context::<Present>()
}

/// The palette, open while it is mounted.
pub fn palette(on_close: Callback<()>) -> AnyView {
    let (live, favourites, present) = (use_live(), use_favourites(), use_present());
    let navigate = use_navigate();
    let (clock, toasts) = (use_clock(), use_toasts());
    let text = RwSignal::new(String::new());
    let at = RwSignal::new(0_usize);
    let found = Memo::new(move |_| {
        let key = present.0.with(|p| p.as_ref().map(|(key, _)| key.clone()));
        let actions = present.commands().into_iter().map(|c| (c.label, c.off)).collect();
        text.with(|text| {
            live.with_rows(|rows| favourites.with(|f| find(text, key.as_ref(), actions, rows, f)))
        })
    });
    let choose = move |n: usize| {
        let Some(entry) = found.with_untracked(|f| f.get(n).cloned()).filter(|e| !e.off) else {
            return;
        };
        let command = present.commands().into_iter().find(|c| c.label == entry.label);
        on_close.run(());
        match (entry.kind, command) {
            // Once the focus is back where it was: the dialog returns it there.
            (Kind::Action, Some(command)) => {
                request_animation_frame(move || request_animation_frame(command.open));
            }
            (Kind::Action, None) => {}
            (Kind::Times, _) => toasts.done(clock.turn(), ""),
            _ => navigate(&entry.url, NavigateOptions::default()),
        }
    };
    let body = NodeRef::<html::Div>::new();
    let part = move |selector: &str| body.get_untracked()?.query_selector(selector).ok()?;
    let key = move |e: KeyboardEvent| {
        let count = found.with_untracked(Vec::len);
        let now = at.get_untracked().min(count.saturating_sub(1));
        match e.key().as_str() {
            "ArrowDown" | "ArrowUp" => {
                let to = step(now, e.key() == "ArrowDown", count);
                at.set(to);
                if let Some(list) = part("ul") {
                    let top = i32::try_from(to).unwrap_or(0) * OPTION;
                    let lowest = top + OPTION - list.client_height();
                    list.set_scroll_top(list.scroll_top().clamp(lowest.min(top), top));
                }
            }
            "Enter" => choose(now),
            _ => return,
        }
        e.prevent_default();
    };
    let typed = move |_: Event| {
        let field = part("input").and_then(|f| f.dyn_into::<web_sys::HtmlInputElement>().ok());
        at.set(0);
        text.set(field.map(|f| f.value()).unwrap_or_default());
    };
    let pick = move |e: MouseEvent| {
        let target = e.target().and_then(|t| t.dyn_into::<web_sys::Element>().ok());
        let on = target.and_then(|t| t.closest("li").ok().flatten()).map(|li| li.id());
        if let Some(n) = on.and_then(|id| id.strip_prefix("found-")?.parse().ok()) {
            choose(n);
        }
    };
    Effect::new(move |_| {
        body.track();
        let on = at.get();
        let one = |(n, entry): (usize, &Entry)| option(n, entry, n == on);
        let options = found.with(|f| f.iter().enumerate().map(one).collect::<String>());
        let says = if options.is_empty() {
            "Nothing matches."
        } else {
            "Actions open their dialog first."
        };
        if let (Some(list), Some(foot), Some(field)) =
            (part("ul"), part("[role=status]"), part("input"))
        {
            list.set_inner_html(&options);
            foot.set_text_content(Some(says));
            let active = if options.is_empty() { String::new() } else { format!("found-{on}") };
            // A constant name is never refused.
            let _ = field.set_attribute("aria-activedescendant", &active);
        }
    });
    view! {
        <Dialog title=Signal::stored("Go to, or do".to_owned()) class="palette" on_close=on_close>
            <div node_ref=body inner_html=BODY on:keydown=key on:input=typed on:click=pick></div>
        </Dialog>
    }
    .into_any()
}

/// An option as markup: all of them are written in one piece, at each key.
fn option(n: usize, entry: &Entry, on: bool) -> String {
    let (symbol, kind) = match entry.kind {
        Kind::Action => (Icon::Forward, "Action"),
        Kind::Page => (Icon::Link, "Page"),
        Kind::Set => (Icon::Panel, "Set"),
        Kind::Times => (Icon::Clock, "View"),
    };
    format!(
        "<li id=\"found-{n}\" role=\"option\" aria-selected=\"{on}\" aria-disabled=\"{}\">\
         <svg class=\"i\" aria-hidden=\"true\"><use href=\"#i-{}\"/></svg>\
         <b>{}</b><span class=\"grow\">{}</span><span class=\"tag\">{kind}</span></li>",
        entry.off,
        symbol.id(),
        escaped(&entry.label),
        escaped(&entry.detail),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_never_markup() {
        let entry = Entry {
            kind: Kind::Action,
            label: "Scale…".into(),
            detail: "<b>R&D</b> says no.".into(),
            off: true,
            url: String::new(),
        };
        let markup = option(3, &entry, true);
        assert!(markup.contains(">&lt;b&gt;R&amp;D&lt;/b&gt; says no.<"), "{markup}");
        assert!(markup.contains("id=\"found-3\""), "{markup}");
    }
}
