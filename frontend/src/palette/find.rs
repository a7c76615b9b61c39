//! What the palette offers for what was typed.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::sync::Arc;

use model::path::page;
use model::set::{Set, SetKey};
use model::wire::SetRow;

use crate::components::badge_word;
use crate::pages::fleet::filter::Filter;
use crate::pages::fleet::layout::Group;
use crate::pages::fleet::sort::Place;

/// So many sets are listed; whoever looks for another types more.
const SETS: usize = 20;

/// What stands for the key `t`: whoever listens to a page cannot always press single letters.
const TIMES: &str = "Exact times, or how long ago";

/// What something in the palette is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Action,
    Page,
    Set,
    /// How times are shown.
    Times,
}

/// Something that can be chosen.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Entry {
    pub(super) kind: Kind,
    pub(super) label: String,
    /// Beside the label: where a set is and how it does, or why an action is off.
    pub(super) detail: String,
    /// It cannot be chosen now.
    pub(super) off: bool,
    /// Where it leads; an action opens its dialog instead.
    pub(super) url: String,
}

/// An action of the set that is shown, as far as the palette knows it: its words, and why it is off.
pub(super) type Action = (String, Option<String>);

/// The pod of a set that is typed, with or without its namespace, where the set has such an ordinal.
fn pod_of(typed: &str, row: &SetRow) -> Option<String> {
    let pod = typed.trim();
    let pod = pod.strip_prefix(&format!("{}/", row.namespace)).unwrap_or(pod);
    let ordinal = Set::ordinal_in(&row.name, pod)?;
    let place = ordinal.checked_sub(row.start)? as usize;
    (place < row.strip.len()).then(|| format!("{}-{ordinal}", row.name))
}

/// What fits to the text: actions of the present set, pages, how times are shown, sets.
pub(super) fn find(
    text: &str,
    present: Option<&SetKey>,
    actions: Vec<Action>,
    rows: &HashMap<SetKey, Arc<SetRow>>,
    favourites: &[SetKey],
) -> Vec<Entry> {
    let lower = text.to_ascii_lowercase();
    let fits = |label: &str| {
        let label = label.to_ascii_lowercase();
        lower.split_whitespace().all(|word| label.contains(word))
    };
    let name = present.map_or("", |key| key.name.as_str());
    let mut found: Vec<Entry> = actions
        .into_iter()
        .filter(|(label, _)| fits(&format!("{label} {name}")))
        .map(|(label, off)| Entry {
            kind: Kind::Action,
            label,
            off: off.is_some(),
            detail: off.unwrap_or_else(|| name.to_owned()),
            url: String::new(),
        })
        .collect();
    let mut pages = vec![("Fleet".to_owned(), page::FLEET.to_owned())];
    pages.push(("Activity".to_owned(), page::ACTIVITY.to_owned()));
    if let Some(SetKey { namespace, name }) = present {
        pages.push((format!("History of {name}"), page::history(namespace, name)));
        pages.push((format!("Compare the pods of {name}"), page::compare(namespace, name)));
    }
    found.extend(pages.into_iter().filter(|(label, _)| fits(label)).map(|(label, url)| Entry {
        kind: Kind::Page,
        label,
        detail: String::new(),
        off: false,
        url,
    }));
    if fits(TIMES) {
        found.push(Entry {
            kind: Kind::Times,
            label: TIMES.to_owned(),
            detail: String::new(),
            off: false,
            url: String::new(),
        });
    }
    let filter = Filter::new(text, None, "");
    // Sorted by the fleet's own places, all in one group: sorting is kilobytes of code for each type.
    let mut sets: Vec<Place> = rows
        .iter()
        .filter(|(_, row)| filter.matches_text(row))
        .map(|(key, row)| {
            let last = [
                !key.name.starts_with(lower.trim()),
                !favourites.contains(key),
                !row.status.kind.needs_attention(),
            ];
            let rank = last.map(|last| if last { '1' } else { '0' }).into_iter().collect();
            (Group::Settled, None, None, Reverse(None), rank, key.clone())
        })
        .collect();
    sets.sort_unstable();
    for (.., key) in sets.into_iter().take(SETS) {
        let Some(row) = rows.get(&key) else { continue };
        let set = page::set(&key.namespace, &key.name);
        let (label, of, url) = match pod_of(&lower, row) {
            Some(pod) => {
                let url = format!("{set}?pod={pod}");
                (pod, format!("pod of {} · ", key.name), url)
            }
            None => (key.name, String::new(), set),
        };
        let detail = format!("{of}{} · {}", key.namespace, badge_word(&row.status));
        found.push(Entry { kind: Kind::Set, label, detail, off: false, url });
    }
    found
}

