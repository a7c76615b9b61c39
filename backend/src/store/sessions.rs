//! Table `session`.

use async_trait::async_trait;
use jiff::Timestamp;

use super::{Store, StoreError};
use crate::identity::{SessionKey, SessionRow, SessionRows};

#[async_trait]
impl SessionRows for Store {
    async fn insert(&self, row: &SessionRow) -> anyhow::Result<bool> {
        let done = sqlx::query(
            "insert into session (key, user_id, data, expires) values ($1, $2, $3, $4)
             on conflict (key) do nothing",
        )
        .bind(&row.key.0[..])
        .bind(row.user_id)
        .bind(&row.data)
        .bind(row.expires.as_millisecond())
        .execute(&self.write)
        .await?;
        Ok(done.rows_affected() == 1)
    }

    async fn update(&self, row: &SessionRow) -> anyhow::Result<()> {
        sqlx::query("update session set user_id = $2, data = $3, expires = $4 where key = $1")
            .bind(&row.key.0[..])
            .bind(row.user_id)
            .bind(&row.data)
            .bind(row.expires.as_millisecond())
            .execute(&self.write)
            .await?;
        Ok(())
    }

    async fn touch(&self, key: SessionKey, expires: Timestamp) -> anyhow::Result<()> {
        sqlx::query("update session set expires = $2 where key = $1 and expires < $2")
            .bind(&key.0[..])
            .bind(expires.as_millisecond())
            .execute(&self.write)
            .await?;
        Ok(())
    }

    async fn find(&self, key: SessionKey) -> anyhow::Result<Option<SessionRow>> {
        let row: Option<(i64, String, i64)> =
            sqlx::query_as("select user_id, data, expires from session where key = $1")
                .bind(&key.0[..])
                .fetch_optional(&self.read)
                .await?;
        row.map(|(user_id, data, expires)| {
            let expires = Timestamp::from_millisecond(expires)
                .map_err(|e| StoreError::Record(format!("expiry of a session: {e}")))?;
            Ok(SessionRow { key, user_id, data, expires })
        })
        .transpose()
    }

    async fn delete(&self, key: SessionKey) -> anyhow::Result<bool> {
        let done = sqlx::query("delete from session where key = $1")
            .bind(&key.0[..])
            .execute(&self.write)
            .await?;
        Ok(done.rows_affected() > 0)
    }

    async fn delete_expired(&self, now: Timestamp) -> anyhow::Result<Vec<SessionKey>> {
        let keys: Vec<(Vec<u8>,)> =
            sqlx::query_as("delete from session where expires <= $1 returning key")
                .bind(now.as_millisecond())
                .fetch_all(&self.write)
                .await?;
        // A key of another length is none that anybody could hold.
        Ok(keys.into_iter().filter_map(|(key,)| key.try_into().ok().map(SessionKey)).collect())
    }
}

#[cfg(test)]
mod tests {
    use jiff::ToSpan;

    use super::*;
    use crate::identity::Accounts;
    use crate::identity::testing::Panel;

    async fn row(panel: &Panel, key: u8, user: &str) -> SessionRow {
        let account = match panel.store.by_name(user).await.unwrap() {
            Some(account) => account,
            None => panel.user(user).await,
        };
        SessionRow {
            key: SessionKey([key; 32]),
            user_id: account.id,
            data: "{}".to_owned(),
            expires: panel.time.now() + 1.hours(),
        }
    }

    #[tokio::test]
    async fn a_session_is_inserted_once_updated_and_deleted() {
        let panel = Panel::new().await;
        let store = &panel.store;
        let mut one = row(&panel, 1, "alice").await;
        assert!(store.insert(&one).await.unwrap());
        assert!(!store.insert(&SessionRow { data: "[]".to_owned(), ..one.clone() }).await.unwrap());
        assert_eq!(store.find(one.key).await.unwrap().as_ref(), Some(&one));
        one.data = r#"{"a":1}"#.to_owned();
        store.update(&one).await.unwrap();
        assert_eq!(store.find(one.key).await.unwrap().as_ref(), Some(&one));
        assert!(SessionRows::delete(store, one.key).await.unwrap());
        assert!(!SessionRows::delete(store, one.key).await.unwrap());
        store.update(&one).await.unwrap();
        assert_eq!(store.find(one.key).await.unwrap(), None);
    }

    #[tokio::test]
    async fn an_expiry_only_moves_forward() {
        let panel = Panel::new().await;
        let one = row(&panel, 1, "alice").await;
        panel.store.insert(&one).await.unwrap();
        let later = one.expires + 1.hours();
        panel.store.touch(one.key, later).await.unwrap();
        panel.store.touch(one.key, one.expires).await.unwrap();
        assert_eq!(panel.store.find(one.key).await.unwrap().unwrap().expires, later);
    }

    #[tokio::test]
    async fn only_what_expired_is_swept() {
        let panel = Panel::new().await;
        let one = row(&panel, 1, "alice").await;
        let two =
            SessionRow { expires: one.expires + 1.seconds(), ..row(&panel, 2, "alice").await };
        panel.store.insert(&one).await.unwrap();
        panel.store.insert(&two).await.unwrap();
        assert_eq!(panel.store.delete_expired(one.expires).await.unwrap(), [one.key]);
        assert_eq!(panel.store.find(two.key).await.unwrap(), Some(two));
    }

    #[tokio::test]
    async fn sessions_go_with_their_user_or_password() {
        let panel = Panel::new().await;
        let (one, two) = (row(&panel, 1, "alice").await, row(&panel, 2, "bob").await);
        for session in [&one, &two] {
            panel.store.insert(session).await.unwrap();
        }
        panel.store.remove("alice").await.unwrap();
        assert_eq!(panel.store.find(one.key).await.unwrap(), None);
        assert!(panel.store.find(two.key).await.unwrap().is_some());
        panel.store.set_password("bob", "x", panel.time.now()).await.unwrap();
        assert_eq!(panel.store.find(two.key).await.unwrap(), None);
    }

    #[tokio::test]
    async fn a_session_of_nobody_is_refused() {
        let panel = Panel::new().await;
        let one = SessionRow { user_id: 99, ..row(&panel, 1, "alice").await };
        assert!(panel.store.insert(&one).await.is_err());
    }
}
