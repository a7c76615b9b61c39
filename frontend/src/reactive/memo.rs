//! Derived values that tell only when they differ.

use std::marker::PhantomData;

use leptos::prelude::{Get as _, GetUntracked as _, Memo as LeptosMemo};

use super::held::Held;

/// A value derived from signals, computed when they change; who reads it is told only when it differs.
pub struct Memo<T> {
    pub(super) inner: LeptosMemo<Held>,
    of: PhantomData<fn() -> T>,
}

impl<T> Clone for Memo<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Memo<T> {}

impl<T: PartialEq + Send + Sync + 'static> Memo<T> {
    /// The closure gets the value before, if there was one.
    pub fn new(derive: impl Fn(Option<&T>) -> T + Send + Sync + 'static) -> Self {
        let inner = new(Box::new(move |before| {
            let now = derive(before.as_ref().map(Held::get));
            match before {
                Some(before) if *before.get::<T>() == now => (before, false),
                _ => (Held::new(now), true),
            }
        }));
        Self { inner, of: PhantomData }
    }
}

/// From the value before to the value now, and whether it differs.
type Derive = Box<dyn Fn(Option<Held>) -> (Held, bool) + Send + Sync>;

fn new(derive: Derive) -> LeptosMemo<Held> {
    LeptosMemo::new_owning(derive)
}

impl<T: 'static> Memo<T> {
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

    /// Is told when the value differs, without looking at it. It is computed all the same: a memo that never was does not know
    /// what it depends on.
    pub fn track(self) {
        held(self.inner);
    }
}

fn held(memo: LeptosMemo<Held>) -> Held {
    memo.get()
}

fn held_untracked(memo: LeptosMemo<Held>) -> Held {
    memo.get_untracked()
}
