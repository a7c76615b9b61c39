//! Retention: lets go of what is older than wanted, in small transactions, so that nobody waits for it.

use jiff::Timestamp;

use super::{Store, StoreError};
use crate::history::ms;

/// What was let go.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pruned {
    pub events: u64,
    pub rollouts: u64,
    pub actions: u64,
    pub sets: u64,
    pub templates: u64,
}

/// Events that may go: older than ?1, not of an open rollout, and before the newest snapshot that is as old. With that one and
/// what follows it, every moment since ?1 can still be drawn; of a set that is gone as long, nothing stays.
const EVENTS: &str = "delete from event where id in (
    select e.id from event e join stateful_set s on s.uid = e.set_uid
    where e.at < ?1
    and (s.deleted < ?1 or e.id < (
        select max(n.id) from event n where n.set_uid = e.set_uid and n.kind = 'snapshot' and n.at <= ?1))
    and not exists (select 1 from rollout r where r.id = e.rollout and r.ended is null)
    limit ?2)";

const ROLLOUTS: &str =
    "delete from rollout where id in (select id from rollout where ended < ?1 limit ?2)";

const POD_RUNS: &str =
    "delete from pod_run where uid in (select uid from pod_run where deleted < ?1 limit ?2)";

const ACTIONS: &str = "delete from action where id in (
    select id from action where at < ?1 and outcome <> 'pending' limit ?2)";

const GAPS: &str = "delete from gap where id in (select id from gap where ended < ?1 limit ?2)";

const SETS: &str = "delete from stateful_set where uid in (
    select uid from stateful_set s where s.deleted < ?1
    and not exists (select 1 from event e where e.set_uid = s.uid)
    and not exists (select 1 from rollout r where r.set_uid = s.uid) limit ?2)";

/// Of sets that are there: those of a set that is gone go with it. The cutoff is for the first sight; what is older and
/// neither of the set's revisions now nor an end of a kept rollout is of no use to anybody.
const REVISIONS: &str = "delete from set_revision where (set_uid, name, number) in (
    select r.set_uid, r.name, r.number from set_revision r join set_state k on k.set_uid = r.set_uid
    where r.first_seen < ?1
    and not exists (select 1 from json_each(k.body, '$.revisions') v where v.value ->> 'name' = r.name)
    and not exists (select 1 from rollout o where o.set_uid = r.set_uid
        and (o.from_name = r.name or o.to_name = r.name)) limit ?2)";

/// Nothing refers to them any more; what was seen only just now is left alone, its set may not be written yet.
const TEMPLATES: &str = "delete from revision where hash in (
    select v.hash from revision v where v.first_seen < ?1
    and not exists (select 1 from set_revision s where s.hash = v.hash)
    and not exists (select 1 from rollout r where r.from_hash = v.hash or r.to_hash = v.hash) limit ?2)";

impl Store {
    /// Deletes events, ended rollouts, ended actions, lives of pods, revisions that Kubernetes forgot and sets that are older than `older_than`, `batch` rows a
    /// transaction. Never an open rollout, nor what it takes to draw the moments since then.
    ///
    /// # Errors
    /// If the database cannot be written; what was deleted before stays deleted.
    pub async fn prune(&self, older_than: Timestamp, batch: u32) -> Result<Pruned, StoreError> {
        let at = ms(older_than);
        let batch = batch.max(1);
        let events = self.delete(EVENTS, at, batch).await?;
        let rollouts = self.delete(ROLLOUTS, at, batch).await?;
        self.delete(POD_RUNS, at, batch).await?;
        let actions = self.delete(ACTIONS, at, batch).await?;
        self.delete(GAPS, at, batch).await?;
        let sets = self.delete(SETS, at, batch).await?;
        self.delete(REVISIONS, at, batch).await?;
        let templates = self.delete(TEMPLATES, at, batch).await?;
        Ok(Pruned { events, rollouts, actions, sets, templates })
    }

    async fn delete(&self, sql: &'static str, at: i64, batch: u32) -> Result<u64, StoreError> {
        let mut all = 0;
        loop {
            let done =
                sqlx::query(sql).bind(at).bind(batch).execute(&self.write).await?.rows_affected();
            all += done;
            if done < u64::from(batch) {
                return Ok(all);
            }
            // The recorder and the actions use the same connection.
            tokio::task::yield_now().await;
        }
    }
}
