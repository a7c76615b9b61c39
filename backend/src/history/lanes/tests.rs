use super::*;
use crate::history::book::RevisionMark;
use crate::history::data::PodData;

const SECOND: i64 = 1_000;
const DAY: i64 = 86_400 * SECOND;

fn snapshot(replicas: u32) -> Data {
    let pods = (0..replicas).map(|o| {
        let uid = format!("p{o}");
        (o, ScenePod { uid, revision: "web-a".into(), state: PodState::Ready })
    });
    Data::Snapshot {
        scene: Scene {
            replicas,
            update: "web-a".into(),
            strategy: "RollingUpdate".into(),
            labels: [("web-a".to_owned(), "r6".to_owned())].into(),
            pods: pods.collect(),
            ..Scene::default()
        },
    }
}

fn pod(ordinal: u32, revision: &str, state: PodState) -> Data {
    let label = if revision == "web-a" { "r6" } else { "r7" };
    Data::Pod {
        pod: PodData {
            ordinal: Some(ordinal),
            uid: format!("p{ordinal}"),
            revision: revision.into(),
            label: label.into(),
            state,
            restarts: 0,
        },
    }
}

fn gone(ordinal: u32) -> Data {
    Data::PodGone { ordinal: Some(ordinal), uid: format!("p{ordinal}") }
}

/// `0 ready r6, 10 ending r6, …` in seconds.
fn words(lane: &Lane) -> String {
    let word = |r: &Run| {
        let state = format!("{:?}", r.state).to_lowercase();
        let revision = r.revision.as_ref().map(|l| format!(" {l}")).unwrap_or_default();
        format!("{} {state}{revision}", r.at.as_second())
    };
    lane.runs.iter().map(word).collect::<Vec<_>>().join(", ")
}

#[test]
fn a_restart_is_told_from_the_end_of_the_old_pod_to_the_new_one_being_ready() {
    let mut drawing = Drawing::new(0, 600 * SECOND);
    drawing.play(-5, &snapshot(2));
    drawing.play(10 * SECOND, &pod(1, "web-a", PodState::Ending));
    drawing.play(12 * SECOND, &gone(1));
    drawing.play(14 * SECOND, &pod(1, "web-b", PodState::Starting));
    drawing.play(60 * SECOND, &pod(1, "web-b", PodState::Ready));
    let (lanes, left_out, holds) = drawing.finish();
    assert_eq!(lanes[0].ordinal, 1, "the highest on top");
    let told = "0 ready r6, 10 ending r6, 12 down, 14 starting r7, 60 ready r7";
    assert_eq!(words(&lanes[0]), told);
    assert_eq!(words(&lanes[1]), "0 ready r6");
    assert_eq!((left_out, holds.len()), (0, 0));
}

#[test]
fn an_ordinal_is_absent_before_it_is_wanted_and_after_it_has_left() {
    let mut drawing = Drawing::new(0, 100 * SECOND);
    drawing.play(0, &snapshot(1));
    drawing.play(10 * SECOND, &Data::Scale { from: 1, to: 2, start: 0 });
    drawing.play(11 * SECOND, &pod(1, "web-a", PodState::Starting));
    drawing.play(12 * SECOND, &pod(1, "web-a", PodState::Ready));
    drawing.play(50 * SECOND, &Data::Scale { from: 2, to: 1, start: 0 });
    drawing.play(51 * SECOND, &gone(1));
    let (lanes, ..) = drawing.finish();
    let told = "0 absent, 10 down, 11 starting r6, 12 ready r6, 51 absent";
    assert_eq!(words(&lanes[0]), told);
}

#[test]
fn what_is_shorter_than_a_pixel_is_merged_and_the_worse_stays() {
    let mut drawing = Drawing::new(0, 1_200 * SECOND);
    drawing.play(0, &snapshot(1));
    drawing.play(100 * SECOND, &pod(0, "web-a", PodState::Starting));
    drawing.play(100 * SECOND + 200, &pod(0, "web-a", PodState::Failing));
    drawing.play(100 * SECOND + 400, &pod(0, "web-a", PodState::Ready));
    let (lanes, ..) = drawing.finish();
    assert_eq!(words(&lanes[0]), "0 ready r6, 100 failing r6, 101 ready r6");
}

