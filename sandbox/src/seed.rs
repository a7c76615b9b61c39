//! Many sets at once, already settled: for measurements.

use std::time::Duration;

use model::set::Set;
use serde_json::{Value, json};

use crate::controller::made;
use crate::kind::Kind;
use crate::kubelet;
use crate::object::{self, Key};
use crate::refusal::Refusal;
use crate::sandbox::Sandbox;
use crate::world::{By, CONTROLLERS, World};

/// How many, and of what.
#[derive(Clone, Debug)]
pub struct Seed {
    pub namespaces: u32,
    /// Sets altogether, spread over the namespaces.
    pub sets: u32,
    /// Pods of each set.
    pub replicas: u32,
    /// Whether each pod has a claim.
    pub claims: bool,
    /// How long ago it all came up.
    pub age: Duration,
}

impl Default for Seed {
    fn default() -> Self {
        Self {
            namespaces: 20,
            sets: 1_000,
            replicas: 10,
            claims: false,
            age: Duration::from_hours(240),
        }
    }
}

impl Sandbox {
    /// Creates sets `set-0000`, `set-0001`, … in namespaces `team-00`, `team-01`, … with all their pods Ready. What follows
    /// (restarts, scaling) goes the usual way.
    ///
    /// # Errors
    /// What the API server would answer, such as for a name that is taken.
    pub fn seed(&self, seed: &Seed) -> Result<(), Refusal> {
        let inner = self.inner();
        for n in 0..seed.namespaces {
            let name = format!("team-{n:02}");
            let object = json!({"metadata": {"name": name}});
            inner.world().make(Kind::Namespace, "", object, By::manager("seed"))?;
        }
        for n in 0..seed.sets {
            let namespace = format!("team-{:02}", n % seed.namespaces.max(1));
            let mut world = inner.world();
            // As if it were that long ago.
            let now = world.now;
            world.now = now - seed.age;
            let made = one(&mut world, &namespace, &format!("set-{n:04}"), seed);
            world.now = now;
            drop(world);
            made?;
            if n % 50 == 0 {
                inner.stir();
            }
        }
        // Nobody watched the making of them: its log would hold each object twice.
        inner.world().store.compact();
        inner.stir();
        Ok(())
    }
}

fn one(world: &mut World, namespace: &str, name: &str, seed: &Seed) -> Result<(), Refusal> {
    let set = world.make(Kind::Set, namespace, set(name, seed), By::manager("helm"))?;
    let record = made::record(&set);
    let hash = model::controller::revision_name(name, &record, 0);
    let revision = made::revision(&set, &hash, 1);
    world.make(Kind::Revision, namespace, revision, CONTROLLERS)?;
    let since = world.now;
    for ordinal in 0..seed.replicas {
        if seed.claims
            && let Some(claim) = made::claim(&set, "data", ordinal)
        {
            world.make(Kind::Claim, namespace, claim, CONTROLLERS)?;
        }
        let mut pod = (*world.make(
            Kind::Pod,
            namespace,
            made::pod(world, &set, ordinal, &hash),
            CONTROLLERS,
        )?)
        .clone();
        kubelet::settle(world, &mut pod, since);
        world.put(&Key::new(Kind::Pod, namespace, object::name(&pod)), pod);
    }
    let n = seed.replicas;
    let mut settled = (*set).clone();
    settled["status"] = json!({
        "observedGeneration": 1, "replicas": n, "readyReplicas": n, "availableReplicas": n,
        "currentReplicas": n, "updatedReplicas": n, "currentRevision": hash, "updateRevision": hash,
        "collisionCount": 0,
    });
    world.put(&Key::new(Kind::Set, namespace, name), settled);
    debug_assert_eq!(Set::ordinal_in(name, &format!("{name}-0")), Some(0));
    Ok(())
}

fn set(name: &str, seed: &Seed) -> Value {
    let mut container = json!({
        "name": "app",
        "image": "registry.example/app:1.0",
        "env": [{"name": "LOG_LEVEL", "value": "info"}],
        "ports": [{"name": "http", "containerPort": 8080}],
        "resources": {"requests": {"cpu": "100m", "memory": "128Mi"}},
    });
    let mut spec = json!({
        "replicas": seed.replicas,
        "serviceName": name,
        "selector": {"matchLabels": {"app": name}},
        "template": {"metadata": {"labels": {"app": name}}},
    });
    if seed.claims {
        container["volumeMounts"] = json!([{"name": "data", "mountPath": "/data"}]);
        spec["volumeClaimTemplates"] = json!([{
            "metadata": {"name": "data"},
            "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
        }]);
    }
    spec["template"]["spec"] = json!({"containers": [container]});
    json!({"metadata": {"name": name, "labels": {"app": name}}, "spec": spec})
}
