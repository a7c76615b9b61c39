//! Playing one scenario, step by step.

use std::time::Duration;

use anyhow::{Context as _, Result, anyhow, bail};
use model::testing::seen::{Change, Seen, Watched, edits, is_ending, text};
use serde_json::{Map, Value, json};

use crate::api::{Answer, Api, accepted};
use crate::choose;
use crate::log::Kind;
use crate::place::Place;
use crate::rest::{HOLD, Pace, quiet};

/// How long a step may take to come to rest.
const DEADLINE: Duration = Duration::from_mins(9);

/// What keeps pods that are deleted together until all of them are.
const TOGETHER: &str = "rollcall.test/together";

const MERGE: &str = "application/merge-patch+json";

/// What came of a step.
#[derive(Clone, Debug, PartialEq)]
pub struct Played {
    /// The index of the step in its scenario: steps with nothing to choose from are left out.
    pub at: usize,
    /// As it was done: what was left to choice is filled in.
    pub step: Map<String, Value>,
    /// Code, reason and fields, if the server refused it.
    pub refused: Option<Value>,
    /// In the order in which the server made them.
    pub events: Vec<Value>,
    pub settled: Value,
    /// A pod was gone at once that nobody was seen to delete. The controller does that to pods that failed or have no node; else
    /// it was KWOK, which deletes by name and without a uid: on a machine under load it ends a pod twice now and then, the second
    /// time its successor.
    pub killed: bool,
}

/// A scenario in a namespace of its own.
pub struct Player<'a> {
    place: &'a Place,
    namespace: String,
    set: Value,
    name: String,
    seen: Seen,
    pace: Pace,
    /// How many steps were asked for.
    count: usize,
}

impl<'a> Player<'a> {
    /// Makes the namespace. `set` is the StatefulSet as it is sent.
    ///
    /// # Errors
    /// If the server does not take it.
    pub fn new(place: &'a Place, namespace: &str, set: &Value, pace: Pace) -> Result<Self> {
        place.make_namespace(namespace)?;
        Ok(Self {
            place,
            namespace: namespace.to_owned(),
            name: text(set, "/metadata/name").to_owned(),
            set: set.clone(),
            seen: Seen::default(),
            pace,
            count: 0,
        })
    }

    /// Does a step and waits for rest. `None` if it left something to choice and there was nothing to choose from.
    ///
    /// # Errors
    /// If it cannot be done or does not come to rest.
    pub fn step(&mut self, wanted: &Map<String, Value>) -> Result<Option<Played>> {
        let at = self.count;
        self.count += 1;
        let watcher = self.place.watcher();
        let chosen = watcher
            .look(&self.namespace, |log| choose::choose(wanted, log, &self.name, &self.seen))?;
        let Some(step) = chosen else { return Ok(None) };
        let what = format!("{}: {}", self.namespace, Value::Object(step.clone()));
        let mut refused = None;
        let act = |player: &mut Self| {
            refused = player.act(&step)?;
            Ok(())
        };
        let played = self.around(act).context(what)?;
        Ok(Some(Played { at, step, refused, ..played }))
    }

    /// Tells what came of something that is done by other hands.
    ///
    /// # Errors
    /// If that fails or does not come to rest.
    pub fn around(&mut self, act: impl FnOnce(&mut Self) -> Result<()>) -> Result<Played> {
        let watcher = self.place.watcher();
        let mark = watcher.look(&self.namespace, super::log::Log::mark)?;
        act(self)?;
        self.rest(mark)?;
        watcher.look(&self.namespace, |log| {
            let changes = log.since(mark);
            let killed = changes.iter().any(|change| is_killed(&self.seen, change));
            let events = self.seen.events(&changes);
            let settled = self.seen.settled(&log.objects(&self.name));
            Played { at: 0, step: Map::new(), refused: None, events, settled, killed }
        })
    }

    /// Waits until nothing has changed for long enough.
    fn rest(&self, mark: usize) -> Result<()> {
        // What the request itself changed may not have come through the watch yet.
        let began = std::time::Instant::now();
        self.place.watcher().wait(&self.namespace, DEADLINE, |log| {
            let needed = quiet(log, &self.name, mark, &self.pace);
            let since = log.moved.max(began).elapsed();
            needed.checked_sub(since).filter(|left| !left.is_zero()).map_or(Ok(()), Err)
        })
    }

    /// Waits until the watch has brought what this answer says was written.
    fn written(&self, kind: Kind, answer: &Value) -> Result<()> {
        match text(answer, "/metadata/resourceVersion").parse() {
            Ok(version) => self.place.watcher().catch_up(kind, version),
            // A Status: there is nothing left to be told of.
            Err(_) => Ok(()),
        }
    }

