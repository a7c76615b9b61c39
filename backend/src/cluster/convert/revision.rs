//! ControllerRevision → [`Revision`].

use k8s_openapi::api::apps::v1::ControllerRevision;
use model::revision::Revision;
use model::set::ContainerImage;
use serde_json::Value;

use super::{canonical, created, digest, name, namespace, owning_set, uid};

/// The facts of a revision; `None` if no StatefulSet controls it (a DaemonSet's, say).
pub fn revision(object: &ControllerRevision) -> Option<Revision> {
    let meta = &object.metadata;
    let owner = owning_set(meta)?;
    Some(Revision {
        namespace: namespace(meta),
        name: name(meta),
        uid: uid(meta),
        set_uid: owner.uid.clone(),
        number: object.revision.unwrap_or_default(),
        was: Vec::new(),
        created: created(meta),
        hash: digest(&template(object)),
        images: recorded_images(object),
        change_cause: meta
            .annotations
            .as_ref()
            .and_then(|a| a.get("kubernetes.io/change-cause").cloned()),
    })
}

/// The recorded pod template as JSON text: sorted keys, no nulls, and without the `$patch` mark that the controller
/// adds for its own use. Source: kubernetes `stateful_set_utils.go`, `getPatch`.
pub fn template(object: &ControllerRevision) -> String {
    let Some(recorded) = object.data.0.pointer("/spec/template") else {
        return "{}".to_owned();
    };
    match recorded {
        Value::Object(fields) if fields.contains_key("$patch") => {
            let mut fields = fields.clone();
            fields.remove("$patch");
            canonical(&Value::Object(fields))
        }
        other => canonical(other),
    }
}

fn recorded_images(object: &ControllerRevision) -> Vec<ContainerImage> {
    let text = |c: &Value, key: &str| c[key].as_str().unwrap_or_default().to_owned();
    object
        .data
        .0
        .pointer("/spec/template/spec/containers")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .map(|c| ContainerImage { container: text(c, "name"), image: text(c, "image") })
        .collect()
}

#[cfg(test)]
mod tests {
    use k8s_openapi::api::apps::v1::StatefulSet;
    use serde_json::json;

    use super::*;

    fn object(kind: &str) -> ControllerRevision {
        serde_json::from_value(json!({
            "metadata": {"namespace": "shop", "name": "web-6b7c", "uid": "r1",
                "creationTimestamp": "2026-01-01T00:00:00Z",
                "annotations": {"kubernetes.io/change-cause": "bump"},
                "ownerReferences": [{"apiVersion": "apps/v1", "kind": kind, "name": "web",
                    "uid": "u1", "controller": true}]},
            "revision": 7,
            "data": {"spec": {"template": {"$patch": "replace",
                "metadata": {"creationTimestamp": null, "labels": {"app": "web"}},
                "spec": {"containers": [
                    {"name": "app", "image": "app:2", "resources": {}}]}}}},
        }))
        .unwrap()
    }

    #[test]
    fn a_revision_of_a_set_is_read() {
        let revision = revision(&object("StatefulSet")).unwrap();
        assert_eq!((revision.name.as_str(), revision.number), ("web-6b7c", 7));
        assert_eq!(revision.set_uid, "u1");
        assert_eq!(revision.change_cause.as_deref(), Some("bump"));
        assert_eq!(
            revision.images,
            [ContainerImage { container: "app".into(), image: "app:2".into() }]
        );
        assert_eq!(revision.hash.len(), 32);
    }

    #[test]
    fn a_revision_of_another_kind_is_dropped() {
        assert_eq!(revision(&object("DaemonSet")), None);
    }

    #[test]
    fn the_template_is_what_a_set_would_carry() {
        assert_eq!(
            template(&object("StatefulSet")),
            r#"{"metadata":{"labels":{"app":"web"}},"spec":{"containers":[{"image":"app:2","name":"app","resources":{}}]}}"#
        );
    }

    #[test]
    fn a_set_and_its_revision_have_the_same_digest() {
        let set: StatefulSet = serde_json::from_value(json!({
            "metadata": {"name": "web"},
            "spec": {"selector": {}, "serviceName": "web", "template": {
                "metadata": {"labels": {"app": "web"}},
                "spec": {"containers": [{"name": "app", "image": "app:2", "resources": {}}]}}},
        }))
        .unwrap();
        assert_eq!(
            super::super::set(&set).template_hash,
            revision(&object("StatefulSet")).unwrap().hash
        );
    }
}
