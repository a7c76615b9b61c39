//! Facts as what the watches say of them.

use jiff::Timestamp;
use model::claim::Claim;
use model::pod::Pod;
use model::revision::Revision;
use model::service::Service;
use model::set::Set;
use model::status::Settings;
use model::wire::{KindHealth, KindState};

use super::super::{Change, Index, Kind, Live, Object, Scope};
use super::at;

/// Facts as changes.
pub trait Words {
    fn object(self) -> Object;

    /// It was added or modified.
    fn appears(self) -> Change
    where
        Self: Sized,
    {
        Change::Apply(self.object())
    }

    /// It was deleted.
    fn goes(self) -> Change
    where
        Self: Sized,
    {
        let object = self.object();
        let uid = match &object {
            Object::Set(o) => o.uid.clone(),
            Object::Pod(o) => o.uid.clone(),
            Object::Claim(o) => o.uid.clone(),
            Object::Revision(o) => o.uid.clone(),
            Object::Service(_) => String::new(),
        };
        Change::Delete {
            kind: object.kind(),
            namespace: object.namespace().to_owned(),
            name: object.name().to_owned(),
            uid,
        }
    }
}

impl Words for Set {
    fn object(self) -> Object {
        Object::Set(Box::new(self))
    }
}
impl Words for Pod {
    fn object(self) -> Object {
        Object::Pod(Box::new(self))
    }
}
impl Words for Claim {
    fn object(self) -> Object {
        Object::Claim(Box::new(self))
    }
}
impl Words for Revision {
    fn object(self) -> Object {
        Object::Revision(Box::new(self))
    }
}
impl Words for Service {
    fn object(self) -> Object {
        Object::Service(Box::new(self))
    }
}

/// A fresh list of a kind in all namespaces.
pub fn listed(kind: Kind, objects: impl IntoIterator<Item = Object>) -> Change {
    Change::Reset { kind, namespace: None, objects: objects.into_iter().collect() }
}

/// A watch reports about itself.
pub fn health(kind: Kind, state: KindState, since: Timestamp) -> Change {
    Change::Health(KindHealth {
        kind: kind.resource().to_owned(),
        namespace: None,
        state,
        since,
        reason: (state != KindState::Live).then(|| "because".to_owned()),
        yours: false,
    })
}

/// The five lists with which a watch of all namespaces begins.
pub fn lists_of(objects: impl IntoIterator<Item = Object>) -> Vec<Change> {
    let objects: Vec<Object> = objects.into_iter().collect();
    Kind::ALL
        .into_iter()
        .map(|kind| listed(kind, objects.iter().filter(|o| o.kind() == kind).cloned()))
        .collect()
}

/// An index that was told these objects by lists of all namespaces.
pub fn an_index_of(objects: impl IntoIterator<Item = Object>) -> Index {
    let mut index = Index::new(&Scope::All, Settings::default(), at(0));
    for change in lists_of(objects) {
        index.apply(change, at(0));
    }
    index
}

/// A live fleet that was told these objects by lists of all namespaces.
pub fn a_live_fleet_of(objects: impl IntoIterator<Item = Object>) -> Live {
    let live = Live::new(&Scope::All, Settings::default(), at(0));
    for change in lists_of(objects) {
        live.apply(change, at(0));
    }
    live
}
