//! One ordinal as a row: the window of many ordinals on a narrow screen, and pods without an ordinal.

use leptos::prelude::*;

use super::column::{Column, role_key};
use crate::components::{Icon, icon, small_icon};
use crate::time;

/// The content of a row.
pub(super) fn row(c: &Column) -> AnyView {
    let age = c.since.map(|since| time::aged(since, "tm"));
    let older = c.claims.iter().any(|k| k.claim.as_ref().is_some_and(|k| k.older_than_pod));
    let ordinal = (c.ordinal != u32::MAX).then(|| {
        view! { <span class="olab" data-rev=role_key(c.role)>{c.ordinal}</span> }
    });
    let says = if c.failing() { c.phase.clone() } else { c.ready.to_owned() };
    view! {
        {ordinal}
        <b class="mono pn">{c.pod.clone()}</b>
        <span class="rev" data-rev=role_key(c.role)>
            {if c.revision.is_empty() { "–".to_owned() } else { c.revision.clone() }}
        </span>
        <span class="rd" data-r=c.tone.key()>{icon(c.tone.icon())}{says}</span>
        <span class="lr">{older.then(|| small_icon(Icon::Older))}{age}</span>
    }
    .into_any()
}
