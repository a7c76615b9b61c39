//! Which page is shown: the address bar as signals.
//!
//! The app has seven pages and no nesting. A router library is made for far more than that, and a browser would have to
//! load all of it: this module is a fifteenth of its size.

use std::time::Duration;

use leptos::ev;
use leptos::prelude::*;
use model::path::page;
use model::set::SetKey;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Element, MouseEvent, UrlSearchParams};

use crate::dom;
use crate::reactive::{Memo, RwSignal};

/// The pages of the app.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Page {
    Fleet,
    Activity,
    Login,
    Setup,
    Set,
    History,
    Compare,
    NotFound,
}

/// What the path of a set's page names: `namespace` and `name`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Params {
    namespace: String,
    name: String,
}

impl Params {
    /// The part of this name; `None` for parts that no page has.
    pub fn get(&self, part: &str) -> Option<String> {
        match part {
            "namespace" => Some(self.namespace.clone()),
            "name" => Some(self.name.clone()),
            _ => None,
        }
    }
}

/// The query of the address.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query(String);

impl Query {
    /// The first value of this key, decoded.
    pub fn get(&self, key: &str) -> Option<String> {
        // Only a malformed `%` sequence could be refused, and those are read as they stand.
        UrlSearchParams::new_with_str(&self.0).ok()?.get(key)
    }
}

/// How to go to a page.
#[derive(Clone, Copy, Debug)]
pub struct NavigateOptions {
    /// Takes the place of the current entry in the browser's history.
    pub replace: bool,
    /// Goes to the top, and begins reading there.
    pub scroll: bool,
}

impl Default for NavigateOptions {
    fn default() -> Self {
        Self { replace: false, scroll: true }
    }
}

/// The address bar.
#[derive(Clone, Copy)]
pub struct Router {
    path: RwSignal<String>,
    search: RwSignal<String>,
    params: Memo<Params>,
    query: Memo<Query>,
    /// The set from whose page the browser's own buttons led here.
    back: RwSignal<Option<SetKey>>,
}

impl Router {
    /// Puts the router into context, and follows links and the browser's buttons for as long as the app lives.
    pub fn provide() -> Self {
        let (path, search) = address();
        let (path, search) = (RwSignal::new(path), RwSignal::new(search));
        let params = Memo::new(move |last: Option<&Params>| {
            // A page that is about to go keeps what it was about.
            path.with(|p| page_of(p).1).or_else(|| last.cloned()).unwrap_or_default()
        });
        let query = Memo::new(move |_| Query(search.get()));
        let router = Self { path, search, params, query, back: RwSignal::new(None) };
        if let Ok(history) = window().history() {
            // The browser would scroll before the page is drawn.
            let _ = history.set_scroll_restoration(web_sys::ScrollRestoration::Manual);
        }
        let back = window_event_listener(ev::popstate, move |event| {
            let left = router.path.with_untracked(|p| page_of(p).1);
            router.back.set(left.map(|set| SetKey::new(set.namespace, set.name)));
            router.read();
            let y = event.state().as_f64().unwrap_or(0.0);
            set_timeout(move || window().scroll_to_with_x_and_y(0.0, y), Duration::ZERO);
        });
        let click = window_event_listener(ev::click, move |event| router.follow(&event));
        on_cleanup(move || {
            back.remove();
            click.remove();
        });
        provide_context(router);
        router
    }

    /// The page of the address; tracked.
    pub fn page(self) -> Page {
        self.path.with(|p| page_of(p).0)
    }

    /// The path; tracked.
    pub fn path(self) -> String {
        self.path.get()
    }

    /// The set from whose page the browser's own buttons led here, not tracked.
    pub fn back(self) -> Option<SetKey> {
        self.back.get_untracked()
    }

    /// Path and query, not tracked.
    pub fn here(self) -> String {
        let search = self.search.get_untracked();
        let path = self.path.get_untracked();
        if search.is_empty() { path } else { format!("{path}?{search}") }
    }

    /// Goes to a page of the app.
    pub fn go(self, url: &str, options: NavigateOptions) {
        let Ok(history) = window().history() else { return };
        let same = url == self.here();
        let done = if options.replace || same {
            let state = history.state().unwrap_or(JsValue::NULL);
            history.replace_state_with_url(&state, "", Some(url))
        } else {
            // Where "back" will come to.
            let y = JsValue::from_f64(window().scroll_y().unwrap_or(0.0));
            let _ = history.replace_state_with_url(&y, "", None);
            history.push_state_with_url(&JsValue::NULL, "", Some(url))
        };
        if done.is_err() {
            // The browser limits how often an address may change; then the page is loaded anew.
            let _ = window().location().set_href(url);
            return;
        }
        self.back.set(None);
        self.read();
        if options.scroll {
            window().scroll_to_with_x_and_y(0.0, 0.0);
            set_timeout(dom::focus_page, Duration::ZERO);
        }
    }

