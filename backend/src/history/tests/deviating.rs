//! What happens after an action, against what was foretold.

mod late;

use model::action::{Action, PodRef};
use model::facts::Facts;
use model::forecast::forecast;
use model::set::ContainerImage;
use model::status::{Settings, Status, status};
use model::wire::EventKind;

use super::builder::{Story, deed, ms_of, settled};
use crate::history::credit::Deed;
use crate::history::data::Kind;
use crate::history::known::Known;
use crate::history::ledger::Write;
use crate::history::step::{self, Look};

/// A recorder of one set whose journal has the actions with their forecasts.
struct Book {
    known: Known,
    deeds: Vec<Deed>,
    status: Option<Status>,
}

fn settings() -> Settings {
    Settings { stuck_after: jiff::SignedDuration::from_secs(30), ..Settings::default() }
}

impl Book {
    fn of(story: &Story) -> Self {
        let look =
            Look { at: story.now(), since: ms_of(-20_000), gap: None, deeds: &[], status: None };
        let known = step::first(&story.facts, look).known;
        Self { known, deeds: Vec::new(), status: None }
    }

    /// The panel takes this action, on the set as it is in the story.
    fn acts(&mut self, story: &Story, id: &str, action: Action) {
        let forecast = Some(forecast(&story.facts, &action));
        self.deeds.push(Deed { forecast, ..deed(story, id, action) });
    }

    /// Deviations told of this look, with nothing seen after it.
    fn sees(&mut self, story: &Story) -> Vec<String> {
        let mut told = self.looks(story, None);
        let at = story.now() + 5_000;
        let look = Look { at, since: ms_of(-20_000), gap: None, deeds: &[], status: None };
        told.extend(deviations(&step::waits(&mut self.known, look)));
        told
    }

    fn finds(&mut self, story: &Story, from: i64) -> Vec<String> {
        self.looks(story, Some((ms_of(from), story.now())))
    }

    /// Deviations told in this very look.
    fn glances(&mut self, story: &Story) -> Vec<String> {
        self.looks(story, None)
    }

    fn looks(&mut self, story: &Story, gap: Option<(i64, i64)>) -> Vec<String> {
        let now = crate::history::time(story.now());
        let facts: &Facts = &story.facts;
        let judged = status(facts, self.status.as_ref(), now, settings());
        let look = Look {
            at: story.now(),
            since: ms_of(-20_000),
            gap,
            deeds: &self.deeds,
            status: Some(&judged),
        };
        let step = step::next(&self.known, facts, look);
        // It survives being stored.
        let stored = serde_json::to_string(&step.known).unwrap();
        self.known = serde_json::from_str(&stored).unwrap();
        self.status = Some(judged);
        deviations(&step.writes)
    }

    fn compares(&self) -> bool {
        self.known.book.expected.is_some()
    }
}

fn deviations(writes: &[Write]) -> Vec<String> {
    let deviation = |w: &Write| match w {
        Write::Event { happened, .. } if happened.kind == Kind::Listed(EventKind::Deviation) => {
            assert!(happened.credit.as_ref().is_some_and(|c| c.action.is_some()));
            Some(happened.sentence.clone())
        }
        _ => None,
    };
    writes.iter().filter_map(deviation).collect()
}

fn new_image() -> Action {
    let images = vec![ContainerImage { container: "postgres".into(), image: "pg/db:16.4".into() }];
    Action::SetImage { images, partition: None }
}

/// `web` with three pods, to whose template an action has just brought a new image.
fn begun() -> (Book, Story) {
    let web = settled("web", 3);
    let mut book = Book::of(&web);
    book.acts(&web, "a1", new_image());
    let patched = web.at(1).image("16.4").by_action("a1");
    assert!(book.sees(&patched).is_empty() && book.compares());
    let seen = patched.at(2).revision(7, "16.4").observed(7);
    assert!(book.sees(&seen).is_empty());
    (book, seen)
}

