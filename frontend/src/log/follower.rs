//! The reading of logs by a stream: opened, lost, asked about and opened again; and let go of while nobody looks.

use std::rc::Rc;
use std::time::Duration;

use leptos::prelude::*;
use leptos::task::spawn_local;
use model::wire::{LogEnd, LogLines};

use super::course::{Course, Next};
use super::{Since, Standing};
use crate::api::{self, json};
use crate::dom;
use crate::live::events::{Source, Told};
use crate::live::seats::{self, Seat};
use crate::live::{BEAT, SILENT_MS};
use crate::reactive::RwSignal;

/// So long after a stream has opened again all that was missed has come, also over a slow line.
const WHOLE: Duration = Duration::from_secs(20);

/// So long it takes at most until a stream stands, or a look is answered.
const OPENS: Duration = Duration::from_secs(30);

/// A browser has six connections to a host over HTTP/1.1, for all its windows.
const ALL_TAKEN: &str = "Read once: other windows of this browser follow so much that it has no connection left for this log.";

const NOT_FOLLOWED: &str = "Read once: the log can be read, but its stream does not open.";

/// Which logs are read, and where goes what comes.
pub trait Logs {
    /// Whether they are read on as they grow.
    fn follows(&self) -> bool;

    /// Where their stream is. `missed`: lines of so many seconds may be missing of what is there.
    ///
    /// # Errors
    /// Why there is nothing to ask for.
    fn stream(&self, missed: Option<u32>) -> Result<String, &'static str>;

    /// The same for a short look that is not followed.
    fn look(&self) -> String;

    /// Whether a line is there.
    fn have_some(&self) -> bool;

    /// They are about to be asked for: lines that are there may come again.
    fn again(&self);

    /// Lines that came.
    fn take(&self, said: &LogLines);

    /// The log of one pod has ended. Answers whether nothing else is read.
    fn ended(&self, end: LogEnd) -> bool;

    /// They are not to be followed any more, but read once.
    fn once(&self);
}

/// The reading.
#[derive(Clone, Copy)]
pub struct Follower {
    logs: StoredValue<Rc<dyn Logs>, LocalStorage>,
    standing: RwSignal<Standing>,
    course: StoredValue<Course>,
    source: StoredValue<Option<Source>, LocalStorage>,
    /// Among those of all tabs. It is kept while the stream is about to be opened again.
    seat: StoredValue<Option<Seat>, LocalStorage>,
    /// Why it is read once although it was to be followed.
    instead: StoredValue<&'static str>,
}

impl Follower {
    /// Nothing is read yet.
    pub fn new(logs: impl Logs + 'static, standing: RwSignal<Standing>) -> Self {
        Self {
            logs: StoredValue::new_local(Rc::new(logs)),
            standing,
            course: StoredValue::new(Course::default()),
            source: StoredValue::new_local(None),
            seat: StoredValue::new_local(None),
            instead: StoredValue::new(""),
        }
    }

    /// What is read next is something else: nothing of what was before counts.
    pub fn forget(self) {
        self.close();
        self.course.update_value(Course::forget);
        self.stands(Standing::Asking);
    }

    /// What is there already was read by somebody who missed this.
    pub fn take_over(self, since: Since) {
        self.course.update_value(|c| c.since = since);
    }

    /// All that was written until then (ms) was read, and nothing comes any more.
    pub fn has_read(self, until: f64) {
        self.course.update_value(|c| {
            c.since.hears(until);
            c.since.is_whole();
        });
    }

    /// How many seconds back what was missed begins.
    pub fn missed(self) -> Option<u32> {
        self.course.with_value(|c| c.since.seconds_back(dom::now_ms()))
    }

    /// What was missed so far.
    pub fn since(self) -> Since {
        self.course.try_with_value(|c| c.since).unwrap_or_default()
    }

