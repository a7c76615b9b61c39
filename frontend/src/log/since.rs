//! What a followed log has missed, by the browser's time in ms.

/// From when on lines may be missing.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Since {
    heard: Option<f64>,
    missed: Option<f64>,
    /// All was there once: what is missing now is missing since something was heard last.
    whole: bool,
}

impl Since {
    /// It stands, or something of it came.
    pub fn hears(&mut self, now: f64) {
        self.heard = Some(now);
    }

    /// Nothing comes any more. It may be noticed long after: a connection can be dead unseen, and a machine asleep. Where not all has
    /// come before, anything may be missing.
    pub fn misses(&mut self) {
        let heard = self.heard.filter(|_| self.whole);
        self.missed.get_or_insert(heard.unwrap_or_default());
    }

    /// All that was missed is there.
    pub fn is_whole(&mut self) {
        (self.missed, self.whole) = (None, true);
    }

    /// Whether nothing was heard for longer than so many ms.
    pub fn is_silent(&self, now: f64, longest: f64) -> bool {
        self.heard.is_some_and(|heard| now - heard > longest)
    }

    /// How many seconds back to ask for what was missed: a little more, as clocks differ; what comes twice is left out. `None` where
    /// nothing was.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is clamped")]
    pub fn seconds_back(&self, now: f64) -> Option<u32> {
        self.missed.map(|at| ((now - at) / 1_000.0 + MARGIN).clamp(MARGIN, LONGEST) as u32)
    }
}

const MARGIN: f64 = 30.0;

/// So many seconds back at most, as the API has it.
const LONGEST: f64 = 2_592_000.0;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_missed_counts_from_what_was_heard_last() {
        let mut since = Since::default();
        assert_eq!(since.seconds_back(0.0), None, "nothing was missed yet");
        since.hears(1_000.0);
        since.is_whole();
        // An hour later it is noticed.
        since.misses();
        assert_eq!(since.seconds_back(3_602_000.0), Some(3_631));
        // It stands again, and breaks before all has come.
        since.hears(3_603_000.0);
        since.misses();
        assert_eq!(since.seconds_back(3_604_000.0), Some(3_633));
        since.is_whole();
        assert_eq!(since.seconds_back(3_604_000.0), None);
        since.misses();
        assert_eq!(since.seconds_back(3_700_000.0), Some(127));
    }

    #[test]
    fn where_not_all_has_come_anything_may_be_missing() {
        let now = 1_795_000_000_000.0;
        let mut since = Since::default();
        since.hears(now);
        since.misses();
        assert_eq!(since.seconds_back(now), Some(2_592_000));
    }

    #[test]
    fn what_was_heard_long_ago_is_silent() {
        let mut since = Since::default();
        assert!(!since.is_silent(1e9, 15_000.0), "it was not heard yet");
        since.hears(1_000.0);
        assert!(!since.is_silent(16_000.0, 15_000.0) && since.is_silent(16_001.0, 15_000.0));
    }

    #[test]
    fn no_more_is_asked_for_than_the_api_takes() {
        let mut since = Since::default();
        since.misses();
        assert_eq!(since.seconds_back(1e15), Some(2_592_000));
        assert_eq!(since.seconds_back(-1e6), Some(30), "a clock that was set back");
    }
}
