//! Random sets, and what is done to them.

use serde_json::{Map, Value, json};

use super::deck::{Cell, Deck, FAILURES, POLICIES};
use super::random::Random;
use crate::record::Scenario;
use crate::rest::HOLD;

/// Cells of a scenario.
const CELLS: usize = 6;

/// A scenario and what it tries.
#[derive(Clone, Debug)]
pub struct Generated {
    pub scenario: Scenario,
    pub cells: Vec<Cell>,
}

/// The scenarios of a seed: the same each time. `gate`: MaxUnavailableStatefulSet is on.
pub fn generate(seed: u64, count: usize, gate: bool) -> Vec<Generated> {
    let mut random = Random::new(seed);
    let mut decks: Vec<Deck> = Vec::new();
    for policy in POLICIES {
        decks.push(Deck::new(policy, &FAILURES[..7]));
        decks.push(Deck::new(policy, &FAILURES[7..]));
    }
    (0..count)
        .map(|number| {
            // Held pods have to be let go one by one: a scenario has them throughout or not at all.
            let held = number % 7 == 3;
            let deck = &mut decks[2 * (number % 2) + usize::from(held)];
            let drawn: Vec<Cell> = (0..CELLS).map(|_| deck.draw(&mut random)).collect();
            let mut scenario = Draft::new(&mut random, deck.policy, held);
            let cells: Vec<Cell> = drawn.into_iter().map(|cell| scenario.play(cell)).collect();
            let name = format!("s{seed}-{number}");
            Generated { scenario: scenario.finish(name, seed, gate), cells }
        })
        .collect()
}

/// A scenario under construction.
struct Draft<'a> {
    random: &'a mut Random,
    set: Value,
    steps: Vec<Map<String, Value>>,
    held: bool,
    claims: bool,
    /// What the set is like by now, as far as edits depend on it.
    replicas: u64,
    start: u64,
    on_delete: bool,
    version: u64,
}

