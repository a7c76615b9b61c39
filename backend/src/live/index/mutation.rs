//! Single steps into which every change falls apart, and which sets they touch.

use std::collections::{BTreeSet, HashSet};

use model::set::SetKey;

use super::super::{Kind, Object};
use super::objects::{Objects, claim_place};

/// One object put or dropped. Steps that would change nothing are not made.
#[derive(Debug)]
pub(super) enum Mutation {
    Put(Object),
    Drop { kind: Kind, namespace: String, name: String },
}

impl Objects {
    /// A step for an object that differs from what is there.
    pub(super) fn put_if_new(&self, mut object: Object) -> Option<Mutation> {
        if let Object::Revision(new) = &mut object
            && let Some(known) = self.revisions.get(&new.namespace, &new.name)
        {
            new.follow(known);
        }
        let (namespace, name) = (object.namespace(), object.name());
        let known = match &object {
            Object::Set(o) => self.sets.get(&o.key()) == Some(&**o),
            Object::Pod(o) => self.pods.get(namespace, name) == Some(&**o),
            Object::Revision(o) => self.revisions.get(namespace, name) == Some(&**o),
            Object::Claim(o) => match claim_place(name) {
                Some((stem, ordinal)) => self.claim(namespace, stem, ordinal) == Some(&**o),
                // The name has no ordinal: no set will ever claim it.
                None => true,
            },
            Object::Service(o) => {
                self.services.get(namespace).and_then(|all| all.get(name)) == Some(&**o)
            }
        };
        (!known).then_some(Mutation::Put(object))
    }

    /// A step for a deletion, unless a successor of the same name is there already. Services carry no uid: their
    /// events come in order.
    pub(super) fn drop_if_same(
        &self,
        kind: Kind,
        namespace: &str,
        name: &str,
        uid: &str,
    ) -> Option<Mutation> {
        let found = match kind {
            Kind::Sets => self.sets.get(&SetKey::new(namespace, name)).map(|o| o.uid.as_str()),
            Kind::Pods => self.pods.get(namespace, name).map(|o| o.uid.as_str()),
            Kind::Revisions => self.revisions.get(namespace, name).map(|o| o.uid.as_str()),
            Kind::Claims => claim_place(name)
                .and_then(|(stem, ordinal)| self.claim(namespace, stem, ordinal))
                .map(|o| o.uid.as_str()),
            Kind::Services => {
                self.services.get(namespace).and_then(|all| all.get(name)).map(|_| uid)
            }
        };
        (found? == uid).then(|| Mutation::Drop {
            kind,
            namespace: namespace.to_owned(),
            name: name.to_owned(),
        })
    }

    /// The steps from what is there to a fresh list of a kind.
    pub(super) fn differences(
        &self,
        kind: Kind,
        namespace: Option<&str>,
        objects: Vec<Object>,
    ) -> Vec<Mutation> {
        let listed: HashSet<(&str, &str)> =
            objects.iter().map(|o| (o.namespace(), o.name())).collect();
        let mut steps: Vec<Mutation> = self
            .names(kind, namespace)
            .into_iter()
            .filter(|(ns, name)| !listed.contains(&(ns.as_str(), name.as_str())))
            .map(|(namespace, name)| Mutation::Drop { kind, namespace, name })
            .collect();
        steps.extend(
            objects
                .into_iter()
                .filter(|o| o.kind() == kind && namespace.is_none_or(|ns| ns == o.namespace()))
                .filter_map(|object| self.put_if_new(object)),
        );
        steps
    }

    /// The sets whose facts the step can change, as far as they are known before it.
    pub(super) fn touched_by(&self, step: &Mutation, touched: &mut BTreeSet<SetKey>) {
        let (kind, namespace, name) = match step {
            Mutation::Put(object) => (object.kind(), object.namespace(), object.name()),
            Mutation::Drop { kind, namespace, name } => (*kind, namespace.as_str(), name.as_str()),
        };
        let new_owner = match step {
            Mutation::Put(Object::Pod(o)) => Some(o.set_uid.as_str()),
            Mutation::Put(Object::Revision(o)) => Some(o.set_uid.as_str()),
            _ => None,
        };
        match kind {
            Kind::Sets => {
                touched.insert(SetKey::new(namespace, name));
            }
            Kind::Pods | Kind::Revisions => {
                let old_owner = if kind == Kind::Pods {
                    self.pods.owner(namespace, name)
                } else {
                    self.revisions.owner(namespace, name)
                };
                let owners = old_owner.map(|o| &**o).into_iter().chain(new_owner);
                touched.extend(owners.filter_map(|uid| self.set_of(uid)).cloned());
            }
            Kind::Claims => touched.extend(self.sets_of_claim(namespace, name)),
            Kind::Services => {
                let new = match step {
                    Mutation::Put(Object::Service(service)) => Some(&**service),
                    _ => None,
                };
                let old = self.services.get(namespace).and_then(|all| all.get(name));
                touched.extend(
                    self.sets_in(namespace)
                        .filter(|set| match &set.service_name {
                            Some(governing) => governing == name,
                            None => old
                                .into_iter()
                                .chain(new)
                                .any(|service| service.selects(&set.template_labels)),
                        })
                        .map(model::set::Set::key),
                );
            }
        }
    }
}
