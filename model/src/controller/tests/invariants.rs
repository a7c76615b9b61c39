use jiff::SignedDuration;
use proptest::prelude::*;

use crate::controller::*;
use crate::forecast::ideal::{What, play};
use crate::forecast::sick::Sick;
use crate::pod::Phase;
use crate::set::{Counters, PodManagement, Retain, RollingUpdate, UpdateStrategy};
use crate::testing::now;

const REVISIONS: [&str; 3] = ["web-a", "web-b", "web-c"];

fn strategy() -> impl Strategy<Value = UpdateStrategy> {
    let some = (0_u32..8, prop_oneof![Just(None), (1_u32..4).prop_map(|m| Some(m.to_string()))]);
    prop_oneof![
        6 => some.prop_map(|(partition, max_unavailable)| UpdateStrategy::RollingUpdate {
            rolling_update: Some(RollingUpdate { partition: Some(partition), max_unavailable }),
        }),
        1 => Just(UpdateStrategy::RollingUpdate { rolling_update: None }),
        1 => Just(UpdateStrategy::OnDelete),
    ]
}

fn pod(ordinal: u32) -> impl Strategy<Value = Option<Pod>> {
    let phase = prop_oneof![
        6 => Just(Phase::Running), 1 => Just(Phase::Pending), 1 => Just(Phase::Failed)
    ];
    let ready = prop_oneof![4 => (0_i64..60).prop_map(Some), 1 => Just(None)];
    (0..8_u8, 0..3_usize, phase, ready, prop::bool::weighted(0.1)).prop_map(
        move |(there, revision, phase, ready, terminating)| {
            let name = format!("web-{ordinal}");
            let uid = format!("uid-{ordinal}");
            let mut pod = Pod::new("web", name, uid, REVISIONS[revision].to_owned());
            pod.phase = phase;
            pod.ready_since = ready.map(|s| now() - SignedDuration::from_secs(s));
            pod.terminating = terminating;
            (there > 0).then_some(pod)
        },
    )
}

prop_compose! {
    /// A set in any state that can be thought of.
    fn observed()(
        replicas in 0_u32..7,
        start in 0_u32..3,
        parallel in any::<bool>(),
        strategy in strategy(),
        min_ready_seconds in prop_oneof![Just(0_u32), Just(30)],
        deletes in any::<(bool, bool)>(),
        claims in any::<bool>(),
        template in 0_usize..4,
        current in 0_usize..4,
        pods in (0..10_u32).map(pod).collect::<Vec<_>>(),
        current_replicas in 0_u32..7,
    ) -> Observed {
        let keep = |delete| if delete { Retain::Delete } else { Retain::Retain };
        let of = |i: usize| (*REVISIONS.get(i).unwrap_or(&"web-new")).to_owned();
        Observed {
            set: Spec {
                name: "web".into(),
                uid: "uid".into(),
                generation: 3,
                deleting: false,
                replicas,
                start,
                policy: if parallel { PodManagement::Parallel } else { PodManagement::OrderedReady },
                strategy,
                min_ready_seconds,
                history_limit: 10,
                when_deleted: keep(deletes.0),
                when_scaled: keep(deletes.1),
                claim_templates: if claims { vec!["data".into()] } else { Vec::new() },
                template: of(template),
            },
            status: Counters {
                current_revision: of(current),
                current_replicas,
                ..Counters::default()
            },
            collision_count: 0,
            pods: pods.into_iter().flatten().collect(),
            claims: Vec::new(),
            revisions: REVISIONS.iter().zip(1..).map(|(name, number)| Revision {
                name: (*name).to_owned(),
                number,
                template: (*name).to_owned(),
                owner: Owner::Set,
                created: now(),
            }).collect(),
        }
    }
}

fn cluster() -> impl Strategy<Value = Cluster> {
    let version = prop_oneof![
        Just("1.33.13"),
        Just("1.34.4"),
        Just("1.36.3"),
        Just("1.37.0"),
        Just("1.38.0")
    ];
    (version, any::<bool>()).prop_map(|(version, gate)| {
        let version = Version::parse(version).expect("a version");
        Cluster { max_unavailable: gate, ..Cluster::new(version, now()) }
    })
}

fn updates(done: &Sync) -> Vec<u32> {
    done.steps
        .iter()
        .filter_map(|s| match s {
            Step::DeletePod { ordinal, why: DeleteWhy::Update, .. } => Some(*ordinal),
            _ => None,
        })
        .collect()
}

fn available(seen: &Observed, cluster: &Cluster, ordinal: u32) -> bool {
    seen.pods.iter().any(|p| {
        p.ordinal == Some(ordinal)
            && !p.terminating
            // As the controller itself counts: from 1.34 on without a look at the phase.
            && (cluster.looks_at_available() || p.phase == Phase::Running)
            && p.ready_since.is_some_and(|since| {
                let min = i64::from(seen.set.min_ready_seconds);
                !cluster.looks_at_available() || cluster.now.as_second() - since.as_second() >= min
            })
    })
}

