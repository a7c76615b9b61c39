//! A value of any type behind a pointer of one type.

use std::any::Any;
use std::sync::Arc;

/// What all signals and memos hold.
#[derive(Clone)]
pub(super) struct Held(Arc<dyn Any + Send + Sync>);

impl Held {
    pub(super) fn new<T: Send + Sync + 'static>(value: T) -> Self {
        Self(Arc::new(value))
    }

    /// The value. `T` is the type it was made from: a signal's type parameter sees to that.
    pub(super) fn get<T: 'static>(&self) -> &T {
        self.0.downcast_ref().expect("a signal is read as what was put into it")
    }

    /// The value, to be changed in place. Nobody else may hold it meanwhile: a signal is not changed from within a look
    /// at it.
    pub(super) fn get_mut<T: 'static>(&mut self) -> &mut T {
        Arc::get_mut(&mut self.0)
            .and_then(<dyn Any + Send + Sync>::downcast_mut)
            .expect("a signal is not changed while it is looked at")
    }
}
