//! A database that does not take what is written.

use super::*;

/// Fails as often as it is told to, and keeps what it takes.
#[derive(Default)]
struct Shaky {
    failures: Mutex<u32>,
    taken: Mutex<Vec<Batch>>,
}

#[async_trait]
impl Ledger for Shaky {
    async fn remember(&self) -> anyhow::Result<Memory> {
        Ok(Memory::default())
    }

    async fn paces(&self, _: &[String]) -> anyhow::Result<HashMap<String, Vec<u64>>> {
        Ok(HashMap::new())
    }

    async fn write(&self, batch: &Batch) -> anyhow::Result<()> {
        let mut left = self.failures.lock().unwrap();
        if *left > 0 {
            *left -= 1;
            anyhow::bail!("the disk is full");
        }
        self.taken.lock().unwrap().push(batch.clone());
        Ok(())
    }

    async fn deeds(&self, _: &[String], _: i64) -> anyhow::Result<Vec<Deed>> {
        Ok(Vec::new())
    }
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_written_now_is_written_later_and_in_order() {
    let shaky = Arc::new(Shaky::default());
    let clock = Clock::from_fn(|| second(0));
    let (standing, mut unrecorded) = crate::history::recorder::standing();
    let (recorder, task) =
        Recorder::start(Arc::clone(&shaky) as _, clock, News::default(), standing).await.unwrap();
    let s = settled("web", 2);
    recorder.catch_up(second(0), vec![s.found()], Scope::All);
    recorder.flush().await;
    *shaky.failures.lock().unwrap() = 3;
    let s = s.at(1).scale(3);
    recorder.changed(s.changed());
    recorder.changed(s.at(2).scale(4).changed());
    let trouble = unrecorded.wait_for(Option::is_some).await.unwrap().clone().unwrap();
    assert_eq!(trouble.since, second(0), "until then all is written");
    recorder.flush().await;
    assert_eq!(*unrecorded.borrow(), None, "and it is over");
    drop(recorder);
    task.await.unwrap();
    assert_eq!(
        shaky.sentences()[1..],
        ["scaled from 2 to 3: web-2 comes", "scaled from 3 to 4: web-3 comes"]
    );
}

#[tokio::test(start_paused = true)]
async fn what_waits_has_an_end_and_what_did_not_fit_is_a_gap() {
    let shaky = Arc::new(Shaky::default());
    let clock = Clock::from_fn(|| second(0));
    let (recorder, task) = Recorder::start(
        Arc::clone(&shaky) as _,
        clock,
        News::default(),
        crate::history::recorder::standing().0,
    )
    .await
    .unwrap();
    let (web, db) = (settled("web", 2), settled("db", 1));
    recorder.catch_up(second(0), vec![web.found(), db.found()], Scope::All);
    recorder.flush().await;
    *shaky.failures.lock().unwrap() = 3;
    let mut web = web;
    for n in 1..=20_000_i64 {
        web = web.at(n).scale(if n % 2 == 0 { 2 } else { 3 });
        recorder.changed(web.changed());
    }
    recorder.template("late".into(), "{}".into());
    recorder.changed(db.at(20_001).scale(2).changed());
    let web = web.at(20_002).scale(5);
    recorder.changed(web.changed());
    recorder.flush().await;
    let told = shaky.sentences();
    assert!(told.len() < 15_000, "{} events were kept", told.len());
    let end: Vec<&str> = told[told.len() - 4..].iter().map(String::as_str).collect();
    assert!(end[0].starts_with("the panel did not look for"), "{end:?}");
    assert!(end[1].starts_with("scaled from 1 to 2"), "{end:?}");
    assert!(end[2].starts_with("the panel did not look for"), "{end:?}");
    assert!(end[3].starts_with("scaled from 2 to 5"), "{end:?}");
    let templates = |w: &Write| matches!(w, Write::Template { hash, .. } if hash == "late");
    assert!(shaky.taken.lock().unwrap().iter().flat_map(|b| &b.writes).any(templates));
    // The queue is used again.
    recorder.changed(web.at(30_000).scale(6).changed());
    recorder.flush().await;
    assert_eq!(shaky.sentences().last().unwrap(), "scaled from 5 to 6: web-5 comes");
    drop(recorder);
    task.await.unwrap();
}

impl Shaky {
    /// What it was told so far.
    fn sentences(&self) -> Vec<String> {
        let taken = self.taken.lock().unwrap();
        taken
            .iter()
            .flat_map(|b| &b.writes)
            .filter_map(|w| match w {
                Write::Event { happened, .. } if !happened.sentence.is_empty() => {
                    Some(happened.sentence.clone())
                }
                _ => None,
            })
            .collect()
    }
}

#[tokio::test]
async fn a_batch_is_written_whole_or_not_at_all() {
    let Temporary { store, folder: _folder } = store().await;
    let s = settled("web", 1);
    let look = Look { at: 1, since: 1, gap: None, deeds: &[], status: None };
    let mut writes = step::first(&s.facts, look).writes;
    let stranger = Write::SetDeleted { uid: "web-uid".into(), at: 1 };
    let pod = KnownPod { uid: "x".into(), ..Known::of(&s.facts, None).pods[0].clone() };
    writes.push(Write::Pod { set_uid: "nobody".into(), pod: Box::new(pod) });
    writes.push(stranger);
    let batch = Batch { writes, known: vec![], looked_until: Some(7) };
    store.write(&batch).await.unwrap_err();
    assert!(told(&store).await.is_empty());
    assert_eq!(store.remember().await.unwrap().looked_until, None);
}

/// Panics at the first write.
struct Fatal;

#[async_trait]
impl Ledger for Fatal {
    async fn remember(&self) -> anyhow::Result<Memory> {
        Ok(Memory::default())
    }

    async fn paces(&self, _: &[String]) -> anyhow::Result<HashMap<String, Vec<u64>>> {
        Ok(HashMap::new())
    }

    async fn write(&self, _: &Batch) -> anyhow::Result<()> {
        panic!("an error of our own")
    }

    async fn deeds(&self, _: &[String], _: i64) -> anyhow::Result<Vec<Deed>> {
        Ok(Vec::new())
    }
}

#[tokio::test]
async fn a_history_that_ended_by_a_panic_says_so() {
    let clock = Clock::from_fn(|| second(7));
    let (standing, mut unrecorded) = crate::history::recorder::standing();
    let (recorder, task) =
        Recorder::start(Arc::new(Fatal), clock, News::default(), standing).await.unwrap();
    recorder.catch_up(second(0), vec![settled("web", 2).found()], Scope::All);
    recorder.flush().await;
    let told = unrecorded.wait_for(Option::is_some).await.unwrap().clone().unwrap();
    assert_eq!(told.since, second(7));
    assert!(told.reason.contains("started again"), "{}", told.reason);
    task.await.unwrap();
}
