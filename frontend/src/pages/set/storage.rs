//! The storage card: per claim template size, class, oldest claim, what differs, what was left behind.

use std::sync::Arc;

use jiff::Timestamp;
use leptos::prelude::*;
use model::claim::{Claim, ClaimPhase};
use model::facts::Facts;
use model::set::Retain;
use model::wire::SetDetail;
use model::words;

use crate::components::{Icon, small_icon};
use crate::reactive::{Memo, Signal, dynamic};
use crate::strip::size;
use crate::time::Ago;

/// One line of the card.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    pub template: String,
    pub asks: String,
    pub class: String,
    pub oldest: Option<Timestamp>,
    /// Claims of wanted ordinals that are not as the template says, in words.
    pub differs: Vec<String>,
    /// Claims of ordinals that are no longer wanted.
    pub left_behind: Vec<String>,
}

/// The lines of the card, one per template.
pub fn lines(facts: &Facts) -> Vec<Line> {
    facts
        .set
        .claim_templates
        .iter()
        .map(|t| {
            let mine: Vec<(&Claim, u32)> = facts
                .claims
                .iter()
                .filter_map(|c| {
                    facts.claim_place(c).filter(|(n, _)| *n == t.name).map(|(_, o)| (c, o))
                })
                .collect();
            let wanted = |o: u32| facts.set.index_of(o).is_some();
            let differs = mine.iter().filter(|(_, o)| wanted(*o)).filter_map(|(c, o)| {
                differs(c, t.size.as_deref(), t.class.as_deref())
                    .map(|says| format!("{} {says}", facts.set.pod_name(*o)))
            });
            Line {
                template: t.name.clone(),
                asks: t.size.as_deref().map_or_else(|| "–".to_owned(), size),
                class: t.class.clone().unwrap_or_else(|| "default".to_owned()),
                oldest: mine.iter().map(|(c, _)| c.created).min(),
                differs: differs.collect(),
                left_behind: mine
                    .iter()
                    .filter(|(_, o)| !wanted(*o) && facts.pod_at(*o).is_none())
                    .map(|(c, _)| c.name.clone())
                    .collect(),
            }
        })
        .collect()
}

/// What a claim does not have in common with its template.
fn differs(claim: &Claim, asks: Option<&str>, class: Option<&str>) -> Option<String> {
    if claim.deleting {
        return Some("is being deleted".to_owned());
    }
    match claim.phase {
        ClaimPhase::Pending => return Some("is Pending".to_owned()),
        ClaimPhase::Lost => return Some("is Lost: its volume is gone".to_owned()),
        ClaimPhase::Bound => {}
    }
    if let Some(condition) = claim.conditions.first() {
        return Some(match condition.as_str() {
            "Resizing" => "is being resized".to_owned(),
            "FileSystemResizePending" => "waits for its file system to grow".to_owned(),
            other => format!("has condition {other}"),
        });
    }
    let has = claim.capacity.as_deref().or(claim.requested.as_deref());
    if let (Some(has), Some(asks)) = (has, asks)
        && has != asks
    {
        return Some(format!("has {}", size(has)));
    }
    match (claim.class.as_deref(), class) {
        (Some(has), Some(asks)) if has != asks => Some(format!("has class {has}")),
        _ => None,
    }
}

/// "10 claims, all Bound".
pub fn headline(facts: &Facts) -> String {
    let mine: Vec<&Claim> =
        facts.claims.iter().filter(|c| facts.claim_place(c).is_some()).collect();
    let bound = mine.iter().filter(|c| c.phase == ClaimPhase::Bound).count();
    let count = words::count(mine.len(), "claim");
    match mine.len() {
        0 if facts.set.claim_templates.is_empty() => "no claim templates".to_owned(),
        0 => "no claim yet".to_owned(),
        1 if bound == 1 => "1 claim, Bound".to_owned(),
        n if n == bound => format!("{count}, all Bound"),
        _ => format!("{count}, {bound} Bound"),
    }
}

