//! A StatefulSet as plain facts.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Namespace and name: where a set is found. A name may be many sets over time; the uid tells them apart.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SetKey {
    pub namespace: String,
    pub name: String,
}

impl SetKey {
    pub fn new(namespace: impl Into<String>, name: impl Into<String>) -> Self {
        Self { namespace: namespace.into(), name: name.into() }
    }
}

impl std::fmt::Display for SetKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.namespace, self.name)
    }
}

/// `spec.podManagementPolicy`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum PodManagement {
    /// One pod at a time, each waits for all lower ones.
    #[default]
    OrderedReady,
    /// All pods together.
    Parallel,
}

/// `spec.updateStrategy`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "type", rename_all_fields = "camelCase", try_from = "crate::flat::Strategy")]
pub enum UpdateStrategy {
    /// Highest ordinal first, down to the partition.
    RollingUpdate {
        /// `None` where the object has no `rollingUpdate` at all (then the API server has no parent for patches
        /// of the partition, and a re-created pod gets its revision by another rule).
        rolling_update: Option<RollingUpdate>,
    },
    /// Pods change only when somebody deletes them.
    OnDelete,
    /// A strategy this version does not know (1.37 alpha: `Recreate`).
    Other { name: String },
}

/// `spec.updateStrategy.rollingUpdate`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct RollingUpdate {
    /// Index (not ordinal) of the first pod that gets the update; `None` means 0. May exceed the replicas.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partition: Option<u32>,
    /// As written (`"25%"` or `"2"`); honoured only where the gate MaxUnavailableStatefulSet is on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_unavailable: Option<String>,
}

/// What becomes of claims (`spec.persistentVolumeClaimRetentionPolicy`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Retain {
    #[default]
    Retain,
    Delete,
}

/// One container of the pod template and its image.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ContainerImage {
    pub container: String,
    pub image: String,
}

/// One of `spec.volumeClaimTemplates`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct ClaimTemplate {
    pub name: String,
    /// Requested size as written, such as `200Gi`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class: Option<String>,
}

/// The parts of a set that a manager of `metadata.managedFields` owns, as far as the panel tells them apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "a set of independent flags, named after the fields"
)]
pub struct Owned {
    /// Any field below `spec.template`.
    pub template: bool,
    /// `spec.updateStrategy.rollingUpdate.partition`.
    pub partition: bool,
    /// `spec.updateStrategy.type`.
    pub strategy: bool,
    /// `spec.replicas`.
    pub replicas: bool,
    /// Any field below `spec`, these included.
    pub spec: bool,
}

/// One entry of `metadata.managedFields` outside the status subresource.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Manager {
    /// As written: `kubectl-client-side-apply`, `helm`, `rollcall`, `kube-controller-manager`, ...
    pub name: String,
    /// `Update` or `Apply`.
    pub operation: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[serde(with = "crate::when::option")]
    pub at: Option<Timestamp>,
    pub owns: Owned,
}

/// Who will put the spec back: a tool that owns the object by its own labels and annotations.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct ManagedBy {
    /// `Helm`, `Argo CD` or `Flux`.
    pub tool: String,
    /// The release or application, where it is named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// The counters of `status`. They lag behind the pods: used to see that the controller agrees, never to show progress.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", default)]
pub struct Counters {
    pub observed_generation: i64,
    pub replicas: u32,
    pub ready_replicas: u32,
    pub available_replicas: u32,
    pub current_replicas: u32,
    pub updated_replicas: u32,
    /// Name of the ControllerRevision, empty before the first sync.
    pub current_revision: String,
    /// Name of the ControllerRevision, empty before the first sync.
    pub update_revision: String,
}

