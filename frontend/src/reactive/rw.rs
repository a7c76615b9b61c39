//! Values that change.

use std::marker::PhantomData;

use leptos::prelude::{
    ArcRwSignal as LeptosArcRwSignal, Get as _, GetUntracked as _, RwSignal as LeptosRwSignal,
    Set as _, Track as _, UpdateUntracked as _,
};

use super::held::Held;

/// A value that can be read and changed. It lives as long as the component that made it.
pub struct RwSignal<T> {
    pub(super) inner: LeptosRwSignal<Held>,
    of: PhantomData<fn(T) -> T>,
}

impl<T> Clone for RwSignal<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for RwSignal<T> {}

impl<T: Send + Sync + 'static> RwSignal<T> {
    pub fn new(value: T) -> Self {
        Self { inner: LeptosRwSignal::new(Held::new(value)), of: PhantomData }
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

    /// The value, unless the component that made the signal is gone. Not tracked.
    pub fn try_get_untracked(self) -> Option<T>
    where
        T: Clone,
    {
        self.try_with_untracked(T::clone)
    }

    /// Looks at the value. Tracked.
    pub fn with<R>(self, look: impl FnOnce(&T) -> R) -> R {
        look(held(self.inner).get())
    }

    /// Looks at the value. Not tracked.
    pub fn with_untracked<R>(self, look: impl FnOnce(&T) -> R) -> R {
        look(held_untracked(self.inner).get())
    }

    /// Looks at the value, unless the component that made the signal is gone. Not tracked.
    pub fn try_with_untracked<R>(self, look: impl FnOnce(&T) -> R) -> Option<R> {
        try_held_untracked(self.inner).map(|held| look(held.get()))
    }

    /// Is told of changes, without looking at the value.
    pub fn track(self) {
        self.inner.track();
    }

    pub fn set(self, value: T) {
        put(self.inner, Held::new(value));
    }

    /// Sets the value, unless the component that made the signal is gone: then it comes back.
    pub fn try_set(self, value: T) -> Option<()> {
        try_put(self.inner, Held::new(value))
    }

    /// Changes the value.
    pub fn update(self, change: impl FnOnce(&mut T)) {
        self.try_update(change);
    }

    /// Changes the value, unless the component that made the signal is gone.
    pub fn try_update<R>(self, change: impl FnOnce(&mut T) -> R) -> Option<R> {
        let mut held = take(self.inner)?;
        let result = change(held.get_mut());
        try_put(self.inner, held);
        Some(result)
    }
}

fn held(signal: LeptosRwSignal<Held>) -> Held {
    signal.get()
}

fn held_untracked(signal: LeptosRwSignal<Held>) -> Held {
    signal.get_untracked()
}

fn try_held_untracked(signal: LeptosRwSignal<Held>) -> Option<Held> {
    signal.try_get_untracked()
}

fn put(signal: LeptosRwSignal<Held>, value: Held) {
    signal.set(value);
}

fn try_put(signal: LeptosRwSignal<Held>, value: Held) -> Option<()> {
    signal.try_set(value).is_none().then_some(())
}

/// Takes the value out, to be changed and put back at once.
fn take(signal: LeptosRwSignal<Held>) -> Option<Held> {
    signal.try_update_untracked(|held| std::mem::replace(held, Held::new(())))
}

/// A value that can be read and changed, and lives as long as somebody keeps it.
pub struct ArcRwSignal<T> {
    inner: LeptosArcRwSignal<Held>,
    of: PhantomData<fn(T) -> T>,
}

impl<T> Clone for ArcRwSignal<T> {
    fn clone(&self) -> Self {
        Self { inner: self.inner.clone(), of: PhantomData }
    }
}

impl<T: Clone + Send + Sync + 'static> ArcRwSignal<T> {
    pub fn new(value: T) -> Self {
        Self { inner: LeptosArcRwSignal::new(Held::new(value)), of: PhantomData }
    }

    /// The value. Tracked.
    pub fn get(&self) -> T {
        self.inner.get().get::<T>().clone()
    }

    /// Looks at the value. Tracked.
    pub fn with<R>(&self, look: impl FnOnce(&T) -> R) -> R {
        look(self.inner.get().get())
    }

    /// The value. Not tracked.
    pub fn get_untracked(&self) -> T {
        self.inner.get_untracked().get::<T>().clone()
    }

    pub fn set(&self, value: T) {
        self.inner.set(Held::new(value));
    }
}
