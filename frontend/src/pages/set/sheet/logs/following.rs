//! The reading of one log: at once, or followed as it grows, and gone on with where the stream broke off.

use std::rc::Rc;
use std::time::Duration;

use leptos::prelude::*;
use leptos::task::spawn_local;
use model::path;
use model::wire::{LogEnd, LogLines};

use super::text::Text;
use crate::api::{self, json};
use crate::dom;
use crate::live::events::{Source, Told};
use crate::live::seats::{self, Seat};
use crate::log::lines::{self, Line};
use crate::log::{self, Since, Standing};
use crate::reactive::{Memo, RwSignal};

/// So many lines of what was written before.
const LINES: u32 = 1_000;

/// Which log is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Asked {
    pub namespace: String,
    pub set: String,
    pub pod: String,
    pub container: String,
    pub previous: bool,
    pub follow: bool,
}

/// `since`: what was written in so many seconds.
fn address(asked: &Asked, since: Option<u32>) -> String {
    let part = match since {
        Some(seconds) => format!("tailLines={}&sinceSeconds={seconds}", lines::KEPT),
        None => format!("tailLines={LINES}"),
    };
    with(asked, asked.follow, &part)
}

fn with(asked: &Asked, follow: bool, part: &str) -> String {
    let base = path::log(&asked.namespace, &asked.set, &asked.pod);
    let (container, previous) = (&asked.container, asked.previous);
    format!(
        "{base}?container={container}&previous={previous}&follow={follow}&timestamps=true&{part}"
    )
}

/// A log that is read.
#[derive(Clone, Copy)]
pub(super) struct Following {
    view: Text,
    asked: Memo<Asked>,
    follow: RwSignal<bool>,
    /// The stream, and the seat that it has among those of all tabs; it keeps the seat while it is about to be opened again.
    source: StoredValue<Option<(Option<Source>, Seat)>, LocalStorage>,
    /// Counts what was begun, so that late answers are told from those that are waited for.
    turn: StoredValue<u32>,
    /// Why it is not followed although that was asked for.
    instead: StoredValue<&'static str>,
    /// Nobody looks: what is followed rests.
    rests: StoredValue<bool>,
    /// What was missed of it.
    since: StoredValue<Since>,
    /// Its stream has stood once: it is opened again where it is lost.
    stood: StoredValue<bool>,
}

impl Following {
    pub(super) fn new(view: Text, asked: Memo<Asked>, follow: RwSignal<bool>) -> Self {
        Self {
            view,
            asked,
            follow,
            source: StoredValue::new_local(None),
            turn: StoredValue::new(0),
            instead: StoredValue::new(""),
            rests: StoredValue::new(false),
            since: StoredValue::new(Since::default()),
            stood: StoredValue::new(false),
        }
    }

    /// Reads anew what is asked for. What was asked before no longer counts.
    pub(super) fn begin(self, asked: Asked) {
        let turn = self.empty(Standing::Asking);
        if asked.follow {
            return self.open(asked);
        }
        spawn_local(async move {
            let answer = api::text(&address(&asked, None)).await;
            if !self.is(turn) {
                return;
            }
            match answer {
                Ok(text) => {
                    self.view.add(text.lines().map(Line::read).collect());
                    let why = self.instead.try_update_value(std::mem::take).unwrap_or_default();
                    self.view.standing.set(Standing::Ended(why.to_owned()));
                }
                Err(problem) => self.view.standing.set(Standing::Failed(problem)),
            }
        });
    }

    /// There is nothing to read yet. What was asked before no longer counts.
    pub(super) fn wait(self) {
        self.empty(Standing::Waiting);
    }

    fn empty(self, standing: Standing) -> u32 {
        self.source.set_value(None);
        self.rests.set_value(false);
        self.since.set_value(Since::default());
        self.stood.set_value(false);
        self.view.clear();
        self.view.standing.set(standing);
        self.next()
    }

    /// Nobody looks any more.
    pub(super) fn leave(self) {
        if self.close() {
            self.next();
            self.view.standing.set(Standing::Asking);
            self.misses();
            self.rests.set_value(true);
        }
    }

    /// Somebody looks again.
    pub(super) fn come_back(self) {
        if self.rests.try_update_value(std::mem::take) == Some(true) {
            self.go_on();
        }
    }

