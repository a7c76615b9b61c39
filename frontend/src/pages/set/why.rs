//! Why a trapped set does not heal by itself: the card below its strip.

use std::fmt::Write as _;
use std::sync::Arc;

use leptos::prelude::*;
use model::status::Reason;
use model::wire::SetDetail;

use crate::components::escaped;
use crate::components::words::markup;
use crate::reactive::{Memo, Signal, dynamic};
use crate::time::Ago;

/// The card.
pub fn why(detail: Signal<Arc<SetDetail>>, reasons: Memo<Vec<Reason>>) -> AnyView {
    let set = detail.with_untracked(|d| d.facts.set.name.clone());
    let since = Memo::new(move |_| detail.with(|d| d.row.status.since));
    view! {
        <section class="card mt trap" aria-labelledby="why-h">
            <div class="card-h">
                <h2 id="why-h">"Why this does not heal by itself"</h2>
                <span class="sub">
                    {dynamic(move || since.get().map(|at| view! { <Ago at=at lasts=true/> }))}
                </span>
            </div>
            <ol class="seq" inner_html=move || reasons.with(|r| list(r, &set))></ol>
        </section>
    }
    .into_any()
}

/// In one piece, as every element of a view is kilobytes of code.
fn list(reasons: &[Reason], set: &str) -> String {
    let mut out = String::new();
    for (i, Reason { title, text, source }) in reasons.iter().enumerate() {
        let (n, title, text) = (i + 1, markup(title, set, None), markup(text, set, None));
        let source = match source.as_str() {
            "" => String::new(),
            source => format!("<p class=\"mono dim\">{}</p>", escaped(source)),
        };
        // Writing into a string does not fail.
        let _ = write!(
            out,
            "<li><span class=\"k\" aria-hidden=\"true\">{n}</span><div><h3>{title}</h3><p>{text}</p>{source}</div></li>"
        );
    }
    out
}