const FORETOLD: &str =
    "Foretold: 3 pods restart on r7, one after another: web-2, web-1, web-0. Happened: ";

fn restarts(book: &mut Book, story: Story, ordinal: u32, at: i64) -> (Story, Vec<String>) {
    let mut told = Vec::new();
    let story = story.at(at).ends(ordinal).counted();
    told.extend(book.sees(&story));
    let story = story.at(at + 1).gone(ordinal).created(ordinal, 7).counted();
    told.extend(book.sees(&story));
    let story = story.at(at + 3).ready(ordinal).counted();
    told.extend(book.sees(&story));
    (story, told)
}

#[test]
fn a_roll_that_goes_as_foretold_is_not_worth_a_word() {
    let (mut book, mut story) = begun();
    for (ordinal, at) in [(2, 10), (1, 20), (0, 30)] {
        let told;
        (story, told) = restarts(&mut book, story, ordinal, at);
        assert_eq!(told, Vec::<String>::new());
    }
    assert!(book.compares(), "for a moment more");
    // Somebody deletes a pod an hour later.
    assert!(book.sees(&story.at(3_600).ends(1).counted()).is_empty());
    assert!(!book.compares());
}

#[test]
fn a_pod_that_goes_down_unforetold_is_told_with_what_was_foretold() {
    let (mut book, story) = begun();
    let (story, told) = restarts(&mut book, story, 2, 10);
    assert!(told.is_empty());
    let story = story.at(20).ends(2).counted();
    assert_eq!(book.sees(&story), [format!("{FORETOLD}web-2 restarted, then web-2 went down.")]);
    assert!(!book.compares(), "told once");
    assert!(book.sees(&story.at(21).ends(0).counted()).is_empty());
}

#[test]
fn another_order_than_foretold_is_told_but_what_is_seen_at_once_has_none() {
    let (mut book, story) = begun();
    assert_eq!(
        book.sees(&story.clone().at(10).ends(1).counted()),
        [format!("{FORETOLD}web-1 went down before web-2.")]
    );
    let (mut book, _) = begun();
    let all = story.at(40);
    let all = [2, 1, 0].into_iter().fold(all, |s, o| s.gone(o).created(o, 7).ready(o));
    assert!(book.sees(&all.counted()).is_empty());
}

#[test]
fn another_revision_than_foretold_is_told_once_the_pod_is_up() {
    let (mut book, story) = begun();
    let down = story.at(10).ends(2).counted();
    assert!(book.sees(&down).is_empty());
    let back = down.at(11).gone(2).created(2, 6).counted();
    assert!(book.sees(&back).is_empty(), "its revision may still get another number");
    assert_eq!(
        book.sees(&back.at(14).ready(2).counted()),
        [format!("{FORETOLD}web-2 came up on r6, not on r7.")]
    );
}

#[test]
fn a_pod_that_fails_and_stops_the_roll_is_told() {
    let (mut book, story) = begun();
    let (story, _) = restarts(&mut book, story, 2, 10);
    let story = story.at(20).ends(1).counted();
    book.sees(&story);
    let story = story.at(21).gone(1).created(1, 7).counted();
    book.sees(&story);
    let story = story.at(25).crashes(1).counted();
    assert!(book.sees(&story).is_empty(), "it may still come up");
    assert_eq!(
        book.sees(&story.at(90).crashes(1).counted()),
        [format!(
            "{FORETOLD}web-2 restarted and web-1 is not back yet, then web-1 fails (CrashLoopBackOff): it crashed 2 times (exit 137)."
        )]
    );
}

#[test]
fn a_set_that_rests_too_early_is_told() {
    let web = settled("web", 3).at(0);
    let mut book = Book::of(&web);
    book.acts(&web, "a1", Action::Scale { replicas: 5 });
    let scaled = web.at(1).scale(4).by_action("a1").observed(6);
    assert!(book.sees(&scaled).is_empty());
    let up = scaled.at(5).created(3, 6).ready(3).counted();
    let told = book.sees(&up);
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(
        told[0].ends_with("Happened: web-3 was created, then nothing more: web-4 was not created."),
        "{told:?}"
    );
}

