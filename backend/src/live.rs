//! The index of what is: facts in, rows out. Knows neither the API server nor the store nor HTTP.
//!
//! [`Index`] is synchronous and has no clock; [`Live`] is the handle that everybody else holds.

mod gather;
mod handle;
mod index;
mod ring;
#[cfg(test)]
pub mod testing;

pub use gather::gather;
pub use handle::Live;
pub use index::{Index, Update};

use std::sync::Arc;

use jiff::Timestamp;
use model::claim::Claim;
use model::facts::Facts;
use model::pod::Pod;
use model::revision::Revision;
use model::service::Service;
use model::set::{Set, SetKey};
use model::status::Status;
use model::wire::{KindHealth, SetRow};

/// A watched kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    Sets,
    Pods,
    Claims,
    Revisions,
    Services,
}

impl Kind {
    /// Every watched kind.
    pub const ALL: [Self; 5] =
        [Self::Sets, Self::Pods, Self::Claims, Self::Revisions, Self::Services];

    /// The plural resource name, as in [`KindHealth::kind`].
    pub fn resource(self) -> &'static str {
        match self {
            Self::Sets => "statefulsets",
            Self::Pods => "pods",
            Self::Claims => "persistentvolumeclaims",
            Self::Revisions => "controllerrevisions",
            Self::Services => "services",
        }
    }

    /// The reverse of [`Kind::resource`].
    pub fn of_resource(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|k| k.resource() == name)
    }
}

/// A watched object as a fact.
#[derive(Clone, Debug, PartialEq)]
pub enum Object {
    Set(Box<Set>),
    Pod(Box<Pod>),
    Claim(Box<Claim>),
    Revision(Box<Revision>),
    Service(Box<Service>),
}

impl Object {
    pub fn kind(&self) -> Kind {
        match self {
            Self::Set(_) => Kind::Sets,
            Self::Pod(_) => Kind::Pods,
            Self::Claim(_) => Kind::Claims,
            Self::Revision(_) => Kind::Revisions,
            Self::Service(_) => Kind::Services,
        }
    }

    pub fn namespace(&self) -> &str {
        match self {
            Self::Set(o) => &o.namespace,
            Self::Pod(o) => &o.namespace,
            Self::Claim(o) => &o.namespace,
            Self::Revision(o) => &o.namespace,
            Self::Service(o) => &o.namespace,
        }
    }

    pub fn name(&self) -> &str {
        match self {
            Self::Set(o) => &o.name,
            Self::Pod(o) => &o.name,
            Self::Claim(o) => &o.name,
            Self::Revision(o) => &o.name,
            Self::Service(o) => &o.name,
        }
    }
}

/// What the watches report.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// Added or modified.
    Apply(Object),
    /// Deleted. The uid tells an object from its successor of the same name.
    Delete { kind: Kind, namespace: String, name: String, uid: String },
    /// A fresh list: in this scope (a namespace, or all) there is exactly this.
    Reset { kind: Kind, namespace: Option<String>, objects: Vec<Object> },
    /// The state of a watch changed.
    Health(KindHealth),
    /// A pod template that a revision recorded, before the revision itself. For the recorder; the index ignores it.
    Template {
        /// [`Revision::hash`].
        hash: String,
        /// The JSON of `spec.template`.
        template: String,
    },
}

/// Which namespaces are watched.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Scope {
    #[default]
    All,
    /// Exactly these; at least one.
    Namespaces(Vec<String>),
}

impl Scope {
    /// One entry per watch of a kind: `None` for all namespaces.
    pub fn parts(&self) -> Vec<Option<String>> {
        match self {
            Self::All => vec![None],
            Self::Namespaces(names) => names.iter().cloned().map(Some).collect(),
        }
    }
}

/// A set before and after a change, for the recorder. A set that takes the name of another (a new uid) is two of these:
/// the old one gone, then the new one seen. Where only time passed, `before` and `after` are the same.
#[derive(Clone, Debug)]
pub struct Changed {
    pub key: SetKey,
    pub at: Timestamp,
    /// `None`: not seen before.
    pub before: Option<Arc<Facts>>,
    /// `None`: gone.
    pub after: Option<Arc<Facts>>,
    pub status_before: Option<Status>,
    pub status_after: Option<Status>,
}

/// A row, serialised once for all who read it.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    pub row: SetRow,
    /// `row` as JSON.
    pub json: Arc<str>,
}

/// What one publication brought.
#[derive(Clone, Debug)]
pub struct Publication {
    /// Rises by one with each publication.
    pub version: u64,
    /// Rows of the sets whose facts or row changed.
    pub changed: Vec<Arc<Row>>,
    /// Those of `changed` whose row is as it was (only facts behind it changed): a fleet stream may leave them out.
    pub same: Vec<SetKey>,
    pub gone: Vec<SetKey>,
    /// The state of a watch changed too.
    pub health: bool,
}