fn rolling(seen: &Observed) -> RollingUpdate {
    match &seen.set.strategy {
        UpdateStrategy::RollingUpdate { rolling_update } => {
            rolling_update.clone().unwrap_or_default()
        }
        _ => RollingUpdate::default(),
    }
}

proptest! {
    #[test]
    fn a_roll_never_takes_more_available_pods_than_the_policy_allows(
        seen in observed(), cluster in cluster()
    ) {
        let done = sync(&seen, &cluster);
        let gone = updates(&done);
        let ordinals = seen.set.start..seen.set.start + seen.set.replicas;
        let down = ordinals.filter(|o| !available(&seen, &cluster, *o)).count();
        let healthy = gone.iter().filter(|o| available(&seen, &cluster, **o)).count();
        if cluster.max_unavailable {
            let written = rolling(&seen).max_unavailable.map_or(1, |m| m.parse().unwrap_or(1));
            prop_assert!(healthy == 0 || down + healthy <= written, "{down} down, {gone:?} go");
        } else {
            prop_assert!(gone.len() <= 1, "{gone:?}");
        }
        if seen.set.policy == PodManagement::OrderedReady && !gone.is_empty() {
            prop_assert_eq!(down, 0);
        }
    }

    #[test]
    fn a_roll_deletes_nothing_below_the_partition_and_nothing_that_is_updated(
        seen in observed(), cluster in cluster()
    ) {
        let done = sync(&seen, &cluster);
        let first = seen.set.start + rolling(&seen).partition.unwrap_or(0);
        for ordinal in updates(&done) {
            prop_assert!(ordinal >= first, "{ordinal} below {first}");
            let pod = seen.pods.iter().find(|p| p.ordinal == Some(ordinal));
            let old = pod.is_none_or(|p| p.revision != done.status.update_revision);
            prop_assert!(old, "{ordinal} is updated");
        }
    }

    #[test]
    fn a_sync_is_deterministic_and_the_order_of_what_it_sees_does_not_matter(
        seen in observed(), cluster in cluster()
    ) {
        let done = sync(&seen, &cluster);
        prop_assert_eq!(&done, &sync(&seen, &cluster));
        let mut turned = seen.clone();
        turned.pods.reverse();
        turned.revisions.reverse();
        let again = sync(&turned, &cluster);
        prop_assert_eq!(done.steps, again.steps);
        prop_assert_eq!(done.status, again.status);
    }

    #[test]
    fn an_ordered_set_creates_or_deletes_one_pod_at_a_time_outside_a_budget(
        seen in observed(), cluster in cluster()
    ) {
        let set = Spec { policy: PodManagement::OrderedReady, ..seen.set };
        let seen = Observed { set, ..seen };
        let cluster = Cluster { max_unavailable: false, ..cluster };
        let done = sync(&seen, &cluster);
        let moved = done.steps.iter().filter(|s| {
            matches!(s, Step::CreatePod { .. } | Step::DeletePod { .. })
        });
        prop_assert!(moved.count() <= 1);
    }

    #[test]
    fn playing_forward_with_ideal_pods_ends_with_every_place_taken(
        seen in observed(), cluster in cluster()
    ) {
        let wanted = seen.set.replicas as usize;
        let (set, there) = (seen.set.clone(), seen.pods.clone());
        let played = play(seen, &cluster, &Sick::default(), &|_, _| false, 0);
        let nil = UpdateStrategy::RollingUpdate { rolling_update: None };
        let endless = set.policy == PodManagement::Parallel
            && set.strategy == nil
            && cluster.max_unavailable
            && cluster.is_137();
        if endless && !played.ended {
            return Ok(());
        }
        prop_assert!(played.ended, "{:?}", played.wait);
        // Each ordinal that had no living pod was made at least once, each that is not wanted ended.
        let made = |o: u32| played.moves.iter().any(|m| {
            m.ordinal == o && matches!(m.what, What::Created { .. })
        });
        let taken = (0..wanted).filter(|i| {
            let ordinal = set.start + u32::try_from(*i).expect("few");
            made(ordinal) || there.iter().any(|p| p.ordinal == Some(ordinal) && !p.terminating)
        });
        prop_assert_eq!(taken.count(), wanted);
        // Two Failed pods that are to go stay for good: the controller replaces terminal pods of wanted ordinals only.
        if played.wait.as_ref().is_some_and(|w| matches!(w.why, Why::NotFirstBad { .. })) {
            let failed = there.iter().filter(|p| p.phase == Phase::Failed).count();
            prop_assert!(failed >= 2);
            return Ok(());
        }
        // Nor does one that still says Ready.
        if played.wait.as_ref().is_some_and(|w| w.why == Why::FailedButReady) {
            prop_assert!(there.iter().any(|p| p.phase == Phase::Failed && p.ready_since.is_some()));
            return Ok(());
        }
        for pod in there.iter().filter(|p| set.index_of(p.ordinal.unwrap_or(0)).is_none()) {
            let went = pod.terminating || played.moves.iter().any(|m| {
                Some(m.ordinal) == pod.ordinal && matches!(m.what, What::Down)
            });
            prop_assert!(went, "{} stays", pod.name);
        }
    }
}
