//! Deleting an object: preconditions, grace, finalizers, dependents.
//! Source: apiserver `pkg/registry/rest/delete.go`; kubernetes `pkg/registry/core/pod/strategy.go`, `CheckGracefulDelete`.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use super::World;
use crate::kind::Kind;
use crate::object::{self, Key, meta_mut, number, stamp, text};
use crate::refusal::Refusal;

/// What becomes of the dependents.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Propagation {
    /// They go after it.
    #[default]
    Background,
    /// They go before it.
    Foreground,
    /// They stay, without an owner.
    Orphan,
}

/// `DeleteOptions`.
#[derive(Clone, Debug, Default)]
pub(crate) struct Deletion {
    pub(crate) uid: Option<String>,
    pub(crate) version: Option<String>,
    /// Seconds.
    pub(crate) grace: Option<i64>,
    pub(crate) propagation: Propagation,
    pub(crate) dry_run: bool,
}

impl Deletion {
    /// Only the object with this uid.
    pub(crate) fn of(uid: &str) -> Self {
        Self { uid: Some(uid.to_owned()), ..Self::default() }
    }

    pub(crate) fn now() -> Self {
        Self { grace: Some(0), ..Self::default() }
    }

    /// From the body of the request.
    ///
    /// # Errors
    /// 400 for an unknown propagation policy.
    pub(crate) fn read(options: &Value) -> Result<Self, Refusal> {
        let propagation = match text(options, "/propagationPolicy") {
            "" | "Background" => Propagation::Background,
            "Foreground" => Propagation::Foreground,
            "Orphan" => Propagation::Orphan,
            other => {
                return Err(Refusal::bad_request(format!("invalid propagation policy {other:?}")));
            }
        };
        let orphan = options["orphanDependents"] == json!(true);
        let own = |pointer: &str| Some(text(options, pointer).to_owned()).filter(|t| !t.is_empty());
        Ok(Self {
            uid: own("/preconditions/uid"),
            version: own("/preconditions/resourceVersion"),
            grace: number(options, "/gracePeriodSeconds"),
            propagation: if orphan { Propagation::Orphan } else { propagation },
            dry_run: object::list(options, "/dryRun").iter().any(|d| d == "All"),
        })
    }

    fn check(&self, key: &Key, object: &Value) -> Result<(), Refusal> {
        let differs = |wanted: &Option<String>, is: &str, what: &str| {
            wanted.as_ref().filter(|w| *w != is).map(|wanted| {
                format!(
                    "the {what} in the precondition ({wanted}) does not match the {what} in record ({is}). The object might have been deleted and then recreated"
                )
            })
        };
        let why = differs(&self.uid, object::uid(object), "UID").or_else(|| {
            differs(&self.version, text(object, "/metadata/resourceVersion"), "ResourceVersion")
        });
        why.map_or(Ok(()), |why| Err(Refusal::conflict(key.kind, &key.name, &why)))
    }
}

impl World {
    /// Deletes an object or begins to. Answers it as it is now, or was last.
    ///
    /// # Errors
    /// 404, or 409 where a precondition fails.
    pub(crate) fn delete(&mut self, key: &Key, deletion: &Deletion) -> Result<Arc<Value>, Refusal> {
        let old = self.get(key)?;
        deletion.check(key, &old)?;
        if deletion.dry_run {
            return Ok(old);
        }
        let grace = if key.kind == Kind::Pod { pod_grace(&old, deletion.grace) } else { 0 };
        let finalizer = match deletion.propagation {
            Propagation::Background => None,
            Propagation::Foreground => Some("foregroundDeletion"),
            Propagation::Orphan => Some("orphan"),
        };
        let has_finalizers = !object::list(&old, "/metadata/finalizers").is_empty();
        let pending = number(&old, "/metadata/deletionGracePeriodSeconds");
        let under_way = match key.kind {
            Kind::Pod => pending.is_some_and(|p| p <= grace) && (grace > 0 || has_finalizers),
            _ => true,
        };
        if object::is_terminating(&old) && under_way {
            return Ok(old);
        }
        if grace == 0 && !has_finalizers && finalizer.is_none() && key.kind != Kind::Namespace {
            return self.store.remove(key).ok_or_else(|| Refusal::not_found(key.kind, &key.name));
        }
        let mut object = (*old).clone();
        let end = self.now + Duration::from_secs(u64::try_from(grace).unwrap_or_default());
        let generation = object::generation(&old) + 1;
        let counts = key.kind.info().has_generation;
        let meta = meta_mut(&mut object);
        meta.insert("deletionTimestamp".to_owned(), json!(stamp(end)));
        meta.insert("deletionGracePeriodSeconds".to_owned(), json!(grace));
        if counts {
            meta.insert("generation".to_owned(), json!(generation));
        }
        if let Some(finalizer) = finalizer {
            let all = meta.entry("finalizers").or_insert_with(|| json!([]));
            if let Some(all) = all.as_array_mut().filter(|all| !all.contains(&json!(finalizer))) {
                all.push(json!(finalizer));
            }
        }
        if key.kind == Kind::Namespace {
            object["status"]["phase"] = json!("Terminating");
        }
        Ok(self.put(key, object))
    }
}

fn pod_grace(pod: &Value, wanted: Option<i64>) -> i64 {
    if text(pod, "/spec/nodeName").is_empty()
        || ["Failed", "Succeeded"].contains(&text(pod, "/status/phase"))
    {
        return 0;
    }
    let grace = wanted.or_else(|| number(pod, "/spec/terminationGracePeriodSeconds")).unwrap_or(30);
    if grace < 0 { 1 } else { grace }
}
