//! What stands on a page slides to where it belongs now, where the cluster has moved it: the eye can follow, and nothing jumps.
//!
//! Nothing slides where less motion is wanted. A browser's own animation would not do: it goes on in the very frame in which
//! something is moved anew, and what turns round on its way has jumped then.

use std::cell::RefCell;

use js_sys::WeakMap;
use leptos::prelude::*;
use leptos::{ev, html};
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{Element, HtmlElement, MutationObserver, MutationObserverInit};

use crate::dom;
use crate::reactive::Effect;

/// How long a slide takes, in ms.
const TAKES: f64 = 280.0;
/// Two frames of a slide further apart than this (ms) are no movement to the eye, and keep the page from what is new: then
/// everything arrives at once.
const JERKS: f64 = 40.0;
/// So long (ms) after that nothing slides: the machine is as slow as it was.
const SLOW: f64 = 60_000.0;
/// And so long at most, where each trial has failed: every one of them keeps somebody waiting.
const SLOWEST: f64 = 960_000.0;

/// An element that was moved, and how far (px) from its new place it stood before.
pub type Moved = (HtmlElement, (f64, f64));

/// An element on its way.
struct Slide {
    element: HtmlElement,
    /// From where it comes, in px from its place.
    from: (f64, f64),
    since: f64,
    /// Where it was painted last.
    at: (f64, f64),
}

impl Slide {
    fn show(&self) {
        let (x, y) = self.at;
        // Neither fails for a property that exists.
        let _ = match self.at {
            (0.0, 0.0) => self.element.style().remove_property("transform").map(drop),
            _ => self.element.style().set_property("transform", &format!("translate({x}px,{y}px)")),
        };
    }
}

/// What is left of the way after so much (0 to 1) of the time.
fn left(time: f64) -> f64 {
    (1.0 - time.clamp(0.0, 1.0)).powi(3)
}

type Look = Box<dyn FnOnce() -> Vec<Moved>>;

#[derive(Default)]
struct Stage {
    looks: Vec<Look>,
    slides: Vec<Slide>,
    /// The next frame is asked for.
    asked: bool,
    pace: Pace,
}

/// Whether this machine draws slides smoothly.
#[derive(Debug)]
struct Pace {
    /// When the last frame was in which something slid on, in ms; `None` after the one in which something was moved, whose
    /// own work is no matter of the slide.
    last: Option<f64>,
    /// Until then (ms) it does not.
    slow_until: f64,
    /// How long (ms) nothing slides after the next time that it does not.
    pause: f64,
    /// Something slid on smoothly since it was moved.
    smooth: bool,
}

impl Default for Pace {
    fn default() -> Self {
        Self { last: None, slow_until: 0.0, pause: SLOW, smooth: false }
    }
}

impl Pace {
    /// Something was moved, or nothing slides any more.
    fn moved(&mut self) {
        self.last = None;
        self.smooth = false;
    }

    /// All is at its place. Where no frame came in between, nobody saw it slide.
    fn arrived(&mut self) {
        if self.smooth {
            self.pause = SLOW;
        }
        self.moved();
    }

    /// Whether slides may go on in this frame, or have to arrive.
    fn goes_on(&mut self, now: f64) -> bool {
        if let Some(last) = self.last.replace(now) {
            self.smooth = now - last <= JERKS;
            if !self.smooth {
                self.slow_until = now + self.pause;
                self.pause = (self.pause * 2.0).min(SLOWEST);
            }
        }
        now >= self.slow_until
    }
}

thread_local! {
    static STAGE: RefCell<Stage> = RefCell::default();
}

/// Lets `look` see what was moved, when the document has followed and before the next frame is painted.
pub fn before_paint(look: impl FnOnce() -> Vec<Moved> + 'static) {
    STAGE.with_borrow_mut(|stage| {
        stage.looks.push(Box::new(look));
        stage.ask();
    });
}

impl Stage {
    fn ask(&mut self) {
        if !std::mem::replace(&mut self.asked, true) {
            request_animation_frame(frame);
        }
    }

