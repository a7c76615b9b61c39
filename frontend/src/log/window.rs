//! What scrolls around a log.

use leptos::html;
use leptos::prelude::*;

/// A box with a log in it. The newest line is kept in view until somebody scrolls up, and again once they are back at the end.
#[derive(Clone, Copy)]
pub struct Window {
    pub node: NodeRef<html::Div>,
    at_end: StoredValue<bool>,
}

impl Default for Window {
    fn default() -> Self {
        Self { node: NodeRef::new(), at_end: StoredValue::new(true) }
    }
}

impl Window {
    /// Another log begins: its end is wanted.
    pub fn rewind(self) {
        self.at_end.set_value(true);
    }

    /// To be called after lines were added.
    pub fn follow_end(self) {
        if let (true, Some(node)) = (self.at_end.get_value(), self.node.get_untracked()) {
            node.set_scroll_top(node.scroll_height());
        }
    }

    /// Scrolling up lets go of the end; coming back to it takes hold again.
    pub fn scrolled(self) {
        if let Some(node) = self.node.get_untracked() {
            let below = node.scroll_height() - node.scroll_top() - node.client_height();
            self.at_end.set_value(below < 24);
        }
    }
}
