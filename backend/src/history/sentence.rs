//! The sentences of events, without their actor. They name pods and revisions, and never a partition
//! number without the pods that it means.

use model::action::PodRef;
use model::ordinals::Ordinals;
use model::set::{ContainerImage, Set};
use model::words::{self, ago, image_tag, verb};

use super::known::{Known, KnownClaim, KnownPod};

/// Seconds between two times in ms, rounded.
fn seconds(from: i64, to: i64) -> i64 {
    (to - from + 500).div_euclid(1000)
}

/// "52 s". Kubernetes tells times in whole seconds.
pub(super) fn lasted(from: i64, to: i64) -> String {
    match seconds(from, to) {
        0 => "less than a second".to_owned(),
        some => ago(some),
    }
}

fn plural(set: &Known, ordinals: &Ordinals, one: &str, many: &str) -> String {
    format!("{} {}", ordinals.names(&set.name), verb(ordinals.len(), one, many))
}

/// "orders-db-4 gets r7, orders-db-0 to orders-db-3 stay on r6".
fn split(set: &Known, new: &str, conditional: bool) -> String {
    let border = set.start + set.protected();
    let gets = Ordinals::from(border..set.ordinals().end);
    let below = Ordinals::from(set.start..border);
    let mut parts = Vec::new();
    if !gets.is_empty() {
        parts.push(if conditional {
            format!("{} would get it", gets.names(&set.name))
        } else {
            format!("{} {new}", plural(set, &gets, "gets", "get"))
        });
    }
    for (revision, all) in set.by_revision(&below) {
        let label = set.label(revision);
        parts.push(if conditional {
            format!("{} would stay on {label}", all.names(&set.name))
        } else {
            format!("{} {label}", plural(set, &all, "stays on", "stay on"))
        });
    }
    parts.join(", ")
}

fn is_rolling(set: &Known) -> bool {
    let old = |p: &KnownPod| p.ordinal.is_some() && p.revision != set.update;
    set.current != set.update || set.pods.iter().any(old)
}

/// Where a partition stands now. `pending`: the template changed with it and has no revision yet.
pub(super) fn partition(set: &Known, pending: bool) -> String {
    let rolling = pending || is_rolling(set);
    let protected = set.protected();
    let new = if pending { "the new template".to_owned() } else { set.label(&set.update) };
    if protected == 0 {
        return if rolling {
            format!("lets {new} reach every pod")
        } else {
            "lets the next update reach every pod".to_owned()
        };
    }
    let before = set.start + protected - 1;
    match (rolling, protected < set.replicas) {
        (true, true) => format!("holds before {}-{before}: {}", set.name, split(set, &new, false)),
        (true, false) => format!("holds every pod back: {}", split(set, &new, false)),
        (false, true) => {
            format!("holds the next update before {}-{before}: {}", set.name, split(set, "", true))
        }
        (false, false) => {
            format!("holds the next update back from every pod: {}", split(set, "", true))
        }
    }
}

/// A boundary that somebody moved around the panel, as what it is: from where to where, and what that means for whom.
pub(super) fn partition_moved(before: &Known, after: &Known, pending: bool) -> String {
    let number = |set: &Known| set.partition.unwrap_or(0);
    let moved = format!("moved the partition from {} to {}", number(before), number(after));
    let rolling = pending || is_rolling(after);
    let new = if pending { "the new template".to_owned() } else { after.label(&after.update) };
    match after.protected() {
        0 if rolling => format!("{moved}: {new} reaches every pod"),
        0 => format!("{moved}: the next update reaches every pod"),
        _ if rolling => format!("{moved}: {}", split(after, &new, false)),
        _ => format!("{moved} for the next update: {}", split(after, "", true)),
    }
}

/// The boundary goes up by an abort, and some pods are about to fall back.
pub(super) fn aborted(set: &Known, falling: &[PodRef]) -> String {
    let all = Ordinals::from(set.ordinals());
    let falls: Ordinals =
        falling.iter().filter_map(|p| Set::ordinal_in(&set.name, &p.pod)).collect();
    let mut parts = Vec::new();
    if !falls.is_empty() {
        let to = set.label(&set.current);
        parts.push(format!("{} to {to}", plural(set, &falls, "falls back", "fall back")));
    }
    for (revision, some) in set.by_revision(&all.minus(&falls)) {
        let label = set.label(revision);
        parts.push(format!("{} {label}", plural(set, &some, "stays on", "stay on")));
    }
    format!("holds {} back from every pod: {}", set.label(&set.update), parts.join(", "))
}

/// A new update revision. `were`: the images before.
pub(super) fn template(
    before: &Known,
    after: &Known,
    were: &[ContainerImage],
    restart: bool,
) -> String {
    let to = after.label(&after.update);
    let what = match before.revision(&after.update) {
        // An old template came back: the same revision under a new number.
        Some(old) if after.revision(&old.name).is_some_and(|r| r.number != old.number) => {
            format!("the template of r{} is back as {to}", old.number)
        }
        _ if restart => format!("restart asked for: revision {to} appears"),
        _ => {
            let images = images(were, &after.images);
            if images.is_empty() {
                format!("new template: revision {to} appears")
            } else {
                format!("{}: revision {to} appears", words::list(&images))
            }
        }
    };
    let reach = match after.strategy.as_str() {
        "RollingUpdate" => split(after, &to, false),
        "OnDelete" => format!("pods get {to} when they are deleted"),
        _ => String::new(),
    };
    if reach.is_empty() { what } else { format!("{what}; {reach}") }
}

