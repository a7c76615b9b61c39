//! What the confirm dialog is about, with the fields that a person fills in.

use model::MAX_REPLICAS;
use model::action::{
    Action, PodRef, Refusal, RefusalCode, StrategyName, abort_candidates, is_image, permit,
};
use model::facts::Facts;
use model::revision::Revision;
use model::set::{ContainerImage, UpdateStrategy};
use model::wire::RevisionEntry;

use super::reach::{Reach, reaches};

/// An action that is being prepared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Draft {
    /// Nothing to fill in.
    Fixed(Action),
    /// New images: one text per container of the template.
    Image {
        images: Vec<ContainerImage>,
        reach: Reach,
    },
    Restart {
        reach: Reach,
    },
    /// The number as typed.
    Scale {
        replicas: String,
    },
    Strategy {
        to: StrategyName,
        reach: Reach,
    },
    /// The pods that are chosen to fall back.
    Abort {
        pods: Vec<PodRef>,
    },
    /// To the revision of this name; empty where there is none to go back to.
    RollBack {
        to: String,
        /// What the panel recorded of it, where Kubernetes has forgotten it.
        recorded: Option<RevisionEntry>,
        reach: Reach,
    },
    /// As typed: a number, or a percentage.
    MaxUnavailable {
        text: String,
    },
}

impl Draft {
    /// New images, beginning with the present ones. Held before all but the highest pod, where that is possible.
    pub fn image(facts: &Facts) -> Self {
        Self::Image { images: facts.set.containers.clone(), reach: Reach::careful(facts) }
    }

    /// A restart, as far as the partition reaches now.
    pub fn restart(facts: &Facts) -> Self {
        Self::Restart { reach: Reach::as_far_as_now(facts) }
    }

    pub fn scale(facts: &Facts) -> Self {
        Self::Scale { replicas: facts.set.replicas.to_string() }
    }

    /// The other strategy. A switch to rolling updates lets nobody restart at first.
    pub fn strategy(facts: &Facts) -> Self {
        if facts.set.is_rolling_update() {
            Self::Strategy { to: StrategyName::OnDelete, reach: Reach::AsNow }
        } else {
            Self::Strategy { to: StrategyName::RollingUpdate, reach: Reach::Nobody }
        }
    }

    /// Broken pods fall back, and so does a canary that stands alone; of several healthy ones a person chooses.
    pub fn abort(facts: &Facts) -> Self {
        let all = abort_candidates(facts);
        let healthy = all.iter().filter(|c| c.healthy).count();
        let pods = all.into_iter().filter(|c| !c.healthy || healthy == 1).map(|c| c.pod).collect();
        Self::Abort { pods }
    }

    /// To the newest revision before the one that the set has.
    pub fn roll_back(facts: &Facts) -> Self {
        let to = earlier(facts).first().map(|r| r.name.clone()).unwrap_or_default();
        Self::back_to(facts, to)
    }

    /// To this revision. Where most pods still run it, it reaches all at once: only the others restart.
    pub fn back_to(facts: &Facts, to: String) -> Self {
        let current = to == facts.set.status.current_revision;
        let reach = if current { Reach::whole(facts) } else { Reach::careful(facts) };
        Self::RollBack { to, recorded: None, reach }
    }

    /// To one that only the panel's history has.
    pub fn back_to_recorded(facts: &Facts, entry: RevisionEntry) -> Self {
        let to = entry.name.clone();
        Self::RollBack { to, recorded: Some(entry), reach: Reach::careful(facts) }
    }

    pub fn max_unavailable(facts: &Facts) -> Self {
        let now = match &facts.set.strategy {
            UpdateStrategy::RollingUpdate { rolling_update: Some(r) } => r.max_unavailable.clone(),
            _ => None,
        };
        Self::MaxUnavailable { text: now.unwrap_or_else(|| "1".to_owned()) }
    }

