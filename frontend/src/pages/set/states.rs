//! What stands on the page while there is no set to show: loading, gone, not allowed.

use leptos::prelude::*;
use model::path::page;
use model::set::SetKey;
use model::wire::Problem;

use crate::components::{Icon, Tone, empty, notice, small_icon};
use crate::live::Live;

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
pub(super) fn instead(live: Live, key: &SetKey) -> AnyView {
    let crumbs = view! {
        <nav class="crumbs" aria-label="Breadcrumb">
            <a href=page::FLEET>"Fleet"</a>{small_icon(Icon::Forward)}
            <span>{key.namespace.clone()}</span>{small_icon(Icon::Forward)}
            <span aria-current="page">{key.name.clone()}</span>
        </nav>
    };
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
    let columns = (0..5).map(|_| view! { <span class="sk tall"></span> }).collect_view();
    view! {
        <div aria-busy="true">
            <div class="head"><div class="grow">
                <div class="title"><h1>{name.to_owned()}</h1></div>
                <p class="say"><span class="sk w60"></span></p>
                <p class="sr" role="status">"Loading the set"</p>
            </div></div>
            <section class="card sk-strip" aria-hidden="true">{columns}</section>
        </div>
    }
    .into_any()
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
