//! The lines of many logs in the order in which they were written.

use crate::log::lines::{Line, stamped};

/// Lines that are kept, of all pods together; the oldest go first.
pub const KEPT: usize = 2_000;

/// A line of one pod.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// When it was written, by the clock of its node: `2026-11-22T10:42:01.731234567`, in UTC.
    stamp: String,
    pub ordinal: u32,
    pub line: Line,
}

impl Entry {
    /// The day, in UTC.
    pub fn day(&self) -> &str {
        self.stamp.get(..10).unwrap_or_default()
    }

    /// Without the fraction.
    pub fn second(&self) -> &str {
        self.stamp.get(..19).unwrap_or(&self.stamp)
    }
}

/// What is kept.
#[derive(Clone, Debug, Default)]
pub struct Held {
    entries: Vec<Entry>,
    /// The newest time of each pod.
    newest: Vec<(u32, String)>,
}

impl Held {
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Takes lines of one pod as they came. Those that are there already, as after a log was opened again, are left out.
    pub fn add(&mut self, ordinal: u32, lines: &[String]) {
        for raw in lines {
            let stamp = match stamped(raw) {
                Some((stamp, ..)) => stamp.to_owned(),
                // The rest of a line that came in pieces.
                None => self.newest(ordinal).clone(),
            };
            self.newest(ordinal).clone_from(&stamp);
            self.put(Entry { stamp, ordinal, line: Line::read(raw) });
        }
        let over = self.entries.len().saturating_sub(KEPT);
        self.entries.drain(..over);
    }

    /// Whether each of these has said something.
    pub fn knows(&self, ordinals: &[u32]) -> bool {
        ordinals.iter().all(|ordinal| self.newest.iter().any(|(o, _)| o == ordinal))
    }

    /// Forgets what others than these have said.
    pub fn retain(&mut self, ordinals: &[u32]) {
        self.entries.retain(|e| ordinals.contains(&e.ordinal));
        self.newest.retain(|(o, _)| ordinals.contains(o));
    }

    fn newest(&mut self, ordinal: u32) -> &mut String {
        let at = self.newest.iter().position(|(o, _)| *o == ordinal).unwrap_or_else(|| {
            self.newest.push((ordinal, String::new()));
            self.newest.len() - 1
        });
        &mut self.newest[at].1
    }

    fn put(&mut self, entry: Entry) {
        let at = self.entries.partition_point(|e| e.stamp <= entry.stamp);
        let known = self.entries[..at]
            .iter()
            .rev()
            .take_while(|e| e.stamp == entry.stamp)
            .any(|e| *e == entry);
        if !known {
            self.entries.insert(at, entry);
        }
    }
}

#[cfg(test)]
pub mod tests {
    use super::*;

    /// `seconds.fraction` after 10:42.
    pub fn raw(at: &str, text: &str) -> String {
        format!("2026-11-22T10:42:{at}Z {text}")
    }

    fn texts(held: &Held) -> Vec<(u32, &str)> {
        held.entries().iter().map(|e| (e.ordinal, e.line.text.as_str())).collect()
    }

    #[test]
    fn lines_of_many_pods_are_put_in_order_however_they_come() {
        let mut held = Held::default();
        held.add(1, &[raw("01.5", "b"), raw("03.000000001", "d")]);
        // Some nodes leave out zeros at the end of the fraction.
        held.add(0, &[raw("01.25", "a"), raw("01.73", "c"), raw("03.0000001", "e")]);
        assert_eq!(texts(&held), [(0, "a"), (1, "b"), (0, "c"), (1, "d"), (0, "e")]);
        let first = &held.entries()[0];
        assert_eq!((first.day(), first.second()), ("2026-11-22", "2026-11-22T10:42:01"));
    }

    #[test]
    fn a_log_that_is_opened_again_doubles_nothing() {
        let mut held = Held::default();
        let lines = [raw("01.5", "a"), raw("01.5", "b"), raw("02.5", "a")];
        held.add(0, &lines);
        held.add(0, &lines);
        assert_eq!(texts(&held), [(0, "a"), (0, "b"), (0, "a")]);
        // Another pod may say the same at the same time.
        held.add(1, &lines[..1]);
        assert_eq!(held.entries().len(), 4);
    }

    #[test]
    fn what_pods_said_that_are_no_longer_shown_is_forgotten() {
        let mut held = Held::default();
        held.add(0, &[raw("01.5", "a")]);
        held.add(1, &[raw("01.7", "b")]);
        assert!(held.knows(&[0, 1]) && !held.knows(&[1, 2]));
        held.retain(&[1, 2]);
        assert!(!held.knows(&[0]));
        assert_eq!(texts(&held), [(1, "b")]);
    }

    #[test]
    fn a_line_without_a_time_stays_behind_the_one_before_it() {
        let mut held = Held::default();
        held.add(0, &[raw("01.5", "Traceback"), "  File x".into()]);
        held.add(1, &[raw("01.2", "before"), raw("02", "after")]);
        assert_eq!(texts(&held), [(1, "before"), (0, "Traceback"), (0, "  File x"), (1, "after")]);
    }

    #[test]
    fn the_oldest_lines_go_first() {
        let mut held = Held::default();
        let lines: Vec<String> =
            (0..KEPT + 3).map(|n| raw(&format!("01.{n:05}"), &n.to_string())).collect();
        held.add(0, &lines);
        assert_eq!((held.entries().len(), held.entries()[0].line.text.as_str()), (KEPT, "3"));
    }
}
