//! The top bar: where one is, how old what one sees is, and as whom the cluster knows one.

use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;
use model::path::page;
use model::wire::{Authority, SessionView};

use super::icon::{Icon, brand_mark, icon};
use super::toast::use_toasts;
use crate::clock::use_clock;
use crate::live::{Connection, Phase, use_live};
use crate::reactive::{Memo, RwSignal, dynamic};
use crate::route::use_router;
use crate::session::use_session;
use crate::theme::Theme;
use crate::{api, time};

/// The top bar of all pages behind the login.
#[component]
pub fn TopBar() -> impl IntoView {
    let live = use_live();
    let clock = use_clock();
    let session = use_session();
    let router = use_router();
    let at = move |target: &'static str| {
        let path = router.path();
        let here = match target {
            page::FLEET => path == page::FLEET || path.starts_with("/sets/"),
            other => path == other,
        };
        here.then_some("page")
    };
    let age = move || {
        let now = clock.local_ms();
        live.connection.with(|c| connection_words(c, now))
    };
    let stale = move || {
        let now = clock.local_ms();
        live.connection.with(|c| match c.phase {
            Phase::Starting => Some("wait"),
            Phase::Lost => Some(if c.is_old(now) { "stale" } else { "wait" }),
            Phase::Live | Phase::Paused => None,
        })
    };
    // The ticking age would be read out each second; only the change of state is said, and not each return to the tab.
    let said = Memo::new(move |before: Option<&&'static str>| {
        let now = clock.local_ms();
        live.connection.with(|c| match c.phase {
            Phase::Live => "The connection is live.",
            Phase::Lost if c.is_old(now) => "The connection is lost.",
            Phase::Starting | Phase::Lost | Phase::Paused => before.copied().unwrap_or(""),
        })
    });
    let cluster = move || {
        live.cluster.with(|c| {
            c.as_ref().map(|c| {
                let title = match &c.version {
                    Some(v) => format!("Cluster {}, Kubernetes {v}", c.name),
                    None => format!("Cluster {}", c.name),
                };
                view! {
                    <span class="tb box" title=title>
                        {icon(Icon::Kubernetes)}<span class="lbl">{c.name.clone()}</span>
                    </span>
                }
            })
        })
    };
    let identity = move || {
        session.view().map(|v| {
            let (short, long) = identity_words(&v);
            view! {
                <span class="tb who" title=long.clone()>
                    {icon(Icon::User)}<span class="lbl">{short}</span><span class="sr">{long.clone()}</span>
                </span>
            }
        })
    };
    // On paper an age says nothing: the moment stands there instead.
    let printed = NodeRef::<html::Span>::new();
    let printing = window_event_listener_untyped("beforeprint", move |_| {
        if let Some(printed) = printed.get_untracked() {
            printed.set_text_content(Some(&time::absolute(clock.now_untracked())));
        }
    });
    on_cleanup(move || printing.remove());
    view! {
        <header class="topbar">
            <a class="brand" href=page::FLEET>{brand_mark()}"Rollcall"</a>
            <nav aria-label="Main">
                <a href=page::FLEET aria-current=move || at(page::FLEET)>"Fleet"</a>
                <a href=page::ACTIVITY aria-current=move || at(page::ACTIVITY)>"Activity"</a>
            </nav>
            <span class="grow"></span>
            <span class="live" data-live=stale><span aria-hidden="true">{dynamic(age)}</span></span>
            <span class="sr" role="status">{dynamic(move || said.get())}</span>
            <span class="printed" node_ref=printed></span>
            {dynamic(cluster)}
            {dynamic(identity)}
            <ThemeSwitch/>
            <LogOut/>
        </header>
    }
}

/// The theme switch; the login page has it too.
#[component]
pub fn ThemeSwitch() -> impl IntoView {
    let theme = RwSignal::new(Theme::stored());
    let label = move || match theme.get() {
        Theme::System => "Theme of the system; switch to light",
        Theme::Light => "Light theme; switch to dark",
        Theme::Dark => "Dark theme; switch to the system's",
    };
    let switch = move |_| {
        let next = theme.get_untracked().next();
        next.apply();
        theme.set(next);
    };
    view! {
        <button type="button" class="tb theme" aria-label=label title=label on:click=switch>
            {dynamic(move || {
                icon(match theme.get() {
                    Theme::System => Icon::Auto,
                    Theme::Light => Icon::Sun,
                    Theme::Dark => Icon::Moon,
                })
            })}
        </button>
    }
}

