//! Rows of markup in the page, of which only those that changed are written anew: what somebody has marked stays marked.

/// What was written last.
#[derive(Clone, Debug, Default)]
pub struct Drawn(Vec<String>);

impl Drawn {
    /// How many of the first rows go, and how many of those after them stay.
    fn change(&self, rows: &[String]) -> (usize, usize) {
        let from = rows.first().and_then(|first| self.0.iter().position(|old| old == first));
        let Some(from) = from else { return (self.0.len(), 0) };
        let same = self.0[from..].iter().zip(rows).take_while(|(old, new)| old == new);
        (from, same.count())
    }

    /// Writes these rows as the children of an element, of which they have been the only children so far.
    pub fn draw(&mut self, into: &web_sys::Element, rows: Vec<String>) {
        let (gone, kept) = self.change(&rows);
        for _ in 0..gone {
            if let Some(first) = into.first_element_child() {
                first.remove();
            }
        }
        for _ in gone + kept..self.0.len() {
            if let Some(last) = into.last_element_child() {
                last.remove();
            }
        }
        // Only fails for positions that do not exist.
        let _ = into.insert_adjacent_html("beforeend", &rows[kept..].concat());
        self.0 = rows;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(old: &[&str], new: &[&str]) -> (usize, usize) {
        let rows = |all: &[&str]| all.iter().map(|&s| s.to_owned()).collect::<Vec<_>>();
        Drawn(rows(old)).change(&rows(new))
    }

    #[test]
    fn only_what_changed_is_written_anew() {
        assert_eq!(change(&["a", "b"], &["a", "b", "c"]), (0, 2), "more at the end");
        assert_eq!(change(&["a", "b", "c"], &["b", "c", "d"]), (1, 2), "the oldest goes");
        assert_eq!(change(&["a", "b", "d"], &["a", "b", "c", "d"]), (0, 2), "one in between");
        assert_eq!(change(&["a", "b"], &["x", "b"]), (2, 0), "another beginning");
        assert_eq!(change(&["a"], &[]), (1, 0));
        assert_eq!(change(&[], &["a"]), (0, 0));
    }
}
