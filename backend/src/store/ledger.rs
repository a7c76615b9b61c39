//! What the recorder writes and remembers.

use std::collections::HashMap;

use async_trait::async_trait;
use sqlx::{Sqlite, Transaction};

use super::actions::ActionRow;
use super::{Store, StoreError};
use crate::actions::Entry;
use crate::history::credit::Deed;
use crate::history::data::outcome_code;
use crate::history::known::Known;
use crate::history::ledger::{Batch, Ledger, Memory, PACED, Write};

#[async_trait]
impl Ledger for Store {
    async fn remember(&self) -> anyhow::Result<Memory> {
        let bodies: Vec<String> =
            sqlx::query_scalar("select body from set_state").fetch_all(&self.read).await?;
        let sets = bodies.iter().map(|b| read(b)).collect::<Result<_, _>>()?;
        let looked_until: Option<i64> = sqlx::query_scalar("select looked_until from cluster")
            .fetch_optional(&self.read)
            .await?
            .flatten();
        let templates = sqlx::query_scalar(
            "select hash from revision v where exists (
                select 1 from set_revision r join set_state k on k.set_uid = r.set_uid where r.hash = v.hash)",
        )
        .fetch_all(&self.read)
        .await?;
        Ok(Memory { sets, looked_until, templates })
    }

    async fn write(&self, batch: &Batch) -> anyhow::Result<()> {
        let mut tx = self.write.begin_with("begin immediate").await?;
        for write in &batch.writes {
            one(&mut tx, write).await?;
        }
        for known in &batch.known {
            sqlx::query(
                "insert into set_state (set_uid, at, body) values (?1, ?2, ?3)
                 on conflict (set_uid) do update set at = excluded.at, body = excluded.body",
            )
            .bind(&known.uid)
            .bind(batch.looked_until.unwrap_or_default())
            .bind(serde_json::to_string(known)?)
            .execute(&mut *tx)
            .await?;
        }
        if let Some(until) = batch.looked_until {
            sqlx::query("update cluster set looked_until = ?1")
                .bind(until)
                .execute(&mut *tx)
                .await?;
        }
        tx.commit().await?;
        Ok(())
    }

    async fn paces(&self, set_uids: &[String]) -> anyhow::Result<HashMap<String, Vec<u64>>> {
        // A pod that was not made right after the one before it is no restart (the set was scaled, or something was in its way);
        // one that vanished unseen has no time of its end. Creation times are whole seconds.
        let rows: Vec<(String, i64)> = sqlx::query_as(
            "with run as (
                select set_uid, created, ready, lag(ended) over w as down, lag(deleted) over w as gone
                from pod_run
                where set_uid in (select value from json_each(?1)) and ordinal is not null
                window w as (partition by set_uid, ordinal order by created, uid)),
             restart as (
                select set_uid, ready - down as took,
                    row_number() over (partition by set_uid order by ready desc) as place
                from run
                where ready > down and down < created + 1000 and created <= gone + 60000)
             select set_uid, took from restart where place <= ?2 order by set_uid, place",
        )
        .bind(serde_json::to_string(set_uids)?)
        .bind(i64::try_from(PACED)?)
        .fetch_all(&self.read)
        .await?;
        let mut paces: HashMap<String, Vec<u64>> = HashMap::new();
        for (uid, took) in rows {
            paces.entry(uid).or_default().push(u64::try_from(took)?);
        }
        Ok(paces)
    }

    async fn deeds(&self, set_uids: &[String], since: i64) -> anyhow::Result<Vec<Deed>> {
        let rows: Vec<ActionRow> = sqlx::query_as(
            "select a.* from json_each(?1) u join action a on a.set_uid = u.value where a.at >= ?2 order by a.at",
        )
        .bind(serde_json::to_string(set_uids)?)
        .bind(since)
        .fetch_all(&self.read)
        .await?;
        let entries = rows.into_iter().map(Entry::try_from).collect::<Result<Vec<_>, _>>()?;
        Ok(entries.into_iter().map(Deed::from).collect())
    }
}

/// Reads the state of a set.
pub(super) fn read(body: &str) -> Result<Known, StoreError> {
    let known: Known = serde_json::from_str(body)
        .map_err(|e| StoreError::Record(format!("the state of a set: {e}")))?;
    if known.v == 1 {
        Ok(known)
    } else {
        Err(StoreError::Record(format!("the state of a set in version {}", known.v)))
    }
}

