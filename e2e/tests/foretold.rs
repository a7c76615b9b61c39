//! What the panel foretells and what the real cluster then does.
//!
//! In each situation the panel is asked with `?dryRun=true` for its forecast, then it acts, and when the set has come to rest
//! every pod that restarted, came or went is compared with the forecast, in order, with its revision and its claims; and so is
//! the state at the end. The sandbox does not count here: it shares the code that foretells.

#[path = "foretold/happened.rs"]
mod happened;
#[path = "foretold/situations.rs"]
mod situations;
#[path = "foretold/waiting.rs"]
mod waiting;

use std::sync::Mutex;

use anyhow::{Context as _, Result, bail, ensure};
use e2e::{Client, Panel, PanelOptions};
use harness::{ControlPlane, Options};
use model::facts::Facts;
use model::status::StatusKind;
use model::wire::ActionResult;
use player::{Place, Player};
use serde_json::Value;
use situations::Situation;

/// Situations that are played at the same time.
const AT_ONCE: usize = 8;

/// Everything that differs, in words.
fn all(
    plane: &ControlPlane,
    options: PanelOptions,
    situations: &[Situation],
) -> Result<Vec<String>> {
    let place = Place::real(plane)?;
    let panel = Panel::start(plane, options)?;
    let client = panel.user("ada", "operator")?;
    let next = Mutex::new(situations.iter());
    let differences = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                loop {
                    let Some(situation) = next.lock().expect("no panic").next() else { return };
                    if let Err(error) = one(&place, &client, situation) {
                        let told = format!("{}: {error:#}", situation.name);
                        differences.lock().expect("no panic").push(told);
                    }
                }
            });
        }
    });
    Ok(differences.into_inner()?)
}

fn one(place: &Place, client: &Client, situation: &Situation) -> Result<()> {
    let ns = situation.name.replace(' ', "-").to_lowercase();
    let mut player = Player::new(place, &ns, &situation.set(), player::Pace::USUAL)?;
    let mut last = None;
    for step in &situation.before {
        let step = step.as_object().context("a step is an object")?;
        let played = player.step(step)?.context("nothing is left to choice here")?;
        ensure!(played.refused.is_none(), "{step:?}: {:?}", played.refused);
        last = Some(played);
    }
    let was = last.context("the set was created")?;
    let before =
        client.wait_row(&ns, "web", "the panel knows it", |row| match row.status.kind {
            StatusKind::Unobserved => false,
            StatusKind::Stuck | StatusKind::Trapped => row.generation > 0,
            _ => row.generation > 0 && !situation.called_stuck,
        })?;
    let action = filled_in(&situation.action, &before.facts)?;
    let asked = client.act_with(&ns, "web", action.clone(), "?dryRun=true", &[])?;
    ensure!(asked.status == 200, "the dry run: {}: {}", asked.status, asked.text);
    let foretold = asked.parse::<ActionResult>()?.forecast;
    let played = player.around(|_| {
        let answer = client.act(&ns, "web", action)?;
        if answer.status != 200 {
            bail!("the action: {}: {}", answer.status, answer.text);
        }
        let said = answer.parse::<ActionResult>()?.forecast;
        // The sentences may differ: a pod that crashes does so more often from second to second.
        ensure!(
            said.steps == foretold.steps,
            "the action foretells {said:?}, its dry run {foretold:?}"
        );
        Ok(())
    })?;
    ensure!(!played.killed, "KWOK ended a pod twice: this says nothing");
    happened::compare(&was, &foretold, &played)?;
    let expected = (situation.stalls, situation.waits, situation.loses_data);
    let loses = foretold.steps.iter().any(|s| !s.claims_deleted.is_empty());
    let got = (foretold.stall.is_some(), foretold.waits.is_some(), foretold.loses_data);
    ensure!(
        got == expected && foretold.loses_data == loses,
        "stalls, waits and loses data: expected {expected:?}, foretold {got:?}: {foretold:?}"
    );
    let warned = |what: &str| foretold.warnings.iter().any(|w| w.contains(what));
    ensure!(situation.warns.is_none_or(warned), "it warns of {:?}", foretold.warnings);
    if let Some(helps) = &situation.helps {
        let helps = helps.as_object().context("a step is an object")?;
        let then = player.step(helps)?.context("nothing is left to choice here")?;
        ensure!(!then.killed, "KWOK ended a pod twice: this says nothing");
        happened::compare_whole(&was, &foretold, &played, &then)?;
    }
    player.end()
}

/// The action with the uids of its pods and the name of its revision.
fn filled_in(action: &Value, facts: &Facts) -> Result<Value> {
    let mut action = action.clone();
    let uid = |name: &Value| {
        let pod = facts.pods.iter().find(|p| *name == p.name.as_str()).context("the pod")?;
        anyhow::Ok(Value::from(pod.uid.as_str()))
    };
    if action["pod"].is_string() {
        action["uid"] = uid(&action["pod"])?;
    }
    for pod in action.get_mut("pods").and_then(Value::as_array_mut).into_iter().flatten() {
        pod["uid"] = uid(&pod["pod"])?;
    }
    if action["action"] == "rollBack" {
        let label = action["revision"].as_str().unwrap_or_default();
        let revision = facts.revisions.iter().find(|r| r.label() == label);
        action["revision"] = Value::from(revision.context("the revision")?.name.as_str());
    }
    Ok(action)
}

#[test]
fn what_the_panel_foretells_is_what_the_real_controller_does() -> Result<()> {
    let situations = situations::usual();
    let count = |of: fn(&Situation) -> bool| situations.iter().filter(|s| of(s)).count();
    assert!(situations.len() >= 15 && count(|s| s.stalls) >= 5 && count(|s| s.loses_data) >= 2);
    let differences = all(e2e::plane(), PanelOptions::default(), &situations)?;
    assert!(differences.is_empty(), "{}", differences.join("\n"));
    Ok(())
}

#[test]
fn what_rests_on_a_pod_that_is_not_up_waits_and_goes_on_with_it() -> Result<()> {
    let situations = waiting::waiting();
    assert!(situations.iter().all(|s| s.waits));
    let differences = all(e2e::plane(), PanelOptions::default(), &situations)?;
    assert!(differences.is_empty(), "{}", differences.join("\n"));
    Ok(())
}

#[test]
fn what_waits_for_a_pod_for_which_the_set_is_called_stuck_stalls() -> Result<()> {
    let options = PanelOptions { stuck_after: 1, ..PanelOptions::default() };
    let differences = all(e2e::plane(), options, &waiting::called_stuck())?;
    assert!(differences.is_empty(), "{}", differences.join("\n"));
    Ok(())
}

#[test]
fn with_the_gate_max_unavailable_is_foretold_as_it_happens() -> Result<()> {
    let plane = ControlPlane::start(Options {
        feature_gates: vec![("MaxUnavailableStatefulSet".to_owned(), true)],
        ..Options::default()
    })?;
    let differences = all(&plane, PanelOptions::default(), &situations::with_the_gate())?;
    assert!(differences.is_empty(), "{}", differences.join("\n"));
    Ok(())
}
