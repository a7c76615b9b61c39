//! What stands in the deck in each state of a set: the words, and the buttons with the main thing first.

use model::MAX_REPLICAS;
use model::action::{Action, permit};
use model::facts::Facts;
use model::forecast::{Forecast, forecast_judged};
use model::status::{Status, StatusKind};
use model::strip;
use model::wire::Held;

use super::super::dialog::draft::{Draft, can_abort};
use super::super::dialog::wording;
use super::{Choice, Deck, Press, Weight};

fn ask(label: impl Into<String>, verb: &'static str, weight: Weight, action: Action) -> Choice {
    Choice {
        label: label.into(),
        verb,
        weight,
        press: Press::Ask(Draft::Fixed(action)),
        key: None,
        off: None,
    }
}

fn words(facts: &Facts, status: &Status, lead: &str, action: &Action) -> Deck {
    told(lead, &forecast_judged(facts, Some(status), action))
}

fn told(lead: &str, forecast: &Forecast) -> Deck {
    let takes = forecast.takes.as_ref().map_or("", |t| t.sentence.as_str());
    let says = [forecast.sentence.as_str(), takes, forecast.stays.as_str()]
        .into_iter()
        .filter(|s| !s.is_empty())
        .collect::<Vec<_>>()
        .join(" ");
    let stall = forecast.stall.clone();
    Deck { lead: lead.to_owned(), says, stall, choices: Vec::new(), notes: Vec::new() }
}

pub(super) fn put(stays: u32, forecast: &Forecast) -> Deck {
    let action = Action::SetPartition { partition: stays };
    let mut deck = told("Not applied yet:", forecast);
    deck.choices = vec![
        ask("Review…", "Review", Weight::Primary, action),
        Choice {
            label: "Put back".to_owned(),
            verb: "Put back",
            weight: Weight::Plain,
            press: Press::PutBack,
            key: None,
            off: None,
        },
    ];
    deck
}

/// The next step of a rolling update that a person may take or stop.
pub(super) fn rolling(facts: &Facts, status: &Status) -> Deck {
    let set = &facts.set;
    let line = set.partition().min(set.replicas);
    let going = facts
        .slots()
        .iter()
        .skip(line as usize)
        .any(|p| p.is_none_or(|p| p.revision != set.status.update_revision || !p.is_up()));
    let to = line.checked_sub(1).map(|i| set.start + i);
    let advance = Action::Advance { to };
    let mut deck = if going {
        let as_it_is = Action::SetPartition { partition: set.partition() };
        let follows = forecast_judged(facts, Some(status), &as_it_is);
        let mut deck = told("By itself:", &follows);
        if let Some(says) = coming(facts, status, &follows) {
            deck.says = says;
        }
        deck
    } else {
        words(facts, status, "Next step:", &advance)
    };
    if let Some(to) = to {
        let weight = if going { Weight::Plain } else { Weight::Primary };
        let mut choice =
            ask(format!("Advance to {}…", set.pod_name(to)), "Advance", weight, advance);
        choice.key = Some('a');
        deck.choices.push(choice);
        deck.choices.push(ask("Finish…", "Finish", Weight::Plain, Action::Finish {}));
    }
    // Whichever is the main thing now: each button keeps its place while pods go and come.
    let weight = if going { Weight::Primary } else { Weight::Plain };
    let mut hold = ask("Hold…", "Hold", weight, Action::Hold {});
    hold.key = Some('h');
    deck.choices.push(hold);
    deck.choices.extend(abort(facts));
    deck
}

/// The last pod of a step is on its way, so that nothing more will restart by itself: what one waits for is that pod, and no
/// other. `None` where it is not so simple.
fn coming(facts: &Facts, status: &Status, follows: &Forecast) -> Option<String> {
    let set = &facts.set;
    let line = set.partition();
    let told = set.replicas <= MAX_REPLICAS && line > 0;
    if !told || !follows.steps.is_empty() || follows.stall.is_some() {
        return None;
    }
    let slots = facts.slots();
    let mut down = slots.iter().skip(line as usize).filter(|p| p.is_none_or(|p| !p.is_up()));
    let (Some(Some(pod)), None) = (down.next(), down.next()) else { return None };
    let blocker = status.blocker.as_ref().filter(|b| !b.failing && b.pod == pod.name)?;
    let then = "Once it is Ready, nothing else restarts until someone advances.";
    Some(format!("{} {}. {then}", blocker.pod, blocker.says))
}

/// A rollout that was aborted: to go back comes before trying it again.
pub(super) fn left(
    facts: &Facts,
    status: &Status,
    deck: Deck,
    what: String,
    held: Option<&Held>,
) -> Deck {
    let current = &facts.set.status.current_revision;
    let back = Draft::back_to(facts, current.clone());
    let Ok(action) = back.action(facts) else { return deck };
    let mut lead = what;
    if let Some(why) = held.and_then(|held| held.because.as_ref()) {
        lead.push_str(": ");
        lead.push_str(why);
    }
    lead.push('.');
    let follows = words(facts, status, &lead, &action);
    let label = facts.revision_label(current);
    let says =
        format!("Roll back, and the set's template is that of {label} again. {}", follows.says);
    let mut choices = deck.choices;
    choices.retain(|c| c.verb != "Hold");
    for choice in &mut choices {
        choice.weight = Weight::Plain;
    }
    choices.insert(0, going_back(back, Weight::Primary));
    Deck { says, choices, ..follows }
}

/// Where there is a rollout to abort.
fn abort(facts: &Facts) -> Option<Choice> {
    can_abort(facts).map(|_| Choice {
        label: "Abort…".to_owned(),
        verb: "Abort",
        weight: Weight::Plain,
        press: Press::Ask(Draft::abort(facts)),
        key: None,
        off: None,
    })
}

