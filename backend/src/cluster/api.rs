//! [`Cluster`] by an API server.
//!
//! Reads and writes go through one connection without retries (a blocked eviction must answer at once), each under a
//! timeout. As a user means: the panel's own credentials with impersonation headers on top. A 401 makes the connection
//! read its credentials anew, and the call is made once more: nothing has happened by then.

mod connection;
mod errors;
mod exec;
mod impersonate;
mod inside;
mod log;
mod manifest;
mod page;
mod read;

pub use connection::{Connection, Source};
pub(super) use page::list_page;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use k8s_openapi::api::apps::v1::StatefulSet;
use k8s_openapi::api::authentication::v1::SelfSubjectReview;
use k8s_openapi::api::authorization::v1::{
    ResourceAttributes, SelfSubjectAccessReview, SelfSubjectAccessReviewSpec,
};
use k8s_openapi::api::core::v1::{Namespace, Pod};
use kube::api::{
    Api, DeleteParams, Patch, PatchParams, PostParams, Preconditions, ValidationDirective,
};
use kube::core::Status;
use kube::{Client, Resource};
use model::action::PatchOp;
use model::facts::Facts;
use model::set::{Set, SetKey};
use serde_json::json;

use super::{Access, ApiError, ApiErrorKind, Caller, Cluster, ClusterInfo, convert};

/// How long a call may take, connection included.
const TIMEOUT: Duration = Duration::from_secs(10);

/// An API server. Cheap to clone.
#[derive(Clone, Debug)]
pub struct ApiServer {
    connection: Arc<Connection>,
}

impl ApiServer {
    pub fn new(connection: Arc<Connection>) -> Self {
        Self { connection }
    }

    /// Makes a call as the caller.
    async fn call<T, F>(
        &self,
        caller: &Caller,
        make: impl Fn(Client) -> F + Send + Sync,
    ) -> Result<T, ApiError>
    where
        F: Future<Output = kube::Result<T>> + Send,
    {
        let answer = self.call_once(caller, &make).await;
        if matches!(&answer, Err(e) if e.kind == ApiErrorKind::Unauthorized)
            && self.connection.renew().await
        {
            return self.call_once(caller, &make).await;
        }
        answer
    }

    async fn call_once<T, F>(
        &self,
        caller: &Caller,
        make: &(impl Fn(Client) -> F + Send + Sync),
    ) -> Result<T, ApiError>
    where
        F: Future<Output = kube::Result<T>> + Send,
    {
        let client = self.connection.client_as(caller)?;
        match tokio::time::timeout(TIMEOUT, make(client)).await {
            Ok(answer) => answer.map_err(ApiError::from),
            Err(_) => Err(ApiError::unreachable(format!(
                "the API server did not answer within {} s",
                TIMEOUT.as_secs()
            ))),
        }
    }
}

#[async_trait]
impl Cluster for ApiServer {
    async fn info(&self) -> Result<ClusterInfo, ApiError> {
        let version =
            self.call(&Caller::Panel, |client| async move { client.apiserver_version().await });
        let namespace = self.call(&Caller::Panel, |client| async move {
            Api::<Namespace>::all(client).get("kube-system").await
        });
        let (version, namespace) = tokio::join!(version, namespace);
        let namespace = unless_forbidden(namespace)?;
        Ok(ClusterInfo {
            uid: namespace.and_then(|n| n.metadata.uid),
            version: unless_forbidden(version)?.map(|v| v.git_version),
        })
    }

    async fn who_am_i(&self, caller: &Caller) -> Result<(String, Vec<String>), ApiError> {
        let review = self
            .call(caller, |client| async move {
                Api::all(client).create(&PostParams::default(), &SelfSubjectReview::default()).await
            })
            .await?;
        let user = review.status.and_then(|s| s.user_info).unwrap_or_default();
        Ok((user.username.unwrap_or_default(), user.groups.unwrap_or_default()))
    }

    async fn may(&self, caller: &Caller, access: &Access) -> Result<bool, ApiError> {
        let (resource, subresource) = match access.resource.split_once('/') {
            Some((resource, sub)) => (resource, Some(sub.to_owned())),
            None => (access.resource, None),
        };
        let review = SelfSubjectAccessReview {
            spec: SelfSubjectAccessReviewSpec {
                resource_attributes: Some(ResourceAttributes {
                    verb: Some(access.verb.to_owned()),
                    group: Some(access.group.to_owned()),
                    resource: Some(resource.to_owned()),
                    subresource,
                    namespace: access.namespace.clone(),
                    ..ResourceAttributes::default()
                }),
                ..SelfSubjectAccessReviewSpec::default()
            },
            ..SelfSubjectAccessReview::default()
        };
        let answer = self
            .call(caller, |client| {
                let review = review.clone();
                async move { Api::all(client).create(&PostParams::default(), &review).await }
            })
            .await?;
        Ok(answer.status.is_some_and(|s| s.allowed))
    }

