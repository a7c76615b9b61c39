//! Pod, Node and Events → [`PodDetail`], for whoever looks at one pod.

use jiff::Timestamp;
use k8s_openapi::api::core::v1::{
    Container as KubeContainer, ContainerStateTerminated, ContainerStatus, Event as KubeEvent,
    Node, Pod as KubePod,
};
use model::wire::{
    PodCondition, PodContainer, PodDetail, PodEvent, PodEvents, PodExit, PodMount, PodNode,
};

use super::{count, moment, pod};

/// The zone of a node. Source: <https://kubernetes.io/docs/reference/labels-annotations-taints/>.
const ZONE: &str = "topology.kubernetes.io/zone";

/// A pod in full, without its Events and with no more than the name of its node; `None` if no StatefulSet controls it.
pub fn pod_detail(object: &KubePod, now: Timestamp) -> Option<PodDetail> {
    let facts = pod(object)?;
    let spec = object.spec.as_ref();
    let status = object.status.as_ref();
    let told = |text: Option<&String>| text.filter(|t| !t.is_empty()).cloned();
    let annotation = object.metadata.annotations.as_ref();
    let first = facts.containers.iter().find(|c| !c.init).map(|c| c.name.clone());
    let named = annotation.and_then(|a| a.get(model::DEFAULT_CONTAINER).cloned());
    let named = named.filter(|name| facts.containers.iter().any(|c| c.name == *name));
    let conditions = status.and_then(|s| s.conditions.as_deref()).unwrap_or_default();
    let ips = status.and_then(|s| s.pod_ips.as_deref()).unwrap_or_default();
    let node = facts.node.filter(|n| !n.is_empty());
    Some(PodDetail {
        now,
        ordinal: None,
        default_container: named.or(first).unwrap_or_default(),
        namespace: facts.namespace,
        name: facts.name,
        uid: facts.uid,
        revision: facts.revision,
        created: facts.created,
        deleting: facts.deleting,
        phase: facts.phase,
        reason: status.and_then(|s| told(s.reason.as_ref())),
        message: status.and_then(|s| told(s.message.as_ref())),
        started: status.and_then(|s| moment(s.start_time.as_ref())),
        ips: ips.iter().map(|ip| ip.ip.clone()).collect(),
        qos: status.and_then(|s| told(s.qos_class.as_ref())),
        service_account: spec.and_then(|s| told(s.service_account_name.as_ref())),
        grace_seconds: spec
            .and_then(|s| s.termination_grace_period_seconds)
            .and_then(|s| u32::try_from(s).ok()),
        conditions: conditions
            .iter()
            .map(|c| PodCondition {
                name: c.type_.clone(),
                status: c.status.clone(),
                reason: told(c.reason.as_ref()),
                message: told(c.message.as_ref()),
                since: moment(c.last_transition_time.as_ref()),
            })
            .collect(),
        containers: containers(object, &facts.containers),
        claims: facts.claims,
        node: node.map(|name| PodNode {
            name,
            zone: None,
            ready: None,
            cordoned: false,
            unread: None,
        }),
        events: PodEvents::default(),
    })
}

/// In the order of `known`, which is that of the spec.
fn containers(object: &KubePod, known: &[model::pod::Container]) -> Vec<PodContainer> {
    let Some(spec) = object.spec.as_ref() else { return Vec::new() };
    let status = object.status.as_ref();
    let statuses = |of_init: bool| -> &[ContainerStatus] {
        let all = status.and_then(|s| {
            if of_init {
                s.init_container_statuses.as_deref()
            } else {
                s.container_statuses.as_deref()
            }
        });
        all.unwrap_or_default()
    };
    let one = |facts: &model::pod::Container| {
        let specs = if facts.init {
            spec.init_containers.as_deref().unwrap_or_default()
        } else {
            spec.containers.as_slice()
        };
        let spec_of = specs.iter().find(|c| c.name == facts.name)?;
        let status = statuses(facts.init).iter().find(|s| s.name == facts.name);
        let state = status.and_then(|s| s.state.as_ref());
        let last = status.and_then(|s| s.last_state.as_ref());
        Some(PodContainer {
            name: facts.name.clone(),
            init: facts.init,
            sidecar: facts.init && spec_of.restart_policy.as_deref() == Some("Always"),
            image: spec_of.image.clone().unwrap_or_default(),
            image_id: status.map(|s| s.image_id.clone()).filter(|id| !id.is_empty()),
            ready: facts.ready,
            restarts: facts.restarts,
            state: facts.state.clone(),
            running_since: state.and_then(|s| moment(s.running.as_ref()?.started_at.as_ref())),
            exit: state.and_then(|s| s.terminated.as_ref()).map(exit),
            last_exit: last.and_then(|s| s.terminated.as_ref()).map(exit),
            mounts: mounts(object, spec_of),
        })
    };
    known.iter().filter_map(one).collect()
}

