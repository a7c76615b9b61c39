//! The whole cluster at one moment, behind one lock: the objects and everything that works on them.
//!
//! All parts (API, controllers, pretend kubelet) are plain functions on it; only [`crate::Sandbox`] waits for anything.

mod create;
mod delete;
mod update;

pub(crate) use create::Creation;
pub(crate) use delete::{Deletion, Propagation};
pub(crate) use update::{Part, Update};

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::controller::Controller;
use crate::events::Events;
use crate::fields::Writer;
use crate::kind::Kind;
use crate::kinds::Setting;
use crate::kubelet::Kubelet;
use crate::object::{self, Key};
use crate::options::Options;
use crate::refusal::Refusal;
use crate::rights::Rights;
use crate::store::Store;
use crate::work::Work;

pub(crate) struct World {
    pub(crate) store: Store,
    pub(crate) options: Options,
    pub(crate) rights: Rights,
    pub(crate) work: Work,
    pub(crate) kubelet: Kubelet,
    pub(crate) controller: Controller,
    pub(crate) events: Events,
    /// The moment at which the lock was taken, or the timer ran out.
    pub(crate) now: Timestamp,
    random: u64,
}

/// Who writes, and how.
#[derive(Clone, Copy, Debug)]
pub(crate) struct By<'a> {
    /// The field manager: `?fieldManager=`, else the first part of the User-Agent.
    pub(crate) manager: &'a str,
    pub(crate) dry_run: bool,
}

impl<'a> By<'a> {
    pub(crate) fn manager(manager: &'a str) -> Self {
        Self { manager, dry_run: false }
    }

    pub(crate) fn writer(&self, subresource: &'a str) -> Writer<'a> {
        Writer { manager: self.manager, applies: false, subresource }
    }
}

/// The field manager of the controllers: one for them all, as on real clusters.
pub(crate) const CONTROLLERS: By<'static> =
    By { manager: "kube-controller-manager", dry_run: false };

impl World {
    pub(crate) fn new(options: Options, now: Timestamp) -> Self {
        let mut world = Self {
            store: Store::new(options.log_kept),
            rights: Rights::new(&options),
            work: Work::default(),
            kubelet: Kubelet::default(),
            controller: Controller::default(),
            events: Events::default(),
            now,
            random: options.seed,
            options,
        };
        crate::furnish::furnish(&mut world);
        world
    }

    /// A number nobody expects. Source: splitmix64.
    pub(crate) fn random(&mut self) -> u64 {
        self.random = self.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.random;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A uid as the API server makes them (version 4).
    pub(crate) fn uid(&mut self) -> String {
        let (a, b) = (self.random(), self.random());
        format!(
            "{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}",
            a >> 32,
            (a >> 16) & 0xffff,
            a & 0xfff,
            (b >> 48) & 0x3fff | 0x8000,
            b & 0xffff_ffff_ffff
        )
    }

    /// Some characters that end a generated name.
    pub(crate) fn suffix(&mut self, length: usize) -> String {
        // No vowels, so that no word comes out. Source: apimachinery `pkg/util/rand`.
        const LETTERS: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";
        let mut text = String::new();
        for _ in 0..length {
            let at = usize::try_from(self.random() % LETTERS.len() as u64).unwrap_or_default();
            text.push(char::from(LETTERS[at]));
        }
        text
    }

    pub(crate) fn get(&self, key: &Key) -> Result<Arc<Value>, Refusal> {
        self.store.get(key).cloned().ok_or_else(|| Refusal::not_found(key.kind, &key.name))
    }

    /// What the rules for an object depend on.
    pub(crate) fn setting(&self, kind: Kind, object: &Value) -> Setting {
        let class_grows = kind != Kind::Claim || {
            let class = object::text(object, "/spec/storageClassName");
            let class = self.store.get(&Key::new(Kind::StorageClass, "", class));
            class.is_some_and(|c| c["allowVolumeExpansion"] == json!(true))
        };
        Setting {
            max_unavailable: self.options.max_unavailable,
            names_immutable_fields: (self.options.version.major, self.options.version.minor)
                >= (1, 37),
            default_class: (kind == Kind::Claim).then(|| self.store.default_class()).flatten(),
            class_grows,
            serial: self.store.version(),
        }
    }

    /// Stores an object whose last finalizer may have gone with this write.
    pub(crate) fn put(&mut self, key: &Key, object: Value) -> Arc<Value> {
        let over = object::is_terminating(&object)
            && object::list(&object, "/metadata/finalizers").is_empty()
            && (object::number(&object, "/metadata/deletionGracePeriodSeconds") == Some(0)
                || key.kind != Kind::Pod)
            && key.kind != Kind::Namespace;
        let stored = self.store.put(key, object);
        if over { self.store.remove(key).unwrap_or(stored) } else { stored }
    }
}
