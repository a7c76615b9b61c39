//! The ordinal strip of a set: every ordinal with its pod, claims and node, and the handle that says who gets the update.
//!
//! What is shown is decided in [`column`], [`turn`], [`regions`], [`geometry`], [`handle`] and [`marks`], which know no browser.

pub mod column;
pub mod geometry;
pub mod handle;
pub mod marks;
pub mod place;
pub mod regions;
pub mod turn;
pub mod view;

mod card;
mod frame;
mod grip;
mod measure;
mod over;
mod overview;
mod rows;
#[cfg(test)]
pub(crate) mod sample;
mod walk;

pub use view::Strip;

/// What stands between the pods that stay and those that get the update.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gate {
    /// Nothing to hold.
    None,
    /// A line; the person may not move it.
    Line,
    /// A handle.
    Handle,
}

/// A quantity of storage with a space before its unit: `200 Gi`.
pub fn size(quantity: &str) -> String {
    match quantity.find(|c: char| c.is_ascii_alphabetic()) {
        Some(at) if at > 0 => format!("{} {}", &quantity[..at], &quantity[at..]),
        _ => quantity.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn sizes_have_a_space_before_the_unit() {
        assert_eq!(super::size("200Gi"), "200 Gi");
        assert_eq!(super::size("1073741824"), "1073741824");
        assert_eq!(super::size("?"), "?");
    }
}
