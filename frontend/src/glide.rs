//! What stands on a page slides to where it belongs now, where the cluster has moved it: the eye can follow, and nothing jumps.
//!
//! Nothing slides where less motion is wanted. A browser's own animation would not do: it goes on in the very frame in which
//! something is moved anew, and what turns round on its way has jumped then.

mod room;
mod stay;

use std::cell::RefCell;

use leptos::prelude::*;
use web_sys::HtmlElement;

use crate::dom;
pub use room::{make_room, make_room_on};
pub use stay::stay;

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
}