#[test]
fn another_change_or_another_action_ends_the_comparison_silently() {
    let (mut book, story) = begun();
    let changed = story.clone().at(5).partition(3).by("kubectl-patch").observed(7);
    assert!(book.sees(&changed).is_empty() && !book.compares());
    let (mut book, story) = begun();
    book.acts(&story, "a2", Action::SetPartition { partition: 2 });
    let acted = story.at(5).partition(2).by_action("a2").observed(7);
    assert!(book.sees(&acted).is_empty());
    assert!(book.compares(), "with the forecast of the later one");
    let (story, told) = restarts(&mut book, acted, 2, 10);
    assert!(told.is_empty(), "{told:?}");
    let told = book.sees(&story.at(14).ends(1).counted());
    assert!(told[0].starts_with("Foretold: web-2 restarts on r7. Happened: web-2 restarted, then"));
}

#[test]
fn a_pod_that_the_panel_deletes_is_foretold_by_that_deletion() {
    let web = settled("web", 3).at(0);
    let mut book = Book::of(&web);
    let delete = Action::DeletePod { pod: "web-1".into(), uid: web.pod_uid(1) };
    book.acts(&web, "a1", delete);
    let down = web.at(1).ends(1).counted();
    assert!(book.sees(&down).is_empty() && book.compares());
    let back = down.at(2).gone(1).created(1, 6).counted();
    assert!(book.sees(&back).is_empty());
    assert!(book.sees(&back.clone().at(4).ready(1).counted()).is_empty());
    // In the middle of a roll it takes the place of the roll's forecast.
    let (mut book, story) = begun();
    book.acts(&story, "a2", Action::DeletePod { pod: "web-0".into(), uid: story.pod_uid(0) });
    assert!(book.sees(&story.at(5).ends(0).counted()).is_empty());
}

#[test]
fn an_abort_waits_for_its_own_deletions() {
    let web = settled("web", 3).partition(2).rolls_out(7, "16.4").at(0);
    let held = web.gone(2).created(2, 7).ready(2).counted();
    let mut book = Book::of(&held);
    let pods = vec![PodRef { pod: "web-2".into(), uid: held.pod_uid(2) }];
    book.acts(&held, "a1", Action::Abort { pods });
    let raised = held.at(1).partition(3).by_action("a1").observed(7);
    assert!(book.sees(&raised).is_empty(), "held, and nothing has moved yet");
    assert!(book.compares());
    let down = raised.at(2).ends(2).counted();
    assert!(book.sees(&down).is_empty());
    let back = down.at(3).gone(2).created(2, 7).counted();
    book.sees(&back);
    let told = book.sees(&back.at(5).ready(2).counted());
    assert_eq!(told, ["Foretold: web-2 restarts on r6. Happened: web-2 came up on r7, not on r6."]);
}

/// On a loaded machine the watch of sets was seen half a second behind that of pods.
#[test]
fn what_a_change_explains_that_is_seen_a_moment_later_is_no_deviation() {
    let canary = settled("web", 3).partition(2).at(0);
    let begun = || {
        let mut book = Book::of(&canary);
        book.acts(&canary, "a1", new_image());
        let seen = canary.clone().at(1).image("16.4").by_action("a1").observed(8);
        let seen = seen.revision(7, "16.4");
        assert!(book.glances(&seen).is_empty() && book.compares());
        let (seen, told) = restarts(&mut book, seen, 2, 3);
        assert!(told.is_empty() && book.compares());
        (book, seen)
    };
    // The panel advances, or somebody does by kubectl.
    for id in [Some("a2"), None] {
        let (mut book, story) = begun();
        if let Some(id) = id {
            book.acts(&story, id, Action::SetPartition { partition: 1 });
        }
        let down = story.at(9).ends(1).counted();
        assert!(book.glances(&down).is_empty());
        let seen = down.at(10).partition(1);
        let seen = id.map_or(seen.clone(), |id| seen.by_action(id)).observed(9);
        assert!(book.sees(&seen).is_empty());
        assert_eq!(book.compares(), id.is_some());
    }
    // Nobody did: it is told once, by the next look or by none.
    let (mut book, story) = begun();
    let down = story.at(9).ends(1).counted();
    assert!(book.glances(&down).is_empty());
    let gone = down.at(13).gone(1).counted();
    assert!(book.glances(&gone).is_empty());
    let told = book.glances(&gone.at(14).created(1, 6).counted());
    assert_eq!(
        told,
        ["Foretold: web-2 restarts on r7. Happened: web-2 restarted, then web-1 went down."]
    );
    assert!(!book.compares());
}

