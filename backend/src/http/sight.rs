//! What a user may see: the panel's role in the namespace, and what the cluster lets them list.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use futures::future::try_join_all;
use jiff::Timestamp;
use model::facts::Readable;
use model::status::{Status, StatusKind};
use model::wire::{ClusterView, EventView, KindHealth, KindState, RoleName, SetRow};

use crate::cluster::{Access, Caller};
use crate::http::problem::ApiProblem;
use crate::http::state::AppState;
use crate::identity::User;
use crate::live::Row;

mod kinds;

pub(super) use kinds::Kinds;
use kinds::{About, about};

/// What is seen of one namespace in lists.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Look {
    pub(super) sets: bool,
    pub(super) pods: bool,
}

/// A user's view of the fleet. Answers are kept for the life of this value: one request, or a minute of a stream.
///
/// Under `direct` authority nothing is asked: the index was read with the very rights that the answer would be about,
/// and what the panel itself may not list is marked as such there.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Sight {
    caller: Caller,
    /// In all namespaces.
    wide: Look,
    known: HashMap<String, Look>,
    /// Whether claims are seen, asked only where there is something about claims to show.
    claims: HashMap<String, bool>,
}

impl Sight {
    /// Asks for the whole cluster first.
    pub(super) async fn begin(state: &AppState, user: &User) -> Result<Self, ApiProblem> {
        let caller = user.caller(state.authority);
        let wide = match caller {
            Caller::Panel => Look { sets: true, pods: true },
            Caller::User { .. } => {
                let sets = may(state, &caller, "list", SETS, None);
                let (sets, pods) =
                    futures::try_join!(sets, may(state, &caller, "list", PODS, None))?;
                Look { sets, pods }
            }
        };
        Ok(Self { caller, wide, known: HashMap::new(), claims: HashMap::new() })
    }

    /// What the user sees of a namespace.
    pub(super) async fn look(
        &mut self,
        state: &AppState,
        user: &User,
        namespace: &str,
    ) -> Result<Look, ApiProblem> {
        if let Some(look) = self.known.get(namespace) {
            return Ok(*look);
        }
        let look = self.ask(state, user, namespace).await?;
        self.known.insert(namespace.to_owned(), look);
        Ok(look)
    }

    async fn ask(
        &self,
        state: &AppState,
        user: &User,
        namespace: &str,
    ) -> Result<Look, ApiProblem> {
        if user.role_in(namespace).is_none() {
            return Ok(Look::default());
        }
        let ns = Some(namespace);
        let sets = self.wide.sets || may(state, &self.caller, "list", SETS, ns).await?;
        let pods = sets && (self.wide.pods || may(state, &self.caller, "list", PODS, ns).await?);
        Ok(Look { sets, pods })
    }

    /// Looks at the namespaces of these rows, several at a time: without a right for the whole cluster each is a question
    /// to the API server.
    pub(super) async fn look_at_all(
        &mut self,
        state: &AppState,
        user: &User,
        rows: &[Arc<Row>],
    ) -> Result<(), ApiProblem> {
        let all: BTreeSet<&str> = rows.iter().map(|r| r.row.namespace.as_str()).collect();
        let new: Vec<&str> = all.into_iter().filter(|n| !self.known.contains_key(*n)).collect();
        for some in new.chunks(AT_ONCE) {
            let asked = some.iter().map(|namespace| self.ask(state, user, namespace));
            let looks = try_join_all(asked).await?;
            self.known.extend(some.iter().map(|n| (*n).to_owned()).zip(looks));
        }
        Ok(())
    }

    /// Whether the user sees the sets of every namespace, those of the future included.
    pub(super) fn is_unbounded(&self, user: &User) -> bool {
        self.wide.sets && user.role_everywhere().is_some()
    }

    /// Namespaces looked at so far whose sets are seen.
    pub(super) fn seen(&self) -> Vec<String> {
        self.known.iter().filter(|(_, l)| l.sets).map(|(ns, _)| ns.clone()).collect()
    }

    /// All namespaces looked at so far.
    pub(super) fn looked_at(&self) -> impl Iterator<Item = &str> {
        self.known.keys().map(String::as_str)
    }

    /// A namespace was looked at whose sets the cluster, not the panel, hides, and none whose sets are seen.
    fn hidden_by_cluster(&self, user: &User) -> bool {
        let hidden = |(ns, l): (&String, &Look)| !l.sets && user.role_in(ns).is_some();
        self.seen().is_empty() && self.known.iter().any(hidden)
    }

    /// The cluster as this user may see it: the watches of namespaces in which they have a role and whose sets the
    /// cluster shows them. Where it shows them the sets of none, that is said on the sets' own watch: an empty page
    /// would be a lie.
    pub(super) async fn cluster(&mut self, state: &AppState, user: &User) -> ClusterView {
        let mut view = state.cluster_view().await;
        let since = view.kinds.iter().filter(|k| k.kind == SETS.1).map(|k| k.since).min();
        if user.roles.is_empty() {
            view.kinds.clear();
            return view;
        }
        if !self.wide.sets {
            let (_, rows) = state.live.fleet();
            // An API server that cannot be asked now takes nothing away: the role decides alone where nothing is known.
            let _ = self.look_at_all(state, user, &rows).await;
            let watched: BTreeSet<_> =
                view.kinds.iter().filter_map(|k| k.namespace.as_deref()).collect();
            for namespace in watched {
                let _ = self.look(state, user, namespace).await;
            }
        }
        view.kinds.retain(|k| {
            k.namespace.as_ref().is_none_or(|ns| {
                user.role_in(ns).is_some() && self.known.get(ns).is_none_or(|look| look.sets)
            })
        });
        if self.hidden_by_cluster(user)
            && let Caller::User { user, .. } = &self.caller
        {
            mark_no_access(&mut view.kinds, user, since.unwrap_or_else(|| state.clock.now()));
        }
        view
    }

