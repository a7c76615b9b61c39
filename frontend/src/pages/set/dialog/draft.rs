//! What the confirm dialog is about, with the fields that a person fills in.

use model::MAX_REPLICAS;
use model::action::{Action, StrategyName, is_image};
use model::facts::Facts;
use model::ordinals::Ordinals;
use model::set::ContainerImage;

/// How far a change reaches at once, for actions that can hold in the same patch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// The partition stays as it is.
    AsNow,
    /// Every pod stays for now.
    Nobody,
    /// Only the pod with the highest ordinal: a canary.
    Highest,
    /// Every pod.
    All,
}

impl Reach {
    /// The partition that goes into the patch; `None` leaves it alone.
    pub fn partition(self, replicas: u32) -> Option<u32> {
        match self {
            Self::AsNow => None,
            Self::Nobody => Some(replicas),
            Self::Highest => Some(replicas.saturating_sub(1)),
            Self::All => Some(0),
        }
    }
}

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
}

impl Draft {
    /// New images, beginning with the present ones. Held before all but the highest pod, where that is possible.
    pub fn image(facts: &Facts) -> Self {
        let reach = match reaches(facts, false).as_slice() {
            [] => Reach::AsNow,
            all if all.contains(&Reach::Highest) => Reach::Highest,
            all => all[0],
        };
        Self::Image { images: facts.set.containers.clone(), reach }
    }

    /// A restart, as far as the partition reaches now.
    pub fn restart(facts: &Facts) -> Self {
        let reach = if reaches(facts, false).contains(&Reach::All) && facts.set.partition() == 0 {
            Reach::All
        } else {
            Reach::AsNow
        };
        Self::Restart { reach }
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
                Ok(Action::SetImage { images, partition: Self::partition(*reach, facts) })
            }
            Self::Restart { reach } => {
                Ok(Action::Restart { partition: Self::partition(*reach, facts) })
            }
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
        }
    }

    /// The partition of a choice; one that is there already is left out of the patch.
    fn partition(reach: Reach, facts: &Facts) -> Option<u32> {
        let partition = reach.partition(facts.set.replicas)?;
        (partition != facts.set.partition()).then_some(partition)
    }

    /// The choices of how far it reaches, each with its label; empty where there is nothing to choose.
    pub fn choices(&self, facts: &Facts) -> Vec<(Reach, String)> {
        let all = match self {
            Self::Image { .. } | Self::Restart { .. } => reaches(facts, false),
            Self::Strategy { to: StrategyName::RollingUpdate, .. } => reaches(facts, true),
            _ => Vec::new(),
        };
        all.into_iter().map(|r| (r, label(r, facts))).collect()
    }

    pub fn reach(&self) -> Reach {
        match self {
            Self::Image { reach, .. } | Self::Restart { reach } | Self::Strategy { reach, .. } => {
                *reach
            }
            _ => Reach::AsNow,
        }
    }

    pub fn set_reach(&mut self, to: Reach) {
        if let Self::Image { reach, .. } | Self::Restart { reach } | Self::Strategy { reach, .. } =
            self
        {
            *reach = to;
        }
    }

    /// Something that is lost if it goes wrong: focus goes to Cancel, and the button is red.
    pub fn is_destructive(&self, loses_data: bool) -> bool {
        loses_data
            || matches!(self, Self::Fixed(Action::DeletePod { .. } | Action::EvictPod { .. }))
    }

    /// It has fields, so the forecast moves while one types.
    pub fn has_fields(&self) -> bool {
        !matches!(self, Self::Fixed(_))
    }
}

/// The choices, the most careful first. `switch`: to rolling updates, where no partition stands yet.
fn reaches(facts: &Facts, switch: bool) -> Vec<Reach> {
    let set = &facts.set;
    if set.replicas == 0 || !(switch || set.is_rolling_update()) {
        return Vec::new();
    }
    let mut all = Vec::new();
    let partition = if switch { 0 } else { set.partition() };
    if switch {
        all.push(Reach::Nobody);
    }
    if partition > 0 && partition != set.replicas.saturating_sub(1) {
        all.push(Reach::AsNow);
    }
    if set.replicas > 1 {
        all.push(Reach::Highest);
    }
    all.push(Reach::All);
    all
}

