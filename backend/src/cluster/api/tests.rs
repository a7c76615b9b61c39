use serde_json::{Value, json};

use super::super::testing::*;
use super::*;

fn server(fake: &Fake) -> ApiServer {
    ApiServer::new(fake.connection())
}

fn alice() -> Caller {
    Caller::User { user: "alice".into(), groups: vec!["shop-team".into(), "system:all".into()] }
}

fn web() -> SetKey {
    SetKey::new("shop", "web")
}

fn one(fake: &Fake) -> Recorded {
    let mut all = fake.requests();
    assert_eq!(all.len(), 1, "{all:?}");
    all.remove(0)
}

#[tokio::test]
async fn a_user_is_impersonated_with_all_groups_and_the_panel_is_not() {
    let fake = Fake::start();
    fake.put("statefulsets", a_set("web"));
    let set = server(&fake).read_set(&alice(), &web()).await.unwrap().unwrap();
    assert_eq!(set.uid, "uid-web");
    let request = one(&fake);
    assert_eq!(request.header("impersonate-user"), ["alice"]);
    assert_eq!(request.header("impersonate-group"), ["shop-team", "system:all"]);

    server(&fake).read_set(&Caller::Panel, &web()).await.unwrap();
    assert!(one(&fake).headers.keys().all(|k| !k.as_str().starts_with("impersonate")));
}

#[tokio::test]
async fn a_user_name_that_cannot_be_sent_is_never_sent() {
    let fake = Fake::start();
    let caller = Caller::User { user: "a\nb".into(), groups: vec![] };
    let error = server(&fake).read_set(&caller, &web()).await.unwrap_err();
    assert_eq!((error.kind, error.code), (ApiErrorKind::Other, 400));
    assert!(fake.requests().is_empty());
}

#[tokio::test]
async fn a_kubeconfig_that_impersonates_cannot_act_as_another() {
    let fake = Fake::start();
    fake.put("statefulsets", a_set("web"));
    let folder = tempfile::tempdir().unwrap();
    let kubeconfig = fake.kubeconfig(&folder, &json!({"token": "t", "as": "admin"}));
    let server = ApiServer::new(fake.connection_of(kubeconfig).await);
    let error = server.read_set(&alice(), &web()).await.unwrap_err();
    assert!(error.message.contains("impersonates"), "{error}");
    assert!(fake.requests().is_empty());
    server.read_set(&Caller::Panel, &web()).await.unwrap().unwrap();
    assert_eq!(one(&fake).header("impersonate-user"), ["admin"]);
}

#[tokio::test]
async fn a_set_that_does_not_exist_is_none_and_an_impossible_name_is_not_asked_for() {
    let fake = Fake::start();
    assert_eq!(server(&fake).read_set(&alice(), &web()).await.unwrap(), None);
    one(&fake);
    for name in ["..", "a/../b", "web?x=1", "Web", "", ".web", "a..b"] {
        let key = SetKey::new("shop", name);
        assert_eq!(server(&fake).read_set(&alice(), &key).await.unwrap(), None, "{name}");
        let error = server(&fake).patch_set(&alice(), &key, &[], false).await.unwrap_err();
        assert_eq!(error.kind, ApiErrorKind::NotFound);
        let deleted = server(&fake).delete_pod(&alice(), "shop", name, "u", false).await;
        assert_eq!(deleted.unwrap_err().kind, ApiErrorKind::NotFound);
    }
    assert!(fake.requests().is_empty());
}