    /// Reads on: what is there stays, and what was missed comes to it. Nothing is said of it where lines come already.
    pub fn go_on(self) {
        let follows = self.standing.with_untracked(|s| *s == Standing::Following);
        self.open(if follows { Standing::Following } else { Standing::Asking });
    }

    /// Reads no more: so it stands. What there is can be gone on with.
    pub fn stop(self, standing: Standing) {
        self.misses();
        self.close();
        self.stands(standing);
    }

    /// Nobody looks any more. What has failed is tried again by whoever comes back, too.
    pub fn leave(self) {
        let failed = matches!(self.standing.try_get_untracked(), Some(Standing::Failed(_)));
        let failed = failed && self.logs().is_some_and(|logs| logs.follows());
        if failed || self.course.try_with_value(|c| c.reads) == Some(true) {
            self.stop(Standing::Asking);
            self.course.update_value(|c| c.rests = true);
        }
    }

    /// Somebody looks again.
    pub fn come_back(self) {
        let rested = self.course.try_update_value(|c| std::mem::take(&mut c.rests));
        if rested == Some(true) {
            self.open(Standing::Asking);
        }
    }

    /// Lets go of all that is open.
    pub fn close(self) {
        self.course.try_update_value(|c| {
            c.next();
            (c.reads, c.rests) = (false, false);
        });
        self.source.try_update_value(Option::take);
        self.seat.try_update_value(Option::take);
    }

    /// Why it is read once although it was to be followed, if so. Said once.
    pub fn why_once(self) -> String {
        self.instead.try_update_value(std::mem::take).unwrap_or_default().to_owned()
    }

    fn logs(self) -> Option<Rc<dyn Logs>> {
        self.logs.try_get_value()
    }

    fn open(self, stands: Standing) {
        let Some(logs) = self.logs() else { return };
        if self.source.try_update_value(|source| source.take().is_some()) == Some(true) {
            self.misses();
        }
        logs.again();
        if let Err(why) = logs.stream(None) {
            return self.stop(Standing::Ended(why.to_owned()));
        }
        let Some(turn) = self.next() else { return };
        self.course.update_value(|c| (c.reads, c.rests) = (true, false));
        self.stands(stands);
        let follows = logs.follows();
        if follows && dom::is_hidden() {
            return self.leave();
        }
        spawn_local(async move {
            if follows && self.seat.try_with_value(Option::is_none) == Some(true) {
                let seat = seats::take().await;
                if !self.is(turn) {
                    return;
                }
                if seat.is_none() {
                    return self.only_once(ALL_TAKEN);
                }
                self.seat.set_value(seat);
            }
            if self.is(turn) {
                self.listen(&logs, turn);
            }
        });
    }

    fn listen(self, logs: &Rc<dyn Logs>, turn: u32) {
        let Ok(url) = logs.stream(self.missed()) else { return };
        if logs.follows() {
            self.instead.set_value("");
        }
        let late = move || {
            if self.course.with_value(|c| c.stands) != turn {
                self.lost(Standing::Lost);
            }
        };
        self.later(OPENS, turn, late);
        let told: Rc<dyn Fn(Told)> = Rc::new(move |told| {
            // Of one that was left something may still come.
            if self.is(turn) {
                self.hear(told, turn);
            }
        });
        self.source.set_value(Source::open(&url, &["lines", "beat", "end"], &told));
    }

