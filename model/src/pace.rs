//! How long restarts of a set took, as recorded, and what that says of those to come.

use serde::{Deserialize, Serialize};

use crate::words;

/// How long restarts of this set took: from a pod going down until its successor of the same ordinal was Ready.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Pace {
    /// So many recorded restarts, the newest ones.
    pub restarts: u32,
    /// Milliseconds.
    pub shortest: u64,
    /// Milliseconds.
    pub median: u64,
    /// Milliseconds.
    pub longest: u64,
}

/// How long an action will take.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Takes {
    /// Milliseconds.
    pub shortest: u64,
    /// Milliseconds.
    pub longest: u64,
    /// "3 to 5 min, from the last 5 restarts."
    pub sentence: String,
}

/// From fewer recorded restarts nothing is said.
pub const ENOUGH: u32 = 3;

impl Pace {
    /// Of the lengths of restarts, in milliseconds and in any order. `None` where there are none.
    pub fn of(mut lengths: Vec<u64>) -> Option<Self> {
        lengths.sort_unstable();
        Some(Self {
            restarts: u32::try_from(lengths.len()).unwrap_or(u32::MAX),
            shortest: *lengths.first()?,
            median: lengths[lengths.len() / 2],
            longest: *lengths.last()?,
        })
    }

    /// So many restarts one after another, and `more` milliseconds of waiting between them. `None` where there is nothing to
    /// wait for, or too little is known.
    pub fn takes(&self, restarts: u64, more: u64) -> Option<Takes> {
        if restarts == 0 || self.restarts < ENOUGH {
            return None;
        }
        let times = |one: u64| one.saturating_mul(restarts).saturating_add(more);
        let (shortest, longest) = (times(self.shortest), times(self.longest));
        // A range narrower than a quarter says no more than its middle.
        let how = if longest - shortest <= shortest / 4 {
            format!("About {}", words::lasts(times(self.median)))
        } else {
            range(shortest, longest)
        };
        let sentence = format!("{how}, from the last {} restarts.", self.restarts);
        Some(Takes { shortest, longest, sentence })
    }
}

/// "3 to 5 min", "50 s to 3 min", and "About 4 min" where both read the same.
fn range(shortest: u64, longest: u64) -> String {
    let (from, to) = (words::lasts(shortest), words::lasts(longest));
    if from == to {
        return format!("About {to}");
    }
    match (from.split_once(' '), to.split_once(' ')) {
        (Some((number, unit)), Some((_, same))) if unit == same => format!("{number} to {to}"),
        _ => format!("{from} to {to}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn says(lengths: &[u64], restarts: u64, more: u64) -> Option<String> {
        let pace = Pace::of(lengths.iter().map(|s| s * 1_000).collect())?;
        pace.takes(restarts, more).map(|t| t.sentence)
    }

    #[test]
    fn a_duration_is_told_as_a_range_in_its_largest_unit() {
        let of = |lengths: &[u64], restarts| says(lengths, restarts, 0).expect("enough");
        assert_eq!(of(&[60, 61, 62, 60, 61], 4), "About 4 min, from the last 5 restarts.");
        assert_eq!(of(&[60, 100, 80], 3), "3 to 5 min, from the last 3 restarts.");
        assert_eq!(of(&[20, 30, 90], 1), "20 s to 2 min, from the last 3 restarts.");
        assert_eq!(of(&[0, 0, 0], 5), "About 1 s, from the last 3 restarts.");
        assert_eq!(
            says(&[10, 10, 10], 3, 60_000).as_deref(),
            Some("About 2 min, from the last 3 restarts.")
        );
    }

    #[test]
    fn nothing_is_said_from_two_restarts_or_of_none() {
        assert_eq!(says(&[], 3, 0), None);
        assert_eq!(says(&[60, 61], 3, 0), None);
        assert_eq!(says(&[60, 61, 62], 0, 0), None);
    }
}
