//! Which rows stand where: filtered, grouped, ordered, counted.

use std::collections::BTreeMap;
use std::sync::Arc;

use model::set::SetKey;
use model::status::StatusKind;
use model::wire::SetRow;

use super::filter::Filter;
use super::sort::{Place, place};

/// The groups of the page, from the top down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Group {
    Attention,
    Moving,
    Unknown,
    Settled,
    NoAccess,
}

impl Group {
    pub(super) fn of(kind: StatusKind) -> Self {
        match kind {
            _ if kind.needs_attention() => Self::Attention,
            _ if kind.is_moving() => Self::Moving,
            StatusKind::NoAccess => Self::NoAccess,
            StatusKind::Settled => Self::Settled,
            _ => Self::Unknown,
        }
    }

    pub(super) fn title(self) -> &'static str {
        match self {
            Self::Attention => "Needs attention",
            Self::Moving => "Moving",
            Self::Unknown => "Not known",
            Self::Settled => "Settled",
            Self::NoAccess => "No access",
        }
    }

    /// Whether one line has room for the sentences of its sets, where rows are stacked. A row has the height of the group that it
    /// stands in, even while its set belongs to another one by now.
    pub(super) fn is_short(self) -> bool {
        matches!(self, Self::Settled | Self::NoAccess)
    }

    /// How its rows are ordered by themselves, or why they are there.
    pub(super) fn hint(self) -> &'static str {
        match self {
            Self::Attention => "longest waiting first within each status",
            Self::Moving => "by themselves",
            Self::Unknown => "the panel cannot judge these",
            Self::Settled => "last changed first",
            Self::NoAccess => "the API server does not show you their pods",
        }
    }
}

/// A line of the table.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Item {
    Group(Group, usize),
    Row(SetKey),
}

/// Everything about the page that is not the content of a row.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Layout {
    /// What was asked for.
    pub filter: Filter,
    /// Headings and rows from the top down.
    pub items: Vec<Item>,
    /// The rows alone, in the same order.
    pub rows: Vec<SetKey>,
    /// Sets by status, as far as text and namespace let them through.
    pub counts: Arc<BTreeMap<StatusKind, usize>>,
    /// Sets by namespace, as far as the text lets them through.
    pub namespaces: Arc<BTreeMap<String, usize>>,
    /// All sets of the fleet.
    pub all: usize,
    /// Sets of the whole fleet that wait for a person, and that move.
    pub waiting: usize,
    pub moving: usize,
    /// Namespaces of the whole fleet.
    pub all_namespaces: usize,
    /// Marked sets, as far as text and namespace let them through.
    pub marked: usize,
    /// The lines stand as they stood: somebody is in the table, and the order is another one by now.
    pub waits: bool,
}

impl Layout {
    pub(super) fn of<'a>(
        rows: impl Iterator<Item = &'a SetRow>,
        filter: Filter,
        favourites: &[SetKey],
    ) -> Self {
        let mut layout = Self::default();
        let (mut counts, mut namespaces) = (BTreeMap::new(), BTreeMap::new());
        let mut seen = std::collections::HashSet::new();
        let mut places: Vec<Place> = Vec::new();
        for row in rows {
            let kind = row.status.kind;
            layout.all += 1;
            layout.waiting += usize::from(kind.needs_attention());
            layout.moving += usize::from(kind.is_moving());
            seen.insert(row.namespace.as_str());
            if filter.matches_text(row) {
                *namespaces.entry(row.namespace.clone()).or_default() += 1;
            }
            if filter.matches_but_for_status(row) {
                let marked =
                    favourites.iter().any(|f| f.name == row.name && f.namespace == row.namespace);
                layout.marked += usize::from(marked);
                if filter.favourites && !marked {
                    continue;
                }
                *counts.entry(kind).or_default() += 1;
                if filter.wants(kind) {
                    places.push(place(row, filter.sort));
                }
            }
        }
        layout.all_namespaces = seen.len();
        places.sort_unstable();
        for group in places.chunk_by(|a, b| a.0 == b.0) {
            layout.items.push(Item::Group(group[0].0, group.len()));
            for (.., key) in group {
                layout.items.push(Item::Row(key.clone()));
                layout.rows.push(key.clone());
            }
        }
        layout.filter = filter;
        layout.counts = Arc::new(counts);
        layout.namespaces = Arc::new(namespaces);
        layout
    }

    /// This, with the lines in the order in which they stand on the page. What somebody asks for is done at once: only
    /// changes of the cluster wait.
    pub(super) fn kept(mut self, shown: &Self) -> Self {
        let table = !self.rows.is_empty() && !shown.rows.is_empty();
        if table && self.items != shown.items && self.filter == shown.filter {
            self.items.clone_from(&shown.items);
            self.rows.clone_from(&shown.rows);
            self.waits = true;
        }
        self
    }

    /// On which line (from 0) a set stands, and in which group.
    pub(super) fn place(&self, key: &SetKey) -> Option<(usize, Group)> {
        let line = self.items.iter().position(|i| matches!(i, Item::Row(k) if k == key))?;
        let group = self.items[..line].iter().rev().find_map(|i| match i {
            Item::Group(group, _) => Some(*group),
            Item::Row(_) => None,
        })?;
        Some((line, group))
    }

    /// Sets that text and namespace let through.
    pub(super) fn counted(&self) -> usize {
        self.counts.values().sum()
    }
}

