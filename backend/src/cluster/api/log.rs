//! The log of a container.

use std::pin::Pin;

use bytes::Bytes;
use futures::{AsyncBufReadExt as _, Stream};
use k8s_openapi::api::core::v1::Pod;
use kube::api::{Api, LogParams};

use super::{ApiError, ApiServer, Caller, guard};
use crate::cluster::inside::{LogError, LogOptions, LogStream};

impl ApiServer {
    /// See [`crate::cluster::inside::Inside::log`].
    pub(super) async fn read_log(
        &self,
        caller: &Caller,
        namespace: &str,
        pod: &str,
        options: &LogOptions,
    ) -> Result<LogStream, LogError> {
        guard::<Pod>(namespace, pod)?;
        let params = LogParams {
            container: options.container.clone(),
            follow: options.follow,
            previous: options.previous,
            timestamps: options.timestamps,
            tail_lines: Some(options.tail_lines.into()),
            since_seconds: options.since_seconds.map(Into::into),
            ..LogParams::default()
        };
        let opened = self
            .call(caller, |client| {
                let api: Api<Pod> = Api::namespaced(client, namespace);
                let params = params.clone();
                async move { api.log_stream(pod, &params).await }
            })
            .await;
        Ok(chunks(Box::pin(opened.map_err(why)?)))
    }
}

fn chunks(mut log: Pin<Box<impl futures::AsyncBufRead + Send + 'static>>) -> LogStream {
    let chunks = async_stream::stream! {
        loop {
            let taken = match log.fill_buf().await {
                Ok(chunk) => Bytes::copy_from_slice(chunk),
                Err(e) => {
                    yield Err(ApiError::unreachable(format!("the log broke off: {e}")));
                    return;
                }
            };
            if taken.is_empty() {
                return;
            }
            log.as_mut().consume(taken.len());
            yield Ok(taken);
        }
    };
    Box::pin(chunks) as Pin<Box<dyn Stream<Item = Result<Bytes, ApiError>> + Send>>
}

/// Tells apart what the API server answers as 400 with nothing but words.
/// Source: kubernetes `pkg/registry/core/pod/strategy.go` (`LogLocation`, `validateContainer`) and
/// `pkg/kubelet/kubelet_pods.go` (`validateContainerLogStatus`).
fn why(error: ApiError) -> LogError {
    let says = error.message.as_str();
    let has = |words: &str| says.contains(words);
    if error.code != 400 {
        return LogError::Api(error);
    }
    if has("a container name must be specified") {
        LogError::ContainerNeeded(error.message)
    } else if has("is not valid for pod") || has("log target not found for container") {
        LogError::NoSuchContainer(error.message)
    } else if has("previous terminated container") {
        LogError::NoPrevious(error.message)
    } else if has("is waiting to start")
        || has("does not have a host assigned")
        || has("is not available")
    {
        LogError::NotYet(error.message)
    } else {
        LogError::Api(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::ApiErrorKind;

    #[test]
    fn what_is_answered_in_words_only_is_told_apart() {
        let kind = |message: &str| {
            let error = ApiError {
                kind: ApiErrorKind::Other,
                code: 400,
                reason: "BadRequest".into(),
                message: message.into(),
            };
            match why(error) {
                LogError::ContainerNeeded(_) => "needed",
                LogError::NoSuchContainer(_) => "none",
                LogError::NoPrevious(_) => "previous",
                LogError::NotYet(_) => "not yet",
                LogError::Api(_) => "other",
            }
        };
        for (says, is) in [
            ("a container name must be specified for pod web-0, choose one of: [a b]", "needed"),
            ("container x is not valid for pod web-0", "none"),
            ("previous terminated container \"app\" in pod \"web-0\" not found", "previous"),
            (
                "container \"app\" in pod \"web-0\" is waiting to start: ContainerCreating",
                "not yet",
            ),
            ("pod web-0 does not have a host assigned", "not yet"),
            ("container \"app\" in pod \"web-0\" is not available", "not yet"),
            ("tailLines must be positive", "other"),
        ] {
            assert_eq!(kind(says), is, "{says}");
        }
    }
}