/// Where there is a revision to go back to.
fn roll_back(facts: &Facts) -> Option<Choice> {
    let draft = Draft::roll_back(facts);
    let there = draft.action(facts).is_ok_and(|action| permit(facts, &action).is_ok());
    there.then(|| going_back(draft, Weight::Plain))
}

fn going_back(draft: Draft, weight: Weight) -> Choice {
    Choice {
        label: "Roll back…".to_owned(),
        verb: "Roll back",
        weight,
        press: Press::Ask(draft),
        key: None,
        off: None,
    }
}

/// A pod holds everything up: replacing it comes first.
pub(super) fn blocked(facts: &Facts, status: &Status) -> Deck {
    let pod = status.blocker.as_ref().and_then(|b| facts.pods.iter().find(|p| p.name == b.pod));
    let Some(pod) = pod else { return at_rest(facts, status) };
    let delete = Action::DeletePod { pod: pod.name.clone(), uid: pod.uid.clone() };
    let trapped = status.kind == StatusKind::Trapped;
    let follows = forecast_judged(facts, Some(status), &delete);
    let lead = match (trapped, follows.in_vain) {
        (_, true) => "Deleting it would not help:",
        (true, false) => "What frees it:",
        (false, false) => "If you delete it:",
    };
    let mut deck = told(lead, &follows);
    let title = wording::title(facts, &Draft::Fixed(delete.clone()));
    let weight = if trapped { Weight::Danger } else { Weight::Plain };
    let delete = ask(format!("{title}…"), "Delete", weight, delete);
    if follows.in_vain {
        // What helps comes first.
        deck.choices.extend(abort(facts).map(|c| Choice { weight: Weight::Primary, ..c }));
        deck.choices.extend(roll_back(facts));
        deck.choices.push(delete);
        return deck;
    }
    deck.choices.push(delete);
    if facts.set.is_rolling_update() && strip::in_progress(facts) && !trapped {
        let mut more = rolling(facts, status).choices;
        for choice in &mut more {
            choice.weight = Weight::Plain;
        }
        // What cannot be done is told by the status already; one line of reasons is enough.
        more.retain(|c| match &c.press {
            Press::Ask(Draft::Fixed(a)) => c.verb == "Advance" || permit(facts, a).is_ok(),
            _ => true,
        });
        deck.choices.extend(more);
    } else if trapped {
        deck.choices.extend(abort(facts));
    }
    deck
}

/// The highest pod that still runs an older revision.
pub(super) fn on_delete(facts: &Facts, status: &Status) -> Deck {
    let stale = facts
        .slots()
        .into_iter()
        .rev()
        .flatten()
        .find(|p| p.revision != facts.set.status.update_revision && p.deleting.is_none());
    let Some(pod) = stale else {
        return Deck {
            lead: "Nothing to delete:".to_owned(),
            says: "the pods that are left come back on the new revision by themselves.".to_owned(),
            stall: None,
            choices: Vec::new(),
            notes: Vec::new(),
        };
    };
    let (name, uid) = (pod.name.clone(), pod.uid.clone());
    let evict = Action::EvictPod { pod: name.clone(), uid: uid.clone() };
    let mut deck = words(facts, status, "Next step:", &evict);
    deck.choices = vec![
        ask(format!("Evict {name}…"), "Evict", Weight::Primary, evict),
        ask(
            format!("Delete {name}…"),
            "Delete",
            Weight::Plain,
            Action::DeletePod { pod: name, uid },
        ),
    ];
    deck
}

pub(super) fn at_rest(facts: &Facts, status: &Status) -> Deck {
    let set = &facts.set;
    // No pod is named at rest that is not Ready.
    let pod = status.blocker.as_ref().map(|b| (b.failing, format!("{} {}", b.pod, b.says)));
    if let (StatusKind::Rolling | StatusKind::Starting, Some((failing, pod))) = (status.kind, pod) {
        let (lead, rest) = match (failing, status.kind) {
            (true, _) => ("In the way:", "The kubelet tries it again and again."),
            (false, StatusKind::Rolling) => {
                ("By itself:", "Once it is Ready, the rollout is done.")
            }
            (false, _) => ("By itself:", "Nothing waits for you."),
        };
        return choose_image(lead, &format!("{pod}. {rest}"), facts, status);
    }
    let (lead, says) = match status.kind {
        StatusKind::Rolling => ("By itself:", "the rollout goes on to its end."),
        StatusKind::Starting => ("By itself:", "pods come back; nothing waits for you."),
        StatusKind::Scaling => ("By itself:", "pods are added or removed; nothing waits for you."),
        StatusKind::Unobserved => (
            "Waiting:",
            "what will restart is known as soon as the controller has seen the change.",
        ),
        _ if set.deleting => ("Being deleted:", "there is nothing left to step."),
        StatusKind::Stuck | StatusKind::Trapped | StatusKind::Unknown | StatusKind::Other => {
            ("Now:", "see the status above; a new image begins a rollout.")
        }
        _ if set.is_on_delete() => {
            ("At rest.", "A new image reaches a pod when somebody deletes it.")
        }
        _ => ("At rest.", "A new image begins a rollout; it can be held at the highest pod."),
    };
    choose_image(lead, says, facts, status)
}

fn choose_image(lead: &str, says: &str, facts: &Facts, status: &Status) -> Deck {
    Deck {
        lead: lead.to_owned(),
        says: says.to_owned(),
        stall: None,
        choices: vec![Choice {
            label: "New image…".to_owned(),
            verb: "New image",
            weight: if status.kind == StatusKind::Settled {
                Weight::Primary
            } else {
                Weight::Plain
            },
            press: Press::Ask(Draft::image(facts)),
            key: None,
            off: None,
        }],
        notes: Vec::new(),
    }
}
