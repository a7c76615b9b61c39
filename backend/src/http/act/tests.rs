//! Every way in which an action is refused: status, code, and that nothing was done.

use axum::http::StatusCode;
use jiff::ToSpan as _;
use model::action::{Action, Refusal, RefusalCode};
use model::wire::{ActionResult, Actor, Held, Outcome, RoleName, Source};
use serde_json::{Value, json};

use crate::actions::ActError;
use crate::cluster::{ApiError, ApiErrorKind, Caller};
use crate::http::testing::{Answer, Panel, User, answered, facts};

const PATH: &str = "/api/v1/sets/shop/web/actions";

fn hold() -> Value {
    json!({ "action": "hold", "expect": { "uid": "shop-web", "generation": 1 } })
}

fn partition(value: &Value) -> Value {
    json!({
        "action": "setPartition", "partition": value, "reason": "canary",
        "expect": { "uid": "shop-web", "generation": 1 },
    })
}

async fn post(user: &User, body: &Value) -> Answer {
    user.request("POST", PATH).json(body).send().await
}

async fn panel() -> Panel {
    let panel = Panel::start().await;
    panel.put(facts("shop", "web", 3));
    panel
}

#[tokio::test]
async fn an_operator_acts_under_their_own_name() {
    let panel = panel().await;
    let answer = panel
        .operator()
        .request("POST", PATH)
        .header("idempotency-key", "k-1")
        .json(&partition(&json!(2)))
        .send()
        .await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.json::<ActionResult>().outcome, Outcome::Applied);
    let request = panel.actions.only();
    assert_eq!(request.user, "olga");
    assert_eq!(request.key.to_string(), "shop/web");
    assert_eq!(request.body.action, Action::SetPartition { partition: 2 });
    assert_eq!(request.body.reason.as_deref(), Some("canary"));
    assert_eq!(request.idempotency_key.as_deref(), Some("k-1"));
    assert_eq!(request.caller, Caller::Panel);
    assert!(!request.dry_run);
}

#[tokio::test]
async fn under_impersonation_an_action_goes_out_as_the_kubernetes_user() {
    let panel = Panel::impersonating().await;
    panel.rights.allow("list", "statefulsets", Some("shop"));
    post(&panel.operator(), &hold()).await.is_ok();
    let caller = panel.actions.only().caller;
    assert!(matches!(&caller, Caller::User { user, .. } if user == "olga"), "{caller:?}");
}

#[tokio::test]
async fn a_dry_run_is_handed_on_as_one() {
    let panel = panel().await;
    let dry = panel.operator().request("POST", &format!("{PATH}?dryRun=true")).json(&hold());
    dry.send().await.is_ok();
    assert!(panel.actions.only().dry_run);
    let bad = panel.operator().request("POST", &format!("{PATH}?dryRun=yes")).json(&hold());
    bad.send().await.is_problem(400, "bad-query");
}

#[tokio::test]
async fn how_the_set_is_held_is_known_to_the_action() {
    let panel = panel().await;
    let by = Actor { source: Source::Panel, name: Some("olga".into()), at: None, reason: None };
    let aborted = Some("web-rev2".to_owned());
    let held = Held { by, aborted, because: None, advanced: false };
    panel.history.hold(held.clone());
    post(&panel.operator(), &hold()).await;
    assert_eq!(panel.actions.only().held, Some(held));
}

#[tokio::test]
async fn a_viewer_does_not_act() {
    let panel = panel().await;
    post(&panel.viewer(), &hold()).await.is_problem(403, "role-missing");
    assert!(panel.actions.none());
}

#[tokio::test]
async fn an_operator_of_another_namespace_does_not_act() {
    let panel = panel().await;
    let bob = panel.user("bob", &[(RoleName::Operator, Some("data")), (RoleName::Viewer, None)]);
    post(&bob, &hold()).await.is_problem(403, "role-missing");
    assert!(panel.actions.none());
}

#[tokio::test]
async fn without_a_login_or_with_one_that_has_expired_nothing_is_done() {
    let panel = panel().await;
    post(&panel.anyone(), &hold()).await.is_problem_status(401);
    let operator = panel.operator();
    operator.log_out().await;
    post(&operator, &hold()).await.is_problem_status(401);
    let late = panel.operator();
    // Logs in.
    late.get("/api/v1/sets").await.is_ok();
    panel.pass(25.hours());
    post(&late, &hold()).await.is_problem(401, "session-expired");
    assert!(panel.actions.none());
    post(&panel.operator(), &hold()).await.is_ok();
}

