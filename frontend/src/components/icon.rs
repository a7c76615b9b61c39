//! Icons, drawn as the sprite of `index.html` has them.

use std::cell::RefCell;
use std::collections::HashMap;

use leptos::prelude::*;

macro_rules! icons {
    ($($variant:ident => $id:literal, $what:literal;)+) => {
        /// An icon of the sprite.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Icon {
            $(#[doc = $what] $variant,)+
        }

        impl Icon {
            /// All icons.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The id of the symbol, without its prefix `i-`.
            pub fn id(self) -> &'static str {
                match self {
                    $(Self::$variant => $id,)+
                }
            }
        }
    };
}

icons! {
    Ok => "ok", "Settled, Ready, done.";
    Rolling => "rolling", "Moving by itself.";
    Scaling => "scaling", "Pods are added or removed.";
    Held => "held", "Held by a partition.";
    Stuck => "stuck", "Does not get Ready.";
    Trapped => "trap", "Never gets out by itself.";
    Delete => "del", "Waits for deletions; delete.";
    Unseen => "unseen", "Not observed, not known.";
    Lock => "lock", "No access.";
    Older => "anchor", "Older than its pod.";
    Search => "search", "Search.";
    Chevron => "chev", "Opens a list.";
    User => "user", "A person.";
    Kubernetes => "k8s", "The cluster, its controller.";
    Link => "linki", "A link.";
    Sun => "sun", "Light theme.";
    Moon => "moon", "Dark theme.";
    Auto => "auto", "Theme of the system.";
    LogOut => "logout", "Log out.";
    Plug => "plug", "Connection lost; a gap.";
    Copy => "copy", "Copy.";
    Close => "x", "Close.";
    Failed => "xc", "Did not happen.";
    Warning => "warn", "Know this before.";
    Info => "info", "Explanation.";
    Panel => "panel", "Through this panel.";
    Terminal => "term", "By kubectl.";
    Tool => "helm", "By a tool.";
    Outside => "swap", "Outside the panel.";
    Back => "back", "Back; towards lower ordinals.";
    Forward => "fwd", "Forward; folds.";
    Plus => "plus", "Created, added.";
    Minus => "minus", "Removed, down.";
    Image => "img", "Image, template.";
    Restart => "restart", "Restart.";
    Scale => "scale", "Scale.";
    Disk => "disk", "Claim.";
    Network => "net", "Service and names.";
    Clock => "clock", "Time, history.";
    Flag => "flag", "A rollout began or ended.";
    More => "more", "More actions.";
    Start => "start", "Not Ready yet.";
    Undo => "undo", "Back to an earlier revision.";
    Down => "down", "Pods that go down at once.";
    Star => "star", "A favourite.";
    Differs => "differs", "Not as foretold.";
    Same => "eq", "Equal.";
}

/// The icon, 16 px.
pub fn icon(icon: Icon) -> impl IntoView {
    sprite(icon, "i")
}

/// The icon, 13 px.
pub fn small_icon(icon: Icon) -> impl IntoView {
    sprite(icon, "i s")
}

fn sprite(icon: Icon, class: &'static str) -> impl IntoView {
    let shape = shape(icon.id());
    view! { <svg class=class viewBox="0 0 16 16" aria-hidden="true" inner_html=shape></svg> }
}

thread_local! {
    static SHAPES: RefCell<HashMap<&'static str, String>> = RefCell::default();
}

/// What is drawn in an icon of 16 by 16, as markup.
///
/// The page holds it, once. Where an icon stands in each row it is copied instead of referred to by `use`: a browser makes for each
/// of those a tree of its own, with half as many elements again as the whole row has.
pub fn shape(id: &'static str) -> String {
    let read = || {
        let symbol = document().get_element_by_id(&format!("i-{id}"));
        symbol.map(|symbol| symbol.inner_html()).unwrap_or_default()
    };
    SHAPES.with_borrow_mut(|shapes| shapes.entry(id).or_insert_with(read).clone())
}

/// The mark of the panel: five ordinals and the partition between them.
pub fn brand_mark() -> impl IntoView {
    view! { <svg class="mark-b" viewBox="0 0 22 18" aria-hidden="true" inner_html="<use href=\"#i-brand\"/>"></svg> }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_icon_is_in_the_sprite() {
        let page = include_str!("../../index.html");
        for icon in Icon::ALL {
            assert!(
                page.contains(&format!("<symbol id=\"i-{}\" viewBox=\"0 0 16 16\">", icon.id())),
                "index.html has no symbol {}",
                icon.id()
            );
        }
    }
}
