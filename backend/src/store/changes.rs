//! What changed between two recorded templates, as the sentences of a rollout.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;
use sqlx::SqlitePool;

/// Pairs remembered; a few sentences each.
const KEPT: usize = 4_096;

type Pair = (String, String);

/// Computed once: a hash never changes its content. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub(super) struct Changes(Arc<Mutex<HashMap<Pair, Vec<String>>>>);

impl Changes {
    /// The sentences; none where a template is not kept (yet).
    pub(super) async fn between(
        &self,
        read: &SqlitePool,
        from: &str,
        to: &str,
    ) -> anyhow::Result<Vec<String>> {
        let pair = (from.to_owned(), to.to_owned());
        if let Some(known) = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&pair) {
            return Ok(known.clone());
        }
        let rows: Vec<(String, String)> =
            sqlx::query_as("select hash, template from revision where hash in (?1, ?2)")
                .bind(from)
                .bind(to)
                .fetch_all(read)
                .await?;
        let mut templates: HashMap<String, String> = rows.into_iter().collect();
        let Some(to) = templates.get(to).cloned() else { return Ok(Vec::new()) };
        let Some(from) = templates.remove(from) else { return Ok(Vec::new()) };
        // Large templates take their time, and requests must not wait for it.
        let sentences = tokio::task::spawn_blocking(move || compare(&from, &to)).await?;
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= KEPT {
            known.clear();
        }
        known.insert(pair, sentences.clone());
        Ok(sentences)
    }
}

fn compare(from: &str, to: &str) -> Vec<String> {
    let read = |json: &str| serde_json::from_str::<Value>(json).ok();
    let (Some(from), Some(to)) = (read(from), read(to)) else { return Vec::new() };
    // Literal environment values stay out: the history is read by more people than the templates.
    model::diff::changes(&from, &to, false).into_iter().map(|c| c.sentence).collect()
}

#[cfg(test)]
mod tests {
    use crate::history::ledger::{Batch, Ledger, Write};
    use crate::store::testing::{Temporary, store};

    fn template(hash: &str, image: &str) -> Write {
        let template = format!(r#"{{"spec":{{"containers":[{{"name":"a","image":"{image}"}}]}}}}"#);
        Write::Template { hash: hash.into(), template, at: 1 }
    }

    #[tokio::test]
    async fn two_templates_are_compared_once_and_a_missing_one_is_not_remembered() {
        let Temporary { store, folder: _folder } = store().await;
        let write = async |one| {
            let batch = Batch { writes: vec![one], ..Batch::default() };
            store.write(&batch).await.unwrap();
        };
        let between = || store.changes.between(&store.read, "h1", "h2");
        write(template("h1", "app:1")).await;
        assert_eq!(between().await.unwrap(), Vec::<String>::new());
        write(template("h2", "app:2")).await;
        let first = between().await.unwrap();
        assert_eq!(first.len(), 1, "{first:?}");
        sqlx::query("delete from revision").execute(&store.write).await.unwrap();
        assert_eq!(between().await.unwrap(), first);
    }
}
