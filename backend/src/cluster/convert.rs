//! Kubernetes objects to facts, at once, so that none of them is kept. One file a kind.

mod claim;
mod digest;
mod managers;
mod marks;
mod pod;
mod pod_detail;
mod revision;
mod service;
mod set;
mod shape;

pub use claim::claim;
pub use digest::{canonical, digest};
pub use pod::pod;
pub use pod_detail::{pod_detail, pod_event, pod_node};
pub use revision::{revision, template};
pub use service::service;
pub use set::set;
pub use shape::shape;

use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{ObjectMeta, OwnerReference, Time};
use model::set::ContainerImage;

use k8s_openapi::api::core::v1::Container;

/// The controller ownerReference, if it is a StatefulSet of `apps`.
fn owning_set(meta: &ObjectMeta) -> Option<&OwnerReference> {
    controller(meta)
        .filter(|owner| owner.kind == "StatefulSet" && owner.api_version.starts_with("apps/"))
}

/// The one ownerReference that may be marked as controller.
fn controller(meta: &ObjectMeta) -> Option<&OwnerReference> {
    meta.owner_references.iter().flatten().find(|owner| owner.controller == Some(true))
}

fn namespace(meta: &ObjectMeta) -> String {
    meta.namespace.clone().unwrap_or_default()
}

fn name(meta: &ObjectMeta) -> String {
    meta.name.clone().unwrap_or_default()
}

fn uid(meta: &ObjectMeta) -> String {
    meta.uid.clone().unwrap_or_default()
}

/// Every stored object has a creation time; an object made by hand may lack it.
fn created(meta: &ObjectMeta) -> Timestamp {
    moment(meta.creation_timestamp.as_ref()).unwrap_or(Timestamp::UNIX_EPOCH)
}

fn moment(time: Option<&Time>) -> Option<Timestamp> {
    time.map(|t| t.0)
}

/// Kubernetes writes counts as signed numbers and never stores a negative one.
fn count(n: Option<i32>) -> u32 {
    n.and_then(|n| u32::try_from(n).ok()).unwrap_or_default()
}

fn images(containers: &[Container]) -> Vec<ContainerImage> {
    containers
        .iter()
        .map(|c| ContainerImage {
            container: c.name.clone(),
            image: c.image.clone().unwrap_or_default(),
        })
        .collect()
}