#[test]
fn a_pod_stays_on_its_revision_when_that_gets_another_number() {
    let mut drawing = Drawing::new(0, 600 * SECOND);
    drawing.play(0, &snapshot(2));
    drawing.play(100 * SECOND, &pod(1, "web-b", PodState::Ready));
    let Data::Pod { pod: mut back } = pod(1, "web-a", PodState::Ready) else { unreachable!() };
    "r8".clone_into(&mut back.label);
    drawing.play(200 * SECOND, &Data::Pod { pod: back });
    let (lanes, ..) = drawing.finish();
    assert_eq!(words(&lanes[0]), "0 ready r6, 100 ready r7, 200 ready r8");
    assert_eq!(words(&lanes[1]), "0 ready r6", "nothing happened to it");
    let now = |lane: &Lane| lane.runs.iter().map(|r| r.revision_now.clone()).collect::<Vec<_>>();
    assert_eq!(now(&lanes[0]), [Some("r8".to_owned()), None, None]);
    assert_eq!(now(&lanes[1]), [Some("r8".to_owned())]);
}

#[test]
fn another_set_of_the_same_name_gives_no_revision_another_number() {
    let mut drawing = Drawing::new(0, 600 * SECOND);
    drawing.play(0, &snapshot(1));
    drawing.play(100 * SECOND, &Data::Deleted {});
    let Data::Pod { pod: mut anew } = pod(0, "web-a", PodState::Ready) else { unreachable!() };
    "r1".clone_into(&mut anew.label);
    drawing.play(200 * SECOND, &snapshot(1));
    drawing.play(200 * SECOND, &Data::Pod { pod: anew });
    let (lanes, ..) = drawing.finish();
    let now: Vec<_> = lanes[0].runs.iter().map(|r| r.revision_now.as_deref()).collect();
    assert_eq!(now, [None, None, Some("r1")], "{lanes:?}");
}

#[test]
fn sixty_crash_loops_of_a_fortnight_stay_within_what_a_page_draws() {
    let mut drawing = Drawing::new(0, 14 * DAY);
    drawing.play(0, &snapshot(60));
    for round in 1..3_000 {
        let at = round * 400 * SECOND;
        for ordinal in 0..60 {
            drawing.play(at, &pod(ordinal, "web-b", PodState::Failing));
            drawing.play(at + 200 * SECOND, &pod(ordinal, "web-b", PodState::Ready));
        }
    }
    let (lanes, ..) = drawing.finish();
    assert_eq!(lanes.len(), 60);
    let runs: usize = lanes.iter().map(|l| l.runs.len()).sum();
    assert!(runs <= RUNS, "{runs}");
    assert!(runs > 60, "they are still told");
    let failing = |l: &Lane| l.runs.iter().any(|r| r.state == RunState::Failing);
    assert!(lanes.iter().all(failing), "the worse one is what stays");
    for lane in &lanes {
        assert!(lane.runs.is_sorted_by(|a, b| a.at < b.at));
    }
}

#[test]
fn a_set_that_wants_millions_shows_its_highest_followed_ordinals() {
    let mut drawing = Drawing::new(0, DAY);
    let scene = Scene { replicas: 3_000_000_000, ..Scene::default() };
    drawing.play(0, &Data::Snapshot { scene });
    let (lanes, left_out, _) = drawing.finish();
    assert_eq!(lanes.len(), LANES);
    assert_eq!(left_out as usize, FOLLOWED as usize - LANES);
}

#[test]
fn holds_are_told_with_their_times_also_those_that_began_before() {
    let mut drawing = Drawing::new(100, 1_000);
    drawing.play(0, &snapshot(2));
    let partition = |to| Data::Partition { from: None, to, held: 0 };
    drawing.play(10, &partition(Some(1)));
    let mark = RevisionMark { name: "web-b".into(), label: "r7".into(), hash: None };
    drawing.play(20, &Data::Template { from: None, to: mark, restart: false });
    drawing.play(300, &partition(Some(0)));
    drawing.play(500, &partition(Some(2)));
    let (_, _, holds) = drawing.finish();
    let ms = |s: &Span| (s.from.as_millisecond(), s.to.as_millisecond());
    assert_eq!(holds.iter().map(ms).collect::<Vec<_>>(), [(100, 300), (500, 1_000)]);
}