    /// Answers whether a stream was open.
    pub(super) fn close(self) -> bool {
        self.source.try_update_value(Option::take).flatten().is_some()
    }

    fn next(self) -> u32 {
        self.turn.update_value(|n| *n += 1);
        self.turn.get_value()
    }

    fn is(self, turn: u32) -> bool {
        self.turn.try_get_value() == Some(turn)
    }

    /// What is there stays; what was written since comes below it. Where nothing is there yet it is begun.
    fn go_on(self) {
        self.view.again.set_value(self.view.count.get_untracked() > 0);
        self.open(self.asked.get_untracked());
    }

    /// From now on nothing comes. Where nothing has come before, all of it is asked for once something does.
    fn misses(self) {
        if self.view.count.try_get_untracked().is_some_and(|lines| lines > 0) {
            self.since.try_update_value(|s| s.misses(dom::now_ms()));
        }
    }

    fn hears(self) {
        self.since.try_update_value(|s| s.hears(dom::now_ms()));
    }

    fn open(self, asked: Asked) {
        let turn = self.next();
        let kept = self.source.try_update_value(Option::take).flatten().map(|(_, seat)| seat);
        if dom::is_hidden() {
            return self.rests.set_value(true);
        }
        spawn_local(async move {
            let seat = match kept {
                None => seats::take().await,
                kept => kept,
            };
            if !self.is(turn) {
                return;
            }
            if let Some(seat) = seat {
                let since = self.since.with_value(|s| s.seconds_back(dom::now_ms()));
                self.listen(&address(&asked, since), seat, turn);
            } else {
                self.instead.set_value(log::ALL_TAKEN);
                self.follow.set(false);
            }
        });
    }

    fn listen(self, address: &str, seat: Seat, turn: u32) {
        let view = self.view;
        let told = move |told: Told| match told {
            Told::Open => {
                self.stood.try_set_value(true);
                self.hears();
                view.standing.set(Standing::Following);
                let whole = move || {
                    self.since.try_update_value(Since::is_whole);
                };
                self.later(log::WHOLE, turn, whole);
            }
            Told::Event { name: "lines", data } => {
                self.hears();
                if let Ok(said) = json::read::<LogLines>(&data) {
                    view.add(said.lines.iter().map(|l| Line::read(l)).collect());
                }
            }
            Told::Event { data, .. } => {
                let (why, says) = json::read::<LogEnd>(&data)
                    .map_or_else(|_| Default::default(), |end| (end.reason, end.says));
                // The server ends what it is to be asked for again.
                if matches!(why.as_str(), "age" | "shutdown") {
                    self.lost(true);
                } else {
                    self.close();
                    view.standing.set(Standing::Ended(says));
                }
            }
            Told::Broken => self.lost(self.stood.try_get_value() == Some(true)),
        };
        let told: Rc<dyn Fn(Told)> = Rc::new(told);
        let source = Source::open(address, &["lines", "end"], &told);
        self.source.set_value(Some((source, seat)));
    }

    /// The stream is gone, or did not open.
    fn lost(self, opened: bool) {
        self.source.try_update_value(|s| {
            if let Some((source, _)) = s {
                *source = None;
            }
        });
        self.view.standing.set(Standing::Asking);
        self.misses();
        self.ask_why(self.next(), opened);
    }

    /// A browser does not say why a stream did not open: asking once, without following, does.
    fn ask_why(self, turn: u32, opened: bool) {
        let asked = self.asked.get_untracked();
        spawn_local(async move {
            let answer = api::text(&with(&asked, false, "tailLines=1")).await;
            if !self.is(turn) {
                return;
            }
            match answer {
                // Not at once: it may break off at once, too.
                Ok(_) if opened => self.later(log::AGAIN, turn, move || self.go_on()),
                Ok(_) => self.follow.set(false),
                Err(problem)
                    if api::is_silence(&problem) || opened && api::is_starting(&problem) =>
                {
                    self.view.standing.set(Standing::Lost);
                    // That is why it did not open, too.
                    self.later(log::AGAIN, turn, move || self.ask_why(turn, true));
                }
                Err(problem) => {
                    self.close();
                    self.view.standing.set(Standing::Failed(problem));
                }
            }
        });
    }

    fn later(self, after: Duration, turn: u32, what: impl FnOnce() + 'static) {
        set_timeout(
            move || {
                if self.is(turn) {
                    what();
                }
            },
            after,
        );
    }
}
