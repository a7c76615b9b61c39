//! Written by another engineer.
