//! What can be done next, decided from facts: the forecast in words, the buttons, and why one is off.

mod steps;

use model::aborted;
use model::action::permit;
use model::facts::Facts;
use model::forecast::Forecast;
use model::status::{Status, StatusKind};
use model::strip;
use model::wire::Held;
use model::words as phrase;

use super::dialog::draft::{Draft, can_abort};

/// How much a button stands out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weight {
    Primary,
    Danger,
    Plain,
}

/// What a button of the deck does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Press {
    /// Opens the confirm dialog.
    Ask(Draft),
    /// Puts the moved handle back.
    PutBack,
}

/// A button of the deck.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    pub label: String,
    /// The word under which its reason is told: "Hold is off: …".
    pub verb: &'static str,
    pub weight: Weight,
    pub press: Press,
    /// A single-letter shortcut.
    pub key: Option<char>,
    /// Why it is off.
    pub off: Option<String>,
}

/// The deck below the strip.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deck {
    /// "Next step:", "Not applied yet:", "By itself:".
    pub lead: String,
    /// What will happen, in words.
    pub says: String,
    /// What is in the way, if something is.
    pub stall: Option<String>,
    pub choices: Vec<Choice>,
    /// Why buttons are off, in view.
    pub notes: Vec<String>,
}

/// What can be done next. `held`: who holds the rollout. `moved`: where the handle was moved to, and what would follow. `off`: why
/// nothing may be done at all (no role, no connection).
pub fn deck(
    facts: &Facts,
    status: &Status,
    held: Option<&Held>,
    moved: Option<(u32, &Forecast)>,
    off: Option<&str>,
) -> Deck {
    let mut deck = if let Some((stays, forecast)) = moved {
        steps::put(stays, forecast)
    } else {
        match status.kind {
            StatusKind::Trapped | StatusKind::Stuck if status.blocker.is_some() => {
                steps::blocked(facts, status)
            }
            _ if facts.set.is_on_delete() && strip::in_progress(facts) => {
                steps::on_delete(facts, status)
            }
            _ if facts.set.is_rolling_update() && strip::in_progress(facts) => {
                let deck = steps::rolling(facts, status);
                match aborted::says(facts, held) {
                    Some(what) => steps::left(facts, status, deck, what, held),
                    None => deck,
                }
            }
            _ => steps::at_rest(facts, status),
        }
    };
    for choice in &mut deck.choices {
        choice.off = match &choice.press {
            Press::Ask(_) if off.is_some() => off.map(str::to_owned),
            Press::Ask(Draft::Fixed(action)) => permit(facts, action).err().map(|r| r.reason),
            Press::Ask(Draft::Abort { .. }) => can_abort(facts).and_then(Result::err),
            Press::Ask(_) | Press::PutBack => None,
        };
    }
    // Where the main thing is off, its reason says what is in the way.
    if deck.choices.iter().any(|c| c.verb == "Advance" && c.off.is_some()) {
        deck.stall = None;
    }
    // An off button that is not the main thing is told in one line; one reason for all of them once.
    deck.notes = match off {
        Some(reason) if !deck.choices.is_empty() => vec![reason.to_owned()],
        _ => notes(&deck.choices),
    };
    deck
}

/// Which buttons are off and why; those that are off for the same reason in one line.
fn notes(choices: &[Choice]) -> Vec<String> {
    let mut reasons: Vec<(&str, Vec<String>)> = Vec::new();
    for choice in choices {
        let Some(why) = &choice.off else { continue };
        let verb = choice.verb.to_owned();
        match reasons.iter_mut().find(|(other, _)| other == why) {
            Some((_, verbs)) => verbs.push(verb),
            None => reasons.push((why, vec![verb])),
        }
    }
    let note = |(why, verbs): (&str, Vec<String>)| {
        let are = phrase::verb(verbs.len(), "is", "are");
        format!("{} {are} off: {}", phrase::list(&verbs), lower(why))
    };
    reasons.into_iter().map(note).collect()
}

/// The reason after "is off: ": its first word small, unless it is a name.
fn lower(reason: &str) -> String {
    let first = reason.split([' ', ',']).next().unwrap_or_default();
    let plain = ["Every", "Nothing", "The", "There", "No", "A", "With"].contains(&first);
    let mut chars = reason.chars();
    match chars.next() {
        Some(c) if plain => c.to_lowercase().chain(chars).collect(),
        _ => reason.to_owned(),
    }
}

#[cfg(test)]
mod tests;
