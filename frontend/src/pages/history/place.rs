//! What the address of the page says: which events, which time, which moment.

use jiff::{SignedDuration, Timestamp};
use model::path::page;
use model::set::SetKey;
use model::wire::{EventGroup, RolloutView};

use crate::route::Query;

/// The times that can be chosen: as the URL has them, as the page says them, in hours.
pub const LAST: [(&str, &str, i64); 5] = [
    ("1h", "1 h", 1),
    ("6h", "6 h", 6),
    ("24h", "24 h", 24),
    ("7d", "7 d", 168),
    ("14d", "14 d", 336),
];

/// Which time is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Window {
    /// The one of [`LAST`] with these hours, until now.
    Last(i64),
    /// From a little before a rollout to a little after it.
    Rollout(i64),
    #[default]
    Usual,
}

/// The address of the page, apart from its set.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    pub group: Option<EventGroup>,
    pub window: Window,
    pub at: Option<Timestamp>,
}

impl Place {
    pub fn of(query: &Query) -> Self {
        let last = query.get("last");
        let hours = LAST.iter().find(|(key, ..)| Some(*key) == last.as_deref());
        let rollout = query.get("rollout").and_then(|id| id.parse().ok());
        Self {
            group: EventGroup::parse(query.get("kind").as_deref()),
            window: match (rollout, hours) {
                (Some(id), _) => Window::Rollout(id),
                (None, Some((.., hours))) => Window::Last(*hours),
                (None, None) => Window::Usual,
            },
            at: query.get("at").and_then(|at| model::when::of(&at)),
        }
    }

    pub fn url(&self, key: &SetKey) -> String {
        let mut parts = Vec::new();
        if let Some(group) = self.group {
            parts.push(format!("kind={}", group.key()));
        }
        match self.window {
            Window::Last(hours) => {
                let key = LAST.iter().find(|(.., h)| *h == hours).map(|(key, ..)| *key);
                parts.extend(key.map(|key| format!("last={key}")));
            }
            Window::Rollout(id) => parts.push(format!("rollout={id}")),
            Window::Usual => {}
        }
        if let Some(at) = self.at {
            parts.push(format!("at={at}"));
        }
        let here = page::history(&key.namespace, &key.name);
        if parts.is_empty() { here } else { format!("{here}?{}", parts.join("&")) }
    }

    #[must_use]
    pub fn with_at(&self, at: Option<Timestamp>) -> Self {
        Self { at, ..self.clone() }
    }

    #[must_use]
    pub fn with_window(&self, window: Window) -> Self {
        Self { window, ..self.clone() }
    }
}

/// The hours that are shown where nothing was chosen.
pub const USUAL: i64 = 24;

/// From when to when; no end is now.
pub fn span(
    window: Window,
    rollouts: &[RolloutView],
    now: Timestamp,
) -> (Timestamp, Option<Timestamp>) {
    let before = |hours| now.saturating_sub(SignedDuration::from_hours(hours)).unwrap_or(now);
    match window {
        Window::Last(hours) => (before(hours), None),
        Window::Usual => (before(USUAL), None),
        Window::Rollout(id) => match rollouts.iter().find(|r| r.id == id) {
            None => (before(USUAL), None),
            Some(r) => {
                let lasted = r.ended.unwrap_or(now).duration_since(r.started);
                let margin = (lasted / 8).max(SignedDuration::from_secs(20));
                let from = r.started.saturating_sub(margin).unwrap_or(r.started);
                let to = r.ended.and_then(|e| e.saturating_add(margin).ok());
                (from, to.filter(|to| *to < now))
            }
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_says_which_events_which_time_and_which_moment() {
        let key = SetKey::new("shop", "web");
        let at = model::when::of("2026-11-21T09:26:04Z");
        let place = Place { group: Some(EventGroup::Pods), window: Window::Last(168), at };
        let url = place.url(&key);
        assert_eq!(url, "/sets/shop/web/history?kind=pods&last=7d&at=2026-11-21T09:26:04Z");
        assert_eq!(Place::default().url(&key), "/sets/shop/web/history");
        let rollout = Place::default().with_window(Window::Rollout(7));
        assert_eq!(rollout.url(&key), "/sets/shop/web/history?rollout=7");
    }

    #[test]
    fn a_rollout_that_is_not_known_shows_the_usual_time() {
        let now = Timestamp::from_second(1_000_000).expect("in range");
        let (from, to) = span(Window::Rollout(3), &[], now);
        assert_eq!((now.duration_since(from).as_hours(), to), (24, None));
        assert_eq!(now.duration_since(span(Window::Last(1), &[], now).0).as_hours(), 1);
    }
}
