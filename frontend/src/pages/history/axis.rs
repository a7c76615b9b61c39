//! Where moments lie on the axis of time, and which are written below it.

use jiff::Timestamp;
use model::wire::Span;

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
/// Of a day, in ms.
pub const DAY: i64 = 24 * HOUR;

const STEPS: [i64; 14] = [
    MINUTE / 2,
    MINUTE,
    2 * MINUTE,
    5 * MINUTE,
    10 * MINUTE,
    30 * MINUTE,
    HOUR,
    2 * HOUR,
    6 * HOUR,
    12 * HOUR,
    DAY,
    2 * DAY,
    7 * DAY,
    30 * DAY,
];

/// At most this many moments are written.
const TICKS: i64 = 8;

/// How far along `span` a moment lies, in percent, never outside.
pub fn percent(span: &Span, at: Timestamp) -> f64 {
    let all = span.to.as_millisecond() - span.from.as_millisecond();
    let part = at.as_millisecond() - span.from.as_millisecond();
    #[expect(clippy::cast_precision_loss, reason = "milliseconds fit into 53 bits")]
    let percent = part as f64 * 100.0 / all.max(1) as f64;
    percent.clamp(0.0, 100.0)
}

/// The moment that lies so far along `span`: 0 where it begins, 1 where it ends.
pub fn moment(span: &Span, part: f64) -> Option<Timestamp> {
    let (from, to) = (span.from.as_millisecond(), span.to.as_millisecond());
    #[expect(clippy::cast_precision_loss, reason = "milliseconds fit into 53 bits")]
    let after = (to - from) as f64 * part.clamp(0.0, 1.0);
    #[expect(clippy::cast_possible_truncation, reason = "within the span")]
    let after = after.round() as i64;
    Timestamp::from_millisecond(from + after).ok()
}

/// Round moments of the viewer's zone, in ms UTC, and whether they are whole days. `behind`: minutes behind UTC.
pub fn ticks(span: &Span, behind: i64) -> (Vec<i64>, bool) {
    let (from, to) = (span.from.as_millisecond(), span.to.as_millisecond());
    let step = STEPS.into_iter().find(|s| (to - from) / s <= TICKS).unwrap_or(30 * DAY);
    let shift = behind * MINUTE;
    let first = (from - shift).div_euclid(step) * step + shift;
    let ticks = (1..=TICKS + 1).map(|n| first + n * step).filter(|at| *at < to).collect();
    (ticks, step >= DAY)
}

/// The time of day of a moment in ms UTC: `14:05`, with seconds where steps are shorter than a minute.
pub fn clock(at: i64, behind: i64) -> String {
    let local = (at - behind * MINUTE).rem_euclid(DAY);
    let (hour, minute, second) = (local / HOUR, local / MINUTE % 60, local / 1_000 % 60);
    if second == 0 {
        format!("{hour:02}:{minute:02}")
    } else {
        format!("{hour:02}:{minute:02}:{second:02}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(from: &str, to: &str) -> Span {
        let at = |text| model::when::of(text).expect("a moment");
        Span { from: at(from), to: at(to) }
    }

    fn told(span: &Span, behind: i64) -> Vec<String> {
        ticks(span, behind).0.into_iter().map(|at| clock(at, behind)).collect()
    }

    #[test]
    fn round_times_of_the_viewers_zone_are_written() {
        let hour = span("2026-11-21T08:58:00Z", "2026-11-21T10:09:00Z");
        assert_eq!(told(&hour, 0), ["09:00", "09:10", "09:20", "09:30", "09:40", "09:50", "10:00"]);
        assert_eq!(told(&hour, -60)[0], "10:00", "an hour ahead of UTC");
        assert_eq!(told(&hour, -330)[..2], ["14:30", "14:40"]);
        let (days, whole) = ticks(&span("2026-11-07T12:00:00Z", "2026-11-21T12:00:00Z"), 0);
        assert!(whole && days.len() == 7, "{days:?}");
    }

    #[test]
    fn a_moment_outside_lies_at_the_edge() {
        let hour = span("2026-11-21T09:00:00Z", "2026-11-21T10:00:00Z");
        let at = |text| percent(&hour, model::when::of(text).expect("a moment"));
        assert!((at("2026-11-21T09:15:00Z") - 25.0).abs() < 1e-9);
        assert!(at("2026-11-21T08:00:00Z").abs() < 1e-9);
        assert!((at("2026-11-21T11:00:00Z") - 100.0).abs() < 1e-9);
    }
}
