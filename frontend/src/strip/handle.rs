//! The partition handle as a value: where it stands, where it was moved to, and what that means in words.
//!
//! Moving it never writes; it ends in a forecast and a dialog.

use model::facts::Facts;
use model::ordinals::Ordinals;
use model::strip;
use model::words;

/// The handle between two ordinals. Positions count the pods that stay: 0 lets every pod have the update.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Handle {
    /// Where the partition stands on the cluster.
    pub applied: u32,
    /// Where it was moved to, if it was.
    pub moved: Option<u32>,
    /// The number of replicas.
    pub max: u32,
}

/// What a key press means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Press {
    /// The handle is elsewhere now.
    Moved(Handle),
    /// Open the forecast.
    Review,
    /// Not a key of the handle.
    Ignored,
}

impl Handle {
    pub fn new(applied: u32, max: u32) -> Self {
        Self { applied: applied.min(max), moved: None, max }
    }

    /// Pods that stay, as drawn.
    pub fn at(self) -> u32 {
        self.moved.unwrap_or(self.applied)
    }

    pub fn is_moved(self) -> bool {
        self.moved.is_some()
    }

    /// Moved so that `stays` pods stay; the applied place is no move.
    #[must_use]
    pub fn to(self, stays: u32) -> Self {
        let stays = stays.min(self.max);
        Self { moved: (stays != self.applied).then_some(stays), ..self }
    }

    #[must_use]
    pub fn back(self) -> Self {
        Self { moved: None, ..self }
    }

    /// The cluster's partition or size changed: a move that was not applied goes on from the new place, unless it
    /// is where the partition stands now.
    #[must_use]
    pub fn follow(self, applied: u32, max: u32) -> Self {
        let fresh = Self::new(applied, max);
        self.moved.map_or(fresh, |m| fresh.to(m))
    }

    /// A key, by `KeyboardEvent.key`: ← one more pod gets the update, → one fewer, and the same with ↓ and ↑ for the
    /// upright strip.
    pub fn press(self, key: &str) -> Press {
        let at = self.at();
        match key {
            "ArrowLeft" | "ArrowDown" => Press::Moved(self.to(at.saturating_sub(1))),
            "ArrowRight" | "ArrowUp" => Press::Moved(self.to(at + 1)),
            "PageDown" => Press::Moved(self.to(at.saturating_sub(10))),
            "PageUp" => Press::Moved(self.to(at.saturating_add(10))),
            "Home" => Press::Moved(self.to(0)),
            "End" => Press::Moved(self.to(self.max)),
            "Escape" if self.is_moved() => Press::Moved(self.back()),
            "Enter" | " " if self.is_moved() => Press::Review,
            _ => Press::Ignored,
        }
    }
}

/// Where a pointer puts the handle: the number of columns whose middle it has passed. `middles` are in the order of the
/// ordinals; in the upright strip they descend.
pub fn stays_at(middles: &[f64], position: f64) -> u32 {
    let upright = middles.first() > middles.last();
    let passed =
        middles.iter().filter(|m| if upright { position < **m } else { position > **m }).count();
    u32::try_from(passed).unwrap_or(u32::MAX)
}

/// The two halves of the sentence: who gets the update, who stays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Split {
    /// "web-3 and web-4 get r7", or "no pod gets r7".
    pub gets: String,
    /// "web-0 to web-2 stay on r6", or "no pod stays on r6".
    pub stays: String,
    /// "web-1 already runs r7 and keeps it": below the line, but the controller never takes an update back.
    pub keeps: Option<String>,
}

