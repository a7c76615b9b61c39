//! Why a trapped set does not heal by itself: the card below its strip.

use std::fmt::Write as _;

use leptos::prelude::*;
use model::status::{Reason, why_trapped};

use super::Page;
use crate::components::escaped;
use crate::components::words::markup;
use crate::reactive::{Memo, dynamic};
use crate::time::Ago;

/// The card; nothing unless the set is Trapped.
pub(super) fn why(page: Page) -> AnyView {
    let told = Memo::new(move |_| {
        page.detail.with(|d| {
            let status = &d.row.status;
            (why_trapped(&d.facts, status), status.since, d.facts.set.name.clone())
        })
    });
    let card = move || {
        let (reasons, since, set) = told.get();
        (!reasons.is_empty()).then(|| {
            let since = since.map(|at| view! { <Ago at=at lasts=true/> });
            view! {
                <section class="card mt trap" aria-labelledby="why-h">
                    <div class="card-h">
                        <h2 id="why-h">"Why this does not heal by itself"</h2>
                        <span class="sub">{since}</span>
                    </div>
                    <ol class="seq" inner_html=list(&reasons, &set)></ol>
                </section>
            }
        })
    };
    dynamic(card)
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
