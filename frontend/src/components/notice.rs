//! Notices within a page, and what stands where there is nothing to show.

use leptos::prelude::*;
use model::wire::Problem;

use super::icon::{Icon, brand_mark, icon};

/// How urgent a notice is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    Plain,
    Warn,
    Bad,
}

impl Tone {
    fn attr(self) -> Option<&'static str> {
        match self {
            Self::Plain => None,
            Self::Warn => Some("warn"),
            Self::Bad => Some("bad"),
        }
    }
}

/// A notice: a bold beginning, the rest, and perhaps a button.
pub fn notice(
    tone: Tone,
    symbol: Icon,
    title: impl Into<String>,
    text: impl Into<String>,
    button: Option<AnyView>,
) -> AnyView {
    let (title, text): (String, String) = (title.into(), text.into());
    view! {
        <div class="notice" data-n=tone.attr()>
            {icon(symbol)}
            <span><b>{title}</b>" "{text}</span>
            {button}
        </div>
    }
    .into_any()
}

/// A problem as a notice: what it is, and what to do.
pub fn problem_notice(problem: &Problem) -> AnyView {
    let title = format!("{}.", problem.title.trim_end_matches('.'));
    let inner = notice(Tone::Bad, Icon::Failed, title, problem.detail.clone(), None);
    view! { <div role="alert">{inner}</div> }.into_any()
}

/// What stands where there is nothing to show: why, and the way out.
pub fn empty(
    symbol: Option<Icon>,
    title: impl Into<String>,
    text: impl Into<String>,
    way_out: Option<AnyView>,
) -> AnyView {
    let (title, text): (String, String) = (title.into(), text.into());
    let mark = match symbol {
        Some(symbol) => icon(symbol).into_any(),
        None => brand_mark().into_any(),
    };
    view! {
        <div class="empty">
            {mark}
            <h2>{title}</h2>
            <p>{text}</p>
            {way_out}
        </div>
    }
    .into_any()
}
