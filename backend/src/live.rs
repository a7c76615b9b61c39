//! The index of what is: facts in, rows out. Knows neither the API server nor the store nor HTTP.

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

/// A watched object as a fact.
#[derive(Clone, Debug, PartialEq)]
pub enum Object {
    Set(Box<Set>),
    Pod(Box<Pod>),
    Claim(Box<Claim>),
    Revision(Box<Revision>),
    Service(Box<Service>),
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
}

/// A set before and after a change, for the recorder.
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
    pub changed: Vec<Arc<Row>>,
    pub gone: Vec<SetKey>,
    /// The state of a watch changed too.
    pub health: bool,
}