#[cfg(test)]
mod tests {
    use super::super::sort::Sort;
    use super::*;
    use crate::live::feed::fixture::row;
    use jiff::Timestamp;
    use model::wire::{Actor, Source};

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("a small number")
    }

    fn set(name: &str, kind: StatusKind, since: Option<i64>) -> SetRow {
        let mut row = row("shop", name);
        row.status.kind = kind;
        row.status.since = since.map(at);
        row
    }

    fn names(layout: &Layout) -> Vec<&str> {
        layout.rows.iter().map(|k| k.name.as_str()).collect()
    }

    #[test]
    fn what_needs_attention_comes_first_and_waits_longest_first() {
        let rows = [
            set("settled", StatusKind::Settled, None),
            set("rolling", StatusKind::Rolling, Some(1)),
            set("held-new", StatusKind::Held, Some(50)),
            set("held-old", StatusKind::Held, Some(10)),
            set("held-ever", StatusKind::Held, None),
            set("stuck", StatusKind::Stuck, Some(90)),
            set("trapped", StatusKind::Trapped, Some(99)),
            set("locked", StatusKind::NoAccess, None),
            set("odd", StatusKind::Unknown, None),
        ];
        let layout = Layout::of(rows.iter(), Filter::default(), &[]);
        assert_eq!(
            names(&layout),
            [
                "trapped",
                "stuck",
                "held-old",
                "held-new",
                "held-ever",
                "rolling",
                "odd",
                "settled",
                "locked"
            ]
        );
        assert_eq!(layout.items[0], Item::Group(Group::Attention, 5));
        assert_eq!(layout.place(&SetKey::new("shop", "held-old")), Some((3, Group::Attention)));
        assert_eq!(layout.place(&SetKey::new("shop", "settled")), Some((11, Group::Settled)));
        assert_eq!(layout.place(&SetKey::new("shop", "gone")), None);
        assert_eq!((layout.all, layout.waiting, layout.moving), (9, 5, 1));
    }

    #[test]
    fn settled_sets_stand_by_their_last_change() {
        let changed = |name, second| {
            let mut row = set(name, StatusKind::Settled, None);
            row.last_change = Some(Actor {
                source: Source::Outside,
                name: None,
                at: Some(at(second)),
                reason: None,
            });
            row
        };
        let rows = [changed("old", 1), set("never", StatusKind::Settled, None), changed("new", 9)];
        let layout = Layout::of(rows.iter(), Filter::default(), &[]);
        assert_eq!(names(&layout), ["new", "old", "never"]);
    }

    #[test]
    fn chips_count_what_the_other_filters_let_through() {
        let rows = [
            set("web-a", StatusKind::Held, None),
            set("web-b", StatusKind::Settled, None),
            set("db", StatusKind::Settled, None),
        ];
        let layout = Layout::of(rows.iter(), Filter::new("web", None, "held"), &[]);
        assert_eq!(names(&layout), ["web-a"]);
        assert_eq!(layout.counts[&StatusKind::Settled], 1);
        assert_eq!((layout.counted(), layout.all), (2, 3));
        assert_eq!(layout.namespaces["shop"], 2);
    }

    #[test]
    fn a_layout_does_not_depend_on_the_order_of_arrival() {
        let mut rows: Vec<SetRow> = (0..20)
            .map(|n| {
                let kind = StatusKind::ALL[n % StatusKind::ALL.len()];
                set(&format!("s{n}"), kind, Some(i64::try_from(n).expect("small") % 3))
            })
            .collect();
        let one = Layout::of(rows.iter(), Filter::default(), &[]);
        rows.reverse();
        assert_eq!(one, Layout::of(rows.iter(), Filter::default(), &[]));
    }

    #[test]
    fn every_order_leaves_what_needs_attention_first() {
        let rows = [
            set("b", StatusKind::Settled, Some(5)),
            set("a", StatusKind::Settled, Some(9)),
            set("z", StatusKind::Held, Some(7)),
            set("y", StatusKind::Stuck, Some(8)),
        ];
        let by = |sort| {
            let layout = Layout::of(rows.iter(), Filter::default().sorted(sort), &[]);
            names(&layout).join(" ")
        };
        assert_eq!(by(Sort::Urgency), "y z a b");
        assert_eq!(by(Sort::Name), "y z a b");
        assert_eq!(by(Sort::Age), "z y b a");
    }

    #[test]
    fn favourites_are_counted_and_can_be_all_that_is_shown() {
        let rows = [set("a", StatusKind::Held, None), set("b", StatusKind::Settled, None)];
        let marked = [SetKey::new("shop", "b"), SetKey::new("shop", "gone")];
        let all = Layout::of(rows.iter(), Filter::default(), &marked);
        assert_eq!((names(&all), all.marked), (vec!["a", "b"], 1));
        let only = Layout::of(rows.iter(), Filter::default().with_favourites(true), &marked);
        assert_eq!((names(&only), only.marked, only.all), (vec!["b"], 1, 2));
    }

    #[test]
    fn while_somebody_is_in_the_table_the_lines_keep_their_places() {
        let before = [set("a", StatusKind::Settled, None), set("b", StatusKind::Settled, None)];
        let after = [set("a", StatusKind::Settled, None), set("b", StatusKind::Stuck, None)];
        let shown = Layout::of(before.iter(), Filter::default(), &[]);
        let wanted = Layout::of(after.iter(), Filter::default(), &[]);
        let kept = wanted.clone().kept(&shown);
        assert_eq!((names(&kept), kept.waits, kept.waiting), (vec!["a", "b"], true, 1));
        assert_eq!(names(&wanted), ["b", "a"]);
        let asked = Layout::of(after.iter(), Filter::default().sorted(Sort::Name), &[]);
        assert!(!asked.clone().kept(&shown).waits, "somebody asked for another order");
        assert!(!shown.clone().kept(&shown).waits);
        let loading = Layout::default();
        assert!(!shown.kept(&loading).waits, "there was no line yet");
    }
}
