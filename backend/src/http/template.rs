//! Recorded pod templates: read by their hash, masked, written as YAML, compared.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;

pub(super) use crate::actions::mask::masked;
use crate::actions::mask::{HIDDEN, each_literal};
use crate::history::Reader;

/// What stands in the place of a literal environment value, where a comparison has to show that the two values differ.
const HIDDEN_OTHER: &str = "(hidden, another value)";

/// Templates by hash. A hash never changes its content, so nothing here goes stale; the oldest half goes when it is full.
#[derive(Clone, Debug, Default)]
pub struct Templates(Arc<Mutex<Cache>>);

#[derive(Debug, Default)]
struct Cache {
    by_hash: HashMap<String, (u64, Arc<Value>)>,
    used: u64,
}

/// Enough for a large fleet that is rolling; a template is some kilobytes.
const KEPT: usize = 256;

impl Templates {
    /// The template with this hash, `None` if it was never recorded.
    ///
    /// # Errors
    /// If the history cannot be read, or holds something that is not JSON.
    pub async fn get(&self, reader: &dyn Reader, hash: &str) -> anyhow::Result<Option<Arc<Value>>> {
        if let Some(found) = self.cached(hash) {
            return Ok(Some(found));
        }
        let Some(text) = reader.template(hash).await? else { return Ok(None) };
        let value: Arc<Value> = Arc::new(serde_json::from_str(&text)?);
        self.keep(hash, &value);
        Ok(Some(value))
    }

    fn cached(&self, hash: &str) -> Option<Arc<Value>> {
        let mut cache = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        cache.used += 1;
        let now = cache.used;
        let (used, value) = cache.by_hash.get_mut(hash)?;
        *used = now;
        Some(value.clone())
    }

    fn keep(&self, hash: &str, value: &Arc<Value>) {
        let mut cache = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if cache.by_hash.len() >= KEPT {
            let mut uses: Vec<u64> = cache.by_hash.values().map(|(used, _)| *used).collect();
            uses.sort_unstable();
            let middle = uses[uses.len() / 2];
            cache.by_hash.retain(|_, (used, _)| *used >= middle);
        }
        cache.used += 1;
        let now = cache.used;
        cache.by_hash.insert(hash.to_owned(), (now, value.clone()));
    }
}

/// The template as YAML that kubectl reads back unchanged.
///
/// # Errors
/// If the writer refuses the value.
pub(super) fn yaml(template: &Value) -> anyhow::Result<String> {
    // Folded lines would make differences depend on where a line happened to break.
    let options = serde_saphyr::ser_options! {
        min_fold_chars: 1_000_000,
        folded_wrap_chars: 1_000_000,
    };
    Ok(serde_saphyr::to_string_with_options(template, options)?)
}

/// Masks two templates so that a comparison still shows which values differ.
pub(super) fn masked_pair(from: &Value, to: &Value) -> (Value, Value) {
    let mut before = BTreeMap::new();
    let mut copy = from.clone();
    each_literal(&mut copy, |place, value| {
        before.insert(place, std::mem::replace(value, HIDDEN.to_owned()));
    });
    let mut other = to.clone();
    each_literal(&mut other, |place, value| {
        let differs = before.get(&place).is_some_and(|old| old != value);
        if differs { HIDDEN_OTHER } else { HIDDEN }.clone_into(value);
    });
    (copy, other)
}

/// Unified difference of two texts, empty if they are equal.
pub(super) fn difference(from: &str, to: &str, names: (&str, &str)) -> String {
    if from == to {
        return String::new();
    }
    let diff = similar::TextDiff::from_lines(from, to);
    diff.unified_diff().context_radius(3).header(names.0, names.1).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn template(password: &str, image: &str) -> Value {
        json!({
            "metadata": { "annotations": { "flag": "yes", "note": "word ".repeat(60).trim() } },
            "spec": {
                "initContainers": [{ "name": "init", "env": [{ "name": "TOKEN", "value": "t0ken" }] }],
                "containers": [{
                    "name": "app",
                    "image": image,
                    "env": [
                        { "name": "PASSWORD", "value": password },
                        { "name": "FROM", "valueFrom": { "secretKeyRef": { "name": "s", "key": "k" } } },
                    ],
                }],
            },
        })
    }

    #[test]
    fn literal_environment_values_are_hidden_and_references_stay() {
        let yaml = yaml(&masked(&template("hunter2", "app:1"))).unwrap();
        assert!(!yaml.contains("hunter2") && !yaml.contains("t0ken"), "{yaml}");
        assert!(yaml.contains("secretKeyRef"), "{yaml}");
        assert!(yaml.contains("PASSWORD"), "{yaml}");
    }

    #[test]
    fn long_lines_are_not_folded_and_words_that_look_like_booleans_are_quoted() {
        let yaml = yaml(&template("x", "app:1")).unwrap();
        let note = yaml.lines().find(|l| l.contains("note:")).unwrap();
        assert!(note.len() > 250, "{note}");
        assert!(yaml.contains("\"yes\"") || yaml.contains("'yes'"), "{yaml}");
    }

    #[test]
    fn the_yaml_reads_back_as_the_same_value() {
        let value = template("multi\nline\n", "app:1");
        let back: Value = serde_saphyr::from_str(&yaml(&value).unwrap()).unwrap();
        assert_eq!(back, value);
    }

    #[test]
    fn a_hidden_value_that_differs_shows_that_it_does_and_not_what() {
        let (from, to) = masked_pair(&template("old-one", "app:1"), &template("new-one", "app:1"));
        let diff =
            difference(&yaml(&from).unwrap(), &yaml(&to).unwrap(), ("web-1 (r1)", "web-2 (r2)"));
        assert!(diff.contains("(hidden, another value)"), "{diff}");
        assert!(!diff.contains("old-one") && !diff.contains("new-one"), "{diff}");
        assert!(!diff.contains("TOKEN"), "an equal value is no difference: {diff}");
    }

    #[test]
    fn the_difference_is_unified_and_names_both_revisions() {
        let diff = difference("a\nb\nc\n", "a\nx\nc\n", ("web-1 (r1)", "web-2 (r2)"));
        assert_eq!(diff, "--- web-1 (r1)\n+++ web-2 (r2)\n@@ -1,3 +1,3 @@\n a\n-b\n+x\n c\n");
        assert_eq!(difference("a\n", "a\n", ("x", "y")), "");
    }

    #[test]
    fn the_cache_is_bounded_and_keeps_what_was_used_last() {
        let templates = Templates::default();
        for n in 0..KEPT * 2 {
            templates.keep(&n.to_string(), &Arc::new(json!(n)));
            templates.cached("0");
        }
        assert!(templates.0.lock().unwrap().by_hash.len() <= KEPT);
        assert!(templates.cached("0").is_some());
        assert!(templates.cached(&(KEPT * 2 - 1).to_string()).is_some());
        assert!(templates.cached("1").is_none());
    }
}
