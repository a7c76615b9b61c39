//! Making a recording: the same scenario several times, and what all runs agree on.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result, bail};
use model::testing::seen::line;
use serde_json::{Map, Value, json};

use crate::format;
use crate::place::Place;
use crate::play::{Played, Player, step_of};
use crate::rest::Pace;

/// A set and what is done to it.
#[derive(Clone, Debug)]
pub struct Scenario {
    pub name: String,
    pub about: String,
    pub set: Value,
    pub steps: Vec<Map<String, Value>>,
}

impl Scenario {
    /// Reads a scenario, or a recording: what that one saw is left out.
    ///
    /// # Errors
    /// If it has no set or no steps.
    pub fn parse(text: &str) -> Result<Self> {
        let value: Value = serde_json::from_str(text).context("this is no JSON")?;
        let string = |key: &str| value[key].as_str().unwrap_or_default().to_owned();
        let set = value["set"].clone();
        if set.pointer("/metadata/name").is_none_or(|name| name != "web") {
            bail!("a scenario needs a `set`: a StatefulSet named web");
        }
        let steps = value["steps"].as_array().context("a scenario needs `steps`")?;
        let steps: Vec<_> = steps.iter().map(step_of).collect::<Result<_>>()?;
        Ok(Self { name: string("name"), about: string("about"), set, steps })
    }

    /// As [`Self::parse`] reads it.
    pub fn json(&self) -> Value {
        json!({"name": self.name, "about": self.about, "set": self.set, "steps": self.steps})
    }

    /// Plays it from beginning to end in a new namespace and takes everything away again.
    ///
    /// # Errors
    /// If a step cannot be done or does not come to rest.
    pub fn play(&self, place: &Place, namespace: &str) -> Result<Vec<Played>> {
        self.play_at(place, namespace, Pace::USUAL)
    }

    /// The same with other waiting times.
    ///
    /// # Errors
    /// As above.
    pub fn play_at(&self, place: &Place, namespace: &str, pace: Pace) -> Result<Vec<Played>> {
        let mut player = Player::new(place, namespace, &self.set, pace)?;
        let mut played = Vec::new();
        for step in &self.steps {
            played.extend(player.step(step)?);
        }
        player.end()?;
        Ok(played)
    }
}

/// What the runs were played on.
#[derive(Clone, Debug)]
pub struct On {
    /// `1.36.3`.
    pub kubernetes: String,
    /// Gates that were switched, as a recording names them.
    pub gates: Vec<String>,
}

/// The recording of these runs, as text.
///
/// # Errors
/// If the runs took different steps.
pub fn recording(scenario: &Scenario, on: &On, runs: &[Vec<Played>]) -> Result<String> {
    let first = runs.first().context("at least one run")?;
    let mut steps = Vec::new();
    for (at, played) in first.iter().enumerate() {
        let all: Vec<&Played> = runs.iter().filter_map(|run| run.get(at)).collect();
        if all.len() < runs.len() || all.iter().any(|p| p.step != played.step) {
            bail!("the runs went different ways at step {}", at + 1);
        }
        steps.push(step(&all));
    }
    let recording = json!({
        "name": scenario.name,
        "about": scenario.about,
        "kubernetes": on.kubernetes,
        "featureGates": on.gates,
        "runs": runs.len(),
        "set": scenario.set,
        "steps": steps,
    });
    Ok(format::pretty(&recording))
}

fn step(runs: &[&Played]) -> Value {
    let first = runs[0];
    let mut told = json!({"step": first.step});
    if let Some(refused) = &first.refused {
        told["refused"] = refused.clone();
    }
    let mut racy = Vec::new();
    let events: Vec<&[Value]> = runs.iter().map(|run| run.events.as_slice()).collect();
    let mut groups = groups(&events);
    if let (Some(all), true) = (&mut groups, first.step.contains_key("deleteSet")) {
        // The garbage collector has no order; that a few runs agree is luck too.
        *all = vec![all.concat()];
    }
    told["events"] = groups.map_or(Value::Null, |groups| json!(groups));
    if told["events"].is_null() {
        racy.push("events");
    }
    let agree = runs.iter().all(|run| run.settled == first.settled);
    told["settled"] = if agree { first.settled.clone() } else { Value::Null };
    if !agree {
        racy.push("settled");
    }
    if !racy.is_empty() {
        told["step"]["racy"] = json!(racy.join(", "));
    }
    told
}

/// Cut wherever all runs had seen the same events by then; between two cuts the order was luck. `None` if the runs did not
/// see the same events at all.
fn groups(runs: &[&[Value]]) -> Option<Vec<Vec<Value>>> {
    let first = runs.first()?;
    if runs.iter().any(|run| run.len() != first.len()) {
        return None;
    }
    // For each run how often each event was seen so far, more or less often than in the first run.
    let mut ahead: Vec<BTreeMap<String, i64>> = vec![BTreeMap::new(); runs.len()];
    let mut groups = Vec::new();
    let mut open: Vec<Value> = Vec::new();
    for (at, event) in first.iter().enumerate() {
        open.push(event.clone());
        let mine = line(event);
        let mut level = true;
        for (run, ahead) in runs.iter().zip(&mut ahead) {
            *ahead.entry(line(&run[at])).or_default() += 1;
            *ahead.entry(mine.clone()).or_default() -= 1;
            ahead.retain(|_, count| *count != 0);
            level &= ahead.is_empty();
        }
        if level {
            groups.push(std::mem::take(&mut open));
        }
    }
    open.is_empty().then_some(groups)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn events(names: &str) -> Vec<Value> {
        names.split(' ').map(|name| json!({"event": name})).collect()
    }

    #[test]
    fn what_changed_places_between_runs_is_one_group() {
        let [a, b, c] = [events("a b c d"), events("a c b d"), events("a b c d")];
        let groups = groups(&[&a, &b, &c]).unwrap();
        let sizes: Vec<usize> = groups.iter().map(Vec::len).collect();
        assert_eq!(sizes, [1, 2, 1]);
    }

    #[test]
    fn runs_with_other_events_have_no_groups() {
        assert_eq!(groups(&[&events("a b"), &events("a c")]), None);
        assert_eq!(groups(&[&events("a b"), &events("a")]), None);
        assert_eq!(groups(&[&events("a a b"), &events("a b b")]), None);
    }
}
