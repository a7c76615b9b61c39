use crate::history::known::Known;
use crate::history::ledger::{Batch, Ledger, Write};
use crate::history::step::{self, Look};
use crate::history::tests::builder::{Story, ms_of, second, settled};
use crate::store::testing::{Temporary, store};
use crate::store::{Pruned, Store};

fn look(story: &Story) -> Look<'static> {
    Look { at: story.now(), since: ms_of(0), gap: None, deeds: &[], status: None }
}

async fn write(store: &Store, writes: Vec<Write>, known: Option<&Known>) {
    let known = known.cloned().into_iter().collect();
    store.write(&Batch { writes, known, looked_until: Some(1) }).await.unwrap();
}

pub(super) async fn tell(store: &Store, stories: &[Story]) -> Known {
    let step = step::first(&stories[0].facts, look(&stories[0]));
    write(store, step.writes, Some(&step.known)).await;
    let mut known = step.known;
    for story in &stories[1..] {
        let step = step::next(&known, &story.facts, look(story));
        write(store, step.writes, Some(&step.known)).await;
        known = step.known;
    }
    known
}

async fn count(store: &Store, sql: &'static str) -> i64 {
    sqlx::query_scalar(sql).fetch_one(&store.read).await.unwrap()
}

const DAY: i64 = 86_400;

#[tokio::test]
async fn what_is_old_goes_and_the_moments_since_can_still_be_drawn() {
    let Temporary { store, folder: _folder } = store().await;
    let web = settled("web", 2);
    let r7 = web.clone().at(10).rolls_out(7, "16.4");
    let r7 = [
        r7.clone(),
        r7.at(20).gone(1).created(1, 7).ready(1).gone(0).created(0, 7).ready(0).counted(),
    ];
    // A day later the first event brings a snapshot.
    let scaled = r7[1].clone().at(2 * DAY).scale(3).observed(7);
    let created = scaled.clone().at(2 * DAY + 60).created(2, 7);
    let late = created.clone().at(9 * DAY).ready(2).counted();
    tell(&store, &[web, r7[0].clone(), r7[1].clone(), scaled, created, late]).await;
    let key = model::set::SetKey::new("shop", "web");
    let cutoff = second(5 * DAY);
    let mut before = Vec::new();
    for at in [5 * DAY, 8 * DAY, 9 * DAY, 20 * DAY] {
        before.push(store.moment(&key, second(at)).await.unwrap());
    }

    let pruned = store.prune(cutoff, 3).await.unwrap();
    assert!(pruned.events > 5, "{pruned:?}");
    assert_eq!(pruned.rollouts, 1);
    let mut after = Vec::new();
    for at in [5 * DAY, 8 * DAY, 9 * DAY, 20 * DAY] {
        after.push(store.moment(&key, second(at)).await.unwrap());
    }
    assert_eq!(before, after);
    assert!(after.iter().all(Option::is_some));
    assert_eq!(store.prune(cutoff, 3).await.unwrap(), Pruned::default(), "once is enough");
    let ended = "select count(*) from pod_run where deleted is not null";
    assert_eq!(count(&store, ended).await, 0);
    assert_eq!(count(&store, "select count(*) from pod_run").await, 3);
}

#[tokio::test]
async fn an_open_rollout_stays_with_its_events_however_old_it_is() {
    let Temporary { store, folder: _folder } = store().await;
    let web = settled("web", 2);
    let held = web.clone().at(10).partition(1).rolls_out(7, "16.4");
    let scaled = held.clone().at(3 * DAY).scale(3).observed(7);
    tell(&store, &[web, held, scaled]).await;
    let inside = "select count(*) from event where rollout is not null";
    let events = count(&store, inside).await;
    assert!(events > 0);
    store.prune(second(300 * DAY), 100).await.unwrap();
    assert_eq!(count(&store, "select count(*) from rollout where ended is null").await, 1);
    assert_eq!(count(&store, inside).await, events);
}

#[tokio::test]
async fn a_set_that_is_gone_long_enough_goes_with_its_templates() {
    let Temporary { store, folder: _folder } = store().await;
    let web = settled("web", 1);
    let known = tell(&store, std::slice::from_ref(&web)).await;
    for (hash, template) in [("hash-16.3", "{}"), ("hash-new", "{}")] {
        let at = if hash == "hash-new" { ms_of(9 * DAY) } else { ms_of(0) };
        let write_one = Write::Template { hash: hash.into(), template: template.into(), at };
        write(&store, vec![write_one], None).await;
    }
    write(&store, step::gone(&known, look(&web.at(DAY))), None).await;
    store.prune(second(DAY / 2), 10).await.unwrap();
    assert_eq!(count(&store, "select count(*) from stateful_set").await, 1, "not yet");
    let pruned = store.prune(second(5 * DAY), 10).await.unwrap();
    assert_eq!((pruned.sets, pruned.templates), (1, 1));
    for table in [
        "select count(*) from stateful_set",
        "select count(*) from event",
        "select count(*) from pod_run",
        "select count(*) from set_revision",
    ] {
        assert_eq!(count(&store, table).await, 0, "{table}");
    }
    let kept: Vec<String> =
        sqlx::query_scalar("select hash from revision").fetch_all(&store.read).await.unwrap();
    assert_eq!(kept, ["hash-new"]);
}

#[tokio::test]
async fn a_revision_of_a_living_set_goes_once_kubernetes_and_all_rollouts_have_forgotten_it() {
    let Temporary { store, folder: _folder } = store().await;
    let web = settled("web", 1);
    let uid = web.facts.set.uid.clone();
    let r7 = web.clone().at(10).rolls_out(7, "16.4");
    let r7 = r7.at(20).gone(0).created(0, 7).ready(0).counted();
    let known = tell(&store, &[web, r7.clone()]).await;
    let hashes: Vec<String> = known.revisions.iter().map(|r| r.hash.clone()).collect();
    assert_eq!(hashes.len(), 2);
    for hash in hashes {
        let write_one = Write::Template { hash, template: "{}".into(), at: ms_of(0) };
        write(&store, vec![write_one], None).await;
    }
    let names = || async {
        sqlx::query_scalar::<_, String>(
            "select name from set_revision where set_uid = ?1 order by number",
        )
        .bind(&uid)
        .fetch_all(&store.read)
        .await
        .unwrap()
    };
    let both = names().await;
    store.prune(second(DAY), 10).await.unwrap();
    assert_eq!(names().await, both, "Kubernetes has both");

    // The limit of the revision history takes the older one away.
    let mut forgotten = r7.at(2 * DAY).scale(2).observed(7);
    forgotten.facts.revisions.retain(|r| r.name == both[1]);
    let step = step::next(&known, &forgotten.facts, look(&forgotten));
    write(&store, step.writes, Some(&step.known)).await;
    store.prune(second(0), 10).await.unwrap();
    assert_eq!(names().await, both, "the rollout from it is kept");
    let pruned = store.prune(second(5 * DAY), 10).await.unwrap();
    assert_eq!(pruned.templates, 1);
    assert_eq!(names().await, both[1..]);
}