/// The next one up or down; the ends meet.
pub(super) fn step(at: usize, down: bool, count: usize) -> usize {
    match count {
        0 => 0,
        n if down => (at + 1) % n,
        n => (at + n - 1) % n,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::live::feed::fixture::row;
    use model::status::StatusKind;

    fn labels(text: &str, marked: &[SetKey]) -> Vec<String> {
        let mut held = row("shop", "orders-db");
        held.status.kind = StatusKind::Held;
        let rows = [row("shop", "web"), held, row("labs", "db"), row("labs", "adverts")];
        let rows = rows.into_iter().map(|r| (r.key(), Arc::new(r))).collect();
        let present = SetKey::new("shop", "orders-db");
        let actions = vec![
            ("Advance to orders-db-2".to_owned(), None),
            ("Scale…".to_owned(), Some("Your role is viewer.".to_owned())),
        ];
        let found = find(text, Some(&present), actions, &rows, marked);
        found.into_iter().map(|e| e.label).collect()
    }

    #[test]
    fn everything_is_offered_before_anything_is_typed() {
        let expected = [
            "Advance to orders-db-2",
            "Scale…",
            "Fleet",
            "Activity",
            "History of orders-db",
            "Compare the pods of orders-db",
            "Exact times, or how long ago",
            "orders-db",
            "adverts",
            "db",
            "web",
        ];
        assert_eq!(labels("", &[]), expected);
        assert_eq!(labels("", &[SetKey::new("shop", "web")])[7..9], ["web", "orders-db"]);
    }

    #[test]
    fn words_narrow_it_down_in_any_order() {
        assert_eq!(labels("adv", &[]), ["Advance to orders-db-2", "adverts"]);
        assert_eq!(labels("orders scale", &[]), ["Scale…"]);
        assert_eq!(labels("labs/d", &[]), ["db"]);
        assert_eq!(labels("orders-db-1", &[]), ["orders-db-1"]);
        assert_eq!(labels("orders-db-99", &[]), ["orders-db"], "there is no such pod");
        assert_eq!(labels("nothing like it", &[]), Vec::<String>::new());
    }

    #[test]
    fn the_name_of_a_pod_leads_to_it() {
        let rows = HashMap::from([(SetKey::new("shop", "web"), Arc::new(row("shop", "web")))]);
        for typed in ["web-1", " shop/web-1 ", "WEB-1"] {
            let found = find(typed, None, Vec::new(), &rows, &[]);
            let set = found.iter().find(|e| e.kind == Kind::Set).expect("the set");
            assert_eq!(
                (set.label.as_str(), set.url.as_str()),
                ("web-1", "/sets/shop/web?pod=web-1")
            );
        }
    }

    #[test]
    fn an_action_that_is_off_says_why() {
        let off = ("Scale…".to_owned(), Some("Your role is viewer.".to_owned()));
        let found = find("scale", None, vec![off], &HashMap::new(), &[]);
        assert!(found[0].off);
        assert_eq!(found[0].detail, "Your role is viewer.");
    }

    #[test]
    fn the_ends_of_the_list_meet() {
        assert_eq!((step(0, false, 3), step(2, true, 3), step(0, true, 3)), (2, 0, 1));
        assert_eq!(step(0, true, 0), 0);
    }
}
