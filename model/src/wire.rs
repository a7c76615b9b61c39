//! The HTTP API's JSON types. Names are camelCase as in Kubernetes, times RFC 3339 UTC.

mod account;
mod act;
mod command;
mod detail;
mod fleet;
mod group;
mod history;
mod lanes;
mod log;
mod pod;
mod problem;

pub use account::{
    Access, Authority, Identity, Login, NewUser, RoleBinding, RoleName, SessionView, Setup,
    UserView, role_in,
};
pub use act::{ActionRequest, ActionResult, ActionView, Expect, Outcome};
pub use command::{
    CommandAnswer, CommandGroup, CommandList, CommandRequest, CommandRun, CommandView, ExpectSet,
};
pub use detail::{Actor, Held, RevisionDetail, RevisionEntry, RevisionList, SetDetail, Source};
pub use fleet::{
    ClusterView, Fleet, KindHealth, KindState, LiveRows, RevisionRef, RevisionRole, SetRow,
    Unrecorded,
};
pub use group::EventGroup;
pub use history::{EventKind, EventPage, EventView, History, Page, RolloutOutcome, RolloutView};
pub use lanes::{Lane, Lanes, MomentPod, MomentView, Run, RunState, Span};
pub use log::{LOGS_AT_ONCE, LogEnd, LogLines};
pub use pod::{
    PodCondition, PodContainer, PodDetail, PodEvent, PodEvents, PodExit, PodMount, PodNode, Unread,
};
pub use problem::Problem;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pod::Phase;
    use crate::status::StatusKind;

    #[test]
    fn what_a_later_version_sends_is_read_as_other() {
        assert_eq!(serde_json::from_str::<EventKind>("\"tunnelled\"").ok(), Some(EventKind::Other));
        assert_eq!(serde_json::from_str::<StatusKind>("\"paused\"").ok(), Some(StatusKind::Other));
        assert_eq!(serde_json::from_str::<Source>("\"pipeline\"").ok(), Some(Source::Other));
        assert_eq!(serde_json::from_str::<KindState>("\"slow\"").ok(), Some(KindState::Other));
        assert_eq!(serde_json::from_str::<Phase>("\"Napping\"").ok(), Some(Phase::Unknown));
        let outcome = serde_json::from_str::<RolloutOutcome>("\"parked\"");
        assert_eq!(outcome.ok(), Some(RolloutOutcome::Other));
    }
}
