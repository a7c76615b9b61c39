//! Every ordinal of a set over time, read from its events.

use futures::TryStreamExt as _;
use jiff::Timestamp;
use model::set::SetKey;
use model::wire::{EventView, Lanes, MomentPod, MomentView, RunState, Span};

use super::rows::EventRow;
use super::{Store, StoreError};
use crate::history::data::Data;
use crate::history::lanes::{Drawing, label, state_of, wanted};
use crate::history::moment::Moment;
use crate::history::{ms, time};

/// At most this many events are played; the time before them is left out.
const EVENTS: i64 = 50_000;
/// At most this many marks and rollouts.
const MARKS: u32 = 300;
const GAPS: u32 = 200;

/// Those from which lanes are drawn.
const PLAYED: &str = "select e.at, e.data from stateful_set s join event e on e.set_uid = s.uid
     where s.namespace = ?1 and s.name = ?2 and e.id >= ?3 and e.at <= ?4
     and e.kind in ('snapshot', 'pod_gone', 'set', 'template', 'partition', 'scale', 'pod_down', 'pod_created', 'pod_ready', 'pod_not_ready', 'pod_restarted', 'pod_failing')
     order by e.id";

/// The newest snapshot up to a time, or the first one after it: its id and time.
const SNAPSHOT: &str = "select e.id, e.at from stateful_set s join event e on e.set_uid = s.uid
     where s.namespace = ?1 and s.name = ?2 and e.kind = 'snapshot' and e.id >= ?4
     order by e.at > ?3, case when e.at > ?3 then e.id else -e.id end limit 1";

const MARKED: &str = "select e.id, e.at, s.namespace, s.name, e.kind, e.sentence, e.ordinal, e.rollout, e.source, e.actor, e.reason, e.action, e.away
     from stateful_set s join event e on e.set_uid = s.uid
     where s.namespace = ?1 and s.name = ?2 and e.id >= ?3 and e.at >= ?4 and e.at <= ?5
     and e.kind in ('set', 'template', 'partition', 'scale', 'strategy', 'hold', 'action', 'plan_step', 'deviation', 'rollout')
     order by e.id desc limit ?6";

impl Store {
    /// Where playing begins, and from when on the lanes are known; `None` where nothing is.
    async fn beginning(
        &self,
        key: &SetKey,
        (from, to): (i64, i64),
    ) -> Result<Option<(i64, i64)>, StoreError> {
        let floor: Option<i64> = sqlx::query_scalar(
            "select e.id from stateful_set s join event e on e.set_uid = s.uid
             where s.namespace = ?1 and s.name = ?2 and e.at <= ?3 order by e.id desc limit 1 offset ?4",
        )
        .bind(&key.namespace)
        .bind(&key.name)
        .bind(to)
        .bind(EVENTS)
        .fetch_optional(&self.read)
        .await?;
        let snapshot: Option<(i64, i64)> = sqlx::query_as(SNAPSHOT)
            .bind(&key.namespace)
            .bind(&key.name)
            .bind(from)
            .bind(floor.unwrap_or(0))
            .fetch_optional(&self.read)
            .await?;
        Ok(snapshot.map(|(id, at)| (id, at.max(from))).filter(|(_, at)| *at < to))
    }

    /// The lanes of the sets of this name between two moments; `None` where nothing is known of that time.
    pub(super) async fn draw_lanes(
        &self,
        key: &SetKey,
        from: Timestamp,
        to: Timestamp,
    ) -> anyhow::Result<Option<Lanes>> {
        let Some((first, from)) = self.beginning(key, (ms(from), ms(to))).await? else {
            return Ok(None);
        };
        let mut drawing = Drawing::new(from, ms(to));
        let mut rows = sqlx::query_as::<_, (i64, String)>(PLAYED)
            .bind(&key.namespace)
            .bind(&key.name)
            .bind(first)
            .bind(ms(to))
            .fetch(&self.read);
        while let Some((at, json)) = rows.try_next().await? {
            drawing.play(at, &Data::from_json(&json).map_err(StoreError::Record)?);
        }
        drop(rows);
        let (lanes, left_out, holds) = drawing.finish();
        let span = Span { from: time(from), to };
        let mut rollouts = self.rollouts(key, None, MARKS, None).await?;
        rollouts.retain(|r| r.started <= to && r.ended.is_none_or(|e| e >= span.from));
        for rollout in &mut rollouts {
            rollout.changes.clear();
        }
        let gaps: Vec<(i64, i64)> = sqlx::query_as(
            "select began, ended from gap where ended > ?1 and began < ?2 order by ended desc limit ?3",
        )
        .bind(from)
        .bind(ms(to))
        .bind(GAPS)
        .fetch_all(&self.read)
        .await?;
        let gap = |(began, ended): (i64, i64)| Span {
            from: time(began.max(from)),
            to: time(ended.min(ms(to))),
        };
        let rows: Vec<EventRow> = sqlx::query_as(MARKED)
            .bind(&key.namespace)
            .bind(&key.name)
            .bind(first)
            .bind(from)
            .bind(ms(to))
            .bind(MARKS)
            .fetch_all(&self.read)
            .await?;
        let mut marks: Vec<EventView> =
            rows.into_iter().map(EventView::try_from).collect::<Result<_, _>>()?;
        marks.reverse();
        let gaps = gaps.into_iter().map(gap).collect();
        Ok(Some(Lanes { span, lanes, left_out, rollouts, holds, gaps, marks }))
    }
}

/// A moment as the API says it.
pub(super) fn view(moment: &Moment) -> MomentView {
    let scene = &moment.scene;
    let wanted = wanted(scene);
    let mut pods: Vec<MomentPod> = wanted
        .clone()
        .filter(|o| !scene.pods.contains_key(o))
        .map(|ordinal| MomentPod { ordinal, state: RunState::Down, revision: None })
        .collect();
    pods.extend(scene.pods.iter().map(|(ordinal, pod)| MomentPod {
        ordinal: *ordinal,
        state: state_of(pod),
        revision: label(scene, pod),
    }));
    pods.sort_unstable_by_key(|p| p.ordinal);
    pods.truncate(model::MAX_REPLICAS as usize);
    let held = scene.partition.filter(|p| *p > 0 && scene.current != scene.update);
    MomentView {
        at: moment.at,
        unsure: moment.unsure.map(|(from, to)| Span { from, to }),
        deleted: scene.deleted,
        start: scene.start,
        replicas: scene.replicas,
        strategy: scene.strategy.clone(),
        boundary: held.map(|p| scene.start.saturating_add(p)),
        update: scene.labels.get(&scene.update).cloned(),
        pods,
    }
}
