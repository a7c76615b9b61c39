//! A page about one set, and what stands on it while there is none to show: loading, gone, not allowed.

use std::sync::Arc;

use leptos::prelude::*;
use model::path::page;
use model::set::SetKey;
use model::wire::{Problem, SetDetail};

use crate::components::{Icon, Tone, crumbs, empty, escaped, notice};
use crate::dom;
use crate::live::{Live, use_live};
use crate::reactive::{Effect, Memo, dynamic};
use crate::route::use_params_map;

/// The page of the set that the address names: `body` while there is one.
pub fn watched(
    title: fn(&Arc<SetDetail>) -> String,
    body: fn(Live, Arc<SetDetail>) -> AnyView,
) -> AnyView {
    let live = use_live();
    let params = use_params_map();
    let key = Memo::new(move |_| {
        params.with(|p| {
            SetKey::new(p.get("namespace").unwrap_or_default(), p.get("name").unwrap_or_default())
        })
    });
    Effect::new(move |_| key.with(|k| live.watch_set(&k.namespace, &k.name)));
    Effect::new(move |_| {
        let words = live.detail.with(|d| d.as_ref().map(title));
        dom::set_title(&words.unwrap_or_else(|| key.with(|k| k.name.clone())));
    });
    // The body lives as long as the set does: another uid under the same name is another set.
    let known = Memo::new(move |_| {
        live.detail.with(|d| d.as_ref().map(|d| (d.row.key(), d.facts.set.uid.clone())))
    });
    let body = move || match known.get() {
        Some((of, _)) if key.with(|k| *k == of) => {
            live.detail.get_untracked().map(|first| body(live, first))
        }
        _ => None,
    };
    let otherwise = move || {
        let there = known.with(|k| k.as_ref().is_some_and(|(of, _)| key.with(|k| k == of)));
        (!there).then(|| instead(live, &key.get()))
    };
    view! { <main class="page" id="main" tabindex="-1">{dynamic(body)}{dynamic(otherwise)}</main> }
        .into_any()
}

/// A kind that may not be read: never an empty list.
pub fn no_access(what: &str) -> AnyView {
    notice(
        Tone::Plain,
        Icon::Lock,
        "No access.",
        format!("You or the panel may not list {what} here, so nothing can be said about them."),
        None,
    )
}

/// Why there is no set to show, in words: heading, text.
pub fn reason(problem: &Problem, key: &SetKey) -> (String, String) {
    match problem.status {
        404 => (
            format!("There is no StatefulSet {} in {}", key.name, key.namespace),
            "It was deleted, or it never was. What was recorded of it is in its history."
                .to_owned(),
        ),
        403 => {
            (format!("You may not see {} in {}", key.name, key.namespace), problem.detail.clone())
        }
        _ => (format!("{} cannot be shown now", key.name), problem.detail.clone()),
    }
}

/// Skeleton, or the reason why there is nothing.
fn instead(live: Live, key: &SetKey) -> AnyView {
    let crumbs = crumbs(key, None);
    let Some(problem) = live.detail_problem.get() else {
        return view! { {crumbs}{skeleton(&key.name)} }.into_any();
    };
    let (title, text) = reason(&problem, key);
    let symbol = if problem.status == 403 { Icon::Lock } else { Icon::Unseen };
    let history = page::history(&key.namespace, &key.name);
    let gone = problem.status == 404;
    let again = (!gone && problem.status != 403).then(|| {
        view! {
            <button type="button" class="btn" on:click=move |_| live.refresh_detail()>"Try again"</button>
        }
    });
    let way_out = view! {
        <div class="row center">
            <a class="btn" href=page::FLEET>"To the fleet"</a>
            {gone.then(|| view! { <a class="btn" href=history>"Its history"</a> })}
            {again}
        </div>
    };
    view! {
        {crumbs}
        <h1 class="sr">{key.name.clone()}</h1>
        <section class="card">{empty(Some(symbol), title, text, Some(way_out.into_any()))}</section>
    }
    .into_any()
}

fn skeleton(name: &str) -> AnyView {
    let markup = format!(
        "<div class=\"head\"><div class=\"grow\"><div class=\"title\"><h1>{}</h1></div>\
         <p class=\"say\"><span class=\"sk w60\"></span></p><p class=\"sr\" role=\"status\">Loading the set</p></div></div>\
         <section class=\"card sk-strip\" aria-hidden=\"true\">{}</section>",
        escaped(name),
        "<span class=\"sk tall\"></span>".repeat(5),
    );
    view! { <div aria-busy="true" inner_html=markup></div> }.into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gone_and_forbidden_are_two_texts() {
        let problem = |status, detail: &str| Problem {
            status,
            code: String::new(),
            title: String::new(),
            detail: detail.into(),
            extra: None,
        };
        let key = SetKey::new("shop", "web");
        assert_eq!(reason(&problem(404, ""), &key).0, "There is no StatefulSet web in shop");
        let (title, text) = reason(&problem(403, "Ask for the role viewer."), &key);
        assert_eq!(title, "You may not see web in shop");
        assert_eq!(text, "Ask for the role viewer.");
    }
}
