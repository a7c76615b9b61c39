//! Whether somebody looks at the tab.

use std::rc::Rc;
use std::time::Duration;

use leptos::ev;
use leptos::prelude::*;

use crate::dom;

/// Whoever only flips through tabs does not make them let go and take hold again.
const LEFT_AFTER: Duration = Duration::from_secs(3);

/// Calls `left` when nobody has looked at the tab for a moment, or its page is left; and `back` when somebody looks again,
/// which may be said more than once. For as long as the calling component lives.
pub fn follow(left: impl Fn() + 'static, back: impl Fn() + 'static) {
    follow_both(Rc::new(left), Rc::new(back));
}

fn follow_both(left: Rc<dyn Fn()>, back: Rc<dyn Fn()>) {
    let turn = StoredValue::new(0_u64);
    let (after, again) = (Rc::clone(&left), Rc::clone(&back));
    let seen = window_event_listener(ev::visibilitychange, move |_| {
        turn.try_update_value(|n| *n += 1);
        if !dom::is_hidden() {
            return again();
        }
        let now = turn.try_get_value();
        let left = Rc::clone(&after);
        set_timeout(
            move || {
                if now.is_some() && turn.try_get_value() == now {
                    left();
                }
            },
            LEFT_AFTER,
        );
    });
    // A page that is left may be kept for the way back, with its streams: six of them, and the browser has no connection
    // left for the page that is looked at.
    let gone = window_event_listener(ev::pagehide, move |_| left());
    let shown = window_event_listener(ev::pageshow, move |_| back());
    on_cleanup(move || {
        seen.remove();
        gone.remove();
        shown.remove();
    });
}
