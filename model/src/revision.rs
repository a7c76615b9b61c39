//! A ControllerRevision of a set as plain facts.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::set::ContainerImage;

/// A recorded pod template. Its number moves on a rollback; its name does not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Revision {
    pub namespace: String,
    /// The key: `web-6b7c9d5f4`.
    pub name: String,
    pub uid: String,
    /// uid of the owning set.
    pub set_uid: String,
    /// `.revision`: display only, shown as `r7`.
    pub number: i64,
    /// The numbers that it had before, the oldest first, as far as the panel has seen it move.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub was: Vec<i64>,
    #[serde(with = "crate::when")]
    pub created: Timestamp,
    /// Digest of `data` (the template bytes), under which the store keeps them.
    pub hash: String,
    /// As [`crate::set::Set::template_shape`]: recorded templates of one shape differ in their images only.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub shape: String,
    /// `data` holds `creationTimestamp: null`, as controllers before 1.34 wrote it: its bytes are never those that a newer
    /// one makes of the same template (kubernetes#134773).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub before_134: bool,
    /// Images of the recorded template, without init containers.
    pub images: Vec<ContainerImage>,
    /// Images of its init containers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub init_images: Vec<ContainerImage>,
    /// `kubernetes.io/change-cause`, as it was when the revision was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub change_cause: Option<String>,
}

impl Revision {
    /// `r7`.
    pub fn label(&self) -> String {
        format!("r{}", self.number)
    }

    /// `was r2`, or `was r2, r5`, where Kubernetes took it up again under another number.
    pub fn was_label(&self) -> Option<String> {
        let labels: Vec<String> = self.was.iter().map(|n| format!("r{n}")).collect();
        (!labels.is_empty()).then(|| format!("was {}", labels.join(", ")))
    }

    /// Takes over what an earlier look at the same object tells of its numbers.
    pub fn follow(&mut self, earlier: &Self) {
        if earlier.uid != self.uid {
            return;
        }
        self.was.clone_from(&earlier.was);
        if earlier.number != self.number {
            self.was.push(earlier.number);
        }
    }
}
