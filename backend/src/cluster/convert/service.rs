//! Service → [`Service`].

use k8s_openapi::api::core::v1::Service as KubeService;
use model::service::{Service, ServiceKind};

use super::{name, namespace};

/// The facts of a service.
pub fn service(object: &KubeService) -> Service {
    let spec = object.spec.as_ref();
    Service {
        namespace: namespace(&object.metadata),
        name: name(&object.metadata),
        kind: match spec {
            Some(s) if s.type_.as_deref() == Some("ExternalName") => ServiceKind::ExternalName,
            Some(s) if s.cluster_ip.as_deref() == Some("None") => ServiceKind::Headless,
            _ => ServiceKind::ClusterIp,
        },
        selector: spec.and_then(|s| s.selector.clone()).unwrap_or_default(),
        publish_not_ready: spec.and_then(|s| s.publish_not_ready_addresses).unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn services_are_told_apart_by_how_they_are_reached() {
        let table = [
            (json!({"clusterIP": "None"}), ServiceKind::Headless),
            (json!({"clusterIP": "10.0.0.1"}), ServiceKind::ClusterIp),
            (json!({"type": "NodePort", "clusterIP": "10.0.0.1"}), ServiceKind::ClusterIp),
            (json!({"type": "ExternalName", "externalName": "x"}), ServiceKind::ExternalName),
        ];
        for (spec, kind) in table {
            let object = json!({"metadata": {"namespace": "shop", "name": "web"}, "spec": spec});
            let found = service(&serde_json::from_value(object).unwrap());
            assert_eq!(found.kind, kind, "{spec}");
        }
    }

    #[test]
    fn selector_and_early_publication_are_read() {
        let found = service(
            &serde_json::from_value(json!({"metadata": {"name": "web"}, "spec": {
                "clusterIP": "None", "publishNotReadyAddresses": true,
                "selector": {"app": "web"}}}))
            .unwrap(),
        );
        assert!(found.publish_not_ready);
        assert_eq!(found.selector["app"], "web");
    }
}
