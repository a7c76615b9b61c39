//! Where the columns and the line stand in the grid of the full form.

use super::geometry::{COLUMN, GATE, LANE};

/// The tracks of the grid: lanes, then columns with the line between two of them, and once more where the line stands
/// on the cluster while it is moved. All positions count columns drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Tracks {
    pub columns: usize,
    /// Columns before the line; `None` without one.
    pub line: Option<usize>,
    /// Columns before the place where the line was, while it is moved.
    pub ghost: Option<usize>,
}

impl Tracks {
    /// `grid-template-columns`.
    pub fn template(self) -> String {
        let mut out = format!("{LANE}px");
        for column in 0..=self.columns {
            let gates =
                usize::from(self.line == Some(column)) + usize::from(self.ghost == Some(column));
            for _ in 0..gates {
                out.push_str(&format!(" {GATE}px"));
            }
            if column < self.columns {
                out.push_str(&format!(" minmax({COLUMN}px, 1fr)"));
            }
        }
        out
    }

    /// The track of a column, counted from 1.
    pub fn column(self, column: usize) -> usize {
        let before = |gate: Option<usize>| usize::from(gate.is_some_and(|g| g <= column));
        2 + column + before(self.line) + before(self.ghost)
    }

    /// The track of the line.
    pub fn line_track(self) -> usize {
        let line = self.line.unwrap_or_default();
        2 + line + usize::from(self.ghost.is_some_and(|g| g < line))
    }

    /// The track of the place where the line was.
    pub fn ghost_track(self) -> usize {
        let ghost = self.ghost.unwrap_or_default();
        2 + ghost + usize::from(self.line.is_some_and(|l| l < ghost))
    }

    /// `grid-column` of neighbouring columns.
    pub fn span(self, from: usize, len: usize) -> String {
        let end = self.column(from + len - 1) + 1;
        format!("{} / {end}", self.column(from))
    }
}

/// `order` of a column and of a line before `columns` columns: upright, things stand by their order.
pub fn column_order(column: usize) -> String {
    (2 * column + 1).to_string()
}

pub fn line_order(columns: usize) -> String {
    (2 * columns).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_has_a_narrow_track_between_its_columns() {
        let tracks = Tracks { columns: 3, line: Some(2), ghost: None };
        assert_eq!(
            tracks.template(),
            "68px minmax(112px, 1fr) minmax(112px, 1fr) 24px minmax(112px, 1fr)"
        );
        assert_eq!([0, 1, 2].map(|c| tracks.column(c)), [2, 3, 5]);
        assert_eq!(tracks.line_track(), 4);
        assert_eq!(tracks.span(0, 2), "2 / 4");
    }

    #[test]
    fn a_moved_line_leaves_its_old_place_drawn() {
        let tracks = Tracks { columns: 3, line: Some(1), ghost: Some(2) };
        assert_eq!([0, 1, 2].map(|c| tracks.column(c)), [2, 4, 6]);
        assert_eq!((tracks.line_track(), tracks.ghost_track()), (3, 5));
        let tracks = Tracks { columns: 3, line: Some(3), ghost: Some(0) };
        assert_eq!([0, 1, 2].map(|c| tracks.column(c)), [3, 4, 5]);
        assert_eq!((tracks.ghost_track(), tracks.line_track()), (2, 6));
    }
}
