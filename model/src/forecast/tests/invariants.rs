//! What holds of every forecast, whatever the set is like and whatever is done to it.

use std::collections::HashSet;

use proptest::prelude::*;

use super::judged;
use crate::action::{Action, PodRef, StrategyName, permit, target_partition};
use crate::blocker::failing_reason;
use crate::controller::Version;
use crate::facts::Facts;
use crate::forecast::{Forecast, StepKind, forecast};
use crate::set::{ContainerImage, Retain, RollingUpdate, UpdateStrategy};
use crate::testing::{Sts, sts};

/// How a pod is.
#[derive(Clone, Copy, Debug)]
enum Is {
    Up,
    Starting,
    Late,
    Crashing,
    Failed,
    Ending,
    Held,
    Missing,
}

fn is() -> impl Strategy<Value = Is> {
    prop_oneof![
        8 => Just(Is::Up), 1 => Just(Is::Starting), 1 => Just(Is::Late), 1 => Just(Is::Crashing),
        1 => Just(Is::Failed), 1 => Just(Is::Ending), 1 => Just(Is::Held), 1 => Just(Is::Missing)
    ]
}

fn strategy() -> impl Strategy<Value = UpdateStrategy> {
    let max = prop_oneof![3 => Just(None), 1 => (1_u32..4).prop_map(|m| Some(m.to_string()))];
    let some = (0_u32..7, max).prop_map(|(partition, max_unavailable)| {
        let rolling_update = Some(RollingUpdate { partition: Some(partition), max_unavailable });
        UpdateStrategy::RollingUpdate { rolling_update }
    });
    prop_oneof![
        8 => some,
        1 => Just(UpdateStrategy::RollingUpdate { rolling_update: None }),
        2 => Just(UpdateStrategy::OnDelete),
    ]
}

fn is_so(set: Sts, ordinal: u32, is: Is) -> Sts {
    let ends =
        |set: Sts, seconds| set.pod(ordinal, |p| p.deleting = Some(crate::testing::ago(seconds)));
    match is {
        Is::Up => set,
        Is::Starting => set.starting(ordinal, 5),
        Is::Late => set.starting(ordinal, 400),
        Is::Crashing => set.crashing(ordinal, 60),
        Is::Failed => set.starting(ordinal, 5).pod(ordinal, |p| {
            p.phase = crate::pod::Phase::Failed;
        }),
        Is::Ending => ends(set, 5),
        Is::Held => ends(set, 400),
        Is::Missing => set.without(ordinal),
    }
}

prop_compose! {
    fn facts()(
        pods in prop::collection::vec((is(), 1_i64..4), 0..7),
        replicas in 0_u32..7,
        parallel in any::<bool>(),
        strategy in strategy(),
        claims in any::<bool>(),
        deletes in any::<bool>(),
        version in prop_oneof![Just("1.33.13"), Just("1.36.3"), Just("1.37.0"), Just("1.38.0")],
        min_ready in prop_oneof![3 => Just(0_u32), 1 => Just(30)],
    ) -> Facts {
        let count = u32::try_from(pods.len()).expect("few");
        let mut set = sts("web").replicas(count).revision(2).revision(3).strategy(strategy);
        if parallel {
            set = set.parallel();
        }
        for (ordinal, (is, revision)) in (0..).zip(&pods) {
            set = is_so(set.on(ordinal, *revision), ordinal, *is);
        }
        if claims {
            set = set.claims("data").claims("wal");
        }
        set.with(|f| {
            f.set.replicas = replicas;
            f.set.min_ready_seconds = min_ready;
            f.set.when_scaled = if deletes { Retain::Delete } else { Retain::Retain };
            f.kubernetes = Version::parse(version);
        })
        .facts()
    }
}

