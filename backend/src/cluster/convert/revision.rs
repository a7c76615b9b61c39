//! ControllerRevision → [`Revision`].

use k8s_openapi::api::apps::v1::ControllerRevision;
use model::revision::Revision;
use model::set::ContainerImage;
use serde_json::{Value, json};

use super::{canonical, created, digest, name, namespace, owning_set, shape, uid};

/// The facts of a revision; `None` if no StatefulSet controls it (a DaemonSet's, say).
pub fn revision(object: &ControllerRevision) -> Option<Revision> {
    let meta = &object.metadata;
    let owner = owning_set(meta)?;
    let template = recorded(object);
    Some(Revision {
        namespace: namespace(meta),
        name: name(meta),
        uid: uid(meta),
        set_uid: owner.uid.clone(),
        number: object.revision.unwrap_or_default(),
        was: Vec::new(),
        created: created(meta),
        hash: digest(&canonical(&template)),
        shape: shape(&template),
        before_134: template.pointer("/metadata/creationTimestamp").is_some_and(Value::is_null),
        images: images(&template, "/spec/containers"),
        init_images: images(&template, "/spec/initContainers"),
        change_cause: meta
            .annotations
            .as_ref()
            .and_then(|a| a.get("kubernetes.io/change-cause").cloned()),
    })
}

/// The recorded pod template as JSON text: sorted keys and no nulls.
pub fn template(object: &ControllerRevision) -> String {
    canonical(&recorded(object))
}

/// The recorded pod template without the `$patch` mark that the controller adds for its own use.
/// Source: kubernetes `stateful_set_utils.go`, `getPatch`.
fn recorded(object: &ControllerRevision) -> Value {
    let mut template =
        object.data.0.pointer("/spec/template").cloned().unwrap_or_else(|| json!({}));
    if let Value::Object(fields) = &mut template {
        fields.remove("$patch");
    }
    template
}

fn images(template: &Value, list: &str) -> Vec<ContainerImage> {
    let text = |c: &Value, key: &str| c[key].as_str().unwrap_or_default().to_owned();
    let all = template.pointer(list).and_then(Value::as_array).into_iter().flatten();
    all.map(|c| ContainerImage { container: text(c, "name"), image: text(c, "image") }).collect()
}

#[cfg(test)]
mod tests {
    use k8s_openapi::api::apps::v1::StatefulSet;

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
    fn init_containers_and_the_form_of_older_controllers_are_read() {
        let mut object = object("StatefulSet");
        assert!(revision(&object).unwrap().before_134);
        let template = &mut object.data.0["spec"]["template"];
        template["metadata"].as_object_mut().unwrap().remove("creationTimestamp");
        template["spec"]["initContainers"] = json!([{"name": "prep", "image": "prep:1"}]);
        let read = revision(&object).unwrap();
        assert!(!read.before_134);
        assert_eq!(
            read.init_images,
            [ContainerImage { container: "prep".into(), image: "prep:1".into() }]
        );
        assert_eq!(read.images.len(), 1);
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
    fn a_set_and_its_revision_have_the_same_digests() {
        let set: StatefulSet = serde_json::from_value(json!({
            "metadata": {"name": "web"},
            "spec": {"selector": {}, "serviceName": "web", "template": {
                "metadata": {"labels": {"app": "web"}},
                "spec": {"containers": [{"name": "app", "image": "app:2", "resources": {}}]}}},
        }))
        .unwrap();
        let set = super::super::set(&set);
        let revision = revision(&object("StatefulSet")).unwrap();
        assert_eq!(set.template_hash, revision.hash);
        assert_eq!(set.template_shape, revision.shape);
    }
}