    fn api(&self) -> &Api {
        self.place.api()
    }

    fn path(&self, kind: Kind, name: &str) -> String {
        let mut path =
            format!("{}/namespaces/{}/{}", kind.group(), self.namespace, kind.resource());
        if !name.is_empty() {
            path.push('/');
            path.push_str(name);
        }
        path
    }

    fn pod(&self, ordinal: &Value) -> String {
        format!("{}-{ordinal}", self.name)
    }

    fn object(&self, kind: Kind, name: &str) -> Result<Value> {
        self.api().get(&self.path(kind, name))
    }

    /// Answers the refusal, if there was one.
    fn act(&mut self, step: &Map<String, Value>) -> Result<Option<Value>> {
        let mut refused = None;
        for (key, value) in step {
            let all = value.as_array().cloned().unwrap_or_else(|| vec![value.clone()]);
            match key.as_str() {
                "create" => {
                    self.seen.collects(false);
                    let kind = ("application/json", &self.set);
                    let answer = self.api().send("POST", &self.path(Kind::Set, ""), Some(kind))?;
                    refused = refusal(&answer);
                    self.written(Kind::Set, &answer.1)?;
                }
                "deleteSet" => {
                    let policy = value.as_str().context("a propagation policy")?;
                    self.seen.collects(policy == "Background");
                    let path = self.path(Kind::Set, &self.name);
                    let path = format!("{path}?propagationPolicy={policy}");
                    accepted(&path, self.api().send("DELETE", &path, None)?)?;
                    // The answer does not say under which version it went.
                    self.place.watcher().wait(&self.namespace, DEADLINE, |log| {
                        let set = log.get(Kind::Set, &self.name);
                        set.is_none_or(is_ending).then_some(()).ok_or(Duration::from_secs(1))
                    })?;
                }
                "deletePod" => self.delete_pods(&all)?,
                "deleteClaim" | "deleteRevision" => {
                    for name in &all {
                        self.delete(key, name.as_str().context("a name")?)?;
                    }
                }
                "ready" | "unready" => {
                    for ordinal in &all {
                        self.report(&self.pod(ordinal), key == "ready")?;
                    }
                }
                "fail" => {
                    for ordinal in &all {
                        let path = format!("{}/status", self.path(Kind::Pod, &self.pod(ordinal)));
                        self.patch_pod(&path, &json!({"status": {"phase": "Failed"}}))?;
                    }
                }
                "release" => {
                    for ordinal in &all {
                        let path = self.path(Kind::Pod, &self.pod(ordinal));
                        self.patch_pod(&path, &json!({"metadata": {"finalizers": null}}))?;
                    }
                }
                // A step of its own that no recording has: there whole sets are held.
                "hold" => {
                    for ordinal in &all {
                        let path = self.path(Kind::Pod, &self.pod(ordinal));
                        self.patch_pod(&path, &json!({"metadata": {"finalizers": [HOLD]}}))?;
                    }
                    return Ok(None);
                }
                "undo" => refused = self.undo(value.as_str().context("a revision")?)?,
                // An edit of the set: all of them are one request.
                _ => {}
            }
        }
        if let Some(mut patch) = edits(step, &json!(null)).map_err(|e| anyhow!(e))? {
            if patch.pointer("/spec/template/spec/containers").is_some() {
                // Containers are a list, so the whole list has to be sent.
                let set = self.object(Kind::Set, &self.name)?;
                let containers = &set["spec"]["template"]["spec"]["containers"];
                patch = edits(step, containers).map_err(|e| anyhow!(e))?.context("an edit")?;
            }
            let path = self.path(Kind::Set, &self.name);
            let answer = self.api().send("PATCH", &path, Some((MERGE, &patch)))?;
            refused = refusal(&answer);
            self.written(Kind::Set, &answer.1)?;
        }
        Ok(refused)
    }

    fn patch_pod(&self, path: &str, patch: &Value) -> Result<()> {
        let answer = accepted(path, self.api().send("PATCH", path, Some((MERGE, patch)))?)?;
        self.written(Kind::Pod, &answer)
    }

    /// Several are all on their way out before the first of them may be gone: else it is luck whether the controller brings it
    /// back before it sees that a lower one goes too.
    fn delete_pods(&mut self, ordinals: &[Value]) -> Result<()> {
        let several = ordinals.len() > 1;
        let mut together = Vec::new();
        for ordinal in ordinals.iter().filter(|_| several) {
            let path = self.path(Kind::Pod, &self.pod(ordinal));
            if self.api().get(&path)?["metadata"]["finalizers"].is_null() {
                self.patch_pod(&path, &json!({"metadata": {"finalizers": [TOGETHER]}}))?;
                together.push(path);
            }
        }
        for ordinal in ordinals {
            self.delete_pod(&self.pod(ordinal))?;
        }
        for path in together {
            self.patch_pod(&path, &json!({"metadata": {"finalizers": null}}))?;
        }
        Ok(())
    }

