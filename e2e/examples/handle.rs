//! How long a move of the partition handle of a large set takes in the browser, forecast included. Prints one figure a line:
//! name, value and unit, with tabs between. `cargo xtask bench` runs it with the optimised server.

use std::time::Duration;

use anyhow::{Context as _, Result};
use e2e::Demo;
use e2e::browser::{Browser, DESKTOP};
use harness::wait_until;
use serde_json::{Value, json};

const ORDINALS: u32 = 300;

/// Presses the arrow key again and again. Of each press: the milliseconds until all work that it caused is done (the forecast
/// and the changes of the page), what the forecast took of it, and until the next frame.
const PRESS: &str = r"(async () => {
  const turn = () => new Promise((done) => {
    const channel = new MessageChannel();
    channel.port1.onmessage = done;
    channel.port2.postMessage(0);
  });
  const work = [], forecast = [], frame = [];
  for (let i = 0; i < 100; i++) {
    const handle = document.querySelector('[role=slider]');
    const begun = performance.now();
    handle.dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowLeft', bubbles: true, cancelable: true }));
    await turn();
    work.push(performance.now() - begun);
    forecast.push(performance.getEntriesByName('forecast', 'measure').at(-1).duration);
    await new Promise((done) => requestAnimationFrame(done));
    await turn();
    frame.push(performance.now() - begun);
  }
  return JSON.stringify({ work, forecast, frame, says: document.querySelector('[role=slider]').getAttribute('aria-valuetext') });
})()";

fn main() -> Result<()> {
    let demo = Demo::start()?;
    let cluster = demo.server()?;
    let sets = format!("{cluster}/apis/apps/v1/namespaces/shop/statefulsets");
    ureq::post(&sets).send(set().to_string().as_bytes())?;
    ready(&sets)?;
    let image = json!([{ "op": "replace", "path": "/spec/template/spec/containers/0/image", "value": "registry.example/app:2" }]);
    ureq::patch(format!("{sets}/large"))
        .header("content-type", "application/json-patch+json")
        .send(image.to_string().as_bytes())?;
    tokio::runtime::Runtime::new()?.block_on(async {
        let browser = Browser::start(DESKTOP).await?;
        demo.enter(&browser).await?;
        browser.open(&format!("{}/sets/shop/large", demo.url())).await?;
        browser.says("stay on r1 until someone advances").await?;
        browser.find("slider", "First ordinal").await?;
        let answer = browser
            .cdp("Runtime.evaluate", json!({ "expression": PRESS, "awaitPromise": true }))
            .await?;
        let told = answer["result"]["value"].as_str().context("what the page measured")?;
        let told: Value = serde_json::from_str(told)?;
        // A handle that did not move would be quick.
        let says = told["says"].as_str().unwrap_or_default();
        anyhow::ensure!(says.contains("large-200"), "the handle says {says:?}");
        for (what, name) in [
            ("forecast", "the forecast"),
            ("work", "forecast and page"),
            ("frame", "the frame with it"),
        ] {
            let mut times: Vec<f64> =
                told[what].as_array().into_iter().flatten().filter_map(Value::as_f64).collect();
            times.sort_by(f64::total_cmp);
            for (share, of) in [(50, "median"), (95, "95th percentile")] {
                let at = (times.len() * share / 100).min(times.len().saturating_sub(1));
                let time = times.get(at).context("some presses")?;
                println!(
                    "a move of the handle of {ORDINALS} ordinals, {name}, {of}\t{time:.3}\tms"
                );
            }
        }
        browser.quit().await
    })
}

fn set() -> Value {
    json!({
        "apiVersion": "apps/v1",
        "kind": "StatefulSet",
        "metadata": { "name": "large" },
        "spec": {
            "replicas": ORDINALS,
            "serviceName": "large",
            "podManagementPolicy": "Parallel",
            "updateStrategy": { "type": "RollingUpdate", "rollingUpdate": { "partition": ORDINALS } },
            "selector": { "matchLabels": { "app": "large" } },
            "template": {
                "metadata": { "labels": { "app": "large" } },
                "spec": { "containers": [{ "name": "app", "image": "registry.example/app:1" }] },
            },
        },
    })
}

fn ready(sets: &str) -> Result<()> {
    wait_until("all pods Ready", Duration::from_mins(3), || {
        let text = ureq::get(format!("{sets}/large")).call()?.body_mut().read_to_string()?;
        let set: Value = serde_json::from_str(&text)?;
        Ok((set["status"]["readyReplicas"] == ORDINALS).then_some(()))
    })
}
