//! Templates of recorded revisions, for roll backs.

use async_trait::async_trait;
use serde_json::Value;

use super::Store;
use crate::actions::Templates;

#[async_trait]
impl Templates for Store {
    async fn hash_of(&self, set_uid: &str, revision: &str) -> anyhow::Result<Option<String>> {
        let hash = sqlx::query_scalar(
            "select hash from set_revision where set_uid = ?1 and name = ?2 order by number desc limit 1",
        )
        .bind(set_uid)
        .bind(revision)
        .fetch_optional(&self.read)
        .await?;
        Ok(hash)
    }

    async fn template(&self, hash: &str) -> anyhow::Result<Option<Value>> {
        let text = crate::history::Reader::template(self, hash).await?;
        Ok(text.map(|text| serde_json::from_str(&text)).transpose()?)
    }
}
