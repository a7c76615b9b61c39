//! The situations: a set, what was done to it before, and the action.

use serde_json::{Value, json};

/// One of them. The set is `web` with four Ready pods on `v1`, OrderedReady, unless it says otherwise.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "what is asked of a situation, each by itself")]
pub(crate) struct Situation {
    /// Also its namespace, with dashes for blanks.
    pub(crate) name: &'static str,
    /// Further fields of the spec.
    spec: Value,
    /// Steps as in the recordings, after its creation.
    pub(crate) before: Vec<Value>,
    pub(crate) action: Value,
    pub(crate) stalls: bool,
    /// It rests on a pod that is not up.
    pub(crate) waits: bool,
    pub(crate) loses_data: bool,
    /// Part of a warning.
    pub(crate) warns: Option<&'static str>,
    /// A step after which what waited goes on.
    pub(crate) helps: Option<Value>,
    /// The panel has to call the set Stuck or Trapped first.
    pub(crate) called_stuck: bool,
}

pub(crate) fn situation(name: &'static str, before: &[Value], action: Value) -> Situation {
    let mut steps = vec![json!({"create": true})];
    steps.extend_from_slice(before);
    Situation {
        name,
        spec: json!({}),
        before: steps,
        action,
        stalls: false,
        waits: false,
        loses_data: false,
        warns: None,
        helps: None,
        called_stuck: false,
    }
}

impl Situation {
    pub(crate) fn spec(mut self, spec: Value) -> Self {
        self.spec = spec;
        self
    }

    pub(crate) fn stalls(mut self) -> Self {
        self.stalls = true;
        self
    }

    pub(crate) fn waits(mut self) -> Self {
        self.waits = true;
        self
    }

    /// It waits until this is done.
    pub(crate) fn until(mut self, step: Value) -> Self {
        self.helps = Some(step);
        self.waits()
    }

    /// It stalls on a pod that was not Ready for long enough.
    pub(crate) fn called_stuck(mut self) -> Self {
        self.called_stuck = true;
        self.stalls()
    }

    pub(crate) fn warns(mut self, of: &'static str) -> Self {
        self.warns = Some(of);
        self
    }

    fn loses_data(mut self) -> Self {
        self.loses_data = true;
        self
    }

    /// With a claim for each pod, kept or deleted with it when the set is scaled down.
    fn claims(self, when_scaled: &str) -> Self {
        self.spec(json!({
            "persistentVolumeClaimRetentionPolicy": {"whenScaled": when_scaled, "whenDeleted": "Retain"},
            "volumeClaimTemplates": [{
                "metadata": {"name": "data"},
                "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
            }],
        }))
    }

    /// With two claims for each pod.
    fn two_claims(self, when_scaled: &str) -> Self {
        let mut with = self.claims(when_scaled);
        let mut second = with.spec["volumeClaimTemplates"][0].clone();
        second["metadata"]["name"] = json!("wal");
        if let Some(templates) = with.spec["volumeClaimTemplates"].as_array_mut() {
            templates.push(second);
        }
        with
    }

    pub(crate) fn parallel(mut self) -> Self {
        self.spec["podManagementPolicy"] = json!("Parallel");
        self
    }

    /// The StatefulSet as it is sent.
    pub(crate) fn set(&self) -> Value {
        let mut spec = json!({
            "replicas": 4,
            "serviceName": "web",
            "selector": {"matchLabels": {"app": "web"}},
            "template": {
                "metadata": {"labels": {"app": "web"}},
                "spec": {"containers": [{"name": "app", "image": "registry.example/app:v1"}]},
            },
        });
        if self.spec.get("volumeClaimTemplates").is_some() {
            // Past the scheduler and its back-off; the controller does not look.
            spec["template"]["spec"]["nodeName"] = json!("node-0");
        }
        for (key, value) in self.spec.as_object().into_iter().flatten() {
            spec[key] = value.clone();
        }
        json!({"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": "web"}, "spec": spec})
    }
}

pub(crate) fn image(tag: &str) -> Value {
    json!({"action": "setImage", "images": [{"container": "app", "image": format!("registry.example/app:{tag}")}]})
}

/// An init container beside `app`.
fn template_with_init(tag: &str) -> Value {
    json!({
        "metadata": {"labels": {"app": "web"}},
        "spec": {
            "initContainers": [{"name": "prep", "image": format!("registry.example/prep:{tag}")}],
            "containers": [{"name": "app", "image": "registry.example/app:v1"}],
        },
    })
}

fn init_image(tag: &str, partition: Option<u32>) -> Value {
    let mut action = json!({"action": "setImage", "images": [
        {"container": "prep", "image": format!("registry.example/prep:{tag}")},
    ]});
    if let Some(partition) = partition {
        action["partition"] = json!(partition);
    }
    action
}

fn image_behind(tag: &str, partition: u32) -> Value {
    let mut action = image(tag);
    action["partition"] = json!(partition);
    action
}

pub(crate) fn scale(replicas: u32) -> Value {
    json!({"action": "scale", "replicas": replicas})
}

pub(crate) fn pod(action: &str, ordinal: u32) -> Value {
    json!({"action": action, "pod": format!("web-{ordinal}")})
}

