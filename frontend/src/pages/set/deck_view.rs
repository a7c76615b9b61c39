//! The deck below the strip, as the page shows it.

use leptos::prelude::*;
use model::strip;

use super::Page;
use super::deck::{Choice, Deck, Press, Weight, deck};
use crate::components::{Button, Icon, Keyed, Kind, anew, icon, keyed, sentence};
use crate::dom;
use crate::reactive::{Memo, Signal};

/// The deck: what happens next, and the buttons.
#[component]
pub fn DeckBar(page: Page) -> impl IntoView {
    let now: Memo<Deck> = Memo::new(move |_| {
        let off = page.off.get();
        page.detail.with(|d| {
            page.moved.with(|m| {
                let moved = m.as_ref().map(|(stays, forecast)| (*stays, &**forecast));
                deck(&d.facts, &d.row.status, d.held.as_ref(), moved, off.as_deref())
            })
        })
    });
    let name = page.detail.with_untracked(|d| d.facts.set.name.clone());
    let press = move |press: &Press| match press {
        Press::Ask(draft) => page.ask.run(draft.clone()),
        Press::PutBack => page.handle.update(|h| *h = h.back()),
    };
    dom::on_letter(move |e| {
        let key = e.key();
        let found = now.with_untracked(|d| {
            d.choices
                .iter()
                .find(|c| {
                    // What is moved is put back from wherever one is.
                    let back = key == "Escape" && c.press == Press::PutBack;
                    c.off.is_none() && (back || c.key.is_some_and(|k| key == k.to_string()))
                })
                .map(|c| c.press.clone())
        });
        if let Some(found) = found {
            e.prevent_default();
            press(&found);
        }
    });
    let words = {
        let name = name.clone();
        move || {
            now.with(|d| {
                let stall =
                    d.stall.as_ref().map(|s| view! { <br/><span class="warn">{s.clone()}</span> });
                view! { <b>{d.lead.clone()}</b>" "{sentence(&d.says, &name, None)}{stall} }
            })
        }
    };
    let told = move || now.with(|d| format!("{}{}{:?}{:?}", d.lead, d.says, d.stall, d.notes));
    let notes = move || {
        now.with(|d| {
            d.notes
                .iter()
                .map(|n| view! { <span class="note">{sentence(n, &name, None)}</span> })
                .collect_view()
        })
    };
    // What changes by itself has its room beforehand.
    let going = Memo::new(move |_| {
        page.detail.with(|d| d.row.status.kind.is_moving() || strip::in_progress(&d.facts))
    });
    // A button stays while it reads the same, so that the focus stays where it is; another one is made anew, or its icon would
    // seem to jump within it.
    let choices = Memo::new(move |_| now.with(|d| d.choices.clone()));
    let verbs = StoredValue::new(Vec::<&'static str>::new());
    let buttons = move || {
        let now_verbs: Vec<_> = choices.with(|all| all.iter().map(|c| c.verb).collect());
        // Where one of them has the focus, that of the same verb has it afterwards. Another verb is not to be pressed by mistake:
        // then it is with the words.
        if let Some(at) = dom::focused_of(".deck .acts button") {
            let verb = verbs.with_value(|all| all.get(at as usize).copied());
            let to = now_verbs.iter().position(|v| Some(*v) == verb);
            request_animation_frame(move || match to.and_then(|to| u32::try_from(to).ok()) {
                Some(to) => dom::focus_nth(".deck .acts button", to),
                None => dom::focus(".deck > p"),
            });
        }
        verbs.set_value(now_verbs);
        let one = |c: Choice| {
            let key = format!("{} {} {:?}", c.label, c.weight as u8, c.off);
            let label = c.label.clone();
            // What it does is asked when it is pressed: the pod may be another one of the same name by then.
            let go = move || {
                let found = now.with_untracked(|d| {
                    d.choices.iter().find(|c| c.label == label).map(|c| c.press.clone())
                });
                if let Some(found) = found {
                    press(&found);
                }
            };
            // The callback lives as long as the button, not as long as this list.
            Keyed::new(key, move || button(c, Callback::new(move |()| go())))
        };
        choices.get().into_iter().map(one).collect()
    };
    view! {
        <div class="deck dock" data-going=move || going.get().then_some("")>
            // On a phone it scrolls, so it can be reached by keyboard.
            <p aria-live="polite" tabindex="0">
                {anew(told, move || view! { {words()}<span class="notes">{notes()}</span> }.into_any())}
            </p>
            <div class="acts">{keyed(buttons)}</div>
        </div>
    }
}

fn button(choice: Choice, go: Callback<()>) -> AnyView {
    let Choice { label, verb, weight, key, off, .. } = choice;
    let (kind, class) = match weight {
        Weight::Primary => (Kind::Primary, ""),
        Weight::Danger => (Kind::Danger, "wrap"),
        Weight::Plain => (Kind::Plain, ""),
    };
    let symbol = match verb {
        "Advance" => Some(Icon::Back),
        "Hold" => Some(Icon::Held),
        "Delete" | "Evict" => Some(Icon::Delete),
        "New image" => Some(Icon::Image),
        "Abort" => Some(Icon::Failed),
        _ => None,
    };
    let shortcut =
        key.map(|k| view! { <kbd aria-hidden="true">{k.to_ascii_uppercase().to_string()}</kbd> });
    view! {
        <Button
            kind=kind
            class=class
            reason=Signal::stored(off)
            on_press=move |_| go.run(())
        >
            {symbol.map(icon)}{label}{shortcut}
        </Button>
    }
    .into_any()
}
