//! Lines of a log: read from what the server sends, and written as markup in one piece, since there may be thousands.

use std::cmp::Ordering;
use std::fmt::Write as _;

use crate::components::escaped;
pub use crate::components::words::escape;

/// Lines that are kept; the oldest go first.
pub const KEPT: usize = 5_000;

/// How loud a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    Plain,
    Warn,
    Error,
}

/// One line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// When, in UTC, as the node wrote it; empty where the line says nothing of it.
    pub stamp: String,
    pub text: String,
}

impl Line {
    /// Reads `2026-11-22T10:42:01.731234567Z text`, as the API server sends it with `timestamps`.
    pub fn read(line: &str) -> Self {
        let (stamp, text) = stamped(line).map_or(("", line), |(stamp, _, text)| (stamp, text));
        Self { stamp: stamp.to_owned(), text: text.to_owned() }
    }

    /// Time of day with milliseconds.
    pub fn at(&self) -> &str {
        let time = self.stamp.split_once('T').map_or("", |(_, time)| time);
        time.get(..12).unwrap_or(time)
    }

    /// By the words that programs begin their lines with.
    pub fn level(&self) -> Level {
        let head: String = self.text.chars().take(80).collect();
        let says = |words: &[&str]| {
            head.split(|c: char| !c.is_ascii_alphabetic()).any(|word| words.contains(&word))
        };
        if says(&["ERROR", "FATAL", "PANIC", "CRITICAL", "error", "panic"]) {
            Level::Error
        } else if says(&["WARN", "WARNING", "warn", "warning"]) {
            Level::Warn
        } else {
            Level::Plain
        }
    }

    /// The day, as the node wrote it.
    pub fn day(&self) -> &str {
        self.stamp.split_once('T').map_or("", |(day, _)| day)
    }

    /// As a list item; the first of a day says which. What is searched for is marked.
    pub fn markup(&self, before: Option<&Self>, search: &str, out: &mut String) {
        let day = match self.day() {
            "" => String::new(),
            day if before.is_some_and(|b| b.day() == day) => String::new(),
            day => format!(" data-day=\"{} UTC\"", escaped(day)),
        };
        // Writing into a string does not fail.
        let _ = write!(
            out,
            "<li{}{day}><time title=\"{} UTC\">",
            self.level_mark(),
            escaped(&self.stamp)
        );
        escape(self.at(), out);
        out.push_str("</time><span>");
        self.text_markup(search, out);
        out.push_str("</span></li>");
    }

    /// An attribute for the element that holds the line; none for a plain one.
    pub fn level_mark(&self) -> &'static str {
        match self.level() {
            Level::Plain => "",
            Level::Warn => " data-l=\"warn\"",
            Level::Error => " data-l=\"bad\"",
        }
    }

    /// The text alone. What is searched for is marked.
    pub fn text_markup(&self, search: &str, out: &mut String) {
        let mut rest = self.text.as_str();
        while let Some((from, to)) = find(rest, search) {
            escape(&rest[..from], out);
            out.push_str("<mark>");
            escape(&rest[from..to], out);
            out.push_str("</mark>");
            rest = &rest[to..];
        }
        escape(rest, out);
    }

    /// Whether the text holds it, whatever the case of its ASCII letters.
    pub fn has(&self, search: &str) -> bool {
        find(&self.text, search).is_some()
    }
}

/// When a line was written (`2026-11-22T10:42:01.731234567`, in UTC), the time of day in that, and its text; `None` where it
/// does not begin with a time.
pub fn stamped(line: &str) -> Option<(&str, &str, &str)> {
    let (stamp, text) = line.split_once(' ').unwrap_or((line, ""));
    let stamp = stamp.strip_suffix('Z')?;
    let (_, time) = stamp.split_once('T')?;
    let digits = time.bytes().all(|b| b.is_ascii_digit() || matches!(b, b':' | b'.'));
    (digits && !time.is_empty()).then_some((stamp, time, text))
}

/// Where `search` stands first, whatever the case of its ASCII letters; nowhere if it is empty.
fn find(text: &str, search: &str) -> Option<(usize, usize)> {
    if search.is_empty() || search.len() > text.len() {
        return None;
    }
    let (hay, needle) = (text.as_bytes(), search.as_bytes());
    (0..=hay.len() - needle.len())
        .find(|i| {
            text.is_char_boundary(*i) && hay[*i..*i + needle.len()].eq_ignore_ascii_case(needle)
        })
        .map(|i| (i, i + needle.len()))
}

/// Adds lines, and lets the oldest go. Answers how many went.
pub fn add(lines: &mut Vec<Line>, more: impl IntoIterator<Item = Line>) -> usize {
    lines.extend(more);
    let over = lines.len().saturating_sub(KEPT);
    lines.drain(..over);
    over
}

/// Of lines that are read again, those that are not there yet. They may come in several parts: `of` says how old the line is, against
/// the newest that is there, to which a piece without a time of its own belongs; at first [`Ordering::Equal`].
pub fn unknown(lines: &[Line], mut again: Vec<Line>, of: &mut Ordering) -> Vec<Line> {
    let Some(last) = lines.iter().rfind(|l| !l.stamp.is_empty()) else { return again };
    // Those of the newest moment, with what has no time of its own: the rest of a line that came in pieces.
    let newest = lines.iter().position(|l| l.stamp == last.stamp).unwrap_or_default();
    let is_newest = |line: &Line| lines[newest..].contains(line);
    // The stamps of a log are equally long and ascend.
    again.retain(|line| {
        if !line.stamp.is_empty() {
            *of = line.stamp.cmp(&last.stamp);
        }
        match *of {
            Ordering::Less => false,
            Ordering::Equal => !is_newest(line),
            Ordering::Greater => true,
        }
    });
    again
}

