//! Pod → [`Pod`].

use jiff::{SignedDuration, Timestamp};
use k8s_openapi::api::core::v1::{
    ContainerState as KubeState, ContainerStateTerminated, ContainerStatus, Pod as KubePod,
    PodStatus,
};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use model::pod::{Container, ContainerState, Exit, Phase, Pod};

use super::{count, created, moment, name, namespace, owning_set, uid};

/// The facts of a pod; `None` if no StatefulSet controls it.
pub fn pod(object: &KubePod) -> Option<Pod> {
    let meta = &object.metadata;
    let owner = owning_set(meta)?;
    let spec = object.spec.as_ref();
    let status = object.status.as_ref();
    let ready = status.and_then(|s| condition(s, "Ready"));
    let (reason, message) = status.map(why_not).unwrap_or_default();
    Some(Pod {
        namespace: namespace(meta),
        name: name(meta),
        uid: uid(meta),
        set_uid: owner.uid.clone(),
        revision: meta
            .labels
            .as_ref()
            .and_then(|l| l.get(model::REVISION_LABEL).cloned())
            .unwrap_or_default(),
        created: created(meta),
        deleting: deleting(meta),
        phase: phase(status.and_then(|s| s.phase.as_deref())),
        ready: ready.is_some_and(|c| c.status == "True"),
        ready_changed: ready.and_then(|c| moment(c.last_transition_time.as_ref())),
        node: spec.and_then(|s| s.node_name.clone()),
        containers: containers(object),
        claims: spec
            .and_then(|s| s.volumes.as_deref())
            .unwrap_or_default()
            .iter()
            .filter_map(|v| Some(v.persistent_volume_claim.as_ref()?.claim_name.clone()))
            .collect(),
        reason,
        message,
    })
}

/// `deletionTimestamp` is when the grace period will be over; it began that much earlier.
/// Source: apiserver `registry/rest/delete.go`, `BeforeDelete`.
fn deleting(meta: &ObjectMeta) -> Option<Timestamp> {
    let end = moment(meta.deletion_timestamp.as_ref())?;
    let grace = SignedDuration::from_secs(meta.deletion_grace_period_seconds.unwrap_or_default());
    Some(end.checked_sub(grace).unwrap_or(end))
}

fn phase(text: Option<&str>) -> Phase {
    match text {
        Some("Running") => Phase::Running,
        Some("Succeeded") => Phase::Succeeded,
        Some("Failed") => Phase::Failed,
        Some("Unknown") => Phase::Unknown,
        _ => Phase::Pending,
    }
}

fn condition<'a>(
    status: &'a PodStatus,
    kind: &str,
) -> Option<&'a k8s_openapi::api::core::v1::PodCondition> {
    status.conditions.iter().flatten().find(|c| c.type_ == kind)
}

/// `status.reason` is about the pod as a whole (`Evicted`) and says more than that it is not scheduled.
fn why_not(status: &PodStatus) -> (Option<String>, Option<String>) {
    let told = |text: &Option<String>| text.clone().filter(|t| !t.is_empty());
    if let Some(reason) = told(&status.reason) {
        return (Some(reason), told(&status.message));
    }
    match condition(status, "PodScheduled").filter(|c| c.status == "False") {
        Some(c) => (told(&c.reason), told(&c.message)),
        None => (None, None),
    }
}

/// Every container of the spec, init containers first, with its status where there is one yet.
fn containers(object: &KubePod) -> Vec<Container> {
    let status = object.status.as_ref();
    let init_status = status.and_then(|s| s.init_container_statuses.as_deref()).unwrap_or_default();
    let main_status = status.and_then(|s| s.container_statuses.as_deref()).unwrap_or_default();
    let Some(spec) = object.spec.as_ref() else { return Vec::new() };
    let init = spec.init_containers.as_deref().unwrap_or_default();
    let one = |name: &str, init: bool, all: &[ContainerStatus]| {
        let found = all.iter().find(|s| s.name == name);
        container(name, init, found)
    };
    init.iter()
        .map(|c| one(&c.name, true, init_status))
        .chain(spec.containers.iter().map(|c| one(&c.name, false, main_status)))
        .collect()
}

fn container(name: &str, init: bool, status: Option<&ContainerStatus>) -> Container {
    Container {
        name: name.to_owned(),
        init,
        ready: status.is_some_and(|s| s.ready),
        restarts: count(status.map(|s| s.restart_count)),
        state: state(status.and_then(|s| s.state.as_ref())),
        last_exit: status.and_then(|s| s.last_state.as_ref()?.terminated.as_ref()).map(exit),
    }
}

fn state(found: Option<&KubeState>) -> ContainerState {
    let Some(found) = found else { return ContainerState::None };
    if let Some(waiting) = &found.waiting {
        ContainerState::Waiting { reason: waiting.reason.clone(), message: waiting.message.clone() }
    } else if let Some(terminated) = &found.terminated {
        ContainerState::Terminated(exit(terminated))
    } else if found.running.is_some() {
        ContainerState::Running
    } else {
        ContainerState::None
    }
}