#[tokio::test]
async fn a_patch_carries_manager_validation_and_operations() {
    let fake = Fake::start();
    fake.answer(|_| Some((200, a_set("web"))));
    let patch = [
        PatchOp::Test { path: "/metadata/uid".into(), value: json!("uid-web") },
        PatchOp::Remove { path: "/spec/updateStrategy/rollingUpdate".into() },
    ];
    let set = server(&fake).patch_set(&alice(), &web(), &patch, true).await.unwrap();
    assert_eq!(set.name, "web");
    let request = one(&fake);
    assert_eq!(request.method, "PATCH");
    assert_eq!(request.path, "/apis/apps/v1/namespaces/shop/statefulsets/web");
    for part in ["dryRun=All", "fieldManager=rollcall", "fieldValidation=Strict"] {
        assert!(request.query.contains(part), "{}", request.query);
    }
    assert_eq!(request.header("content-type"), ["application/json-patch+json"]);
    assert_eq!(
        request.body,
        json!([{"op": "test", "path": "/metadata/uid", "value": "uid-web"},
            {"op": "remove", "path": "/spec/updateStrategy/rollingUpdate"}])
    );
    server(&fake).patch_set(&alice(), &web(), &patch, false).await.unwrap();
    assert!(!one(&fake).query.contains("dryRun"));
}

#[tokio::test]
async fn a_refused_patch_is_told_in_the_servers_words() {
    let fake = Fake::start();
    fake.answer(|_| Some((422, status(422, "Invalid", "the server rejected our request"))));
    let error = server(&fake).patch_set(&alice(), &web(), &[], false).await.unwrap_err();
    assert_eq!((error.kind, error.code), (ApiErrorKind::Invalid, 422));
    assert_eq!(error.reason, "Invalid");
    assert_eq!(error.to_string(), "the server rejected our request");
    fake.answer(|_| Some((403, status(403, "Forbidden", "User \"alice\" cannot patch"))));
    let error = server(&fake).patch_set(&alice(), &web(), &[], false).await.unwrap_err();
    assert_eq!(
        (error.kind, error.to_string().as_str()),
        (ApiErrorKind::Forbidden, "User \"alice\" cannot patch")
    );
}

#[tokio::test]
async fn a_deletion_carries_the_pods_uid() {
    let fake = Fake::start();
    fake.answer(|_| Some((200, a_pod("web", 0))));
    server(&fake).delete_pod(&alice(), "shop", "web-0", "p1", true).await.unwrap();
    let request = one(&fake);
    assert_eq!(
        (request.method.as_str(), request.path.as_str()),
        ("DELETE", "/api/v1/namespaces/shop/pods/web-0")
    );
    assert_eq!(request.body["preconditions"], json!({"uid": "p1"}));
    assert_eq!(request.body["dryRun"], json!(["All"]));

    fake.answer(|_| Some((409, status(409, "Conflict", "the UID in the precondition differs"))));
    let error = server(&fake).delete_pod(&alice(), "shop", "web-0", "p1", false).await.unwrap_err();
    assert_eq!(error.kind, ApiErrorKind::Conflict);
}

#[tokio::test]
async fn an_eviction_that_a_budget_blocks_answers_at_once_in_the_budgets_words() {
    let fake = Fake::start();
    fake.answer(|_| {
        let mut blocked = status(429, "TooManyRequests", "Cannot evict pod as it would violate");
        blocked["details"] = json!({"retryAfterSeconds": 10, "causes": [{
            "reason": "DisruptionBudget",
            "message": "The disruption budget web-app needs 2 healthy pods and has 2 currently"}]});
        Some((429, blocked))
    });
    let error = server(&fake).evict_pod(&alice(), "shop", "web-0", "p1", false).await.unwrap_err();
    assert_eq!((error.kind, error.code), (ApiErrorKind::DisruptionBudget, 429));
    assert!(error.message.starts_with("The disruption budget web-app needs 2"), "{error}");
    let request = one(&fake);
    assert_eq!(request.path, "/api/v1/namespaces/shop/pods/web-0/eviction");
    assert_eq!(request.body["deleteOptions"]["preconditions"], json!({"uid": "p1"}));
    assert!(!request.query.contains("dryRun"));

    fake.answer(|_| Some((201, json!({"kind": "Status", "status": "Success", "code": 201}))));
    server(&fake).evict_pod(&alice(), "shop", "web-0", "p1", true).await.unwrap();
    assert!(one(&fake).query.contains("dryRun=All"));
}

