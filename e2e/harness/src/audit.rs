//! The API server's audit log: who changed what.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead as _, BufReader, Seek as _, SeekFrom};
use std::path::Path;

use anyhow::{Context as _, Result};
use serde::Deserialize;
use serde_json::Value;

/// A place in the audit log, from [`crate::ControlPlane::audit_mark`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct AuditMark(pub(crate) u64);

/// One request that changed something, or asked for a right, by anybody but the control plane's own
/// programs.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AuditEntry {
    /// Who authenticated.
    pub user: AuditUser,
    /// As whom it was done, under impersonation.
    pub impersonated_user: Option<AuditUser>,
    /// `create`, `update`, `patch`, `delete` or `deletecollection`.
    pub verb: String,
    /// Path and query.
    #[serde(rename = "requestURI")]
    pub request_uri: String,
    /// What the client calls itself.
    #[serde(default)]
    pub user_agent: String,
    /// What it was about.
    #[serde(default)]
    pub object_ref: AuditObject,
    /// What it came to.
    #[serde(default)]
    pub response_status: AuditStatus,
    /// The body: for a patch the patch itself. None for access reviews.
    pub request_object: Option<Value>,
    /// For instance `authorization.k8s.io/decision`.
    #[serde(default)]
    pub annotations: BTreeMap<String, String>,
    /// RFC 3339 with microseconds.
    pub request_received_timestamp: String,
}

/// A user in the audit log.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct AuditUser {
    /// The name.
    #[serde(default)]
    pub username: String,
    /// All groups, those that the API server adds included.
    #[serde(default)]
    pub groups: Vec<String>,
}

/// The object of a request; what does not apply is empty.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct AuditObject {
    /// For instance `statefulsets`.
    pub resource: String,
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// For instance `eviction`.
    pub subresource: String,
    /// For instance `apps`; empty for the core group.
    pub api_group: String,
}

/// The answer to a request.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct AuditStatus {
    /// HTTP status.
    pub code: u16,
    /// For instance `Forbidden`.
    pub reason: String,
    /// In words.
    pub message: String,
}

impl AuditEntry {
    /// As whom the cluster saw it: the impersonated user if there is one.
    pub fn acting_user(&self) -> &str {
        &self.impersonated_user.as_ref().unwrap_or(&self.user).username
    }

    /// Whether it was about `resource`, with its subresource behind a slash, in `namespace`:
    /// `pods/eviction`.
    pub fn is_about(&self, resource: &str, namespace: &str) -> bool {
        let (resource, subresource) = resource.split_once('/').unwrap_or((resource, ""));
        let object = &self.object_ref;
        object.resource == resource
            && object.subresource == subresource
            && object.namespace == namespace
    }
}

/// The end of the log now; 0 while there is none.
pub(crate) fn mark(log: &Path) -> AuditMark {
    AuditMark(log.metadata().map_or(0, |metadata| metadata.len()))
}

/// All entries after `mark`.
pub(crate) fn since(log: &Path, mark: AuditMark) -> Result<Vec<AuditEntry>> {
    let mut file =
        File::open(log).with_context(|| format!("cannot read the audit log {}", log.display()))?;
    file.seek(SeekFrom::Start(mark.0))?;
    let mut reader = BufReader::new(file);
    let mut entries = Vec::new();
    let mut line = String::new();
    // A line without its end is still being written, or was cut off when the API server was killed.
    while reader.read_line(&mut line)? > 0 && line.ends_with('\n') {
        if let Ok(entry) = serde_json::from_str(&line) {
            entries.push(entry);
        }
        line.clear();
    }
    Ok(entries)
}
