//! By which field the entries of a list are told apart. Source: the patch strategies and list-map keys in
//! `k8s.io/api/core/v1/types.go`.

use serde_json::Value;

/// How a list merges.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ListKind {
    /// Replaced as a whole.
    Atomic,
    /// A set of plain values.
    Set,
    /// Entries with this key; further keys tell entries apart in managedFields.
    Map(&'static str, Option<&'static str>),
}

/// The kind of the list in this field; `in_service` for the `ports` of a Service.
pub(crate) fn kind_of(field: &str, in_service: bool) -> ListKind {
    match field {
        "containers"
        | "initContainers"
        | "ephemeralContainers"
        | "env"
        | "volumes"
        | "imagePullSecrets"
        | "secrets" => ListKind::Map("name", None),
        "ports" if in_service => ListKind::Map("port", Some("protocol")),
        "ports" => ListKind::Map("containerPort", Some("protocol")),
        "volumeMounts" => ListKind::Map("mountPath", None),
        "volumeDevices" => ListKind::Map("devicePath", None),
        "conditions" => ListKind::Map("type", None),
        "ownerReferences" => ListKind::Map("uid", None),
        "topologySpreadConstraints" => ListKind::Map("topologyKey", Some("whenUnsatisfiable")),
        "podIPs" | "hostIPs" | "hostAliases" => ListKind::Map("ip", None),
        "finalizers" => ListKind::Set,
        _ => ListKind::Atomic,
    }
}

/// Whether an object's `ports` are those of a Service: they have no `containerPort`.
pub(crate) fn looks_like_service(list: &[Value]) -> bool {
    list.iter().any(|entry| entry.get("port").is_some())
}