fn exit(ended: &ContainerStateTerminated) -> PodExit {
    PodExit {
        code: ended.exit_code,
        signal: ended.signal.filter(|s| *s != 0),
        reason: ended.reason.clone(),
        message: ended.message.clone(),
        started: moment(ended.started_at.as_ref()),
        ended: moment(ended.finished_at.as_ref()),
    }
}

fn mounts(object: &KubePod, container: &KubeContainer) -> Vec<PodMount> {
    let volumes = object.spec.as_ref().and_then(|s| s.volumes.as_deref()).unwrap_or_default();
    let claim = |name: &str| {
        let volume = volumes.iter().find(|v| v.name == name)?;
        Some(volume.persistent_volume_claim.as_ref()?.claim_name.clone())
    };
    let mounts = container.volume_mounts.as_deref().unwrap_or_default();
    mounts
        .iter()
        .map(|m| PodMount {
            volume: m.name.clone(),
            path: m.mount_path.clone(),
            claim: claim(&m.name),
            read_only: m.read_only.unwrap_or_default(),
        })
        .collect()
}

/// What is known of a node.
pub fn pod_node(object: &Node) -> PodNode {
    let meta = &object.metadata;
    let conditions =
        object.status.as_ref().and_then(|s| s.conditions.as_deref()).unwrap_or_default();
    PodNode {
        name: super::name(meta),
        zone: meta.labels.as_ref().and_then(|l| l.get(ZONE).cloned()),
        ready: conditions.iter().find(|c| c.type_ == "Ready").map(|c| c.status == "True"),
        cordoned: object.spec.as_ref().and_then(|s| s.unschedulable).unwrap_or_default(),
        unread: None,
    }
}

/// An Event. Older components fill `firstTimestamp`, `lastTimestamp` and `count`, newer ones `eventTime` and `series`.
/// Source: kubernetes `pkg/printers/internalversion/printers.go`, `printEvent`.
pub fn pod_event(object: KubeEvent) -> PodEvent {
    let created = super::created(&object.metadata);
    let time = object.event_time.as_ref().map(|t| t.0);
    let first = moment(object.first_timestamp.as_ref()).or(time).unwrap_or(created);
    let series = object.series.as_ref();
    let last = series
        .and_then(|s| s.last_observed_time.as_ref().map(|t| t.0))
        .or_else(|| moment(object.last_timestamp.as_ref()))
        .unwrap_or(first);
    let source = object.source.and_then(|s| s.component).filter(|s| !s.is_empty());
    PodEvent {
        at: last.max(first),
        first,
        count: count(series.and_then(|s| s.count).or(object.count)).max(1),
        warning: object.type_.as_deref() == Some("Warning"),
        reason: object.reason.unwrap_or_default(),
        message: object.message.unwrap_or_default(),
        source: source.or(object.reporting_component).unwrap_or_default(),
        container: object.involved_object.field_path.as_deref().and_then(container_of),
    }
}