    /// The frame in which something is moved shows all as it was; only then it slides on.
    fn hold(&mut self, moved: Vec<Moved>, now: f64) {
        self.pace.moved();
        for slide in &mut self.slides {
            (slide.from, slide.since) = (slide.at, now);
        }
        for (element, (x, y)) in moved {
            let known = self.slides.iter().position(|s| s.element == element);
            let known = known.unwrap_or_else(|| {
                let (from, at) = ((0.0, 0.0), (0.0, 0.0));
                self.slides.push(Slide { element, from, since: now, at });
                self.slides.len() - 1
            });
            let slide = &mut self.slides[known];
            slide.at = (slide.at.0 + x, slide.at.1 + y);
            slide.from = slide.at;
            slide.show();
        }
    }

    fn go_on(&mut self, now: f64) {
        if self.slides.is_empty() {
            // Whoever only looked has drawn nothing: how far apart that is says nothing of slides.
            self.pace.moved();
            return;
        }
        let goes_on = self.pace.goes_on(now);
        self.slides.retain_mut(|slide| {
            let left = if goes_on { left((now - slide.since) / TAKES) } else { 0.0 };
            slide.at = (slide.from.0 * left, slide.from.1 * left);
            slide.show();
            left > 0.0
        });
        if self.slides.is_empty() {
            self.pace.arrived();
        }
    }
}

fn frame() {
    let looks = STAGE.with_borrow_mut(|stage| {
        stage.asked = false;
        std::mem::take(&mut stage.looks)
    });
    let moved: Vec<Moved> = looks.into_iter().flat_map(|look| look()).collect();
    let now = dom::now_ms();
    STAGE.with_borrow_mut(|stage| {
        if moved.is_empty() {
            stage.go_on(now);
        } else {
            stage.hold(moved, now);
        }
        if !stage.slides.is_empty() {
            stage.ask();
        }
    });
}

/// Lets those elements within `root` that match `what` make room for each other. Each is seen from its parent, so that what
/// slides with its parent does not slide twice.
pub fn make_room(root: NodeRef<html::Div>, what: &'static str) {
    room(root, what, Of::Itself);
}

/// The same of the whole page around `inside`.
pub fn make_room_on(inside: NodeRef<html::Div>, what: &'static str) {
    room(inside, what, Of::Page);
}

/// The same of the whole page around `inside`, on phones: there the sentence of a set takes no more room than it needs. Wider
/// pages have the room beforehand, and on them far more moves by one's own hand.
pub fn make_room_around(inside: NodeRef<html::Div>, what: &'static str) {
    room(inside, what, Of::PhonesPage);
}

/// Of what the elements make room for each other.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Of {
    Itself,
    Page,
    /// Only on phones.
    PhonesPage,
}

fn room(root: NodeRef<html::Div>, what: &'static str, of: Of) {
    let within = move |inside: web_sys::HtmlDivElement| -> Element {
        let page = if of == Of::Itself { None } else { inside.closest("main").ok().flatten() };
        page.unwrap_or_else(|| inside.into())
    };
    let places = StoredValue::new_local(WeakMap::new());
    let waits = StoredValue::new(false);
    let look = move || {
        let here = waits.try_set_value(false).is_none();
        let root = here.then(|| root.try_get_untracked().flatten()).flatten();
        let root = root.filter(|_| of != Of::PhonesPage || dom::is_phone()).map(within);
        root.map(|r| places.with_value(|places| settle(&r, what, places))).unwrap_or_default()
    };
    let watch = StoredValue::new_local(None::<(MutationObserver, Closure<dyn FnMut()>)>);
    Effect::new(move |_| {
        let Some(element) = root.get().map(within) else { return };
        before_paint(look);
        let changed = Closure::<dyn FnMut()>::new(move || {
            if waits.try_update_value(|w| std::mem::replace(w, true)) == Some(false) {
                before_paint(look);
            }
        });
        let Ok(observer) = MutationObserver::new(changed.as_ref().unchecked_ref()) else { return };
        let all = MutationObserverInit::new();
        all.set_child_list(true);
        all.set_subtree(true);
        all.set_character_data(true);
        if observer.observe_with_options(&element, &all).is_ok() {
            watch.set_value(Some((observer, changed)));
        }
    });
    // Another width is no reason to slide.
    let resized = window_event_listener(ev::resize, move |_| {
        places.set_value(WeakMap::new());
        before_paint(look);
    });
    on_cleanup(move || {
        resized.remove();
        if let Some(Some((observer, _))) = watch.try_update_value(Option::take) {
            observer.disconnect();
        }
    });
}

