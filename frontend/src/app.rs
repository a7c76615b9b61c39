//! Routes, and what stands around every page.

use leptos::prelude::*;
use model::path::page;

use crate::clock::Clock;
use crate::components::banner::Banner;
use crate::components::toast::{ToastArea, Toasts};
use crate::components::topbar::TopBar;
use crate::favourites::Favourites;
use crate::keys::keys;
use crate::live::{Live, use_live};
use crate::pages::login::LoginPage;
use crate::pages::not_found::NotFoundPage;
use crate::pages::setup::SetupPage;
use crate::palette::Present;
use crate::part;
use crate::reactive::{Effect, Memo, dynamic};
use crate::route::{NavigateOptions, Page, Router, use_router};
use crate::session::{Session, use_session};
use crate::version::Newer;

/// The app.
#[component]
pub fn App() -> impl IntoView {
    // The first answer may already tell of a newer app.
    Newer::provide();
    let clock = Clock::provide();
    let session = Session::provide();
    Router::provide();
    Toasts::provide();
    Favourites::provide();
    Present::provide();
    Live::provide(clock, session);
    part::fetch_when_idle();
    view! {
        <Frame/>
        <ToastArea/>
    }
}

/// Whether a page is for people who are not logged in.
fn is_open(page: Page) -> bool {
    matches!(page, Page::Login | Page::Setup)
}

#[component]
fn Frame() -> impl IntoView {
    let session = use_session();
    let live = use_live();
    let router = use_router();
    let page = Memo::new(move |_| router.page());
    Effect::new(move |_| {
        let open = is_open(page.get());
        if session.is_out() {
            live.stop();
            if !open {
                let options = NavigateOptions { replace: true, ..Default::default() };
                router.go(&format!("{}{}", page::LOGIN, next_of(&router.here())), options);
            }
        } else if !open {
            // Asked for together with the session: nothing waits for the other.
            live.start();
        }
    });
    let framed = Memo::new(move |_| !is_open(page.get()) && !session.is_out());
    // Before the pages: their own keys come after these.
    let over = keys(framed);
    let frame = move || {
        framed.get().then(|| {
            view! {
                <TopBar/>
                <Banner/>
            }
        })
    };
    let body = move || match page.get() {
        Page::Fleet => part::of_fleet(),
        Page::Activity => part::of_activity(),
        Page::Login => view! { <LoginPage/> }.into_any(),
        Page::Setup => view! { <SetupPage/> }.into_any(),
        Page::Set => part::of_set(),
        Page::History => part::of_history(),
        Page::Compare => part::of_compare(),
        Page::NotFound => view! { <NotFoundPage/> }.into_any(),
    };
    view! {
        {dynamic(frame)}
        {dynamic(body)}
        {over}
    }
}

/// `?next=…` for the login page: where to go afterwards. Nothing for the fleet itself.
fn next_of(here: &str) -> String {
    if here == page::FLEET {
        return String::new();
    }
    format!("?next={}", js_sys::encode_uri_component(here))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fleet_needs_no_way_back() {
        assert_eq!(next_of("/"), "");
    }

    #[test]
    fn only_login_and_setup_are_open() {
        assert!(is_open(Page::Login) && is_open(Page::Setup));
        assert!(!is_open(Page::Fleet) && !is_open(Page::Set));
    }
}
