//! When nothing more is going to happen.

use std::time::Duration;

use model::testing::seen::{is_ending, is_ready, ordinal, text};
use serde_json::Value;

use crate::log::{Kind, Log};

/// How long it has to be quiet.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// When nothing is on its way.
    pub quiet: Duration,
    /// When something is on its way that may never come.
    pub patience: Duration,
    /// When a pod is missing whose claim was deleted: the controller's back-off and claim protection take their time.
    pub claims: Duration,
}

impl Pace {
    pub const USUAL: Self = Self {
        quiet: Duration::from_millis(2_500),
        patience: Duration::from_secs(30),
        claims: Duration::from_secs(20),
    };

    /// For a second look. While a claim was on its way out the controller failed again and again; it then waits about as long as
    /// it has failed already, and twice that for every event of the set in between (client-go's rate limiter: up to 1,000 s).
    pub const PATIENT: Self = Self { claims: Duration::from_mins(5), ..Self::USUAL };
}

/// What holds terminating pods until `release`.
pub(crate) const HOLD: &str = "rollcall.test/hold";

/// How long from the last change to rest, as things are. `mark` is where the step began.
pub(crate) fn quiet(log: &Log, set: &str, mark: usize, pace: &Pace) -> Duration {
    let Some(set) = log.get(Kind::Set, set) else {
        return if is_on_its_way(log, None) { pace.patience } else { pace.quiet };
    };
    let quiet = pace.quiet;
    if set["status"]["observedGeneration"] != set["metadata"]["generation"]
        || is_ending(set)
        || is_on_its_way(log, Some(set))
        || is_owed(log, set)
    {
        return pace.patience;
    }
    let wanted = set["spec"]["replicas"].as_u64().unwrap_or(1);
    let missing = (log.list(Kind::Pod).count() as u64) < wanted;
    if missing && claims_went(log, mark) {
        return pace.claims;
    }
    quiet
}

/// Whether the controller plainly has work left: on a machine under load it may be seconds late. What it does not do all the same
/// within the patience it will not do.
fn is_owed(log: &Log, set: &Value) -> bool {
    let pods: Vec<&Value> = log.list(Kind::Pod).collect();
    let count =
        |field: &str| usize::try_from(set["status"][field].as_u64().unwrap_or(0)).unwrap_or(0);
    let ready = |pod: &&Value| is_ready(pod) && text(pod, "/status/phase") == "Running";
    if count("replicas") != pods.len()
        || count("readyReplicas") != pods.iter().filter(|pod| ready(pod)).count()
        || pods.iter().any(|pod| text(pod, "/status/phase") == "Failed" && !is_ending(pod))
        // A pod that is not available yet will be, if it does not take for ever.
        || (count("availableReplicas") < count("readyReplicas")
            && set["spec"]["minReadySeconds"].as_u64().is_none_or(|wait| wait < 20))
    {
        return true;
    }
    let start = set["spec"]["ordinals"]["start"].as_u64().unwrap_or(0);
    let replicas = set["spec"]["replicas"].as_u64().unwrap_or(1);
    let at = |ordinal: u64| pods.iter().find(|p| self::ordinal(p).map(u64::from) == Some(ordinal));
    let missing = (start..start + replicas).find(|ordinal| at(*ordinal).is_none());
    if let Some(missing) = missing {
        let lower_are_up =
            (start..missing).all(|o| at(o).is_some_and(|p| ready(p) && !is_ending(p)));
        return set["spec"]["podManagementPolicy"] == "Parallel" || lower_are_up;
    }
    if pods.iter().any(|pod| !ready(pod) || is_ending(pod)) {
        return false;
    }
    let strategy = &set["spec"]["updateStrategy"];
    let partition = strategy["rollingUpdate"]["partition"].as_u64().unwrap_or(0);
    let old = |ordinal: u64| {
        at(ordinal).is_some_and(|pod| {
            text(pod, "/metadata/labels/controller-revision-hash")
                != set["status"]["updateRevision"]
        })
    };
    let reached = start.saturating_add(partition)..start + replicas;
    pods.len() as u64 > replicas
        || (strategy["type"] == "RollingUpdate" && reached.into_iter().any(old))
}

/// Whether the kubelet or the garbage collector has work left.
fn is_on_its_way(log: &Log, set: Option<&Value>) -> bool {
    let pods: Vec<&Value> = log.list(Kind::Pod).collect();
    let pod_moves = |pod: &&Value| {
        if is_ending(pod) {
            return !is_held(pod);
        }
        let behaviour = Behaviour::of(pod);
        match text(pod, "/status/phase") {
            "Pending" | "" => behaviour != Behaviour::Pending,
            "Running" => !is_ready(pod) && behaviour == Behaviour::Slow,
            // A failed pod is deleted by the set's controller, if there is a set.
            _ => false,
        }
    };
    let claim_moves = |claim: &Value| {
        let name = text(claim, "/metadata/name");
        is_ending(claim) && !pods.iter().any(|pod| name.ends_with(text(pod, "/metadata/name")))
    };
    let collected =
        set.is_none() && pods.iter().any(|p| p["metadata"]["ownerReferences"].is_array());
    pods.iter().any(pod_moves) || log.list(Kind::Claim).any(claim_moves) || collected
}

pub(crate) fn is_held(pod: &Value) -> bool {
    let finalizers = pod["metadata"]["finalizers"].as_array();
    finalizers.is_some_and(|all| all.iter().any(|f| f == HOLD))
}

/// A claim began to go, or went, since the mark.
fn claims_went(log: &Log, mark: usize) -> bool {
    use model::testing::seen::Watched;
    let ends = |claim: &Value| is_ending(claim);
    log.list(Kind::Claim).any(ends)
        || log
            .since(mark)
            .iter()
            .any(|change| change.kind == Watched::Claim && change.after.is_none_or(is_ending))
}

/// What the image's tag says of a pod, as far as it matters here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Behaviour {
    Fine,
    Slow,
    Never,
    Crash,
    Pending,
}

impl Behaviour {
    pub(crate) fn of(pod: &Value) -> Self {
        let image = text(pod, "/spec/containers/0/image");
        let words: Vec<&str> = image.rsplit(':').next().unwrap_or_default().split('-').collect();
        let Some((last, before)) = words.split_last() else { return Self::Fine };
        let index = ordinal(pod).map(|o| o.to_string());
        let told = Self::word(last).or_else(|| {
            let word = Self::word(before.last()?)?;
            (word == Self::Slow || index.as_deref() == Some(*last)).then_some(word)
        });
        told.unwrap_or(Self::Fine)
    }

    fn word(word: &str) -> Option<Self> {
        Some(match word {
            "slow" => Self::Slow,
            "never" => Self::Never,
            "crash" => Self::Crash,
            "pull" | "pending" => Self::Pending,
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_tag_says_whether_a_pod_still_moves() {
        let of = |tag: &str| {
            let image = format!("registry.example/app:{tag}");
            Behaviour::of(
                &json!({"metadata": {"name": "web-2"}, "spec": {"containers": [{"image": image}]}}),
            )
        };
        assert_eq!(of("v1"), Behaviour::Fine);
        assert_eq!(of("v1-never"), Behaviour::Never);
        assert_eq!(of("v1-never-2"), Behaviour::Never);
        assert_eq!(of("v1-never-1"), Behaviour::Fine);
        assert_eq!(of("v1-slow-2s"), Behaviour::Slow);
        assert_eq!(of("v1-pull-2"), Behaviour::Pending);
    }
}
