//! Situations in which a pod is not up and does not fail either: it runs and is not Ready, it finds no node, or it ends and ends.

use serde_json::{Value, json};

use super::situations::{Situation, abort, image, pod, restart, scale, situation};

/// web-3 is on v2, web-2 too and never Ready, the roll waits for it.
fn never() -> [Value; 1] {
    [json!({"image": "v2-never-2"})]
}

/// web-1 is on its way out and held there.
fn held() -> [Value; 2] {
    [json!({"hold": 1}), json!({"deletePod": 1})]
}

/// web-3 is on a template for which no node will do.
fn unschedulable() -> [Value; 1] {
    let template = json!({
        "metadata": {"labels": {"app": "web"}},
        "spec": {
            "nodeSelector": {"there": "is-none"},
            "containers": [{"name": "app", "image": "registry.example/app:v2-pending"}],
        },
    });
    [json!({"partition": 3, "spec": {"template": template}})]
}

fn finish() -> Value {
    json!({"action": "finish"})
}

/// What rests on that pod, and goes on as foretold once it is Ready or has ended.
pub(crate) fn waiting() -> Vec<Situation> {
    let ready = |ordinal: u32| json!({"ready": ordinal});
    let unready = |ordinal: u32| [json!({"unready": ordinal})];
    let release = || json!({"release": 1});
    vec![
        situation("image behind one not ready", &unready(1), image("v2")).until(ready(1)),
        situation("image over one never ready", &never(), image("v3")).until(ready(2)),
        situation("restart behind one not ready", &unready(2), restart()).until(ready(2)),
        situation("restart in parallel over one never ready", &never(), restart())
            .parallel()
            .until(ready(2)),
        situation("scale up behind one never ready", &never(), scale(6)).until(ready(2)),
        situation("scale up behind one not ready", &unready(1), scale(6)).until(ready(1)),
        situation("scale down behind one not ready", &unready(1), scale(2)).until(ready(1)),
        situation("delete behind one not ready", &unready(1), pod("deletePod", 3)).until(ready(1)),
        situation("evict behind one not ready", &unready(0), pod("evictPod", 3)).until(ready(0)),
        situation("delete one never ready", &never(), pod("deletePod", 2)).until(ready(2)),
        situation(
            "abort behind one not ready",
            &[json!({"image": "v2", "partition": 2}), json!({"unready": 0})],
            abort(&[3, 2]),
        )
        .until(ready(0)),
        situation("finish behind one that finds no node", &unschedulable(), finish()).waits(),
        situation("image behind one that does not end", &held(), image("v2")).until(release()),
        situation("restart behind one that does not end", &held(), restart()).until(release()),
        situation("scale up behind one that does not end", &held(), scale(6)).until(release()),
        situation("scale down behind one that does not end", &held(), scale(3)).until(release()),
        situation("delete behind one that does not end", &held(), pod("deletePod", 3))
            .until(release()),
        situation("image in parallel with one that does not end", &held(), image("v2"))
            .parallel()
            .until(release()),
        situation("scale down in parallel what does not end", &held(), scale(1))
            .parallel()
            .until(release()),
        situation("scale up in parallel with one that does not end", &held(), scale(6))
            .parallel()
            .until(release()),
    ]
}

/// The same once the panel calls the set Stuck or Trapped.
pub(crate) fn called_stuck() -> Vec<Situation> {
    vec![
        situation("stuck image over one never ready", &never(), image("v3")).called_stuck(),
        situation("stuck image back to the first", &never(), image("v1")).called_stuck(),
        situation(
            "trapped and restarted",
            &[json!({"image": "v2-never-2"}), json!({"image": "v1"})],
            restart(),
        )
        .called_stuck(),
        situation("stuck scale up", &never(), scale(6)).called_stuck(),
        situation("stuck scale down", &[json!({"unready": 0})], scale(2)).called_stuck(),
        situation("stuck and restarted in parallel", &never(), restart()).parallel().called_stuck(),
        situation("stuck and deleted", &never(), pod("deletePod", 2)).called_stuck(),
        situation("stuck and deleted behind it", &never(), pod("deletePod", 3)).called_stuck(),
        situation("stuck for want of a node", &unschedulable(), finish()).called_stuck(),
        situation("stuck while one does not end", &held(), restart()).called_stuck(),
    ]
}
