//! A PersistentVolumeClaim of a set as plain facts.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// `status.phase` of a claim.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum ClaimPhase {
    #[default]
    Pending,
    Bound,
    Lost,
}

/// A claim. It belongs to a set by its name, `<template>-<set>-<ordinal>`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Claim {
    pub namespace: String,
    pub name: String,
    pub uid: String,
    pub phase: ClaimPhase,
    #[serde(with = "crate::when")]
    pub created: Timestamp,
    /// Being deleted (it stays while a pod uses it).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub deleting: bool,
    /// `spec.resources.requests.storage` as written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requested: Option<String>,
    /// `status.capacity.storage` as written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub capacity: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class: Option<String>,
    /// PersistentVolume it is bound to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub volume: Option<String>,
    /// uid of the controller ownerReference (the set or a condemned pod), which the retention policy sets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner_uid: Option<String>,
    /// Types of the conditions that are True: `Resizing`, `FileSystemResizePending`, ...
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub conditions: Vec<String>,
}