/// What becomes of the claims, in a sentence.
pub fn retention(facts: &Facts) -> &'static str {
    match (facts.set.when_scaled, facts.set.when_deleted) {
        (Retain::Retain, Retain::Retain) => {
            "Claims stay when pods restart, when the set shrinks and when it is deleted."
        }
        (Retain::Delete, Retain::Retain) => {
            "Claims stay when pods restart and when the set is deleted. When it shrinks, the claims of the pods that go are deleted."
        }
        (Retain::Retain, Retain::Delete) => {
            "Claims stay when pods restart and when the set shrinks. When it is deleted, they are deleted with it."
        }
        (Retain::Delete, Retain::Delete) => {
            "Claims stay when pods restart. When the set shrinks or is deleted, they are deleted with the pods."
        }
    }
}

/// The card.
#[component]
pub fn StorageCard(detail: Signal<Arc<SetDetail>>) -> impl IntoView {
    let readable = Memo::new(move |_| detail.with(|d| d.facts.readable.claims));
    let lines = Memo::new(move |_| detail.with(|d| lines(&d.facts)));
    let sub = move || {
        if readable.get() { detail.with(|d| headline(&d.facts)) } else { "no access".to_owned() }
    };
    let body = move || {
        if !readable.get() {
            return super::no_access("claims (persistentvolumeclaims)");
        }
        if lines.with(Vec::is_empty) {
            return view! {
                <p class="dim">"The set has no claim templates: its pods keep nothing across restarts by claims of their own."</p>
            }
            .into_any();
        }
        table(&lines.get(), detail.with(|d| retention(&d.facts)))
    };
    view! {
        <section class="card" aria-labelledby="sto-h">
            <div class="card-h"><h2 id="sto-h">"Storage"</h2><span class="sub">{dynamic(sub)}</span></div>
            <div class="card-b">{dynamic(body)}</div>
        </section>
    }
}

fn table(lines: &[Line], retention: &'static str) -> AnyView {
    let rows = lines
        .iter()
        .map(|l| {
            let differs = if l.differs.is_empty() {
                view! { <span class="dim">"none"</span> }.into_any()
            } else {
                let shown: Vec<String> = l.differs.iter().take(3).cloned().collect();
                let more = l.differs.len().saturating_sub(3);
                let more = (more > 0).then(|| format!(" and {more} more"));
                view! { <span class="iw">{small_icon(Icon::Warning)}<span>{shown.join(", ")}{more}</span></span> }
                    .into_any()
            };
            view! {
                <tr>
                    <th scope="row" class="mono"><b>{l.template.clone()}</b></th>
                    <td class="nowrap">{l.asks.clone()}</td>
                    <td class="mono">{l.class.clone()}</td>
                    <td class="nowrap">{l.oldest.map(|at| view! { <Ago at=at/> })}</td>
                    <td>{differs}</td>
                </tr>
            }
        })
        .collect_view();
    let left: Vec<String> = lines.iter().flat_map(|l| l.left_behind.clone()).collect();
    let left = (!left.is_empty()).then(|| {
        let what = format!(
            "{} left behind by pods that are gone; a scale-up mounts {} again.",
            words::count(left.len(), "claim"),
            if left.len() == 1 { "it" } else { "them" }
        );
        view! { <p class="iw"><span>{small_icon(Icon::Disk)}</span><span>{what}" "<span class="mono">{left.join(", ")}</span></span></p> }
    });
    view! {
        <div class="tw">
            <table class="t">
                <thead>
                    <tr>
                        <th scope="col">"Template"</th><th scope="col">"Asks"</th>
                        <th scope="col">"Class"</th><th scope="col">"Oldest"</th>
                        <th scope="col">"Differs"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
        {left}
        <p class="dim small">{retention}</p>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::strip::sample;

    #[test]
    fn what_differs_from_the_template_is_said_by_pod() {
        let mut facts = sample::held(3, 0);
        facts.claims[0].capacity = Some("2Gi".into());
        facts.claims[1].phase = ClaimPhase::Pending;
        let lines = lines(&facts);
        assert_eq!(lines[0].differs, ["web-0 has 2 Gi", "web-1 is Pending"]);
        assert_eq!(lines[0].asks, "1 Gi");
        assert_eq!(headline(&facts), "3 claims, 2 Bound");
    }

    #[test]
    fn claims_of_ordinals_that_are_not_wanted_are_left_behind() {
        let mut facts = sample::held(3, 0);
        facts.set.replicas = 2;
        facts.pods.truncate(2);
        let lines = lines(&facts);
        assert_eq!(lines[0].left_behind, ["data-web-2"]);
        assert!(lines[0].differs.is_empty());
    }
}
