//! A command in a container, over the API server's exec call.

use k8s_openapi::api::core::v1::Pod;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Status;
use kube::api::{Api, AttachParams, AttachedProcess};
use tokio::io::{AsyncRead, AsyncReadExt as _};

use super::{ApiError, ApiErrorKind, ApiServer, Caller, guard};
use crate::cluster::inside::{Exec, ExecError, Ran};

impl ApiServer {
    /// See [`crate::cluster::inside::Inside::exec`].
    pub(super) async fn run_in(
        &self,
        caller: &Caller,
        namespace: &str,
        pod: &str,
        exec: &Exec,
    ) -> Result<Ran, ExecError> {
        guard::<Pod>(namespace, pod)?;
        let run = async {
            let started = self.call(caller, |client| {
                let api: Api<Pod> = Api::namespaced(client, namespace);
                // Neither input nor terminal.
                let params =
                    AttachParams { container: exec.container.clone(), ..AttachParams::default() };
                let argv = exec.argv.clone();
                async move { api.exec(pod, argv, &params).await }
            });
            output(started.await.map_err(why)?, exec.bytes).await
        };
        tokio::time::timeout(exec.time, run).await.unwrap_or(Err(ExecError::Timeout))
    }
}

/// What it writes until it ends, or until it has written too much: then nobody waits for it any longer.
async fn output(mut process: AttachedProcess, most: usize) -> Result<Ran, ExecError> {
    let status = process.take_status();
    let (stdout, stderr) = (process.stdout(), process.stderr());
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (mut out, mut err) = (Vec::new(), Vec::new());
    // The one that has too much ends the other too.
    let read = tokio::try_join!(read(stdout, &mut out, most), read(stderr, &mut err, most));
    if read.is_err() {
        process.abort();
        return Ok(Ran { exit_code: None, stdout: text(&out), stderr: text(&err), cut: true });
    }
    let status = match status {
        Some(status) => status.await,
        None => None,
    };
    let exit_code = match status {
        Some(status) => ended(&status)?,
        None => {
            return Err(ExecError::BrokeOff(
                "the connection ended before the command did".to_owned(),
            ));
        }
    };
    Ok(Ran { exit_code: Some(exit_code), stdout: text(&out), stderr: text(&err), cut: false })
}

/// More was written than is kept.
#[derive(Debug, PartialEq, Eq)]
struct TooMuch;

async fn read(
    from: Option<impl AsyncRead + Unpin>,
    kept: &mut Vec<u8>,
    most: usize,
) -> Result<(), TooMuch> {
    let Some(mut from) = from else { return Ok(()) };
    let mut piece = vec![0; 8 * 1024];
    loop {
        match from.read(&mut piece).await {
            // A pipe within this process: it ends, and does not fail.
            Ok(0) | Err(_) => return Ok(()),
            Ok(n) => kept.extend_from_slice(&piece[..n]),
        }
        if kept.len() > most {
            kept.truncate(most);
            return Err(TooMuch);
        }
    }
}

/// The exit code. Source: kubernetes `staging/src/k8s.io/client-go/tools/remotecommand/v4.go`.
fn ended(status: &Status) -> Result<i32, ExecError> {
    if status.status.as_deref() == Some("Success") {
        return Ok(0);
    }
    let causes = status.details.as_ref().and_then(|d| d.causes.as_deref()).unwrap_or_default();
    let code = causes.iter().find(|c| c.reason.as_deref() == Some("ExitCode"));
    let code = code.and_then(|c| c.message.as_deref()?.parse().ok());
    code.ok_or_else(|| {
        let says = status.message.as_deref().filter(|m| !m.is_empty());
        ExecError::NotStarted(says.unwrap_or("the container's runtime does not say why").to_owned())
    })
}

/// Tells apart what is answered with nothing but words.
/// Source: kubernetes `pkg/registry/core/pod/strategy.go` (`ExecLocation`), `rest/subresources.go` and `pkg/kubelet/server/server.go`.
fn why(error: ApiError) -> ExecError {
    let has = |words: &str| error.message.contains(words);
    if has("is not valid for pod") || has("a container name must be specified") {
        return ExecError::NoSuchContainer(error.message);
    }
    let asleep = has("container not found")
        || has("completed pod")
        || has("does not have a host assigned")
        || has("container is not running");
    if asleep && error.kind != ApiErrorKind::Forbidden {
        return ExecError::NotRunning(error.message);
    }
    ExecError::Api(error)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_exit_code_is_read_from_the_status() {
        let code = |status: serde_json::Value| ended(&serde_json::from_value(status).unwrap());
        assert_eq!(code(json!({"status": "Success"})), Ok(0));
        let failed = json!({"status": "Failure", "reason": "NonZeroExitCode", "message": "m",
            "details": {"causes": [{"reason": "ExitCode", "message": "3"}]}});
        assert_eq!(code(failed), Ok(3));
        let missing = json!({"status": "Failure", "message": "executable file not found in $PATH"});
        let says = "executable file not found in $PATH".to_owned();
        assert_eq!(code(missing), Err(ExecError::NotStarted(says)));
    }

    #[tokio::test]
    async fn what_is_too_much_is_cut_at_the_limit() {
        for (written, kept, ended) in [(10_000, 10_000, Ok(())), (10_001, 10_000, Err(TooMuch))] {
            let (all, mut some) = (vec![b'x'; written], Vec::new());
            assert_eq!(read(Some(&all[..]), &mut some, 10_000).await, ended);
            assert_eq!(some.len(), kept);
        }
    }
}
