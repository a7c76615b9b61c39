//! Actions that this process is in the middle of: nobody else may say what became of them.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Ids of actions between their intent and their outcome. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub(super) struct UnderWay(Arc<Mutex<HashSet<String>>>);

/// As long as this lives the action is under way.
pub(super) struct Guard {
    all: UnderWay,
    id: String,
}

impl UnderWay {
    pub(super) fn begin(&self, id: &str) -> Guard {
        self.lock().insert(id.to_owned());
        Guard { all: self.clone(), id: id.to_owned() }
    }

    /// Those that are under way now.
    pub(super) fn now(&self) -> HashSet<String> {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, HashSet<String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        self.all.lock().remove(&self.id);
    }
}
