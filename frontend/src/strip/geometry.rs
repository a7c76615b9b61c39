//! Which form the strip takes, and where things stand in it. Lengths are CSS pixels.

use model::strip::{Cell, State};
use model::wire::RevisionRole;

/// Width of the lane labels.
pub const LANE: f64 = 68.0;
/// Least width of a column.
pub const COLUMN: f64 = 112.0;
/// Width of the handle's column.
pub const GATE: f64 = 24.0;
/// Space between columns.
pub const GAP: f64 = 8.0;
/// Space on the left and right of the strip, together.
pub const PADDING: f64 = 32.0;
/// From here down the strip stands upright, highest ordinal on top.
pub const PHONE: f64 = 612.0;
/// More ordinals than this do not stand upright in full.
const UPRIGHT_MAX: usize = 12;
/// Least width of a bar with its gap; below it bars are put together.
const BAR: f64 = 4.0;

/// How the strip is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Every ordinal in full, side by side.
    Full,
    /// Every ordinal in full, one below the other.
    Upright,
    /// A bar for each ordinal (or `per` of them), and a window of `window` ordinals in full.
    Overview { per: usize, window: usize },
    /// The same on a narrow screen: the window's ordinals are rows.
    Rows { per: usize, window: usize },
}

impl Form {
    /// Whether only a window of ordinals is drawn in full.
    pub fn window(self) -> Option<usize> {
        match self {
            Self::Overview { window, .. } | Self::Rows { window, .. } => Some(window),
            _ => None,
        }
    }
}

/// The form for a strip of `width` with so many columns, and with or without a handle.
pub fn form(width: f64, columns: usize, gate: bool) -> Form {
    let per = per_bar(width, columns);
    if width <= PHONE {
        return if columns <= UPRIGHT_MAX { Form::Upright } else { Form::Rows { per, window: 5 } };
    }
    if full_width(columns, gate) <= width {
        return Form::Full;
    }
    Form::Overview { per, window: if width < 840.0 { 3 } else { 5 } }
}

#[expect(clippy::cast_precision_loss, reason = "a strip has at most 5000 columns")]
fn full_width(columns: usize, gate: bool) -> f64 {
    let gate = if gate { GATE + GAP } else { 0.0 };
    PADDING + LANE + gate + columns as f64 * (COLUMN + GAP)
}

#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a strip has at most 5000 columns, and the quotient is positive"
)]
fn per_bar(width: f64, columns: usize) -> usize {
    let room = ((width - PADDING) / BAR).floor().max(1.0);
    ((columns as f64 / room).ceil() as usize).max(1)
}

/// Which ordinals the window shows: `size` of `len`, around `centre`.
pub fn window(len: usize, size: usize, centre: usize) -> std::ops::Range<usize> {
    let size = size.min(len);
    let from = centre.saturating_sub(size / 2).min(len - size);
    from..from + size
}

/// One bar of the overview.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bar {
    /// The columns it stands for.
    pub from: usize,
    pub to: usize,
    /// The worst of them.
    pub cell: Cell,
    pub x: f64,
    pub width: f64,
}

/// The overview: bars over the whole width, and the boundary.
#[derive(Clone, Debug, PartialEq)]
pub struct Bars {
    pub bars: Vec<Bar>,
    /// Middle of the line between the bars that stay and those that get the update.
    pub line: Option<f64>,
    pub width: f64,
}

/// Room for the boundary between two bars.
const LINE: f64 = 8.0;

/// Bars for `cells`, at most `per` cells each, never across the boundary before column `boundary`.
#[expect(clippy::cast_precision_loss, reason = "a strip has at most 5000 columns")]
pub fn bars(cells: &[Cell], per: usize, boundary: Option<usize>, width: f64) -> Bars {
    let cut = boundary.unwrap_or(0).min(cells.len());
    let mut groups: Vec<(usize, usize)> = Vec::new();
    for (start, end) in [(0, cut), (cut, cells.len())] {
        let mut from = start;
        while from < end {
            let to = (from + per).min(end);
            groups.push((from, to));
            from = to;
        }
    }
    let room = (width - if boundary.is_some() { LINE } else { 0.0 }).max(1.0);
    let each = room / (cells.len().max(1) as f64);
    let gap = if each * per as f64 >= 6.0 { 2.0 } else { 1.0 };
    let mut x = 0.0;
    let mut line = boundary.filter(|b| *b == 0).map(|_| LINE / 2.0);
    if line.is_some() {
        x = LINE;
    }
    let mut bars = Vec::with_capacity(groups.len());
    for (from, to) in groups {
        if boundary == Some(from) && from > 0 {
            line = Some(x + LINE / 2.0);
            x += LINE;
        }
        let broad = each * (to - from) as f64;
        bars.push(Bar {
            from,
            to,
            cell: worst(&cells[from..to]),
            x,
            width: (broad - gap).max(1.0),
        });
        x += broad;
    }
    if boundary.is_some_and(|b| b >= cells.len()) {
        line = Some(x + LINE / 2.0);
    }
    Bars { bars, line, width }
}

