//! The kinds of patch that `PATCH` takes.

pub(crate) mod apply;
mod json;
mod merge;
mod strategic;

pub(crate) use merge::merge;
pub(crate) use strategic::strategic;

use serde_json::Value;

use crate::kind::Kind;
use crate::refusal::Refusal;

/// A patch as it came in.
#[derive(Clone, Debug)]
pub(crate) enum Patch {
    Json(json_patch::Patch),
    Merge(Value),
    Strategic(Value),
    /// Server-side apply: the fields that its manager wants to own.
    Apply(Value),
}

impl Patch {
    /// By its content type.
    ///
    /// # Errors
    /// 415 for another type, 400 if it cannot be read.
    pub(crate) fn read(content_type: &str, body: &[u8]) -> Result<Self, Refusal> {
        let bad = |e: serde_json::Error| Refusal::bad_request(format!("error decoding patch: {e}"));
        match content_type.split(';').next().unwrap_or_default().trim() {
            "application/json-patch+json" => json::read(body).map(Self::Json),
            "application/merge-patch+json" => {
                serde_json::from_slice(body).map(Self::Merge).map_err(bad)
            }
            "application/strategic-merge-patch+json" => {
                serde_json::from_slice(body).map(Self::Strategic).map_err(bad)
            }
            "application/apply-patch+yaml" => std::str::from_utf8(body)
                .ok()
                .and_then(|text| serde_saphyr::from_str(text).ok())
                .map(Self::Apply)
                .ok_or_else(|| Refusal::bad_request("error decoding YAML")),
            other => Err(Refusal::new(
                415,
                "UnsupportedMediaType",
                format!(
                    "the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml, application/strategic-merge-patch+json (got {other:?})"
                ),
            )),
        }
    }

    /// The object with the patch on it; server-side apply is not for here.
    ///
    /// # Errors
    /// 422 if it does not fit.
    pub(crate) fn onto(&self, kind: Kind, name: &str, object: &Value) -> Result<Value, Refusal> {
        match self {
            Self::Json(patch) => json::onto(patch, kind, name, object),
            Self::Merge(patch) | Self::Apply(patch) => {
                let mut patched = object.clone();
                merge(&mut patched, patch);
                Ok(patched)
            }
            Self::Strategic(patch) => strategic(object, patch),
        }
    }
}
