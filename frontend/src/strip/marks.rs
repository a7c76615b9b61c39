//! Which pods would restart if the line stood where it was moved to, and in which order.

use model::forecast::{Forecast, StepKind};

use super::turn::nth;

/// The pods that would restart, each with its turn.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Marks {
    /// By ordinal. Turns count from 1; pods that go down together have the same.
    turns: Vec<(u32, u32)>,
}

impl Marks {
    /// The first restart of each pod that the forecast tells of.
    pub fn of(forecast: &Forecast) -> Self {
        let restarts = forecast.steps.iter().filter(|s| s.what == StepKind::Restart);
        let mut turns: Vec<(u32, u32)> = restarts.map(|s| (s.ordinal, s.wave + 1)).collect();
        turns.sort_unstable();
        turns.dedup_by_key(|(ordinal, _)| *ordinal);
        Self { turns }
    }

    /// The turn of an ordinal, `None` where nothing would happen to it.
    pub fn turn(&self, ordinal: u32) -> Option<u32> {
        let at = self.turns.binary_search_by_key(&ordinal, |(ordinal, _)| *ordinal).ok()?;
        Some(self.turns[at].1)
    }

    /// Whether any of these ordinals would restart.
    pub fn any(&self, mut ordinals: std::ops::Range<u32>) -> bool {
        ordinals.any(|o| self.turn(o).is_some())
    }

    pub fn is_empty(&self) -> bool {
        self.turns.is_empty()
    }
}

/// The turn in the description of a pod: "would restart 2nd".
pub fn spoken(turn: u32) -> String {
    format!("would restart {}", nth(turn))
}

#[cfg(test)]
mod tests {
    use model::action::Action;
    use model::forecast::forecast;
    use model::set::PodManagement;

    use super::*;
    use crate::strip::sample;

    fn moved_to(partition: u32) -> Vec<Option<u32>> {
        let facts = sample::held(5, 3);
        let marks = Marks::of(&forecast(&facts, &Action::SetPartition { partition }));
        (0..5).map(|o| marks.turn(o)).collect()
    }

    #[test]
    fn the_highest_pod_that_gets_the_update_is_first() {
        assert_eq!(moved_to(1), [None, Some(2), Some(1), None, None]);
        assert_eq!(moved_to(0), [Some(3), Some(2), Some(1), None, None]);
    }

    #[test]
    fn moved_up_nothing_restarts() {
        assert_eq!(moved_to(5), [None; 5]);
        let marks = Marks::of(&Forecast::default());
        assert!(marks.is_empty() && !marks.any(0..5));
    }

    #[test]
    fn pods_that_go_down_together_have_the_same_turn() {
        let mut facts = sample::held(5, 4);
        facts.set.policy = PodManagement::Parallel;
        if let model::set::UpdateStrategy::RollingUpdate { rolling_update: Some(r) } =
            &mut facts.set.strategy
        {
            r.max_unavailable = Some("2".into());
        }
        let marks = Marks::of(&forecast(&facts, &Action::SetPartition { partition: 0 }));
        let turns: Vec<_> = (0..4).map(|o| marks.turn(o)).collect();
        assert_eq!(turns, [Some(2), Some(2), Some(1), Some(1)]);
        assert!(marks.any(3..5) && !marks.any(4..5));
    }

    #[test]
    fn the_turn_is_said_in_words() {
        assert_eq!(spoken(2), "would restart 2nd");
    }
}
