//! Parts of pages as markup in one piece: every element of a view is kilobytes of code.

use leptos::prelude::*;
use model::path::page;
use model::set::SetKey;

use super::words::escape;

/// A text for markup; see [`escape`].
pub fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    escape(text, &mut out);
    out
}

/// The way to the page of a set, or to a page `below` it.
pub fn crumbs(key: &SetKey, below: Option<&str>) -> AnyView {
    let markup = crumbs_markup(key, below);
    view! { <nav class="crumbs" aria-label="Breadcrumb" inner_html=markup></nav> }.into_any()
}

fn crumbs_markup(key: &SetKey, below: Option<&str>) -> String {
    const NEXT: &str = "<svg class=\"i s\" aria-hidden=\"true\"><use href=\"#i-fwd\"/></svg>";
    // Names of an address may be made up.
    let (namespace, name) = (escaped(&key.namespace), escaped(&key.name));
    let fleet = page::FLEET;
    let last = match below {
        Some(below) => {
            let set = page::set(&namespace, &name);
            format!("<a href=\"{set}\">{name}</a>{NEXT}<span aria-current=\"page\">{below}</span>")
        }
        None => format!("<span aria-current=\"page\">{name}</span>"),
    };
    format!(
        "<a href=\"{fleet}\">Fleet</a>{NEXT}<a href=\"{fleet}?ns={namespace}\">{namespace}</a>{NEXT}{last}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_of_an_address_becomes_markup() {
        let markup = crumbs_markup(&SetKey::new("a\"b", "<i>x</i>&"), Some("History"));
        assert!(!markup.contains("<i>") && !markup.contains("a\"b"), "{markup}");
        assert!(markup.contains("href=\"/?ns=a&quot;b\""), "{markup}");
        assert!(markup.ends_with("<span aria-current=\"page\">History</span>"), "{markup}");
    }

    #[test]
    fn the_set_itself_is_the_last_of_its_own_way() {
        let markup = crumbs_markup(&SetKey::new("shop", "web"), None);
        assert!(markup.contains("<a href=\"/?ns=shop\">shop</a>"), "{markup}");
        assert!(markup.ends_with("<span aria-current=\"page\">web</span>"), "{markup}");
    }
}
