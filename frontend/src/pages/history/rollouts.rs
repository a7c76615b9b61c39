//! The rollouts of a set: from which revision to which, by whom, how long, how it ended.

use leptos::prelude::*;
use model::wire::{RolloutOutcome, RolloutView};
use model::words;

use crate::clock::use_clock;
use crate::components::{Icon, Keyed, actor_label, icon, keyed, sentence, small_icon, source_icon};
use crate::reactive::{Memo, dynamic};
use crate::time::{Ago, absolute, age};

/// The badge of an outcome: `data-s`, icon, words.
pub fn outcome(r: &RolloutView) -> (&'static str, Icon, &'static str) {
    match r.outcome {
        RolloutOutcome::Open if r.held.is_some() => ("held", Icon::Held, "Held"),
        RolloutOutcome::Open => ("rolling", Icon::Rolling, "Under way"),
        RolloutOutcome::Settled => ("settled", Icon::Ok, "Settled"),
        RolloutOutcome::Superseded => ("unobserved", Icon::Outside, "Superseded"),
        RolloutOutcome::RolledBack => ("held", Icon::Back, "Rolled back"),
        RolloutOutcome::SetDeleted => ("noaccess", Icon::Delete, "Set deleted"),
        RolloutOutcome::Other => ("unknown", Icon::Unseen, "Other"),
    }
}

/// How long it took, from its times.
pub fn took(r: &RolloutView) -> Option<String> {
    r.ended.map(|end| match end.as_second() - r.started.as_second() {
        ..1 => "less than 1 s".to_owned(),
        seconds => words::ago(seconds),
    })
}

/// The table. A row is made anew where something of it is another, and stays while others come.
pub(super) fn table(rollouts: Memo<Vec<RolloutView>>, set: String) -> AnyView {
    let rows = move || {
        let one = |r: &RolloutView| {
            let (r, set) = (r.clone(), set.clone());
            Keyed::new(format!("{r:?}"), move || row(&r, &set))
        };
        rollouts.with(|all| all.iter().map(one).collect())
    };
    let count = move || rollouts.with(|all| words::count(all.len(), "rollout"));
    view! {
        <section class="card mt" aria-labelledby="ro-h">
            <div class="card-h">
                <h2 id="ro-h">"Rollouts"</h2>
                <span class="sub">{dynamic(count)}", newest first"</span>
            </div>
            <div class="tw">
                <table class="t rolls">
                    <thead>
                        <tr>
                            <th scope="col">"Revision"</th>
                            <th scope="col">"Outcome"</th>
                            <th scope="col">"Begun"</th>
                            <th scope="col">"Took"</th>
                            <th scope="col">"By"</th>
                            <th scope="col">"What changed"</th>
                        </tr>
                    </thead>
                    <tbody>{keyed(rows)}</tbody>
                </table>
            </div>
        </section>
    }
    .into_any()
}

fn row(r: &RolloutView, set: &str) -> AnyView {
    let (key, symbol, word) = outcome(r);
    let now = |label: &Option<String>| {
        label.clone().map(|n| view! { " "<span class="dim">{format!("(now {n})")}</span> })
    };
    let (from_now, to_now) = (now(&r.from_now), now(&r.to_now));
    let from = r.from.clone().map(|f| {
        view! {
            <span class="rev" data-rev="none">{f}</span>{from_now}
            " "<span class="arrow" role="img" aria-label="to">"→"</span>" "
        }
    });
    let held = r.held.clone().map(|h| view! { <br/><span class="dim">{h}</span> });
    let role = if r.outcome == RolloutOutcome::Open { "upd" } else { "cur" };
    let started = r.started;
    let clock = use_clock();
    let took = if let Some(took) = took(r) {
        let ended = r.ended;
        let told = move || match ended.filter(|_| clock.exact()) {
            Some(at) => format!("{took}, to {}", absolute(at)),
            None => took.clone(),
        };
        view! { <span title=ended.map(absolute)>{dynamic(told)}</span> }.into_any()
    } else {
        view! { <span class="dim">{dynamic(move || format!("{} so far", age(started, clock.now())))}</span> }
            .into_any()
    };
    let by = r.actor.as_ref().map_or_else(
        || view! { <span class="dim">"not known"</span> }.into_any(),
        |a| {
            let reason = a.reason.clone().map(|r| view! { " "<q class="dim">{r}</q> });
            view! { <span class="iw">{small_icon(source_icon(a))}<span>{actor_label(a)}{reason}</span></span> }
                .into_any()
        },
    );
    let changes = if r.changes.is_empty() {
        view! { <span class="dim">"not known, or nothing but a restart"</span> }.into_any()
    } else {
        let list =
            r.changes.iter().map(|c| view! { <li>{sentence(c, set, None)}</li> }).collect_view();
        view! { <ul>{list}</ul> }.into_any()
    };
    view! {
        <tr>
            <th scope="row" class="nowrap">{from}<span class="rev" data-rev=role>{r.to.clone()}</span>{to_now}</th>
            <td class="nowrap"><span class="badge" data-s=key>{icon(symbol)}{word}</span>{held}</td>
            <td class="nowrap"><Ago at=started after=" ago"/></td>
            <td class="nowrap">{took}</td>
            <td>{by}</td>
            <td>{changes}</td>
        </tr>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    #[test]
    fn a_rollout_that_ended_says_how_long_it_took() {
        let at = |s| Timestamp::from_second(s).expect("in range");
        let mut r = RolloutView {
            id: 1,
            from: None,
            to: "r7".into(),
            from_now: None,
            to_now: None,
            started: at(100),
            ended: None,
            outcome: RolloutOutcome::Open,
            held: None,
            actor: None,
            changes: Vec::new(),
        };
        assert_eq!(took(&r), None);
        assert_eq!(outcome(&r).2, "Under way");
        r.held = Some("before web-2".into());
        assert_eq!(outcome(&r).2, "Held", "as the set's status says");
        r.ended = Some(at(100));
        assert_eq!(took(&r).as_deref(), Some("less than 1 s"), "as the event says it");
        r.ended = Some(at(2_500));
        assert_eq!(took(&r).as_deref(), Some("40 min"));
    }
}