impl<'a> Draft<'a> {
    fn new(random: &'a mut Random, policy: &str, held: bool) -> Self {
        let replicas = if held { 1 + random.below(3) } else { 1 + random.below(5) };
        let claims = random.percent(35);
        let start = if random.percent(25) { 1 + random.below(4) } else { 0 };
        let mut template = json!({
            "metadata": {"labels": {"app": "web"}},
            "spec": {"containers": [{"name": "app", "image": "registry.example/app:v1"}]},
        });
        if held {
            template["metadata"]["finalizers"] = json!([HOLD]);
        }
        let mut spec = json!({
            "replicas": replicas, "serviceName": "web", "podManagementPolicy": policy,
            "selector": {"matchLabels": {"app": "web"}},
        });
        if start > 0 {
            spec["ordinals"] = json!({"start": start});
        }
        if random.percent(25) {
            spec["minReadySeconds"] = json!(1 + random.below(2));
        }
        if random.percent(15) {
            spec["revisionHistoryLimit"] = json!(random.below(3));
        }
        if claims {
            // Pods with a node need not wait for the scheduler's back-off; the controller does not look.
            template["spec"]["nodeName"] = json!("node-0");
            spec["volumeClaimTemplates"] = json!([{
                "metadata": {"name": "data"},
                "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
            }]);
            if random.percent(60) {
                let retain = ["Retain", "Delete"];
                spec["persistentVolumeClaimRetentionPolicy"] = json!({
                    "whenScaled": random.of(&retain), "whenDeleted": random.of(&retain),
                });
            }
        }
        spec["template"] = template;
        let mut draft = Self {
            random,
            set: Value::Null,
            steps: Vec::new(),
            held,
            claims,
            replicas,
            start,
            on_delete: false,
            version: 1,
        };
        if let Some(strategy) = draft.strategy() {
            draft.on_delete = strategy["type"] == "OnDelete";
            spec["updateStrategy"] = strategy;
        }
        draft.set = json!({
            "apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": "web"}, "spec": spec,
        });
        draft.step(json!({"create": true}));
        draft
    }

    fn strategy(&mut self) -> Option<Value> {
        Some(match self.random.below(10) {
            0..=2 => return None,
            3 => json!({"type": "RollingUpdate"}),
            4 => json!({"type": "OnDelete"}),
            5..=7 => {
                let partition = self.random.below(self.replicas + 1);
                json!({"type": "RollingUpdate", "rollingUpdate": {"partition": partition}})
            }
            _ => {
                let most = self.most_unavailable();
                json!({"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": most}})
            }
        })
    }

    fn most_unavailable(&mut self) -> Value {
        self.random.of(&[json!(1), json!(2), json!(3), json!("40%"), json!("100%")]).clone()
    }

    fn step(&mut self, step: Value) {
        if let Value::Object(step) = step {
            self.steps.push(step);
        }
    }

    /// A held pod is let go after it was seen to hold things up.
    fn release(&mut self) {
        if self.held {
            for _ in 0..=self.replicas {
                self.step(json!({"release": {"all": true}}));
            }
        }
    }

    fn any(&mut self) -> Value {
        json!({"any": self.random.below(1000)})
    }

    /// A tag that was not there before, with the failure if it is one of images.
    fn tag(&mut self, failure: &str) -> String {
        self.version += 1;
        let mut tag = format!("v{}", self.version);
        match failure {
            "slow" => tag.push_str("-slow-1s"),
            "never" | "crash" | "pull" => {
                tag.push_str(&format!("-{failure}"));
                if self.random.percent(50) {
                    let ordinal = self.start + self.random.below(self.replicas.max(1));
                    tag.push_str(&format!("-{ordinal}"));
                }
            }
            _ => {}
        }
        tag
    }

    /// Tries one cell.
    fn play(&mut self, mut cell: Cell) -> Cell {
        let of_image = ["never", "slow", "crash", "pull"].contains(&cell.failure);
        let mut edit = self.action(cell.action, cell.failure);
        let edits = edit.as_ref().is_some_and(|e| !is_request_of_its_own(e));
        if of_image && !cell.action.starts_with("image") {
            let tag = self.tag(cell.failure);
            match &mut edit {
                // Half of the time in the same request.
                Some(Value::Object(edit)) if edits && self.random.percent(50) => {
                    edit.insert("image".to_owned(), json!(tag));
                }
                _ => self.step(json!({"image": tag})),
            }
        }
        if cell.failure == "unready" {
            let any = self.any();
            self.step(json!({"unready": any}));
        }
        self.take(cell.action, edit);
        cell.last = self.steps.len() - 1;
        self.release();
        match cell.failure {
            "fail" => {
                let any = self.any();
                self.step(json!({"fail": any}));
                cell.last = self.steps.len() - 1;
            }
            "unready" | "never" if self.random.percent(50) => {
                let any = self.any();
                self.step(json!({"ready": any}));
            }
            _ => {}
        }
        self.heal(cell.failure);
        cell
    }

    /// Mostly somebody repairs the set before the next cell.
    fn heal(&mut self, failure: &str) {
        if ["none", "held", "fail", "slow"].contains(&failure) || self.random.percent(35) {
            return;
        }
        if failure == "unready" {
            self.step(json!({"ready": {"any": 0}}));
            return;
        }
        let tag = self.tag("none");
        self.step(json!({"image": tag}));
        self.step(json!({"deletePod": {"any": 0, "of": "unready"}}));
    }

    /// The action's own step; `None` if it takes several.
    fn action(&mut self, action: &str, failure: &str) -> Option<Value> {
        Some(match action {
            "image" => json!({"image": self.tag(failure)}),
            "image behind a partition" => {
                let tag = self.tag(failure);
                if self.on_delete {
                    json!({"image": tag})
                } else {
                    let partition = self.random.below(self.replicas + 1);
                    json!({"image": tag, "partition": partition})
                }
            }
            "partition" => {
                // Under OnDelete the server refuses it: that is compared too.
                json!({"partition": self.random.below(self.replicas + 2)})
            }
            "scale up" => {
                self.replicas += 1 + self.random.below(2);
                self.replicas = self.replicas.min(if self.held { 4 } else { 7 });
                json!({"replicas": self.replicas})
            }
            "scale down" => {
                self.replicas = self.replicas.saturating_sub(1 + self.random.below(2));
                json!({"replicas": self.replicas})
            }
            "switch strategy" => self.other_strategy(),
            "restart" => {
                self.version += 1;
                json!({"annotate": {"kubectl.kubernetes.io/restartedAt": format!("at {}", self.version)}})
            }
            "maxUnavailable" => {
                let most = self.most_unavailable();
                json!({"maxUnavailable": most})
            }
            "first ordinal" => {
                self.start = self.random.below(4);
                json!({"spec": {"ordinals": {"start": self.start}}})
            }
            "undo" => {
                if self.version == 1 {
                    let tag = self.tag("none");
                    self.step(json!({"image": tag}));
                    self.release();
                }
                let any = self.any();
                json!({"undo": any})
            }
            _ => return None,
        })
    }

    fn other_strategy(&mut self) -> Value {
        if self.on_delete {
            self.on_delete = false;
            if self.random.percent(40) {
                return json!({"strategy": "RollingUpdate"});
            }
            let partition = self.random.below(self.replicas + 1);
            return json!({"strategy": {"type": "RollingUpdate", "rollingUpdate": {"partition": partition}}});
        }
        self.on_delete = true;
        json!({"strategy": "OnDelete"})
    }

    fn take(&mut self, action: &str, edit: Option<Value>) {
        if let Some(edit) = edit {
            self.step(edit);
            return;
        }
        match action {
            "delete pods" => {
                let first = self.any();
                let several = self.random.percent(30);
                let second = self.any();
                self.step(if several {
                    json!({"deletePod": [first, second]})
                } else {
                    json!({"deletePod": first})
                });
            }
            "delete a claim" if self.claims => {
                let any = self.any();
                self.step(json!({"deleteClaim": any}));
                let any = self.any();
                self.step(json!({"deletePod": any}));
            }
            // Without claims there is none to delete.
            "delete a claim" => {
                let any = self.any();
                self.step(json!({"deletePod": any}));
            }
            _ => {
                let orphans = self.random.percent(50);
                self.step(json!({"deleteSet": if orphans { "Orphan" } else { "Background" }}));
                self.release();
                self.recreate();
            }
        }
    }

    /// The set comes back as it was first sent.
    fn recreate(&mut self) {
        let spec = &self.set["spec"];
        self.replicas = spec["replicas"].as_u64().unwrap_or(1);
        self.start = spec["ordinals"]["start"].as_u64().unwrap_or(0);
        self.on_delete = spec["updateStrategy"]["type"] == "OnDelete";
        self.step(json!({"create": true}));
    }

    fn finish(self, name: String, seed: u64, gate: bool) -> Scenario {
        let gate = if gate { ", with the gate MaxUnavailableStatefulSet" } else { "" };
        let about = format!("Generated from seed {seed}{gate}.");
        Scenario { name, about, set: self.set, steps: self.steps }
    }
}

fn is_request_of_its_own(edit: &Value) -> bool {
    edit.get("undo").is_some()
}

#[cfg(test)]
mod tests {
    use super::super::deck::ACTIONS;
    use super::*;

    #[test]
    fn a_seed_gives_the_same_scenarios_each_time() {
        let texts = |seed| -> Vec<String> {
            generate(seed, 5, false).iter().map(|g| g.scenario.json().to_string()).collect()
        };
        assert_eq!(texts(7), texts(7));
        assert_ne!(texts(7), texts(8));
    }

    #[test]
    fn five_hundred_scenarios_try_every_cell_at_least_ten_times() {
        let all = generate(1, 500, false);
        for policy in POLICIES {
            for action in ACTIONS {
                for failure in FAILURES {
                    let count = all
                        .iter()
                        .flat_map(|g| &g.cells)
                        .filter(|c| (c.policy, c.action, c.failure) == (policy, action, failure))
                        .count();
                    assert!(count >= 10, "{policy}, {action}, {failure}: {count}");
                }
            }
        }
    }
}
