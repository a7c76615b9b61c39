//! How the reading of a log goes on: whether its stream stood, what was missed of it, and what is done where it is gone.

use std::time::Duration;

use model::wire::Problem;

use super::Since;
use crate::api;

/// How long until a server that does not answer is asked again, and a log that broke off is opened again.
const AGAIN: Duration = Duration::from_secs(2);

/// So often at most a log that breaks off at once is opened again at this pace; from then on more seldom.
const QUICK: u32 = 3;

/// The pace then.
const SELDOM: Duration = Duration::from_secs(15);

/// What is known of the reading of a log. Times are the browser's, in ms.
#[derive(Debug, Default)]
pub(super) struct Course {
    /// Rises when what was begun before no longer counts.
    pub turn: u32,
    /// It is being read, or about to be.
    pub reads: bool,
    /// Nobody looks: it is opened by whoever comes back.
    pub rests: bool,
    /// What was missed of it.
    pub since: Since,
    /// Its stream has stood once: it is opened again where it is lost.
    pub stood: bool,
    /// The turn whose stream stood last.
    pub stands: u32,
    /// The turn in which the log of one pod of several ended last.
    ends: u32,
    /// So often it was opened again since it stood for a while.
    tries: u32,
}

/// What is done about a stream that is gone.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Next {
    /// It is opened again, after so long.
    Open(Duration),
    /// It is asked again what is the matter, after so long: nobody answers.
    Ask(Duration),
    /// It can be read, but not followed.
    Once,
    /// It is over.
    Over,
    /// It cannot be read.
    Fail(Problem),
}

impl Course {
    /// What was begun before no longer counts.
    pub(super) fn next(&mut self) -> u32 {
        self.turn += 1;
        self.turn
    }

    /// Something else is read from now on.
    pub(super) fn forget(&mut self) {
        *self = Self { turn: self.turn, ..Self::default() };
    }

    /// The stream stands.
    pub(super) fn stands(&mut self, now: f64) {
        (self.stood, self.stands) = (true, self.turn);
        self.since.hears(now);
    }

    /// It has stood for so long that all that was missed is there, but for a log that has ended.
    pub(super) fn is_whole(&mut self) {
        self.tries = 0;
        if self.ends != self.turn {
            self.since.is_whole();
        }
    }

    /// The log of one of several pods has ended, and the others go on: what it says from now on is missed.
    pub(super) fn ends_in_part(&mut self) {
        self.ends = self.turn;
        self.since.misses();
    }

    /// What to do once somebody was asked why the stream is gone (`answer`: nothing, or why the log cannot be read at all). A
    /// browser does not say why one did not open.
    pub(super) fn after(&mut self, answer: Option<Problem>, follows: bool) -> Next {
        match answer {
            None if !follows => Next::Over,
            None if self.stood => {
                self.tries += 1;
                Next::Open(if self.tries > QUICK { SELDOM } else { AGAIN })
            }
            None => Next::Once,
            Some(problem)
                if follows
                    && (api::is_silence(&problem) || self.stood && api::is_passing(&problem)) =>
            {
                // That is why it did not open, too.
                self.stood = true;
                Next::Ask(AGAIN)
            }
            Some(problem) => Next::Fail(problem),
        }
    }

    /// Whether nothing was done yet about a stream that breaks off again and again but waiting.
    pub(super) fn is_lost(&self) -> bool {
        self.tries > 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(status: u16, code: &str) -> Problem {
        Problem {
            status,
            code: code.to_owned(),
            title: String::new(),
            detail: String::new(),
            extra: None,
        }
    }

    fn silence() -> Problem {
        problem(0, api::UNREACHABLE)
    }

    #[test]
    fn what_stood_is_opened_again_and_more_seldom_where_that_does_not_help() {
        let mut course = Course::default();
        course.stands(0.0);
        for _ in 0..QUICK {
            assert_eq!(course.after(None, true), Next::Open(AGAIN));
        }
        assert_eq!(course.after(None, true), Next::Open(SELDOM));
        assert!(course.is_lost());
        course.stands(1.0);
        assert_eq!(course.after(None, true), Next::Open(SELDOM), "it may break off at once");
        course.stands(2.0);
        course.is_whole();
        assert!(!course.is_lost());
        assert_eq!(course.after(None, true), Next::Open(AGAIN));
    }

    #[test]
    fn what_never_stood_is_read_once_and_what_is_not_followed_is_over() {
        let mut course = Course::default();
        assert_eq!(course.after(None, true), Next::Once);
        course.stands(0.0);
        assert_eq!(course.after(None, false), Next::Over);
    }

    #[test]
    fn a_server_that_does_not_answer_is_asked_until_it_does() {
        let mut course = Course::default();
        assert_eq!(course.after(Some(silence()), true), Next::Ask(AGAIN));
        // It has just started, and answers then.
        let starting = problem(503, "not-read-yet");
        assert_eq!(course.after(Some(starting.clone()), true), Next::Ask(AGAIN));
        assert_eq!(course.after(None, true), Next::Open(AGAIN));
        // Nor does the API server behind it.
        let no_cluster = problem(503, "cluster-unreachable");
        assert_eq!(course.after(Some(no_cluster), true), Next::Ask(AGAIN));
        // Of what never stood that is said.
        let mut course = Course::default();
        assert_eq!(course.after(Some(starting.clone()), true), Next::Fail(starting));
        let gone = problem(404, "no-such-pod");
        assert_eq!(course.after(Some(gone.clone()), true), Next::Fail(gone));
        assert_eq!(course.after(Some(silence()), false), Next::Fail(silence()));
    }

    #[test]
    fn what_one_pod_misses_is_missed_until_it_was_read_again() {
        let mut course = Course::default();
        course.next();
        course.stands(1_000.0);
        course.is_whole();
        course.ends_in_part();
        // The others go on.
        course.since.hears(600_000.0);
        course.is_whole();
        assert_eq!(course.since.seconds_back(601_000.0), Some(630));
        course.next();
        course.stands(602_000.0);
        course.is_whole();
        assert_eq!(course.since.seconds_back(603_000.0), None);
    }

    #[test]
    fn something_else_has_nothing_of_what_was_before_but_its_turn() {
        let mut course = Course::default();
        course.stands(0.0);
        (course.reads, course.rests) = (true, true);
        let turn = course.next();
        course.forget();
        assert_eq!(
            (course.turn, course.stood, course.reads, course.rests),
            (turn, false, false, false)
        );
        assert_eq!(course.since, Since::default());
    }
}
