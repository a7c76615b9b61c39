//! What made a pod go may be seen after the pod.

use super::*;

const NOBODY: &str = "web-1 went down (r6); Kubernetes does not keep who deletes a pod";

#[tokio::test]
async fn a_pod_that_is_seen_to_go_before_its_cause_is_told_behind_it() {
    let Temporary { store, folder: _folder } = store().await;
    let run = Run::start(&store, 0).await;
    let held = settled("web", 2).partition(2).rolls_out(7, "16.4");
    run.first_look(0, &[&held]);
    let gone = run.sees(5, held.clone().at(5).ends(1));
    // It waits no longer than a moment: this is the same second.
    run.sees(5, gone.partition(1).by("kubectl-patch").observed(7));
    run.recorder.flush().await;
    assert_eq!(
        told(&store).await[2..],
        [
            "kubectl: moved the partition from 2 to 1: web-1 gets r7, web-0 stays on r6",
            "web-1 went down (r6)",
        ]
    );
    run.stop().await;
}

#[tokio::test]
async fn a_roll_is_told_before_its_first_pod_though_its_revision_is_seen_last() {
    let Temporary { store, folder: _folder } = store().await;
    let run = Run::start(&store, 0).await;
    let web = settled("web", 2);
    run.first_look(0, &[&web]);
    let edited = run.sees(5, web.image("16.4").by("helm"));
    let early = run.sees(6, edited.observed(7));
    let gone = run.sees(6, early.at(6).ends(1));
    run.sees(6, gone.revision(7, "16.4"));
    run.recorder.flush().await;
    assert_eq!(
        told(&store).await[1..],
        [
            "Helm: image of postgres from 16.3 to 16.4: revision r7 appears; web-0 and web-1 get r7",
            "web-1 went down (r6)",
        ]
    );
    run.stop().await;
}

#[tokio::test]
async fn what_has_no_cause_is_told_all_the_same_and_in_order() {
    let Temporary { store, folder: _folder } = store().await;
    let run = Run::start(&store, 0).await;
    let web = settled("web", 2);
    run.first_look(0, &[&web]);
    let gone = run.sees(5, web.at(5).ends(1));
    let made = run.sees(6, gone.at(6).gone(1).created(1, 6));
    // A change that comes later is no cause.
    run.sees(40, made.at(40).ready(1).scale(1).by("kubectl-scale"));
    run.stop().await;
    assert_eq!(
        told(&store).await[1..],
        [
            NOBODY,
            "web-1 was created on r6",
            "kubectl: scaled from 2 to 1: web-1 goes",
            "web-1 came back Ready on r6 after 35 s",
        ]
    );
}

#[tokio::test]
async fn what_waits_for_its_cause_is_found_again_after_a_crash() {
    let Temporary { store, folder: _folder } = store().await;
    let run = Run::start(&store, 0).await;
    let web = settled("web", 2);
    run.first_look(0, &[&web]);
    run.recorder.flush().await;
    let gone = run.sees(5, web.at(5).ends(1));
    run.task.abort();
    assert!(run.task.await.unwrap_err().is_cancelled());
    let run = Run::start(&store, 6).await;
    run.first_look(6, &[&gone]);
    run.recorder.flush().await;
    let all = told(&store).await;
    assert_eq!(all.iter().filter(|line| line.contains("web-1 went down")).count(), 1, "{all:?}");
    run.stop().await;
}

#[tokio::test]
async fn an_abort_is_kept_with_what_was_wrong_until_something_takes_its_place() {
    let Temporary { store, folder: _folder } = store().await;
    let run = Run::start(&store, 0).await;
    let rolling = settled("web", 3).partition(2).rolls_out(7, "16.4");
    let uid = rolling.facts.set.uid.clone();
    let broken = rolling.gone(2).created(2, 7).at(9).crashes(2);
    run.first_look(9, &[&broken]);
    let pods = vec![model::action::PodRef { pod: "web-2".into(), uid: broken.pod_uid(2) }];
    store.begin(&entry(&broken, "a1", Action::Abort { pods })).await.unwrap();
    let held = run.sees(12, broken.at(12).partition(3).by_action("a1").observed(7));
    let fell = run.sees(14, held.at(14).gone(2).created(2, 6).at(15).ready(2));
    run.recorder.flush().await;
    let noted = store.held(&uid).await.unwrap().expect("it is held");
    assert_eq!(noted.by.name.as_deref(), Some("mara.lind"));
    assert_eq!(noted.aborted.as_deref(), Some("web-rev7"));
    assert_eq!(noted.because.as_deref(), Some("web-2 crashed (exit 137)"));
    let all = told(&store).await;
    let line = "mara.lind: holds r7 back from every pod: web-2 falls back to r6, web-0 and web-1 stay on r6";
    assert!(all.iter().any(|told| told == line), "{all:?}");
    run.stop().await;

    // It survives a restart, and ends with the next step.
    let run = Run::start(&store, 20).await;
    run.first_look(20, &[&fell]);
    run.recorder.flush().await;
    assert_eq!(store.held(&uid).await.unwrap(), Some(noted));
    run.sees(30, fell.at(30).partition(2).by("kubectl-patch").observed(7));
    run.recorder.flush().await;
    assert_eq!(store.held(&uid).await.unwrap().and_then(|held| held.aborted), None);
    run.stop().await;
}

#[tokio::test]
async fn revisions_are_told_with_whether_their_templates_are_kept() {
    let Temporary { store, folder: _folder } = store().await;
    let run = Run::start(&store, 0).await;
    let one = settled("web", 1);
    run.first_look(0, &[&one]);
    run.recorder.template("hash-16.4".into(), r#"{"a":2}"#.into());
    run.sees(3, one.at(3).rolls_out(7, "16.4"));
    run.recorder.flush().await;
    let all = store.revisions(&web()).await.unwrap();
    let told: Vec<_> = all.iter().map(|r| (r.label(), r.kept)).collect();
    assert_eq!(told, [("r7".to_owned(), true), ("r6".to_owned(), false)]);
    run.stop().await;
}
