//! Logs, of one pod or of many: their lines, the window in which they scroll, and the controls around it.

mod controls;
mod course;
mod follower;
pub mod lines;
mod since;
mod standing;
mod window;

pub use controls::{follow_chip, search_field, switch};
pub use follower::{Follower, Logs};
pub use since::Since;
pub use standing::{Standing, failed, says};
pub use window::Window;
