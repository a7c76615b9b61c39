//! Rules that no recording shows, and what holds in every state.

mod invariants;
mod rules;
