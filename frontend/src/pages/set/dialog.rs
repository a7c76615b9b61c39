//! The confirm dialog: what will happen, in order; what stays; the exact patch; then one verb.
//!
//! [`machine`] decides, the browser's part here carries out: dry runs, sending, focus.

pub mod abort;
pub mod conflict;
pub mod draft;
pub mod machine;
pub mod patch;
pub mod reach;
pub mod roll_back;
pub mod wording;

mod asking;
mod fields;
mod outcome;

use std::time::Duration;

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::Page;
use crate::components::{Dialog, use_toasts};
use crate::live::use_live;
use crate::reactive::{Effect, Memo, RwSignal, Signal, dynamic};
use crate::{api, dom};
use draft::Draft;
use machine::{Dialog as Machine, Event, Stage, Todo};

/// A dry run waits this long after the last key press.
const SETTLE: Duration = Duration::from_millis(350);

/// What the parts of the dialog share.
#[derive(Clone, Copy)]
pub(super) struct Open {
    pub machine: RwSignal<Machine>,
    pub on: Callback<Event>,
    pub on_close: Callback<()>,
}

/// The dialog, open while it is mounted.
#[component]
pub fn ConfirmDialog(
    page: Page,
    draft: Draft,
    on_close: Callback<()>,
    /// It was done.
    on_done: Callback<()>,
) -> impl IntoView {
    let live = use_live();
    let toasts = use_toasts();
    let detail = page.detail;
    let (opened, first) = Machine::open(detail.get_untracked(), draft, api::new_key());
    let destructive = opened.draft.is_destructive(opened.forecast().loses_data);
    let fields = opened.draft.has_fields();
    let machine = RwSignal::new(opened);
    let key = detail.with_untracked(|d| d.row.key());

    // The callback that carries out what the machine asks for feeds answers back into it.
    let carry_out = StoredValue::new(None::<Callback<Todo>>);
    let on = Callback::new(move |event: Event| {
        let todo = machine.try_update(|m| m.on(event)).flatten();
        if let (Some(todo), Some(Some(run))) = (todo, carry_out.try_get_value()) {
            run.run(todo);
        }
    });
    let run = Callback::new(move |todo: Todo| {
        let key = key.clone();
        match todo {
            Todo::Check(ticket, request) => {
                let ask = move || {
                    spawn_local(async move {
                        let answer = api::dry_run(&key.namespace, &key.name, &request).await;
                        on.try_run(Event::Checked(ticket, answer.map(Box::new)));
                    });
                };
                // While one types only the last state is worth a question.
                if fields && ticket > 1 {
                    let current = move || machine.try_with_untracked(|m| m.ticket) == Some(ticket);
                    set_timeout(
                        move || {
                            if current() {
                                ask();
                            }
                        },
                        SETTLE,
                    );
                } else {
                    ask();
                }
            }
            Todo::Send { request, key: idempotency } => spawn_local(async move {
                let answer = api::act(&key.namespace, &key.name, &request, &idempotency).await;
                on.try_run(Event::Sent(answer.map(Box::new)));
            }),
        }
    });
    carry_out.set_value(Some(run));
    if let Some(todo) = first {
        run.run(todo);
    }

    Effect::new(move |before: Option<()>| {
        let now = detail.get();
        if before.is_some() {
            on.run(Event::Facts(now));
        }
    });
    live.on_return(move || on.run(Event::Reconnected));
    let stage = Memo::new(move |_| machine.with(|m| m.stage.clone()));
    Effect::new(move |_| {
        if let Stage::Done(result) = stage.get() {
            match &result.incomplete {
                Some(left) => toasts.failed("Not all of it was done.", left),
                None => toasts.done(outcome::done_title(&result), outcome::done_text(&result)),
            }
            on_done.run(());
            on_close.run(());
        }
    });
    // Focus: the reason, or the first field; Cancel where something is lost.
    let phase = Memo::new(move |_| stage.with(kind_of));
    Effect::new(move |_| {
        let selector = match phase.get() {
            "asking" if destructive => "dialog .cancel",
            "asking" if fields => "dialog .first",
            "asking" => "dialog .reason",
            "sending" => return,
            _ => "dialog footer .pri",
        };
        request_animation_frame(move || dom::focus(selector));
    });

    let open = Open { machine, on, on_close };
    let title = Signal::derive(move || {
        machine.with(|m| match &m.stage {
            Stage::Conflict(_) => {
                format!("Somebody changed {} meanwhile", m.seen.facts.set.name)
            }
            Stage::Forbidden(_) => "Refused by the API server".to_owned(),
            Stage::Failed(p) => outcome::failed_title(p),
            _ => wording::title(&m.seen.facts, &m.draft),
        })
    });
    let subtitle = Signal::derive(move || {
        machine.with(|m| match &m.stage {
            Stage::Conflict(_) => "Nothing was sent. Your forecast no longer holds.".to_owned(),
            Stage::Forbidden(_) => {
                format!("{}: not done. Nothing changed.", wording::title(&m.seen.facts, &m.draft))
            }
            Stage::Failed(_) => wording::title(&m.seen.facts, &m.draft),
            _ => {
                let set = &m.seen.facts.set;
                let cluster = live.cluster.with(|c| c.as_ref().map(|c| c.name.clone()));
                let at = cluster.filter(|c| !c.is_empty()).map(|c| format!(", {c}"));
                format!("{} in {}{}", set.name, set.namespace, at.unwrap_or_default())
            }
        })
    });
    let content = move || match phase.get() {
        "asking" | "sending" => asking::asking(open),
        "conflict" => outcome::conflict(open),
        "forbidden" => outcome::forbidden(open),
        _ => outcome::failed(open),
    };
    // While it is on its way the dialog stays, so that the answer is seen.
    let close = Callback::new(move |()| {
        if machine.with_untracked(|m| m.stage != Stage::Sending) {
            on_close.run(());
        }
    });
    view! {
        <Dialog title=title subtitle=subtitle on_close=close>
            {dynamic(content)}
        </Dialog>
    }
}

/// The stages that look different; asking and sending are one view.
fn kind_of(stage: &Stage) -> &'static str {
    match stage {
        Stage::Asking => "asking",
        Stage::Sending | Stage::Done(_) => "sending",
        Stage::Conflict(_) => "conflict",
        Stage::Forbidden(_) => "forbidden",
        Stage::Failed(_) => "failed",
    }
}
