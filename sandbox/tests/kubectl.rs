//! The real kubectl (from the control plane that the tests of `e2e` build) drives the sandbox over its port.

#![expect(clippy::unwrap_used, reason = "what is not there fails the test")]

#[path = "kubectl/bench.rs"]
mod bench;

use bench::Bench;
use serde_json::{Value, json};

const WEB: &str = "
apiVersion: v1
kind: Service
metadata: { name: web }
spec: { clusterIP: None, selector: { app: web }, ports: [{ name: http, port: 80 }] }
---
apiVersion: apps/v1
kind: StatefulSet
metadata: { name: web }
spec:
  serviceName: web
  replicas: 3
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec:
      containers:
        - name: app
          image: registry.example/app:1.0
          env: [{ name: LEVEL, value: info }]
          volumeMounts: [{ name: data, mountPath: /data }]
  volumeClaimTemplates:
    - metadata: { name: data }
      spec: { accessModes: [ReadWriteOnce], resources: { requests: { storage: 1Gi } } }
";

#[tokio::test(flavor = "multi_thread")]
async fn apply_creates_changes_and_leaves_alone() {
    let bench = Bench::start().await;
    let created = bench.apply("shop", WEB);
    assert_eq!(created, "service/web created\nstatefulset.apps/web created\n");
    bench.ready("web");
    let same = bench.apply("shop", WEB);
    // The real server too: what it fills into claim templates differs from the manifest for ever.
    assert_eq!(same, "service/web unchanged\nstatefulset.apps/web configured\n");
    let changed = bench.apply("shop", &WEB.replace("replicas: 3", "replicas: 2"));
    assert_eq!(changed, "service/web unchanged\nstatefulset.apps/web configured\n");
    let owners = bench.set("web")["metadata"]["managedFields"].clone();
    let managers: Vec<&str> =
        owners.as_array().unwrap().iter().filter_map(|m| m["manager"].as_str()).collect();
    assert_eq!(managers, ["kubectl-client-side-apply", "kube-controller-manager"]);
    let refused = bench.refused(&["apply", "-f", "-"], &WEB.replace("replicas", "replicaz"));
    assert!(refused.contains("unknown field \"spec.replicaz\""), "{refused}");
    let server_side = bench.with_input(&["apply", "--server-side", "-f", "-"], WEB);
    assert!(server_side.is_err_and(|e| e.contains("\"kubectl-client-side-apply\" using apps/v1")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rollout_is_driven_undone_and_told() {
    let bench = Bench::start().await;
    bench.apply("shop", WEB);
    bench.ready("web");
    assert_eq!(
        bench.run(&["set", "image", "sts/web", "app=registry.example/app:2.0"]),
        "statefulset.apps/web image updated\n"
    );
    let told = bench.ready("web");
    assert!(
        told.ends_with("partitioned roll out complete: 3 new pods have been updated...\n"),
        "{told}"
    );
    bench.run(&["rollout", "restart", "sts/web"]);
    bench.ready("web");
    let history = bench.run(&["rollout", "history", "sts/web"]);
    assert_eq!(
        history,
        "statefulset.apps/web \nREVISION  CHANGE-CAUSE\n1         <none>\n2         <none>\n3         <none>\n\n"
    );
    let detail = bench.run(&["rollout", "history", "sts/web", "--revision=2"]);
    assert!(detail.contains("registry.example/app:2.0"), "{detail}");
    assert_eq!(
        bench.run(&["rollout", "undo", "sts/web", "--to-revision=1"]),
        "statefulset.apps/web rolled back\n"
    );
    bench.ready("web");
    assert_eq!(bench.image("web-2"), "registry.example/app:1.0");
    // The first revision is the newest now.
    let history = bench.run(&["rollout", "history", "sts/web"]);
    assert!(
        history.contains("\n2         <none>\n3         <none>\n4         <none>\n"),
        "{history}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn pods_are_scaled_deleted_and_watched_and_their_claims_keep_their_data() {
    let bench = Bench::start().await;
    bench.apply("shop", WEB);
    bench.ready("web");
    assert_eq!(bench.exec("web-0", &["cat", "/data/visits"]), "1\n");
    let watch = bench.watch(&["get", "pods", "-w"]);
    watch.until("web-2");
    bench.run(&["delete", "pod", "web-0"]);
    watch.until("Terminating");
    watch.until("ContainerCreating");
    watch.until("1/1     Running");
    bench.ready("web");
    assert_eq!(bench.exec("web-0", &["cat", "/data/visits"]), "2\n");
    assert_eq!(bench.exec("web-0", &["hostname"]), "web-0\n");
    assert!(
        bench
            .exec("web-0", &["nslookup", "web-1.web"])
            .contains("web-1.web.shop.svc.cluster.local")
    );
    let logs = bench.run(&["logs", "web-0"]);
    assert_eq!(logs, "starting registry.example/app:1.0\nready to serve\n");
    assert_eq!(bench.run(&["logs", "web-0", "--tail=1"]), "ready to serve\n");
    let failed = bench.refused(&["exec", "web-0", "--", "false"], "");
    assert!(failed.contains("command terminated with exit code 1"), "{failed}");

    assert_eq!(bench.run(&["scale", "sts/web", "--replicas=1"]), "statefulset.apps/web scaled\n");
    bench.run(&["wait", "--for=delete", "pod/web-1", "--timeout=60s"]);
    let claims = bench.run(&["get", "pvc", "-o", "name"]);
    assert_eq!(claims.lines().count(), 3, "scaling down keeps them: {claims}");

    // Of a container that never ran there is no log, followed or not.
    bench.run(&["set", "image", "sts/web", "app=registry.example/app:2.0-pull"]);
    watch.until("ImagePullBackOff");
    for follow in ["--follow=false", "--follow=true"] {
        let refused = bench.refused(&["logs", "web-0", follow], "");
        assert!(refused.contains("is waiting to start"), "{refused}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn users_may_what_their_roles_permit() {
    let bench = Bench::start().await;
    bench.apply("shop", WEB);
    bench.ready("web");
    let as_bob = bench.as_user("bob");
    assert!(as_bob.run(&["get", "sts"]).contains("web"));
    let refused = as_bob.refused(&["delete", "pod", "web-0"], "");
    assert!(
        refused.contains("pods \"web-0\" is forbidden: User \"bob\" cannot delete resource \"pods\" in API group \"\" in the namespace \"shop\""),
        "{refused}"
    );
    assert_eq!(bench.as_user("alice").run(&["auth", "can-i", "patch", "statefulsets"]), "yes\n");
    assert!(bench.run(&["auth", "whoami", "-o", "json"]).contains("\"admin\""));
    let as_nobody = bench.run(&["--as", "carol", "auth", "whoami", "-o", "json"]);
    assert!(as_nobody.contains("carol"), "{as_nobody}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_budget_holds_evictions_back_in_the_servers_words() {
    let bench = Bench::start().await;
    bench.apply("shop", WEB);
    bench.ready("web");
    bench.run(&["create", "pdb", "web", "--selector=app=web", "--min-available=3"]);
    bench.run(&["wait", "--for=jsonpath={.status.currentHealthy}=3", "pdb/web", "--timeout=60s"]);
    let body = json!({"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": "web-0", "namespace": "shop"}});
    let path = "/api/v1/namespaces/shop/pods/web-0/eviction";
    let refused = bench.refused(&["create", "--raw", path, "-f", "-"], &body.to_string());
    assert!(
        refused.contains("Cannot evict pod as it would violate the pod's disruption budget"),
        "{refused}"
    );
    bench.run(&["delete", "pdb", "web"]);
    let done: Value = serde_json::from_str(
        &bench.with_input(&["create", "--raw", path, "-f", "-"], &body.to_string()).unwrap(),
    )
    .unwrap();
    assert_eq!(done["status"], "Success");
}
