//! The last publications, so that a reader who was away gets only what it missed.

use std::collections::VecDeque;
use std::sync::Arc;

use super::Publication;

/// A bounded run of publications with consecutive versions.
#[derive(Debug)]
pub(super) struct Ring {
    kept: VecDeque<Arc<Publication>>,
    capacity: usize,
}

impl Ring {
    pub(super) fn new(capacity: usize) -> Self {
        Self { kept: VecDeque::with_capacity(capacity), capacity }
    }

    pub(super) fn push(&mut self, publication: Arc<Publication>) {
        if self.kept.len() == self.capacity {
            self.kept.pop_front();
        }
        self.kept.push_back(publication);
    }

    /// What came after `version`, where the newest is `current`. `None` if that is no longer known, or `version` is
    /// not one of ours.
    pub(super) fn since(&self, version: u64, current: u64) -> Option<Vec<Arc<Publication>>> {
        if version == current {
            return Some(Vec::new());
        }
        let missing = usize::try_from(current.checked_sub(version)?).ok()?;
        let start = self.kept.len().checked_sub(missing)?;
        Some(self.kept.range(start..).cloned().collect())
    }
}
