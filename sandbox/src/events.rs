//! Events, deduplicated with counts as client-go's recorder does it, and not kept for ever.

use std::collections::{HashMap, VecDeque};

use serde_json::{Value, json};

use crate::kind::Kind;
use crate::object::{self, Key, stamp};
use crate::world::{By, World};

/// Events that are kept at most; the oldest go first. A real server keeps them for an hour.
const KEPT: usize = 4_000;

/// What was told already.
#[derive(Debug, Default)]
pub(crate) struct Events {
    told: HashMap<(String, String, String), Key>,
    order: VecDeque<Key>,
}

/// Who tells.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Source {
    Controller,
    Scheduler,
    Kubelet,
    Storage,
    Resizer,
}

impl Source {
    fn name(self) -> &'static str {
        match self {
            Self::Controller => "statefulset-controller",
            Self::Scheduler => "default-scheduler",
            Self::Kubelet => "kubelet",
            Self::Storage => "persistentvolume-controller",
            Self::Resizer => "volume_expand",
        }
    }
}

impl World {
    /// Tells something about an object.
    pub(crate) fn tell(
        &mut self,
        about: &Value,
        source: Source,
        normal: bool,
        reason: &str,
        message: &str,
    ) {
        let place = (object::uid(about).to_owned(), reason.to_owned(), message.to_owned());
        let now = stamp(self.now);
        if let Some(key) = self.events.told.get(&place).cloned()
            && let Some(found) = self.store.get(&key)
        {
            let mut event = (**found).clone();
            event["count"] = json!(object::number(&event, "/count").unwrap_or(1) + 1);
            event["lastTimestamp"] = json!(now);
            self.store.put(&key, event);
            return;
        }
        let namespace = match object::namespace(about) {
            "" => "default",
            namespace => namespace,
        };
        let name = format!("{}.{:016x}", object::name(about), self.random());
        let mut involved = json!({
            "kind": about["kind"], "apiVersion": about["apiVersion"], "name": object::name(about),
            "uid": object::uid(about), "resourceVersion": about["metadata"]["resourceVersion"],
        });
        if !object::namespace(about).is_empty() {
            involved["namespace"] = json!(namespace);
        }
        let event = json!({
            "metadata": {"name": name},
            "involvedObject": involved,
            "reason": reason,
            "message": message,
            "type": if normal { "Normal" } else { "Warning" },
            "source": {"component": source.name()},
            "reportingComponent": source.name(),
            "reportingInstance": "",
            "firstTimestamp": now,
            "lastTimestamp": now,
            "count": 1,
        });
        // In a namespace that goes away nothing is told any more.
        if self.make(Kind::Event, namespace, event, By::manager(source.name())).is_err() {
            return;
        }
        let key = Key::new(Kind::Event, namespace, name);
        self.events.told.insert(place, key.clone());
        self.events.order.push_back(key);
        if self.events.order.len() > KEPT
            && let Some(oldest) = self.events.order.pop_front()
        {
            self.store.remove(&oldest);
            self.events.told.retain(|_, key| *key != oldest);
        }
    }
}
