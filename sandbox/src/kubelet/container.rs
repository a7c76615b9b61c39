//! One container's life, as a small machine whose next move is known.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::behaviour::Behaviour;
use super::logs::Line;
use crate::object::stamp;
use crate::options::Pace;

/// How a container ended.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Ended {
    pub(super) started: Timestamp,
    pub(super) at: Timestamp,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum State {
    /// `ContainerCreating`.
    Creating,
    /// `ErrImagePull`, then `ImagePullBackOff`.
    NoImage {
        again: bool,
    },
    Running {
        since: Timestamp,
        ready: bool,
    },
    /// `CrashLoopBackOff`.
    Crashed,
}

#[derive(Clone, Debug)]
pub(super) struct ContainerLife {
    pub(super) name: String,
    pub(super) image: String,
    pub(super) behaviour: Behaviour,
    /// From running to Ready.
    ready_after: Duration,
    pub(super) state: State,
    pub(super) restarts: u32,
    pub(super) last: Option<Ended>,
    /// When it moves on.
    pub(super) next: Option<Timestamp>,
    pub(super) log: Vec<Line>,
    pub(super) previous_log: Option<Vec<Line>>,
}

/// What a move was, for events and counters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Moved {
    NotPulled,
    BackedOff,
    Started,
    Ready,
    Unhealthy,
    Ended,
}

impl ContainerLife {
    pub(super) fn new(
        name: &str,
        image: &str,
        behaviour: Behaviour,
        ready_after: Duration,
        first: Timestamp,
    ) -> Self {
        Self {
            name: name.to_owned(),
            image: image.to_owned(),
            behaviour,
            ready_after,
            state: State::Creating,
            restarts: 0,
            last: None,
            next: (behaviour != Behaviour::Pending).then_some(first),
            log: Vec::new(),
            previous_log: None,
        }
    }

    /// Runs and is Ready already, and stays so.
    pub(super) fn settled(name: &str, image: &str, since: Timestamp) -> Self {
        let mut life = Self::new(name, image, Behaviour::Fine, Duration::ZERO, since);
        life.state = State::Running { since, ready: true };
        life.next = None;
        life
    }

    pub(super) fn is_ready(&self) -> bool {
        matches!(self.state, State::Running { ready: true, .. })
    }

    /// Makes the next move if its time has come.
    pub(super) fn step(&mut self, now: Timestamp, pace: &Pace) -> Option<Moved> {
        let at = self.next.filter(|at| *at <= now)?;
        let (state, next, moved) = match (&self.state, self.behaviour) {
            (State::Creating, Behaviour::Pull) => (
                State::NoImage { again: false },
                Some(at + Duration::from_secs(1)),
                Moved::NotPulled,
            ),
            (State::NoImage { .. }, _) => (State::NoImage { again: true }, None, Moved::BackedOff),
            (State::Creating | State::Crashed, behaviour) => {
                let then = match behaviour {
                    Behaviour::Crash | Behaviour::Oom => pace.crash,
                    Behaviour::Never => Duration::from_secs(1),
                    _ => self.ready_after,
                };
                if self.state == State::Crashed {
                    self.restarts += 1;
                }
                (State::Running { since: at, ready: false }, Some(at + then), Moved::Started)
            }
            (State::Running { since, .. }, Behaviour::Crash | Behaviour::Oom) => {
                // A kubelet restarts at once the first time, so the count is 1 at the first wait.
                self.restarts = self.restarts.max(1);
                self.last = Some(Ended { started: *since, at });
                let doubled = pace.back_off.saturating_mul(1 << (self.restarts - 1).min(10));
                let pause = doubled.min(pace.longest_back_off);
                (State::Crashed, Some(at + pause), Moved::Ended)
            }
            (State::Running { since, ready: false }, Behaviour::Never) => {
                (State::Running { since: *since, ready: false }, None, Moved::Unhealthy)
            }
            (State::Running { since, ready: false }, _) => {
                (State::Running { since: *since, ready: true }, None, Moved::Ready)
            }
            (State::Running { .. }, _) => {
                self.next = None;
                return None;
            }
        };
        self.state = state;
        self.next = next;
        Some(moved)
    }

    /// Its entry in `status.containerStatuses`.
    pub(super) fn status(&self) -> Value {
        let image_id = if matches!(self.state, State::Creating | State::NoImage { .. }) {
            ""
        } else {
            &self.image
        };
        let waiting = |reason: &str, message: String| {
            let mut waiting = json!({"reason": reason});
            if !message.is_empty() {
                waiting["message"] = json!(message);
            }
            json!({"waiting": waiting})
        };
        let state = match &self.state {
            State::Creating => waiting("ContainerCreating", String::new()),
            State::NoImage { again: false } => waiting(
                "ErrImagePull",
                format!(
                    "rpc error: code = NotFound desc = failed to pull and unpack image {:?}: not found",
                    self.image
                ),
            ),
            State::NoImage { again: true } => {
                waiting("ImagePullBackOff", format!("Back-off pulling image {:?}", self.image))
            }
            State::Running { since, .. } => json!({"running": {"startedAt": stamp(*since)}}),
            State::Crashed => waiting(
                "CrashLoopBackOff",
                format!("back-off restarting failed container {}", self.name),
            ),
        };
        let mut last = json!({});
        if let Some(ended) = &self.last {
            let oom = self.behaviour == Behaviour::Oom;
            last = json!({"terminated": {
                "exitCode": if oom { 137 } else { 1 },
                "reason": if oom { "OOMKilled" } else { "Error" },
                "startedAt": stamp(ended.started),
                "finishedAt": stamp(ended.at),
            }});
        }
        json!({
            "name": self.name,
            "image": self.image,
            "imageID": image_id,
            "ready": self.is_ready(),
            "started": matches!(self.state, State::Running { .. }),
            "restartCount": self.restarts,
            "state": state,
            "lastState": last,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crashing_container_backs_off_longer_each_time() {
        let start = Timestamp::UNIX_EPOCH;
        let mut life =
            ContainerLife::new("app", "app:crash", Behaviour::Crash, Duration::ZERO, start);
        let mut seen = Vec::new();
        for _ in 0..7 {
            let now = life.next.expect("it goes on for ever");
            life.step(now, &Pace::QUICK);
            seen.push((now.as_second(), life.restarts, life.state == State::Crashed));
        }
        assert_eq!(
            seen,
            [
                (0, 0, false),
                (1, 1, true),
                (3, 2, false),
                (4, 2, true),
                (8, 3, false),
                (9, 3, true),
                (17, 4, false)
            ]
        );
    }

    #[test]
    fn an_image_that_cannot_be_pulled_backs_off_and_stays_so() {
        let start = Timestamp::UNIX_EPOCH;
        let mut life =
            ContainerLife::new("app", "app:pull", Behaviour::Pull, Duration::ZERO, start);
        assert_eq!(life.step(start, &Pace::QUICK), Some(Moved::NotPulled));
        let later = life.next.unwrap();
        assert_eq!(life.step(later, &Pace::QUICK), Some(Moved::BackedOff));
        assert_eq!(life.next, None);
        assert_eq!(life.status()["state"]["waiting"]["reason"], "ImagePullBackOff");
    }
}
