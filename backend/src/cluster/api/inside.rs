//! [`Inside`] by an API server.

use async_trait::async_trait;
use jiff::Timestamp;
use k8s_openapi::api::core::v1::{Event, Node, Pod};
use kube::api::{Api, ListParams};
use model::wire::{PodEvents, PodNode};
use serde_json::Value;

use super::{ApiError, ApiServer, Caller, convert, guard};
use crate::cluster::inside::{
    About, Exec, ExecError, Inside, LogError, LogOptions, LogStream, OwnedPod, Ran, Whole,
};

/// Events that are read of a pod: more than an hour of a crash loop makes, since equal ones are counted and not doubled.
const READ: u32 = 500;
/// And shown.
const SHOWN: usize = 100;

#[async_trait]
impl Inside for ApiServer {
    async fn read_pod(
        &self,
        caller: &Caller,
        namespace: &str,
        pod: &str,
    ) -> Result<Option<OwnedPod>, ApiError> {
        let found = self.read_object::<Pod>(caller, namespace, pod).await?;
        Ok(found.and_then(|object| {
            let set_uid = convert::pod(&object)?.set_uid;
            // The reader of the answer stamps it with its own clock.
            let detail = convert::pod_detail(&object, Timestamp::UNIX_EPOCH)?;
            Some(OwnedPod { set_uid, detail })
        }))
    }

    async fn manifest(
        &self,
        caller: &Caller,
        namespace: &str,
        of: Whole<'_>,
    ) -> Result<Option<Value>, ApiError> {
        self.read_manifest(caller, namespace, of).await
    }

    async fn events(
        &self,
        caller: &Caller,
        namespace: &str,
        of: About<'_>,
    ) -> Result<PodEvents, ApiError> {
        let (kind, uid) = match of {
            About::Set(uid) => ("StatefulSet", uid),
            About::Pod(uid) => ("Pod", uid),
        };
        guard::<Event>(namespace, uid)?;
        let about = format!("involvedObject.kind={kind},involvedObject.uid={uid}");
        let params = ListParams::default().fields(&about).limit(READ);
        let list = self
            .call(caller, |client| {
                let (api, params): (Api<Event>, _) =
                    (Api::namespaced(client, namespace), params.clone());
                async move { api.list(&params).await }
            })
            .await?;
        let more = list.metadata.continue_.as_deref().is_some_and(|token| !token.is_empty());
        let mut items: Vec<_> = list.items.into_iter().map(convert::pod_event).collect();
        items.sort_by_key(|e| std::cmp::Reverse((e.at, e.first)));
        let more = more || items.len() > SHOWN;
        items.truncate(SHOWN);
        Ok(PodEvents { items, more, unread: None })
    }

    async fn read_node(&self, caller: &Caller, name: &str) -> Result<Option<PodNode>, ApiError> {
        guard::<Node>(name, name)?;
        let found = self
            .call(caller, |client| {
                let api: Api<Node> = Api::all(client);
                async move { api.get_opt(name).await }
            })
            .await?;
        Ok(found.as_ref().map(convert::pod_node))
    }

    async fn log(
        &self,
        caller: &Caller,
        namespace: &str,
        pod: &str,
        options: &LogOptions,
    ) -> Result<LogStream, LogError> {
        self.read_log(caller, namespace, pod, options).await
    }

    async fn exec(
        &self,
        caller: &Caller,
        namespace: &str,
        pod: &str,
        exec: &Exec,
    ) -> Result<Ran, ExecError> {
        self.run_in(caller, namespace, pod, exec).await
    }
}
