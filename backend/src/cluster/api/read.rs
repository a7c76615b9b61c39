//! Fresh reads of one set and all that belongs to it.

use std::fmt::Debug;

use k8s_openapi::NamespaceResourceScope;
use k8s_openapi::api::apps::v1::{ControllerRevision, StatefulSet};
use k8s_openapi::api::core::v1::{PersistentVolumeClaim, Pod, Service};
use kube::Resource;
use kube::api::{Api, ListParams};
use kube::core::Selector;
use model::facts::{Facts, Readable};
use model::set::SetKey;
use serde::de::DeserializeOwned;

use super::{ApiError, ApiErrorKind, ApiServer, Caller, convert, guard, list_page};
use crate::live::gather;

/// Objects a page.
const PAGE: u32 = 500;

impl ApiServer {
    pub(super) async fn read_object<K>(
        &self,
        caller: &Caller,
        namespace: &str,
        name: &str,
    ) -> Result<Option<K>, ApiError>
    where
        K: Resource<DynamicType = (), Scope = NamespaceResourceScope>
            + Clone
            + Debug
            + DeserializeOwned
            + Send
            + 'static,
    {
        if guard::<K>(namespace, name).is_err() {
            return Ok(None);
        }
        self.call(caller, |client| {
            let api: Api<K> = Api::namespaced(client, namespace);
            async move { api.get_opt(name).await }
        })
        .await
    }

    /// All objects of a kind in a namespace, converted page by page.
    async fn list_all<K, T>(
        &self,
        namespace: &str,
        selector: Option<String>,
        convert: impl Fn(&K) -> Option<T> + Send + Sync,
    ) -> Result<Vec<T>, ApiError>
    where
        K: Resource<DynamicType = ()> + DeserializeOwned,
    {
        let mut params =
            ListParams { label_selector: selector, ..ListParams::default() }.limit(PAGE);
        let mut all = Vec::new();
        loop {
            let page = self
                .call(&Caller::Panel, |client| {
                    let (params, convert) = (params.clone(), &convert);
                    async move {
                        list_page(&client, Some(namespace), &params, |object| convert(&object))
                            .await
                    }
                })
                .await?;
            all.extend(page.items);
            match page.next {
                Some(token) => params = params.continue_token(&token),
                None => return Ok(all),
            }
        }
    }

    /// See [`super::Cluster::read_facts`].
    pub(super) async fn read_all(&self, key: &SetKey) -> Result<Option<Facts>, ApiError> {
        let namespace = key.namespace.as_str();
        let found = self.read_object::<StatefulSet>(&Caller::Panel, namespace, &key.name).await?;
        let Some(object) = found else { return Ok(None) };
        let set = convert::set(&object);
        // The controller keeps only pods and revisions that match the selector; claims may lack the labels.
        let selector =
            Selector::try_from(object.spec.selector).ok().map(|selector| selector.to_string());
        let services = async {
            match &set.service_name {
                Some(name) => {
                    let found = self.read_object::<Service>(&Caller::Panel, namespace, name);
                    Ok(found.await?.iter().map(convert::service).collect())
                }
                None => {
                    self.list_all(namespace, None, |s: &Service| Some(convert::service(s))).await
                }
            }
        };
        let (pods, claims, revisions, services) = tokio::join!(
            self.list_all::<Pod, _>(namespace, selector.clone(), convert::pod),
            self.list_all::<PersistentVolumeClaim, _>(namespace, None, |c| {
                Some(convert::claim(c))
            }),
            self.list_all::<ControllerRevision, _>(namespace, selector, convert::revision),
            services,
        );
        let (pods, claims) = (readable(pods)?, readable(claims)?);
        let (revisions, services) = (readable(revisions)?, readable(services)?);
        let can = Readable {
            pods: pods.is_some(),
            claims: claims.is_some(),
            revisions: revisions.is_some(),
            services: services.is_some(),
        };
        Ok(Some(gather(
            set,
            pods.unwrap_or_default().into(),
            claims.unwrap_or_default(),
            revisions.unwrap_or_default().into(),
            services.unwrap_or_default(),
            can,
        )))
    }
}

/// A kind that may not be read is no failure: the facts say so.
fn readable<T>(answer: Result<Vec<T>, ApiError>) -> Result<Option<Vec<T>>, ApiError> {
    match answer {
        Ok(all) => Ok(Some(all)),
        Err(e) if e.kind == ApiErrorKind::Forbidden => Ok(None),
        Err(e) => Err(e),
    }
}
