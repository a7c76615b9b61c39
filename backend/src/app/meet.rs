//! Meeting the cluster: its identity, its version, and whom it takes the panel for.

use std::sync::Arc;
use std::time::Duration;

use model::controller::Version;
use tokio::sync::{Notify, RwLock};
use tokio_util::sync::CancellationToken;

use crate::clock::Clock;
use crate::cluster::{ApiError, ApiErrorKind, Caller, Cluster, ClusterInfo};
use crate::http::state::ClusterLabel;
use crate::identity::Identity;
use crate::live::Live;
use crate::store::{Store, StoreError};

/// Between two attempts to reach an API server that does not answer.
const AGAIN: Duration = Duration::from_secs(3);
/// How often the API server is asked for its version.
const UPGRADES: Duration = Duration::from_mins(5);
/// The identity of a cluster whose own one may not be read. A database of this identity fits every cluster.
const UNREAD: &str = "unread";

pub(super) struct Meeting {
    pub(super) cluster: Arc<dyn Cluster>,
    pub(super) store: Store,
    pub(super) identity: Arc<Identity>,
    pub(super) label: Arc<RwLock<ClusterLabel>>,
    pub(super) live: Live,
    pub(super) clock: Clock,
}

impl Meeting {
    /// Asks until the cluster has answered, then binds the database to it. Nothing may be recorded before.
    ///
    /// Whoever may not read the namespace kube-system (a team with rights in its own namespaces only) gets a history all
    /// the same; only that the database is of this cluster is then not checked.
    ///
    /// # Errors
    /// If the database belongs to another cluster.
    pub(super) async fn meet(&self, stop: &CancellationToken) -> Result<(), StoreError> {
        let Some(info) = self.info(stop).await else { return Ok(()) };
        let name = {
            let mut label = self.label.write().await;
            label.id.clone_from(&info.uid);
            label.version.clone_from(&info.version);
            label.name.clone()
        };
        self.live.set_kubernetes(version(&info));
        let bound = self.store.cluster().await?;
        let uid = match (info.uid, bound) {
            (Some(uid), Some(bound)) if bound != UNREAD => uid,
            (Some(uid), None) => uid,
            (_, Some(bound)) => {
                tracing::warn!(
                    "whether the database belongs to this cluster is not checked: one of the two has no identity"
                );
                bound
            }
            (None, None) => {
                tracing::warn!(
                    "the identity of the cluster (get namespace kube-system) may not be read: the database would fit another cluster too"
                );
                UNREAD.to_owned()
            }
        };
        self.store.bind_cluster(&uid, &name, self.clock.now()).await?;
        tracing::info!(cluster = name, version = info.version, "met the cluster");
        Ok(())
    }

    /// Asks for the API server's version again from time to time and whenever a watch came back: a cluster is upgraded under
    /// a panel that runs, and forecasts go by its version. Never ends.
    pub(super) async fn keep_up(&self, reconnected: &Notify) {
        loop {
            tokio::select! {
                () = reconnected.notified() => {}
                () = tokio::time::sleep(UPGRADES) => {}
            }
            // What cannot be asked or read now stays as it was.
            let Ok(info) = self.cluster.info().await else { continue };
            let Some(text) = &info.version else { continue };
            let mut label = self.label.write().await;
            if label.version.as_ref() != Some(text) {
                tracing::info!(version = text, "the API server's version");
                label.version = Some(text.clone());
                self.live.set_kubernetes(version(&info));
            }
        }
    }

    async fn info(&self, stop: &CancellationToken) -> Option<ClusterInfo> {
        let why = "the cluster cannot be reached yet";
        self.until_answered(stop, why, || self.cluster.info()).await
    }

    /// Asks until the cluster has said whom it takes the panel for.
    pub(super) async fn introduce(&self, stop: &CancellationToken) {
        let who = || async {
            match self.cluster.who_am_i(&Caller::Panel).await {
                Ok(who) => Ok(Some(who)),
                // It will not change its mind.
                Err(e) if matches!(e.kind, ApiErrorKind::Forbidden | ApiErrorKind::NotFound) => {
                    tracing::warn!("the cluster does not say who the panel is: {e}");
                    Ok(None)
                }
                Err(e) => Err(e),
            }
        };
        let why = "the cluster does not say yet who the panel is";
        if let Some(Some((user, groups))) = self.until_answered(stop, why, who).await {
            self.identity.panel_is(user, groups);
        }
    }