fn label(reach: Reach, facts: &Facts) -> String {
    let set = &facts.set;
    match reach {
        Reach::AsNow if set.partition() >= set.replicas => "As held now: no pod yet".to_owned(),
        Reach::AsNow => format!(
            "As held now: {}",
            Ordinals::from(set.start + set.partition()..set.ordinals().end).names(&set.name)
        ),
        Reach::Nobody => "No pod yet: hold all of them".to_owned(),
        Reach::Highest => format!(
            "Only {}: hold all but the highest",
            set.pod_name(set.ordinals().end.saturating_sub(1))
        ),
        Reach::All => {
            format!("All {}, one after another", model::words::count(set.replicas as usize, "pod"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::strip::sample;

    fn settled() -> Facts {
        let mut facts = sample::held(5, 0);
        facts.set.status.current_revision = "web-new".into();
        facts
    }

    #[test]
    fn a_new_image_is_a_canary_on_the_highest_pod_by_default() {
        let facts = settled();
        let mut draft = Draft::image(&facts);
        assert!(draft.action(&facts).is_err(), "nothing changed yet");
        if let Draft::Image { images, .. } = &mut draft {
            images[0].image = " reg/web:1.8 ".into();
        }
        let action = draft.action(&facts).expect("an image was given");
        let Action::SetImage { images, partition } = action else { panic!("sets an image") };
        assert_eq!((images[0].image.as_str(), partition), ("reg/web:1.8", Some(4)));
    }

    #[test]
    fn all_pods_needs_no_partition_in_the_patch_where_none_stands() {
        let facts = settled();
        assert_eq!(Draft::restart(&facts).action(&facts), Ok(Action::Restart { partition: None }));
        let held = sample::held(5, 3);
        assert_eq!(
            Draft::Restart { reach: Reach::All }.action(&held),
            Ok(Action::Restart { partition: Some(0) })
        );
    }

    #[test]
    fn a_malformed_image_is_refused_with_its_text() {
        let facts = settled();
        let mut draft = Draft::image(&facts);
        if let Draft::Image { images, .. } = &mut draft {
            images[0].image = "not an image".into();
        }
        assert!(draft.action(&facts).expect_err("a space").contains("not an image"));
    }

    #[test]
    fn replicas_are_whole_numbers_that_change_something() {
        let facts = settled();
        let with = |text: &str| Draft::Scale { replicas: text.into() }.action(&facts);
        assert_eq!(with(" 3 "), Ok(Action::Scale { replicas: 3 }));
        assert!(with("5").is_err());
        assert!(with("-1").is_err());
        assert!(with("4294967295").is_err());
        assert_eq!(with("5001"), Err("The panel scales to 5000 replicas at most.".to_owned()),);
        assert!(with("").is_err());
    }

    #[test]
    fn on_delete_has_no_choice_and_a_switch_back_restarts_nobody_at_first() {
        let mut facts = settled();
        facts.set.strategy = model::set::UpdateStrategy::OnDelete;
        assert!(Draft::image(&facts).choices(&facts).is_empty());
        let draft = Draft::strategy(&facts);
        assert_eq!(
            draft.action(&facts),
            Ok(Action::SwitchStrategy {
                strategy: StrategyName::RollingUpdate,
                partition: Some(5)
            })
        );
        assert_eq!(draft.choices(&facts).len(), 3);
    }

    #[test]
    fn where_a_hold_stands_it_can_stay() {
        let facts = sample::held(5, 3);
        let labels: Vec<String> =
            Draft::image(&facts).choices(&facts).into_iter().map(|(_, l)| l).collect();
        assert_eq!(labels[0], "As held now: web-3 and web-4");
        assert_eq!(labels.len(), 3);
    }
}