#[tokio::test]
async fn an_action_tells_nothing_of_sets_that_the_cluster_does_not_show_to_the_user() {
    let panel = Panel::impersonating().await;
    panel.put(facts("shop", "web", 3));
    let operator = panel.operator();
    for query in ["", "?dryRun=true"] {
        let request = operator.request("POST", &format!("{PATH}{query}")).json(&hold());
        request.send().await.is_problem(403, "no-access");
    }
    assert!(panel.actions.none(), "it is not even asked whether the set is there");
}

#[tokio::test]
async fn what_happens_to_pods_is_told_to_those_who_may_list_them() {
    let panel = Panel::impersonating().await;
    panel.rights.allow("list", "statefulsets", Some("shop"));
    let operator = panel.operator();
    let not_ready = || refusal(RefusalCode::NotNow);
    panel.actions.answer(Ok(answered()));
    let veiled: ActionResult = post(&operator, &hold()).await.json();
    let forecast = veiled.forecast;
    assert!(forecast.steps.is_empty() && forecast.stall.is_none() && forecast.stays.is_empty());
    assert_eq!(forecast.waits, None);
    assert!(forecast.sentence.contains("may not list pods"), "{}", forecast.sentence);
    panel.actions.answer(Err(not_ready()));
    let problem = post(&operator, &hold()).await.is_problem(409, "not-now");
    assert!(!problem.detail.contains("pod 9"), "{}", problem.detail);

    panel.rights.allow("list", "pods", Some("shop"));
    panel.actions.answer(Ok(answered()));
    let whole: ActionResult = post(&panel.operator(), &hold()).await.json();
    assert_eq!(whole.forecast, answered().forecast);
    panel.actions.answer(Err(not_ready()));
    let problem = post(&operator, &hold()).await.is_problem(409, "not-now");
    assert!(problem.detail.contains("pod 9"), "{}", problem.detail);
}

#[tokio::test]
async fn to_roll_back_one_has_to_see_templates() {
    let panel = Panel::impersonating().await;
    panel.rights.allow("list", "statefulsets", Some("shop"));
    let operator = panel.operator();
    let expect = json!({ "uid": "u", "generation": 1 });
    let back = json!({ "action": "rollBack", "revision": "web-1", "expect": expect });
    post(&operator, &back).await.is_problem(403, "no-access");
    assert!(panel.actions.none());
    panel.rights.allow("get", "controllerrevisions", Some("shop"));
    post(&panel.operator(), &back).await.is_ok();
}

#[tokio::test]
async fn a_request_of_another_site_is_refused() {
    let panel = panel().await;
    let operator = panel.operator();
    for (name, value) in
        [("origin", "https://evil.example"), ("sec-fetch-site", "cross-site"), ("origin", "null")]
    {
        let request = operator.request("POST", PATH).header(name, value).json(&hold());
        request.send().await.is_problem(403, "foreign-origin");
    }
    assert!(panel.actions.none());
    let own = operator.request("POST", PATH).header("origin", "http://panel.test").json(&hold());
    own.send().await.is_ok();
}

#[tokio::test]
async fn the_configured_public_origin_is_trusted() {
    let panel = panel().await.public("https://rollcall.example.org");
    let through_proxy = panel
        .operator()
        .request("POST", PATH)
        .header("origin", "https://rollcall.example.org")
        .json(&hold());
    through_proxy.send().await.is_ok();
}

#[tokio::test]
async fn a_body_of_another_type_or_above_the_limit_is_refused() {
    let panel = panel().await;
    let operator = panel.operator();
    let form = operator.request("POST", PATH).body("text/plain", hold().to_string());
    form.send().await.is_problem(415, "not-json");
    let mut long = hold();
    long["reason"] = json!("x".repeat(70_000));
    post(&operator, &long).await.is_problem(413, "body-too-large");
    assert!(panel.actions.none());
}

