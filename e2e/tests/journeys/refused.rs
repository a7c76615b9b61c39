//! What the cluster does not let one see or do, and what becomes of a dialog whose request is refused, fails, or is not answered.

use anyhow::{Context as _, Result, ensure};
use e2e::browser::{Browser, DESKTOP};
use e2e::panel::PASSWORD;
use e2e::stories::set;
use e2e::{Client, Demo, Panel, PanelOptions, namespace, plane};
use model::path::page;
use model::status::StatusKind;
use serde_json::json;

use super::log_in;
use super::states::{States, fail};

const NS: &str = "refused";

/// Role and binding of a user.
fn grant(user: &str, rules: &[&str]) -> Result<()> {
    let rules = rules.iter().fold(String::new(), |all, r| all + "  - { " + *r + " }\n");
    let yaml = format!(
        "apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {{ name: of-{user} }}\nrules:\n{rules}---\napiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata: {{ name: of-{user} }}\nroleRef: {{ apiGroup: rbac.authorization.k8s.io, kind: Role, name: of-{user} }}\nsubjects: [{{ apiGroup: rbac.authorization.k8s.io, kind: User, name: {user} }}]\n"
    );
    plane().apply("admin", NS, &yaml)?;
    Ok(())
}

const SETS: &str = "apiGroups: [apps], resources: [statefulsets], verbs: [get, list, watch]";
const REST: &str = "apiGroups: ['', apps], resources: [pods, persistentvolumeclaims, services, events, controllerrevisions], verbs: [get, list, watch]";
const WRITE: &str = "apiGroups: [apps], resources: [statefulsets], verbs: [patch]";

fn user(panel: &Panel, name: &str) -> Result<Client> {
    let args = ["user", "add", name, "--role", "operator", "--kubernetes-user", name];
    panel.command(&args, &format!("{PASSWORD}\n"))?;
    Client::log_in(&panel.url, name, PASSWORD)
}

#[test]
fn what_the_cluster_hides_or_refuses_is_said_where_it_would_stand() -> Result<()> {
    namespace(plane(), NS);
    plane().apply("admin", NS, &set("web").claims().yaml())?;
    grant("bob", &[SETS])?;
    grant("carol", &[SETS, REST, WRITE])?;
    let options = PanelOptions {
        kube_user: "rollcall-impersonator".into(),
        authority: "impersonate".into(),
        args: vec!["--namespace".into(), NS.into()],
        ..PanelOptions::default()
    };
    let panel = Panel::start(plane(), options)?;
    user(&panel, "bob")?;
    user(&panel, "carol")?.wait_status(NS, "web", StatusKind::Settled)?;
    tokio::runtime::Runtime::new()?.block_on(async {
        let browser = Browser::start(DESKTOP).await?;
        let mut states = States::of(&browser);
        let told = async {
            hidden(&mut states, &panel).await.context("hidden")?;
            refused(&mut states, &panel).await.context("refused")
        };
        let told = told.await;
        let said = browser.text().await.unwrap_or_default();
        let told = states.told(told);
        browser.quit().await?;
        told.with_context(|| format!("the page says: {said}"))
    })
}

/// bob sees sets and nothing of them.
async fn hidden(states: &mut States<'_>, panel: &Panel) -> Result<()> {
    let browser = states.browser;
    log_in(browser, panel, "bob").await?;
    let seen = [("row", "No access"), ("row", "web"), ("text", "pods are hidden from you")];
    states.show_and_listen("fleet-hidden", &seen).await?;
    browser.open(&format!("{}{}", panel.url, page::set(NS, "web"))).await?;
    let seen = [
        ("heading", "web"),
        ("text", "You or the panel may not list pods here"),
        ("text", "may not list revisions (controllerrevisions) here"),
        ("text", "may not list claims (persistentvolumeclaims) here"),
    ];
    states.show_and_listen("set-hidden", &seen).await?;
    ensure!(!browser.has("listitem", "web-0").await?, "a pod that bob may not see");
    browser.open(&format!("{}{}", panel.url, page::compare(NS, "web"))).await?;
    let seen = [("heading", "Compare"), ("text", "You or the panel may not list pods here")];
    states.show_and_listen("compare-hidden", &seen).await?;
    browser.click("button", "Log out").await?;
    browser.find("heading", "Log in").await.map(drop)
}

/// carol might, when she was asked whether she wants to; then not any more.
async fn refused(states: &mut States<'_>, panel: &Panel) -> Result<()> {
    let browser = states.browser;
    log_in(browser, panel, "carol").await?;
    browser.open(&format!("{}{}", panel.url, page::set(NS, "web"))).await?;
    browser.click("button", "Restart…").await?;
    browser.find("text", "Checked with the API server").await?;
    grant("carol", &[SETS, REST])?;
    let may = ["-n", NS, "auth", "can-i", "patch", "statefulsets", "--as", "carol"];
    harness::wait_until("she may not", e2e::PATIENCE, || {
        Ok(plane().kubectl("admin", &may).is_err().then_some(()))
    })?;
    browser.click("button", "Restart 3 pods").await?;
    let seen = [
        ("dialog", "Refused by the API server"),
        ("alert", "The cluster does not allow it to carol."),
        ("heading", "Answer of the API server (403)"),
        ("button", "Copy details"),
    ];
    // The browser writes the refusal into its console.
    states.show("dialog-refused", &seen).await?;
    browser.console_errors().await?;
    browser.click("button", "Close").await?;
    browser.gone("dialog", "Refused").await?;
    // Asked beforehand, the API server says so in the dialog that asks.
    browser.click("button", "Restart…").await?;
    let seen = [("dialog", "Restart the pods of web"), ("text", "User \"carol\" cannot patch")];
    states.show("dialog-would-be-refused", &seen).await?;
    browser.is_off("button", "Restart 3 pods").await?;
    browser.console_errors().await?;
    browser.click("button", "Cancel").await
}

