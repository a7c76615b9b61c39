//! How far a change reaches at once.

use model::facts::Facts;
use model::ordinals::Ordinals;

/// How far a change reaches at once, for actions that can hold in the same patch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// The partition stays as it is.
    AsNow,
    /// Every pod stays for now.
    Nobody,
    /// Only the pod with the highest ordinal: a canary.
    Highest,
    /// Every pod.
    All,
}

impl Reach {
    /// The partition that goes into the patch; `None` leaves it alone.
    pub fn partition(self, replicas: u32) -> Option<u32> {
        match self {
            Self::AsNow => None,
            Self::Nobody => Some(replicas),
            Self::Highest => Some(replicas.saturating_sub(1)),
            Self::All => Some(0),
        }
    }

    /// The partition of a choice; one that is there already is left out of the patch.
    pub(super) fn change(self, facts: &Facts) -> Option<u32> {
        let partition = self.partition(facts.set.replicas)?;
        (partition != facts.set.partition()).then_some(partition)
    }

    /// The most careful way to begin: held before all but the highest pod, where that is possible.
    pub(super) fn careful(facts: &Facts) -> Self {
        match reaches(facts, false).as_slice() {
            [] => Self::AsNow,
            all if all.contains(&Self::Highest) => Self::Highest,
            all => all[0],
        }
    }

    /// Every pod, as far as no partition holds it back now.
    pub(super) fn as_far_as_now(facts: &Facts) -> Self {
        if reaches(facts, false).contains(&Self::All) && facts.set.partition() == 0 {
            Self::All
        } else {
            Self::AsNow
        }
    }

    /// Every pod, where there is a choice.
    pub(super) fn whole(facts: &Facts) -> Self {
        if reaches(facts, false).contains(&Self::All) { Self::All } else { Self::AsNow }
    }

    pub(super) fn label(self, facts: &Facts) -> String {
        let set = &facts.set;
        match self {
            Self::AsNow if set.partition() >= set.replicas => "As held now: no pod yet".to_owned(),
            Self::AsNow => format!(
                "As held now: {}",
                Ordinals::from(set.start + set.partition()..set.ordinals().end).names(&set.name)
            ),
            Self::Nobody => "No pod yet: hold all of them".to_owned(),
            Self::Highest => format!(
                "Only {}: hold all but the highest",
                set.pod_name(set.ordinals().end.saturating_sub(1))
            ),
            Self::All => {
                let pods = model::words::count(set.replicas as usize, "pod");
                format!("All {pods}, one after another: nothing is held")
            }
        }
    }
}

/// The choices, the most careful first. `switch`: to rolling updates, where no partition stands yet.
pub(super) fn reaches(facts: &Facts, switch: bool) -> Vec<Reach> {
    let set = &facts.set;
    if set.replicas == 0 || !(switch || set.is_rolling_update()) {
        return Vec::new();
    }
    let mut all = Vec::new();
    let partition = if switch { 0 } else { set.partition() };
    if switch {
        all.push(Reach::Nobody);
    }
    if partition > 0 && partition != set.replicas.saturating_sub(1) {
        all.push(Reach::AsNow);
    }
    if set.replicas > 1 {
        all.push(Reach::Highest);
    }
    all.push(Reach::All);
    all
}
