//! The time before it is certain whose history this is.

use std::collections::HashMap;
use std::pin::pin;
use std::time::Duration;

use tokio::sync::mpsc;

use crate::clock::Clock;
use crate::live::{Change, Live};

/// Templates kept for the recorder. The watches bring each only once.
const TEMPLATES: usize = 10_000;
/// How often statuses are looked at whose time has come.
const TICK: Duration = Duration::from_secs(1);

/// Shows what the watches bring until `met` is ready. Answers with it the templates that came, by hash: of all else
/// the recorder takes stock when it begins.
pub(super) async fn show_until<T>(
    live: &Live,
    clock: &Clock,
    changes: &mut mpsc::Receiver<Change>,
    met: impl Future<Output = T>,
) -> (T, HashMap<String, String>) {
    let mut met = pin!(met);
    let mut templates = HashMap::new();
    let mut open = true;
    loop {
        tokio::select! {
            met = &mut met => return (met, templates),
            change = changes.recv(), if open => match change {
                Some(Change::Template { hash, template }) if templates.len() < TEMPLATES => {
                    templates.insert(hash, template);
                }
                Some(change) => {
                    live.apply(change, clock.now());
                }
                // The watches have ended, because the server is stopping.
                None => open = false,
            },
            () = tokio::time::sleep(TICK) => {
                live.tick(clock.now());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use model::status::Settings;
    use tokio::sync::oneshot;

    use super::*;
    use crate::live::Scope;
    use crate::live::testing::*;

    #[tokio::test]
    async fn sets_are_shown_and_watches_say_why_they_fail_before_the_cluster_was_met() {
        let live = Live::new(&Scope::All, Settings::default(), at(0));
        let clock = Clock::from_fn(|| at(1));
        let (tell, mut changes) = mpsc::channel(16);
        let (meet, met) = oneshot::channel();
        let showing = tokio::spawn({
            let live = live.clone();
            async move { show_until(&live, &clock, &mut changes, met).await }
        });
        let template = Change::Template { hash: "h".to_owned(), template: "{}".to_owned() };
        tell.send(template).await.unwrap();
        let web = a_set("shop/web").of(1);
        for list in lists_of([a_pod_of(&web, 0).object(), web.object()]) {
            tell.send(list).await.unwrap();
        }
        live.until_synced().await;
        assert!(live.row(&key("shop/web")).is_some());
        meet.send(()).unwrap();
        let (met, templates) = showing.await.unwrap();
        met.unwrap();
        assert_eq!(templates.get("h").map(String::as_str), Some("{}"));
    }
}
