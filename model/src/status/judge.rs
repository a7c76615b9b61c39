use jiff::Timestamp;

use super::{Settings, Status, StatusKind};
use crate::facts::Facts;

pub(super) fn judge(
    facts: &Facts,
    _previous: Option<&Status>,
    _now: Timestamp,
    _settings: Settings,
) -> Status {
    Status {
        kind: StatusKind::Unknown,
        sentence: String::new(),
        done: 0,
        total: facts.set.replicas,
        since: None,
        blocker: None,
        recheck: None,
    }
}
