//! Moments in JSON: RFC 3339, as Kubernetes and this API write them.
//!
//! `#[serde(with = "model::when")]` for a moment, `"model::when::option"` for one that may be absent. It reads and writes
//! what jiff does, without jiff's parser for every other format: that one, with its messages, is a twentieth of the app
//! that a browser has to load.

use jiff::Timestamp;
use serde::de::{Deserializer, Error, Unexpected, Visitor};
use serde::ser::Serializer;

const EXPECTED: &str = "a moment such as 2026-11-21T10:52:20Z";

/// Writes a moment.
///
/// # Errors
/// Those of the serializer.
pub fn serialize<S: Serializer>(at: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(at)
}

/// Reads a moment.
///
/// # Errors
/// When the text is no moment.
pub fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<Timestamp, D::Error> {
    d.deserialize_str(Moment)
}

struct Moment;

impl Visitor<'_> for Moment {
    type Value = Timestamp;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(EXPECTED)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Timestamp, E> {
        parse(text.as_bytes()).ok_or_else(|| E::invalid_value(Unexpected::Str(text), &EXPECTED))
    }
}

/// The same for a moment that may be absent or `null`.
pub mod option {
    use jiff::Timestamp;
    use serde::de::{Deserialize, Deserializer};
    use serde::ser::Serializer;

    struct Wrapped(Timestamp);

    impl<'de> Deserialize<'de> for Wrapped {
        fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
            super::deserialize(d).map(Self)
        }
    }

    pub fn serialize<S: Serializer>(at: &Option<Timestamp>, s: S) -> Result<S::Ok, S::Error> {
        match at {
            Some(at) => super::serialize(at, s),
            None => s.serialize_none(),
        }
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<Option<Timestamp>, D::Error> {
        Ok(Option::<Wrapped>::deserialize(d)?.map(|w| w.0))
    }
}

/// The moment in a text such as `2026-11-21T10:52:20Z`; `None` if it is none.
pub fn of(text: &str) -> Option<Timestamp> {
    parse(text.as_bytes())
}

/// Seconds of a day.
const DAY: i64 = 86_400;

/// `YYYY-MM-DDTHH:MM:SS`, perhaps a fraction, then `Z` or an offset from UTC.
fn parse(text: &[u8]) -> Option<Timestamp> {
    let (date, rest) = text.split_at_checked(10)?;
    let (time, rest) = rest.split_at_checked(9)?;
    let (year, month, day) = (number(&date[..4])?, number(&date[5..7])?, number(&date[8..])?);
    let (hour, minute, second) = (number(&time[1..3])?, number(&time[4..6])?, number(&time[7..])?);
    let signs = date[4] == b'-'
        && date[7] == b'-'
        && matches!(time[0], b'T' | b't' | b' ')
        && time[3] == b':'
        && time[6] == b':';
    let in_range = (1..=12).contains(&month)
        && (1..=days_of(year, month)).contains(&day)
        && hour < 24
        && minute < 60
        && second <= 60;
    if !signs || !in_range {
        return None;
    }
    let (nanos, zone) = fraction(rest)?;
    // A leap second is read as the second before it, as jiff does.
    let of_day = hour * 3_600 + minute * 60 + second.min(59);
    let seconds = days_since_1970(year, month, day) * DAY + of_day - offset(zone)?;
    Timestamp::new(seconds, nanos).ok()
}

/// The nanoseconds after a point, and what follows. Digits beyond the ninth are read and dropped.
fn fraction(text: &[u8]) -> Option<(i32, &[u8])> {
    let Some(digits) = text.strip_prefix(b".") else { return Some((0, text)) };
    let count = digits.iter().take_while(|b| b.is_ascii_digit()).count();
    let (digits, rest) = digits.split_at(count);
    let nanos =
        (0..9).fold(0, |n, i| n * 10 + digits.get(i).map_or(0, |digit| i32::from(digit - b'0')));
    (count > 0).then_some((nanos, rest))
}

/// Seconds east of UTC.
fn offset(text: &[u8]) -> Option<i64> {
    let east = match text {
        b"Z" | b"z" => return Some(0),
        [b'+', ..] => 1,
        [b'-', ..] => -1,
        _ => return None,
    };
    if text.len() != 6 || text[3] != b':' {
        return None;
    }
    let (hours, minutes) = (number(&text[1..3])?, number(&text[4..])?);
    (hours < 24 && minutes < 60).then_some(east * (hours * 3_600 + minutes * 60))
}

fn number(digits: &[u8]) -> Option<i64> {
    digits.iter().try_fold(0, |n, b| b.is_ascii_digit().then(|| n * 10 + i64::from(b - b'0')))
}

fn days_of(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days from 1970-01-01 in the proleptic Gregorian calendar, counted in years that begin with March, so that the leap
/// day is the last of its year.
fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_no_moment_is_refused() {
        for bad in [
            "",
            "2026",
            "2026-11-21",
            "2026-11-21T10:52:20",
            "2026-13-01T00:00:00Z",
            "2026-02-29T00:00:00Z",
            "2026-11-21T24:00:00Z",
            "2026-11-21T10:60:00Z",
            "2026-11-21T10:52:20.Z",
            "2026-11-21T10:52:20Zx",
            "2026-11-21T10:52:20+1:00",
            "2026-11-21X10:52:20Z",
            "+026-11-21T10:52:20Z",
            "2026-11-21T10:52:20ü",
        ] {
            assert_eq!(parse(bad.as_bytes()), None, "{bad}");
        }
    }

    #[test]
    fn absent_and_null_are_none_and_a_moment_survives_the_way_through_json() {
        #[derive(Debug, PartialEq, serde::Serialize, serde::Deserialize)]
        struct It {
            #[serde(default, skip_serializing_if = "Option::is_none", with = "option")]
            at: Option<Timestamp>,
        }
        let read = |text| serde_json::from_str::<It>(text).expect("readable").at;
        assert_eq!(read("{}"), None);
        assert_eq!(read(r#"{"at":null}"#), None);
        let at = read(r#"{"at":"2026-11-21T10:52:20.25Z"}"#);
        assert_eq!(at.map(Timestamp::as_millisecond), Some(1_795_258_340_250));
        let text = serde_json::to_string(&It { at }).expect("writable");
        assert_eq!(text, r#"{"at":"2026-11-21T10:52:20.25Z"}"#);
        assert!(serde_json::from_str::<It>(r#"{"at":5}"#).is_err());
    }

    proptest! {
        #[test]
        fn it_reads_what_jiff_writes(seconds in -62_000_000_000_i64..250_000_000_000, nanos in 0..1_000_000_000_i32) {
            let at = Timestamp::new(seconds, nanos).expect("in range");
            prop_assert_eq!(parse(at.to_string().as_bytes()), Some(at));
        }

        #[test]
        fn it_reads_offsets_as_jiff_does(seconds in 0_i64..4_000_000_000, east in -1_439_i64..1_440) {
            let local = Timestamp::from_second(seconds + east * 60).expect("in range").to_string();
            let (h, m) = (east.abs() / 60, east.abs() % 60);
            let sign = if east < 0 { '-' } else { '+' };
            let text = format!("{}{sign}{h:02}:{m:02}", local.trim_end_matches('Z'));
            let ours = parse(text.as_bytes());
            prop_assert_eq!(ours, Timestamp::from_second(seconds).ok());
            prop_assert_eq!(ours, text.parse().ok());
        }

        #[test]
        fn no_text_panics(text in "[0-9TZ:.+-]{0,32}") {
            let _ = parse(text.as_bytes());
        }
    }
}
