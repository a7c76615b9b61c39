//! A set or a pod as the API server has it.

use k8s_openapi::api::apps::v1::StatefulSet;
use k8s_openapi::api::core::v1::Pod;
use serde_json::Value;

use super::{ApiError, ApiErrorKind, ApiServer, Caller, guard};
use crate::cluster::inside::Whole;

impl ApiServer {
    /// See [`crate::cluster::inside::Inside::manifest`]. Not by the types of `k8s_openapi`: they know the fields of one
    /// version, and the others would be missing without a sign.
    pub(super) async fn read_manifest(
        &self,
        caller: &Caller,
        namespace: &str,
        of: Whole<'_>,
    ) -> Result<Option<Value>, ApiError> {
        let (named, path) = match of {
            Whole::Set(name) => (
                guard::<StatefulSet>(namespace, name),
                format!("/apis/apps/v1/namespaces/{namespace}/statefulsets/{name}"),
            ),
            Whole::Pod(name) => (
                guard::<Pod>(namespace, name),
                format!("/api/v1/namespaces/{namespace}/pods/{name}"),
            ),
        };
        if named.is_err() {
            return Ok(None);
        }
        let answer = self
            .call(caller, |client| {
                let request = http::Request::get(&path).body(Vec::new());
                async move { client.request::<Value>(request.map_err(kube::Error::HttpError)?).await }
            })
            .await;
        match answer {
            Ok(object) => Ok(Some(readable(object))),
            Err(e) if e.kind == ApiErrorKind::NotFound => Ok(None),
            Err(e) => Err(e),
        }
    }
}

/// As `kubectl get -o yaml` shows it.
fn readable(mut object: Value) -> Value {
    if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.remove("managedFields");
    }
    object.sort_all_objects();
    object
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn who_manages_which_field_is_left_out_and_the_rest_is_in_order() {
        let object = json!({
            "spec": { "b": 1, "a": [{ "d": 1, "c": 2 }] },
            "metadata": { "name": "web-0", "managedFields": [{ "manager": "kubectl" }] },
            "kind": "Pod",
        });
        assert_eq!(
            readable(object).to_string(),
            r#"{"kind":"Pod","metadata":{"name":"web-0"},"spec":{"a":[{"c":2,"d":1}],"b":1}}"#
        );
    }
}
