//! What pages are made of.

pub mod actor;
pub mod badge;
pub mod banner;
pub mod button;
pub mod copy;
pub mod dialog;
pub mod fold;
pub mod icon;
pub mod keyed;
pub mod markup;
pub mod menu;
pub mod mini;
pub mod notice;
pub mod revision;
pub mod toast;
pub mod topbar;
pub mod words;

pub use actor::{actor_label, holds, source_icon, who};
pub use badge::{StatusBadge, badge_word};
pub use button::{Button, Kind};
pub use copy::CopyButton;
pub use dialog::Dialog;
pub use fold::fold;
pub use icon::{Icon, brand_mark, icon, small_icon};
pub use keyed::{Keyed, anew, keyed, renewed};
pub use markup::{crumbs, escaped};
pub use menu::menu;
pub use mini::mini_strip;
pub use notice::{Tone, empty, notice, problem_notice};
pub use revision::{RevisionChip, role_attr};
pub use toast::{Toasts, use_toasts};
pub use words::sentence;
