//! Bad input gets a clear 4xx with its code, and nothing is written to the cluster.

use anyhow::{Context, Result};
use e2e::panel::PASSWORD;
use e2e::stories::set;
use e2e::{Answer, Client, Panel, PanelOptions, namespace, plane};
use model::path;
use model::status::StatusKind;
use serde_json::{Value, json};

#[track_caller]
fn is(answer: &Answer, status: u16, code: &str) {
    assert_eq!((answer.status, answer.code().as_str()), (status, code), "{}", answer.text);
    assert_eq!(answer.header("content-type"), Some("application/problem+json"));
    let detail = answer.json()["detail"].as_str().unwrap_or_default().to_owned();
    assert!(detail.len() > 10, "no sentence: {}", answer.text);
}

#[test]
fn each_kind_of_bad_request_is_refused_and_changes_nothing() -> Result<()> {
    let ns = "bad";
    namespace(plane(), ns);
    let panel = Panel::start(plane(), PanelOptions::default())?;
    let operator = panel.user("ada", "operator")?;
    let viewer = panel.user("vic", "viewer")?;
    let elsewhere = panel.user("eli", "operator:shop")?;
    plane().apply("admin", ns, &set("web").yaml())?;
    let detail = operator.wait_status(ns, "web", StatusKind::Settled)?;
    let expect = json!({"uid": detail.row.uid, "generation": detail.row.generation});
    let url = path::actions(ns, "web");
    let act = |mut body: Value| {
        body["expect"] = expect.clone();
        body
    };
    let scale = act(json!({"action": "scale", "replicas": 1}));
    let mark = plane().audit_mark();
    let post = |client: &Client, body: &Value| client.post(&url, body, &[]);

    let gone = path::actions(ns, "nothing");
    is(&operator.post(&gone, &scale, &[])?, 404, "no-such-set");
    is(&operator.get(&path::set(ns, "nothing"))?, 404, "no-such-set");
    is(&post(&operator, &act(json!({"action": "advance", "to": 17})))?, 404, "no-such-part");
    is(
        &post(&operator, &act(json!({"action": "setPartition", "partition": -1})))?,
        400,
        "bad-body",
    );
    is(
        &post(&operator, &act(json!({"action": "setPartition", "partition": 4_000_000_000_u32})))?,
        400,
        "bad-body",
    );
    let image =
        json!({"action": "setImage", "images": [{"container": "app", "image": "not an image"}]});
    is(&post(&operator, &act(image))?, 400, "invalid-value");
    let text = operator.send("POST", &url, Some(("text/plain", &scale.to_string())), &[])?;
    is(&text, 415, "not-json");
    let big = format!("{{\"action\":\"scale\",\"reason\":\"{}\"}}", "x".repeat(200_000));
    is(&operator.send("POST", &url, Some(("application/json", &big)), &[])?, 413, "body-too-large");
    let mut old = scale.clone();
    old["expect"]["generation"] = json!(77);
    is(&post(&operator, &old)?, 409, "conflict");
    is(&post(&operator, &json!({"action": "scale", "replicas": 1}))?, 400, "bad-body");
    is(
        &post(&operator, &act(json!({"action": "scale", "replicas": 1, "force": true})))?,
        400,
        "bad-body",
    );
    let foreign = [("origin", "https://evil.example"), ("sec-fetch-site", "cross-site")];
    is(&operator.post(&url, &scale, &foreign)?, 403, "foreign-origin");
    is(&post(&viewer, &scale)?, 403, "role-missing");
    is(&post(&elsewhere, &scale)?, 403, "role-missing");
    is(&post(&Client::anonymous(&panel.url), &scale)?, 401, "login-required");
    let mut expired = operator.clone();
    let out = operator.send("DELETE", path::SESSION, None, &[])?;
    assert!(out.status < 300, "{}", out.text);
    expired.cookie.clone_from(&operator.cookie);
    let answer = post(&expired, &scale)?;
    assert_eq!(answer.status, 401, "{}", answer.text);
    assert!(["login-required", "session-expired"].contains(&answer.code().as_str()));
    let wrong = Client::anonymous(&panel.url).post(
        path::SESSION,
        &json!({"user": "ada", "password": format!("{PASSWORD}!")}),
        &[],
    )?;
    assert_eq!(wrong.status, 401, "{}", wrong.text);
    is(&Client::anonymous(&panel.url).get("/api/v1/no-such-thing")?, 404, "not-found");

    let writes: Vec<_> = plane()
        .audit_since(mark)?
        .into_iter()
        .filter(|e| {
            ["patch", "update", "delete", "create"].contains(&e.verb.as_str())
                && e.is_about("statefulsets", ns)
                && e.acting_user().starts_with("rollcall")
        })
        .collect();
    assert!(writes.is_empty(), "{writes:#?}");
    let after = panel.user("eve", "viewer")?.set(ns, "web")?.context("the set")?;
    assert_eq!(after.row.generation, detail.row.generation);
    Ok(())
}