    /// `None` if it is told to stop before.
    async fn until_answered<T, F>(
        &self,
        stop: &CancellationToken,
        why: &str,
        ask: impl Fn() -> F,
    ) -> Option<T>
    where
        F: Future<Output = Result<T, ApiError>>,
    {
        let mut told = None;
        loop {
            match ask().await {
                Ok(answer) => return Some(answer),
                Err(e) if told.as_ref() != Some(&e) => {
                    tracing::warn!("{why}: {e}");
                    told = Some(e);
                }
                Err(_) => {}
            }
            tokio::select! {
                () = stop.cancelled() => return None,
                () = tokio::time::sleep(AGAIN) => {}
            }
        }
    }
}

/// The version by whose rules forecasts are made.
fn version(info: &ClusterInfo) -> Option<Version> {
    info.version.as_deref().and_then(Version::parse)
}

#[cfg(test)]
mod tests {
    use model::status::Settings;

    use super::*;
    use crate::actions::testing::{FakeCluster, error};
    use crate::identity::testing::Panel;
    use crate::live::Scope;

    async fn meeting(cluster: FakeCluster) -> (Meeting, Panel) {
        let panel = Panel::new().await;
        let meeting = Meeting {
            cluster: Arc::new(cluster),
            store: panel.store.clone(),
            identity: panel.identity.clone(),
            label: Arc::default(),
            live: Live::new(&Scope::All, Settings::default(), panel.time.clock().now()),
            clock: panel.time.clock(),
        };
        (meeting, panel)
    }

    fn info(uid: Option<&str>) -> ClusterInfo {
        ClusterInfo { uid: uid.map(str::to_owned), version: Some("v1.36.3".to_owned()) }
    }

    #[tokio::test]
    async fn without_the_right_to_read_kube_system_there_is_a_history_all_the_same() {
        let stop = CancellationToken::new();
        let cluster = FakeCluster::default();
        cluster.tell_info(Ok(info(None)));
        let (mut meeting, panel) = meeting(cluster).await;
        meeting.meet(&stop).await.unwrap();
        assert!(panel.store.cluster().await.unwrap().is_some(), "it can be recorded");
        let label = meeting.label.read().await.clone();
        assert_eq!((label.id, label.version.as_deref()), (None, Some("v1.36.3")));

        // The right is granted later, or the panel moves to another account: it stays the same history.
        let later = FakeCluster::default();
        later.tell_info(Ok(info(Some("c-1"))));
        meeting.cluster = Arc::new(later);
        meeting.meet(&stop).await.unwrap();
        assert_eq!(meeting.label.read().await.id.as_deref(), Some("c-1"));
    }

    #[tokio::test]
    async fn a_cluster_that_was_upgraded_is_noticed_when_a_watch_comes_back() {
        let stop = CancellationToken::new();
        let cluster = Arc::new(FakeCluster::default());
        cluster.tell_info(Ok(info(Some("c-1"))));
        let (mut meeting, _panel) = meeting(FakeCluster::default()).await;
        meeting.cluster = cluster.clone();
        meeting.meet(&stop).await.unwrap();
        let mut versions = meeting.live.version_watch();
        let newer = ClusterInfo { version: Some("v1.37.1".to_owned()), ..info(Some("c-1")) };
        cluster.tell_info(Ok(newer));
        let reconnected = Notify::new();
        reconnected.notify_one();
        tokio::select! {
            () = meeting.keep_up(&reconnected) => {}
            published = versions.changed() => published.unwrap(),
        }
        assert_eq!(meeting.label.read().await.version.as_deref(), Some("v1.37.1"));
    }

    #[tokio::test]
    async fn a_database_of_another_cluster_is_refused_and_one_whose_right_was_lost_goes_on() {
        let stop = CancellationToken::new();
        let cluster = Arc::new(FakeCluster::default());
        let (mut meeting, panel) = meeting(FakeCluster::default()).await;
        meeting.cluster = cluster.clone();
        for (uid, fits) in [(Some("c-1"), true), (None, true), (Some("c-2"), false)] {
            cluster.tell_info(Ok(info(uid)));
            assert_eq!(meeting.meet(&stop).await.is_ok(), fits, "{uid:?}");
            assert_eq!(panel.store.cluster().await.unwrap().as_deref(), Some("c-1"));
        }
    }

    #[tokio::test]
    async fn whom_the_cluster_takes_the_panel_for_is_asked_until_it_answers() {
        let stop = CancellationToken::new();
        let cluster = Arc::new(FakeCluster::default());
        for _ in 0..3 {
            cluster.tell_who(Err(error(ApiErrorKind::Unreachable, "connection refused")));
        }
        cluster.tell_who(Ok(("ops".to_owned(), Vec::new())));
        let (mut meeting, _panel) = meeting(FakeCluster::default()).await;
        meeting.cluster = cluster.clone();
        // The pauses between the questions; not before, because the database has timeouts.
        tokio::time::pause();
        meeting.introduce(&stop).await;
        assert_eq!(cluster.asked("who_am_i"), 4);
    }
}
