//! Who did something, as the history keeps it, and the deeds of the panel by which it is told.

use model::action::{Action, StrategyName};
use model::forecast::Forecast;
use model::set::ContainerImage;
use model::wire::{Actor, Outcome, Source};
use serde::{Deserialize, Serialize};

use super::{ms, time};
use crate::actions::Entry;
use crate::history::known::Known;

/// Where a change came from, as stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    Panel,
    Tool,
    Outside,
    Controller,
}

impl Origin {
    /// The word in the database.
    pub fn code(self) -> &'static str {
        match self {
            Self::Panel => "panel",
            Self::Tool => "tool",
            Self::Outside => "outside",
            Self::Controller => "controller",
        }
    }

    /// The reverse of [`Origin::code`].
    pub fn parse(code: &str) -> Option<Self> {
        [Self::Panel, Self::Tool, Self::Outside, Self::Controller]
            .into_iter()
            .find(|o| o.code() == code)
    }

    /// As the API says it.
    pub fn source(self) -> Source {
        match self {
            Self::Panel => Source::Panel,
            Self::Tool => Source::Tool,
            Self::Outside => Source::Outside,
            Self::Controller => Source::Controller,
        }
    }
}

/// To whom a change is credited.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Credit {
    pub origin: Origin,
    /// User of the panel, or the tool; never a person for what was done outside.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// When the panel saw it, ms UTC.
    pub at: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Id of the action.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub action: Option<String>,
}

impl Credit {
    /// As the API says it.
    pub fn actor(&self) -> Actor {
        Actor {
            source: self.origin.source(),
            name: self.name.clone(),
            at: Some(time(self.at)),
            reason: self.reason.clone(),
        }
    }
}

/// The parts of the spec that are credited on their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    Template,
    Partition,
    Strategy,
    Replicas,
}

/// An action of the panel, as far as changes are credited by it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deed {
    /// UUID v7.
    pub id: String,
    pub set_uid: String,
    pub user: String,
    pub reason: Option<String>,
    pub action: Action,
    /// Of the set when it was asked for.
    pub generation: i64,
    /// When it was asked for, ms UTC.
    pub at: i64,
    /// What was foretold.
    pub forecast: Option<Forecast>,
    /// The API server or a precondition refused it.
    pub refused: bool,
}

impl From<Entry> for Deed {
    fn from(entry: Entry) -> Self {
        Self {
            id: entry.id,
            set_uid: entry.set_uid,
            user: entry.user,
            reason: entry.request.reason,
            action: entry.request.action,
            generation: entry.generation,
            at: ms(entry.at),
            forecast: entry.result.map(|result| result.forecast),
            refused: entry.outcome == Outcome::Refused,
        }
    }
}

impl Deed {
    /// Whether what is seen on a field may be the effect of this deed: it writes that field, and the value is the one
    /// it wrote, as far as the request says it.
    pub fn explains(&self, field: Field, after: &Known) -> bool {
        let partition = |wanted: Option<u32>| wanted.is_none_or(|w| after.partition == Some(w));
        match (&self.action, field) {
            (Action::SetPartition { partition: p }, Field::Partition) => partition(Some(*p)),
            (Action::Finish {}, Field::Partition) => partition(Some(0)),
            (Action::Advance { .. } | Action::Hold {} | Action::Abort { .. }, Field::Partition)
            | (Action::Restart { .. }, Field::Template) => true,
            (
                Action::SetImage { partition: p, .. }
                | Action::Restart { partition: p }
                | Action::RollBack { partition: p, .. },
                Field::Partition,
            ) => p.is_some() && partition(*p),
            (Action::RollBack { revision, hash, .. }, Field::Template) => {
                let known = || after.revision(revision).map(|r| r.hash.as_str());
                hash.as_deref().or_else(known).is_none_or(|hash| hash == after.template)
            }
            (Action::SetImage { images, .. }, Field::Template) => has_images(after, images),
            (Action::Scale { replicas }, Field::Replicas) => *replicas == after.replicas,
            (Action::SwitchStrategy { strategy, .. }, Field::Strategy | Field::Partition) => {
                after.strategy
                    == match strategy {
                        StrategyName::RollingUpdate => "RollingUpdate",
                        StrategyName::OnDelete => "OnDelete",
                    }
            }
            _ => false,
        }
    }

    /// Whether it is about one pod and leaves the set alone.
    pub fn is_of_a_pod(&self) -> bool {
        matches!(self.action, Action::DeletePod { .. } | Action::EvictPod { .. })
    }

    /// Whether it deletes or evicts the pod with this uid.
    pub fn ends_pod(&self, pod_uid: &str) -> bool {
        match &self.action {
            Action::DeletePod { uid, .. } | Action::EvictPod { uid, .. } => uid == pod_uid,
            Action::Abort { pods } => pods.iter().any(|p| p.uid == pod_uid),
            _ => false,
        }
    }

    /// The credit for it.
    pub fn credit(&self, at: i64) -> Credit {
        Credit {
            origin: Origin::Panel,
            name: Some(self.user.clone()),
            at,
            reason: self.reason.clone(),
            action: Some(self.id.clone()),
        }
    }
}

/// Images of init containers are not among the known ones: only a container that is known with another image speaks
/// against the deed.
fn has_images(after: &Known, images: &[ContainerImage]) -> bool {
    images.iter().all(|wanted| {
        after.images.iter().all(|i| i.container != wanted.container || i.image == wanted.image)
    })
}
