//! The login page. On an insecure origin it explains why nobody can log in there.

use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos::task::spawn_local;
use model::path::page;
use model::wire::{Login, Problem};

use crate::components::icon::{Icon, brand_mark};
use crate::components::topbar::ThemeSwitch;
use crate::components::{Tone, notice, problem_notice};
use crate::reactive::{Effect, Memo, RwSignal, dynamic};
use crate::route::{NavigateOptions, is_own, use_navigate, use_query_map};
use crate::session::{State, use_session};
use crate::{api, dom};

/// The login page.
#[component]
pub fn LoginPage() -> impl IntoView {
    dom::set_title("Log in");
    let session = use_session();
    let query = use_query_map();
    let navigate = use_navigate();
    let (user, password) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let problem = RwSignal::new(None::<Problem>);
    let busy = RwSignal::new(false);
    // The server suspects it, the browser knows it.
    let insecure = Memo::new(move |_| {
        matches!(session.state(), State::Out { insecure: true }) && !dom::is_secure()
    });
    Effect::new(move |_| {
        if session.view().is_some() {
            let next = query.with_untracked(|q| q.get("next")).unwrap_or_default();
            let options = NavigateOptions { replace: true, ..Default::default() };
            navigate(&safe_target(&next), options);
        }
    });
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        if busy.get_untracked() {
            return;
        }
        let login = Login { user: user.get_untracked(), password: password.get_untracked() };
        busy.set(true);
        problem.set(None);
        spawn_local(async move {
            match api::log_in(&login).await {
                Ok(view) => session.begin(view),
                Err(p) => {
                    password.set(String::new());
                    problem.set(Some(p));
                    dom::focus("#password");
                }
            }
            busy.set(false);
        });
    };
    let why_insecure = move || {
        insecure.get().then(|| {
            notice(
                Tone::Warn,
                Icon::Lock,
                "You cannot log in at this address.",
                "It is plain HTTP from another machine: the browser would not keep the session's cookie, \
                 and your password would travel readable. Open the panel over https, or on its own machine at \
                 http://localhost (for instance through kubectl port-forward).",
                None,
            )
        })
    };
    // Nobody has a password there, and the key is in the terminal only.
    let demo = dom::is_demo();
    let door = demo.then(|| {
        notice(
            Tone::Plain,
            Icon::Info,
            "This is a demo: nobody logs in by a password.",
            "Open the link again that it printed in the terminal in which it was started: it lets you in, as often as you like.",
            None,
        )
    });
    view! {
        <main class="page gate-page" id="main" tabindex="-1">
            <div class="card login">
                <div class="row between"><span class="brand">{brand_mark()}"Rollcall"</span><ThemeSwitch/></div>
                <h1>{if demo { "Logged out" } else { "Log in" }}</h1>
                <p class="mid">"Every StatefulSet rollout of the cluster, step by step."</p>
                {door}
                {dynamic(why_insecure)}
                <form on:submit=submit hidden=move || demo || insecure.get()>
                    <label class="lab" for="user">"User name"</label>
                    <input class="input" id="user" autocomplete="username" autocapitalize="none" spellcheck="false"
                        required autofocus prop:value=move || user.get()
                        on:input:target=move |e| user.set(e.target().value())/>
                    <label class="lab" for="password">"Password"</label>
                    <input class="input" id="password" type="password" autocomplete="current-password" required
                        prop:value=move || password.get() on:input:target=move |e| password.set(e.target().value())/>
                    {dynamic(move || problem.get().as_ref().map(problem_notice))}
                    <button class="btn pri" type="submit" aria-disabled=move || busy.get().then_some("true")>
                        {dynamic(move || if busy.get() { "Checking…" } else { "Log in" })}
                    </button>
                </form>
                <p class="dim small" hidden=demo>
                    "No account yet? An administrator makes one by "<code>"rollcall user add"</code>"."
                </p>
            </div>
        </main>
    }
}

/// Where to go after the login: only to a page of this app, never to another site.
fn safe_target(next: &str) -> String {
    if is_own(next) { next.to_owned() } else { page::FLEET.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_login_never_leads_to_another_site() {
        for bad in ["", "https://evil.example", "//evil.example", "/\\evil.example", "javascript:x"]
        {
            assert_eq!(safe_target(bad), "/", "{bad}");
        }
        assert_eq!(safe_target("/sets/shop/web?tab=1"), "/sets/shop/web?tab=1");
    }
}