#[tokio::test]
async fn an_access_review_asks_about_verb_resource_and_subresource() {
    let fake = Fake::start();
    fake.answer(|r| {
        let mut answer = r.body.clone();
        answer["status"] = json!({"allowed": true});
        Some((201, answer))
    });
    let access = Access {
        verb: "create",
        group: "",
        resource: "pods/eviction",
        namespace: Some("shop".into()),
    };
    assert!(server(&fake).may(&alice(), &access).await.unwrap());
    assert_eq!(
        one(&fake).body["spec"]["resourceAttributes"],
        json!({"verb": "create", "group": "", "resource": "pods", "subresource": "eviction",
            "namespace": "shop"})
    );
    fake.answer(|r| {
        let mut answer = r.body.clone();
        answer["status"] = json!({"allowed": false, "reason": "no"});
        Some((201, answer))
    });
    assert!(!server(&fake).may(&alice(), &access).await.unwrap());
}

#[tokio::test]
async fn the_cluster_says_who_we_are_and_what_it_is() {
    let fake = Fake::start();
    fake.answer(|r| match r.path.as_str() {
        "/version" => Some((200, version())),
        "/api/v1/namespaces/kube-system" => {
            Some((200, json!({"metadata": {"name": "kube-system", "uid": "cluster-1"}})))
        }
        "/apis/authentication.k8s.io/v1/selfsubjectreviews" => Some((
            201,
            json!({"metadata": {}, "status":
                {"userInfo": {"username": "alice", "groups": ["shop-team"]}}}),
        )),
        _ => None,
    });
    let info = server(&fake).info().await.unwrap();
    assert_eq!(
        (info.uid.as_deref(), info.version.as_deref()),
        (Some("cluster-1"), Some("v1.36.3"))
    );
    let (user, groups) = server(&fake).who_am_i(&alice()).await.unwrap();
    assert_eq!((user.as_str(), groups), ("alice", vec!["shop-team".to_owned()]));
}

fn version() -> Value {
    json!({"major": "1", "minor": "36", "gitVersion": "v1.36.3", "gitCommit": "",
        "gitTreeState": "", "buildDate": "", "goVersion": "", "compiler": "", "platform": ""})
}

#[tokio::test]
async fn fresh_facts_hold_what_belongs_to_the_set_and_nothing_else() {
    let fake = Fake::start();
    fake.put("statefulsets", a_set("web"));
    fake.put("pods", a_pod("web", 0));
    fake.put("pods", a_pod("other", 0));
    fake.put("pods", a_foreign_pod("stranger"));
    fake.put("controllerrevisions", a_revision("web"));
    fake.put("controllerrevisions", a_revision("other"));
    fake.put("persistentvolumeclaims", a_claim("web"));
    fake.put("persistentvolumeclaims", a_claim("other"));
    fake.put("services", a_service("web"));
    fake.put("services", a_service("other"));
    let facts = server(&fake).read_facts(&web()).await.unwrap().unwrap();
    assert_eq!(facts.pods.iter().map(|p| &p.name).collect::<Vec<_>>(), ["web-0"]);
    assert_eq!(facts.claims.iter().map(|c| &c.name).collect::<Vec<_>>(), ["data-web-0"]);
    assert_eq!(facts.revisions.iter().map(|r| &r.name).collect::<Vec<_>>(), ["web-a"]);
    assert_eq!(facts.services.iter().map(|s| &s.name).collect::<Vec<_>>(), ["web"]);
    assert_eq!(facts.readable, model::facts::Readable::ALL);
    let requests = fake.requests();
    let pods = requests.iter().find(|r| r.path.ends_with("/pods")).unwrap();
    assert!(pods.query.contains("labelSelector=app%3Dweb"), "{}", pods.query);
    assert_eq!(server(&fake).read_facts(&SetKey::new("shop", "no")).await.unwrap(), None);
}

