//! The cluster of `rollcall demo`: sets in all states, with a past of some days.
//!
//! | set | what there is to see |
//! |---|---|
//! | `shop/orders-db` | five pods with two claims each, healthy: step a canary here |
//! | `shop/session-cache` | Parallel |
//! | `shop/ledger` | OnDelete: a new image that no pod runs yet; `ledger-0` is the leader |
//! | `shop/catalog` | a canary that has been held for three days |
//! | `shop/mailer` | trapped: a broken image was taken back, the broken pod stays |
//! | `shop/search` | 60 pods and a budget |
//! | `labs/*` | five ordinary installations |

use std::time::Duration;

use serde_json::{Value, json};

use crate::clock::Clock;
use crate::kind::Kind;
use crate::options::{Options, Pace};
use crate::refusal::Refusal;
use crate::sandbox::Sandbox;

/// How long ago the past begins.
const AGE: Duration = Duration::from_hours(9 * 24);
const DAY: Duration = Duration::from_hours(24);

/// Who keeps the sets of the demo by hand.
const KUBECTL: &str = "kubectl-client-side-apply";

const SETS: [&str; 6] = [
    include_str!("../../xtask/demo/first/10-orders-db.yaml"),
    include_str!("../../xtask/demo/first/20-session-cache.yaml"),
    include_str!("../../xtask/demo/first/30-ledger.yaml"),
    include_str!("../../xtask/demo/first/40-catalog.yaml"),
    include_str!("../../xtask/demo/first/50-mailer.yaml"),
    include_str!("../demo/search.yaml"),
];

const LABS: [&str; 5] = [
    include_str!("../../e2e/labs/python-app.yaml"),
    include_str!("../../e2e/labs/web-app.yaml"),
    include_str!("../../e2e/labs/app-kotlin.yaml"),
    include_str!("../../e2e/labs/python-time.yaml"),
    include_str!("../../e2e/labs/my-web-app.yaml"),
];

/// What can be chosen of a demo's cluster.
#[derive(Clone, Copy, Debug)]
pub struct Scene {
    /// How long pods and claims take.
    pub pace: Pace,
    /// The gate MaxUnavailableStatefulSet.
    pub max_unavailable: bool,
}

/// A cluster whose past has been played; [`Sandbox::go_live`] lets it go on. `seed` tells clusters apart.
///
/// # Errors
/// What the API server would answer to the manifests.
pub fn cluster(seed: u64, scene: Scene) -> Result<Sandbox, Refusal> {
    with_uid(seed, scene, None)
}

/// Puts the demo's cluster back to what [`cluster`] makes: other sets of the same names, in the same cluster. `seed` has to be
/// another than before. Takes about as long as [`cluster`].
///
/// # Errors
/// As [`cluster`]; nothing was changed then.
pub fn reset(sandbox: &Sandbox, seed: u64, scene: Scene) -> Result<(), Refusal> {
    let system = sandbox.get(Kind::Namespace, "", "kube-system");
    let uid = system.and_then(|s| s["metadata"]["uid"].as_str().map(str::to_owned));
    sandbox.take_over(&with_uid(seed, scene, uid)?);
    Ok(())
}

fn with_uid(seed: u64, scene: Scene, cluster_uid: Option<String>) -> Result<Sandbox, Refusal> {
    let now = jiff::Timestamp::now();
    let sandbox = Sandbox::new(Options {
        clock: Clock::manual(now - AGE),
        pace: scene.pace,
        max_unavailable: scene.max_unavailable,
        seed,
        cluster_uid,
        ..Options::default()
    });
    play(&sandbox)?;
    Ok(sandbox)
}

/// What happened in nine days.
fn play(sandbox: &Sandbox) -> Result<(), Refusal> {
    sandbox.create("", "{apiVersion: v1, kind: Namespace, metadata: {name: labs}}", KUBECTL)?;
    for manifest in SETS {
        sandbox.create("shop", manifest, KUBECTL)?;
    }
    for manifest in LABS {
        sandbox.create("labs", manifest, "helm")?;
    }
    sandbox.advance(DAY);
    let leader = json!({"metadata": {"labels": {"role": "leader"}}});
    sandbox.patch(Kind::Pod, "shop", "ledger-0", &leader, "patroni")?;
    image(sandbox, "orders-db", "registry.example/orders-db:14.3")?;
    sandbox.advance(2 * DAY);
    image(sandbox, "session-cache", "registry.example/session-cache:7.4")?;
    sandbox.advance(3 * DAY);
    image(sandbox, "catalog", "registry.example/catalog:5.9.0")?;
    sandbox.advance(DAY);
    image(sandbox, "ledger", "registry.example/ledger:3.1")?;
    sandbox.advance(Duration::from_hours(46));
    image(sandbox, "mailer", "registry.example/mailer:2.1-pull")?;
    sandbox.advance(Duration::from_mins(35));
    // Taken back, as everybody would. It does not help: nothing replaces mailer-2.
    image(sandbox, "mailer", "registry.example/mailer:2.0")?;
    sandbox.advance(Duration::from_mins(85));
    Ok(())
}

