//! Intents and outcomes of actions.

use async_trait::async_trait;
use jiff::Timestamp;
use model::wire::{ActionResult, Outcome};

use super::actions::ActionRow;
use super::{Store, StoreError, rows};
use crate::actions::{Entry, Journal};
use crate::history::data::Data;
use crate::history::ms;

#[async_trait]
impl Journal for Store {
    async fn begin(&self, entry: &Entry) -> anyhow::Result<Option<Entry>> {
        let request = serde_json::to_string(&entry.request)?;
        let result = entry.result.as_ref().map(serde_json::to_string).transpose()?;
        let mut tx = self.write.begin_with("begin immediate").await?;
        let inserted = sqlx::query(
            "insert into action (id, set_uid, namespace, name, user, acted_as, idempotency_key, request, summary, generation, at, outcome, ended, result, error)
             values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)
             on conflict (user, idempotency_key) do nothing",
        )
        .bind(&entry.id)
        .bind(&entry.set_uid)
        .bind(&entry.set.namespace)
        .bind(&entry.set.name)
        .bind(&entry.user)
        .bind(&entry.acted_as)
        .bind(&entry.idempotency_key)
        .bind(request)
        .bind(&entry.summary)
        .bind(entry.generation)
        .bind(ms(entry.at))
        .bind(rows::outcome_code(entry.outcome)?)
        .bind(entry.ended.map(ms))
        .bind(result)
        .bind(&entry.error)
        .execute(&mut *tx)
        .await?
        .rows_affected();
        if inserted == 1 {
            tx.commit().await?;
            return Ok(None);
        }
        let earlier: ActionRow =
            sqlx::query_as("select * from action where user = ?1 and idempotency_key = ?2")
                .bind(&entry.user)
                .bind(&entry.idempotency_key)
                .fetch_one(&mut *tx)
                .await?;
        Ok(Some(earlier.try_into()?))
    }

    async fn end(
        &self,
        id: &str,
        outcome: Outcome,
        at: Timestamp,
        result: Option<&ActionResult>,
        error: Option<&str>,
    ) -> anyhow::Result<()> {
        let result = result.map(serde_json::to_string).transpose()?;
        let code = rows::outcome_code(outcome)?;
        let mut tx = self.write.begin_with("begin immediate").await?;
        let row: ActionRow = sqlx::query_as("select * from action where id = ?1")
            .bind(id)
            .fetch_optional(&mut *tx)
            .await?
            .ok_or_else(|| StoreError::Record(format!("there is no action {id}")))?;
        // Once it is known what became of it, it stays; the same outcome twice is told once.
        if !matches!(row.outcome.as_str(), "pending" | "unknown") || row.outcome == code {
            return Ok(());
        }
        sqlx::query(
            "update action set outcome = ?2, ended = ?3, result = coalesce(?4, result), error = ?5 where id = ?1",
        )
        .bind(id)
        .bind(code)
        .bind(ms(at))
        .bind(result)
        .bind(error)
        .execute(&mut *tx)
        .await?;
        if let Some(sentence) = sentence(&row.summary, outcome, error) {
            let entry: Entry = row.try_into()?;
            let data = Data::Action { id: entry.id.clone(), outcome: code.to_owned() };
            // The recorder may not have got to the set yet.
            sqlx::query(
                "insert into stateful_set (uid, cluster, namespace, name, first_seen)
                 values (?1, (select uid from cluster), ?2, ?3, ?4) on conflict do nothing",
            )
            .bind(&entry.set_uid)
            .bind(&entry.set.namespace)
            .bind(&entry.set.name)
            .bind(ms(at))
            .execute(&mut *tx)
            .await?;
            sqlx::query(
                "insert into event (set_uid, at, kind, sentence, rollout, source, actor, reason, action, data)
                 values (?1, ?2, 'action', ?3, (select id from rollout where set_uid = ?1 and ended is null), 'panel', ?4, ?5, ?6, ?7)",
            )
            .bind(&entry.set_uid)
            .bind(ms(at))
            .bind(sentence)
            .bind(&entry.user)
            .bind(&entry.request.reason)
            .bind(&entry.id)
            .bind(data.to_json())
            .execute(&mut *tx)
            .await?;
        }
        tx.commit().await?;
        Ok(())
    }

    async fn by_key(&self, user: &str, key: &str) -> anyhow::Result<Option<Entry>> {
        let row: Option<ActionRow> =
            sqlx::query_as("select * from action where user = ?1 and idempotency_key = ?2")
                .bind(user)
                .bind(key)
                .fetch_optional(&self.read)
                .await?;
        Ok(row.map(TryInto::try_into).transpose()?)
    }

    async fn find(&self, id: &str) -> anyhow::Result<Option<Entry>> {
        let row: Option<ActionRow> = sqlx::query_as("select * from action where id = ?1")
            .bind(id)
            .fetch_optional(&self.read)
            .await?;
        Ok(row.map(Entry::try_from).transpose()?)
    }

    async fn open(&self) -> anyhow::Result<Vec<Entry>> {
        let rows: Vec<ActionRow> =
            sqlx::query_as("select * from action where outcome = 'pending' order by at, id")
                .fetch_all(&self.read)
                .await?;
        Ok(rows.into_iter().map(Entry::try_from).collect::<Result<_, _>>()?)
    }
}

/// What the history says of an outcome, without the actor; `None` while there is nothing to say.
fn sentence(summary: &str, outcome: Outcome, error: Option<&str>) -> Option<String> {
    match outcome {
        Outcome::Applied => Some(match error {
            Some(left) => format!("{summary}, but not all of it: {left}"),
            None => summary.to_owned(),
        }),
        Outcome::Refused => {
            Some(format!("tried, and nothing changed: {summary} ({})", error.unwrap_or("refused")))
        }
        Outcome::Unknown => Some(format!("{summary}: whether it took effect is not known")),
        Outcome::Pending | Outcome::DryRun => None,
    }
}