#[tokio::test]
async fn a_kind_that_may_not_be_read_is_marked_in_fresh_facts() {
    let fake = Fake::start();
    fake.put("statefulsets", a_set("web"));
    fake.put("pods", a_pod("web", 0));
    fake.answer(|r| {
        let no = r.path.ends_with("/persistentvolumeclaims");
        no.then(|| (403, status(403, "Forbidden", "no")))
    });
    let facts = server(&fake).read_facts(&web()).await.unwrap().unwrap();
    assert!(!facts.readable.claims && facts.readable.pods);
    assert_eq!(facts.pods.len(), 1);
}

#[tokio::test]
async fn a_server_that_is_not_there_is_unreachable() {
    let mut fake = Fake::start();
    let server = server(&fake);
    fake.stop().await;
    let error = server.read_set(&Caller::Panel, &web()).await.unwrap_err();
    assert_eq!((error.kind, error.code), (ApiErrorKind::Unreachable, 0));
    assert!(error.message.contains("cannot be reached"), "{error}");
}

#[tokio::test]
async fn a_rotated_token_is_read_again_within_the_call() {
    let fake = Fake::start();
    fake.put("statefulsets", a_set("web"));
    fake.accept_only("second");
    let folder = tempfile::tempdir().unwrap();
    let kubeconfig = fake.kubeconfig(&folder, &json!({"token": "first"}));
    let server = ApiServer::new(fake.connection_of(kubeconfig).await);
    fake.kubeconfig(&folder, &json!({"token": "second"}));
    assert!(server.read_set(&alice(), &web()).await.unwrap().is_some());
    let requests = fake.requests();
    assert_eq!(requests.len(), 2, "refused, then accepted");
    assert_eq!(requests[1].header("impersonate-user"), ["alice"]);
}

#[tokio::test]
async fn a_token_that_is_not_accepted_is_unauthorized() {
    let fake = Fake::start();
    fake.accept_only("another");
    let error = server(&fake).read_set(&Caller::Panel, &web()).await.unwrap_err();
    assert_eq!((error.kind, error.code), (ApiErrorKind::Unauthorized, 401));
}

#[tokio::test]
async fn a_kubeconfig_that_is_not_there_is_named() {
    let path = tempfile::tempdir().unwrap().path().join("missing");
    let source = Source::Kubeconfig { path: Some(path.clone()), context: None };
    let error = format!("{:#}", Connection::open(source).await.unwrap_err());
    assert!(error.contains(&path.display().to_string()), "{error}");
}

#[tokio::test]
async fn what_may_not_be_read_of_the_cluster_is_not_known_and_no_failure() {
    let fake = Fake::start();
    fake.answer(|request| match request.path.as_str() {
        "/version" => Some((200, version())),
        _ => Some((403, status(403, "Forbidden", "cannot get namespaces"))),
    });
    let info = server(&fake).info().await.unwrap();
    assert_eq!((info.uid, info.version.as_deref()), (None, Some("v1.36.3")));
    fake.answer(|_| Some((500, status(500, "InternalError", "etcd is away"))));
    server(&fake).info().await.unwrap_err();
}

#[tokio::test]
async fn a_write_whose_answer_cannot_be_read_may_have_taken_effect() {
    let fake = Fake::start();
    fake.answer(|_| Some((200, json!("neither an object nor a status"))));
    let server = server(&fake);
    let patched = server.patch_set(&alice(), &web(), &[], false).await.map(drop);
    let deleted = server.delete_pod(&alice(), "shop", "web-0", "u", false).await;
    let evicted = server.evict_pod(&alice(), "shop", "web-0", "u", false).await;
    for answer in [patched, deleted, evicted] {
        let error = answer.unwrap_err();
        assert_eq!(error.kind, ApiErrorKind::Unreachable, "{error}");
        assert!(error.message.contains("cannot be read"), "{error}");
    }
    // Nothing was at stake in a read.
    let read = server.read_set(&alice(), &web()).await.unwrap_err();
    assert_eq!(read.kind, ApiErrorKind::Other);
}
