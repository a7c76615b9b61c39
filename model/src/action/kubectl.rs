//! The equivalent kubectl command. Names, images and numbers in it are validated before, so nothing needs escaping for the
//! shell beyond single quotes around JSON.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{Action, StrategyName, abort, effect, target};
use crate::RESTARTED_AT;
use crate::facts::Facts;
use crate::set::ContainerImage;

pub(super) fn kubectl(facts: &Facts, action: &Action, now: Timestamp) -> String {
    let set = &facts.set;
    let ns = &set.namespace;
    let name = &set.name;
    let patch = |kind: &str, body: Value| {
        format!("kubectl -n {ns} patch statefulset {name} --type={kind} -p '{body}'")
    };
    match action {
        Action::SetPartition { .. }
        | Action::Advance { .. }
        | Action::Hold {}
        | Action::Finish {} => {
            let p = target::partition(facts, action).unwrap_or_else(|| set.partition());
            patch("merge", json!({ "spec": { "updateStrategy": rolling(p) } }))
        }
        Action::SetImage { images, partition: None } => {
            let pairs: Vec<String> =
                images.iter().map(|i| format!("{}={}", i.container, i.image)).collect();
            format!("kubectl -n {ns} set image statefulset/{name} {}", pairs.join(" "))
        }
        Action::SetImage { images, partition: Some(p) } => {
            let mut spec = image_lists(facts, images);
            spec = json!({ "template": { "spec": spec }, "updateStrategy": rolling(*p) });
            patch("strategic", json!({ "spec": spec }))
        }
        Action::Restart { partition } => {
            let at = effect::restarted_at(facts, now);
            let template = json!({ "metadata": { "annotations": { RESTARTED_AT: at } } });
            let mut spec = json!({ "template": template });
            if let Some(p) = partition {
                spec["updateStrategy"] = rolling(*p);
            }
            patch("strategic", json!({ "spec": spec }))
        }
        Action::Scale { replicas } => {
            format!("kubectl -n {ns} scale statefulset/{name} --replicas={replicas}")
        }
        Action::SwitchStrategy { strategy: StrategyName::OnDelete, .. } => patch(
            "merge",
            json!({ "spec": { "updateStrategy": { "type": "OnDelete", "rollingUpdate": null } } }),
        ),
        Action::SwitchStrategy { strategy: StrategyName::RollingUpdate, partition } => {
            let mut strategy = rolling(partition.unwrap_or(0));
            strategy["type"] = json!("RollingUpdate");
            patch("merge", json!({ "spec": { "updateStrategy": strategy } }))
        }
        Action::Abort { pods } => {
            let p = abort::partition(facts);
            let raise = (p != set.partition())
                .then(|| patch("merge", json!({ "spec": { "updateStrategy": rolling(p) } })));
            let pods = abort::in_order(set, pods);
            let names: Vec<&str> = pods.iter().map(|p| p.pod.as_str()).collect();
            let delete = (!names.is_empty())
                .then(|| format!("kubectl -n {ns} delete pod {}", names.join(" ")));
            raise.into_iter().chain(delete).collect::<Vec<_>>().join(" && ")
        }
        Action::RollBack { revision, partition, .. } => {
            let Some(known) = facts.revision(revision) else {
                return format!(
                    "# Kubernetes has forgotten {revision}: take its template from the panel (GET {}?reveal=true) and put it in place with kubectl -n {ns} edit statefulset {name}",
                    crate::path::revision(ns, name, revision)
                );
            };
            // The boundary first: a roll that began without it could not be taken back.
            let first = partition.map(|p| {
                patch("merge", json!({ "spec": { "updateStrategy": rolling(p) } })) + " && "
            });
            format!(
                "{}kubectl -n {ns} rollout undo statefulset/{name} --to-revision={}",
                first.unwrap_or_default(),
                known.number
            )
        }
        Action::SetMaxUnavailable { max_unavailable } => {
            let field = json!({ "maxUnavailable": effect::int_or_string(max_unavailable) });
            patch("merge", json!({ "spec": { "updateStrategy": { "rollingUpdate": field } } }))
        }
        Action::DeletePod { pod, .. } => format!("kubectl -n {ns} delete pod {pod}"),
        Action::EvictPod { pod, .. } => {
            let body = json!({
                "apiVersion": "policy/v1",
                "kind": "Eviction",
                "metadata": { "name": pod, "namespace": ns },
            });
            format!(
                "echo '{body}' | kubectl create --raw /api/v1/namespaces/{ns}/pods/{pod}/eviction -f -"
            )
        }
    }
}

fn rolling(partition: u32) -> Value {
    json!({ "rollingUpdate": { "partition": partition } })
}

fn image_lists(facts: &Facts, images: &[ContainerImage]) -> Value {
    let entries = |known: &[ContainerImage]| -> Vec<Value> {
        images
            .iter()
            .filter(|i| known.iter().any(|k| k.container == i.container))
            .map(|i| json!({ "name": i.container, "image": i.image }))
            .collect()
    };
    let mut spec = serde_json::Map::new();
    for (list, known) in
        [("containers", &facts.set.containers), ("initContainers", &facts.set.init_containers)]
    {
        let found = entries(known);
        if !found.is_empty() {
            spec.insert(list.to_owned(), Value::Array(found));
        }
    }
    Value::Object(spec)
}
