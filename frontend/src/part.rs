//! The parts of the app that are loaded when they are needed.
//!
//! What a function with `#[wasm_split(NAME, …)]` reaches, and nothing else does, lies in a file of its own
//! (`xtask/src/build/split.rs` cuts it off). Calling the function loads that file first. So nothing outside of a part may name
//! what is to lie in it, except through this module. One function a part: each has a loader of its own.
//!
//! The doors (login and first start) are in the first part: nobody waits twice to come in. What a page needs beside the first
//! part `boot.js` has the browser fetch together with it.

#![expect(clippy::unnecessary_wraps, reason = "the loading, which may fail, is added by the macro")]

use std::sync::Arc;
use std::time::Duration;

use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos::wasm_split::{SplitLoaderError, wasm_split};

use model::set::SetKey;
use model::status::Reason;
use model::wire::SetDetail;

use crate::live::use_live;
use crate::pages::activity::ActivityPage;
use crate::pages::compare::ComparePage;
use crate::pages::fleet::FleetPage;
use crate::pages::history::HistoryPage;
use crate::pages::set::dialog::ConfirmDialog;
use crate::pages::set::dialog::draft::Draft;
use crate::pages::set::network::NetworkCard;
use crate::pages::set::storage::StorageCard;
use crate::pages::set::template::Template;
use crate::pages::set::{self, SetPage};
use crate::reactive::{Memo, RwSignal, Signal};
use crate::{keys, live, palette};

mod place;

use place::{Place, at_once, part};

/// A view, or the news that the file it lies in could not be loaded.
type Loaded = Result<AnyView, SplitLoaderError>;

#[wasm_split(fleet, wasm_split_path = leptos::wasm_split, fallible, preload(load_fleet))]
fn fleet_page() -> Loaded {
    Ok(view! { <FleetPage/> }.into_any())
}

#[wasm_split(past, wasm_split_path = leptos::wasm_split, fallible, preload(load_past))]
fn past_page(of_fleet: bool) -> Loaded {
    Ok(if of_fleet {
        view! { <ActivityPage/> }.into_any()
    } else {
        view! { <HistoryPage/> }.into_any()
    })
}

#[wasm_split(set, wasm_split_path = leptos::wasm_split, fallible, preload(load_set))]
fn set_page() -> Loaded {
    Ok(view! { <SetPage/> }.into_any())
}

/// What opens over any page.
enum Over {
    /// What confirms an action: for a set's page, what was drafted there, to close it, and when it is done.
    Confirm(set::Page, Box<Draft>, Callback<()>, Callback<()>),
    /// The command palette.
    Palette(Callback<()>),
    /// The map of all keys.
    Map(Callback<()>),
}

#[wasm_split(dialog, wasm_split_path = leptos::wasm_split, fallible, preload(load_dialog))]
fn over(what: Over) -> Loaded {
    Ok(match what {
        Over::Confirm(page, draft, on_close, on_done) => {
            view! { <ConfirmDialog page=page draft=*draft on_close=on_close on_done=on_done/> }
                .into_any()
        }
        Over::Palette(on_close) => palette::palette(on_close),
        Over::Map(on_close) => keys::map(on_close),
    })
}

/// What is looked at closer, and not by everybody.
enum Closer {
    /// One pod, beside the page of its set.
    Sheet(set::Page, set::Selection),
    /// All pods, on a page of their own; it shows logs as the sheet does.
    SideBySide,
    /// The text of a revision.
    Template(Template),
    /// Kubernetes' Events of a set.
    Events(SetKey),
    /// Why a trapped set stays so.
    Why(Signal<Arc<SetDetail>>, Memo<Vec<Reason>>),
    /// The lower cards on the page of a set.
    Below(Signal<Arc<SetDetail>>, Memo<Option<String>>),
}

#[wasm_split(sheet, wasm_split_path = leptos::wasm_split, fallible, preload(load_sheet))]
fn closer(what: Closer) -> Loaded {
    Ok(match what {
        Closer::Sheet(page, selection) => set::sheet::pod_sheet(page, selection),
        Closer::SideBySide => view! { <ComparePage/> }.into_any(),
        Closer::Template(of) => set::template::template(of),
        Closer::Below(detail, selected) => view! {
            <StorageCard detail=detail/>
            <NetworkCard detail=detail selected=selected/>
        }
        .into_any(),
        Closer::Why(detail, reasons) => set::why::why(detail, reasons),
        Closer::Events(set) => set::sheet::of_set::set_events(set),
    })
}