    async fn read_set(&self, caller: &Caller, key: &SetKey) -> Result<Option<Set>, ApiError> {
        let found = self.read_object::<StatefulSet>(caller, &key.namespace, &key.name).await?;
        Ok(found.as_ref().map(convert::set))
    }

    async fn read_facts(&self, key: &SetKey) -> Result<Option<Facts>, ApiError> {
        self.read_all(key).await
    }

    async fn patch_set(
        &self,
        caller: &Caller,
        key: &SetKey,
        patch: &[PatchOp],
        dry_run: bool,
    ) -> Result<Set, ApiError> {
        guard::<StatefulSet>(&key.namespace, &key.name)?;
        let patch: json_patch::Patch = serde_json::to_value(patch)
            .and_then(serde_json::from_value)
            .map_err(|e| ApiError::bad_request(format!("the patch is malformed: {e}")))?;
        let params = PatchParams {
            dry_run,
            field_manager: Some(model::FIELD_MANAGER.to_owned()),
            field_validation: Some(ValidationDirective::Strict),
            ..PatchParams::default()
        };
        let stored = self
            .call(caller, |client| {
                let api: Api<StatefulSet> = Api::namespaced(client, &key.namespace);
                let (params, patch) = (params.clone(), Patch::Json::<()>(patch.clone()));
                async move { api.patch(&key.name, &params, &patch).await }
            })
            .await;
        Ok(convert::set(&written(stored)?))
    }

    async fn delete_pod(
        &self,
        caller: &Caller,
        namespace: &str,
        pod: &str,
        uid: &str,
        dry_run: bool,
    ) -> Result<(), ApiError> {
        guard::<Pod>(namespace, pod)?;
        let params = DeleteParams { dry_run, ..only_with(uid) };
        let deleted = self.call(caller, |client| {
            let api: Api<Pod> = Api::namespaced(client, namespace);
            let params = params.clone();
            async move { api.delete(pod, &params).await }
        });
        written(deleted.await).map(drop)
    }

    async fn evict_pod(
        &self,
        caller: &Caller,
        namespace: &str,
        pod: &str,
        uid: &str,
        dry_run: bool,
    ) -> Result<(), ApiError> {
        guard::<Pod>(namespace, pod)?;
        // Not by `Api::evict` of kube 5.0: it sends the options as `delete_options`, which the API server ignores, and
        // with them the precondition.
        let body = json!({
            "apiVersion": "policy/v1",
            "kind": "Eviction",
            "metadata": {"namespace": namespace, "name": pod},
            "deleteOptions": {"preconditions": {"uid": uid}},
        })
        .to_string();
        let query = if dry_run { "?dryRun=All" } else { "" };
        let path = format!("/api/v1/namespaces/{namespace}/pods/{pod}/eviction{query}");
        let evicted = self.call(caller, |client| {
            let request = http::Request::post(&path)
                .header(http::header::CONTENT_TYPE, "application/json")
                .body(body.clone().into_bytes());
            async move { client.request::<Status>(request.map_err(kube::Error::HttpError)?).await }
        });
        written(evicted.await).map(drop)
    }
}

/// What may not be read is not known; any other failure is one.
fn unless_forbidden<T>(answer: Result<T, ApiError>) -> Result<Option<T>, ApiError> {
    match answer {
        Ok(value) => Ok(Some(value)),
        Err(e) if e.kind == ApiErrorKind::Forbidden => Ok(None),
        Err(e) => Err(e),
    }
}

/// The answer to a write. One that says "done" in words that cannot be read leaves open what was done.
fn written<T>(answer: Result<T, ApiError>) -> Result<T, ApiError> {
    answer.map_err(|e| match e.reason.as_str() {
        errors::UNREADABLE => ApiError { kind: ApiErrorKind::Unreachable, ..e },
        _ => e,
    })
}

/// The deletion happens only to the object with this uid.
fn only_with(uid: &str) -> DeleteParams {
    DeleteParams::default()
        .preconditions(Preconditions { uid: Some(uid.to_owned()), resource_version: None })
}

/// Names come from URLs and bodies and go into paths of the API server: what cannot be a name there does not exist.
fn guard<K: Resource<DynamicType = ()>>(namespace: &str, name: &str) -> Result<(), ApiError> {
    let plain = |text: &str| {
        let inner = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'.';
        !text.is_empty()
            && text.len() <= 253
            && !text.starts_with('.')
            && !text.contains("..")
            && text.bytes().all(inner)
    };
    if plain(namespace) && plain(name) {
        return Ok(());
    }
    let kind = K::plural(&());
    Err(ApiError {
        kind: ApiErrorKind::NotFound,
        code: 404,
        reason: "NotFound".to_owned(),
        message: format!("{kind} \"{name}\" not found"),
    })
}

#[cfg(test)]
mod tests;