    /// As whom the cluster is asked.
    pub(super) fn caller(&self) -> &Caller {
        &self.caller
    }

    /// Takes out of `events` what is about sets, pods or claims that the user does not see in their namespace.
    pub(super) async fn veil_events(
        &mut self,
        state: &AppState,
        user: &User,
        events: &mut Vec<EventView>,
    ) -> Result<(), ApiProblem> {
        for event in events.iter() {
            let namespace = &event.set.namespace;
            let look = self.look(state, user, namespace).await?;
            if look.sets && about(event.kind) == About::Claims {
                self.look_at_claims(state, namespace).await?;
            }
        }
        events.retain(|e| {
            let namespace = &e.set.namespace;
            let look = self.known.get(namespace).copied().unwrap_or_default();
            look.sets
                && match about(e.kind) {
                    About::Set => true,
                    About::Pods => look.pods,
                    About::Claims => self.claims.get(namespace).is_some_and(|seen| *seen),
                }
        });
        Ok(())
    }

    async fn look_at_claims(
        &mut self,
        state: &AppState,
        namespace: &str,
    ) -> Result<(), ApiProblem> {
        if !self.claims.contains_key(namespace) {
            let seen = self.caller == Caller::Panel
                || may(state, &self.caller, "list", CLAIMS, Some(namespace)).await?;
            self.claims.insert(namespace.to_owned(), seen);
        }
        Ok(())
    }
}

const SETS: (&str, &str) = ("apps", "statefulsets");
const PODS: (&str, &str) = ("", "pods");
const CLAIMS: (&str, &str) = ("", "persistentvolumeclaims");
const SERVICES: (&str, &str) = ("", "services");
const REVISIONS: (&str, &str) = ("apps", "controllerrevisions");

pub(super) async fn may(
    state: &AppState,
    caller: &Caller,
    verb: &'static str,
    (group, resource): (&'static str, &'static str),
    namespace: Option<&str>,
) -> Result<bool, ApiProblem> {
    let access = Access { verb, group, resource, namespace: namespace.map(str::to_owned) };
    let answer = state.rights.may(caller, &access).await;
    let answer = state.recall.complete(caller, access, answer);
    answer.map_err(|e| ApiProblem::of_cluster(&e, caller))
}

/// Whether templates may be seen. They may hold secrets: while the API server does not answer they are not shown.
async fn may_see_templates(
    state: &AppState,
    caller: &Caller,
    namespace: &str,
) -> Result<bool, ApiProblem> {
    match may(state, caller, "get", REVISIONS, Some(namespace)).await {
        Err(problem) if problem.code() == "cluster-unreachable" => Ok(false),
        answer => answer,
    }
}

/// Reviews asked at a time for one user.
const AT_ONCE: usize = 16;

/// Lets a user in to the sets of a namespace, and says which other kinds they may see there.
///
/// # Errors
/// 403 `role-missing` without a role there, 403 `no-access` where the cluster does not let them list sets.
pub(super) async fn enter(
    state: &AppState,
    user: &User,
    namespace: &str,
) -> Result<Kinds, ApiProblem> {
    user.require(RoleName::Viewer, namespace)?;
    let caller = user.caller(state.authority);
    let ns = Some(namespace);
    if caller == Caller::Panel {
        let templates = may_see_templates(state, &caller, namespace).await?;
        return Ok(Kinds { readable: Readable::ALL, templates });
    }
    if !may(state, &caller, "list", SETS, ns).await? {
        return Err(ApiProblem::no_access(&caller, "list", "statefulsets", namespace));
    }
    let (pods, claims, services, revisions, templates) = futures::try_join!(
        may(state, &caller, "list", PODS, ns),
        may(state, &caller, "list", CLAIMS, ns),
        may(state, &caller, "list", SERVICES, ns),
        may(state, &caller, "list", REVISIONS, ns),
        may_see_templates(state, &caller, namespace),
    )?;
    Ok(Kinds { readable: Readable { pods, claims, revisions, services }, templates })
}

/// The row for somebody who may list the set, but not its pods.
pub(super) fn veiled(row: &SetRow) -> SetRow {
    SetRow {
        status: Status {
            kind: StatusKind::NoAccess,
            sentence: "You may list this set, but not its pods.".to_owned(),
            done: 0,
            total: row.replicas,
            since: None,
            blocker: None,
            recheck: None,
            awaiting: None,
        },
        strip: String::new(),
        boundary: None,
        ..row.clone()
    }
}

/// Adds a row to a JSON array under construction, as far as it may be seen. The shared JSON is used as it is.
pub(super) fn push_row(json: &mut String, row: &Row, look: Look) {
    if !look.sets {
        return;
    }
    if !json.ends_with('[') {
        json.push(',');
    }
    if look.pods {
        json.push_str(&row.json);
    } else {
        json.push_str(&to_json(&veiled(&row.row)));
    }
}

/// JSON of a wire type.
pub(super) fn to_json(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).expect("wire types have string keys and no failing serialiser")
}

/// Says that the cluster shows this user no sets. Watches of single namespaces are left out by then; one entry stands
/// for all of them.
fn mark_no_access(kinds: &mut Vec<KindHealth>, user: &str, since: Timestamp) {
    let sets = SETS.1;
    kinds.retain(|k| k.kind != sets);
    kinds.push(KindHealth {
        kind: sets.to_owned(),
        namespace: None,
        state: KindState::NoAccess,
        since,
        reason: Some(format!(
            "The cluster does not let {user} list statefulsets in any namespace that holds some."
        )),
        yours: true,
    });
}
