//! Signals, memos and effects whose machinery is compiled once.
//!
//! Leptos' own are generic all the way down: each type of value, and each closure of a memo or an effect, gets several
//! kilobytes of the same code. Here the value lies behind one pointer ([`Held`]), and only a cast is generic. The names are
//! Leptos' own, so that a page reads as any other Leptos page: importing them by name takes precedence over its prelude.

mod effect;
mod held;
mod memo;
mod rw;
mod signal;

pub use effect::{Effect, dynamic};
pub use memo::Memo;
pub use rw::{ArcRwSignal, RwSignal};
pub use signal::Signal;

#[cfg(test)]
mod tests;
