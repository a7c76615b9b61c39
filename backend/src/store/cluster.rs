//! The one cluster a database belongs to.

use jiff::Timestamp;

use super::{Store, StoreError};
use crate::history::ms;

impl Store {
    /// Notes the cluster (uid of kube-system) in a new database. `name` is what the top bar shows.
    ///
    /// # Errors
    /// If the database belongs to another cluster.
    pub async fn bind_cluster(
        &self,
        uid: &str,
        name: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut tx = self.write.begin_with("begin immediate").await?;
        let found: Option<String> =
            sqlx::query_scalar("select uid from cluster").fetch_optional(&mut *tx).await?;
        match found {
            Some(found) if found != uid => {
                return Err(StoreError::OtherCluster { found, here: uid.to_owned() });
            }
            Some(_) => {
                sqlx::query("update cluster set name = ?1 where uid = ?2")
                    .bind(name)
                    .bind(uid)
                    .execute(&mut *tx)
                    .await?;
            }
            None => {
                sqlx::query("insert into cluster (uid, name, first_seen) values (?1, ?2, ?3)")
                    .bind(uid)
                    .bind(name)
                    .bind(ms(now))
                    .execute(&mut *tx)
                    .await?;
            }
        }
        tx.commit().await?;
        Ok(())
    }

    /// uid of the cluster this database belongs to, `None` while it is new.
    ///
    /// # Errors
    /// If the database cannot be read.
    pub async fn cluster(&self) -> Result<Option<String>, StoreError> {
        Ok(sqlx::query_scalar("select uid from cluster").fetch_optional(&self.read).await?)
    }
}