/// All of them as markup, where `before` stands above them.
pub fn markup<'a>(mut before: Option<&'a Line>, lines: &'a [Line], search: &str) -> String {
    let mut out = String::with_capacity(lines.len() * 180);
    for line in lines {
        line.markup(before, search, &mut out);
        if !line.stamp.is_empty() {
            before = Some(line);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(text: &str) -> Line {
        Line::read(&format!("2026-11-22T10:42:01.731234567Z {text}"))
    }

    #[test]
    fn the_time_of_a_line_is_told_apart_from_its_text() {
        let ready = line("GET /ready 503");
        assert_eq!((ready.at(), ready.text.as_str()), ("10:42:01.731", "GET /ready 503"));
        assert_eq!(Line::read("2026-11-22T10:42:01Z x").at(), "10:42:01");
        assert_eq!(line("").text, "");
        let bare = Line::read("Traceback (most recent call last):");
        assert_eq!((bare.at(), bare.text.as_str()), ("", "Traceback (most recent call last):"));
        assert_eq!(Line::read("Test Z").at(), "");
    }

    #[test]
    fn a_line_is_as_loud_as_it_says_at_its_beginning() {
        assert_eq!(line("WARN no newline").level(), Level::Warn);
        assert_eq!(line("level=error msg=x").level(), Level::Error);
        assert_eq!(line("GET /errors 200").level(), Level::Plain);
    }

    #[test]
    fn nothing_that_a_pod_writes_becomes_markup() {
        let mut out = String::new();
        let before = line("a");
        line("<img src=x onerror=\"a()\"> & \u{1b}[31mred").markup(Some(&before), "SRC", &mut out);
        assert_eq!(
            out,
            "<li><time title=\"2026-11-22T10:42:01.731234567 UTC\">10:42:01.731</time><span>&lt;img <mark>src</mark>=x onerror=&quot;a()&quot;&gt; &amp; [31mred</span></li>"
        );
        assert_eq!(markup(None, &[line("äöü ß")], "ß").matches("<mark>ß</mark>").count(), 1);
    }

    #[test]
    fn the_first_line_of_a_day_says_which() {
        let next = Line::read("2026-11-23T00:00:00.000000001Z b");
        let all = markup(None, &[line("a"), line("a"), Line::read("no time"), next], "");
        assert_eq!(all.matches("data-day=").count(), 2);
        assert!(all.starts_with("<li data-day=\"2026-11-22 UTC\">"));
        assert!(all.contains("<li data-day=\"2026-11-23 UTC\">"));
        assert!(!markup(Some(&line("a")), &[line("b")], "").contains("data-day"));
    }

    #[test]
    fn of_lines_that_are_read_again_only_the_new_ones_come() {
        let at = |second: u32, text: &str| {
            Line::read(&format!("2026-11-22T10:42:{second:02}.000000000Z {text}"))
        };
        let there = [at(1, "a"), at(2, "b"), at(2, "c")];
        let again = vec![at(1, "a"), at(2, "b"), at(2, "c"), at(2, "d"), at(3, "a")];
        let fresh = |lines: &[Line], again| unknown(lines, again, &mut Ordering::Equal);
        assert_eq!(fresh(&there, again), [at(2, "d"), at(3, "a")]);
        assert_eq!(fresh(&[], vec![at(1, "a")]), [at(1, "a")]);
        let bare = Line::read("no time");
        assert_eq!(fresh(&there, vec![bare.clone()]), [bare], "what cannot be told apart stays");
    }

    #[test]
    fn pieces_of_a_line_are_as_new_as_the_line() {
        let at = |second: u32, text: &str| {
            Line::read(&format!("2026-11-22T10:42:{second:02}.000000000Z {text}"))
        };
        let piece = |text: &str| Line::read(text);
        let all =
            [at(1, "a"), piece("b"), at(2, "c"), piece("d"), piece("e"), at(3, "f"), piece("b")];
        // Whole, and each line as a part of its own.
        let fresh = |there: usize, part: usize| -> Vec<Line> {
            let mut of = Ordering::Equal;
            let parts = all.chunks(part);
            parts.flat_map(|part| unknown(&all[..there], part.to_vec(), &mut of)).collect()
        };
        for part in [1, 2, all.len()] {
            // It broke off within the second line, in the first, and behind the last.
            assert_eq!(fresh(4, part), all[4..], "in parts of {part}");
            assert_eq!(fresh(2, part), all[2..], "in parts of {part}");
            assert_eq!(fresh(all.len(), part), [], "in parts of {part}");
        }
    }

    #[test]
    fn the_oldest_lines_go_first() {
        let mut lines = Vec::new();
        assert_eq!(add(&mut lines, (0..KEPT + 2).map(|n| line(&n.to_string()))), 2);
        assert_eq!((lines.len(), lines[0].text.as_str()), (KEPT, "2"));
        assert!(lines[7].has("9") && !lines[7].has(""));
    }
}
