//! What the pages may do, and which app they are, as the page itself says it.

use axum::http::HeaderValue;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use sha2::{Digest as _, Sha256};

/// Around the script that stands in the page and loads the rest.
const SCRIPT: (&str, &str) = ("<script>", "</script>");
/// Around the name of the app.
const APP: (&str, &str) = ("<meta name=\"rollcall-app\" content=\"", "\">");

/// The content policy: no inline style and no inline script but the page's own, by its hash; nothing from elsewhere, nobody
/// may frame it; wasm has to be named.
pub(super) fn content_security(page: Option<&str>) -> HeaderValue {
    let script = page.and_then(|page| between(page, SCRIPT)).map_or_else(String::new, |script| {
        format!(" 'sha256-{}'", BASE64.encode(Sha256::digest(script)))
    });
    HeaderValue::try_from(format!(
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'{script}; style-src 'self'; img-src 'self' data:; \
         font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ))
    .expect("it is ASCII: base64 between constants")
}

/// Which app the page brings: it changes with whatever that loads.
pub(super) fn app(page: Option<&str>) -> Option<HeaderValue> {
    HeaderValue::try_from(between(page?, APP)?).ok()
}

fn between<'a>(page: &'a str, (before, after): (&str, &str)) -> Option<&'a str> {
    let (_, rest) = page.split_once(before)?;
    rest.split_once(after).map(|(text, _)| text)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "<meta name=\"rollcall-app\" content=\"0a1b\"><script>alert(1)</script><script src=\"x\"></script>";

    #[test]
    fn only_the_pages_own_script_may_stand_in_it() {
        let policy = content_security(Some(PAGE));
        // openssl dgst -sha256 -binary | base64
        let named = "script-src 'self' 'wasm-unsafe-eval' 'sha256-bhHHL3z2vDgxUt0W3dWQOrprscmda2Y5pLsLg4GF+pI=';";
        assert!(policy.to_str().unwrap().contains(named), "{policy:?}");
        let without = content_security(None);
        assert!(without.to_str().unwrap().contains("script-src 'self' 'wasm-unsafe-eval';"));
    }

    #[test]
    fn a_demo_changes_nothing_in_the_script_that_is_allowed() {
        let page = format!("<head>{PAGE}</head><body><svg class=\"sprite\"></svg>");
        let shown = crate::http::demo::with_strip(&page);
        assert_ne!(page, shown);
        assert_eq!(content_security(Some(&page)), content_security(Some(&shown)));
    }

    #[test]
    fn the_app_is_known_by_what_its_page_says() {
        assert_eq!(app(Some(PAGE)).unwrap(), "0a1b");
        assert_eq!(app(Some("<html>")), None);
        assert_eq!(app(None), None, "built without its pages");
    }
}