#[tokio::test]
async fn what_does_not_fit_is_named() {
    let panel = panel().await;
    let operator = panel.operator();
    let expect = json!({ "uid": "u", "generation": 1 });
    let table = [
        (partition(&json!(-1)), "partition"),
        (partition(&json!(1.5)), "partition"),
        (partition(&json!("2")), "partition"),
        (partition(&json!(2_147_483_648_u64)), "partition"),
        (json!({ "action": "scale", "replicas": -2, "expect": expect }), "replicas"),
        (json!({ "action": "advance", "to": -2, "expect": expect }), "to"),
        (json!({ "action": "hold" }), "expect"),
        (json!({ "action": "hold", "expect": { "uid": "u" } }), "expect.generation"),
        (json!({ "action": "hold", "expect": { "uid": "u", "generation": "1" } }), "expect"),
        (json!({ "action": "hold", "expect": expect, "force": true }), "force"),
        (json!({ "action": "hold", "expect": expect, "reason": "x".repeat(501) }), "reason"),
        (json!({ "action": "setImage", "expect": expect }), "images"),
        (
            json!({ "action": "setMaxUnavailable", "maxUnavailable": -1, "expect": expect }),
            "maxUnavailable",
        ),
        (
            json!({ "action": "setMaxUnavailable", "maxUnavailable": [2], "expect": expect }),
            "maxUnavailable",
        ),
        (json!({ "action": "abort", "pods": vec![json!({}); 2_001], "expect": expect }), "pods"),
        (json!({ "action": "rollBack", "expect": expect }), "revision"),
    ];
    for (body, field) in table {
        let answer = post(&operator, &body).await;
        let problem = answer.is_problem(400, "bad-body");
        assert_eq!(problem.extra.unwrap()["field"], field, "{body}");
        assert!(
            problem.detail.contains(field.split('.').next_back().unwrap()),
            "{}",
            problem.detail
        );
    }
    let unknown = post(&operator, &json!({ "action": "explode", "expect": expect })).await;
    unknown.is_problem(400, "bad-body");
    post(&operator, &json!([])).await.is_problem(400, "bad-body");
    assert!(panel.actions.none());
}

#[tokio::test]
async fn an_idempotency_key_has_bounds() {
    let panel = panel().await;
    for key in ["", &"k".repeat(201)] {
        let request =
            panel.operator().request("POST", PATH).header("idempotency-key", key).json(&hold());
        request.send().await.is_problem(400, "bad-idempotency-key");
    }
    assert!(panel.actions.none());
}

fn refusal(code: RefusalCode) -> ActError {
    ActError::Refused(Refusal { code, reason: "web has no pod 9.".into() })
}

fn cluster(kind: ApiErrorKind) -> ActError {
    let message = "pods is forbidden".to_owned();
    ActError::Cluster(ApiError { kind, code: 0, reason: String::new(), message })
}

#[tokio::test]
async fn each_reason_why_an_action_did_not_happen_has_its_status_and_code() {
    let panel = Panel::impersonating().await;
    panel.rights.allow("list", "statefulsets", Some("shop"));
    panel.rights.allow("list", "pods", Some("shop"));
    let operator = panel.operator();
    let nowhere = || ActError::NoSuchSet(model::set::SetKey::new("shop", "web"));
    let conflict =
        || ActError::Conflict { says: "changed by kubectl".into(), uid: "u".into(), generation: 9 };
    let table = [
        (nowhere(), 404, "no-such-set"),
        (refusal(RefusalCode::Invalid), 400, "invalid-value"),
        (refusal(RefusalCode::NotFound), 404, "no-such-part"),
        (refusal(RefusalCode::NothingToDo), 409, "nothing-to-do"),
        (refusal(RefusalCode::WrongStrategy), 409, "wrong-strategy"),
        (refusal(RefusalCode::NotNow), 409, "not-now"),
        (refusal(RefusalCode::Unsupported), 409, "unsupported"),
        (conflict(), 409, "conflict"),
        (cluster(ApiErrorKind::Forbidden), 403, "refused-by-cluster"),
        (cluster(ApiErrorKind::Invalid), 422, "invalid-for-cluster"),
        (cluster(ApiErrorKind::NotFound), 404, "not-in-cluster"),
        (cluster(ApiErrorKind::DisruptionBudget), 429, "disruption-budget"),
        (cluster(ApiErrorKind::Unreachable), 503, "cluster-unreachable"),
        (ActError::KeyReused, 422, "idempotency-key-reused"),
        (ActError::Journal("disk full".into()), 503, "journal"),
    ];
    for (error, status, code) in table {
        panel.actions.answer(Err(error));
        let problem = post(&operator, &hold()).await.is_problem(status, code);
        match code {
            "conflict" => {
                assert_eq!(problem.extra, Some(json!({ "uid": "u", "generation": 9 })));
            }
            "refused-by-cluster" => {
                assert!(problem.detail.contains("olga") && problem.detail.contains("is forbidden"));
            }
            _ => {}
        }
    }
}

#[tokio::test]
async fn an_action_goes_on_when_the_browser_goes_away() {
    let panel = panel().await;
    let gate = panel.actions.gate();
    let operator = panel.operator();
    let waiting = tokio::spawn(async move { post(&operator, &hold()).await });
    panel.actions.started().await;
    waiting.abort();
    assert!(waiting.await.is_err_and(|e| e.is_cancelled()));
    gate.add_permits(1);
    panel.state.work.close();
    panel.state.work.wait().await;
    assert_eq!(panel.actions.finished(), 1);
}
