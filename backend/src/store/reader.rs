//! The history as the API and the pages read it.

use async_trait::async_trait;
use jiff::Timestamp;
use model::set::SetKey;
use model::wire::{
    Actor, EventKind, EventPage, EventView, Held, History, Lanes, MomentView, Page, RolloutView,
};

use super::rows::{EventRow, RolloutRow};
use super::{Store, StoreError, lanes, ledger};
use crate::history::book::Book;
use crate::history::credit::Origin;
use crate::history::data::Kind;
use crate::history::{EventQuery, Reader, Recorded, ms};

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

/// The pattern of what holds this.
fn like(word: &str) -> String {
    let mut out = String::from("%");
    for c in word.chars() {
        if matches!(c, '%' | '_' | '\\') {
            out.push('\\');
        }
        out.push(c);
    }
    out.push('%');
    out
}

/// What is asked of an event: its kind, by which way, by whom, since when, with which words. What is not bound is null, and asks
/// nothing. What nobody is known to have done counts as
/// the cluster's own, but for what the panel says of itself and of its forecasts. Of the time the least id (?8) is what makes it quick; ids and times need not be in the same order.
macro_rules! fits {
    ($e:literal, $s:literal) => {
        concat!(
            " and ",
            $e,
            ".id >= ifnull(?8, 0) and (?9 is null or ",
            $e,
            ".at >= ?9) and not exists (select 1 from json_each(?10) w where (",
            $e,
            ".sentence || ' ' || ifnull(",
            $e,
            ".reason, '') || ' ' || ifnull(",
            $e,
            ".actor, '') || ' ' || ",
            $s,
            ".namespace || '/' || ",
            $s,
            ".name) not like w.value escape '\\')",
            " and (?5 is null or ",
            $e,
            ".kind in (select value from json_each(?5))) and (?6 is null or (ifnull(",
            $e,
            ".source, 'controller') = ?6 and (?6 <> 'controller' or ",
            $e,
            ".kind not in ('gap', 'deviation')))) and (?7 is null or ",
            $e,
            ".actor = ?7)"
        )
    };
}

