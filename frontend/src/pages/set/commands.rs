//! What the page of a set offers to the command palette: the buttons of the deck, then those of the head.

use leptos::prelude::Callable as _;

use super::Page;
use super::deck::{Press, deck};
use super::dialog::draft::Draft;
use super::head::whole;
use crate::palette::{Command, use_present};

/// Offers the actions of the set for as long as its page is shown.
pub(super) fn offer(page: Page) {
    let key = page.detail.with_untracked(|d| d.row.key());
    use_present().offer(key, move || {
        let off = page.off.get();
        let command = |label: String, why: Option<String>, draft: Draft| Command {
            label,
            off: off.clone().or(why),
            open: Box::new(move || page.ask.run(draft.clone())),
        };
        page.detail.with(|d| {
            let next = deck(&d.facts, &d.row.status, d.held.as_ref(), None, off.as_deref());
            let asked = next.choices.into_iter().filter_map(|c| match c.press {
                Press::Ask(draft) => Some((c.label, c.off, draft)),
                Press::PutBack => None,
            });
            let mut all: Vec<Command> = asked.map(|(l, why, d)| command(l, why, d)).collect();
            for (label, why, draft) in whole(&d.facts) {
                // A set at rest has "New image…" in its deck too.
                if all.iter().all(|c| c.label != label) {
                    all.push(command(label.to_owned(), why, draft));
                }
            }
            all
        })
    });
}