async fn one(tx: &mut Transaction<'_, Sqlite>, write: &Write) -> Result<(), StoreError> {
    let query = match write {
        Write::Set { uid, namespace, name, at } => sqlx::query(
            "insert into stateful_set (uid, cluster, namespace, name, first_seen)
             values (?1, (select uid from cluster), ?2, ?3, ?4)
             on conflict (uid) do update set deleted = null",
        )
        .bind(uid)
        .bind(namespace)
        .bind(name)
        .bind(at),
        Write::SetDeleted { uid, at } => {
            sqlx::query("delete from set_state where set_uid = ?1")
                .bind(uid)
                .execute(&mut **tx)
                .await?;
            sqlx::query("update stateful_set set deleted = ?2 where uid = ?1").bind(uid).bind(at)
        }
        Write::RolloutOpened { set_uid, rollout, credit } => {
            let from = rollout.from.as_ref();
            let credit = credit.as_ref();
            sqlx::query(
                "insert into rollout (set_uid, from_name, from_label, from_hash, to_name, to_label, to_hash, started, outcome, source, actor, reason, action, after_event)
                 values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 'open', ?9, ?10, ?11, ?12, (select coalesce(max(id), 0) from event))",
            )
            .bind(set_uid)
            .bind(from.map(|f| &f.name))
            .bind(from.map(|f| &f.label))
            .bind(from.and_then(|f| f.hash.as_ref()))
            .bind(&rollout.to.name)
            .bind(&rollout.to.label)
            .bind(&rollout.to.hash)
            .bind(rollout.started)
            .bind(credit.map(|c| c.origin.code()))
            .bind(credit.and_then(|c| c.name.as_ref()))
            .bind(credit.and_then(|c| c.reason.as_ref()))
            .bind(credit.and_then(|c| c.action.as_ref()))
        }
        Write::RolloutEnded { set_uid, outcome, at } => sqlx::query(
            "update rollout set ended = ?2, outcome = ?3 where set_uid = ?1 and ended is null",
        )
        .bind(set_uid)
        .bind(at)
        .bind(outcome_code(*outcome)),
        Write::Event { set_uid, at, away, happened } => {
            let credit = happened.credit.as_ref();
            sqlx::query(
                "insert into event (set_uid, at, kind, sentence, ordinal, rollout, source, actor, reason, action, away, data)
                 values (?1, ?2, ?3, ?4, ?5, (select id from rollout where set_uid = ?1 and ended is null), ?6, ?7, ?8, ?9, ?10, ?11)",
            )
            .bind(set_uid)
            .bind(at)
            .bind(happened.kind.code())
            .bind(&happened.sentence)
            .bind(happened.ordinal)
            .bind(credit.map(|c| c.origin.code()))
            .bind(credit.and_then(|c| c.name.as_ref()))
            .bind(credit.and_then(|c| c.reason.as_ref()))
            .bind(credit.and_then(|c| c.action.as_ref()))
            .bind(away)
            .bind(happened.data.to_json())
        }
        Write::Pod { set_uid, pod } => sqlx::query(
            "insert into pod_run (uid, set_uid, name, ordinal, revision, created, ended)
             values (?1, ?2, ?3, ?4, ?5, ?6, ?7) on conflict do nothing",
        )
        .bind(&pod.uid)
        .bind(set_uid)
        .bind(&pod.name)
        .bind(pod.ordinal)
        .bind(&pod.revision)
        .bind(pod.created)
        .bind(pod.ending),
        Write::PodReady { uid, at } => {
            sqlx::query("update pod_run set ready = coalesce(ready, ?2) where uid = ?1")
                .bind(uid)
                .bind(at)
        }
        Write::PodEnding { uid, at } => {
            sqlx::query("update pod_run set ended = coalesce(ended, ?2) where uid = ?1")
                .bind(uid)
                .bind(at)
        }
        Write::PodGone { uid, at } => sqlx::query(
            "update pod_run set ended = coalesce(ended, ?2), deleted = coalesce(deleted, ?2) where uid = ?1",
        )
        .bind(uid)
        .bind(at),
        Write::Revision { set_uid, revision, at } => sqlx::query(
            "insert into set_revision (set_uid, name, number, hash, first_seen) values (?1, ?2, ?3, ?4, ?5) on conflict do nothing",
        )
        .bind(set_uid)
        .bind(&revision.name)
        .bind(revision.number)
        .bind(&revision.hash)
        .bind(at),
        Write::Template { hash, template, at } => sqlx::query(
            "insert into revision (hash, template, first_seen) values (?1, ?2, ?3) on conflict do nothing",
        )
        .bind(hash)
        .bind(template)
        .bind(at),
        Write::Gap { from, to } => {
            sqlx::query("insert into gap (began, ended) values (?1, ?2)").bind(from).bind(to)
        }
    };
    query.execute(&mut **tx).await?;
    Ok(())
}