impl Bars {
    /// The column under a pointer.
    pub fn column_at(&self, x: f64) -> usize {
        let bar = self.bars.iter().take_while(|b| b.x <= x).last().or(self.bars.first());
        bar.map_or(0, |b| {
            #[expect(
                clippy::cast_precision_loss,
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "within one bar"
            )]
            let within = ((x - b.x).max(0.0) / b.width * (b.to - b.from) as f64) as usize;
            (b.from + within).min(b.to - 1)
        })
    }

    /// Left edge and width of the frame around the columns `range`.
    #[expect(clippy::cast_precision_loss, reason = "a strip has at most 5000 columns")]
    pub fn frame(&self, range: &std::ops::Range<usize>) -> (f64, f64) {
        let edge = |column: usize, end: bool| {
            self.bars.iter().find(|b| b.from <= column && column < b.to).map_or(0.0, |b| {
                let part = (column - b.from + usize::from(end)) as f64 / (b.to - b.from) as f64;
                b.x + b.width * part
            })
        };
        if range.is_empty() {
            return (0.0, 0.0);
        }
        let (left, right) = (edge(range.start, false), edge(range.end - 1, true));
        (left, (right - left).max(2.0))
    }

    /// Middles of the columns, for the handle.
    pub fn middles(&self) -> Vec<f64> {
        self.bars
            .iter()
            .flat_map(|b| {
                (b.from..b.to).map(|c| {
                    let (left, width) = self.frame(&(c..c + 1));
                    left + width / 2.0
                })
            })
            .collect()
    }
}

/// The worst of some cells: failing, then missing, starting, ending, ghosts, Ready.
fn worst(cells: &[Cell]) -> Cell {
    cells.iter().copied().max_by_key(|c| rank(*c)).unwrap_or(Cell::Nothing)
}

fn rank(cell: Cell) -> u8 {
    match cell {
        Cell::Pod(_, State::Failing) => 6,
        Cell::Missing => 5,
        Cell::Pod(_, State::Starting | State::Ending) => 4,
        Cell::Leaving => 3,
        Cell::Pod(RevisionRole::Stray, State::Ready) => 2,
        Cell::Pod(_, State::Ready) => 1,
        Cell::ClaimOnly | Cell::Nothing => 0,
    }
}

/// Ordinals to write below the overview: the ends and round numbers, at most about ten.
pub fn scale(first: u32, len: usize) -> Vec<u32> {
    let len = u32::try_from(len).unwrap_or(u32::MAX);
    let last = first + len.saturating_sub(1);
    let step = [5, 10, 20, 50, 100, 200, 500, 1000].into_iter().find(|s| len / s <= 10);
    let step = step.unwrap_or(1000);
    let mut marks = vec![first];
    let inner = (first / step + 1) * step;
    marks.extend((inner..last).step_by(step as usize).filter(|m| {
        // Not so close to an end that the figures touch.
        (m - first) * 3 >= step && (last - m) * 3 >= step
    }));
    if last > first {
        marks.push(last);
    }
    marks
}

#[cfg(test)]
mod tests {
    use super::*;

    const READY: Cell = Cell::Pod(RevisionRole::Current, State::Ready);
    const FAILS: Cell = Cell::Pod(RevisionRole::Current, State::Failing);

    #[test]
    fn the_full_form_needs_room_for_every_column() {
        let needs = PADDING + LANE + GATE + GAP + 5.0 * (COLUMN + GAP);
        assert_eq!(form(needs, 5, true), Form::Full);
        assert_eq!(form(needs - 1.0, 5, true), Form::Overview { per: 1, window: 3 });
        assert_eq!(form(1392.0, 40, true), Form::Overview { per: 1, window: 5 });
        assert_eq!(form(1392.0, 1000, true), Form::Overview { per: 3, window: 5 });
    }

    #[test]
    fn a_phone_stands_few_ordinals_upright_and_lists_many() {
        assert_eq!(form(360.0, 5, true), Form::Upright);
        assert_eq!(form(360.0, 40, true), Form::Rows { per: 1, window: 5 });
    }

    #[test]
    fn the_window_stays_inside() {
        assert_eq!(window(40, 5, 20), 18..23);
        assert_eq!(window(40, 5, 0), 0..5);
        assert_eq!(window(40, 5, 39), 35..40);
        assert_eq!(window(3, 5, 1), 0..3);
    }

    #[test]
    fn a_bar_shows_the_worst_and_none_crosses_the_boundary() {
        let mut cells = vec![READY; 10];
        cells[4] = FAILS;
        let bars = bars(&cells, 4, Some(6), 100.0);
        let spans: Vec<_> = bars.bars.iter().map(|b| (b.from, b.to, b.cell == FAILS)).collect();
        assert_eq!(spans, [(0, 4, false), (4, 6, true), (6, 10, false)]);
        let line = bars.line.expect("there is a boundary");
        assert!(bars.bars[1].x + bars.bars[1].width <= line && line <= bars.bars[2].x);
    }

    #[test]
    fn a_pointer_finds_the_column_it_is_over() {
        let cells = vec![READY; 40];
        let bars = bars(&cells, 1, Some(28), 800.0);
        for column in [0, 27, 28, 39] {
            let (left, width) = bars.frame(&(column..column + 1));
            assert_eq!(bars.column_at(left + width / 2.0), column);
        }
        assert_eq!(bars.column_at(-5.0), 0);
        assert_eq!(bars.column_at(5000.0), 39);
    }

    #[test]
    fn the_boundary_stands_at_the_ends_too() {
        let cells = vec![READY; 4];
        assert!(bars(&cells, 1, Some(0), 100.0).line.expect("line") < 10.0);
        assert!(bars(&cells, 1, Some(4), 100.0).line.expect("line") > 90.0);
        assert_eq!(bars(&cells, 1, None, 100.0).line, None);
    }

    #[test]
    fn the_scale_names_both_ends_and_round_ordinals() {
        assert_eq!(scale(0, 40), [0, 5, 10, 15, 20, 25, 30, 35, 39]);
        assert_eq!(scale(0, 300), [0, 50, 100, 150, 200, 250, 299]);
        assert_eq!(scale(7, 1), [7]);
    }
}