/// What the handle at `stays` means.
pub fn split(facts: &Facts, stays: u32) -> Split {
    let set = &facts.set;
    let update = &set.status.update_revision;
    let new = facts.revision_label(update);
    let old = facts.revision_label(strip::old_revision(facts));
    let line = set.start.saturating_add(stays.min(set.replicas));
    let upper = Ordinals::from(line..set.ordinals().end);
    let updated = facts.pods.iter().filter(|p| p.revision == *update);
    let kept: Ordinals = updated
        .filter_map(|p| facts.ordinal(p))
        .filter(|o| (set.start..line).contains(o))
        .collect();
    let lower = Ordinals::from(set.start..line).minus(&kept);
    let say = |ordinals: &Ordinals, one: &str, many: &str, rest: &str| {
        if ordinals.is_empty() {
            return format!("no pod {one} {rest}");
        }
        let who = ordinals.names(&set.name);
        format!("{who} {} {rest}", words::verb(ordinals.len(), one, many))
    };
    Split {
        gets: say(&upper, "gets", "get", &new),
        stays: say(&lower, "stays", "stay", &format!("on {old}")),
        keeps: (!kept.is_empty()).then(|| {
            say(&kept, "already runs", "already run", &new)
                + words::verb(kept.len(), " and keeps it", " and keep it")
        }),
    }
}

/// What the handle means, part by part: "web-3 and web-4 get r7", "web-0 to web-2 stay on r6", "not applied yet".
pub fn says(facts: &Facts, handle: Handle) -> Vec<String> {
    let split = split(facts, handle.at());
    let applied = handle.is_moved().then(|| "not applied yet".to_owned());
    [Some(split.gets), Some(split.stays), split.keeps, applied].into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::strip::sample;

    #[test]
    fn the_left_arrow_lets_one_more_pod_have_the_update_and_escape_puts_it_back() {
        let handle = Handle::new(3, 5);
        let Press::Moved(moved) = handle.press("ArrowLeft") else { panic!("a key of the handle") };
        assert_eq!((moved.at(), moved.applied), (2, 3));
        assert_eq!(moved.press("Enter"), Press::Review);
        assert_eq!(moved.press("Escape"), Press::Moved(handle));
        assert_eq!(moved.press("ArrowRight"), Press::Moved(handle), "the applied place is no move");
    }

    #[test]
    fn home_means_all_and_end_means_none() {
        let handle = Handle::new(3, 5);
        assert_eq!(handle.press("Home"), Press::Moved(handle.to(0)));
        assert_eq!(handle.press("End"), Press::Moved(handle.to(5)));
        assert_eq!(handle.to(9).at(), 5);
    }

    #[test]
    fn an_unmoved_handle_has_nothing_to_review() {
        assert_eq!(Handle::new(3, 5).press("Enter"), Press::Ignored);
        assert_eq!(Handle::new(3, 5).press("Escape"), Press::Ignored);
        assert_eq!(Handle::new(3, 5).press("x"), Press::Ignored);
    }

    #[test]
    fn a_partition_above_the_replicas_stands_behind_the_last_ordinal() {
        assert_eq!(Handle::new(9, 5).at(), 5);
    }

    #[test]
    fn a_change_on_the_cluster_keeps_an_unapplied_move_unless_it_is_applied_now() {
        let moved = Handle::new(3, 5).to(1);
        assert_eq!(moved.follow(2, 5).moved, Some(1));
        assert_eq!(moved.follow(1, 5).moved, None);
        assert_eq!(Handle::new(3, 5).follow(2, 4), Handle::new(2, 4));
    }

    #[test]
    fn a_pointer_passes_columns_by_their_middles_in_both_directions() {
        let across = [50.0, 150.0, 250.0];
        assert_eq!([0.0, 60.0, 149.0, 400.0].map(|x| stays_at(&across, x)), [0, 1, 1, 3]);
        let upright = [250.0, 150.0, 50.0];
        assert_eq!([300.0, 200.0, 60.0, 0.0].map(|y| stays_at(&upright, y)), [0, 1, 2, 3]);
    }

    #[test]
    fn the_value_is_said_in_words_with_names() {
        let facts = sample::held(5, 3);
        let value = |handle| says(&facts, handle).join("; ");
        assert_eq!(value(Handle::new(3, 5)), "web-3 and web-4 get r7; web-0 to web-2 stay on r6");
        assert_eq!(
            value(Handle::new(3, 5).to(0)),
            "web-0 to web-4 get r7; no pod stays on r6; not applied yet"
        );
        assert_eq!(
            value(Handle::new(3, 5).to(4)),
            "web-4 gets r7; web-0 to web-2 stay on r6; web-3 already runs r7 and keeps it; \
             not applied yet"
        );
    }
}