#[test]
fn a_stall_that_was_foretold_is_no_deviation() {
    let broken = settled("web", 3).crashes(0).counted().at(0);
    let mut book = Book::of(&broken);
    book.acts(&broken, "a1", new_image());
    assert!(book.deeds[0].forecast.as_ref().unwrap().stall.is_some());
    let seen = broken.at(1).image("16.4").by_action("a1").revision(7, "16.4").observed(7);
    assert!(book.sees(&seen).is_empty());
    assert!(book.sees(&seen.clone().at(90).counted()).is_empty());
    // It heals, and the roll goes on.
    let healed = seen.at(100).ready(0).counted();
    assert!(book.sees(&healed).is_empty());
    assert!(book.sees(&healed.at(101).ends(2).counted()).is_empty());
}

#[test]
fn a_stall_that_was_not_foretold_is_told_although_the_pod_was_in_the_way_before() {
    let stuck = settled("web", 3).at(-100).not_ready(0).counted().at(0);
    let mut book = Book::of(&stuck);
    // From what the journal holds of an action: that web-0 was stuck was not known to the forecast.
    book.acts(&stuck, "a1", new_image());
    let foretold = book.deeds[0].forecast.clone().unwrap();
    assert_eq!((foretold.stall, foretold.steps.len()), (None, 3));
    let seen = stuck.at(1).image("16.4").by_action("a1").revision(7, "16.4").observed(7);
    assert!(book.sees(&seen).is_empty());
    let later = seen.at(30).counted();
    assert!(book.sees(&later).is_empty(), "it may not be what the roll waits for");
    // A pod that goes all the same, as in a Parallel set, shows that.
    let mut parallel = Book { known: book.known.clone(), deeds: book.deeds.clone(), status: None };
    let down = later.clone().at(50).ends(2).counted();
    assert!(parallel.sees(&down).is_empty());
    let back = down.at(55).gone(2).created(2, 7).ready(2).counted();
    assert!(parallel.sees(&back).is_empty());
    assert!(parallel.sees(&back.clone().at(100).counted()).is_empty() && parallel.compares());
    let told = book.sees(&later.at(65).counted());
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(
        told[0].contains("web-0 is not Ready. Happened: web-0 does not get Ready (NotReady)"),
        "{told:?}"
    );
    assert!(!book.compares());
}

#[test]
fn a_pod_that_is_replaced_once_more_before_it_was_ready_is_the_same_restart() {
    let (mut book, story) = begun();
    let story = story.at(10).ends(2).counted();
    book.sees(&story);
    let story = story.at(11).gone(2).created(2, 7).counted();
    book.sees(&story);
    // Somebody, or the controller itself from a stale view, deletes it at once.
    assert!(book.sees(&story.clone().at(12).ends(2).counted()).is_empty());
    let story = story.at(13).gone(2).created(2, 7).ends(2).counted();
    assert!(book.sees(&story).is_empty());
    let story = story.at(14).gone(2).created(2, 7).ready(2).counted();
    assert!(book.sees(&story).is_empty());
    assert!(book.sees(&story.at(20).ends(1).counted()).is_empty());
}
