//! What the objects of a set do not tell: the API server's version, and how long restarts took.

use std::collections::HashMap;

use model::controller::Version;
use model::facts::Facts;
use model::pace::Pace;

#[derive(Debug, Default)]
pub(super) struct Besides {
    kubernetes: Option<Version>,
    /// By uid of the set; also of sets that are still to be listed.
    paces: HashMap<String, Pace>,
}

impl Besides {
    /// Whether it was another.
    pub(super) fn set_kubernetes(&mut self, version: Option<Version>) -> bool {
        std::mem::replace(&mut self.kubernetes, version) != version
    }

    /// Whether it was another.
    pub(super) fn set_pace(&mut self, uid: &str, pace: Pace) -> bool {
        self.paces.insert(uid.to_owned(), pace) != Some(pace)
    }

    pub(super) fn forget(&mut self, uid: &str) {
        self.paces.remove(uid);
    }

    pub(super) fn fill_in(&self, facts: &mut Facts) {
        facts.kubernetes = self.kubernetes;
        facts.pace = self.paces.get(&facts.set.uid).copied();
    }
}
