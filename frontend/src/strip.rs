//! The ordinal strip of a set.
