//! Pieces of a log to whole lines.

use bytes::BytesMut;

/// A line that is longer comes in pieces: 64 KiB.
const LONGEST: usize = 64 * 1024;

/// What has come of a line that is not at its end.
#[derive(Debug, Default)]
pub(super) struct Lines(BytesMut);

impl Lines {
    /// Takes a piece; answers the lines that are whole now.
    pub(super) fn take(&mut self, piece: &[u8]) -> Vec<String> {
        self.0.extend_from_slice(piece);
        let mut whole = Vec::new();
        loop {
            let end = self.0.iter().take(LONGEST).position(|b| *b == b'\n');
            match end {
                Some(end) => {
                    let line = self.0.split_to(end + 1);
                    whole.push(shown(&line[..end]));
                }
                None if self.0.len() > LONGEST => {
                    let end = boundary(&self.0, LONGEST);
                    let line = self.0.split_to(end);
                    whole.push(shown(&line));
                }
                None => return whole,
            }
        }
    }

    /// What is left when the log ends without an end of line.
    pub(super) fn rest(&mut self) -> Option<String> {
        let rest = self.0.split();
        (!rest.is_empty()).then(|| shown(&rest))
    }
}

/// Not within a character of UTF-8: its later bytes begin with the bits 10.
fn boundary(bytes: &[u8], at: usize) -> usize {
    (at.saturating_sub(3)..=at).rev().find(|i| bytes[*i] & 0xC0 != 0x80).unwrap_or(at)
}

/// A carriage return at the end is part of the line's end; one within it would end the line for readers of events.
fn shown(line: &[u8]) -> String {
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    String::from_utf8_lossy(line).replace('\r', "\u{240d}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_put_together_from_pieces_however_these_are_cut() {
        let text = "one\r\ntwo: äöü\n\nbar 10%\rbar 20%\nlast";
        let expected = ["one", "two: äöü", "", "bar 10%\u{240d}bar 20%"];
        for size in 1..text.len() {
            let mut lines = Lines::default();
            let whole: Vec<_> =
                text.as_bytes().chunks(size).flat_map(|piece| lines.take(piece)).collect();
            assert_eq!(whole, expected, "pieces of {size}");
            assert_eq!(lines.rest().as_deref(), Some("last"));
            assert_eq!(lines.rest(), None);
        }
    }

    #[test]
    fn a_line_without_an_end_does_not_fill_the_memory_and_loses_no_character() {
        let mut lines = Lines::default();
        let text = format!("x{}", "ä".repeat(100_000));
        let whole: Vec<_> =
            text.as_bytes().chunks(1_000).flat_map(|piece| lines.take(piece)).collect();
        assert!(whole.len() >= 3, "{}", whole.len());
        assert!(whole.iter().all(|l| l.len() <= LONGEST));
        assert_eq!(whole.concat() + &lines.rest().unwrap(), text);
    }

    #[test]
    fn bytes_that_are_no_text_are_shown_as_such() {
        let mut lines = Lines::default();
        assert_eq!(lines.take(b"a\xffb\n"), ["a\u{fffd}b"]);
    }
}