#[test]
fn a_dialog_whose_request_fails_says_what_is_known_of_it() -> Result<()> {
    let demo = Demo::with_max_unavailable()?;
    tokio::runtime::Runtime::new()?.block_on(async {
        let browser = Browser::start(DESKTOP).await?;
        demo.enter(&browser).await?;
        let mut states = States::of(&browser);
        let told = async {
            fails(&mut states, &demo).await.context("failing")?;
            of_the_menu(&mut states, &demo).await.context("the menu")
        };
        let told = told.await;
        let said = browser.text().await.unwrap_or_default();
        let told = states.told(told);
        browser.quit().await?;
        told.with_context(|| format!("the page says: {said}"))
    })
}

async fn fails(states: &mut States<'_>, demo: &Demo) -> Result<()> {
    let browser = states.browser;
    browser.open(&format!("{}{}", demo.url(), page::set("shop", "catalog"))).await?;
    browser.click("button", "Finish…").await?;
    browser.find("text", "Checked with the API server").await?;
    fail(browser, "/actions").await?;
    browser.click("button", "Finish: restart 3 pods").await?;
    let seen = [
        ("dialog", "No answer: look before you try again"),
        ("alert", "does not answer"),
        ("text", "Sending it again is safe"),
        ("button", "Back, to try again"),
    ];
    states.show("dialog-no-answer", &seen).await?;
    fail(browser, "").await?;
    browser.console_errors().await?;
    browser.click("button", "Back, to try again").await?;
    browser.find("dialog", "Finish the rollout on r2").await?;
    browser.click("button", "Cancel").await?;

    // A budget that comes between the question and the deed.
    browser
        .open(&format!("{}{}?pod=orders-db-0", demo.url(), page::set("shop", "orders-db")))
        .await?;
    browser.click("button", "Evict pod…").await?;
    browser.find("text", "Checked with the API server").await?;
    let budget = json!({ "apiVersion": "policy/v1", "kind": "PodDisruptionBudget",
        "metadata": { "name": "all-of-them" },
        "spec": { "maxUnavailable": 0, "selector": { "matchLabels": labels(demo)? } } });
    let url = format!("{}/apis/policy/v1/namespaces/shop/poddisruptionbudgets", demo.server()?);
    ureq::post(url).header("content-type", "application/json").send(budget.to_string())?;
    browser.click("button", "Evict orders-db-0").await?;
    let seen = [("dialog", "It was not done"), ("alert", "all-of-them")];
    states.show("dialog-failed", &seen).await?;
    browser.console_errors().await?;
    browser.click("button", "Close").await
}

/// By which `shop/orders-db` finds its pods.
fn labels(demo: &Demo) -> Result<serde_json::Value> {
    let url = format!("{}/apis/apps/v1/namespaces/shop/statefulsets/orders-db", demo.server()?);
    let set: serde_json::Value = ureq::get(url).call()?.body_mut().read_json()?;
    Ok(set["spec"]["selector"]["matchLabels"].clone())
}

async fn of_the_menu(states: &mut States<'_>, demo: &Demo) -> Result<()> {
    let browser = states.browser;
    let open = async |name: &str, button: &str| {
        browser.open(&format!("{}{}", demo.url(), page::set("shop", name))).await?;
        browser.click("button", "More actions").await?;
        browser.click("button", button).await
    };
    open("catalog", "Switch strategy…").await?;
    let seen = [
        ("dialog", "Switch catalog to OnDelete"),
        ("heading", "What will happen, in this order"),
        ("button", "Switch: no restart"),
    ];
    states.show_and_listen("dialog-to-ondelete", &seen).await?;
    browser.click("button", "Cancel").await?;
    open("ledger", "Switch strategy…").await?;
    let seen = [
        ("dialog", "Switch ledger to RollingUpdate"),
        ("heading", "What will happen, in this order"),
        ("button", "Switch:"),
    ];
    states.show_and_listen("dialog-to-rollingupdate", &seen).await?;
    browser.click("button", "Cancel").await?;
    open("catalog", "Set maxUnavailable…").await?;
    browser.fill("textbox", "Pods that a roll may take down at once", "2").await?;
    let seen = [
        ("dialog", "Set maxUnavailable of catalog"),
        ("textbox", "Pods that a roll may take down at once"),
        ("button", "Set to 2: no restart"),
    ];
    states.show_and_listen("dialog-max-unavailable", &seen).await?;
    browser.click("button", "Cancel").await
}