    fn hear(self, told: Told, turn: u32) {
        let Some(logs) = self.logs() else { return };
        let follows = logs.follows();
        let now = dom::now_ms();
        match told {
            Told::Open => {
                self.course.update_value(|c| c.stands(now));
                self.watch(turn);
                if !follows {
                    return;
                }
                self.stands(Standing::Following);
                self.later(WHOLE, turn, move || self.course.update_value(Course::is_whole));
            }
            Told::Event { name: "lines", data } => {
                self.course.update_value(|c| c.since.hears(now));
                if let Ok(said) = json::read::<LogLines>(&data) {
                    logs.take(&said);
                }
            }
            Told::Event { name: "beat", .. } => self.course.update_value(|c| c.since.hears(now)),
            Told::Event { data, .. } => {
                let Ok(end) = json::read::<LogEnd>(&data) else { return };
                let says = end.says.clone();
                if end.pod.is_some() {
                    // Of a log that is read once the end is no news.
                    if (follows || !end.is_complete()) && logs.ended(end) {
                        self.stop(Standing::Ended(says));
                    } else if follows {
                        self.course.update_value(Course::ends_in_part);
                    }
                } else if follows && end.is_passing() {
                    self.course.update_value(|c| c.stood = true);
                    self.lost(Standing::Asking);
                } else {
                    let quiet = end.is_complete() && !follows;
                    if quiet {
                        self.has_read(now);
                    }
                    self.stop(Standing::Ended(if quiet { self.why_once() } else { says }));
                }
            }
            Told::Broken => self.lost(Standing::Asking),
        }
    }

    /// A connection can be dead although nobody has closed it.
    fn watch(self, turn: u32) {
        self.later(BEAT, turn, move || {
            if self.course.with_value(|c| c.since.is_silent(dom::now_ms(), SILENT_MS)) {
                self.lost(Standing::Lost);
            } else {
                self.watch(turn);
            }
        });
    }

    /// The stream is gone, or did not open.
    fn lost(self, stands: Standing) {
        self.source.try_update_value(Option::take);
        let again = self.course.try_with_value(Course::is_lost) == Some(true);
        self.stands(if again { Standing::Lost } else { stands });
        self.misses();
        if let Some(turn) = self.next() {
            self.ask_why(turn);
        }
    }

    /// A browser does not say why a stream did not open: asking once, without following, does.
    fn ask_why(self, turn: u32) {
        let Some(logs) = self.logs() else { return };
        let follows = logs.follows();
        // A dead connection may keep the question for minutes: then another one is asked.
        self.later(OPENS, turn, move || {
            self.stands(Standing::Lost);
            // That is why it did not open, too.
            self.course.update_value(|c| c.stood |= follows);
            if let Some(turn) = self.next() {
                self.ask_why(turn);
            }
        });
        spawn_local(async move {
            let answer = api::text(&logs.look()).await.err();
            // Another may have been opened meanwhile.
            if !self.is(turn) {
                return;
            }
            let next = self.course.try_update_value(|c| c.after(answer, logs.follows()));
            match next.unwrap_or(Next::Over) {
                Next::Open(after) => {
                    let Some(turn) = self.next() else { return };
                    let stands = self.standing.get_untracked();
                    self.later(after, turn, move || self.open(stands));
                }
                Next::Ask(after) => {
                    let Some(turn) = self.next() else { return };
                    self.stands(Standing::Lost);
                    self.later(after, turn, move || self.ask_why(turn));
                }
                Next::Once => self.only_once(NOT_FOLLOWED),
                Next::Over => self.stop(Standing::Ended("The stream broke off.".to_owned())),
                Next::Fail(problem) => self.stop(Standing::Failed(problem)),
            }
        });
    }

    fn only_once(self, why: &'static str) {
        self.close();
        if let Some(logs) = self.logs() {
            self.instead.set_value(why);
            logs.once();
        }
    }

    /// From now on nothing comes. Where nothing has come before, all of it is asked for once something does.
    fn misses(self) {
        if self.logs().is_some_and(|logs| logs.have_some()) {
            self.course.try_update_value(|c| c.since.misses());
        }
    }

    /// What is said already is not said again.
    fn stands(self, standing: Standing) {
        if self.standing.try_with_untracked(|s| *s != standing) == Some(true) {
            self.standing.set(standing);
        }
    }

    /// `None` where the page was left.
    fn next(self) -> Option<u32> {
        self.course.try_update_value(Course::next)
    }

    fn is(self, turn: u32) -> bool {
        self.course.try_with_value(|c| c.turn) == Some(turn)
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
