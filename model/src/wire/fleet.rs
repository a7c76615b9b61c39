//! The fleet: one row a set, and the state of the watches behind it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Actor;
use crate::set::SetKey;
use crate::status::Status;

/// What a revision means for a set now; the page colours by role, never by number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub enum RevisionRole {
    /// Stays; also the only revision of a settled set.
    Current,
    /// Gets the update.
    Update,
    /// Neither: left over from a superseded rollout.
    Stray,
}

/// A revision as a chip shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct RevisionRef {
    /// ControllerRevision name: the key.
    pub name: String,
    /// `r7`: display only, it moves on a rollback.
    pub label: String,
    pub role: RevisionRole,
    /// Tag (or short digest) of the first container's image; the whole image where the name changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<String>,
}

/// One row of the fleet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct SetRow {
    pub namespace: String,
    pub name: String,
    pub uid: String,
    pub generation: i64,
    pub status: Status,
    pub replicas: u32,
    /// Ordinal of the first cell of `strip`.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub start: u32,
    /// One character per ordinal from `start` on, see [`crate::strip::Cell`].
    pub strip: String,
    /// Ordinal from which pods get the update revision; absent when no boundary is drawn.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub boundary: Option<u32>,
    /// One (settled) or two (current, then update).
    pub revisions: Vec<RevisionRef>,
    /// Images of the template, for search.
    pub images: Vec<String>,
    /// Who last changed the spec, or deleted or evicted a pod through the panel, as far as it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_change: Option<Actor>,
    /// Who put the hold that stands, or aborted the rollout that is held back by it, as far as it is known; only of a set whose
    /// status is `held`. Follows a new hold as soon as that is recorded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held_by: Option<Actor>,
    /// Label of the revision (`r7`) that `held_by` aborted, where that is what holds the set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub aborted: Option<String>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature serde asks for")]
fn is_zero(n: &u32) -> bool {
    *n == 0
}

impl SetRow {
    pub fn key(&self) -> SetKey {
        SetKey::new(&self.namespace, &self.name)
    }
}

/// How a watched kind is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub enum KindState {
    /// The first list is under way.
    Starting,
    /// Listed and watched.
    Live,
    /// The watch broke; the facts are those of `since`.
    Lost,
    /// The panel's account may not list this kind; or, where `yours` says so, the user who asks.
    NoAccess,
    /// One that a later version has. Never sent.
    #[serde(other, skip_serializing)]
    Other,
}

/// One watched kind (in one namespace, where namespaces are configured).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct KindHealth {
    /// Resource name: `statefulsets`, `pods`, ...
    pub kind: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    pub state: KindState,
    /// When this state began; for `Lost` the moment of the last good answer.
    #[serde(with = "crate::when")]
    pub since: Timestamp,
    /// Why, in the API server's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// With `NoAccess`: the right that is missing is the one of the user who asks, not the panel's.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub yours: bool,
}

/// The cluster as the panel sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct ClusterView {
    /// uid of the namespace kube-system, `None` until it was read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The name shown in the top bar.
    pub name: String,
    /// `v1.36.3`, `None` until it was read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// The watches, as far as the user has a role in their namespace and the cluster shows them its sets.
    pub kinds: Vec<KindHealth>,
    /// What happens is not recorded now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unrecorded: Option<Unrecorded>,
}

/// The history stands still.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Unrecorded {
    /// Up to here it is complete.
    #[serde(with = "crate::when")]
    pub since: Timestamp,
    /// A sentence.
    pub reason: String,
}

/// `GET sets`: what the caller may list, and the version it stands at.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Fleet {
    /// Pass it as `since` to the live stream.
    pub version: u64,
    /// The server's clock when it answered: ages are counted from here, not from the browser's clock.
    #[serde(with = "crate::when")]
    pub now: Timestamp,
    pub cluster: ClusterView,
    pub sets: Vec<SetRow>,
}

/// Data of the SSE event `rows`: what changed since the event before. Its `id:` is the version.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct LiveRows {
    pub version: u64,
    #[serde(with = "crate::when")]
    pub now: Timestamp,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rows: Vec<SetRow>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gone: Vec<SetKey>,
}