pub(crate) fn restart() -> Value {
    json!({"action": "restart"})
}

fn strategy(name: &str) -> Value {
    json!({"action": "switchStrategy", "strategy": name})
}

pub(crate) fn on_delete() -> Value {
    json!({"updateStrategy": {"type": "OnDelete"}})
}

/// Pods that fall back, by their ordinals.
pub(crate) fn abort(ordinals: &[u32]) -> Value {
    let pods: Vec<Value> = ordinals.iter().map(|o| json!({"pod": format!("web-{o}")})).collect();
    json!({"action": "abort", "pods": pods})
}

fn roll_back(revision: &str) -> Value {
    json!({"action": "rollBack", "revision": revision})
}

fn max_unavailable(pods: u32) -> Value {
    json!({"action": "setMaxUnavailable", "maxUnavailable": pods.to_string()})
}

/// On a controller with default gates.
pub(crate) fn usual() -> Vec<Situation> {
    let held = [json!({"image": "v2", "partition": 3})];
    let broken = [json!({"image": "v2-crash-2"})];
    // Half of the pods are on v2.
    let back = [json!({"image": "v2", "partition": 2})];
    let restarted =
        json!({"annotate": {"kubectl.kubernetes.io/restartedAt": "2026-01-01T00:00:00Z"}});
    let prepared = [json!({"partition": 2, "spec": {"template": template_with_init("v2")}})];
    let held_with = |more: Value| vec![json!({"image": "v2", "partition": 3}), more];
    vec![
        situation("partition down", &held, json!({"action": "setPartition", "partition": 1})),
        situation("partition up", &held, json!({"action": "setPartition", "partition": 4})),
        situation("advance", &held, json!({"action": "advance"})),
        situation("advance to", &held, json!({"action": "advance", "to": 1})),
        situation("finish", &held, json!({"action": "finish"})),
        situation(
            "finish behind a sick pod",
            &[json!({"image": "v2-pull-3", "partition": 3})],
            json!({"action": "finish"}),
        )
        .stalls(),
        situation("hold a roll that is stuck", &broken, json!({"action": "hold"})),
        situation("image", &[], image("v2")),
        situation("image behind a partition", &[], image_behind("v2", 2)),
        situation("image over a broken one", &broken, image("v3")).stalls(),
        situation("image back to the first", &broken, image("v1")).stalls(),
        situation("image of a parallel set", &[], image("v2")).parallel(),
        situation("image over a broken one of a parallel set", &broken, image("v3")).parallel(),
        situation("image forth and back behind a partition", &held, image("v1")),
        situation("image forth and back", &back, image_behind("v1", 0)),
        situation("image forth and back of a parallel set", &back, image_behind("v1", 0))
            .parallel(),
        situation("image forth and back under OnDelete", &[json!({"image": "v2"})], image("v1"))
            .spec(on_delete()),
        situation(
            "image forth and back and forth again",
            &[json!({"image": "v2"}), json!({"image": "v1", "partition": 2})],
            image("v2"),
        ),
        situation(
            "image forth and back after a restart",
            &[json!({"image": "v2", "partition": 2}), restarted],
            image_behind("v1", 0),
        ),
        situation(
            "image forth and back with no history",
            &[json!({"image": "v2"})],
            image_behind("v1", 2),
        )
        .spec(json!({"revisionHistoryLimit": 0})),
        situation("init image forth and back", &prepared, init_image("v1", None))
            .spec(json!({"template": template_with_init("v1")})),
        situation(
            "init image forth and back without a partition",
            &prepared,
            init_image("v1", Some(0)),
        )
        .spec(json!({"template": template_with_init("v1")})),
        situation("image with ordinals from five", &[], image("v2"))
            .spec(json!({"ordinals": {"start": 5}})),
        situation("image with minReadySeconds", &[], image("v2"))
            .spec(json!({"minReadySeconds": 1})),
        situation("image with claims", &[], image("v2")).claims("Delete"),
        situation("restart", &[], restart()),
        situation("restart behind a partition", &[], json!({"action": "restart", "partition": 3})),
        situation("restart under OnDelete", &[], restart()).spec(on_delete()),
        situation(
            "restart while one cannot be pulled",
            &[json!({"image": "v2-pull-1"})],
            restart(),
        )
        .stalls(),
        situation("scale up", &[], scale(6)),
        situation("scale up behind a partition", &held, scale(6)),
        situation("scale up behind a sick pod", &broken, scale(6)).stalls(),
        situation("scale up a parallel set with a sick pod", &broken, scale(6)).parallel().stalls(),
        situation("scale down", &[], scale(2)),
        situation("scale down with claims kept", &[], scale(2)).claims("Retain"),
        situation("scale down with claims deleted", &[], scale(2)).claims("Delete").loses_data(),
        situation("scale to nothing with claims deleted", &[], scale(0))
            .claims("Delete")
            .loses_data(),
        situation("scale down a parallel set with claims deleted", &[], scale(1))
            .claims("Delete")
            .parallel()
            .loses_data(),
        situation(
            "scale down behind a sick pod",
            &[
                json!({"image": "v2", "partition": 4}),
                json!({"image": "v2-crash-0", "partition": 0}),
            ],
            scale(2),
        )
        .stalls(),
        situation("to OnDelete", &broken, strategy("OnDelete")),
        situation("from OnDelete", &[json!({"image": "v2"})], strategy("RollingUpdate"))
            .spec(on_delete()),
        situation(
            "from OnDelete behind a partition",
            &[json!({"image": "v2"})],
            json!({"action": "switchStrategy", "strategy": "RollingUpdate", "partition": 2}),
        )
        .spec(on_delete()),
        situation("delete below the partition", &held, pod("deletePod", 0)),
        situation("delete above the partition", &held, pod("deletePod", 3)),
        situation(
            "delete what was raised above",
            &held_with(json!({"partition": 4})),
            pod("deletePod", 3),
        ),
        situation("delete under OnDelete", &[json!({"image": "v2"})], pod("deletePod", 2))
            .spec(on_delete()),
        situation(
            "delete the pod that comes back on the broken image",
            &broken,
            pod("deletePod", 2),
        )
        .stalls(),
        situation("delete behind a sick pod", &broken, pod("deletePod", 3)).stalls(),
        situation(
            "delete the broken pod after its image was put back",
            &[json!({"image": "v2-crash-2"}), json!({"image": "v1"})],
            pod("deletePod", 2),
        ),
        situation(
            "delete without rollingUpdate",
            &[json!({"image": "v2-crash-2"})],
            pod("deletePod", 1),
        )
        .spec(json!({"updateStrategy": {"type": "RollingUpdate"}}))
        .stalls(),
        situation("delete with claims", &[], pod("deletePod", 1)).claims("Delete"),
        situation("evict", &[], pod("evictPod", 1)),
        situation("evict behind a sick pod", &broken, pod("evictPod", 3)).stalls(),
        situation(
            "image of a parallel set over one not ready",
            &[json!({"unready": 2})],
            image("v2"),
        )
        .parallel(),
        situation("scale up a parallel set with one not ready", &[json!({"unready": 2})], scale(6))
            .parallel(),
        situation("delete the one not ready", &[json!({"unready": 2})], pod("deletePod", 2)),
        situation("scale up with two claims", &[], scale(6)).two_claims("Retain"),
        situation("scale down with two claims deleted", &[], scale(2))
            .two_claims("Delete")
            .loses_data(),
        situation("abort", &back, abort(&[3, 2])),
        situation("abort and keep what is done", &back, abort(&[])),
        situation("abort a roll that is stuck", &broken, abort(&[2])),
        situation("abort a roll that is stuck and take all back", &broken, abort(&[3, 2])),
        situation("abort a parallel set", &broken, abort(&[3, 2])).parallel(),
        situation("abort behind a sick pod", &broken, abort(&[3])).stalls(),
        situation("roll back", &[json!({"image": "v2"})], roll_back("r1")),
        situation("roll back behind a partition", &[json!({"image": "v2"})], {
            let mut action = roll_back("r1");
            action["partition"] = json!(2);
            action
        }),
        situation("roll back half of a roll", &held, roll_back("r1")),
        situation("roll back over a broken pod", &broken, roll_back("r1")).stalls(),
        situation("roll back over a broken pod of a parallel set", &broken, roll_back("r1"))
            .parallel(),
        situation("roll back under OnDelete", &[json!({"image": "v2"})], roll_back("r1"))
            .spec(on_delete()),
        situation(
            "delete under OnDelete onto an image that fails",
            &[json!({"image": "v2-crash"}), json!({"deletePod": 2})],
            pod("deletePod", 3),
        )
        .spec(on_delete())
        .parallel()
        .warns("web-2 fails on r2"),
    ]
}

