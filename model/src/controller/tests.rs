//! Rules that no recording shows.
