//! One set judged, whatever its facts hold.

use std::panic::{AssertUnwindSafe, catch_unwind};

use jiff::Timestamp;
use model::facts::Facts;
use model::row::Hands;
use model::status::{Settings, Status, StatusKind, status};
use model::wire::SetRow;

use super::super::Row;

type Rule = fn(&Facts, Option<&Status>, Timestamp, Settings) -> Status;

/// Judges sets. What a set holds is written by whoever may write it: where a rule cannot cope with it, that set is
/// Unknown and all others are shown as ever.
#[derive(Debug)]
pub(super) struct Judge {
    settings: Settings,
    rule: Rule,
}

impl Judge {
    pub(super) fn new(settings: Settings) -> Self {
        Self { settings, rule: status }
    }

    /// The status and the row of a set.
    pub(super) fn judge(
        &self,
        facts: &Facts,
        previous: Option<&Status>,
        hands: Option<&Hands>,
        now: Timestamp,
    ) -> (Status, Row) {
        let made = catch_unwind(AssertUnwindSafe(|| {
            let status = (self.rule)(facts, previous, now, self.settings);
            let row = model::row::row(facts, shown(&status), hands.cloned().unwrap_or_default());
            (status, row)
        }));
        let (status, row) = made.unwrap_or_else(|_| {
            // What went wrong, and where, the panic has said itself.
            tracing::error!(set = %facts.set.key(), "this set cannot be judged: a defect of the panel");
            unjudged(facts, hands)
        });
        (status, serialised(row))
    }
}

/// What is shown of a set that cannot be judged: nothing that would have to be worked out.
fn unjudged(facts: &Facts, hands: Option<&Hands>) -> (Status, SetRow) {
    let set = &facts.set;
    let status = Status {
        kind: StatusKind::Unknown,
        sentence: "The panel failed to judge this set; its log says where. This is a defect of the panel, not of the set."
            .to_owned(),
        done: 0,
        total: set.replicas,
        since: None,
        blocker: None,
        recheck: None,
        awaiting: None,
    };
    let row = SetRow {
        namespace: set.namespace.clone(),
        name: set.name.clone(),
        uid: set.uid.clone(),
        generation: set.generation,
        status: status.clone(),
        replicas: set.replicas,
        start: set.start,
        strip: String::new(),
        boundary: None,
        revisions: Vec::new(),
        images: set.containers.iter().map(|c| c.image.clone()).collect(),
        last_change: hands.and_then(|h| h.last_change.clone()),
        held_by: None,
        aborted: None,
    };
    (status, row)
}

/// The row with the hands of others in it; no judgement.
pub(super) fn with_hands(row: &SetRow, hands: Hands) -> Row {
    let mut row = row.clone();
    hands.put(&mut row);
    serialised(row)
}

/// The part of a status that clients see.
pub(super) fn shown(status: &Status) -> Status {
    Status { recheck: None, ..status.clone() }
}

fn serialised(row: SetRow) -> Row {
    let json = serde_json::to_string(&row).expect("a row has string keys only");
    Row { row, json: json.into() }
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::*;
    use super::super::super::{Index, Scope};
    use super::*;

    fn fails_at_web(f: &Facts, p: Option<&Status>, now: Timestamp, s: Settings) -> Status {
        assert_ne!(f.set.name, "web", "a rule that cannot cope");
        status(f, p, now, s)
    }

    #[test]
    fn a_set_that_cannot_be_judged_is_unknown_and_the_others_are_shown() {
        let (web, db) = (a_set("shop/web").of(1), a_set("shop/db").of(1));
        let mut index = Index::new(&Scope::All, Settings::default(), at(0));
        index.judge.rule = fails_at_web;
        let pods = [a_pod_of(&web, 0).object(), a_pod_of(&db, 0).object()];
        for list in lists_of(pods.into_iter().chain([web.clone().object(), db.object()])) {
            index.apply(list, at(0));
        }
        let kind = |index: &Index, path| index.row(&key(path)).expect("shown").row.status.kind;
        assert_eq!(kind(&index, "shop/web"), StatusKind::Unknown);
        assert_eq!(kind(&index, "shop/db"), StatusKind::Settled);
        index.judge.rule = status;
        index.apply(a_pod_of(&web, 0).crashed(1).appears(), at(1));
        assert_ne!(kind(&index, "shop/web"), StatusKind::Unknown, "judged anew");
    }
}