/// Remembers where everything stands, and answers what stood elsewhere before.
fn settle(root: &Element, what: &str, places: &WeakMap) -> Vec<Moved> {
    let Ok(found) = root.query_selector_all(what) else { return Vec::new() };
    // Further down the browser itself keeps in place what is in view.
    let still = dom::wants_still() || !window().scroll_y().is_ok_and(|y| y < 1.0);
    let mut slides = Vec::new();
    for n in 0..found.length() {
        let Some(element) = found.item(n).and_then(|e| e.dyn_into::<HtmlElement>().ok()) else {
            continue;
        };
        // What is not laid out has no place.
        let Some((x, y)) = place(&element) else {
            places.delete(&element);
            continue;
        };
        let was = places.get(&element).as_f64();
        let now = f64::from(y) * WIDEST + f64::from(x);
        if let Some(was) = was.filter(|was| (was - now).abs() > 0.5) {
            let (was_y, was_x) = unpack(was);
            slides.push((element.clone(), (was_x - f64::from(x), was_y - f64::from(y))));
        }
        places.set(&element, &now.into());
    }
    if still { Vec::new() } else { slides }
}

/// A place is kept as one number: `y` times this, and `x`. No page is half as wide.
const WIDEST: f64 = 65_536.0;

/// `y` and `x` of such a number; `x` may be below zero.
fn unpack(place: f64) -> (f64, f64) {
    let y = (place / WIDEST).round();
    (y, place - y * WIDEST)
}

/// Where an element stands in its parent, in px; what slides just now counts as arrived.
fn place(element: &HtmlElement) -> Option<(i32, i32)> {
    let (mut x, mut y) = (element.offset_left(), element.offset_top());
    let Some(from) = element.offset_parent() else {
        // What is fixed to the window has no such parent, but it has a size.
        return (element.offset_height() > 0).then_some((x, y));
    };
    let parent = element.parent_element()?.dyn_into::<HtmlElement>().ok()?;
    if parent.offset_parent().as_ref() == Some(&from) {
        x -= parent.offset_left();
        y -= parent.offset_top();
    }
    Some((x, y))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slide_begins_where_it_stood_and_ends_at_its_place() {
        let so_far = [0.0, 0.5, 1.0, 9.0].map(|time| format!("{:.3}", left(time)));
        assert_eq!(so_far, ["1.000", "0.125", "0.000", "0.000"], "it is fast at first");
    }

    #[test]
    fn what_cannot_be_drawn_smoothly_arrives_at_once_and_for_a_while_nothing_slides() {
        let mut pace = Pace::default();
        pace.moved();
        assert!(pace.goes_on(500.0), "however long the frame took in which something was moved");
        assert!([516.0, 532.0, 566.0].into_iter().all(|now| pace.goes_on(now)));
        assert!(!pace.goes_on(640.0));
        pace.moved();
        assert!(!pace.goes_on(50_000.0), "the machine is as slow as it was");
        pace.moved();
        assert!(pace.goes_on(61_000.0), "it is tried again");
        assert!(pace.goes_on(61_016.0));
        assert!(!pace.goes_on(61_080.0), "in vain");
        pace.moved();
        assert!(!pace.goes_on(180_000.0), "then it rests twice as long");
        pace.moved();
        assert!(pace.goes_on(182_000.0));
        pace.arrived();
        assert!(
            pace.pause > 3.0 * SLOW,
            "where the first frame came after the end, nothing was seen"
        );
        assert!(pace.goes_on(182_500.0) && pace.goes_on(182_516.0));
        pace.arrived();
        assert!(pace.goes_on(190_000.0) && !pace.goes_on(190_080.0));
        pace.moved();
        assert!(pace.goes_on(251_000.0), "a slide that arrived makes up for it");
    }

    #[test]
    fn frames_in_which_nothing_slides_say_nothing_of_the_pace() {
        let mut stage = Stage::default();
        for second in 0..20 {
            stage.go_on(f64::from(second) * 1_000.0);
        }
        assert!(stage.pace.goes_on(20_000.0) && stage.pace.goes_on(20_016.0));
    }

    #[test]
    fn a_place_is_one_number_and_comes_back_from_it() {
        for (y, x) in [(0.0, 0.0), (12.0, 700.0), (0.0, -3.0), (-1.0, 4000.0), (90_000.0, -1.0)] {
            let (to_y, to_x) = unpack(y * WIDEST + x);
            assert!((to_y - y).abs() < 1e-6 && (to_x - x).abs() < 1e-6, "{to_y}, {to_x}");
        }
    }
}
