//! What an action sends to the API server, and what the answers mean.

use std::time::Duration;

use jiff::Timestamp;
use model::action::{Action, Effect, PodRef, Refusal, RefusalCode};
use model::set::{Set, UpdateStrategy};

use super::conflict::pod_gone;
use super::{ActError, Actions, Request};
use crate::cluster::{ApiError, ApiErrorKind, Caller};

/// How often the controller is looked at, and how many times, until it has seen a new boundary: 10 seconds in all.
const LOOK_AGAIN: Duration = Duration::from_millis(100);
const LOOKS: u32 = 100;

/// An answer that is none: what of several things failed.
pub(super) struct Failed {
    pub(super) error: ApiError,
    /// The pod that it is about, where it is about one.
    pub(super) pod: Option<String>,
}

impl From<ApiError> for Failed {
    fn from(error: ApiError) -> Self {
        Self { error, pod: None }
    }
}

impl Actions {
    /// Lets the API server check all of it; nothing is stored. `None`: it concerns no more than a pod.
    pub(super) async fn try_out(
        &self,
        effect: &Effect,
        request: &Request,
    ) -> Result<Option<Set>, Failed> {
        if let Effect::PatchThenDelete { patch, pods } = effect {
            let key = &request.key;
            let set = self.cluster.patch_set(&request.caller, key, patch, true).await?;
            for pod in pods {
                self.delete(request, pod, true).await?;
            }
            return Ok(Some(set));
        }
        Ok(self.send_one(effect, request, true).await?)
    }

    /// Sends it. What fails after the first part was done does not undo that part: it is told in the sentence.
    pub(super) async fn send(
        &self,
        effect: &Effect,
        request: &Request,
    ) -> Result<(Option<Set>, Option<String>), Failed> {
        let Effect::PatchThenDelete { patch, pods } = effect else {
            return Ok((self.send_one(effect, request, false).await?, None));
        };
        let key = &request.key;
        let set = self.cluster.patch_set(&request.caller, key, patch, false).await?;
        let incomplete = match pods.as_slice() {
            [] => None,
            pods if self.controller_has_seen(request, &set).await => {
                self.delete_all(request, pods).await
            }
            _ => Some(
                "The controller has not seen the new boundary within 10 s, so no pod was deleted: it would have come back on the new revision. Abort again."
                    .to_owned(),
            ),
        };
        Ok((Some(set), incomplete))
    }

    async fn send_one(
        &self,
        effect: &Effect,
        request: &Request,
        dry_run: bool,
    ) -> Result<Option<Set>, ApiError> {
        let (caller, key) = (&request.caller, &request.key);
        match effect {
            Effect::Patch(ops) | Effect::PatchThenDelete { patch: ops, .. } => {
                self.cluster.patch_set(caller, key, ops, dry_run).await.map(Some)
            }
            Effect::Delete { pod, uid } => {
                let namespace = &key.namespace;
                self.cluster.delete_pod(caller, namespace, pod, uid, dry_run).await.map(|()| None)
            }
            Effect::Evict { pod, uid } => {
                let namespace = &key.namespace;
                self.cluster.evict_pod(caller, namespace, pod, uid, dry_run).await.map(|()| None)
            }
        }
    }

    async fn delete(&self, request: &Request, pod: &PodRef, dry_run: bool) -> Result<(), Failed> {
        let PodRef { pod, uid } = pod;
        let namespace = &request.key.namespace;
        let deleted = self.cluster.delete_pod(&request.caller, namespace, pod, uid, dry_run).await;
        deleted.map_err(|error| Failed { error, pod: Some(pod.clone()) })
    }

    /// Deletes one after another and says which it could not.
    async fn delete_all(&self, request: &Request, pods: &[PodRef]) -> Option<String> {
        let mut left = Vec::new();
        let mut lost = None;
        for pod in pods {
            match (&lost, self.delete(request, pod, false)) {
                (None, deletion) => match deletion.await {
                    Ok(()) => {}
                    Err(Failed { error, .. }) => {
                        left.push(format!("{} ({error})", pod.pod));
                        if error.kind == ApiErrorKind::Unreachable {
                            lost = Some(());
                        }
                    }
                },
                // Without any answer the rest would only wait too.
                (Some(()), _) => left.push(pod.pod.clone()),
            }
        }
        match lost {
            _ if left.is_empty() => None,
            None => Some(format!("Not deleted: {}.", left.join(", "))),
            Some(()) => Some(format!(
                "The API server does not answer; these pods may not have been deleted: {}.",
                left.join(", ")
            )),
        }
    }

    /// Waits until the controller has seen the set as it was written: a pod that is deleted before comes back by the old rules.
    /// The status carries the generation of the last sync.
    async fn controller_has_seen(&self, request: &Request, written: &Set) -> bool {
        for _ in 0..LOOKS {
            let read = self.cluster.read_set(&Caller::Panel, &request.key).await;
            let seen = |set: &Set| {
                set.uid == written.uid && set.status.observed_generation >= written.generation
            };
            if matches!(&read, Ok(Some(set)) if seen(set)) {
                return true;
            }
            tokio::time::sleep(LOOK_AGAIN).await;
        }
        false
    }

    /// uid and generation after the answer. A failed `test` comes as 422 like any bad patch: the set is read again, and
    /// if it is not what the caller saw it is a conflict.
    pub(super) async fn answered(
        &self,
        answer: Result<Option<Set>, Failed>,
        request: &Request,
        now: Timestamp,
    ) -> Result<(String, i64), ActError> {
        let expect = &request.body.expect;
        let Failed { error, pod } = match answer {
            Ok(Some(set)) => return Ok((set.uid, set.generation)),
            Ok(None) => return Ok((expect.uid.clone(), expect.generation)),
            Err(failed) => failed,
        };
        match error.kind {
            ApiErrorKind::Invalid | ApiErrorKind::Conflict | ApiErrorKind::NotFound => {
                let read = self.cluster.read_set(&Caller::Panel, &request.key).await;
                match read {
                    Ok(Some(set))
                        if set.uid != expect.uid || set.generation != expect.generation =>
                    {
                        Err(self.conflict(&set, expect, now).await)
                    }
                    Ok(None) => Err(ActError::NoSuchSet(request.key.clone())),
                    _ if error.kind == ApiErrorKind::Conflict
                        || error.kind == ApiErrorKind::NotFound =>
                    {
                        Err(pod_gone(&request.body, pod.as_deref(), error))
                    }
                    _ => Err(error.into()),
                }
            }
            _ => Err(error.into()),
        }
    }
}

/// Whether the API server dropped what it was given: where a feature gate is off it does so without a word.
/// Source: kubernetes `pkg/registry/apps/statefulset/strategy.go`, `dropStatefulSetDisabledFields`.
pub(super) fn dropped(action: &Action, stored: &Set) -> Result<(), ActError> {
    let Action::SetMaxUnavailable { max_unavailable } = action else { return Ok(()) };
    let kept = matches!(
        &stored.strategy,
        UpdateStrategy::RollingUpdate { rolling_update: Some(r) }
            if r.max_unavailable.as_ref() == Some(max_unavailable)
    );
    if kept {
        return Ok(());
    }
    let reason = "The feature gate MaxUnavailableStatefulSet is off in this cluster: the API server dropped the field.";
    Err(Refusal { code: RefusalCode::Unsupported, reason: reason.to_owned() }.into())
}
