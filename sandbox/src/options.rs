//! What a sandbox is to be like.

use std::time::Duration;

use model::controller::Version;

use crate::clock::Clock;

/// How [`crate::Sandbox::new`] makes it; the default is right for most tests.
#[derive(Clone, Debug)]
pub struct Options {
    pub clock: Clock,
    /// The version that `/version` tells and whose controller runs.
    pub version: Version,
    /// The gate MaxUnavailableStatefulSet.
    pub max_unavailable: bool,
    /// Nodes, each with room for everything.
    pub nodes: u32,
    /// How long pods and claims take.
    pub pace: Pace,
    /// Changes of each kind that are kept for watches; older positions are answered with 410.
    pub log_kept: usize,
    /// Uids and generated names follow from it.
    pub seed: u64,
    /// The uid of `kube-system`, which identifies a cluster; `None` draws one from the seed.
    pub cluster_uid: Option<String>,
}

/// How long the pretend kubelet and the storage take.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// From scheduled to running.
    pub start: Duration,
    /// From running to ready, where neither image nor annotation nor probe says otherwise.
    pub ready: Duration,
    /// From the deletion of a pod to its end.
    pub end: Duration,
    /// From running to the end of a container that crashes.
    pub crash: Duration,
    /// The first back-off of a container that crashes; it doubles up to [`Pace::longest_back_off`].
    pub back_off: Duration,
    pub longest_back_off: Duration,
    /// Until a new claim is bound.
    pub bind: Duration,
    /// Until a claim has grown.
    pub grow: Duration,
    /// Whether `initialDelaySeconds` of readiness probes is waited for.
    pub probes: bool,
    /// Whether the annotations are obeyed by which a pod asks for its own times.
    pub annotations: bool,
}

impl Pace {
    /// For tests: next to nothing, but every state is gone through.
    pub const QUICK: Self = Self {
        start: Duration::from_millis(20),
        ready: Duration::from_millis(20),
        end: Duration::from_millis(20),
        crash: Duration::from_secs(1),
        back_off: Duration::from_secs(2),
        longest_back_off: Duration::from_secs(10),
        bind: Duration::ZERO,
        grow: Duration::from_millis(300),
        probes: false,
        annotations: true,
    };

    /// For scripts that try out what is made for people to watch.
    pub const HURRIED: Self = Self { annotations: false, ..Self::QUICK };

    /// For people who watch.
    pub const WATCHABLE: Self = Self {
        start: Duration::from_millis(900),
        ready: Duration::from_millis(2_200),
        end: Duration::from_millis(1_400),
        crash: Duration::from_secs(2),
        back_off: Duration::from_secs(5),
        longest_back_off: Duration::from_mins(5),
        bind: Duration::from_millis(600),
        grow: Duration::from_secs(4),
        probes: true,
        annotations: true,
    };
}

impl Default for Options {
    fn default() -> Self {
        Self {
            clock: Clock::real(),
            version: Version::SEEN,
            max_unavailable: Version::SEEN.max_unavailable_by_default(),
            nodes: 3,
            pace: Pace::QUICK,
            log_kept: 20_000,
            seed: 1,
            cluster_uid: None,
        }
    }
}
