//! The time of a sandbox: the real one, or one that a test moves.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;

/// Tells the time. Cheap to clone; clones of a manual clock move together.
#[derive(Clone, Debug)]
pub struct Clock {
    /// Where a manual clock stands; `None`: it is the system's clock.
    stands: Arc<Mutex<Option<Timestamp>>>,
}

impl Clock {
    /// The system's clock. Timers run by themselves.
    pub fn real() -> Self {
        Self { stands: Arc::default() }
    }

    /// Stands still until [`crate::Sandbox::advance`] moves it.
    pub fn manual(start: Timestamp) -> Self {
        Self { stands: Arc::new(Mutex::new(Some(start))) }
    }

    fn stands(&self) -> MutexGuard<'_, Option<Timestamp>> {
        self.stands.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn now(&self) -> Timestamp {
        self.stands().unwrap_or_else(Timestamp::now)
    }

    /// Whether it stands until it is moved.
    pub fn is_manual(&self) -> bool {
        self.stands().is_some()
    }

    /// Moves a manual clock to a moment, never backwards; the real one moves by itself.
    pub(crate) fn move_to(&self, to: Timestamp) {
        let mut stands = self.stands();
        *stands = stands.map(|at| to.max(at));
    }

    /// From now on it is the system's clock.
    pub(crate) fn release(&self) {
        *self.stands() = None;
    }

    /// From now until a moment, zero if it has passed.
    pub(crate) fn until(&self, at: Timestamp) -> Duration {
        Duration::try_from(at.duration_since(self.now())).unwrap_or_default()
    }
}

/// `1.5s`, `300ms`, `2m`: the durations that annotations, image tags and storage classes give. `None` for anything else.
pub fn duration(text: &str) -> Option<Duration> {
    let split = text.find(|c: char| c.is_ascii_alphabetic())?;
    let (number, unit) = text.split_at(split);
    let number: f64 = number.parse().ok()?;
    let seconds = match unit {
        "ms" => number / 1000.0,
        "s" => number,
        "m" => number * 60.0,
        "h" => number * 3600.0,
        _ => return None,
    };
    Duration::try_from_secs_f64(seconds).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_with_their_unit() {
        assert_eq!(duration("300ms"), Some(Duration::from_millis(300)));
        assert_eq!(duration("2s"), Some(Duration::from_secs(2)));
        assert_eq!(duration("1.5m"), Some(Duration::from_secs(90)));
        for bad in ["", "2", "s", "-1s", "2d"] {
            assert_eq!(duration(bad), None, "{bad}");
        }
    }
}
