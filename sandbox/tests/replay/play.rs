//! Playing one recording.

use std::time::Duration;

use sandbox::{Clock, Kind, Options, Sandbox, Version};
use serde_json::{Value, json};

use super::compare::difference;
use model::testing::seen::{Change, Objects, Seen, Watched, edits};

const NAMESPACE: &str = "default";
const SET: &str = "/apis/apps/v1/namespaces/default/statefulsets/web";
/// Longer than the slowest pod and than the back-off after a claim that is being deleted.
const QUIET: Duration = Duration::from_mins(1);

pub(crate) struct Player {
    sandbox: Sandbox,
    seen: Seen,
}

impl Player {
    pub(crate) fn new(trace: &Value) -> Self {
        let gates = trace["featureGates"].as_array().unwrap();
        let version = Version::parse(trace["kubernetes"].as_str().unwrap()).unwrap();
        let sandbox = Sandbox::new(Options {
            clock: Clock::manual("2026-01-01T00:00:00Z".parse().unwrap()),
            version,
            max_unavailable: gates.iter().any(|g| g == "MaxUnavailableStatefulSet"),
            ..Options::default()
        });
        Self { sandbox, seen: Seen::default() }
    }

    pub(crate) async fn play(mut self, trace: &Value) -> Result<(), String> {
        for (number, recorded) in (1..).zip(trace["steps"].as_array().unwrap()) {
            let step = recorded["step"].as_object().unwrap();
            let before = self.sandbox.version();
            let refused = self.take(step, &trace["set"]).await;
            self.sandbox.advance(QUIET);
            let wanted = recorded.get("refused");
            let at =
                |what: String| format!("step {number} {:?}: {what}", Value::from(step.clone()));
            match (&refused, wanted) {
                (None, None) => {}
                (Some((code, status)), Some(wanted)) => {
                    let fields: Vec<&Value> = status["details"]["causes"]
                        .as_array()
                        .into_iter()
                        .flatten()
                        .map(|c| &c["field"])
                        .collect();
                    let got = json!({"code": code, "reason": status["reason"], "fields": fields});
                    if got != *wanted {
                        return Err(at(format!(
                            "refused {got}, expected {wanted}: {}",
                            status["message"]
                        )));
                    }
                }
                (got, wanted) => return Err(at(format!("refused {got:?}, expected {wanted:?}"))),
            }
            let events = self.events(before);
            if let Some(groups) = recorded["events"].as_array()
                && let Some(difference) = difference(groups, &events)
            {
                return Err(at(difference));
            }
            if recorded["settled"].is_object() {
                let got = self.settled();
                if got != recorded["settled"] {
                    return Err(at(format!(
                        "at rest\n  got      {got}\n  expected {}",
                        recorded["settled"]
                    )));
                }
            }
        }
        Ok(())
    }

    /// Answers the refusal, if there was one.
    async fn take(
        &mut self,
        step: &serde_json::Map<String, Value>,
        set: &Value,
    ) -> Option<(u16, Value)> {
        let mut refused = None;
        for (what, value) in step {
            match what.as_str() {
                "create" => {
                    self.seen.collects(false);
                    let made = self.sandbox.create(NAMESPACE, &set.to_string(), "test");
                    refused = made.err().map(|r| (r.code, r.status()));
                }
                "undo" => {
                    let name = self.seen.revision(value.as_str().unwrap()).unwrap().to_owned();
                    let revision = self.sandbox.get(Kind::Revision, NAMESPACE, &name).unwrap();
                    let kind = "application/strategic-merge-patch+json";
                    refused = self.sandbox.send_patch(SET, kind, &revision["data"]).await.err();
                }
                "deletePod" => {
                    let all = value.as_array().cloned().unwrap_or_else(|| vec![value.clone()]);
                    for ordinal in all {
                        let name = format!("web-{ordinal}");
                        let pod = self.sandbox.get(Kind::Pod, NAMESPACE, &name).unwrap();
                        self.seen.user_deletes(pod["metadata"]["uid"].as_str().unwrap());
                        self.sandbox.delete(Kind::Pod, NAMESPACE, &name).unwrap();
                    }
                }
                "deleteClaim" => {
                    let name = match value {
                        Value::String(name) => name.clone(),
                        ordinal => format!("data-web-{ordinal}"),
                    };
                    self.sandbox.delete(Kind::Claim, NAMESPACE, &name).unwrap();
                }
                "deleteRevision" => {
                    let name = self.seen.revision(value.as_str().unwrap()).unwrap().to_owned();
                    self.sandbox.delete(Kind::Revision, NAMESPACE, &name).unwrap();
                }
                "deleteSet" => {
                    self.seen.collects(value == "Background");
                    self.sandbox.delete_set(NAMESPACE, "web", value.as_str().unwrap()).unwrap();
                }
                "ready" | "unready" => self.ready(value, what == "ready"),
                "fail" => {
                    let failed = json!({"status": {"phase": "Failed"}});
                    let name = format!("web-{value}");
                    self.sandbox.patch_status(Kind::Pod, NAMESPACE, &name, &failed).unwrap();
                }
                "release" => {
                    let free = json!({"metadata": {"finalizers": null}});
                    let name = format!("web-{value}");
                    self.sandbox.patch(Kind::Pod, NAMESPACE, &name, &free, "test").unwrap();
                }
                // An edit of the set: all of them are one request.
                _ => {}
            }
        }
        let current = self.sandbox.get(Kind::Set, NAMESPACE, "web").unwrap_or_default();
        let edits = edits(step, &current["spec"]["template"]["spec"]["containers"]).unwrap();
        if let Some(patch) = edits {
            let kind = "application/merge-patch+json";
            refused = self.sandbox.send_patch(SET, kind, &patch).await.err();
        }
        refused
    }

    fn events(&mut self, since: u64) -> Vec<Value> {
        let kinds = [Kind::Pod, Kind::Claim, Kind::Revision];
        let changes = self.sandbox.changes(&kinds, since).unwrap();
        let changes: Vec<Change<'_>> = changes
            .iter()
            .map(|change| Change {
                kind: match change.kind {
                    Kind::Pod => Watched::Pod,
                    Kind::Claim => Watched::Claim,
                    _ => Watched::Revision,
                },
                before: change.before.as_deref(),
                after: change.after.as_deref(),
            })
            .collect();
        self.seen.events(&changes)
    }

    fn settled(&self) -> Value {
        let [pods, claims, revisions] =
            [Kind::Pod, Kind::Claim, Kind::Revision].map(|kind| self.sandbox.list(kind, NAMESPACE));
        self.seen.settled(&Objects {
            set: self.sandbox.get(Kind::Set, NAMESPACE, "web").as_ref(),
            pods: pods.iter().collect(),
            claims: claims.iter().collect(),
            revisions: revisions.iter().collect(),
        })
    }

    fn ready(&self, ordinal: &Value, ready: bool) {
        let name = format!("web-{ordinal}");
        let pod = self.sandbox.get(Kind::Pod, NAMESPACE, &name).unwrap();
        let mut conditions = pod["status"]["conditions"].clone();
        for condition in conditions.as_array_mut().unwrap() {
            if ["Ready", "ContainersReady"].contains(&condition["type"].as_str().unwrap()) {
                condition["status"] = json!(if ready { "True" } else { "False" });
                condition["lastTransitionTime"] =
                    json!(self.sandbox.now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string());
            }
        }
        let patch = json!({"status": {"phase": "Running", "conditions": conditions}});
        self.sandbox.patch_status(Kind::Pod, NAMESPACE, &name, &patch).unwrap();
    }
}
