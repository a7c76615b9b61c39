//! The StatefulSet controller: what one of its syncs does, as a pure function of what it sees.
//!
//! [`sync`] takes the state of a set ([`Observed`]) and the cluster it lives in ([`Cluster`]) and answers with the ordered
//! steps that kube-controller-manager takes in one pass of its work queue, the status that it writes, and what it waits for
//! ([`Sync`]). The caller carries out the steps (`sandbox` on its store, [`crate::forecast`] on ideal pods) and calls again:
//!
//! * after any change of the set or of one of its pods;
//! * after [`Sync::again_after`];
//! * with back-off while [`Sync::failed`].
//!
//! A change of a claim alone wakes nobody, as in the real one.
//!
//! Each rule names where it stands in kubernetes `pkg/controller`: `control` is `statefulset/stateful_set_control.go`, `utils`
//! is `statefulset/stateful_set_utils.go`, `pod control` is `statefulset/stateful_pod_control.go`, `set` is
//! `statefulset/stateful_set.go` and `history` is `history/controller_history.go`. What could only be read and not yet be
//! watched (1.37) is marked "from source, unseen", and a sync that rests on it says so in [`Sync::unseen`].

mod claims;
mod cluster;
mod observed;
mod of_facts;
mod replicas;
mod revisions;
mod run;
mod status;
mod step;
mod update;

pub use cluster::{Cluster, Version, max_unavailable_gate};
pub use observed::{Claim, ClaimOwner, Observed, Owner, Pod, Revision, Spec};
pub use revisions::revision_name;
pub use step::{DeleteWhy, Stage, Step, Sync, Unseen, Wait, Why};

/// How many pods `maxUnavailable` allows to be unavailable: the number, or the percentage of the replicas rounded down, and 1 at
/// least. Source: `utils`, `getStatefulSetMaxUnavailable`.
pub fn allowed_unavailable(max_unavailable: Option<&str>, replicas: u32) -> u32 {
    update::allowed(max_unavailable, replicas)
}

/// One sync of the controller.
///
/// Deterministic: the same arguments give the same answer. Pods may come in any order; claims and revisions too.
pub fn sync(observed: &Observed, cluster: &Cluster) -> Sync {
    run::sync(observed, cluster)
}

#[cfg(test)]
mod tests;
