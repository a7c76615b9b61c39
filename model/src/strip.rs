//! The strip of a set: one cell per ordinal, in the compact form of a fleet row and in words.

use crate::MAX_REPLICAS;
use crate::facts::Facts;
use crate::pod::Pod;
use crate::wire::RevisionRole;

/// What is at one ordinal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Running and Ready.
    Ready,
    /// There, not Ready yet.
    Starting,
    /// There, and failing: crash loop, image that cannot be pulled, cannot be scheduled, phase Failed.
    Failing,
    /// Terminating, and its ordinal will come back.
    Ending,
}

/// One cell of the mini strip, one character on the wire.
///
/// | | current | update | stray |
/// |---|---|---|---|
/// | Ready | `c` | `u` | `s` |
/// | Starting | `C` | `U` | `S` |
/// | Failing | `x` | `y` | `z` |
/// | Ending | `e` | `f` | `g` |
///
/// `.` no pod at a wanted ordinal, `-` a pod that leaves (its ordinal is no longer wanted), `_` only claims are left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cell {
    Pod(RevisionRole, State),
    Missing,
    Leaving,
    ClaimOnly,
    /// Neither wanted nor anything there (a gap between wanted ordinals and ghosts).
    Nothing,
}

const CODES: [[char; 4]; 3] = [['c', 'C', 'x', 'e'], ['u', 'U', 'y', 'f'], ['s', 'S', 'z', 'g']];
const ROLES: [RevisionRole; 3] = [RevisionRole::Current, RevisionRole::Update, RevisionRole::Stray];
const STATES: [State; 4] = [State::Ready, State::Starting, State::Failing, State::Ending];

impl Cell {
    /// The character of [`crate::wire::SetRow::strip`].
    pub fn code(self) -> char {
        match self {
            Self::Pod(role, state) => {
                let r = ROLES.iter().position(|x| *x == role).unwrap_or_default();
                let s = STATES.iter().position(|x| *x == state).unwrap_or_default();
                CODES[r][s]
            }
            Self::Missing => '.',
            Self::Leaving => '-',
            Self::ClaimOnly => '_',
            Self::Nothing => ' ',
        }
    }

    /// The reverse of [`Cell::code`]; an unknown character is `Nothing`.
    pub fn decode(code: char) -> Self {
        for (r, row) in CODES.iter().enumerate() {
            if let Some(s) = row.iter().position(|c| *c == code) {
                return Self::Pod(ROLES[r], STATES[s]);
            }
        }
        match code {
            '.' => Self::Missing,
            '-' => Self::Leaving,
            '_' => Self::ClaimOnly,
            _ => Self::Nothing,
        }
    }
}

/// The state of a pod.
pub fn state(pod: &Pod) -> State {
    if pod.deleting.is_some() {
        State::Ending
    } else if crate::blocker::failing_reason(pod).is_some() {
        State::Failing
    } else if pod.is_up() {
        State::Ready
    } else {
        State::Starting
    }
}

/// The role of a revision for a set. Once every pod runs one revision, that one is current.
///
/// Where the template went back to the revision from before (current = update) nothing new is being rolled out: that
/// revision stays, and what else pods run is left over.
pub fn role(facts: &Facts, revision: &str) -> RevisionRole {
    role_among(facts, revision, in_progress(facts), old_revision(facts))
}

fn role_among(facts: &Facts, revision: &str, in_progress: bool, old: &str) -> RevisionRole {
    let status = &facts.set.status;
    let back = status.current_revision == status.update_revision;
    if revision == status.update_revision {
        if in_progress && !back { RevisionRole::Update } else { RevisionRole::Current }
    } else if back || revision != old {
        RevisionRole::Stray
    } else {
        RevisionRole::Current
    }
}

/// Whether any pod of the wanted range still runs (or, below the partition, would come back on) another revision
/// than the update revision: only then are there two roles to tell apart.
pub fn in_progress(facts: &Facts) -> bool {
    let update = &facts.set.status.update_revision;
    facts.pods.iter().any(|p| {
        facts.ordinal(p).is_some_and(|o| facts.set.index_of(o).is_some()) && p.revision != *update
    })
}

/// The revision that pods come from: `currentRevision`, unless no pod runs it any more (under OnDelete before 1.37
/// it never moves); then the one that most other pods run.
pub fn old_revision(facts: &Facts) -> &str {
    let status = &facts.set.status;
    let count = |name: &str| facts.pods.iter().filter(|p| p.revision == name).count();
    if status.current_revision != status.update_revision && count(&status.current_revision) > 0 {
        return &status.current_revision;
    }
    facts
        .pods
        .iter()
        .map(|p| p.revision.as_str())
        .filter(|r| *r != status.update_revision && !r.is_empty())
        .max_by_key(|r| (count(r), std::cmp::Reverse(*r)))
        .unwrap_or(&status.current_revision)
}

