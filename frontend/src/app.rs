//! Routes, and what stands around every page.

use leptos::prelude::*;
use leptos_router::components::{FlatRoutes, Route, Router};
use leptos_router::hooks::{use_location, use_navigate};
use leptos_router::{NavigateOptions, path};
use model::path::page;

use crate::clock::Clock;
use crate::components::banner::Banner;
use crate::components::toast::{ToastArea, Toasts};
use crate::components::topbar::TopBar;
use crate::live::{Live, use_live};
use crate::pages::activity::ActivityPage;
use crate::pages::fleet::FleetPage;
use crate::pages::history::HistoryPage;
use crate::pages::login::LoginPage;
use crate::pages::not_found::NotFoundPage;
use crate::pages::set::SetPage;
use crate::pages::setup::SetupPage;
use crate::session::{Session, use_session};

/// The app.
#[component]
pub fn App() -> impl IntoView {
    let clock = Clock::provide();
    let session = Session::provide();
    Toasts::provide();
    Live::provide(clock, session);
    view! {
        <Router>
            <Frame/>
        </Router>
        <ToastArea/>
    }
}

/// Whether a page is for people who are not logged in.
fn is_open(path: &str) -> bool {
    matches!(path, page::LOGIN | page::SETUP)
}

#[component]
fn Frame() -> impl IntoView {
    let session = use_session();
    let live = use_live();
    let location = use_location();
    let navigate = use_navigate();
    let path = location.pathname;
    Effect::new(move |_| {
        let open = path.with(|p| is_open(p));
        if session.is_out() {
            live.stop();
            if !open {
                let next = next_of(&path.get_untracked(), &location.search.get_untracked());
                let options = NavigateOptions { replace: true, ..Default::default() };
                navigate(&format!("{}{next}", page::LOGIN), options);
            }
        } else if !open {
            // Asked for together with the session: nothing waits for the other.
            live.start();
        }
    });
    let framed = Memo::new(move |_| !path.with(|p| is_open(p)) && !session.is_out());
    let frame = move || {
        framed.get().then(|| {
            view! {
                <a class="skip" href="#main" rel="external">"Skip to content"</a>
                <TopBar/>
                <Banner/>
            }
        })
    };
    view! {
        {frame}
        <FlatRoutes fallback=|| view! { <NotFoundPage/> }.into_any()>
            <Route path=path!("/") view=|| view! { <FleetPage/> }.into_any()/>
            <Route path=path!("/activity") view=|| view! { <ActivityPage/> }.into_any()/>
            <Route path=path!("/login") view=|| view! { <LoginPage/> }.into_any()/>
            <Route path=path!("/setup") view=|| view! { <SetupPage/> }.into_any()/>
            <Route path=path!("/sets/:namespace/:name") view=|| view! { <SetPage/> }.into_any()/>
            <Route
                path=path!("/sets/:namespace/:name/history")
                view=|| view! { <HistoryPage/> }.into_any()
            />
        </FlatRoutes>
    }
}

/// `?next=…` for the login page: where to go afterwards. Nothing for the fleet itself.
fn next_of(path: &str, search: &str) -> String {
    let search = search.trim_start_matches('?');
    if path == page::FLEET && search.is_empty() {
        return String::new();
    }
    let target = if search.is_empty() { path.to_owned() } else { format!("{path}?{search}") };
    format!("?next={}", js_sys::encode_uri_component(&target))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fleet_needs_no_way_back() {
        assert_eq!(next_of("/", ""), "");
    }

    #[test]
    fn only_login_and_setup_are_open() {
        assert!(is_open("/login") && is_open("/setup"));
        assert!(!is_open("/") && !is_open("/sets/shop/web"));
    }
}
