//! When to read anew what is recorded: the page is told of a change before the history has it.

use std::rc::Rc;
use std::time::Duration;

use leptos::prelude::*;

use crate::reactive::Effect;

/// That something is not as foretold takes some seconds; and so it may take to be written, to a slow disk.
const LATE: Duration = Duration::from_secs(7);

/// Which look it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// What has happened is usually recorded.
    Soon,
    /// Nothing has happened for a while, and most likely nothing new is there.
    Late,
}

/// Calls `look` after something has happened: after `soon`, once for all that comes within that time, and once more when nothing has
/// happened for a while, also if nothing has since the beginning. `follow` tracks what tells of it, and answers whether that is
/// known: what is there for the first time is no news. For as long as the calling component lives.
pub fn follow(soon: Duration, follow: impl Fn() -> bool + 'static, look: impl Fn(Look) + 'static) {
    after(soon, Rc::new(follow), Rc::new(look));
}

fn after(soon: Duration, follow: Rc<dyn Fn() -> bool>, look: Rc<dyn Fn(Look)>) {
    // Which change is the last one, and whether a look is to come anyway.
    let (last, pending) = (StoredValue::new(0_u32), StoredValue::new(false));
    let known = StoredValue::new(false);
    Effect::new(move |_| {
        let there = follow();
        let news = there && known.get_value();
        known.set_value(there);
        last.update_value(|n| *n += 1);
        let of = last.get_value();
        if news && !pending.get_value() {
            pending.set_value(true);
            let look = Rc::clone(&look);
            set_timeout(
                move || {
                    if pending.try_set_value(false).is_none() {
                        look(Look::Soon);
                    }
                },
                soon,
            );
        }
        let look = Rc::clone(&look);
        set_timeout(
            move || {
                if last.try_get_value() == Some(of) {
                    look(Look::Late);
                }
            },
            LATE,
        );
    });
}
