//! `pods/exec` over a WebSocket, as kubectl since 1.31 asks for it (`v5.channel.k8s.io`).
//! Source: apimachinery `pkg/util/remotecommand/constants.go`; KEP-4006.

use axum::body::Body;
use http::Response;
use hyper::upgrade::OnUpgrade;
use serde_json::{Value, json};

use super::answer::Answer;
use super::call::Call;
use super::route::Place;
use super::shell::{Output, Shell};
use super::{log, websocket};
use crate::object::{self, list, text};
use crate::refusal::Refusal;

const PROTOCOL: &str = "v5.channel.k8s.io";
const OUT: u8 = 1;
const ERR: u8 = 2;
const ERROR: u8 = 3;

/// # Errors
/// 400 without a WebSocket of that protocol, or where the container does not run; 404 without such a pod.
pub(super) fn exec(call: &mut Call, place: &Place) -> Result<Answer, Refusal> {
    let world = call.inner.world();
    let pod = world.get(&place.key())?;
    let name = log::container(&pod, call.query.get("container"))?;
    let running = list(&pod, "/status/containerStatuses")
        .iter()
        .any(|s| s["name"] == *name && s["state"].get("running").is_some());
    if !running {
        return Err(Refusal::new(
            500,
            "InternalError",
            format!("unable to upgrade connection: container not found ({name:?})"),
        ));
    }
    let container = list(&pod, "/spec/containers").iter().find(|c| c["name"] == *name);
    let shell = Shell { world: &world, pod: &pod, container: container.unwrap_or(&Value::Null) };
    let command: Vec<&str> = call.query.all("command").collect();
    let result = match shell.run(&command) {
        Some(output) => frames(&output),
        None => vec![status(&not_found(&command))],
    };
    drop(world);
    tracing::debug!("exec in {} of {}", name, object::name(&pod));
    let offered = |p: &str| {
        let all = call.parts.headers.get_all("sec-websocket-protocol").iter();
        all.filter_map(|v| v.to_str().ok()).flat_map(|v| v.split(',')).any(|o| o.trim() == p)
    };
    let Some(key) =
        call.parts.headers.get("sec-websocket-key").cloned().filter(|_| offered(PROTOCOL))
    else {
        return Err(Refusal::bad_request(format!(
            "the sandbox runs commands over a WebSocket with {PROTOCOL} only (kubectl 1.31 and later)"
        )));
    };
    let Some(upgrade) = call.parts.extensions.remove::<OnUpgrade>() else {
        return Err(Refusal::bad_request("a command needs a connection that can be upgraded"));
    };
    tokio::spawn(async move {
        match upgrade.await {
            Ok(connection) => websocket::send(connection, result).await,
            Err(e) => tracing::debug!("exec was not upgraded: {e}"),
        }
    });
    let response = Response::builder()
        .status(101)
        .header("upgrade", "websocket")
        .header("connection", "Upgrade")
        .header("sec-websocket-accept", websocket::accept(key.as_bytes()))
        .header("sec-websocket-protocol", PROTOCOL)
        .body(Body::empty());
    response.map(Answer::Switch).map_err(|e| Refusal::bad_request(format!("no WebSocket: {e}")))
}

/// What goes over the channels: the first byte of a message is its channel.
fn frames(output: &Output) -> Vec<Vec<u8>> {
    let mut all = Vec::new();
    for (channel, written) in [(OUT, &output.out), (ERR, &output.err)] {
        if !written.is_empty() {
            let mut frame = vec![channel];
            frame.extend_from_slice(written.as_bytes());
            all.push(frame);
        }
    }
    all.push(status(&if output.code == 0 {
        json!({"metadata": {}, "status": "Success"})
    } else {
        json!({
            "metadata": {}, "status": "Failure", "reason": "NonZeroExitCode",
            "message": format!("command terminated with non-zero exit code: exit status {}", output.code),
            "details": {"causes": [{"reason": "ExitCode", "message": output.code.to_string()}]},
        })
    }));
    all
}

fn not_found(command: &[&str]) -> Value {
    let program = command.first().unwrap_or(&"");
    json!({
        "metadata": {}, "status": "Failure", "reason": "InternalError", "code": 500,
        "message": format!("Internal error occurred: error executing command in container: exec: {program:?}: executable file not found in $PATH (the sandbox knows cat, echo, env, hostname, ls, nslookup, sh -c, true and false)"),
    })
}

fn status(status: &Value) -> Vec<u8> {
    debug_assert!(!text(status, "/status").is_empty());
    let mut frame = vec![ERROR];
    frame.extend_from_slice(status.to_string().as_bytes());
    frame
}
