use model::wire::EventKind;

use super::Happened;
use crate::history::data::Data;
use crate::history::known::{Known, KnownClaim};
use crate::history::sentence;

fn event(claim: &KnownClaim, sentence: String, now: &str) -> Happened {
    let data =
        Data::Claim { name: claim.name.clone(), uid: claim.uid.clone(), now: now.to_owned() };
    Happened::listed(EventKind::Claim, sentence, data).at_ordinal(claim.ordinal)
}

/// Claims that are there no more.
pub(super) fn gone(before: &Known, after: &Known, all: &mut Vec<Happened>) {
    for claim in &before.claims {
        if !after.claims.iter().any(|c| c.uid == claim.uid) {
            all.push(event(claim, format!("claim {} is gone", claim.name), "gone"));
        }
    }
}

/// Claims that are new or different.
pub(super) fn changes(before: &Known, after: &Known, all: &mut Vec<Happened>) {
    for claim in &after.claims {
        let Some(then) = before.claims.iter().find(|c| c.uid == claim.uid) else {
            let size = claim.requested.as_ref().map(|s| format!(", {s}")).unwrap_or_default();
            let sentence = format!("claim {} was created{size}", claim.name);
            all.push(event(claim, sentence, "created"));
            continue;
        };
        if then.phase != claim.phase {
            let sentence = format!("claim {} is {}", claim.name, claim.phase);
            all.push(event(claim, sentence, &claim.phase));
        }
        // The first capacity comes with binding and says nothing new.
        let grew = then.capacity.is_some() && then.capacity != claim.capacity;
        if then.requested != claim.requested || grew {
            let now = claim.requested.clone().unwrap_or_default();
            all.push(event(claim, sentence::claim_size(claim, then), &now));
        }
    }
}
