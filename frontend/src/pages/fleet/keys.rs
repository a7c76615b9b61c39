//! The keyboard on the fleet page: `j` and `k` walk, Enter opens, `s` marks, `f` goes to the filters.

use std::sync::Arc;
use std::time::Duration;

use leptos::prelude::*;
use model::path::page;
use model::set::SetKey;

use super::layout::Layout;
use crate::dom;
use crate::favourites::use_favourites;
use crate::reactive::{Effect, Memo, RwSignal};
use crate::route::{NavigateOptions, use_navigate};

/// The row that the keyboard is on.
#[derive(Clone, Copy)]
pub(super) struct Cursor {
    pub key: RwSignal<Option<SetKey>>,
    /// Rises when the keyboard moved the cursor: then the row is scrolled to and focused.
    pub moved: RwSignal<u32>,
    layout: Memo<Arc<Layout>>,
}

impl Cursor {
    /// On the row `at`, if one comes back to it.
    pub(super) fn new(layout: Memo<Arc<Layout>>, at: Option<SetKey>) -> Self {
        Self { key: RwSignal::new(at), moved: RwSignal::new(0), layout }
    }

    /// Whether this row is the one that Tab reaches: the cursor's, or the first while there is none.
    pub(super) fn is_stop(self, key: &SetKey) -> bool {
        let at = self.key.get();
        self.layout.with(|l| match &at {
            Some(at) if l.rows.contains(at) => at == key,
            _ => l.rows.first() == Some(key),
        })
    }

    /// Goes to the row that one comes back to, once there are rows. Where it stands by now is not where it stood.
    pub(super) fn come_back(self) {
        let gone = StoredValue::new(self.key.with_untracked(Option::is_none));
        Effect::new(move |_| {
            if self.layout.with(|l| l.all > 0) && !gone.get_value() {
                gone.set_value(true);
                // Behind the router, which scrolls to where the page was left.
                let go = move || {
                    // The page may be left by then.
                    let _ = self.moved.try_update(|n| *n += 1);
                };
                set_timeout(move || request_animation_frame(go), Duration::ZERO);
            }
        });
    }

    pub(super) fn listen(self) {
        let navigate = use_navigate();
        let favourites = use_favourites();
        dom::on_letter(move |event| {
            match event.key().as_str() {
                "j" => self.step(1),
                "k" => self.step(-1),
                "f" => dom::focus(".chip"),
                "s" => {
                    if let Some(key) = self.key.get_untracked() {
                        favourites.toggle(&key);
                    }
                }
                // On the focused link itself the browser follows it.
                "Enter" if document().active_element().is_none_or(|e| e.tag_name() == "BODY") => {
                    if let Some(key) = self.key.get_untracked() {
                        navigate(&page::set(&key.namespace, &key.name), NavigateOptions::default());
                    }
                    return;
                }
                _ => return,
            }
            event.prevent_default();
        });
    }

    fn step(self, by: isize) {
        let at = self.key.get_untracked();
        let next = self.layout.with_untracked(|l| {
            let at = at.and_then(|k| l.rows.iter().position(|r| *r == k));
            l.rows.get(stepped(at, by, l.rows.len())?).cloned()
        });
        if next.is_some() {
            self.key.set(next);
            self.moved.update(|n| *n += 1);
        }
    }
}

/// The row after a step; `None` if there are no rows. The ends are not left.
fn stepped(at: Option<usize>, by: isize, rows: usize) -> Option<usize> {
    let last = rows.checked_sub(1)?;
    Some(match at {
        None => 0,
        Some(at) => at.saturating_add_signed(by).min(last),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cursor_stays_within_the_rows() {
        assert_eq!(stepped(None, 1, 3), Some(0));
        assert_eq!(stepped(Some(0), -1, 3), Some(0));
        assert_eq!(stepped(Some(1), 1, 3), Some(2));
        assert_eq!(stepped(Some(2), 1, 3), Some(2));
        assert_eq!(stepped(None, 1, 0), None);
    }
}