/// `spec.containers{app}`.
fn container_of(path: &str) -> Option<String> {
    let (_, rest) = path.split_once('{')?;
    rest.strip_suffix('}').map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn web_0() -> KubePod {
        serde_json::from_value(json!({
            "metadata": {"namespace": "shop", "name": "web-0", "uid": "p0",
                "creationTimestamp": "2026-01-01T00:00:00Z",
                "annotations": {"kubectl.kubernetes.io/default-container": "app"},
                "ownerReferences": [{"apiVersion": "apps/v1", "kind": "StatefulSet",
                    "name": "web", "uid": "u", "controller": true}]},
            "spec": {"nodeName": "b1", "serviceAccountName": "web", "terminationGracePeriodSeconds": 30,
                "volumes": [{"name": "data", "persistentVolumeClaim": {"claimName": "data-web-0"}},
                    {"name": "tmp", "emptyDir": {}}],
                "initContainers": [
                    {"name": "wait", "image": "busybox:1"},
                    {"name": "proxy", "image": "proxy:2", "restartPolicy": "Always"}],
                "containers": [
                    {"name": "agent", "image": "agent:1",
                        "env": [{"name": "TOKEN", "value": "hunter2"}], "args": ["--key=hunter2"]},
                    {"name": "app", "image": "app:2", "volumeMounts": [
                        {"name": "data", "mountPath": "/data"},
                        {"name": "tmp", "mountPath": "/tmp", "readOnly": true}]}]},
            "status": {"phase": "Running", "qosClass": "Burstable",
                "startTime": "2026-01-01T00:00:01Z", "podIPs": [{"ip": "10.0.0.7"}],
                "conditions": [{"type": "Ready", "status": "False", "reason": "ContainersNotReady",
                    "message": "containers with unready status: [app]",
                    "lastTransitionTime": "2026-01-01T00:00:09Z"}],
                "initContainerStatuses": [{"name": "wait", "image": "busybox:1", "imageID": "",
                    "ready": true, "restartCount": 0, "state": {"terminated": {"exitCode": 0,
                        "reason": "Completed", "startedAt": "2026-01-01T00:00:02Z",
                        "finishedAt": "2026-01-01T00:00:03Z"}}}],
                "containerStatuses": [{"name": "app", "image": "app:2", "imageID": "app@sha256:9f2c",
                    "ready": false, "restartCount": 3,
                    "state": {"running": {"startedAt": "2026-01-01T00:00:08Z"}},
                    "lastState": {"terminated": {"exitCode": 137, "signal": 9, "reason": "OOMKilled",
                        "startedAt": "2026-01-01T00:00:04Z", "finishedAt": "2026-01-01T00:00:07Z"}}}]},
        }))
        .unwrap()
    }

    #[test]
    fn a_pod_is_told_with_its_containers_and_none_of_their_secrets() {
        let now = "2026-01-01T00:01:00Z".parse().unwrap();
        let detail = pod_detail(&web_0(), now).unwrap();
        let names: Vec<_> = detail.containers.iter().map(|c| c.name.as_str()).collect();
        assert_eq!(names, ["wait", "proxy", "agent", "app"]);
        assert_eq!(detail.default_container, "app", "by the annotation");
        let (wait, proxy) = (&detail.containers[0], &detail.containers[1]);
        assert!(wait.init && !wait.sidecar && proxy.sidecar);
        assert_eq!(wait.exit.as_ref().map(|e| e.code), Some(0));
        let app = &detail.containers[3];
        assert_eq!(app.image_id.as_deref(), Some("app@sha256:9f2c"));
        assert_eq!(app.restarts, 3);
        let last = app.last_exit.clone().unwrap();
        assert_eq!(
            (last.code, last.signal, last.reason.as_deref()),
            (137, Some(9), Some("OOMKilled"))
        );
        assert!(app.running_since.is_some() && app.exit.is_none());
        let mounts: Vec<_> =
            app.mounts.iter().map(|m| (m.path.as_str(), m.claim.as_deref(), m.read_only)).collect();
        assert_eq!(mounts, [("/data", Some("data-web-0"), false), ("/tmp", None, true)]);
        assert_eq!(detail.conditions[0].reason.as_deref(), Some("ContainersNotReady"));
        assert_eq!(detail.node.clone().unwrap().name, "b1");
        assert!(!serde_json::to_string(&detail).unwrap().contains("hunter2"));
    }

    #[test]
    fn without_an_annotation_that_fits_the_first_container_is_the_default() {
        let mut pod = web_0();
        let now = "2026-01-01T00:01:00Z".parse().unwrap();
        for named in [None, Some("gone")] {
            pod.metadata.annotations =
                named.map(|n| [(model::DEFAULT_CONTAINER.to_owned(), n.to_owned())].into());
            assert_eq!(pod_detail(&pod, now).unwrap().default_container, "agent");
        }
    }

    #[test]
    fn a_pod_of_no_set_is_none_of_ours() {
        let mut pod = web_0();
        pod.metadata.owner_references = None;
        assert_eq!(pod_detail(&pod, Timestamp::UNIX_EPOCH), None);
    }

    #[test]
    fn events_old_and_new_tell_when_and_how_often() {
        let event = |rest: serde_json::Value| {
            let mut all = json!({"metadata": {"creationTimestamp": "2026-01-01T00:00:00Z"},
                "involvedObject": {"fieldPath": "spec.containers{app}"}, "reason": "BackOff",
                "message": "m", "type": "Warning"});
            all.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
            pod_event(serde_json::from_value(all).unwrap())
        };
        let old = event(json!({"firstTimestamp": "2026-01-01T00:00:01Z", "count": 7,
            "lastTimestamp": "2026-01-01T00:00:09Z", "source": {"component": "kubelet"}}));
        assert_eq!((old.count, old.source.as_str(), old.warning), (7, "kubelet", true));
        assert_eq!(
            (old.first.to_string().as_str(), old.at.to_string().as_str()),
            ("2026-01-01T00:00:01Z", "2026-01-01T00:00:09Z")
        );
        assert_eq!(old.container.as_deref(), Some("app"));
        let new = event(json!({"eventTime": "2026-01-01T00:00:02.000000Z",
            "reportingComponent": "default-scheduler",
            "series": {"count": 3, "lastObservedTime": "2026-01-01T00:00:08.000000Z"}}));
        assert_eq!((new.count, new.source.as_str()), (3, "default-scheduler"));
        assert_eq!(new.at.to_string(), "2026-01-01T00:00:08Z");
        let bare = event(json!({}));
        assert_eq!((bare.count, bare.at == bare.first), (1, true));
    }
}
