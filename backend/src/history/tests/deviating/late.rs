//! What was seen late, in another order than it happened, or not at all.

use super::*;

#[test]
fn a_set_that_rests_too_early_is_told_when_it_is_found_so_after_a_gap() {
    let (mut book, story) = begun();
    // The template was that of the pods after all.
    let back = story.at(500).renumbered(6, 8).observed(6);
    assert_eq!(
        book.finds(&back, 10),
        [format!("{FORETOLD}nothing more: web-0 to web-2 did not restart.")]
    );
    assert!(!book.compares());
}

#[test]
fn what_happened_while_nobody_looked_is_never_held_against_the_forecast() {
    let (mut book, story) = begun();
    // All is done, in whatever order, and a pod more than was needed.
    let done = story.clone().at(500);
    let done = [0, 1, 2].into_iter().fold(done, |s, o| s.gone(o).created(o, 7).ready(o));
    let done = done.counted();
    assert!(book.finds(&done, 10).is_empty());
    assert!(!book.compares(), "what comes now is something else");
    assert!(book.sees(&done.at(501).ends(0).counted()).is_empty());
    // Half of it is done: the rest is compared again.
    let (mut book, _) = begun();
    let half = story.at(500).gone(2).created(2, 7).ready(2).counted();
    assert!(book.finds(&half, 10).is_empty() && book.compares());
    assert_eq!(
        book.sees(&half.at(510).ends(0).counted()),
        [format!("{FORETOLD}web-2 restarted, then web-0 went down before web-1.")]
    );
}

#[test]
fn a_forecast_of_a_spec_that_was_overwritten_before_anybody_looked_is_not_compared() {
    let web = settled("web", 3).at(0);
    let mut book = Book::of(&web);
    book.acts(&web, "a1", Action::Scale { replicas: 4 });
    let both = web.at(1).scale(4).by_action("a1").scale(2).by("kubectl-scale").observed(6);
    assert!(book.sees(&both).is_empty() && !book.compares());
}

#[test]
fn pods_may_be_seen_to_move_before_the_action_is_seen_on_the_set() {
    let web = settled("web", 3).at(5);
    let mut book = Book::of(&web);
    book.acts(&web, "a1", new_image());
    // The watch of pods is ahead: web-2 is back already, on a revision that is not known yet.
    let down = web.clone().ends(2).counted();
    book.sees(&down);
    let back = down.gone(2).created(2, 7).ready(2);
    assert!(book.sees(&back).is_empty() && !book.compares());
    let seen = back.at(6).image("16.4").by_action("a1").revision(7, "16.4").observed(7);
    assert!(book.sees(&seen).is_empty() && book.compares());
    let (story, told) = restarts(&mut book, seen, 1, 10);
    assert!(told.is_empty(), "{told:?}");
    let (_, told) = restarts(&mut book, story, 0, 20);
    assert!(told.is_empty(), "{told:?}");
}

#[test]
fn pods_that_stop_are_done_once_they_end() {
    let web = settled("web", 3).at(0);
    let mut book = Book::of(&web);
    book.acts(&web, "a1", Action::Scale { replicas: 2 });
    // Its end is seen before the action is.
    let down = web.at(1).ends(2).counted();
    book.sees(&down);
    let scaled = down.at(2).scale(2).by_action("a1").observed(6);
    assert!(book.sees(&scaled).is_empty() && book.compares());
    assert!(book.sees(&scaled.at(3).gone(2).counted()).is_empty());
}

#[test]
fn pods_may_be_back_on_a_revision_that_is_taken_up_again_before_it_has_its_new_number() {
    let all = |s: Story, revision| {
        [0, 1, 2].into_iter().fold(s, |s, o| s.gone(o).created(o, revision).ready(o)).counted()
    };
    let web = all(settled("web", 3).rolls_out(7, "16.4"), 7).at(5);
    let mut book = Book::of(&web);
    let images = vec![ContainerImage { container: "postgres".into(), image: "pg/db:16.3".into() }];
    book.acts(&web, "a1", Action::SetImage { images, partition: None });
    let foretold = &book.deeds[0].forecast.as_ref().unwrap().sentence;
    assert!(foretold.starts_with("3 pods restart on r8"), "{foretold}");
    book.sees(&web.clone().ends(2).counted());
    let back = web.gone(2).created(2, 6).ready(2);
    assert!(book.sees(&back).is_empty() && !book.compares());
    let seen = back.at(6).image("16.3").by_action("a1").renumbered(6, 8).observed(6);
    assert!(book.sees(&seen).is_empty() && book.compares());
    assert_eq!(book.sees(&all(seen.at(20), 6)), Vec::<String>::new());
    assert!(book.compares(), "it rests as foretold");
}
