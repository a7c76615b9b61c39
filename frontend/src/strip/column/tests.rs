use super::*;
use crate::strip::sample;

#[test]
fn an_ordinal_is_said_in_one_sentence() {
    let mut facts = sample::held(5, 3);
    assert_eq!(columns(&facts)[1].sentence, "web-1: revision r6, Ready, Running");
    assert_eq!(columns(&facts)[2].sentence, "web-2: revision r6, Ready, Running, next to restart");
    sample::crash(&mut facts.pods[4]);
    assert_eq!(
        columns(&facts)[4].sentence,
        "web-4: revision r7, Not Ready, CrashLoopBackOff, 6 restarts, the others wait for it"
    );
}

#[test]
fn a_claim_older_than_its_pod_is_marked() {
    let facts = sample::held(2, 0);
    let all = columns(&facts);
    let claim = all[0].claims[0].claim.as_ref().expect("a claim");
    assert!(claim.older_than_pod);
    assert_eq!((claim.size.as_str(), claim.phase), ("1 Gi", "Bound"));
}

#[test]
fn ghosts_are_pods_that_leave_and_claims_left_behind() {
    let mut facts = sample::held(5, 5);
    facts.set.replicas = 3;
    facts.pods.truncate(4);
    let places: Vec<Place> = columns(&facts).iter().map(|c| c.place).collect();
    assert_eq!(places, [Place::Pod, Place::Pod, Place::Pod, Place::Leaving, Place::ClaimOnly]);
}

#[test]
fn a_missing_pod_keeps_its_column_and_its_claim() {
    let mut facts = sample::held(3, 0);
    facts.pods.remove(1);
    let all = columns(&facts);
    assert_eq!((all[1].place, all[1].ready), (Place::Missing, "No pod"));
    assert!(all[1].claims[0].claim.is_some());
}

#[test]
fn the_image_is_that_of_the_pods_own_revision() {
    let facts = sample::held(2, 1);
    let images: Vec<String> = columns(&facts).into_iter().map(|c| c.image).collect();
    assert_eq!(images, ["1.6", "1.7"]);
}

#[test]
fn a_pod_without_an_ordinal_is_a_stray() {
    let mut facts = sample::held(1, 0);
    let mut odd = sample::pod(7, "web-new");
    odd.name = "web-debug".into();
    facts.pods.push(odd);
    assert_eq!(columns(&facts).len(), 1);
    assert_eq!(strays(&facts)[0].pod, "web-debug");
}
