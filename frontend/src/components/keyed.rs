//! Lists whose items come, go and move, each keeping its place in the document.

mod list;
mod order;

use std::cell::Cell;

use leptos::either::Either;
use leptos::prelude::*;

use self::list::List;
use crate::reactive::{Memo, dynamic};

/// One item: its key, and what makes its view when it is first shown.
pub struct Keyed {
    key: String,
    view: Box<dyn FnOnce() -> AnyView + Send>,
}

impl Keyed {
    /// Keys must differ within a list.
    pub fn new(key: impl Into<String>, view: impl FnOnce() -> AnyView + Send + 'static) -> Self {
        Self { key: key.into(), view: Box::new(view) }
    }
}

/// A view that is made anew, as a whole, whenever its key is another one: what stands in it does not slide aside because
/// something before it has grown. What the view itself reads is not followed.
pub fn anew(
    key: impl Fn() -> String + Send + Sync + 'static,
    view: impl Fn() -> AnyView + Send + 'static,
) -> AnyView {
    let key = Memo::new(move |_| key());
    renewed(move || key.track(), view)
}

/// The same, whenever something is new that `follow` tracks.
pub fn renewed(
    follow: impl Fn() + Send + 'static,
    view: impl Fn() -> AnyView + Send + 'static,
) -> AnyView {
    let turn = Cell::new(false);
    dynamic(move || {
        follow();
        let view = untrack(&view);
        // A view of another kind takes the place of the one before; one of the same kind would only change it.
        if turn.replace(!turn.get()) {
            Either::Left(view)
        } else {
            Either::<_, AnyView>::Right(view)
        }
    })
}

/// The list, updated item by item: only what has changed its order among the others is moved.
pub fn keyed(items: impl Fn() -> Vec<Keyed> + Send + Sync + 'static) -> AnyView {
    let items: Box<dyn Fn() -> Vec<Keyed> + Send + Sync> = Box::new(items);
    let owner = Owner::current().unwrap_or_default();
    dynamic(move || List::new(items(), owner.clone()))
}