/// As `kubectl set image` does it.
fn image(sandbox: &Sandbox, set: &str, image: &str) -> Result<(), Refusal> {
    let found = sandbox.get(Kind::Set, "shop", set);
    let found = found.ok_or_else(|| Refusal::not_found(Kind::Set, set))?;
    let mut containers = found["spec"]["template"]["spec"]["containers"].clone();
    if let Some(first) = containers.get_mut(0).and_then(Value::as_object_mut) {
        first.insert("image".to_owned(), json!(image));
    }
    let patch = json!({"spec": {"template": {"spec": {"containers": containers}}}});
    sandbox.patch(Kind::Set, "shop", set, &patch, "kubectl-set").map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCENE: Scene = Scene { pace: Pace::WATCHABLE, max_unavailable: false };
    use crate::object::{holds, text};

    #[test]
    fn the_demo_holds_what_it_promises() {
        let sandbox = cluster(7, SCENE).unwrap();
        let image = |pod: &str| {
            let pod = sandbox.get(Kind::Pod, "shop", pod).unwrap();
            text(&pod, "/spec/containers/0/image").to_owned()
        };
        assert_eq!(sandbox.list(Kind::Set, "").len(), 11);
        assert_eq!(image("catalog-3"), "registry.example/catalog:5.9.0");
        assert_eq!(image("catalog-2"), "registry.example/catalog:5.8.1");
        assert_eq!(image("ledger-2"), "registry.example/ledger:3.0");
        // Trapped: the broken pod is not on the revision that the set wants, and stays.
        assert_eq!(image("mailer-2"), "registry.example/mailer:2.1-pull");
        let mailer = sandbox.get(Kind::Set, "shop", "mailer").unwrap();
        assert_eq!(
            mailer["spec"]["template"]["spec"]["containers"][0]["image"],
            "registry.example/mailer:2.0"
        );
        let ready = |namespace: &str| {
            sandbox.list(Kind::Pod, namespace).iter().filter(|p| holds(p, "Ready")).count()
        };
        assert_eq!(ready("shop"), 5 + 6 + 3 + 4 + 2 + 60);
        assert_eq!(ready("labs"), 3 + 2 + 2 + 3 + 2);
        let orders = sandbox.get(Kind::Set, "shop", "orders-db").unwrap();
        assert_eq!(orders["status"]["currentRevision"], orders["status"]["updateRevision"]);
        let late = jiff::Timestamp::now().duration_since(sandbox.now());
        assert!(late.as_secs() < 600, "the past ends now");
    }

    #[test]
    fn a_reset_brings_other_sets_of_the_same_names_and_ends_old_positions() {
        let sandbox = cluster(7, SCENE).unwrap();
        let uid = |kind, namespace, name| {
            let object = sandbox.get(kind, namespace, name).unwrap();
            text(&object, "/metadata/uid").to_owned()
        };
        let system = uid(Kind::Namespace, "", "kube-system");
        let orders = uid(Kind::Set, "shop", "orders-db");
        let before = sandbox.version();
        let scale = json!({"spec": {"replicas": 1}});
        sandbox.patch(Kind::Set, "shop", "orders-db", &scale, "kubectl").unwrap();
        sandbox.advance(DAY);
        reset(&sandbox, 8, SCENE).unwrap();
        assert_eq!(uid(Kind::Namespace, "", "kube-system"), system, "the same cluster");
        assert_ne!(uid(Kind::Set, "shop", "orders-db"), orders, "another set");
        assert_eq!(sandbox.list(Kind::Pod, "shop").len(), 5 + 6 + 3 + 4 + 3 + 60);
        assert!(sandbox.version() > before, "versions never go back");
        assert!(sandbox.changes(&[Kind::Set], before).is_none(), "a watch has to list again");
        sandbox.patch(Kind::Set, "shop", "orders-db", &scale, "kubectl").unwrap();
        sandbox.advance(DAY);
        assert_eq!(sandbox.get(Kind::Set, "shop", "orders-db").unwrap()["status"]["replicas"], 1);
    }
}