/// "image of postgres from 16.3 to 16.4".
fn images(before: &[ContainerImage], after: &[ContainerImage]) -> Vec<String> {
    let change = |now: &ContainerImage| {
        let then = before.iter().find(|b| b.container == now.container)?;
        if then.image == now.image {
            return None;
        }
        let name = |image: &str| image.strip_suffix(image_tag(image)).map(str::to_owned);
        let (a, b) = if name(&then.image) == name(&now.image) {
            (image_tag(&then.image), image_tag(&now.image))
        } else {
            (then.image.as_str(), now.image.as_str())
        };
        Some(format!("image of {} from {a} to {b}", now.container))
    };
    after.iter().filter_map(change).collect()
}

/// More or fewer replicas, or another first ordinal.
pub(super) fn scale(before: &Known, after: &Known) -> String {
    let then = Ordinals::from(before.ordinals());
    let now = Ordinals::from(after.ordinals());
    let (come, go) = (now.minus(&then), then.minus(&now));
    let mut moves = Vec::new();
    if !come.is_empty() {
        moves.push(plural(after, &come, "comes", "come"));
    }
    if !go.is_empty() {
        moves.push(plural(after, &go, "goes", "go"));
    }
    let what = if before.replicas == after.replicas {
        format!("ordinals start at {} instead of {}", after.start, before.start)
    } else {
        format!("scaled from {} to {}", before.replicas, after.replicas)
    };
    if moves.is_empty() { what } else { format!("{what}: {}", words::list(&moves)) }
}

/// Another strategy.
pub(super) fn strategy(before: &Known, after: &Known) -> String {
    let now = match after.strategy.as_str() {
        "RollingUpdate" => ": the controller replaces pods by itself",
        "OnDelete" => ": pods change only when they are deleted",
        _ => "",
    };
    format!("switched from {} to {}{now}", before.strategy, after.strategy)
}

/// A hold begins.
pub(super) fn hold(set: &Known, held: &Ordinals) -> String {
    let mut labels: Vec<String> =
        set.by_revision(held).into_iter().map(|(revision, _)| set.label(revision)).collect();
    labels.dedup();
    format!(
        "{} on {} while {} is out",
        plural(set, held, "is held", "are held"),
        words::list(&labels),
        set.label(&set.update)
    )
}

/// A hold ends.
pub(super) fn hold_ends(set: &Known) -> String {
    format!("no pod is held back from {} any more", set.label(&set.update))
}

/// Behind the end of a pod that somebody deleted: an object that is gone has no managedFields, and its event names no one.
pub(super) const NOT_KEPT: &str = "; Kubernetes does not keep who deletes a pod";

/// A pod begins to end, or is gone without a sign.
pub(super) fn pod_down(set: &Known, pod: &KnownPod) -> String {
    let label = set.label(&pod.revision);
    match pod.ordinal {
        Some(o) if !set.ordinals().contains(&o) => {
            format!("{} went down and does not come back ({label})", pod.name)
        }
        _ => format!("{} went down ({label})", pod.name),
    }
}

/// "orders-db-4 came back Ready on r7 after 52 s".
pub(super) fn pod_ready(
    set: &Known,
    pod: &KnownPod,
    earlier: Option<&KnownPod>,
    down: Option<i64>,
    at: i64,
) -> String {
    let label = set.label(&pod.revision);
    let now = pod.ready_changed.unwrap_or(at);
    if let Some(since) = down {
        return format!("{} came back Ready on {label} after {}", pod.name, lasted(since, now));
    }
    match earlier {
        Some(e) if e.was_ready => {
            let since = e.ready_changed.unwrap_or(now);
            format!("{} is Ready again on {label} after {}", pod.name, lasted(since, now))
        }
        _ => format!("{} is Ready on {label} after {}", pod.name, lasted(pod.created, now)),
    }
}

/// A pod is no longer Ready, and it is not failing.
pub(super) fn pod_not_ready(pod: &KnownPod) -> String {
    match pod.says.as_str() {
        // It would say the same twice.
        "" | "runs but is not Ready" => format!("{} is no longer Ready", pod.name),
        says => format!("{} is no longer Ready: it {says}", pod.name),
    }
}

/// A container restarted.
pub(super) fn pod_restarted(pod: &KnownPod, more: u32) -> String {
    let times = if more == 1 { String::new() } else { format!(" {more} times") };
    let exit = pod.exit.map(|code| format!(" (exit {code})")).unwrap_or_default();
    let so_far = if pod.restarts > more {
        format!(", {} restarts so far", pod.restarts)
    } else {
        String::new()
    };
    format!("a container of {} restarted{times}{exit}{so_far}", pod.name)
}

/// A claim is another.
pub(super) fn claim_size(claim: &KnownClaim, before: &KnownClaim) -> String {
    let size = |s: &Option<String>| s.clone().unwrap_or_else(|| "nothing".to_owned());
    if claim.requested == before.requested {
        format!(
            "claim {} is {} now, was {}",
            claim.name,
            size(&claim.capacity),
            size(&before.capacity)
        )
    } else {
        format!(
            "claim {} asks for {} instead of {}",
            claim.name,
            size(&claim.requested),
            size(&before.requested)
        )
    }
}