    fn read(self) {
        let (path, search) = address();
        // Only what changed: a page does not begin anew because its query did.
        if self.search.with_untracked(|s| *s != search) {
            self.search.set(search);
        }
        if self.path.with_untracked(|p| *p != path) {
            self.path.set(path);
        }
    }

    /// A click on a link of the app becomes a change of page.
    fn follow(self, event: &MouseEvent) {
        let modified = event.ctrl_key() || event.meta_key() || event.shift_key() || event.alt_key();
        if event.default_prevented() || event.button() != 0 || modified {
            return;
        }
        let link = event
            .target()
            .and_then(|t| t.dyn_into::<Element>().ok())
            .and_then(|e| e.closest("a[href]:not([target], [download], [rel~=external])").ok()?);
        let Some(url) = link.and_then(|l| l.get_attribute("href")) else { return };
        if is_own(&url) {
            event.prevent_default();
            self.go(&url, NavigateOptions::default());
        }
    }
}

/// The router of the app.
///
/// # Panics
/// Outside the app's component tree.
pub fn use_router() -> Router {
    expect_context::<Router>()
}

/// Goes to a page of the app.
pub fn use_navigate() -> impl Fn(&str, NavigateOptions) + Copy {
    let router = use_router();
    move |url, options| router.go(url, options)
}

/// The query of the address.
pub fn use_query_map() -> Memo<Query> {
    use_router().query
}

/// Namespace and name in the path of the address.
pub fn use_params_map() -> Memo<Params> {
    use_router().params
}

/// Path and query without its question mark.
fn address() -> (String, String) {
    let location = window().location();
    let search = location.search().unwrap_or_default();
    (
        location.pathname().unwrap_or_default(),
        search.strip_prefix('?').unwrap_or_default().to_owned(),
    )
}

/// Whether an address is a page of this app: not another site, not the API, not a place in this page.
pub fn is_own(url: &str) -> bool {
    url.starts_with('/')
        && !url.starts_with("//")
        && !url.contains('\\')
        && !url.starts_with(model::path::API)
}

/// The page at a path, and what it is about.
fn page_of(path: &str) -> (Page, Option<Params>) {
    // One slash at the end is forgiven; "//" is no page.
    let path = path.strip_suffix('/').filter(|p| !matches!(*p, "" | "/")).unwrap_or(path);
    let page = match path {
        page::FLEET => Page::Fleet,
        page::ACTIVITY => Page::Activity,
        page::LOGIN => Page::Login,
        page::SETUP => Page::Setup,
        _ => return page_of_set(path).unwrap_or((Page::NotFound, None)),
    };
    (page, None)
}

fn page_of_set(path: &str) -> Option<(Page, Option<Params>)> {
    let mut parts = path.strip_prefix("/sets/")?.split('/');
    let part = |p: Option<&str>| p.filter(|p| !p.is_empty()).map(ToOwned::to_owned);
    let params = Params { namespace: part(parts.next())?, name: part(parts.next())? };
    let page = match (parts.next(), parts.next()) {
        (None, _) => Page::Set,
        (Some("history"), None) => Page::History,
        (Some("compare"), None) => Page::Compare,
        _ => return None,
    };
    Some((page, Some(params)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_page_has_its_path() {
        let at = |path: &str| page_of(path).0;
        assert_eq!(at("/"), Page::Fleet);
        assert_eq!(at("/activity"), Page::Activity);
        assert_eq!(at("/activity/"), Page::Activity);
        assert_eq!(at("/login"), Page::Login);
        assert_eq!(at("/setup"), Page::Setup);
        assert_eq!(at(&page::set("shop", "web")), Page::Set);
        assert_eq!(at(&page::history("shop", "web")), Page::History);
        assert_eq!(at(&page::compare("shop", "web")), Page::Compare);
        for lost in ["/nowhere", "/sets", "/sets/shop", "/sets//web", "/sets/shop/web/x", "//"] {
            assert_eq!(at(lost), Page::NotFound, "{lost}");
        }
    }

    #[test]
    fn the_path_names_the_set() {
        let params = page_of("/sets/shop/web/history").1.expect("a set's page");
        assert_eq!(params.get("namespace").as_deref(), Some("shop"));
        assert_eq!(params.get("name").as_deref(), Some("web"));
        assert_eq!(params.get("pod"), None);
        assert_eq!(page_of("/").1, None);
    }

    #[test]
    fn only_pages_of_the_app_are_its_own() {
        assert!(is_own("/sets/shop/web?pod=web-1"));
        for other in
            ["https://x.example", "//x.example", "/\\x.example", "#main", "/api/v1/openapi.json"]
        {
            assert!(!is_own(other), "{other}");
        }
    }
}