#[component]
fn LogOut() -> impl IntoView {
    let session = use_session();
    let live = use_live();
    let toasts = use_toasts();
    let log_out = move |_| {
        spawn_local(async move {
            match api::log_out().await {
                Ok(()) => {
                    live.stop();
                    session.close(false);
                }
                Err(p) if p.status == 401 => session.close(false),
                Err(p) => toasts.problem("You are still logged in.", &p),
            }
        });
    };
    view! {
        <button type="button" class="tb out" aria-label="Log out" title="Log out" on:click=log_out>
            {icon(Icon::LogOut)}
        </button>
    }
}

/// The age of the connection in words.
fn connection_words(c: &Connection, now: f64) -> String {
    let age = c.heard.map(|h| now - h);
    match (c.phase, age) {
        (Phase::Starting, _) | (_, None) => "connecting".to_owned(),
        (Phase::Lost, Some(age)) if !c.is_old(now) => {
            format!("reconnecting · {} ago", time::fine_age(age))
        }
        (Phase::Live, Some(age)) => format!("live · {} ago", time::fine_age(age)),
        (Phase::Lost, Some(age)) => format!("stale · {} ago", time::fine_age(age)),
        (Phase::Paused, Some(age)) => format!("paused · {} ago", time::fine_age(age)),
    }
}

/// The identity that the cluster sees, short and in full.
fn identity_words(v: &SessionView) -> (String, String) {
    // Some ways to log in give everybody a group without a name.
    let groups: Vec<&str> =
        v.identity.groups.iter().map(String::as_str).filter(|g| !g.is_empty()).collect();
    let groups =
        if groups.is_empty() { String::new() } else { format!(", groups {}", groups.join(", ")) };
    match (v.identity.authority, &v.identity.user) {
        (Authority::Impersonate, Some(user)) => (
            format!("{} acts as {user}", v.user),
            format!("{} acts on the cluster as {user}{groups}", v.user),
        ),
        (Authority::Impersonate, None) => (
            format!("{} acts as themselves", v.user),
            format!("{} acts on the cluster as their own Kubernetes user", v.user),
        ),
        (Authority::Direct, user) => (
            format!("{} acts as the panel's account", v.user),
            match user {
                Some(user) => format!(
                    "{} acts on the cluster with the rights of the panel's account, {user}{groups}",
                    v.user
                ),
                None => {
                    format!("{} acts on the cluster with the rights of the panel's account", v.user)
                }
            },
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::wire::Identity;

    fn view(authority: Authority, user: Option<&str>) -> SessionView {
        SessionView {
            user: "mara".into(),
            roles: vec![],
            identity: Identity {
                authority,
                user: user.map(Into::into),
                groups: vec!["sre".into()],
            },
            server_version: "0.1.0".into(),
        }
    }

    #[test]
    fn the_identity_is_the_one_that_the_cluster_sees() {
        let (short, long) = identity_words(&view(Authority::Impersonate, Some("mara.lind")));
        assert_eq!(short, "mara acts as mara.lind");
        assert_eq!(long, "mara acts on the cluster as mara.lind, groups sre");
        let (short, long) = identity_words(&view(Authority::Direct, Some("kubernetes-admin")));
        assert_eq!(short, "mara acts as the panel's account");
        assert!(long.contains("kubernetes-admin"));
    }

    #[test]
    fn the_age_says_live_or_stale() {
        let mut c =
            Connection { phase: Phase::Live, heard: Some(1_000.0), lost: None, retry: None };
        assert_eq!(connection_words(&c, 1_400.0), "live · 0.4 s ago");
        c.phase = Phase::Lost;
        c.lost = Some(2_000.0);
        assert_eq!(connection_words(&c, 3_000.0), "reconnecting · 2.0 s ago");
        assert_eq!(connection_words(&c, 49_000.0), "stale · 48 s ago");
        c.heard = None;
        assert_eq!(connection_words(&c, 49_000.0), "connecting");
    }
}