fn action(facts: &Facts, kind: u32, number: u32) -> Action {
    let at = number as usize % facts.pods.len().max(1);
    let (pod, uid) = match facts.pods.get(at) {
        Some(pod) => (pod.name.clone(), pod.uid.clone()),
        None => ("web-0".to_owned(), String::new()),
    };
    let image = ContainerImage { container: "app".into(), image: format!("shop/app:{number}") };
    let partition = number.is_multiple_of(3).then_some(number);
    match kind {
        0 => Action::SetPartition { partition: number },
        1 => Action::Advance { to: None },
        2 => Action::Finish {},
        3 => Action::SetImage { images: vec![image], partition },
        4 => Action::Restart { partition },
        5 => Action::Scale { replicas: number },
        6 => Action::SwitchStrategy { strategy: StrategyName::OnDelete, partition: None },
        7 => Action::SwitchStrategy { strategy: StrategyName::RollingUpdate, partition },
        8 => Action::Abort { pods: vec![PodRef { pod, uid }] },
        9 => Action::RollBack {
            revision: format!("web-rev{}", number % 3 + 1),
            hash: None,
            partition,
        },
        10 => Action::SetMaxUnavailable { max_unavailable: (number + 1).to_string() },
        11 => Action::EvictPod { pod, uid },
        _ => Action::DeletePod { pod, uid },
    }
}

/// How many pods go and come.
fn moves(steps: &[crate::forecast::Step]) -> usize {
    steps.iter().map(|s| if s.what == StepKind::Restart { 2 } else { 1 }).sum()
}

fn named(action: &Action, pod: &str) -> bool {
    match action {
        Action::DeletePod { pod: named, .. } | Action::EvictPod { pod: named, .. } => named == pod,
        Action::Abort { pods } => pods.iter().any(|p| p.pod == pod),
        _ => false,
    }
}

fn holds(facts: &Facts, action: &Action, f: &Forecast) -> Result<(), TestCaseError> {
    // One case is known in which it does not end, and then it says so.
    let nil = UpdateStrategy::RollingUpdate { rolling_update: None };
    let endless = f.stall.as_ref().is_some_and(|s| s.contains("over and over"));
    prop_assert!(
        !endless || facts.set.strategy == nil || matches!(action, Action::SwitchStrategy { .. }),
        "it does not end"
    );
    let largest = f.steps.chunk_by(|a, b| a.wave == b.wave).map(<[_]>::len).max().unwrap_or(0);
    prop_assert!(f.at_once as usize >= largest, "{} of {largest}", f.at_once);
    prop_assert_eq!(f.at_once == 0, f.steps.is_empty());
    prop_assert_eq!(f.loses_data, f.steps.iter().any(|s| !s.claims_deleted.is_empty()));
    // Nothing that is up restarts below the boundary, unless it is asked for by name.
    let partition = target_partition(facts, action).unwrap_or_else(|| facts.set.partition());
    if facts.set.is_rolling_update() && !endless {
        let mut seen = HashSet::new();
        for step in f.steps.iter().filter(|s| s.what == StepKind::Restart) {
            // The second restart of a pod is that of the one that came up before.
            let pod = facts.pod_at(step.ordinal).filter(|_| seen.insert(step.ordinal));
            let below = facts.set.index_of(step.ordinal).is_some_and(|i| i < partition);
            let up = pod.is_some_and(crate::pod::Pod::is_up);
            prop_assert!(!(up && below) || named(action, &step.pod), "{}", step.pod);
        }
    }
    let Some(waits) = &f.waits else { return Ok(()) };
    prop_assert!(f.sentence.ends_with(&waits.sentence));
    prop_assert!(moves(&waits.meanwhile) < moves(&f.steps) || endless, "{waits:?} of {f:?}");
    let on_its_way = |p: &crate::pod::Pod| !p.is_up() && failing_reason(p).is_none();
    prop_assert!(facts.pods.iter().any(on_its_way));
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_500))]

    #[test]
    fn a_forecast_ends_is_the_same_each_time_and_keeps_within_what_the_set_allows(
        facts in facts(), kind in 0_u32..13, number in 0_u32..8
    ) {
        let action = action(&facts, kind, number);
        if permit(&facts, &action).is_err() {
            return Ok(());
        }
        let f = forecast(&facts, &action);
        prop_assert_eq!(&f, &forecast(&facts, &action));
        holds(&facts, &action, &f)?;
        let late = judged(&facts, &action);
        prop_assert_eq!(&late, &judged(&facts, &action));
        holds(&facts, &action, &late)?;
        // What is known to stay as it is leads no further than what may not.
        if late.stall.as_ref().is_none_or(|s| !s.contains("over and over")) {
            prop_assert!(moves(&late.steps) <= moves(&f.steps), "{late:?} {f:?}");
        }
    }
}
