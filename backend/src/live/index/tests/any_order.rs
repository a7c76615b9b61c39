//! Whatever the order of events, the fleet is what a fresh list would show.

use std::collections::BTreeMap;

use model::status::Status;
use model::wire::SetRow;
use proptest::prelude::*;

use super::*;

/// What exists, as the API server would list it: by kind, namespace and name.
type World = BTreeMap<(Kind, String, String), Object>;

#[derive(Clone, Debug)]
enum Step {
    Put(Object),
    /// Deletes what exists under the name of this object.
    Drop(Object),
    /// Events were missed: the world takes these in, then the kind is listed anew.
    Missed(Vec<Object>, Kind),
    /// The same for one namespace.
    MissedIn(Vec<Object>, Kind, &'static str),
}

fn place(object: &Object) -> (Kind, String, String) {
    (object.kind(), object.namespace().to_owned(), object.name().to_owned())
}

fn any_set() -> impl Strategy<Value = model::set::Set> {
    let path = prop_oneof![Just("shop/web"), Just("shop/web-1"), Just("test/web")];
    (path, 0..4_u32, 0..2_u8, any::<bool>(), any::<bool>()).prop_map(
        |(path, replicas, life, claims, service)| {
            let set = a_set(path).of(replicas);
            let uid = format!("{}-{path}-{life}", set.uid);
            let set = set.with_uid(&uid);
            let set = if claims { set.with_claims("data") } else { set };
            if service { set } else { set.without_service() }
        },
    )
}

fn any_object() -> impl Strategy<Value = Object> {
    prop_oneof![
        any_set().prop_map(Words::object),
        (any_set(), 0..4_u32, 0..3_u8).prop_map(|(set, ordinal, how)| {
            let pod = a_pod_of(&set, ordinal).with_uid(&format!("pod-{ordinal}-{}", set.uid));
            match how {
                0 => pod,
                1 => pod.crashed(2),
                _ => pod.ending_since(at(-5)),
            }
            .object()
        }),
        (any_set(), 0..5_u32).prop_map(|(set, n)| a_claim_of(&set, "data", n).object()),
        (any_set(), 1..4_i64).prop_map(|(set, n)| a_revision_of(
            &set,
            &format!("{}-r{n}", set.name),
            n
        )
        .object()),
        (any_set(), any::<bool>()).prop_map(|(set, headless)| {
            let mut service = a_service(&set.key().to_string());
            if !headless {
                service.kind = model::service::ServiceKind::ClusterIp;
            }
            service.object()
        }),
    ]
}

fn any_step() -> impl Strategy<Value = Step> {
    let kind = proptest::sample::select(Kind::ALL.to_vec());
    let missed = || proptest::collection::vec(any_object(), 0..6);
    let namespace = prop_oneof![Just("shop"), Just("test")];
    prop_oneof![
        6 => any_object().prop_map(Step::Put),
        3 => any_object().prop_map(Step::Drop),
        1 => (missed(), kind.clone()).prop_map(|(m, k)| Step::Missed(m, k)),
        1 => (missed(), kind, namespace).prop_map(|(m, k, n)| Step::MissedIn(m, k, n)),
    ]
}

/// The objects of one scope of the world become exactly `objects` of that kind.
fn rewrite(world: &mut World, kind: Kind, namespace: Option<&str>, objects: Vec<Object>) {
    let in_scope = |ns: &str| namespace.is_none_or(|wanted| wanted == ns);
    world.retain(|(k, ns, _), _| *k != kind || !in_scope(ns));
    world.extend(
        objects
            .into_iter()
            .filter(|o| o.kind() == kind && in_scope(o.namespace()))
            .map(|o| (place(&o), o)),
    );
}

fn play(index: &mut Index, world: &mut World, step: Step) -> Update {
    match step {
        Step::Put(object) => {
            world.insert(place(&object), object.clone());
            index.apply(Change::Apply(object), at(1))
        }
        Step::Drop(object) => match world.remove(&place(&object)) {
            Some(found) => index.apply(goes(found), at(1)),
            None => Update::default(),
        },
        Step::Missed(objects, kind) => {
            rewrite(world, kind, None, objects);
            let list = world.values().filter(|o| o.kind() == kind).cloned();
            index.apply(listed(kind, list), at(1))
        }
        Step::MissedIn(objects, kind, namespace) => {
            rewrite(world, kind, Some(namespace), objects);
            let list = world
                .values()
                .filter(|o| o.kind() == kind && o.namespace() == namespace)
                .cloned()
                .collect();
            let namespace = Some(namespace.to_owned());
            index.apply(Change::Reset { kind, namespace, objects: list }, at(1))
        }
    }
}

fn goes(object: Object) -> Change {
    match object {
        Object::Set(o) => o.goes(),
        Object::Pod(o) => o.goes(),
        Object::Claim(o) => o.goes(),
        Object::Revision(o) => o.goes(),
        Object::Service(o) => o.goes(),
    }
}

/// Everything shown, without the status: that one may depend on what it was before.
fn shown(index: &Index) -> Vec<(SetRow, Arc<Facts>)> {
    index
        .rows()
        .map(|row| {
            let status = Status { since: None, sentence: String::new(), ..row.row.status.clone() };
            let blank = Status {
                kind: model::status::StatusKind::Unknown,
                blocker: None,
                done: 0,
                total: 0,
                ..status
            };
            let facts = index.facts(&row.row.key()).expect("a row has facts");
            (SetRow { status: blank, ..row.row.clone() }, facts)
        })
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_order_of_events_ends_in_the_fleet_of_a_fresh_list(
        steps in proptest::collection::vec(any_step(), 1..40),
    ) {
        let mut world = World::new();
        let mut index = an_index_of([]);
        for step in steps {
            let before = shown(&index);
            let update = play(&mut index, &mut world, step);
            let told = |key| {
                update.rows.iter().any(|r| r.row.key() == key) || update.gone.contains(&key)
            };
            let untold = |all: Vec<(SetRow, Arc<Facts>)>| -> Vec<_> {
                all.into_iter().filter(|(row, _)| !told(row.key())).collect()
            };
            let (before, after) = (untold(before), untold(shown(&index)));
            prop_assert_eq!(before, after, "what is not published did not change");
            for changed in &update.changed {
                prop_assert_ne!(&changed.before, &changed.after);
            }
        }
        let fresh = an_index_of(world.into_values());
        prop_assert_eq!(shown(&index), shown(&fresh));
    }

    #[test]
    fn lists_in_any_order_lead_to_the_same_fleet(
        objects in proptest::collection::vec(any_object(), 0..30),
        order in Just(Kind::ALL.to_vec()).prop_shuffle(),
    ) {
        let world: World = objects.into_iter().map(|o| (place(&o), o)).collect();
        let mut index = Index::new(&Scope::All, Settings::default(), at(0));
        for kind in order {
            let list = world.values().filter(|o| o.kind() == kind).cloned();
            index.apply(listed(kind, list), at(0));
        }
        let sets = world.keys().filter(|(kind, ..)| *kind == Kind::Sets).count();
        prop_assert_eq!(index.judgements(), sets as u64);
        let fresh = an_index_of(world.into_values());
        prop_assert_eq!(shown(&index), shown(&fresh));
    }
}
