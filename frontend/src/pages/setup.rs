//! The page behind the set-up link: makes the first administrator.

use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos::task::spawn_local;
use model::path::page;
use model::wire::{Login, Problem, Setup};

use crate::components::icon::{Icon, brand_mark};
use crate::components::{Tone, notice, problem_notice};
use crate::reactive::{RwSignal, dynamic};
use crate::route::{NavigateOptions, use_navigate};
use crate::session::use_session;
use crate::{api, dom};

/// Shortest password, in characters; the server checks the same.
const SHORTEST: usize = 10;

/// The set-up page.
#[component]
pub fn SetupPage() -> impl IntoView {
    dom::set_title("Set up");
    let session = use_session();
    let navigate = use_navigate();
    // The fragment never reaches the server by itself; it is read once and taken out of the address.
    let secret = dom::fragment();
    let has_secret = !secret.is_empty();
    let (user, password, again) =
        (RwSignal::new(String::new()), RwSignal::new(String::new()), RwSignal::new(String::new()));
    let problem = RwSignal::new(None::<Problem>);
    let hint = RwSignal::new(None::<&'static str>);
    let busy = RwSignal::new(false);
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let refused = check(&password.get_untracked(), &again.get_untracked());
        hint.set(refused);
        if busy.get_untracked() || refused.is_some() {
            return;
        }
        let (user, password) = (user.get_untracked(), password.get_untracked());
        let setup =
            Setup { secret: secret.clone(), user: user.clone(), password: password.clone() };
        busy.set(true);
        problem.set(None);
        spawn_local(async move {
            let made = api::set_up(&setup).await;
            let entered = match made {
                Ok(()) => api::log_in(&Login { user, password }).await,
                Err(p) => Err(p),
            };
            busy.set(false);
            match entered {
                Ok(view) => {
                    session.begin(view);
                    let options = NavigateOptions { replace: true, ..Default::default() };
                    navigate(page::FLEET, options);
                }
                Err(p) => problem.set(Some(p)),
            }
        });
    };
    let form = view! {
        <form on:submit=submit>
            <label class="lab" for="user">"User name"</label>
            <input class="input" id="user" autocomplete="username" autocapitalize="none" spellcheck="false" required
                autofocus on:input:target=move |e| user.set(e.target().value())/>
            <label class="lab" for="password">"Password"<span>"at least 10 characters"</span></label>
            <input class="input" id="password" type="password" autocomplete="new-password" required
                on:input:target=move |e| password.set(e.target().value())/>
            <label class="lab" for="again">"The same password again"</label>
            <input class="input" id="again" type="password" autocomplete="new-password" required
                on:input:target=move |e| again.set(e.target().value())/>
            <div role="alert">
                {dynamic(move || hint.get().map(|h| notice(Tone::Warn, Icon::Warning, h, "", None)))}
            </div>
            {dynamic(move || problem.get().as_ref().map(problem_notice))}
            <button class="btn pri" type="submit" aria-disabled=move || busy.get().then_some("true")>
                {dynamic(move || if busy.get() { "Setting up…" } else { "Make me the administrator" })}
            </button>
        </form>
    };
    let body = if has_secret {
        form.into_any()
    } else {
        notice(
            Tone::Warn,
            Icon::Link,
            "This link is not complete.",
            "Open the set-up link as the server printed it at its first start, with everything after the #. It works \
             once, for 15 minutes; a new one is printed at the next start while there is no user.",
            None,
        )
    };
    view! {
        <main class="page gate-page" id="main" tabindex="-1">
            <div class="card login">
                <span class="brand">{brand_mark()}"Rollcall"</span>
                <h1>"Set up Rollcall"</h1>
                <p class="mid">"You become the first administrator of this panel. The link works once."</p>
                {body}
            </div>
        </main>
    }
}

/// What is wrong with the passwords, before anything is sent.
fn check(password: &str, again: &str) -> Option<&'static str> {
    if password.chars().count() < SHORTEST {
        Some("The password needs at least 10 characters.")
    } else if password != again {
        Some("The two passwords differ.")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_are_checked_before_they_are_sent() {
        assert!(check("short", "short").is_some());
        assert!(check("long enough 1", "long enough 2").is_some());
        assert_eq!(check("long enough 1", "long enough 1"), None);
        assert_eq!(check("ääääääääää", "ääääääääää"), None);
    }
}