/// A StatefulSet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Set {
    pub namespace: String,
    pub name: String,
    pub uid: String,
    /// Rises with each change of the spec only.
    pub generation: i64,
    #[serde(with = "crate::when")]
    pub created: Timestamp,
    /// The set is being deleted.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub deleting: bool,
    pub replicas: u32,
    /// `spec.ordinals.start`: the ordinal of index 0.
    #[serde(default)]
    pub start: u32,
    pub policy: PodManagement,
    pub strategy: UpdateStrategy,
    /// Seconds.
    #[serde(default)]
    pub min_ready_seconds: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service_name: Option<String>,
    #[serde(default)]
    pub when_deleted: Retain,
    #[serde(default)]
    pub when_scaled: Retain,
    /// The containers of the template, without init containers, in order.
    pub containers: Vec<ContainerImage>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub init_containers: Vec<ContainerImage>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub claim_templates: Vec<ClaimTemplate>,
    /// `spec.revisionHistoryLimit`: how many revisions are kept that no pod runs. A negative one keeps all.
    #[serde(default = "history_limit", skip_serializing_if = "is_history_limit")]
    pub revision_history_limit: i32,
    /// Labels of the pod template (a Service has to select them).
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub template_labels: BTreeMap<String, String>,
    /// A digest of the pod template: tells a template change from any other change of the spec.
    pub template_hash: String,
    /// A digest of the pod template with the images of its containers and init containers left out; empty where it is not known.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub template_shape: String,
    /// The template's restart annotation ([`crate::RESTARTED_AT`]).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub restarted_at: Option<String>,
    /// Whether the template has an `annotations` object at all (a JSON patch needs to know).
    #[serde(default)]
    pub template_has_annotations: bool,
    /// Whether the set has an `annotations` object at all (a JSON patch needs to know).
    #[serde(default)]
    pub has_annotations: bool,
    /// The id of the last action of Rollcall ([`crate::ACTION_ANNOTATION`]).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_action: Option<String>,
    /// The set's own labels and annotations, without those in which tools keep their books: `label KEY=` and `annotation KEY=`,
    /// each with a digest of its value. They tell that one changed, and nothing of what it says. Not sent to clients.
    #[serde(skip)]
    pub marks: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub managers: Vec<Manager>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub managed_by: Option<ManagedBy>,
    pub status: Counters,
    /// `status.collisionCount`: how often the name of a new revision was taken by another one.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub collision_count: u32,
}

/// The API server's default for `spec.revisionHistoryLimit`. Source: kubernetes `pkg/apis/apps/v1/defaults.go`,
/// `SetDefaults_StatefulSet`.
pub const HISTORY_LIMIT: i32 = 10;

fn history_limit() -> i32 {
    HISTORY_LIMIT
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_history_limit(limit: &i32) -> bool {
    *limit == HISTORY_LIMIT
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_zero(n: &u32) -> bool {
    *n == 0
}

impl Set {
    pub fn key(&self) -> SetKey {
        SetKey::new(&self.namespace, &self.name)
    }

    /// The partition as an index, 0 where it is absent or the strategy has none.
    pub fn partition(&self) -> u32 {
        match &self.strategy {
            UpdateStrategy::RollingUpdate { rolling_update: Some(r) } => r.partition.unwrap_or(0),
            _ => 0,
        }
    }

    /// Whether pods are updated by the controller itself.
    pub fn is_rolling_update(&self) -> bool {
        matches!(self.strategy, UpdateStrategy::RollingUpdate { .. })
    }

    pub fn is_on_delete(&self) -> bool {
        matches!(self.strategy, UpdateStrategy::OnDelete)
    }

    /// The ordinals the set wants: `start ..  start + replicas`.
    pub fn ordinals(&self) -> std::ops::Range<u32> {
        self.start..self.start.saturating_add(self.replicas)
    }

    /// The index of an ordinal in the wanted range, `None` for an ordinal outside it.
    pub fn index_of(&self, ordinal: u32) -> Option<u32> {
        self.ordinals().contains(&ordinal).then(|| ordinal - self.start)
    }

    /// `web-3`.
    pub fn pod_name(&self, ordinal: u32) -> String {
        format!("{}-{ordinal}", self.name)
    }

    /// The ordinal of a pod or claim name `<prefix>-<ordinal>`; `None` if the rest is not a plain number
    /// without leading zeros. Source: kubernetes `stateful_set_utils.go`, `getParentNameAndOrdinal`.
    pub fn ordinal_in(prefix: &str, name: &str) -> Option<u32> {
        let rest = name.strip_prefix(prefix)?.strip_prefix('-')?;
        let plain = !rest.is_empty()
            && rest.bytes().all(|b| b.is_ascii_digit())
            && (rest == "0" || !rest.starts_with('0'));
        plain.then(|| rest.parse().ok()).flatten()
    }
}