fn exit(terminated: &ContainerStateTerminated) -> Exit {
    Exit {
        code: terminated.exit_code,
        reason: terminated.reason.clone(),
        at: moment(terminated.finished_at.as_ref()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn convert(value: Value) -> Option<Pod> {
        pod(&serde_json::from_value(value).unwrap())
    }

    fn web_0() -> Value {
        json!({
            "metadata": {"namespace": "shop", "name": "web-0", "uid": "p0",
                "creationTimestamp": "2026-01-01T00:00:00Z",
                "labels": {"controller-revision-hash": "web-a"},
                "ownerReferences": [{"apiVersion": "apps/v1", "kind": "StatefulSet",
                    "name": "web", "uid": "u1", "controller": true}]},
            "spec": {"nodeName": "n1",
                "initContainers": [{"name": "prep"}],
                "containers": [{"name": "app"}, {"name": "side"}],
                "volumes": [{"name": "data",
                    "persistentVolumeClaim": {"claimName": "data-web-0"}}, {"name": "tmp"}]},
            "status": {"phase": "Running",
                "conditions": [{"type": "Ready", "status": "True",
                    "lastTransitionTime": "2026-01-01T00:00:09Z"}],
                "initContainerStatuses": [{"name": "prep", "ready": true, "restartCount": 0,
                    "image": "", "imageID": "", "state": {"terminated": {"exitCode": 0}}}],
                "containerStatuses": [
                    {"name": "side", "ready": true, "restartCount": 0, "image": "",
                        "imageID": "", "state": {"running": {}}},
                    {"name": "app", "ready": true, "restartCount": 2, "image": "",
                        "imageID": "", "state": {"running": {}},
                        "lastState": {"terminated": {"exitCode": 137, "reason": "OOMKilled",
                            "finishedAt": "2026-01-01T00:00:05Z"}}}]},
        })
    }

    #[test]
    fn a_running_pod_is_read_in_full() {
        let pod = convert(web_0()).unwrap();
        assert_eq!((pod.set_uid.as_str(), pod.revision.as_str()), ("u1", "web-a"));
        assert!(pod.is_up());
        assert_eq!(pod.ready_since(), Some("2026-01-01T00:00:09Z".parse().unwrap()));
        assert_eq!(pod.claims, ["data-web-0"]);
        assert_eq!(pod.node.as_deref(), Some("n1"));
        let names: Vec<_> = pod.containers.iter().map(|c| (c.name.as_str(), c.init)).collect();
        assert_eq!(names, [("prep", true), ("app", false), ("side", false)]);
        assert_eq!(pod.restarts(), 2);
        let exit = pod.containers[1].last_exit.as_ref().unwrap();
        assert_eq!((exit.code, exit.reason.as_deref()), (137, Some("OOMKilled")));
        assert!(matches!(&pod.containers[0].state, ContainerState::Terminated(e) if e.code == 0));
        assert_eq!((pod.reason, pod.message), (None, None));
    }

    #[test]
    fn a_pod_that_no_set_controls_is_dropped() {
        let mut by_job = web_0();
        by_job["metadata"]["ownerReferences"][0]["kind"] = json!("Job");
        let mut not_controlled = web_0();
        not_controlled["metadata"]["ownerReferences"][0]["controller"] = json!(false);
        let mut other_api = web_0();
        other_api["metadata"]["ownerReferences"][0]["apiVersion"] = json!("apps.kruise.io/v1");
        for object in [by_job, not_controlled, other_api] {
            assert_eq!(convert(object), None);
        }
    }

    #[test]
    fn termination_began_a_grace_period_before_the_deletion_timestamp() {
        let mut object = web_0();
        object["metadata"]["deletionTimestamp"] = json!("2026-01-01T00:01:00Z");
        object["metadata"]["deletionGracePeriodSeconds"] = json!(30);
        let pod = convert(object).unwrap();
        assert_eq!(pod.deleting, Some("2026-01-01T00:00:30Z".parse().unwrap()));
    }

    #[test]
    fn the_reason_is_the_pods_own_before_the_schedulers() {
        let scheduled = json!({"type": "PodScheduled", "status": "False",
            "reason": "Unschedulable", "message": "0/3 nodes are available"});
        let mut pending = web_0();
        pending["status"] = json!({"phase": "Pending", "conditions": [scheduled.clone()]});
        let pod = convert(pending).unwrap();
        assert_eq!(pod.reason.as_deref(), Some("Unschedulable"));
        assert_eq!(pod.message.as_deref(), Some("0/3 nodes are available"));
        assert_eq!(pod.not_ready_since(), Some(pod.created));

        let mut evicted = web_0();
        evicted["status"] = json!({"phase": "Failed", "reason": "Evicted",
            "message": "low on memory", "conditions": [scheduled]});
        let pod = convert(evicted).unwrap();
        assert_eq!((pod.phase, pod.reason.as_deref()), (Phase::Failed, Some("Evicted")));
    }

    #[test]
    fn a_container_without_a_status_is_still_a_container() {
        let mut object = web_0();
        object["status"] = json!({"phase": "Pending", "containerStatuses": [
            {"name": "app", "ready": false, "restartCount": 0, "image": "", "imageID": "",
                "state": {"waiting": {"reason": "ImagePullBackOff", "message": "back-off"}}}]});
        let pod = convert(object).unwrap();
        assert_eq!(pod.ready_containers(), (0, 2));
        assert_eq!(
            pod.containers[1].state,
            ContainerState::Waiting {
                reason: Some("ImagePullBackOff".into()),
                message: Some("back-off".into()),
            }
        );
        assert_eq!(pod.containers[2].state, ContainerState::None);
    }
}
