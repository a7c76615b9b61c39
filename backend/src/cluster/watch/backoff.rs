//! Pauses that grow with each failure in a row.

use std::time::Duration;

/// Doubles from `first` up to `longest`. No jitter: one panel makes a handful of watches.
#[derive(Debug)]
pub(super) struct Backoff {
    first: Duration,
    longest: Duration,
    next: Duration,
}

impl Backoff {
    pub(super) fn new(first: Duration, longest: Duration) -> Self {
        Self { first, longest, next: first }
    }

    pub(super) fn reset(&mut self) {
        self.next = self.first;
    }

    pub(super) fn pause(&mut self) -> Duration {
        let pause = self.next;
        self.next = (pause * 2).min(self.longest);
        pause
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_the_longest_and_start_over_after_a_success() {
        let ms = Duration::from_millis;
        let mut backoff = Backoff::new(ms(200), ms(500));
        assert_eq!(
            [backoff.pause(), backoff.pause(), backoff.pause()],
            [ms(200), ms(400), ms(500)]
        );
        backoff.reset();
        assert_eq!(backoff.pause(), ms(200));
    }
}
