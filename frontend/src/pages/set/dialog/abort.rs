//! The fields of an abort: which pods fall back.

use leptos::prelude::*;
use model::action::{FallsBack, PodRef, abort_candidates};
use model::blocker;
use model::facts::Facts;
use model::words;

use super::Open;
use super::draft::Draft;
use super::fields::edit;
use crate::components::{Icon, Keyed, keyed, small_icon};
use crate::reactive::{Memo, dynamic};

/// A pod that may fall back, with what is to be known of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    pub pod: PodRef,
    pub healthy: bool,
    /// "Ready on r7", "crashed 6 times (exit 137)".
    pub says: String,
}

/// The pods to choose from, highest ordinal first.
pub fn candidates(facts: &Facts) -> Vec<Candidate> {
    let one = |FallsBack { pod, healthy, .. }: FallsBack| {
        let found = facts.pods.iter().find(|p| p.uid == pod.uid);
        let says = found.map_or_else(String::new, |p| {
            let on = facts.revision_label(&p.revision);
            if healthy {
                format!("Ready on {on}")
            } else {
                format!("on {on}, {}", blocker::says(p).1)
            }
        });
        Candidate { pod, healthy, says }
    };
    abort_candidates(facts).into_iter().map(one).collect()
}

/// What the choice means, in a sentence.
pub fn advice(all: &[Candidate], chosen: usize) -> String {
    let healthy = all.iter().filter(|c| c.healthy).count();
    match (all.len(), chosen) {
        (0, _) => "No pod has to fall back: none runs the new revision.".to_owned(),
        (_, 0) => {
            let mut says =
                "None is chosen: the update goes no further, and these pods stay as they are."
                    .to_owned();
            if healthy > 1 {
                says.push_str(
                    " Those that you choose are deleted together, and down at the same time.",
                );
            }
            says
        }
        (_, 1) if healthy == 0 => "It does not work, so nothing is lost by its restart.".to_owned(),
        (_, 1) => "It is deleted, and comes back on the revision from before.".to_owned(),
        (_, n) => format!(
            "They are deleted together: the {} are down at the same time.",
            words::count(n, "pod")
        ),
    }
}

/// A checkbox for each pod that can fall back.
pub(super) fn fields(open: Open) -> AnyView {
    let all = Memo::new(move |_| open.machine.with(|m| candidates(&m.seen.facts)));
    let chosen = Memo::new(move |_| {
        open.machine.with(|m| match &m.draft {
            Draft::Abort { pods } => pods.clone(),
            _ => Vec::new(),
        })
    });
    let legend = open.machine.with_untracked(|m| {
        let facts = &m.seen.facts;
        format!(
            "Pods that are to fall back to {}",
            facts.revision_label(&facts.set.status.current_revision)
        )
    });
    let items = move || {
        let item = |c: Candidate| {
            Keyed::new(format!("{} {}", c.pod.uid, c.says), move || choice(open, chosen, &c))
        };
        all.get().into_iter().map(item).collect()
    };
    let says = move || {
        let count = chosen
            .with(|pods| all.with(|all| all.iter().filter(|c| pods.contains(&c.pod)).count()));
        all.with(|all| advice(all, count))
    };
    view! {
        <section>
            <fieldset class="reach">
                <legend>{legend}</legend>
                {keyed(items)}
            </fieldset>
            <p class="why mt-s" aria-live="polite">{small_icon(Icon::Info)}<span>{dynamic(says)}</span></p>
        </section>
    }
    .into_any()
}

fn choice(open: Open, chosen: Memo<Vec<PodRef>>, candidate: &Candidate) -> AnyView {
    let Candidate { pod, healthy, says } = candidate.clone();
    let name = pod.pod.clone();
    let on = Memo::new({
        let pod = pod.clone();
        move |_| chosen.with(|all| all.contains(&pod))
    });
    let change = move |_| {
        let pod = pod.clone();
        edit(open, |d| {
            if let Draft::Abort { pods } = d {
                match pods.iter().position(|p| *p == pod) {
                    Some(i) => drop(pods.remove(i)),
                    None => pods.push(pod),
                }
            }
        });
    };
    view! {
        <label class="opt-c" data-on=move || on.get().then_some("")>
            <input type="checkbox" prop:checked=move || on.get() on:change=change/>
            <span>
                <b class="mono pn">{name}</b>" "
                <span class=if healthy { "dim" } else { "bad" }>{says}</span>
            </span>
        </label>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::strip::sample;

    #[test]
    fn each_pod_says_how_it_is() {
        let mut facts = sample::held(5, 3);
        sample::crash(&mut facts.pods[4]);
        let all = candidates(&facts);
        let says: Vec<(&str, &str)> =
            all.iter().map(|c| (c.pod.pod.as_str(), c.says.as_str())).collect();
        assert_eq!(says[1], ("web-3", "Ready on r7"));
        assert!(says[0].1.starts_with("on r7, ") && says[0].1.contains("137"), "{says:?}");
    }

    #[test]
    fn several_are_down_at_the_same_time() {
        let all = candidates(&sample::held(5, 3));
        assert!(advice(&all, 2).contains("the 2 pods are down at the same time"));
        assert!(advice(&all, 0).contains("these pods stay as they are. Those that you choose"));
        assert!(advice(&[], 0).contains("none runs the new revision"));
    }
}
