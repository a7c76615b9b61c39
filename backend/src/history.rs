//! Compares what was and what is, and writes rollouts and events. Must not know http and kube.

use async_trait::async_trait;
use model::set::SetKey;
use model::wire::{Actor, EventPage, History, RolloutView};

/// Which events to list.
#[derive(Clone, Debug, Default)]
pub struct EventQuery {
    /// Only these sets; `None` lists all.
    pub sets: Option<Vec<SetKey>>,
    /// Only these namespaces (what the caller may see); `None` lists all.
    pub namespaces: Option<Vec<String>>,
    /// Only events with a lower id.
    pub before: Option<i64>,
    /// 1 to 500.
    pub limit: u32,
}

/// What was recorded, as the API and the pages read it.
#[async_trait]
pub trait Reader: Send + Sync {
    /// Rollouts and events of the set of this name, all its uids, newest first.
    async fn history(
        &self,
        key: &SetKey,
        before: Option<i64>,
        limit: u32,
    ) -> anyhow::Result<History>;

    /// Events of many sets, newest first.
    async fn events(&self, query: &EventQuery) -> anyhow::Result<EventPage>;

    async fn rollout(&self, key: &SetKey, id: i64) -> anyhow::Result<Option<RolloutView>>;

    /// A recorded pod template (the JSON of `spec.template`) by its revision's hash.
    async fn template(&self, hash: &str) -> anyhow::Result<Option<String>>;

    /// Who last changed the spec of the set with this uid.
    async fn last_change(&self, set_uid: &str) -> anyhow::Result<Option<Actor>>;

    /// Who put the hold that stands now.
    async fn held_by(&self, set_uid: &str) -> anyhow::Result<Option<Actor>>;
}

/// The tool behind a field manager's name, as people call it; the name itself where it is not a known one.
pub fn tool_name(manager: &str) -> &str {
    match manager {
        m if m.starts_with("kubectl") => "kubectl",
        "helm" | "Helm" => "Helm",
        "argocd-controller" | "argocd-application-controller" => "Argo CD",
        "kustomize-controller" | "helm-controller" | "flux" => "Flux",
        "kube-controller-manager" => "an autoscaler or controller",
        m if m == model::FIELD_MANAGER => "Rollcall",
        m => m,
    }
}
