//! How moments are written: relative in the page, absolute (by the browser's own calendar) on hover and wherever it is asked for
//! by key.

use std::cell::RefCell;
use std::collections::HashMap;

use jiff::Timestamp;
use leptos::ev::MouseEvent;
use leptos::prelude::*;
use model::words;
use wasm_bindgen::JsValue;

use crate::clock::use_clock;
use crate::reactive::{RwSignal, dynamic};

/// The time since `at`, in its largest unit: `12 min`.
pub fn age(at: Timestamp, now: Timestamp) -> String {
    words::ago(now.as_second() - at.as_second())
}

/// The age of the connection from milliseconds: tenths while it is young, then as all ages.
pub fn fine_age(ms: f64) -> String {
    if ms < 9_950.0 {
        return format!("{:.1} s", ms.max(0.0) / 1_000.0);
    }
    #[expect(clippy::cast_possible_truncation, reason = "whole seconds are wanted")]
    let seconds = (ms / 1_000.0) as i64;
    words::ago(seconds)
}

/// A moment in full, in the browser's time zone: `21 Nov 2026, 10:52:20 CET`.
pub fn absolute(at: Timestamp) -> String {
    format(at, &[("dateStyle", "medium"), ("timeStyle", "long")])
}

/// The time of day in the browser's time zone: `10:52:20`.
pub fn time_of_day(at: Timestamp) -> String {
    format(at, &[("timeStyle", "medium")])
}

/// The day in the browser's time zone: `Saturday 21 November 2026`.
pub fn day(at: Timestamp) -> String {
    format(at, &[("dateStyle", "full")])
}

/// The day in short: `21 Nov`.
pub fn short_day(at: Timestamp) -> String {
    format(at, &[("day", "numeric"), ("month", "short")])
}

/// What is told of moments by their day, each told once: a browser's calendar is slow.
pub struct ByDay {
    tell: fn(Timestamp) -> String,
    told: RefCell<HashMap<i64, String>>,
}

impl ByDay {
    /// `tell` says the same of all moments of a day.
    pub fn new(tell: fn(Timestamp) -> String) -> Self {
        Self { tell, told: RefCell::default() }
    }

    /// What it says of this moment.
    pub fn of(&self, at: Timestamp) -> String {
        // No day begins within a quarter of an hour of any zone.
        let quarter = at.as_second().div_euclid(900);
        self.told.borrow_mut().entry(quarter).or_insert_with(|| (self.tell)(at)).clone()
    }
}

/// Minutes that the browser's zone was behind UTC at this moment; ahead of it they are negative.
pub fn minutes_behind(at: Timestamp) -> f64 {
    date(at).get_timezone_offset()
}

fn date(at: Timestamp) -> js_sys::Date {
    #[expect(clippy::cast_precision_loss, reason = "milliseconds since 1970 fit into 53 bits")]
    js_sys::Date::new(&JsValue::from_f64(at.as_millisecond() as f64))
}

fn format(at: Timestamp, options: &[(&str, &str)]) -> String {
    let bag = js_sys::Object::new();
    for (key, value) in options {
        // Setting a property of a fresh plain object does not fail.
        let _ = js_sys::Reflect::set(&bag, &JsValue::from_str(key), &JsValue::from_str(value));
    }
    // The app speaks English; 24 hours and day before month are the least ambiguous.
    date(at).to_locale_string("en-GB", &bag).into()
}

/// The exact time for a `title`, and what to do when the pointer comes: Intl is slow, and most times are never hovered.
fn on_hover(at: Timestamp) -> (impl Fn() -> Option<String> + Send, impl Fn(MouseEvent)) {
    let title = RwSignal::new(None::<String>);
    let fill = move |_| {
        if title.get_untracked().is_none() {
            title.set(Some(absolute(at)));
        }
    };
    (move || title.get(), fill)
}

/// The age of a moment where there is no room for a date: ticking, and exact on hover.
pub fn aged(at: Timestamp, class: &'static str) -> AnyView {
    let clock = use_clock();
    let (title, fill) = on_hover(at);
    view! {
        <span class=class title=title on:mouseenter=fill>{dynamic(move || age(at, clock.now()))}</span>
    }
    .into_any()
}

/// The age of a moment, ticking; the absolute time appears on hover, and in its place while exact times are shown.
#[component]
pub fn Ago(
    /// The moment.
    at: Timestamp,
    /// It has been so since then: "for 12 min", "since 21 Nov 2026".
    #[prop(optional)]
    lasts: bool,
    /// What is said right behind an age, and not behind a date.
    #[prop(optional)]
    after: &'static str,
) -> impl IntoView {
    let clock = use_clock();
    let (title, fill) = on_hover(at);
    view! {
        <time class:exact=move || clock.exact() datetime=at.to_string() title=title on:mouseenter=fill>
            {dynamic(move || {
                let (word, at) = if clock.exact() {
                    ("since ", absolute(at))
                } else {
                    ("for ", format!("{}{after}", age(at, clock.now())))
                };
                format!("{}{at}", if lasts { word } else { "" })
            })}
        </time>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_young_connection_shows_tenths() {
        assert_eq!(fine_age(400.0), "0.4 s");
        assert_eq!(fine_age(-20.0), "0.0 s");
        assert_eq!(fine_age(9_940.0), "9.9 s");
        assert_eq!(fine_age(48_000.0), "48 s");
        assert_eq!(fine_age(720_000.0), "12 min");
    }

    #[test]
    fn ages_count_from_the_servers_time() {
        let at: Timestamp = "2026-11-21T10:00:00Z".parse().expect("a valid time");
        let now: Timestamp = "2026-11-21T10:12:10Z".parse().expect("a valid time");
        assert_eq!(age(at, now), "12 min");
        assert_eq!(age(now, at), "0 s");
    }
}
