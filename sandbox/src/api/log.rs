//! `pods/log`: what the pretend containers wrote.

use std::time::Duration;

use axum::body::{Body, Bytes};
use serde_json::Value;

use super::answer::Answer;
use super::call::Call;
use super::route::Place;
use crate::kubelet::Line;
use crate::object::{self, list, text};
use crate::refusal::Refusal;

/// How often a log that is followed is looked at.
const LOOK: Duration = Duration::from_millis(200);

/// # Errors
/// 400 where there is no such container or log, 404 where there is no such pod.
pub(super) fn log(call: &Call, place: &Place) -> Result<Answer, Refusal> {
    let world = call.inner.world();
    let pod = world.get(&place.key())?;
    let container = container(&pod, call.query.get("container"))?;
    let previous = call.query.is("previous");
    let uid = object::uid(&pod).to_owned();
    let Some(lines) = world.kubelet.log(&uid, &container, previous) else {
        if previous {
            return Err(Refusal::bad_request(format!(
                "previous terminated container {container:?} in pod {:?} not found",
                place.name
            )));
        }
        return Err(waiting(&pod, &container));
    };
    // Of one that waits for its next start, what it wrote before is read; of one that never ran there is nothing, followed or not.
    if lines.is_empty() && !previous && waits(&pod, &container) {
        return Err(waiting(&pod, &container));
    }
    let stamps = call.query.is("timestamps");
    let since = call.query.number("sinceSeconds").map(|s| world.now - Duration::from_secs(s));
    let shown: Vec<&Line> = lines.iter().filter(|l| since.is_none_or(|s| l.at >= s)).collect();
    let tail = call.query.number("tailLines").and_then(|n| usize::try_from(n).ok());
    let skip = tail.map_or(0, |n| shown.len().saturating_sub(n));
    let head: String = shown[skip..].iter().map(|l| written(l, stamps)).collect();
    let seen = lines.len();
    drop(world);
    if !call.query.is("follow") || previous {
        return Ok(Answer::Text(head));
    }
    Ok(Answer::Stream {
        content_type: "text/plain",
        body: follow(call, &uid, container, head, seen, stamps),
    })
}

fn follow(
    call: &Call,
    uid: &str,
    container: String,
    head: String,
    mut seen: usize,
    stamps: bool,
) -> Body {
    let inner = std::sync::Arc::downgrade(&call.inner);
    let uid = uid.to_owned();
    let stream = async_stream::stream! {
        if !head.is_empty() {
            yield Ok::<Bytes, std::convert::Infallible>(Bytes::from(head));
        }
        loop {
            let fresh = {
                let Some(inner) = inner.upgrade() else { return };
                let world = inner.world();
                // The pod is gone, or its container started anew: the log ends.
                let Some(lines) = world.kubelet.log(&uid, &container, false) else { return };
                if lines.len() < seen {
                    return;
                }
                let fresh: String = lines[seen..].iter().map(|l| written(l, stamps)).collect();
                seen = lines.len();
                fresh
            };
            if !fresh.is_empty() {
                yield Ok(Bytes::from(fresh));
            }
            tokio::time::sleep(LOOK).await;
        }
    };
    Body::from_stream(stream)
}

fn written(line: &Line, stamps: bool) -> String {
    if stamps {
        format!("{} {}\n", line.at.strftime("%Y-%m-%dT%H:%M:%S.%9fZ"), line.text)
    } else {
        format!("{}\n", line.text)
    }
}

/// The container that is asked for; the first (or only) one where none is named.
pub(super) fn container(pod: &Value, wanted: &str) -> Result<String, Refusal> {
    let names: Vec<&str> = list(pod, "/spec/containers").iter().map(|c| text(c, "/name")).collect();
    match (wanted, names.as_slice()) {
        ("", [only]) => Ok((*only).to_owned()),
        ("", [..]) => Err(Refusal::bad_request(format!(
            "a container name must be specified for pod {}, choose one of: [{}]",
            object::name(pod),
            names.join(" ")
        ))),
        (name, _) if names.contains(&name) => Ok(name.to_owned()),
        (name, _) => Err(Refusal::bad_request(format!(
            "container {name} is not valid for pod {}",
            object::name(pod)
        ))),
    }
}

fn status<'a>(pod: &'a Value, container: &str) -> Option<&'a Value> {
    list(pod, "/status/containerStatuses").iter().find(|s| s["name"] == *container)
}

/// Whether the container has no run.
fn waits(pod: &Value, container: &str) -> bool {
    status(pod, container).is_none_or(|s| !s["state"]["waiting"].is_null())
}

fn waiting(pod: &Value, container: &str) -> Refusal {
    let reason = status(pod, container).map_or("", |s| text(s, "/state/waiting/reason"));
    let state = match reason {
        "ErrImagePull" | "ImagePullBackOff" => "trying and failing to pull image".to_owned(),
        "" => "PodInitializing".to_owned(),
        other => other.to_owned(),
    };
    Refusal::bad_request(format!(
        "container {container:?} in pod {:?} is waiting to start: {state}",
        object::name(pod)
    ))
}
