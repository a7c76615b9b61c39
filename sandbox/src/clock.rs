//! The time of a sandbox: the real one, or one that a test moves.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;

/// Tells the time. Cheap to clone; clones of a manual clock move together.
#[derive(Clone, Debug)]
pub struct Clock(Kind);

#[derive(Clone, Debug)]
enum Kind {
    Real,
    Manual(Arc<Mutex<Timestamp>>),
}

impl Clock {
    /// The system's clock. Timers run by themselves.
    pub fn real() -> Self {
        Self(Kind::Real)
    }

    /// Stands still until [`crate::Sandbox::advance`] moves it.
    pub fn manual(start: Timestamp) -> Self {
        Self(Kind::Manual(Arc::new(Mutex::new(start))))
    }

    pub fn now(&self) -> Timestamp {
        match &self.0 {
            Kind::Real => Timestamp::now(),
            Kind::Manual(at) => *at.lock().unwrap_or_else(PoisonError::into_inner),
        }
    }

    /// Whether a test moves it.
    pub fn is_manual(&self) -> bool {
        matches!(self.0, Kind::Manual(_))
    }

    /// Moves a manual clock to a moment, never backwards; the real one moves by itself.
    pub(crate) fn move_to(&self, to: Timestamp) {
        if let Kind::Manual(at) = &self.0 {
            let mut at = at.lock().unwrap_or_else(PoisonError::into_inner);
            *at = to.max(*at);
        }
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