/// A file of the app that is loaded when it is needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    /// The fleet.
    Fleet,
    /// The page of a set.
    Set,
    /// What confirms its actions; the command palette and the map of all keys. Each part more makes many more files, since
    /// what any of them share is one.
    Dialog,
    /// What tells of one pod, or of all of them side by side.
    Sheet,
    /// The history of a set, and the activity of the fleet.
    Past,
}

/// When the other parts are fetched, after the app has started: the page that was asked for comes first.
const IDLE: Duration = Duration::from_secs(3);

/// How long the fleet's page waits for its first rows.
const ROWS: Duration = Duration::from_millis(100);

/// The fleet. It comes with its first rows where they are about to be here: else the browser would lay out and paint a page
/// without any, only to do so again at once.
pub fn of_fleet() -> AnyView {
    let live = use_live();
    let late = RwSignal::new(false);
    set_timeout(
        move || {
            let _ = late.try_set(true);
        },
        ROWS,
    );
    let ready = Memo::new(move |_| late.get() || live.loaded.get() != live::Loaded::No);
    place::part_when(Part::Fleet, Place::Page, move || ready.get(), || at_once(fleet_page()))
}

/// The page of a set.
pub fn of_set() -> AnyView {
    part(Part::Set, Place::Page, || at_once(set_page()))
}

/// The history of a set.
pub fn of_history() -> AnyView {
    part(Part::Past, Place::Page, || at_once(past_page(false)))
}

/// The activity of the fleet.
pub fn of_activity() -> AnyView {
    part(Part::Past, Place::Page, || at_once(past_page(true)))
}

/// All ordinals of a set side by side.
pub fn of_compare() -> AnyView {
    part(Part::Sheet, Place::Page, || at_once(closer(Closer::SideBySide)))
}

/// The confirm dialog of a set's page.
pub fn of_dialog(
    page: set::Page,
    draft: Draft,
    on_close: Callback<()>,
    on_done: Callback<()>,
) -> AnyView {
    part(Part::Dialog, Place::Over(on_close), move || {
        at_once(over(Over::Confirm(page, Box::new(draft.clone()), on_close, on_done)))
    })
}

/// The side sheet of the selected pod.
pub fn of_sheet(page: set::Page, selection: set::Selection) -> AnyView {
    let close = Callback::new(move |()| selection.select.run(None));
    part(Part::Sheet, Place::Over(close), move || at_once(closer(Closer::Sheet(page, selection))))
}

/// What stands further down on the page of a set, which nobody sees first: its claims, and the names of its pods.
pub fn of_below(detail: Signal<Arc<SetDetail>>, selected: Memo<Option<String>>) -> AnyView {
    part(Part::Sheet, Place::Below, move || at_once(closer(Closer::Below(detail, selected))))
}

/// Why a trapped set stays so.
pub fn of_why(detail: Signal<Arc<SetDetail>>, reasons: Memo<Vec<Reason>>) -> AnyView {
    part(Part::Sheet, Place::Below, move || at_once(closer(Closer::Why(detail, reasons))))
}

/// The text of a revision.
pub fn of_template(of: Template, on_close: Callback<()>) -> AnyView {
    part(Part::Sheet, Place::Over(on_close), move || at_once(closer(Closer::Template(of.clone()))))
}

/// Kubernetes' Events of a set itself.
pub fn of_events(set: SetKey, on_close: Callback<()>) -> AnyView {
    part(Part::Sheet, Place::Over(on_close), move || at_once(closer(Closer::Events(set.clone()))))
}

/// The command palette.
pub fn of_palette(on_close: Callback<()>) -> AnyView {
    part(Part::Dialog, Place::Over(on_close), move || at_once(over(Over::Palette(on_close))))
}

/// The map of all keys.
pub fn of_map(on_close: Callback<()>) -> AnyView {
    part(Part::Dialog, Place::Over(on_close), move || at_once(over(Over::Map(on_close))))
}

/// Fetches all parts once the first page has had its time. Then none is missing when the server is replaced.
pub fn fetch_when_idle() {
    set_timeout(
        || {
            spawn_local(async {
                use Part::{Dialog, Fleet, Past, Set, Sheet};
                for part in [Fleet, Set, Dialog, Sheet, Past] {
                    // Whoever needs it will ask again, and be told.
                    let _ = load(part).await;
                }
            });
        },
        IDLE,
    );
}

async fn load(part: Part) -> Result<(), SplitLoaderError> {
    match part {
        Part::Fleet => load_fleet().await,
        Part::Set => load_set().await,
        Part::Dialog => load_dialog().await,
        Part::Sheet => load_sheet().await,
        Part::Past => load_past().await,
    }
}
