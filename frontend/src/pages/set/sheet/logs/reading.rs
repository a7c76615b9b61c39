//! The reading of one log: at once, or followed as it grows, also through another pod of the same name.

use leptos::prelude::*;
use leptos::task::spawn_local;
use model::wire::{LogEnd, LogLines};

use super::asked::Asked;
use super::text::Text;
use crate::api;
use crate::dom;
use crate::log::lines::Line;
use crate::log::{Follower, Logs, Since, Standing};
use crate::reactive::{Memo, RwSignal};

/// The log as it is followed.
struct Followed {
    view: Text,
    asked: Memo<Asked>,
    follow: RwSignal<bool>,
}

impl Logs for Followed {
    fn follows(&self) -> bool {
        self.asked.with_untracked(|a| a.follow)
    }

    fn stream(&self, missed: Option<u32>) -> Result<String, &'static str> {
        Ok(self.asked.with_untracked(|a| a.address(missed)))
    }

    fn look(&self) -> String {
        self.asked.with_untracked(Asked::look)
    }

    fn have_some(&self) -> bool {
        self.view.has_own()
    }

    fn again(&self) {
        self.view.again();
    }

    fn take(&self, said: &LogLines) {
        self.view.add(said.lines.iter().map(|l| Line::read(l)).collect());
    }

    fn ended(&self, _: LogEnd) -> bool {
        true
    }

    fn once(&self) {
        self.follow.set(false);
    }
}

/// A log that was read, for whoever reads on: in another tab of the sheet, or of another pod of the same name.
#[derive(Clone)]
pub struct Left {
    uid: String,
    pub(super) asked: Asked,
    pub(super) search: String,
    lines: Vec<Line>,
    /// So many of them are those of pods before that one.
    others: usize,
    since: Since,
}

/// A log that is read.
#[derive(Clone, Copy)]
pub(super) struct Reading {
    view: Text,
    follower: Follower,
    /// Of which pod of the name.
    uid: StoredValue<String>,
    /// What is read now.
    last: StoredValue<Option<Asked>>,
    /// Counts what was begun, so that a late answer is told from one that is waited for.
    turn: StoredValue<u32>,
}

impl Reading {
    pub(super) fn new(uid: &str, view: Text, asked: Memo<Asked>, follow: RwSignal<bool>) -> Self {
        Self {
            view,
            uid: StoredValue::new(uid.to_owned()),
            follower: Follower::new(Followed { view, asked, follow }, view.standing),
            last: StoredValue::new(None),
            turn: StoredValue::new(0),
        }
    }

    /// Reads what is asked for. Of the same log everything stays, whether it is followed or not. `begun`: there is a log to read.
    pub(super) fn read(self, asked: Asked, begun: bool) {
        let same = !asked.previous
            && self.last.with_value(|l| l.as_ref().is_some_and(|l| l.is_same_log(&asked)));
        self.turn.update_value(|n| *n += 1);
        if !same {
            self.follower.forget();
            self.view.fill(Vec::new(), 0);
        }
        let follow = asked.follow;
        self.last.set_value(Some(asked));
        if !begun {
            self.follower.stop(Standing::Waiting);
        } else if follow {
            self.follower.go_on();
        } else {
            self.read_once();
        }
    }

    fn read_once(self) {
        self.follower.stop(Standing::Asking);
        self.view.again();
        let missed = self.follower.missed();
        let address = self.last.with_value(|l| l.as_ref().map(|asked| asked.address(missed)));
        let Some(address) = address else { return };
        let (turn, asked_at) = (self.turn.get_value(), dom::now_ms());
        spawn_local(async move {
            let answer = api::text(&address).await;
            if self.turn.try_get_value() != Some(turn) {
                return;
            }
            match answer {
                Ok(text) => {
                    self.view.add(text.lines().map(Line::read).collect());
                    self.follower.has_read(asked_at);
                    self.follower.stop(Standing::Ended(self.follower.why_once()));
                }
                Err(problem) => self.view.standing.set(Standing::Failed(problem)),
            }
        });
    }

    /// Reads on where somebody has left off.
    pub(super) fn take_over(self, left: Left) {
        // What another pod of the name has said is no part of this one's log.
        let another = self.uid.with_value(|uid| *uid != left.uid);
        let others = if another { left.lines.len() } else { left.others };
        self.view.fill(left.lines, others);
        if !another {
            self.follower.take_over(left.since);
        }
        self.last.set_value(Some(left.asked));
    }

    /// Lets go of it, and leaves what was followed to whoever reads on.
    pub(super) fn leave_off(self) -> Option<Left> {
        self.follower.stop(Standing::Asking);
        let asked = self.last.try_update_value(Option::take).flatten().filter(|a| a.follow)?;
        Some(Left {
            uid: self.uid.get_value(),
            asked,
            search: self.view.search.try_get_untracked()?,
            others: self.view.others.try_get_value()?,
            lines: self.view.lines.try_update_value(std::mem::take)?,
            since: self.follower.since(),
        })
    }

    /// Nobody looks any more.
    pub(super) fn leave(self) {
        self.follower.leave();
    }

    /// Somebody looks again.
    pub(super) fn come_back(self) {
        self.follower.come_back();
    }
}
