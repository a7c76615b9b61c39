//! Turns into trouble and out of it, and what is told of labels and annotations.

use model::action::{Action, PodRef};
use model::status::{Settings, Status, StatusKind, status};
use model::wire::EventKind;

use super::builder::{Story, deed, ms_of, settled};
use crate::history::credit::Deed;
use crate::history::data::Kind;
use crate::history::known::Known;
use crate::history::ledger::Write;
use crate::history::step::{self, Look};

/// A recorder of one set.
struct Book {
    known: Option<Known>,
    status: Option<Status>,
    deeds: Vec<Deed>,
}

impl Book {
    fn new() -> Self {
        Self { known: None, status: None, deeds: Vec::new() }
    }

    /// What is told of this kind, look by look, with who is said to have done it.
    fn sees(&mut self, story: &Story, kind: EventKind) -> Vec<String> {
        let now = crate::history::time(story.now());
        let judged = status(&story.facts, self.status.as_ref(), now, Settings::default());
        let told = self.looks(story, Some(&judged), kind);
        self.status = Some(judged);
        told
    }

    fn looks(&mut self, story: &Story, status: Option<&Status>, kind: EventKind) -> Vec<String> {
        let look =
            Look { at: story.now(), since: ms_of(-20_000), gap: None, deeds: &self.deeds, status };
        let step = match &self.known {
            None => step::first(&story.facts, look),
            Some(known) => step::next(known, &story.facts, look),
        };
        // It survives being stored, which is all that a restart of the panel leaves.
        let stored = serde_json::to_string(&step.known).unwrap();
        self.known = Some(serde_json::from_str(&stored).unwrap());
        let told = |w: &Write| match w {
            Write::Event { happened, .. } if happened.kind == Kind::Listed(kind) => {
                let by = happened.credit.as_ref().map(|c| c.name.clone().unwrap_or_default());
                Some(match by {
                    Some(by) => format!("{by}: {}", happened.sentence),
                    None => happened.sentence.clone(),
                })
            }
            _ => None,
        };
        step.writes.iter().filter_map(told).collect()
    }
}

fn rolling() -> Story {
    settled("web", 3).rolls_out(7, "16.4").gone(2).created(2, 7)
}

#[test]
fn a_set_that_gets_stuck_and_free_again_is_told_once_each_and_of_nobody() {
    let mut book = Book::new();
    assert!(book.sees(&rolling(), EventKind::Stuck).is_empty());
    let broken = rolling().at(10).crashes(2);
    assert!(book.sees(&broken, EventKind::Stuck).is_empty(), "not for so short a time");
    let stuck = broken.at(60);
    assert_eq!(
        book.sees(&stuck, EventKind::Stuck),
        ["web is stuck on web-2 (CrashLoopBackOff): it crashed (exit 137)"]
    );
    assert!(book.sees(&stuck.clone().at(70), EventKind::Stuck).is_empty());
    // A panel that was started again judges anew.
    book.status = None;
    assert!(book.sees(&stuck.clone().at(80), EventKind::Stuck).is_empty());
    assert_eq!(
        book.sees(&stuck.at(130).ready(2), EventKind::Stuck),
        ["web is no longer stuck, after 2 min"]
    );
}

#[test]
fn a_set_that_is_trapped_is_told_so_though_it_was_stuck_before() {
    let mut book = Book::new();
    let stuck = rolling().at(10).crashes(2).at(60);
    assert_eq!(book.sees(&rolling(), EventKind::Stuck).len(), 0);
    assert_eq!(book.sees(&stuck, EventKind::Stuck).len(), 1);
    let back = stuck.at(90).image("16.3").renumbered(6, 8).observed(6);
    assert_eq!(
        book.sees(&back, EventKind::Stuck),
        [
            "web is trapped by web-2 (CrashLoopBackOff): it crashed (exit 137), and the controller never replaces it"
        ]
    );
    let freed = back.at(100).gone(2).created(2, 6).at(110).ready(2);
    assert_eq!(book.sees(&freed, EventKind::Stuck).len(), 1);
}

#[test]
fn a_pod_that_an_abort_is_about_to_take_away_traps_nobody() {
    let mut book = Book::new();
    let stuck = rolling().at(10).crashes(2).at(60);
    assert_eq!(book.sees(&rolling(), EventKind::Stuck).len(), 0);
    assert_eq!(book.sees(&stuck, EventKind::Stuck).len(), 1);
    let pods = vec![PodRef { pod: "web-2".into(), uid: stuck.pod_uid(2) }];
    book.deeds = vec![deed(&stuck, "a1", Action::Abort { pods })];
    let raised = stuck.at(90).partition(3).by_action("a1").observed(7);
    assert!(book.sees(&raised, EventKind::Stuck).is_empty());
    assert_eq!(book.status.as_ref().map(|s| s.kind), Some(StatusKind::Trapped));
    let fell = raised.at(92).gone(2).created(2, 6).at(95).ready(2);
    assert_eq!(book.sees(&fell, EventKind::Stuck), ["web is no longer stuck, after 2 min"]);
}

#[test]
fn what_is_not_known_is_no_way_out() {
    let mut book = Book::new();
    let stuck = rolling().at(10).crashes(2).at(60);
    book.sees(&stuck, EventKind::Stuck);
    let judged = book.status.clone().unwrap();
    for kind in [StatusKind::Unknown, StatusKind::NoAccess, StatusKind::Unobserved] {
        let unknown = Status { kind, ..judged.clone() };
        assert!(book.looks(&stuck, Some(&unknown), EventKind::Stuck).is_empty());
    }
    assert!(book.looks(&stuck, None, EventKind::Stuck).is_empty());
    assert!(book.sees(&stuck, EventKind::Stuck).is_empty(), "it was told");
}

fn marked(story: &Story, marks: &[(&str, u32)]) -> Story {
    let mut story = story.clone();
    story.facts.set.marks = marks.iter().map(|(key, n)| format!("{key}={n}")).collect();
    story
}

#[test]
fn labels_and_annotations_are_told_by_their_keys_and_not_all_the_time() {
    const KIND: EventKind = EventKind::Metadata;
    let mut book = Book::new();
    let web = settled("web", 1);
    assert!(
        book.sees(&marked(&web, &[("label app", 1), ("annotation owner", 1)]), KIND).is_empty()
    );
    let changed = marked(
        &web.clone().at(5).by("kubectl-label"),
        &[("annotation owner", 2), ("label team", 1)],
    );
    assert_eq!(
        book.sees(&changed, KIND),
        ["kubectl: annotation owner changed, label team was added and label app was removed"]
    );
    assert!(book.sees(&changed.clone().at(6), KIND).is_empty());
    // One that beats like a heart is told with the first change after ten minutes.
    let beats = |second: i64, n| marked(&web.clone().at(second), &[("annotation owner", n)]);
    assert!(book.sees(&beats(100, 3), KIND).is_empty());
    assert!(book.sees(&beats(200, 4), KIND).is_empty());
    assert_eq!(
        book.sees(&beats(700, 5), KIND),
        [": annotation owner changed and label team was removed"]
    );
}
