//! Something to read, whatever is behind it.

use std::marker::PhantomData;

use leptos::prelude::{Get as _, GetUntracked as _, Signal as LeptosSignal};

use super::held::Held;
use super::{Memo, RwSignal};

/// A value to be read: of a signal, a memo, a closure, or one that never changes.
pub struct Signal<T> {
    inner: LeptosSignal<Held>,
    of: PhantomData<fn() -> T>,
}

impl<T> Clone for Signal<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Signal<T> {}

impl<T: Send + Sync + 'static> Signal<T> {
    /// What the closure answers, asked anew each time it is read.
    pub fn derive(derive: impl Fn() -> T + Send + Sync + 'static) -> Self {
        new(derived(Box::new(move || Held::new(derive()))))
    }

    /// A value that never changes.
    pub fn stored(value: T) -> Self {
        new(stored(Held::new(value)))
    }

    /// The value. Tracked.
    pub fn get(self) -> T
    where
        T: Clone,
    {
        self.with(T::clone)
    }

    /// The value. Not tracked.
    pub fn get_untracked(self) -> T
    where
        T: Clone,
    {
        self.with_untracked(T::clone)
    }

    /// Looks at the value. Tracked.
    pub fn with<R>(self, look: impl FnOnce(&T) -> R) -> R {
        look(held(self.inner).get())
    }

    /// Looks at the value. Not tracked.
    pub fn with_untracked<R>(self, look: impl FnOnce(&T) -> R) -> R {
        look(held_untracked(self.inner).get())
    }
}

fn new<T>(inner: LeptosSignal<Held>) -> Signal<T> {
    Signal { inner, of: PhantomData }
}

fn derived(derive: Box<dyn Fn() -> Held + Send + Sync>) -> LeptosSignal<Held> {
    LeptosSignal::derive(derive)
}

fn stored(value: Held) -> LeptosSignal<Held> {
    LeptosSignal::stored(value)
}

fn held(signal: LeptosSignal<Held>) -> Held {
    signal.get()
}

fn held_untracked(signal: LeptosSignal<Held>) -> Held {
    signal.get_untracked()
}

impl<T: Default + Send + Sync + 'static> Default for Signal<T> {
    fn default() -> Self {
        Self::stored(T::default())
    }
}

impl<T: Send + Sync + 'static> From<T> for Signal<T> {
    fn from(value: T) -> Self {
        Self::stored(value)
    }
}

impl From<&str> for Signal<String> {
    fn from(value: &str) -> Self {
        Self::stored(value.to_owned())
    }
}

impl<T> From<Memo<T>> for Signal<T> {
    fn from(memo: Memo<T>) -> Self {
        new(memo.inner.into())
    }
}

impl<T> From<RwSignal<T>> for Signal<T> {
    fn from(signal: RwSignal<T>) -> Self {
        new(signal.inner.into())
    }
}
