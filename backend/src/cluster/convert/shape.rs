//! The digest of a pod template without the images that people set.

use serde_json::Value;

use super::{canonical, digest};

/// The lists of a pod spec whose images `kubectl set image` and the panel set.
const LISTS: [&str; 2] = ["containers", "initContainers"];

/// Digest of a pod template with each image emptied: two templates of one shape are the same once their images are. Like every
/// digest of a template it goes by [`canonical`]: the order of keys and null members do not count.
pub fn shape(template: &Value) -> String {
    let mut blank = template.clone();
    for list in LISTS {
        let containers = blank.pointer_mut("/spec").and_then(|spec| spec.get_mut(list));
        for container in containers.and_then(Value::as_array_mut).into_iter().flatten() {
            if let Some(image) = container.get_mut("image") {
                *image = Value::Null;
            }
        }
    }
    digest(&canonical(&blank))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn template() -> Value {
        json!({
            "metadata": {"labels": {"app": "web"}, "annotations": {"note": "image"}},
            "spec": {
                "initContainers": [{"name": "prep", "image": "prep:1"}],
                "containers": [
                    {"name": "app", "image": "app:1", "env": [{"name": "image", "value": "x"}]},
                    {"name": "side", "image": "side:1"},
                ],
                "volumes": [{"name": "model", "image": {"reference": "weights:1"}}],
            },
        })
    }

    fn with(path: &str, value: Value) -> String {
        let mut other = template();
        *other.pointer_mut(path).unwrap() = value;
        shape(&other)
    }

    #[test]
    fn images_of_containers_and_of_init_containers_do_not_count() {
        let first = shape(&template());
        assert_eq!(first.len(), 32);
        assert_eq!(with("/spec/containers/0/image", json!("app:2")), first);
        assert_eq!(with("/spec/containers/1/image", json!("side:2")), first);
        assert_eq!(with("/spec/initContainers/0/image", json!("prep:2")), first);
    }

    #[test]
    fn everything_else_counts() {
        let first = shape(&template());
        for (path, value) in [
            ("/spec/containers/0/name", json!("main")),
            ("/spec/containers/0/env/0/value", json!("y")),
            ("/spec/volumes/0/image/reference", json!("weights:2")),
            ("/spec/initContainers", json!([])),
            ("/metadata/annotations", json!({"kubectl.kubernetes.io/restartedAt": "now"})),
        ] {
            assert_ne!(with(path, value), first, "{path}");
        }
    }
}
