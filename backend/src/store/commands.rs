//! Commands that were run, as events.

use async_trait::async_trait;

use super::Store;
use crate::actions::commands::{CommandLog, Record};
use crate::history::data::Data;
use crate::history::ms;

#[async_trait]
impl CommandLog for Store {
    async fn ran(&self, record: &Record) -> anyhow::Result<()> {
        let data = Data::Command { name: record.command.clone(), exits: record.exits.clone() };
        let mut tx = self.write.begin_with("begin immediate").await?;
        // The recorder may not have got to the set yet.
        sqlx::query(
            "insert into stateful_set (uid, cluster, namespace, name, first_seen)
             values (?1, (select uid from cluster), ?2, ?3, ?4) on conflict do nothing",
        )
        .bind(&record.set_uid)
        .bind(&record.set.namespace)
        .bind(&record.set.name)
        .bind(ms(record.at))
        .execute(&mut *tx)
        .await?;
        sqlx::query(
            "insert into event (set_uid, at, kind, sentence, rollout, source, actor, data)
             values (?1, ?2, 'action', ?3, (select id from rollout where set_uid = ?1 and ended is null), 'panel', ?4, ?5)",
        )
        .bind(&record.set_uid)
        .bind(ms(record.at))
        .bind(&record.sentence)
        .bind(&record.user)
        .bind(data.to_json())
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use model::set::SetKey;
    use model::wire::{EventKind, Source};

    use super::*;
    use crate::history::Reader as _;
    use crate::store::testing::{Temporary, store};

    #[tokio::test]
    async fn a_run_is_an_event_of_its_set_and_the_past_can_still_be_drawn() {
        let Temporary { store, folder: _folder } = store().await;
        let set = SetKey::new("shop", "web");
        let at = Timestamp::from_second(1_000).unwrap();
        let record = Record {
            set: set.clone(),
            set_uid: "u".into(),
            user: "mara".into(),
            command: "visits".into(),
            at,
            sentence: "ran visits on web-0: exit code 0".into(),
            exits: vec![(0, Some(0)), (1, None)],
        };
        store.ran(&record).await.unwrap();
        let events = store.history(&set, None, 10).await.unwrap().events;
        assert_eq!(events.len(), 1);
        let event = &events[0];
        assert_eq!(
            (event.kind, event.at, event.sentence.as_str()),
            (EventKind::Action, at, record.sentence.as_str())
        );
        let actor = event.actor.clone().unwrap();
        assert_eq!((actor.source, actor.name.as_deref()), (Source::Panel, Some("mara")));
        assert_eq!(event.action, None, "there is no action to look up");
        let json: String =
            sqlx::query_scalar("select data from event").fetch_one(&store.read).await.unwrap();
        assert_eq!(json, r#"{"v":1,"what":"command","name":"visits","exits":[[0,0],[1,null]]}"#);
        assert!(store.lanes(&set, at, at).await.is_ok() && store.then(&set, at).await.is_ok());
    }
}