/// The ordinals to draw: the wanted ones, and those of leaving pods and left-behind claims. Ascending, gapless.
pub fn ordinals(facts: &Facts) -> std::ops::Range<u32> {
    let wanted = facts.set.ordinals();
    let pods = facts.pods.iter().filter_map(|p| facts.ordinal(p));
    let claims = facts.claims.iter().filter_map(|c| facts.claim_place(c).map(|(_, o)| o));
    let (mut low, mut high) = (wanted.start, wanted.end.saturating_sub(1));
    let mut any = !wanted.is_empty();
    for o in pods.chain(claims) {
        if any {
            low = low.min(o);
            high = high.max(o);
        } else {
            (low, high, any) = (o, o, true);
        }
    }
    // An ordinal far away (a claim `data-web-900000` left by a scale-down) must not draw a million cells.
    let high = high.min(low.saturating_add(MAX_REPLICAS - 1));
    if any { low..high.saturating_add(1) } else { low..low }
}

/// All cells, from `ordinals().start` on.
pub fn cells(facts: &Facts) -> Vec<Cell> {
    use std::collections::{HashMap, HashSet};
    let pods: HashMap<u32, &Pod> =
        facts.pods.iter().filter_map(|p| Some((facts.ordinal(p)?, p))).collect();
    let claims: HashSet<u32> =
        facts.claims.iter().filter_map(|c| facts.claim_place(c).map(|(_, o)| o)).collect();
    let update = in_progress(facts);
    let old = old_revision(facts);
    let role = |revision: &str| role_among(facts, revision, update, old);
    ordinals(facts)
        .map(|o| match (pods.get(&o), facts.set.index_of(o).is_some()) {
            (Some(p), true) => Cell::Pod(role(&p.revision), state(p)),
            (Some(_), false) => Cell::Leaving,
            (None, true) => Cell::Missing,
            (None, false) if claims.contains(&o) => Cell::ClaimOnly,
            (None, false) => Cell::Nothing,
        })
        .collect()
}

/// The compact form for [`crate::wire::SetRow::strip`].
pub fn code(facts: &Facts) -> String {
    cells(facts).into_iter().map(Cell::code).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::sts;

    #[test]
    fn each_ordinal_has_one_character() {
        let canary = sts("web").replicas(5).partition(3).revision(2).on(4, 2).on(3, 2);
        assert_eq!(code(&canary.clone().facts()), "cccuu");
        assert_eq!(code(&canary.clone().starting(3, 2).ending(2).crashing(4, 9).facts()), "cceUy");
        assert_eq!(code(&canary.without(1).facts()), "c.cuu");
        assert_eq!(code(&sts("web").replicas(3).facts()), "ccc");
    }

    #[test]
    fn leaving_pods_and_left_behind_claims_are_ghosts() {
        let set = sts("web").replicas(4).claims("data").with(|f| f.set.replicas = 2).without(3);
        assert_eq!(code(&set.claim("data", 6).facts()), "cc-_  _");
    }

    #[test]
    fn once_settled_the_update_revision_is_current_and_a_third_one_is_stray() {
        let settled = sts("web").replicas(2).revision(2).on(0, 2).on(1, 2).facts();
        assert_eq!(code(&settled), "cc");
        let three = sts("web").replicas(3).revision(2).on(2, 2).revision(3).on(1, 3).facts();
        assert_eq!(code(&three), "cus");
        let back = sts("web").replicas(3).revision(2).on(2, 2).back_to(1, 3).facts();
        assert_eq!(code(&back), "ccs");
    }

    #[test]
    fn codes_can_be_read_back() {
        for role in ROLES {
            for state in STATES {
                let cell = Cell::Pod(role, state);
                assert_eq!(Cell::decode(cell.code()), cell);
            }
        }
        for cell in [Cell::Missing, Cell::Leaving, Cell::ClaimOnly, Cell::Nothing] {
            assert_eq!(Cell::decode(cell.code()), cell);
        }
    }

    #[test]
    fn an_ordinal_far_away_does_not_draw_a_million_cells() {
        let set = sts("web").replicas(2).claims("data").claim("data", 4_000_000_000);
        assert!(cells(&set.facts()).len() <= MAX_REPLICAS as usize);
    }
}
