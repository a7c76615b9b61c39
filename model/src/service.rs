//! A Service as far as per-pod names need it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// How a Service is reached.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub enum ServiceKind {
    /// `clusterIP: None`.
    Headless,
    /// With a cluster IP (ClusterIP, NodePort, LoadBalancer).
    #[default]
    ClusterIp,
    ExternalName,
}

/// A Service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Service {
    pub namespace: String,
    pub name: String,
    pub kind: ServiceKind,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub selector: BTreeMap<String, String>,
    /// Pods have a DNS record before they are Ready.
    #[serde(default)]
    pub publish_not_ready: bool,
}

impl Service {
    /// Whether it selects pods with these labels. A Service without a selector selects none by itself.
    pub fn selects(&self, labels: &BTreeMap<String, String>) -> bool {
        !self.selector.is_empty() && self.selector.iter().all(|(k, v)| labels.get(k) == Some(v))
    }
}
