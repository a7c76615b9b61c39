//! The history as the API and the pages read it.

use async_trait::async_trait;
use model::set::SetKey;
use model::wire::{Actor, EventPage, EventView, History, Page, RolloutView};

use super::rows::{EventRow, RolloutRow};
use super::{Store, StoreError, ledger};
use crate::history::book::Book;
use crate::history::{EventQuery, Reader};

/// The most events on a page.
const PAGE: u32 = 500;

/// One more than asked for tells whether there is a next page.
fn page(mut rows: Vec<EventRow>, limit: u32) -> Result<(Vec<EventView>, Page), StoreError> {
    let more = rows.len() > limit as usize;
    rows.truncate(limit as usize);
    let next = if more { rows.last().map(|r| r.id) } else { None };
    let events = rows.into_iter().map(EventView::try_from).collect::<Result<_, _>>()?;
    Ok((events, Page { next }))
}

impl Store {
    /// The recorder's notes about a living set.
    async fn book(&self, set_uid: &str) -> Result<Option<Book>, StoreError> {
        let body: Option<String> =
            sqlx::query_scalar("select body from set_state where set_uid = ?1")
                .bind(set_uid)
                .fetch_optional(&self.read)
                .await?;
        body.map(|b| ledger::read(&b).map(|k| k.book)).transpose()
    }
}

#[async_trait]
impl Reader for Store {
    async fn history(
        &self,
        key: &SetKey,
        before: Option<i64>,
        limit: u32,
    ) -> anyhow::Result<History> {
        let limit = limit.clamp(1, PAGE);
        let rows: Vec<EventRow> = sqlx::query_as(
            "select e.id, e.at, s.namespace, s.name, e.kind, e.sentence, e.ordinal, e.rollout, e.source, e.actor, e.reason, e.action, e.away
             from stateful_set s cross join event e on e.set_uid = s.uid
             where s.namespace = ?1 and s.name = ?2 and e.kind not in ('snapshot', 'pod_gone') and (?3 is null or e.id < ?3)
             order by e.id desc limit ?4",
        )
        .bind(&key.namespace)
        .bind(&key.name)
        .bind(before)
        .bind(i64::from(limit) + 1)
        .fetch_all(&self.read)
        .await?;
        let (events, page) = page(rows, limit)?;
        let rows: Vec<RolloutRow> = sqlx::query_as(
            "select r.id, r.from_label, r.to_label, r.started, r.ended, r.outcome, r.source, r.actor, r.reason, f.template as from_template, t.template as to_template
             from stateful_set s join rollout r on r.set_uid = s.uid
             left join revision f on f.hash = r.from_hash left join revision t on t.hash = r.to_hash
             where s.namespace = ?1 and s.name = ?2 and (?3 is null or r.after_event < ?3)
             order by r.id desc limit ?4",
        )
        .bind(&key.namespace)
        .bind(&key.name)
        .bind(before)
        .bind(limit)
        .fetch_all(&self.read)
        .await?;
        let rollouts = rows.into_iter().map(RolloutView::try_from).collect::<Result<_, _>>()?;
        Ok(History { rollouts, events, page })
    }

    async fn events(&self, query: &EventQuery) -> anyhow::Result<EventPage> {
        let limit = query.limit.clamp(1, PAGE);
        let names = |sets: &Vec<SetKey>| sets.iter().map(ToString::to_string).collect::<Vec<_>>();
        let sets = query.sets.as_ref().map(names).map(|n| serde_json::to_string(&n)).transpose()?;
        let namespaces = query.namespaces.as_ref().map(serde_json::to_string).transpose()?;
        // SQLite keeps the order of a cross join: newest events first, so that it stops after the page.
        let rows: Vec<EventRow> = sqlx::query_as(
            "select e.id, e.at, s.namespace, s.name, e.kind, e.sentence, e.ordinal, e.rollout, e.source, e.actor, e.reason, e.action, e.away
             from event e cross join stateful_set s on s.uid = e.set_uid
             where e.kind not in ('snapshot', 'pod_gone') and (?1 is null or e.id < ?1)
             and (?2 is null or s.namespace || '/' || s.name in (select value from json_each(?2)))
             and (?3 is null or s.namespace in (select value from json_each(?3)))
             order by e.id desc limit ?4",
        )
        .bind(query.before)
        .bind(sets)
        .bind(namespaces)
        .bind(i64::from(limit) + 1)
        .fetch_all(&self.read)
        .await?;
        let (events, page) = page(rows, limit)?;
        Ok(EventPage { events, page })
    }

    async fn rollout(&self, key: &SetKey, id: i64) -> anyhow::Result<Option<RolloutView>> {
        let row: Option<RolloutRow> = sqlx::query_as(
            "select r.id, r.from_label, r.to_label, r.started, r.ended, r.outcome, r.source, r.actor, r.reason, f.template as from_template, t.template as to_template
             from rollout r join stateful_set s on s.uid = r.set_uid
             left join revision f on f.hash = r.from_hash left join revision t on t.hash = r.to_hash
             where r.id = ?1 and s.namespace = ?2 and s.name = ?3",
        )
        .bind(id)
        .bind(&key.namespace)
        .bind(&key.name)
        .fetch_optional(&self.read)
        .await?;
        Ok(row.map(RolloutView::try_from).transpose()?)
    }

    async fn template(&self, hash: &str) -> anyhow::Result<Option<String>> {
        Ok(sqlx::query_scalar("select template from revision where hash = ?1")
            .bind(hash)
            .fetch_optional(&self.read)
            .await?)
    }

    async fn last_change(&self, set_uid: &str) -> anyhow::Result<Option<Actor>> {
        Ok(self.book(set_uid).await?.and_then(|b| b.last_change).map(|c| c.actor()))
    }

    async fn held_by(&self, set_uid: &str) -> anyhow::Result<Option<Actor>> {
        Ok(self.book(set_uid).await?.and_then(|b| b.held_by).map(|c| c.actor()))
    }
}
