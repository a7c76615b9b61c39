//! Where the reading of a log stands.

use leptos::prelude::*;
use model::wire::Problem;

use crate::components::problem_notice;
use crate::reactive::{RwSignal, dynamic};

/// Where it stands.
#[derive(Clone, Debug, PartialEq)]
pub enum Standing {
    Asking,
    /// There is no log before the container has started.
    Waiting,
    /// Lines come as they are written.
    Following,
    /// All is there that was asked for; why it ended, if that is worth a word.
    Ended(String),
    /// The server does not answer; it is asked again and again, and what was read stays.
    Lost,
    Failed(Problem),
}

/// The same in a word or two; `following` is what is said while lines come.
pub fn says(
    standing: RwSignal<Standing>,
    following: impl Fn() -> String + Send + 'static,
) -> AnyView {
    dynamic(move || {
        match standing.get() {
        Standing::Asking => view! { <span>"Asking…"</span> }.into_any(),
        Standing::Waiting => {
            view! { <span>"The log begins once the container has started."</span> }.into_any()
        }
        Standing::Following => view! { <span class="live">{following()}</span> }.into_any(),
        Standing::Ended(why) if why.is_empty() => view! { <span>"read once"</span> }.into_any(),
        Standing::Ended(why) => view! { <span>{why}</span> }.into_any(),
        Standing::Lost => {
            view! { <span>"The connection is lost. The log goes on from here once it is back."</span> }
                .into_any()
        }
        Standing::Failed(_) => ().into_any(),
    }
    })
}

/// Why there is no log, if there is none.
pub fn failed(standing: RwSignal<Standing>) -> AnyView {
    dynamic(move || match standing.get() {
        Standing::Failed(problem) => Some(problem_notice(&problem)),
        _ => None,
    })
}
