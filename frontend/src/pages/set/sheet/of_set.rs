//! Kubernetes' Events of a set itself: pods that could not be made, and why.

use leptos::prelude::*;
use leptos::task::spawn_local;
use model::set::SetKey;
use model::wire::{PodEvents, Problem};

use super::events::events;
use crate::api;
use crate::components::problem_notice;
use crate::reactive::{RwSignal, dynamic};

/// Fetches and shows them.
pub fn set_events(set: SetKey) -> AnyView {
    let told = RwSignal::new(None::<Result<PodEvents, Problem>>);
    spawn_local(async move {
        let answer = api::set_events(&set.namespace, &set.name).await;
        told.try_set(Some(answer));
    });
    dynamic(move || match told.get() {
        None => view! { <span class="sk" aria-label="Loading"></span> }.into_any(),
        Some(Ok(told)) => events(&told),
        Some(Err(p)) => problem_notice(&p),
    })
    .into_any()
}
