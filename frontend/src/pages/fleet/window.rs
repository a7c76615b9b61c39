//! Which lines of a long table are in the document: those near the viewport.

use super::layout::Item;

/// Up to this many rows all of them are in the document.
pub(super) const ALL_BELOW: usize = 60;
/// This far (px) above and below the viewport lines are kept ready.
pub(super) const MARGIN_PX: f64 = 600.0;
/// Windows begin at multiples of this many lines, so that scrolling by a few pixels changes nothing.
const STEP: usize = 8;

/// Heights of the lines, in px; the style sheet sets the same.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Heights {
    pub row: f64,
    /// A row whose sentence has one line.
    pub short: f64,
    pub group: f64,
}

impl Heights {
    /// Rows side by side.
    pub(super) const WIDE: Self = Self { row: 38.0, short: 38.0, group: 30.0 };
    /// Rows stacked, on phones.
    pub(super) const STACKED: Self = Self { row: 104.0, short: 87.0, group: 30.0 };

    /// The heights of all lines, from the first: what a row has depends on the heading above it.
    pub(super) fn of(self, items: &[Item]) -> impl Iterator<Item = f64> {
        items.iter().scan(self.row, move |row, item| {
            Some(match item {
                Item::Group(group, _) => {
                    *row = if group.is_short() { self.short } else { self.row };
                    self.group
                }
                Item::Row(_) => *row,
            })
        })
    }
}

/// How much is kept ready before the first frame is painted: the less there is to make, the sooner one sees something.
pub(super) const FIRST_PX: f64 = 0.0;

/// The part of the lines that is in the document.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Window {
    pub from: usize,
    pub to: usize,
    /// Height of what is left out above and below, in px.
    pub above: f64,
    pub below: f64,
}

impl Window {
    /// The lines that are in the document.
    pub(super) fn lines(self, items: &[Item]) -> &[Item] {
        let to = self.to.min(items.len());
        &items[self.from.min(to)..to]
    }
}

/// The window for lines that begin at `top` px above (positive) or below (negative) the viewport's upper edge, with `margin` px
/// more on both sides.
pub(super) fn window(
    items: &[Item],
    rows: usize,
    heights: Heights,
    (top, view): (f64, f64),
    margin: f64,
) -> Window {
    if rows <= ALL_BELOW && margin >= MARGIN_PX {
        return Window { from: 0, to: items.len(), above: 0.0, below: 0.0 };
    }
    let (first, last) = (top - margin, top + view + margin);
    let (mut y, mut from, mut to) = (0.0, None, items.len());
    for (n, height) in heights.of(items).enumerate() {
        let bottom = y + height;
        if from.is_none() && bottom > first {
            from = Some(n);
        }
        if y >= last {
            to = n;
            break;
        }
        y = bottom;
    }
    // For the first frame every line counts.
    let step = if margin < MARGIN_PX { 1 } else { STEP };
    let from = from.unwrap_or(items.len().saturating_sub(1)) / step * step;
    let to = to.div_ceil(step).saturating_mul(step).clamp(from, items.len());
    let above = offset(items, from, heights);
    let below = offset(items, items.len(), heights) - offset(items, to, heights);
    Window { from, to, above, below }
}

/// Where a line begins, in px from the first.
pub(super) fn offset(items: &[Item], line: usize, heights: Heights) -> f64 {
    heights.of(items).take(line).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pages::fleet::layout::Group;
    use model::set::SetKey;

    fn items(rows: usize) -> Vec<Item> {
        let mut items = vec![Item::Group(Group::Settled, rows)];
        items.extend((0..rows).map(|n| Item::Row(SetKey::new("shop", format!("s{n}")))));
        items
    }

    fn at(items: &[Item], top: f64) -> Window {
        window(items, items.len() - 1, Heights::WIDE, (top, 900.0), MARGIN_PX)
    }

    #[test]
    fn a_short_table_is_there_as_a_whole() {
        let items = items(60);
        let w = at(&items, 0.0);
        assert_eq!((w.from, w.to), (0, 61));
        let first = window(&items, 60, Heights::WIDE, (0.0, 900.0), FIRST_PX);
        assert!((24..=26).contains(&first.to), "at first only what one sees: {first:?}");
    }

    #[test]
    fn a_long_table_keeps_only_what_is_near_and_its_full_height() {
        let items = items(1_000);
        let full = offset(&items, items.len(), Heights::WIDE);
        for top in [-200.0, 0.0, 5_000.0, 20_000.0, 37_500.0, 90_000.0] {
            let w = at(&items, top);
            assert!(w.to - w.from <= 80, "{w:?}");
            let shown = offset(&items, w.to, Heights::WIDE) - offset(&items, w.from, Heights::WIDE);
            assert!((w.above + shown + w.below - full).abs() < 0.01, "{w:?}");
        }
    }

    #[test]
    fn rows_of_settled_sets_are_shorter_where_they_are_stacked() {
        let (settled, held) = (Group::Settled, Group::Attention);
        let row = |name| Item::Row(SetKey::new("shop", name));
        let items = [Item::Group(held, 1), row("a"), Item::Group(settled, 2), row("b"), row("c")];
        let heights: Vec<f64> = Heights::STACKED.of(&items).collect();
        assert_eq!(heights, [30.0, 104.0, 30.0, 87.0, 87.0]);
        let wide: Vec<f64> = Heights::WIDE.of(&items).collect();
        assert_eq!(wide, [30.0, 38.0, 30.0, 38.0, 38.0]);
    }

    #[test]
    fn what_is_in_the_viewport_is_in_the_window() {
        let items = items(1_000);
        for top in 0..200 {
            let top = f64::from(top) * 180.0;
            let w = at(&items, top);
            let begins = offset(&items, w.from, Heights::WIDE);
            let ends = offset(&items, w.to, Heights::WIDE);
            assert!(begins <= top, "{top}: {w:?}");
            assert!(ends >= (top + 900.0).min(38_030.0), "{top}: {w:?}");
        }
    }

    #[test]
    fn a_few_pixels_do_not_move_the_window() {
        let items = items(1_000);
        assert_eq!(at(&items, 10_000.0), at(&items, 10_010.0));
    }
}
