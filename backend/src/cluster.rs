//! The API server: watches it and acts on it, as the user. Kubernetes objects become facts of `model` at once, and none is kept.
//!
//! Must not know `store` and `http`.

pub mod api;
pub mod convert;
pub mod inside;
pub mod rights;
#[cfg(test)]
mod testing;
pub mod watch;

use async_trait::async_trait;
use model::action::PatchOp;
use model::facts::Facts;
use model::set::{Set, SetKey};

/// As whom a request reaches the API server.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Caller {
    /// With the rights of the panel's own kubeconfig or account.
    Panel,
    /// Impersonated.
    User { user: String, groups: Vec<String> },
}

/// What an access review asks.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Access {
    pub verb: &'static str,
    /// API group, empty for core.
    pub group: &'static str,
    /// Plural resource; a subresource follows a slash (`pods/eviction`).
    pub resource: &'static str,
    /// `None` asks for all namespaces.
    pub namespace: Option<String>,
}

/// Identity of the cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClusterInfo {
    /// uid of the namespace kube-system; `None` where the panel may not read it.
    pub uid: Option<String>,
    /// `v1.36.3`; `None` where the panel may not read it.
    pub version: Option<String>,
}

/// An answer of the API server that is not what was asked for, or none at all.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ApiError {
    pub kind: ApiErrorKind,
    /// HTTP status, 0 if there was no answer.
    pub code: u16,
    /// `Status.reason`, such as `Forbidden`; empty if there was none.
    pub reason: String,
    /// In the API server's words.
    pub message: String,
}

/// The kinds on which callers branch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ApiErrorKind {
    /// No connection or no answer in time: whether a write took effect is unknown.
    Unreachable,
    /// 401: the panel's credentials are not accepted.
    Unauthorized,
    /// 403.
    Forbidden,
    /// 404.
    NotFound,
    /// 409: a uid precondition of a deletion does not hold.
    Conflict,
    /// 422: invalid, or a failed `test` of a JSON patch.
    Invalid,
    /// 429 with cause DisruptionBudget.
    DisruptionBudget,
    Other,
}

/// What the panel asks of a cluster beside watching it. One implementation talks to an API server ([`api::ApiServer`]);
/// tests put their own in its place.
#[async_trait]
pub trait Cluster: Send + Sync {
    /// Identity of the cluster, as the panel.
    async fn info(&self) -> Result<ClusterInfo, ApiError>;

    /// Who the API server takes the caller for: user name and groups (SelfSubjectReview).
    async fn who_am_i(&self, caller: &Caller) -> Result<(String, Vec<String>), ApiError>;

    /// Whether the caller may (SelfSubjectAccessReview). Not cached here.
    async fn may(&self, caller: &Caller, access: &Access) -> Result<bool, ApiError>;

    /// The set as it is now, read as the caller. `None` if it does not exist.
    async fn read_set(&self, caller: &Caller, key: &SetKey) -> Result<Option<Set>, ApiError>;

    /// Everything about the set as it is now, read as the panel.
    async fn read_facts(&self, key: &SetKey) -> Result<Option<Facts>, ApiError>;

    /// JSON patch under the field manager [`model::FIELD_MANAGER`]; answers the set as stored.
    async fn patch_set(
        &self,
        caller: &Caller,
        key: &SetKey,
        patch: &[PatchOp],
        dry_run: bool,
    ) -> Result<Set, ApiError>;

    /// Deletes the pod only if it still has this uid.
    async fn delete_pod(
        &self,
        caller: &Caller,
        namespace: &str,
        pod: &str,
        uid: &str,
        dry_run: bool,
    ) -> Result<(), ApiError>;

    /// Evicts the pod only if it still has this uid; a disruption budget answers at once, without retries.
    async fn evict_pod(
        &self,
        caller: &Caller,
        namespace: &str,
        pod: &str,
        uid: &str,
        dry_run: bool,
    ) -> Result<(), ApiError>;
}
