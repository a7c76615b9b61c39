use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use leptos::prelude::Owner;

use super::*;

fn owned<R>(test: impl FnOnce() -> R) -> R {
    Owner::new().with(test)
}

#[test]
fn a_signal_gives_back_what_was_put_into_it() {
    owned(|| {
        let signal = RwSignal::new(vec![1]);
        signal.update(|v| v.push(2));
        assert_eq!(signal.get_untracked(), [1, 2]);
        assert_eq!(signal.try_update(Vec::pop), Some(Some(2)));
        signal.set(vec![7]);
        assert_eq!(signal.with_untracked(Vec::len), 1);
        assert_eq!(Signal::<Vec<i32>>::from(signal).get_untracked(), [7]);
    });
}

#[test]
fn a_memo_follows_and_keeps_what_is_equal() {
    owned(|| {
        let signal = RwSignal::new(1);
        let asked = Arc::new(AtomicU32::new(0));
        let count = Arc::clone(&asked);
        let odd = Memo::new(move |_| signal.get() % 2 == 1);
        let words = Memo::new(move |_| {
            count.fetch_add(1, Ordering::Relaxed);
            if odd.get() { "odd" } else { "even" }
        });
        assert_eq!(words.get_untracked(), "odd");
        signal.set(3);
        assert_eq!(words.get_untracked(), "odd");
        assert_eq!(asked.load(Ordering::Relaxed), 1, "3 is as odd as 1");
        signal.set(4);
        assert_eq!(words.get_untracked(), "even");
    });
}

#[test]
fn whoever_only_tracks_a_memo_is_told_too() {
    owned(|| {
        let signal = RwSignal::new(1);
        let double = Memo::new(move |_| signal.get() * 2);
        let runs = Memo::new(move |before: Option<&u32>| {
            double.track();
            before.copied().unwrap_or_default() + 1
        });
        assert_eq!(runs.get_untracked(), 1);
        signal.set(2);
        assert_eq!(runs.get_untracked(), 2);
    });
}

#[test]
fn a_memo_sees_what_it_was_before() {
    owned(|| {
        let signal = RwSignal::new(2);
        let most = Memo::new(move |before: Option<&i32>| {
            before.copied().unwrap_or_default().max(signal.get())
        });
        assert_eq!(most.get_untracked(), 2);
        signal.set(1);
        assert_eq!(most.get_untracked(), 2);
    });
}

#[test]
fn a_signal_of_a_component_that_is_gone_is_left_alone() {
    let owner = Owner::new();
    let signal = owner.with(|| RwSignal::new(1));
    owner.cleanup();
    assert_eq!(signal.try_set(2), None);
    assert_eq!(signal.try_get_untracked(), None);
    assert_eq!(signal.try_update(|n| *n += 1), None);
    signal.update(|n| *n += 1);
}

#[test]
fn a_signal_is_derived_stored_or_nothing() {
    owned(|| {
        let signal = RwSignal::new(2);
        let double = Signal::derive(move || signal.get() * 2);
        signal.set(5);
        assert_eq!(double.get_untracked(), 10);
        assert_eq!(Signal::<String>::from("x").get_untracked(), "x");
        assert_eq!(Signal::<Option<String>>::default().get_untracked(), None);
    });
}

#[test]
fn a_row_lives_as_long_as_somebody_keeps_it() {
    let row = ArcRwSignal::new("a".to_owned());
    let other = row.clone();
    row.set("b".to_owned());
    assert_eq!(other.get_untracked(), "b");
}