    fn delete_pod(&mut self, pod: &str) -> Result<()> {
        let path = self.path(Kind::Pod, pod);
        let uid = text(&self.api().get(&path)?, "/metadata/uid").to_owned();
        self.seen.user_deletes(&uid);
        let answer = accepted(&path, self.api().send("DELETE", &path, None)?)?;
        self.written(Kind::Pod, &answer)
    }

    fn delete(&self, key: &str, name: &str) -> Result<()> {
        let path = if key == "deleteClaim" {
            self.path(Kind::Claim, name)
        } else {
            let name = self.seen.revision(name).context("a revision that was made")?;
            self.path(Kind::Revision, name)
        };
        accepted(&path, self.api().send("DELETE", &path, None)?)?;
        Ok(())
    }

    /// As `kubectl rollout undo --to-revision` does it.
    fn undo(&self, label: &str) -> Result<Option<Value>> {
        let name = self.seen.revision(label).context("a revision that was made")?;
        let revision = self.object(Kind::Revision, name)?;
        let kind = "application/strategic-merge-patch+json";
        let path = self.path(Kind::Set, &self.name);
        let answer = self.api().send("PATCH", &path, Some((kind, &revision["data"])))?;
        self.written(Kind::Set, &answer.1)?;
        Ok(refusal(&answer))
    }

    /// The kubelet reports the pod Ready or not.
    fn report(&self, pod: &str, ready: bool) -> Result<()> {
        let object = self.object(Kind::Pod, pod)?;
        let mut conditions = object["status"]["conditions"].as_array().cloned().unwrap_or_default();
        let now = jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
        for condition in &mut conditions {
            if ["Ready", "ContainersReady"].contains(&text(condition, "/type")) {
                condition["status"] = json!(if ready { "True" } else { "False" });
                condition["lastTransitionTime"] = json!(now);
            }
        }
        let path = format!("{}/status", self.path(Kind::Pod, pod));
        self.patch_pod(&path, &json!({"status": {"phase": "Running", "conditions": conditions}}))?;
        Ok(())
    }

    /// Takes everything away, whatever state it is in.
    ///
    /// # Errors
    /// If the server does not answer.
    pub fn end(self) -> Result<()> {
        let path = format!("{}?propagationPolicy=Background", self.path(Kind::Set, &self.name));
        self.api().send("DELETE", &path, None)?;
        let watcher = self.place.watcher();
        let gone = watcher.wait(&self.namespace, Duration::from_secs(30), |log| {
            let held: Vec<String> = log
                .list(Kind::Pod)
                .filter(|p| is_ending(p) && crate::rest::is_held(p))
                .map(|p| text(p, "/metadata/name").to_owned())
                .collect();
            let empty = log.list(Kind::Pod).next().is_none();
            if empty || !held.is_empty() { Ok(held) } else { Err(Duration::from_millis(200)) }
        });
        for pod in gone.unwrap_or_default() {
            let path = self.path(Kind::Pod, &pod);
            let free = json!({"metadata": {"finalizers": null}});
            self.api().send("PATCH", &path, Some((MERGE, &free)))?;
        }
        watcher.forget(&self.namespace);
        Ok(())
    }
}

fn is_killed(seen: &Seen, change: &Change<'_>) -> bool {
    let Change { kind: Watched::Pod, before: Some(before), after: None } = change else {
        return false;
    };
    let ended = ["Failed", "Succeeded"].contains(&text(before, "/status/phase"));
    let by_user = seen.was_deleted_by_user(text(before, "/metadata/uid"));
    !ended && !by_user && !is_ending(before)
}

/// As a recording tells it.
fn refusal((code, status): &Answer) -> Option<Value> {
    if *code < 400 {
        return None;
    }
    let causes = status["details"]["causes"].as_array();
    let fields: Vec<&Value> = causes.into_iter().flatten().map(|c| &c["field"]).collect();
    Some(json!({"code": code, "reason": status["reason"], "fields": fields}))
}

/// A step from text such as `{"image": "v2"}`, or as a recording holds it under `step`.
///
/// # Errors
/// If it is neither.
pub(crate) fn step_of(value: &Value) -> Result<Map<String, Value>> {
    let step = value.get("step").unwrap_or(value);
    match step.as_object() {
        Some(step) => {
            let mut step = step.clone();
            step.remove("racy");
            Ok(step)
        }
        None => bail!("{value} is no step"),
    }
}
