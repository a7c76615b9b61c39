//! Where an open rollout is held: as the set's status says it, so that the two never differ.

use model::aborted;
use model::set::SetKey;
use model::status::StatusKind;
use model::wire::{RolloutOutcome, RolloutView};

use super::problem::ApiProblem;
use super::state::AppState;

/// Says of the open rollout of a set that it is held, if it is.
///
/// # Errors
/// If the history cannot be read.
pub(super) async fn mark(
    state: &AppState,
    key: &SetKey,
    rollouts: &mut [RolloutView],
) -> Result<(), ApiProblem> {
    let Some(open) = rollouts.iter_mut().find(|r| r.outcome == RolloutOutcome::Open) else {
        return Ok(());
    };
    let Some(row) = state.live.row(key) else { return Ok(()) };
    if row.row.status.kind != StatusKind::Held {
        return Ok(());
    }
    let below = row.row.boundary.and_then(|o| o.checked_sub(1)).filter(|o| *o >= row.row.start);
    let place = match below {
        Some(ordinal) => format!("before {}-{ordinal}", key.name),
        None => "held back".to_owned(),
    };
    let held = state.history.held(&row.row.uid).await?;
    let aborted = state.live.facts(key).is_some_and(|f| aborted::says(&f, held.as_ref()).is_some());
    let place = if aborted { "aborted".to_owned() } else { place };
    let by = held.and_then(|held| held.by.name);
    open.held = Some(match by {
        Some(name) => format!("{place}, by {name}"),
        None => place,
    });
    Ok(())
}

#[cfg(test)]
mod tests {
    use model::wire::{Actor, Held, History, Source};

    use crate::http::testing::{Panel, canary, facts, rollout};

    #[tokio::test]
    async fn an_open_rollout_of_a_held_set_is_held_and_not_under_way() {
        let panel = Panel::start().await;
        panel.history.rollout(rollout(1, "shop", "web", &[]));
        let held = async || {
            let path = "/api/v1/sets/shop/web/history";
            panel.viewer().get(path).await.json::<History>().rollouts[0].held.clone()
        };
        panel.put(facts("shop", "web", 4));
        assert_eq!(held().await, None);
        panel.put(canary("shop", "web", 4, 2));
        assert_eq!(held().await.as_deref(), Some("before web-1"));
        let by = Actor { source: Source::Panel, name: Some("olga".into()), at: None, reason: None };
        panel.history.hold(Held {
            by,
            aborted: Some("web-rev2".into()),
            because: None,
            advanced: false,
        });
        assert_eq!(held().await.as_deref(), Some("before web-1, by olga"), "it goes on again");
        panel.put(canary("shop", "web", 4, 4));
        assert_eq!(held().await.as_deref(), Some("aborted, by olga"));
    }
}
