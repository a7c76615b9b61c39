//! What is and what was in a namespace.

use std::collections::BTreeMap;
use std::time::Instant;

use model::testing::seen::{Change, Objects, Watched, is_ending, is_ready, text};
use serde_json::{Value, json};

/// The kinds that are watched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    Set,
    Pod,
    Claim,
    Revision,
}

impl Kind {
    pub(crate) const ALL: [Self; 4] = [Self::Set, Self::Pod, Self::Claim, Self::Revision];

    pub(crate) fn group(self) -> &'static str {
        match self {
            Self::Set | Self::Revision => "/apis/apps/v1",
            Self::Pod | Self::Claim => "/api/v1",
        }
    }

    pub(crate) fn resource(self) -> &'static str {
        match self {
            Self::Set => "statefulsets",
            Self::Pod => "pods",
            Self::Claim => "persistentvolumeclaims",
            Self::Revision => "controllerrevisions",
        }
    }

    /// As a recording tells it; sets are not told.
    fn watched(self) -> Option<Watched> {
        match self {
            Self::Set => None,
            Self::Pod => Some(Watched::Pod),
            Self::Claim => Some(Watched::Claim),
            Self::Revision => Some(Watched::Revision),
        }
    }

    /// What of an object counts as a change. A crash loop writes a pod's status for ever and is at rest all the same.
    fn digest(self, object: &Value) -> Value {
        let meta = &object["metadata"];
        let own = match self {
            Self::Set => json!([meta["generation"], object["status"]]),
            Self::Pod => json!([object["status"]["phase"], is_ready(object), meta["finalizers"]]),
            Self::Claim => json!([meta["ownerReferences"]]),
            Self::Revision => json!([object["revision"]]),
        };
        json!([meta["uid"], is_ending(object), own])
    }
}

struct Entry {
    version: u64,
    kind: Kind,
    before: Option<Value>,
    after: Option<Value>,
}

/// One namespace.
pub struct Log {
    objects: BTreeMap<(Kind, String), Value>,
    changes: Vec<Entry>,
    /// When something that counts changed last.
    pub(crate) moved: Instant,
}

impl Log {
    pub(crate) fn new() -> Self {
        Self { objects: BTreeMap::new(), changes: Vec::new(), moved: Instant::now() }
    }

    /// Takes in what a watch brought.
    pub(crate) fn take(&mut self, kind: Kind, mut object: Value, deleted: bool) {
        if let Some(meta) = object["metadata"].as_object_mut() {
            meta.remove("managedFields");
        }
        let version = text(&object, "/metadata/resourceVersion").parse().unwrap_or(0);
        let key = (kind, text(&object, "/metadata/name").to_owned());
        let (before, after) = if deleted {
            (self.objects.remove(&key).or(Some(object)), None)
        } else {
            (self.objects.insert(key, object.clone()), Some(object))
        };
        let digest = |object: &Option<Value>| object.as_ref().map(|o| kind.digest(o));
        if digest(&before) != digest(&after) {
            self.moved = Instant::now();
            self.changes.push(Entry { version, kind, before, after });
        }
    }

    /// How many changes there were. Those of one step are cut off at rest, so the number is good for [`Self::since`].
    pub(crate) fn mark(&self) -> usize {
        self.changes.len()
    }

    /// The changes after a mark, in the order in which the server made them: one counter numbers all kinds.
    pub(crate) fn since(&self, mark: usize) -> Vec<Change<'_>> {
        let mut entries: Vec<&Entry> = self.changes[mark..].iter().collect();
        entries.sort_by_key(|entry| entry.version);
        let told = |entry: &&'_ Entry| entry.kind.watched();
        entries
            .iter()
            .filter_map(|entry| {
                let kind = told(entry)?;
                Some(Change { kind, before: entry.before.as_ref(), after: entry.after.as_ref() })
            })
            .collect()
    }

    pub fn get(&self, kind: Kind, name: &str) -> Option<&Value> {
        self.objects.get(&(kind, name.to_owned()))
    }

    pub fn list(&self, kind: Kind) -> impl Iterator<Item = &Value> {
        self.objects.iter().filter(move |((k, _), _)| *k == kind).map(|(_, object)| object)
    }

    pub(crate) fn objects(&self, set: &str) -> Objects<'_> {
        Objects {
            set: self.get(Kind::Set, set),
            pods: self.list(Kind::Pod).collect(),
            claims: self.list(Kind::Claim).collect(),
            revisions: self.list(Kind::Revision).collect(),
        }
    }
}