/// With MaxUnavailableStatefulSet.
pub(crate) fn with_the_gate() -> Vec<Situation> {
    let two = || json!({"updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 2}}});
    let broken = [json!({"image": "v2-crash-3"})];
    vec![
        situation("two at once", &[], image("v2")).spec(two()),
        situation("two at once in parallel", &[], image("v2")).spec(two()).parallel(),
        situation("two at once behind a partition", &[], image_behind("v2", 1)).spec(two()),
        situation("restart with one of two broken", &broken, restart()).spec(two()).stalls(),
        situation("image over a broken one in parallel", &broken, image("v3")).parallel().stalls(),
        situation("scale up with two at once", &[], scale(6)).spec(two()),
        situation("more at once for the next roll", &[], max_unavailable(3)),
        situation("more at once of a roll that is stuck", &broken, max_unavailable(2)).stalls(),
        situation("more at once of a parallel roll that is stuck", &broken, max_unavailable(2))
            .parallel(),
        situation(
            "more at once in the middle of a roll",
            &[
                json!({"image": "v2", "partition": 1}),
                json!({"unready": 3}),
                json!({"partition": 0}),
            ],
            max_unavailable(3),
        )
        .parallel(),
        situation("a budget that is used up", &[json!({"unready": 0})], image("v2"))
            .parallel()
            .until(json!({"ready": 0})),
    ]
}
