//! What is read of a history, page by page.

use model::wire::{EventView, History, RolloutView};

use super::events;

/// What was read so far.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Read {
    pub rollouts: Vec<RolloutView>,
    pub events: Vec<EventView>,
    /// Where the next page begins; `None` at the end.
    pub next: Option<i64>,
}

impl Read {
    /// The first page again: newer events go on top, what was read below them stays.
    pub fn renew(&mut self, first: History) {
        events::on_top(&mut self.events, &mut self.next, first.events, first.page.next);
        self.rollouts = first.rollouts;
    }

    /// The newest event.
    pub fn newest(&self) -> Option<i64> {
        self.events.first().map(|e| e.id)
    }

    /// The next page.
    pub fn append(&mut self, more: History) {
        let last = self.events.last().map(|e| e.id);
        self.events.extend(more.events.into_iter().filter(|e| last.is_none_or(|l| e.id < l)));
        for rollout in more.rollouts {
            if !self.rollouts.iter().any(|r| r.id == rollout.id) {
                self.rollouts.push(rollout);
            }
        }
        self.next = more.page.next;
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use model::set::SetKey;
    use model::wire::{EventKind, Page};

    use super::*;

    fn event(id: i64) -> EventView {
        EventView {
            id,
            at: Timestamp::UNIX_EPOCH,
            set: SetKey::new("shop", "web"),
            kind: EventKind::PodReady,
            sentence: String::new(),
            ordinal: None,
            rollout: None,
            actor: None,
            action: None,
        }
    }

    fn page(ids: &[i64], next: Option<i64>) -> History {
        History {
            rollouts: Vec::new(),
            events: ids.iter().copied().map(event).collect(),
            page: Page { next },
        }
    }

    fn ids(read: &Read) -> Vec<i64> {
        read.events.iter().map(|e| e.id).collect()
    }

    #[test]
    fn newer_events_go_on_top_and_what_was_read_stays() {
        let mut read = Read::default();
        read.renew(page(&[9, 8, 7], Some(7)));
        read.append(page(&[6, 5], Some(5)));
        read.renew(page(&[11, 10, 9], Some(9)));
        assert_eq!(ids(&read), [11, 10, 9, 8, 7, 6, 5]);
        assert_eq!(read.newest(), Some(11));
        assert_eq!(read.next, Some(5), "the cursor of the lowest page");
    }

    #[test]
    fn a_gap_between_pages_drops_what_lies_below_it() {
        let mut read = Read::default();
        read.renew(page(&[3, 2, 1], None));
        read.renew(page(&[20, 19, 18], Some(18)));
        assert_eq!(ids(&read), [20, 19, 18]);
        assert_eq!(read.next, Some(18));
    }

    #[test]
    fn the_same_page_twice_doubles_nothing() {
        let mut read = Read::default();
        read.renew(page(&[3, 2, 1], None));
        read.renew(page(&[3, 2, 1], None));
        read.append(page(&[1], None));
        assert_eq!(ids(&read), [3, 2, 1]);
    }
}
