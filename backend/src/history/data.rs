//! What an event carries beside its sentence: versioned JSON of the history's own, enough to draw the strip of a set as
//! it was at any moment ([`super::moment`]).

mod codes;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use self::codes::{Kind, outcome_code, outcome_of};
use super::book::RevisionMark;
use super::known::{Known, KnownPod, PodState};
use super::trouble::TroubleKind;

/// Everything that a strip is drawn from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Scene {
    pub replicas: u32,
    pub start: u32,
    pub strategy: String,
    /// As an index; `None` where the strategy has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partition: Option<u32>,
    /// ControllerRevision names.
    pub current: String,
    pub update: String,
    /// What revisions were called: name to `r7`.
    pub labels: BTreeMap<String, String>,
    /// By ordinal.
    #[serde(with = "pairs")]
    pub pods: BTreeMap<u32, ScenePod>,
    /// The set is gone.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub deleted: bool,
}

/// A map with numbers for keys as a list of pairs: behind a tag serde does not read such keys back.
mod pairs {
    use std::collections::BTreeMap;

    use serde::{Deserialize, Deserializer, Serializer};

    use super::ScenePod;

    pub(super) fn serialize<S: Serializer>(
        map: &BTreeMap<u32, ScenePod>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(map)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<BTreeMap<u32, ScenePod>, D::Error> {
        let pairs = Vec::<(u32, ScenePod)>::deserialize(deserializer)?;
        Ok(pairs.into_iter().collect())
    }
}

/// The pod at an ordinal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScenePod {
    #[serde(rename = "u")]
    pub uid: String,
    /// ControllerRevision name.
    #[serde(rename = "r")]
    pub revision: String,
    #[serde(rename = "s")]
    pub state: PodState,
}

impl Scene {
    pub fn of(known: &Known) -> Self {
        let names = [known.current.as_str(), known.update.as_str()];
        let names = names.into_iter().chain(known.pods.iter().map(|p| p.revision.as_str()));
        Self {
            replicas: known.replicas,
            start: known.start,
            strategy: known.strategy.clone(),
            partition: known.partition,
            current: known.current.clone(),
            update: known.update.clone(),
            labels: names
                .filter(|n| !n.is_empty())
                .map(|n| (n.to_owned(), known.label(n)))
                .collect(),
            pods: known
                .pods
                .iter()
                .filter_map(|p| {
                    let pod = ScenePod {
                        uid: p.uid.clone(),
                        revision: p.revision.clone(),
                        state: p.state,
                    };
                    Some((p.ordinal?, pod))
                })
                .collect(),
            deleted: false,
        }
    }
}

/// What an event is about, with what it changes of the scene.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Data {
    Snapshot {
        scene: Scene,
    },
    /// The set was seen for the first time.
    Seen {
        /// It was made while the panel looked.
        created: bool,
    },
    Deleting {},
    Deleted {},
    Template {
        from: Option<RevisionMark>,
        to: RevisionMark,
        restart: bool,
    },
    Partition {
        from: Option<u32>,
        to: Option<u32>,
        /// How many pods it holds back now.
        held: u32,
    },
    Scale {
        from: u32,
        to: u32,
        start: u32,
    },
    Strategy {
        from: String,
        to: String,
    },
    Pod {
        #[serde(flatten)]
        pod: PodData,
    },
    /// The pod is gone.
    PodGone {
        ordinal: Option<u32>,
        uid: String,
    },
    Claim {
        name: String,
        uid: String,
        /// `created`, `gone`, a phase, or the size it has or asks for.
        now: String,
    },
    Hold {
        /// How many pods are held back; 0 ends the hold.
        held: u32,
    },
    Rollout {
        to: RevisionMark,
        /// `open`, `settled`, `superseded`, `rolled_back`, `set_deleted`.
        outcome: String,
    },
    Action {
        id: String,
        outcome: String,
    },
    /// A command that was run on pods; nothing of what it wrote.
    Command {
        name: String,
        /// Ordinals with their exit codes.
        exits: Vec<(u32, Option<i32>)>,
    },
    Gap {
        from: i64,
        to: i64,
    },
    /// After an action something else happened than was foretold.
    Deviation {
        foretold: String,
        happened: String,
    },
    /// It is stuck now, or no longer.
    Trouble {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        kind: Option<TroubleKind>,
    },
    /// Labels and annotations of the set, by their keys.
    Metadata {
        keys: Vec<String>,
    },
    /// What a later version writes: it changes nothing of the scene.
    #[serde(other)]
    Later,
}

/// A pod after the event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PodData {
    pub ordinal: Option<u32>,
    pub uid: String,
    pub revision: String,
    /// `r7`.
    pub label: String,
    pub state: PodState,
    #[serde(default, skip_serializing_if = "is_zero")]
    pub restarts: u32,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature serde asks for")]
fn is_zero(n: &u32) -> bool {
    *n == 0
}

impl PodData {
    pub fn of(known: &Known, pod: &KnownPod) -> Self {
        Self {
            ordinal: pod.ordinal,
            uid: pod.uid.clone(),
            revision: pod.revision.clone(),
            label: known.label(&pod.revision),
            state: pod.state,
            restarts: pod.restarts,
        }
    }
}

/// The version that is written.
const VERSION: u32 = 1;

#[derive(Serialize, Deserialize)]
struct Versioned<T> {
    v: u32,
    #[serde(flatten)]
    data: T,
}

impl Data {
    /// As it is stored.
    pub fn to_json(&self) -> String {
        serde_json::to_string(&Versioned { v: VERSION, data: self })
            .expect("event data has string keys only")
    }

    /// Reads what [`Data::to_json`] wrote.
    ///
    /// # Errors
    /// If it is of a later version, or no event data at all.
    pub fn from_json(json: &str) -> Result<Self, String> {
        let read: Versioned<Self> =
            serde_json::from_str(json).map_err(|e| format!("event data: {e}"))?;
        if read.v == VERSION {
            Ok(read.data)
        } else {
            Err(format!("event data of version {}", read.v))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn event_data_carries_its_version_and_refuses_a_later_one() {
        let data = Data::Pod {
            pod: PodData {
                ordinal: Some(4),
                uid: "p".into(),
                revision: "web-b".into(),
                label: "r7".into(),
                state: PodState::Ready,
                restarts: 0,
            },
        };
        let json = data.to_json();
        assert!(json.starts_with(r#"{"v":1,"what":"pod""#), "{json}");
        assert_eq!(Data::from_json(&json), Ok(data));
        let later = json.replace(r#""v":1"#, r#""v":2"#);
        assert!(Data::from_json(&later).is_err());
    }

    #[test]
    fn what_a_later_version_adds_is_read_as_something_that_changes_nothing() {
        let json = r#"{"v":1,"what":"teleported","from":{"place":[1,2]},"pods":3}"#;
        assert_eq!(Data::from_json(json), Ok(Data::Later));
    }
}