    /// The action as it would be sent.
    ///
    /// # Errors
    /// What is wrong with a field, as a sentence.
    pub fn action(&self, facts: &Facts) -> Result<Action, String> {
        let replicas = facts.set.replicas;
        match self {
            Self::Fixed(action) => Ok(action.clone()),
            Self::Image { images, reach } => {
                let images: Vec<ContainerImage> = images
                    .iter()
                    .map(|i| ContainerImage {
                        container: i.container.clone(),
                        image: i.image.trim().to_owned(),
                    })
                    .filter(|i| !facts.set.containers.iter().any(|c| c == i))
                    .collect();
                if let Some(bad) = images.iter().find(|i| !is_image(&i.image)) {
                    return Err(if bad.image.is_empty() {
                        format!("Container {} needs an image.", bad.container)
                    } else {
                        format!("“{}” is not an image such as registry.example/app:1.2.", bad.image)
                    });
                }
                if images.is_empty() {
                    return Err("Change at least one image.".to_owned());
                }
                Ok(Action::SetImage { images, partition: reach.change(facts) })
            }
            Self::Restart { reach } => Ok(Action::Restart { partition: reach.change(facts) }),
            Self::Scale { replicas: text } => match text.trim().parse::<u32>() {
                Ok(n) if n == replicas => {
                    Err(format!("{} has {n} replicas already.", facts.set.name))
                }
                Ok(n) if n <= MAX_REPLICAS => Ok(Action::Scale { replicas: n }),
                Ok(_) => Err(format!("The panel scales to {MAX_REPLICAS} replicas at most.")),
                _ => Err("The number of replicas is a whole number from 0 on.".to_owned()),
            },
            Self::Strategy { to, reach } => Ok(Action::SwitchStrategy {
                strategy: *to,
                partition: match to {
                    StrategyName::OnDelete => None,
                    StrategyName::RollingUpdate => reach.partition(replicas),
                },
            }),
            Self::Abort { pods } => {
                // One that fell back meanwhile, or was replaced, is not chosen any more.
                let all = abort_candidates(facts).into_iter().map(|c| c.pod);
                Ok(Action::Abort { pods: all.filter(|p| pods.contains(p)).collect() })
            }
            Self::RollBack { to, recorded, reach } => {
                let known = facts.revision(to).map(|r| &r.hash);
                match known.or(recorded.as_ref().map(|r| &r.hash)) {
                    Some(hash) => Ok(Action::RollBack {
                        revision: to.clone(),
                        hash: Some(hash.clone()),
                        partition: reach.change(facts),
                    }),
                    None => Err("Choose a revision.".to_owned()),
                }
            }
            Self::MaxUnavailable { text } => {
                Ok(Action::SetMaxUnavailable { max_unavailable: text.trim().to_owned() })
            }
        }
    }

    /// The choices of how far it reaches, each with its label; empty where there is nothing to choose.
    pub fn choices(&self, facts: &Facts) -> Vec<(Reach, String)> {
        let all = match self {
            Self::Image { .. } | Self::Restart { .. } | Self::RollBack { .. } => {
                reaches(facts, false)
            }
            Self::Strategy { to: StrategyName::RollingUpdate, .. } => reaches(facts, true),
            _ => Vec::new(),
        };
        all.into_iter().map(|r| (r, r.label(facts))).collect()
    }

    pub fn reach(&self) -> Reach {
        match self {
            Self::Image { reach, .. }
            | Self::Restart { reach }
            | Self::Strategy { reach, .. }
            | Self::RollBack { reach, .. } => *reach,
            _ => Reach::AsNow,
        }
    }

    pub fn set_reach(&mut self, to: Reach) {
        if let Self::Image { reach, .. }
        | Self::Restart { reach }
        | Self::Strategy { reach, .. }
        | Self::RollBack { reach, .. } = self
        {
            *reach = to;
        }
    }

    /// Something that is lost if it goes wrong: focus goes to Cancel, and the button is red.
    pub fn is_destructive(&self, loses_data: bool) -> bool {
        loses_data
            || matches!(
                self,
                Self::Fixed(Action::DeletePod { .. } | Action::EvictPod { .. })
                    | Self::Abort { .. }
            )
    }

    /// It has fields, so the forecast moves while one types.
    pub fn has_fields(&self) -> bool {
        !matches!(self, Self::Fixed(_))
    }
}

/// The revisions one can go back to, newest first: those that Kubernetes keeps, without the one that the set has.
pub fn earlier(facts: &Facts) -> Vec<&Revision> {
    let goes = |r: &&Revision| {
        let action = Action::RollBack { revision: r.name.clone(), hash: None, partition: None };
        permit(facts, &action).is_ok()
    };
    let mut all: Vec<&Revision> = facts.revisions.iter().filter(goes).collect();
    all.sort_by_key(|r| std::cmp::Reverse(r.number));
    all
}

/// Whether there were revisions of the set that Kubernetes keeps no longer: numbers begin at 1 and only rise.
pub fn has_forgotten(facts: &Facts) -> bool {
    facts.revisions.iter().map(|r| r.number).min().is_some_and(|first| first > 1)
}

/// Whether the rollout can be aborted, or why not; `None` where there is none.
pub fn can_abort(facts: &Facts) -> Option<Result<(), String>> {
    let pods = abort_candidates(facts).into_iter().map(|c| c.pod).collect();
    match permit(facts, &Action::Abort { pods }) {
        Ok(()) => Some(Ok(())),
        Err(Refusal { code: RefusalCode::NothingToDo | RefusalCode::WrongStrategy, .. }) => None,
        Err(refusal) => Some(Err(refusal.reason)),
    }
}

#[cfg(test)]
mod tests;
