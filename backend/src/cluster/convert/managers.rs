//! Who manages a set: `metadata.managedFields`, and the marks of deployment tools.

use std::collections::BTreeMap;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::{ManagedFieldsEntry, ObjectMeta};
use model::set::{ManagedBy, Manager, Owned};
use serde_json::Value;

use super::moment;

/// The entries that are about more than a subresource's status.
pub(super) fn managers(meta: &ObjectMeta) -> Vec<Manager> {
    meta.managed_fields
        .iter()
        .flatten()
        .filter(|entry| entry.subresource.as_deref() != Some("status"))
        .map(manager)
        .collect()
}

fn manager(entry: &ManagedFieldsEntry) -> Manager {
    let spec = entry.fields_v1.as_ref().and_then(|fields| fields.0.get("f:spec"));
    let has = |path: &[&str]| {
        let mut at = spec;
        for key in path {
            at = at.and_then(|v| v.get(key));
        }
        at.is_some()
    };
    Manager {
        name: entry.manager.clone().unwrap_or_default(),
        operation: entry.operation.clone().unwrap_or_default(),
        at: moment(entry.time.as_ref()),
        owns: Owned {
            template: spec
                .and_then(|s| s.get("f:template"))
                .and_then(Value::as_object)
                // A lone "." owns the object's existence, none of its fields.
                .is_some_and(|fields| fields.keys().any(|k| k != ".")),
            partition: has(&["f:updateStrategy", "f:rollingUpdate", "f:partition"]),
            strategy: has(&["f:updateStrategy", "f:type"]),
            replicas: has(&["f:replicas"]),
            spec: spec.is_some(),
        },
    }
}

/// The tool that will put the spec back. Argo CD and Flux are asked before Helm, because both deploy Helm charts
/// and are then the ones that reconcile.
pub(super) fn managed_by(meta: &ObjectMeta) -> Option<ManagedBy> {
    let label = |key: &str| get(meta.labels.as_ref(), key);
    let annotation = |key: &str| get(meta.annotations.as_ref(), key);
    let owned = |tool: &str, name: Option<String>| Some(ManagedBy { tool: tool.to_owned(), name });

    // `<application>:<group>/<kind>:<namespace>/<name>`. Source: Argo CD, resource tracking.
    if let Some(id) = annotation("argocd.argoproj.io/tracking-id") {
        return owned("Argo CD", id.split(':').next().map(str::to_owned));
    }
    if let Some(app) =
        label("argocd.argoproj.io/instance").or_else(|| annotation("argocd.argoproj.io/instance"))
    {
        return owned("Argo CD", Some(app));
    }
    for key in ["kustomize.toolkit.fluxcd.io/name", "helm.toolkit.fluxcd.io/name"] {
        if let Some(name) = label(key) {
            return owned("Flux", Some(name));
        }
    }
    // Who tracks objects in another way (Argo CD's plain label, server-side apply) still writes under its own name.
    let managers = || meta.managed_fields.iter().flatten().filter_map(|e| e.manager.as_deref());
    for (manager, tool) in [
        ("argocd-controller", "Argo CD"),
        ("argocd-application-controller", "Argo CD"),
        ("kustomize-controller", "Flux"),
        ("helm-controller", "Flux"),
    ] {
        if managers().any(|m| m == manager) {
            return owned(tool, None);
        }
    }
    let release = annotation("meta.helm.sh/release-name");
    let by_helm = label("app.kubernetes.io/managed-by").as_deref() == Some("Helm");
    (by_helm || release.is_some()).then(|| ManagedBy { tool: "Helm".to_owned(), name: release })
}

fn get(map: Option<&BTreeMap<String, String>>, key: &str) -> Option<String> {
    map?.get(key).cloned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn meta(value: Value) -> ObjectMeta {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn owned_parts_are_read_from_the_field_sets_and_status_entries_are_left_out() {
        let all = managers(&meta(json!({"managedFields": [
            {"manager": "helm", "operation": "Update", "time": "2026-01-02T03:04:05Z",
             "fieldsV1": {"f:metadata": {"f:labels": {}}, "f:spec": {
                "f:replicas": {},
                "f:template": {"f:spec": {"f:containers": {}}},
                "f:updateStrategy": {"f:rollingUpdate": {".": {}, "f:partition": {}}, "f:type": {}}}}},
            {"manager": "kubectl-patch", "operation": "Apply",
             "fieldsV1": {"f:spec": {"f:template": {".": {}}}}},
            {"manager": "kubectl-scale", "operation": "Update", "subresource": "scale",
             "fieldsV1": {"f:spec": {"f:replicas": {}}}},
            {"manager": "kube-controller-manager", "operation": "Update", "subresource": "status",
             "fieldsV1": {"f:status": {"f:replicas": {}}}},
        ]})));
        let names: Vec<_> = all.iter().map(|m| m.name.as_str()).collect();
        assert_eq!(names, ["helm", "kubectl-patch", "kubectl-scale"]);
        assert_eq!(
            all[0].owns,
            Owned { template: true, partition: true, strategy: true, replicas: true, spec: true }
        );
        assert_eq!(all[0].at, Some("2026-01-02T03:04:05Z".parse().unwrap()));
        assert_eq!(all[1].owns, Owned { spec: true, ..Owned::default() });
        assert_eq!(all[2].owns, Owned { replicas: true, spec: true, ..Owned::default() });
    }

    #[test]
    fn deployment_tools_are_known_by_their_marks() {
        let helm = json!({"labels": {"app.kubernetes.io/managed-by": "Helm"},
            "annotations": {"meta.helm.sh/release-name": "orders"}});
        let argo = json!({"labels": {"app.kubernetes.io/managed-by": "Helm"},
            "annotations": {"argocd.argoproj.io/tracking-id": "shop:apps/StatefulSet:shop/web"}});
        let argo_label = json!({"labels": {"argocd.argoproj.io/instance": "shop"}});
        let flux = json!({"labels": {"kustomize.toolkit.fluxcd.io/name": "apps"}});
        let flux_helm = json!({"labels": {"helm.toolkit.fluxcd.io/name": "orders"},
            "annotations": {"meta.helm.sh/release-name": "orders"}});
        let argo_writes = json!({"labels": {"app.kubernetes.io/managed-by": "Helm", "app.kubernetes.io/instance": "shop"},
            "managedFields": [{"manager": "argocd-controller", "operation": "Apply"}]});
        let flux_writes =
            json!({"managedFields": [{"manager": "kustomize-controller", "operation": "Apply"}]});
        let nobody = json!({"labels": {"app.kubernetes.io/managed-by": "hand"}});
        let table = [
            (helm, Some(("Helm", Some("orders")))),
            (argo, Some(("Argo CD", Some("shop")))),
            (argo_label, Some(("Argo CD", Some("shop")))),
            (flux, Some(("Flux", Some("apps")))),
            (flux_helm, Some(("Flux", Some("orders")))),
            (argo_writes, Some(("Argo CD", None))),
            (flux_writes, Some(("Flux", None))),
            (nobody, None),
        ];
        for (object, expected) in table {
            let found = managed_by(&meta(object.clone()));
            let found = found.as_ref().map(|m| (m.tool.as_str(), m.name.as_deref()));
            assert_eq!(found, expected, "{object}");
        }
    }
}
