//! That labels and annotations of a set changed, without what they say: annotations may hold anything, secrets too.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

use super::digest;

/// Keys under which tools keep what they applied, or this panel its last action: they change with every change of the set and
/// tell nothing of their own.
fn is_book(key: &str) -> bool {
    let name = key.rsplit('/').next().unwrap_or(key);
    key.starts_with("rollcall.dev/")
        || name == "last-applied"
        || name == "last-applied-configuration"
        || key == "objectset.rio.cattle.io/applied"
}

/// Characters of a digest that are kept.
const SHORT: usize = 8;

/// As [`model::set::Set::marks`].
pub(super) fn marks(meta: &ObjectMeta) -> Vec<String> {
    let uid = meta.uid.as_deref().unwrap_or_default();
    let labels = meta.labels.iter().flatten().map(|(k, v)| ("label", k, v));
    let annotations = meta.annotations.iter().flatten().map(|(k, v)| ("annotation", k, v));
    labels
        .chain(annotations)
        .filter(|(_, key, _)| !is_book(key))
        .map(|(what, key, value)| {
            let name = format!("{what} {key}");
            // Short, and of this set alone: it serves to be compared, and not to be searched for.
            let hash = digest(&format!("{uid}\n{name}\n{value}"));
            format!("{name}={}", &hash[..SHORT])
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn of(annotation: &str) -> Vec<String> {
        let meta = json!({"uid": "u", "labels": {"app": "web"}, "annotations": {
            "owner": annotation,
            "rollcall.dev/action": annotation,
            "kubectl.kubernetes.io/last-applied-configuration": annotation,
        }});
        marks(&serde_json::from_value(meta).unwrap())
    }

    #[test]
    fn a_change_shows_and_neither_values_nor_the_books_of_tools_do() {
        let (one, other) = (of("mara"), of("hunter2"));
        let keys: Vec<&str> = one.iter().filter_map(|m| Some(m.split_once('=')?.0)).collect();
        assert_eq!(keys, ["label app", "annotation owner"]);
        assert_eq!(one[0], other[0]);
        assert_ne!(one[1], other[1]);
        assert!(!format!("{other:?}").contains("hunter2"));
    }
}