/// A page of events of the sets in `chosen`.
///
/// What is on the page belongs to those sets whose newest event is among the newest, as many as there are events on the page;
/// and of each of these to its newest. Each is a seek in `event_by_set`: however many events there are of all the
/// others, they are not looked at.
macro_rules! events_of {
    ($chosen:literal) => {
        concat!(
            "with chosen as (
                select s.uid, s.namespace, s.name, (
                    select n.id from event n where n.set_uid = s.uid
                    and n.kind not in ('snapshot', 'pod_gone') and n.id < ?1",
            fits!("n", "s"),
            " order by n.id desc limit 1) as newest
                from stateful_set s where ",
            $chosen,
            " order by newest desc limit ?2)
             select e.id, e.at, c.namespace, c.name, e.kind, e.sentence, e.ordinal, e.rollout, e.source, e.actor, e.reason, e.action, e.away
             from chosen c cross join event e on e.id in (
                select i.id from event i where i.set_uid = c.uid
                and i.kind not in ('snapshot', 'pod_gone') and i.id < ?1",
            fits!("i", "c"),
            " order by i.id desc limit ?2)
             order by e.id desc limit ?2"
        )
    };
}

const OF_NAME: &str = events_of!("s.namespace = ?3 and s.name = ?4");
const OF_SETS: &str =
    events_of!("s.namespace || '/' || s.name in (select value from json_each(?3))");
const OF_NAMESPACES: &str = events_of!("s.namespace in (select value from json_each(?3))");
/// Nearly every event counts: from the newest on, until the page is full.
const OF_ALL: &str = concat!(
    "select e.id, e.at, s.namespace, s.name, e.kind, e.sentence, e.ordinal, e.rollout, e.source, e.actor, e.reason, e.action, e.away
     from event e cross join stateful_set s on s.uid = e.set_uid
     where e.kind not in ('snapshot', 'pod_gone') and e.id < ?1",
    fits!("e", "s"),
    " order by e.id desc limit ?2"
);

/// Hashes and not templates: what changed between two is computed once ([`Changes`](super::changes::Changes)).
const ROLLOUTS: &str = "select r.id, r.from_label, r.from_hash, r.to_label, r.to_hash, r.started, r.ended, r.outcome, r.source, r.actor, r.reason,
     (select max(v.number) from set_revision v where v.set_uid = r.set_uid and v.name = r.from_name) as from_number,
     (select max(v.number) from set_revision v where v.set_uid = r.set_uid and v.name = r.to_name) as to_number
     from stateful_set s join rollout r on r.set_uid = s.uid
     where s.namespace = ?1 and s.name = ?2 and (?3 is null or r.after_event < ?3) and (?5 is null or r.id = ?5)
     order by r.id desc limit ?4";

impl Store {
    pub(super) async fn rollouts(
        &self,
        key: &SetKey,
        before: Option<i64>,
        limit: u32,
        id: Option<i64>,
    ) -> anyhow::Result<Vec<RolloutView>> {
        let rows: Vec<RolloutRow> = sqlx::query_as(ROLLOUTS)
            .bind(&key.namespace)
            .bind(&key.name)
            .bind(before)
            .bind(limit)
            .bind(id)
            .fetch_all(&self.read)
            .await?;
        let mut views = Vec::with_capacity(rows.len());
        for row in rows {
            let changes = match (&row.from_hash, &row.to_hash) {
                (Some(from), Some(to)) => self.changes.between(&self.read, from, to).await?,
                _ => Vec::new(),
            };
            views.push(row.view(changes)?);
        }
        Ok(views)
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
        let rows: Vec<EventRow> = sqlx::query_as(OF_NAME)
            .bind(before.unwrap_or(i64::MAX))
            .bind(i64::from(limit) + 1)
            .bind(&key.namespace)
            .bind(&key.name)
            .fetch_all(&self.read)
            .await?;
        let (events, page) = page(rows, limit)?;
        let rollouts = self.rollouts(key, before, limit, None).await?;
        Ok(History { rollouts, events, page })
    }

    async fn events(&self, query: &EventQuery) -> anyhow::Result<EventPage> {
        let limit = query.limit.clamp(1, PAGE);
        let (sql, of) = match (&query.sets, &query.namespaces) {
            (Some(sets), namespaces) => {
                let seen =
                    |s: &&SetKey| namespaces.as_ref().is_none_or(|all| all.contains(&s.namespace));
                let names: Vec<String> =
                    sets.iter().filter(seen).map(ToString::to_string).collect();
                (OF_SETS, Some(serde_json::to_string(&names)?))
            }
            (None, Some(namespaces)) => (OF_NAMESPACES, Some(serde_json::to_string(namespaces)?)),
            (None, None) => (OF_ALL, None),
        };
        let codes = |kinds: &Vec<EventKind>| {
            let codes: Vec<_> = kinds.iter().map(|k| Kind::Listed(*k).code()).collect();
            serde_json::to_string(&codes)
        };
        let since = query.since.map(ms);
        let least = match since {
            Some(since) => {
                let first = "select min(id) from event where at >= ?1";
                let first: Option<i64> =
                    sqlx::query_scalar(first).bind(since).fetch_one(&self.read).await?;
                Some(first.unwrap_or(i64::MAX))
            }
            None => None,
        };
        let words: Vec<String> = query.words.iter().map(|w| like(w)).collect();
        let kinds = query.kinds.as_ref().map(codes).transpose()?;
        let rows: Vec<EventRow> = sqlx::query_as(sql)
            .bind(query.before.unwrap_or(i64::MAX))
            .bind(i64::from(limit) + 1)
            .bind(of)
            .bind(None::<String>)
            .bind(kinds)
            .bind(query.source.map(Origin::code))
            .bind(&query.actor)
            .bind(least)
            .bind(since)
            .bind((!words.is_empty()).then(|| serde_json::to_string(&words)).transpose()?)
            .fetch_all(&self.read)
            .await?;
        let (events, page) = page(rows, limit)?;
        Ok(EventPage { events, page })
    }

    async fn lanes(
        &self,
        key: &SetKey,
        from: Timestamp,
        to: Timestamp,
    ) -> anyhow::Result<Option<Lanes>> {
        self.draw_lanes(key, from, to).await
    }

    async fn then(&self, key: &SetKey, at: Timestamp) -> anyhow::Result<Option<MomentView>> {
        Ok(self.moment(key, at).await?.as_ref().map(lanes::view))
    }

    async fn rollout(&self, key: &SetKey, id: i64) -> anyhow::Result<Option<RolloutView>> {
        Ok(self.rollouts(key, None, 1, Some(id)).await?.pop())
    }

    async fn template(&self, hash: &str) -> anyhow::Result<Option<String>> {
        Ok(sqlx::query_scalar("select template from revision where hash = ?1")
            .bind(hash)
            .fetch_optional(&self.read)
            .await?)
    }

    async fn revisions(&self, key: &SetKey) -> anyhow::Result<Vec<Recorded>> {
        // SQLite takes the hash from the row that has the maximum.
        let rows: Vec<(String, String, i64, String, bool)> = sqlx::query_as(
            "select seen.set_uid, seen.name, seen.number, seen.hash,
                exists (select 1 from revision v where v.hash = seen.hash)
             from (select r.set_uid, r.name, max(r.number) as number, r.hash, s.first_seen
                from stateful_set s join set_revision r on r.set_uid = s.uid
                where s.namespace = ?1 and s.name = ?2 group by r.set_uid, r.name) seen
             order by seen.first_seen desc, seen.set_uid, seen.number desc",
        )
        .bind(&key.namespace)
        .bind(&key.name)
        .fetch_all(&self.read)
        .await?;
        let recorded =
            |(set_uid, name, number, hash, kept)| Recorded { set_uid, name, number, hash, kept };
        Ok(rows.into_iter().map(recorded).collect())
    }

    async fn last_change(&self, set_uid: &str) -> anyhow::Result<Option<Actor>> {
        Ok(self.book(set_uid).await?.and_then(|b| b.last_change).map(|c| c.actor()))
    }

    async fn held(&self, set_uid: &str) -> anyhow::Result<Option<Held>> {
        Ok(self.book(set_uid).await?.and_then(|b| b.held()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::book::{OpenRollout, RevisionMark};
    use crate::history::known::KnownRevision;
    use crate::history::ledger::{Batch, Ledger as _, Write};
    use crate::store::testing::{Temporary, store};

    #[tokio::test]
    async fn a_revision_that_kubernetes_renumbered_is_told_with_its_number_now() {
        let Temporary { store, folder: _folder } = store().await;
        let set_uid = "u".to_owned();
        let seen = |name: &str, number| Write::Revision {
            set_uid: set_uid.clone(),
            revision: KnownRevision { name: name.into(), number, hash: name.into() },
            at: 1,
        };
        let mark = |name: &str, label: &str| RevisionMark {
            name: name.into(),
            label: label.into(),
            hash: None,
        };
        let opened =
            OpenRollout { from: Some(mark("web-a", "r1")), to: mark("web-b", "r2"), started: 1 };
        let set = Write::Set {
            uid: set_uid.clone(),
            namespace: "shop".into(),
            name: "web".into(),
            at: 1,
        };
        let rollout =
            Write::RolloutOpened { set_uid: set_uid.clone(), rollout: opened, credit: None };
        let writes = vec![set, seen("web-a", 1), seen("web-b", 2), rollout, seen("web-a", 3)];
        store.write(&Batch { writes, ..Batch::default() }).await.unwrap();
        let key = SetKey::new("shop", "web");
        let told = store.rollouts(&key, None, 5, None).await.unwrap().remove(0);
        assert_eq!((told.from.as_deref(), told.from_now.as_deref()), (Some("r1"), Some("r3")));
        assert_eq!((told.to.as_str(), told.to_now), ("r2", None));
    }

    #[tokio::test]
    async fn the_page_of_some_sets_does_not_read_the_events_of_others() {
        let Temporary { store, folder: _folder } = store().await;
        for sql in [OF_NAME, OF_SETS, OF_NAMESPACES] {
            let plan: Vec<(i64, i64, i64, String)> =
                sqlx::query_as(sqlx::AssertSqlSafe(format!("explain query plan {sql}")))
                    .fetch_all(&store.read)
                    .await
                    .unwrap();
            let steps: Vec<String> = plan.into_iter().map(|(_, _, _, step)| step).collect();
            let by_set = steps.iter().filter(|s| s.contains("INDEX event_by_set (set_uid=?"));
            assert_eq!(by_set.count(), 2, "{steps:#?}");
            for table in ["e", "n", "i"] {
                let scan = format!("SCAN {table}");
                assert!(!steps.iter().any(|s| s.starts_with(&scan)), "{steps:#?}");
            }
        }
    }
}
