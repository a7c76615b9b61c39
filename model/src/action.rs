//! Every action: whether it is permitted now, what it sends, and the kubectl command that does the same.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::facts::Facts;
use crate::set::ContainerImage;

/// The two strategies one can switch between.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum StrategyName {
    RollingUpdate,
    OnDelete,
}

/// A pod as it was seen: another one of the same name is not meant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PodRef {
    pub pod: String,
    pub uid: String,
}

/// What a person or a pipeline can do to a set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(
    tag = "action",
    rename_all = "camelCase",
    rename_all_fields = "camelCase",
    deny_unknown_fields
)]
pub enum Action {
    /// Sets the partition, as an index from 0 to 2147483647.
    SetPartition { partition: u32 },
    /// Lets the update go on down to and including the ordinal `to`; without it, to the next pod.
    Advance {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        to: Option<u32>,
    },
    /// Stops the update where it is: what is done stays.
    Hold {},
    /// Lets the update reach every pod.
    Finish {},
    /// New images, optionally with a partition in the same patch, so that a canary starts atomically.
    SetImage {
        /// At least one; names containers or init containers of the template.
        images: Vec<ContainerImage>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        partition: Option<u32>,
    },
    /// Restarts the pods the strategy reaches, by the same annotation as kubectl.
    Restart {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        partition: Option<u32>,
    },
    Scale {
        /// From 0 to 2000.
        replicas: u32,
    },
    SwitchStrategy {
        strategy: StrategyName,
        /// For RollingUpdate: where it begins to hold, so that the switch itself need not restart everything.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        partition: Option<u32>,
    },
    /// Holds the update back from every pod, and deletes these pods so that they fall back to the current revision.
    Abort {
        /// Each has to run another revision than the current one. Without any, what is done stays.
        #[serde(default)]
        pods: Vec<PodRef>,
    },
    /// Gives the set the template of a recorded revision.
    RollBack {
        /// Its name, such as `web-6b7c9d5f4`; also one that Kubernetes has forgotten, if the panel has recorded it.
        revision: String,
        /// Digest of its template as you saw it (`hash` of the revision); where given it has to be what is recorded.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        hash: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        partition: Option<u32>,
    },
    /// How many pods a roll may take down at once; only where the feature gate MaxUnavailableStatefulSet is on.
    SetMaxUnavailable {
        /// A whole number from 1 such as `2` or `"2"`, or a percentage of the replicas such as `"25%"`.
        #[serde(deserialize_with = "unavailable::int_or_string")]
        max_unavailable: String,
    },
    /// Deletes exactly this pod; disruption budgets do not guard it.
    DeletePod { pod: String, uid: String },
    /// Evicts exactly this pod; disruption budgets are asked.
    EvictPod { pod: String, uid: String },
}

impl Action {
    /// What stands in `action`, in the order of the variants.
    pub const NAMES: [&'static str; 13] = [
        "setPartition",
        "advance",
        "hold",
        "finish",
        "setImage",
        "restart",
        "scale",
        "switchStrategy",
        "abort",
        "rollBack",
        "setMaxUnavailable",
        "deletePod",
        "evictPod",
    ];
}

/// Why an action is not possible now.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[error("{reason}")]
#[serde(rename_all = "camelCase")]
pub struct Refusal {
    /// Stable: becomes the `code` of the problem.
    pub code: RefusalCode,
    /// A sentence for the person, shown on the disabled button.
    pub reason: String,
}

/// The kinds of refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RefusalCode {
    /// Nothing would change.
    NothingToDo,
    /// The strategy has no such step.
    WrongStrategy,
    /// The set is being deleted, or the controller has not seen the last change.
    NotNow,
    /// A value is out of its range or malformed; HTTP 400.
    Invalid,
    /// A pod, container, ordinal or revision that does not exist; HTTP 404.
    NotFound,
    /// This cluster cannot do it.
    Unsupported,
}

impl RefusalCode {
    /// The `code` over HTTP.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NothingToDo => "nothing-to-do",
            Self::WrongStrategy => "wrong-strategy",
            Self::NotNow => "not-now",
            Self::Invalid => "invalid-value",
            Self::NotFound => "no-such-part",
            Self::Unsupported => "unsupported",
        }
    }
}

/// One operation of a JSON patch (RFC 6902).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "op", rename_all = "lowercase", from = "crate::flat::FlatOp")]
pub enum PatchOp {
    Test { path: String, value: Value },
    Add { path: String, value: Value },
    Replace { path: String, value: Value },
    Remove { path: String },
}

/// What an action sends to the API server.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// A JSON patch of the set, preconditions first.
    Patch(Vec<PatchOp>),
    /// Deletion with the pod's uid as precondition.
    Delete { pod: String, uid: String },
    /// Eviction with the pod's uid as precondition.
    Evict { pod: String, uid: String },
    /// A JSON patch of the set and then, once the controller has seen it, deletions in this order, each with the pod's uid as
    /// precondition.
    PatchThenDelete { patch: Vec<PatchOp>, pods: Vec<PodRef> },
}

/// What an action needs beside the facts to be sent.
#[derive(Clone, Copy, Debug)]
pub struct Stamp<'a> {
    /// Becomes the annotation [`crate::ACTION_ANNOTATION`].
    pub id: &'a str,
    /// Becomes the restart annotation.
    pub now: Timestamp,
    /// The pod template that [`Action::RollBack`] goes back to. Without it that action changes nothing.
    pub template: Option<&'a Value>,
}

/// Whether the action is possible on these facts.
///
/// # Errors
/// The refusal, with the sentence that the page shows.
pub fn permit(facts: &Facts, action: &Action) -> Result<(), Refusal> {
    permit::permit(facts, action)
}

/// What the action sends, preconditions included.
pub fn effect(facts: &Facts, action: &Action, stamp: &Stamp<'_>) -> Effect {
    effect::effect(facts, action, stamp)
}

/// The kubectl command line that does the same to the spec, to be pasted into a shell.
pub fn kubectl(facts: &Facts, action: &Action, now: Timestamp) -> String {
    kubectl::kubectl(facts, action, now)
}

/// The action in one sentence, past tense without the actor: "advanced to web-3".
pub fn summary(facts: &Facts, action: &Action) -> String {
    target::summary(facts, action)
}

/// The partition after the action, as an index, `None` if the action does not touch it (or cannot be done).
pub fn target_partition(facts: &Facts, action: &Action) -> Option<u32> {
    target::partition(facts, action)
}

/// The pods that fall back to the current revision when an [`Action::Abort`] names them, highest ordinal first.
pub fn abort_candidates(facts: &Facts) -> Vec<FallsBack> {
    abort::candidates(facts)
}

/// Whether a string is an image reference the kubelet could read: `[host[:port]/]path[:tag][@digest]`.
pub fn is_image(text: &str) -> bool {
    image::is_image(text)
}

pub use abort::FallsBack;

mod abort;
mod effect;
mod image;
mod kubectl;
mod permit;
pub(crate) mod roll_back;
pub(crate) mod set_image;
mod target;
mod unavailable;

#[cfg(test)]
mod tests;
