//! The heart of Rollcall: what a StatefulSet is, what state it is in and what an action would do to it.
//!
//! Everything here is a pure function of its arguments: no clock, no randomness, no I/O. Time comes in as
//! [`jiff::Timestamp`]. The crate builds for wasm, so the server, the browser and the tests share each rule.
//!
//! * Facts: [`set`], [`pod`], [`claim`], [`revision`], [`service`], [`pace`], gathered per set in [`facts::Facts`].
//! * Judgement: [`status`] (one truthful status), [`blocker`], [`strip`], [`network`], [`diff`], [`answers`] (to the same command).
//! * The StatefulSet controller: [`controller`] (one sync), [`forecast`] (played forward after an action).
//! * Acting: [`action`] (permit, patch, the kubectl command).
//! * Telling: [`fold`] (events as entries).
//! * The API: [`wire`] (JSON types) and [`path`] (URLs).

pub mod aborted;
pub mod action;
pub mod answers;
pub mod blocker;
pub mod claim;
pub mod controller;
pub mod diff;
pub mod facts;
mod flat;
pub mod fold;
pub mod forecast;
pub mod network;
pub mod ordinals;
pub mod pace;
pub mod path;
pub mod pod;
pub mod revision;
pub mod row;
pub mod service;
pub mod set;
pub mod shared;
pub mod status;
pub mod strip;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
pub mod when;
pub mod wire;
pub mod words;

/// The most replicas of which each is drawn and forecast; more than any real set has, and the
/// forecast takes time with the square of them. A set may want more (the API server
/// takes up to 2147483647): it is judged and recorded like any other, but the panel makes no set so large and says no more
/// of what happens to it.
pub const MAX_REPLICAS: u32 = 2_000;

/// Annotation on a StatefulSet that carries the id of the last action Rollcall took on it.
///
/// It changes no spec, so it makes no new generation; after a crash the outcome of an action is read off it.
pub const ACTION_ANNOTATION: &str = "rollcall.dev/action";

/// The field manager under which Rollcall patches (`metadata.managedFields[].manager`).
pub const FIELD_MANAGER: &str = "rollcall";

/// The annotation of `kubectl rollout restart` on the pod template.
/// Source: kubectl `pkg/polymorphichelpers/objectrestarter.go`.
pub const RESTARTED_AT: &str = "kubectl.kubernetes.io/restartedAt";

/// The label in which a pod of a StatefulSet carries the name of its ControllerRevision.
/// Source: kubernetes `pkg/controller/statefulset/stateful_set_utils.go`, `setPodRevision`.
pub const REVISION_LABEL: &str = "controller-revision-hash";

/// The annotation of a pod that names the container for whoever names none.
/// Source: kubectl `pkg/cmd/util/podcmd/podcmd.go`.
pub const DEFAULT_CONTAINER: &str = "kubectl.kubernetes.io/default-container";
