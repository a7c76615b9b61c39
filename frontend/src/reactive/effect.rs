//! What is done, or shown anew, whenever something that was read changes.

use leptos::prelude::{AnyView, Effect as LeptosEffect, IntoAny as _, IntoView};

/// Something to do after what it read has changed, and once at first.
pub struct Effect;

impl Effect {
    /// The closure gets `None` the first time.
    #[expect(clippy::new_ret_no_self, reason = "as Leptos' own; nobody keeps an effect")]
    pub fn new(act: impl FnMut(Option<()>) + 'static) {
        new(Box::new(act));
    }
}

fn new(act: Box<dyn FnMut(Option<()>)>) {
    LeptosEffect::new(act);
}

/// A part of a page that is made anew when what it read changes. As a closure in braces, but the code that renews it is
/// there once, not once for each type of what is shown.
pub fn dynamic<V: IntoView + 'static>(make: impl Fn() -> V + Send + 'static) -> AnyView {
    any(Box::new(move || make().into_any()))
}

fn any(make: Box<dyn Fn() -> AnyView + Send>) -> AnyView {
    make.into_any()
}
