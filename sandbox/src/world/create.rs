//! Creating an object.

use std::sync::Arc;

use serde_json::{Value, json};

use super::{By, World};
use crate::fields;
use crate::fields::Writer;
use crate::kind::Kind;
use crate::kinds;
use crate::object::{self, Key, meta_mut, stamp};
use crate::patch::apply;
use crate::refusal::Refusal;

/// An object to be created.
#[derive(Debug)]
pub(crate) struct Creation<'a> {
    pub(crate) kind: Kind,
    pub(crate) namespace: &'a str,
    pub(crate) object: Value,
    pub(crate) by: By<'a>,
    /// By server-side apply of this configuration.
    pub(crate) applied: Option<(&'a Value, Writer<'a>)>,
}

impl World {
    /// Creates an object as a controller.
    ///
    /// # Errors
    /// As [`Self::create`].
    pub(crate) fn make(
        &mut self,
        kind: Kind,
        namespace: &str,
        object: Value,
        by: By<'_>,
    ) -> Result<Arc<Value>, Refusal> {
        self.create(Creation { kind, namespace, object, by, applied: None })
    }

    /// # Errors
    /// 400, 404 (no such namespace), 409 or 422 as the API server has them.
    pub(crate) fn create(&mut self, creation: Creation<'_>) -> Result<Arc<Value>, Refusal> {
        let Creation { kind, namespace, object, by, applied } = creation;
        let mut object = kinds::typed(kind, object)?;
        self.identify(kind, namespace, &mut object)?;
        let key = Key::new(kind, namespace, object::name(&object));
        self.place(&key)?;
        if self.store.get(&key).is_some() {
            return Err(Refusal::already_exists(kind, &key.name));
        }
        let setting = self.setting(kind, &object);
        kinds::default_new(kind, &mut object, &setting);
        let causes = kinds::check_new(kind, &object, &setting);
        if !causes.is_empty() {
            return Err(Refusal::invalid(kind, &key.name, &causes));
        }
        match applied {
            Some((configuration, writer)) => {
                apply::settle(None, &mut object, configuration, &writer, self.now);
            }
            None => fields::credit(None, &mut object, &by.writer(""), self.now),
        }
        if by.dry_run {
            return Ok(Arc::new(object));
        }
        Ok(self.put(&key, object))
    }

    /// Name, uid and the rest that the server sets.
    fn identify(&mut self, kind: Kind, namespace: &str, object: &mut Value) -> Result<(), Refusal> {
        let generated = object::text(object, "/metadata/generateName").to_owned();
        let name = match object::name(object) {
            "" if !generated.is_empty() => format!("{generated}{}", self.suffix(5)),
            name => name.to_owned(),
        };
        let given = object::namespace(object);
        if kind.info().namespaced && !given.is_empty() && given != namespace {
            return Err(Refusal::bad_request(
                "the namespace of the provided object does not match the namespace sent on the request",
            ));
        }
        let (uid, created) = (self.uid(), stamp(self.now));
        let meta = meta_mut(object);
        for field in [
            "resourceVersion",
            "deletionTimestamp",
            "deletionGracePeriodSeconds",
            "managedFields",
            "selfLink",
        ] {
            meta.remove(field);
        }
        meta.insert("name".to_owned(), json!(name));
        meta.insert("uid".to_owned(), json!(uid));
        meta.insert("creationTimestamp".to_owned(), json!(created));
        if kind.info().namespaced {
            meta.insert("namespace".to_owned(), json!(namespace));
        }
        if kind.info().has_generation {
            meta.insert("generation".to_owned(), json!(1));
        } else {
            meta.remove("generation");
        }
        Ok(())
    }

    /// The namespace has to be there, and to stay.
    fn place(&self, key: &Key) -> Result<(), Refusal> {
        if !key.kind.info().namespaced {
            return Ok(());
        }
        let namespace = self.get(&Key::new(Kind::Namespace, "", &key.namespace))?;
        if object::is_terminating(&namespace) && key.kind != Kind::Event {
            let why = format!(
                "unable to create new content in namespace {} because it is being terminated",
                key.namespace
            );
            return Err(Refusal::forbidden(key.kind, &key.name, &why));
        }
        Ok(())
    }
}
