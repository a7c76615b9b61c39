//! The mini strip of a fleet row: the set's ordinals in a line, low left, high right.
//!
//! Up to 12 ordinals are cells, up to 40 bars; above that, runs in proportion. It is written as markup in one piece: a
//! row of the fleet may change several times a second, and its cells carry no text of anybody's.

use std::fmt::Write;

use leptos::prelude::*;
use model::strip::{Cell, State};
use model::wire::{RevisionRole, SetRow};
use model::words;

use super::revision::role_attr;

/// More ordinals than this are bars.
const CELLS: usize = 12;
/// More ordinals than this are runs.
const BARS: usize = 40;
/// Width of the runs, in px.
const RUNS_PX: f64 = 136.0;

/// The strip of a row, with a sentence for those who do not see it.
pub fn mini_strip(row: &SetRow) -> impl IntoView + use<> {
    let cells: Vec<Cell> = row.strip.chars().map(Cell::decode).collect();
    let class = match cells.len() {
        0..=CELLS => "mini",
        n if n <= BARS => "mini bar",
        _ => "mini run",
    };
    let boundary =
        row.boundary.and_then(|b| b.checked_sub(row.start)).map(|b| (b as usize).min(cells.len()));
    let markup = if cells.len() > BARS { runs(&cells, boundary) } else { marks(&cells, boundary) };
    view! { <span class=class role="img" aria-label=describe(row, &cells) inner_html=markup></span> }
}

fn marks(cells: &[Cell], boundary: Option<usize>) -> String {
    let mut out = String::with_capacity(cells.len() * 34);
    for (n, cell) in cells.iter().enumerate() {
        if boundary == Some(n) {
            out.push_str("<b></b>");
        }
        match cell {
            Cell::Pod(role, state) => {
                let state = match state {
                    State::Ready => "",
                    State::Starting => " data-r=\"no\"",
                    State::Failing => " data-r=\"bad\"",
                    State::Ending => " data-r=\"end\"",
                };
                // Writing into a string does not fail.
                let _ = write!(out, "<i data-rev=\"{}\"{state}></i>", role_attr(*role));
            }
            Cell::Missing => out.push_str("<i data-ghost=\"missing\"></i>"),
            Cell::Leaving => out.push_str("<i data-ghost=\"leaving\"></i>"),
            Cell::ClaimOnly => out.push_str("<i data-ghost=\"claim\"></i>"),
            Cell::Nothing => out.push_str("<i data-ghost=\"none\"></i>"),
        }
    }
    if boundary == Some(cells.len()) {
        out.push_str("<b></b>");
    }
    out
}

/// What cells of a run have in common.
fn look(cell: Cell) -> &'static str {
    match cell {
        Cell::Pod(_, State::Failing) => "bad",
        Cell::Pod(RevisionRole::Current, State::Ready) => "cur",
        Cell::Pod(RevisionRole::Update, State::Ready) => "upd",
        Cell::Pod(RevisionRole::Stray, State::Ready) => "str",
        Cell::Pod(..) => "no",
        _ => "ghost",
    }
}

fn runs(cells: &[Cell], boundary: Option<usize>) -> String {
    #[expect(clippy::cast_precision_loss, reason = "a set has no 2^53 pods")]
    let px = |n: usize| n as f64 * RUNS_PX / cells.len() as f64;
    let mut out = format!("<svg class=\"runs\" width=\"{RUNS_PX}\" height=\"22\">");
    let mut marks = String::new();
    let mut from = 0;
    for run in cells.chunk_by(|a, b| look(*a) == look(*b)) {
        let look = look(run[0]);
        // A single failing pod among 300 must still be seen.
        let width = px(run.len()).max(if look == "bad" { 3.0 } else { 0.5 });
        let target = if look == "bad" { &mut marks } else { &mut out };
        let (y, height) = if look == "bad" { (0, 22) } else { (3, 16) };
        let x = px(from);
        let _ = write!(
            target,
            "<rect class=\"{look}\" x=\"{x:.1}\" y=\"{y}\" width=\"{width:.1}\" height=\"{height}\"/>"
        );
        if matches!(look, "upd" | "str") {
            let _ = write!(
                target,
                "<rect fill=\"url(#p-{look})\" x=\"{x:.1}\" y=\"{y}\" width=\"{width:.1}\" height=\"{height}\"/>"
            );
        }
        from += run.len();
    }
    out.push_str(&marks);
    if let Some(b) = boundary {
        let x = (px(b) - 1.0).clamp(0.0, RUNS_PX - 2.0);
        let _ = write!(
            out,
            "<rect class=\"line\" x=\"{x:.1}\" y=\"0\" width=\"2\" height=\"22\"/>\
             <rect class=\"line\" x=\"{:.1}\" y=\"0\" width=\"6\" height=\"4\"/>",
            (x - 2.0).clamp(0.0, RUNS_PX - 6.0)
        );
    }
    let _ = write!(out, "</svg><span class=\"n\">{}</span>", cells.len());
    out
}

/// The strip in one sentence: "5 pods: orders-db-0 to orders-db-2 on r6; orders-db-3 and orders-db-4 on r7".
pub fn describe(row: &SetRow, cells: &[Cell]) -> String {
    let label = |role: RevisionRole| {
        row.revisions
            .iter()
            .find(|r| r.role == role)
            .map_or("an earlier revision", |r| r.label.as_str())
    };
    let pods = cells.iter().filter(|c| matches!(c, Cell::Pod(..) | Cell::Leaving)).count();
    let mut groups: Vec<(String, Vec<u32>)> = Vec::new();
    for (cell, ordinal) in cells.iter().zip(row.start..) {
        let what = match cell {
            Cell::Pod(role, State::Ready) => format!("on {}", label(*role)),
            Cell::Pod(role, State::Starting) => format!("not Ready yet on {}", label(*role)),
            Cell::Pod(role, State::Failing) => format!("failing on {}", label(*role)),
            Cell::Pod(_, State::Ending) => "ending".to_owned(),
            Cell::Missing => "missing".to_owned(),
            Cell::Leaving => "leaving".to_owned(),
            Cell::ClaimOnly => "gone, with claims left behind".to_owned(),
            Cell::Nothing => continue,
        };
        match groups.iter_mut().find(|(w, _)| *w == what) {
            Some((_, ordinals)) => ordinals.push(ordinal),
            None => groups.push((what, vec![ordinal])),
        }
    }
    let parts: Vec<String> = groups
        .into_iter()
        .map(|(what, ordinals)| {
            if cells.len() > BARS && ordinals.len() > 3 {
                format!("{} {what}", ordinals.len())
            } else {
                format!("{} {what}", words::pods(&row.name, ordinals))
            }
        })
        .collect();
    let head = words::count(pods, "pod");
    if parts.is_empty() { head } else { format!("{head}: {}", parts.join("; ")) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::live::feed::fixture::row;
    use model::wire::RevisionRef;

    fn set(strip: &str, boundary: Option<u32>) -> SetRow {
        let revision = |label: &str, role| RevisionRef {
            name: format!("db-{label}"),
            label: label.into(),
            role,
            image: None,
        };
        let mut row = row("shop", "db");
        row.strip = strip.into();
        row.boundary = boundary;
        row.revisions =
            vec![revision("r6", RevisionRole::Current), revision("r7", RevisionRole::Update)];
        row
    }

    fn cells(strip: &str) -> Vec<Cell> {
        strip.chars().map(Cell::decode).collect()
    }

    #[test]
    fn the_sentence_names_pods_by_revision_and_state() {
        let row = set("cccUu", Some(3));
        assert_eq!(
            describe(&row, &cells(&row.strip)),
            "5 pods: db-0 to db-2 on r6; db-3 not Ready yet on r7; db-4 on r7"
        );
    }

    #[test]
    fn ordinals_count_from_the_sets_start() {
        let mut row = set("cx", None);
        row.start = 10;
        assert_eq!(describe(&row, &cells(&row.strip)), "2 pods: db-10 on r6; db-11 failing on r6");
    }

    #[test]
    fn a_large_set_is_counted_and_its_exceptions_are_named() {
        let strip = format!("{}y{}", "c".repeat(193), "u".repeat(106));
        let row = set(&strip, None);
        assert_eq!(
            describe(&row, &cells(&row.strip)),
            "300 pods: 193 on r6; db-193 failing on r7; 106 on r7"
        );
    }

    #[test]
    fn the_boundary_stands_before_its_ordinal_and_after_the_last() {
        assert_eq!(
            marks(&cells("cu"), Some(1)),
            "<i data-rev=\"cur\"></i><b></b><i data-rev=\"upd\"></i>"
        );
        assert!(marks(&cells("cc"), Some(2)).ends_with("<b></b>"));
        assert!(!marks(&cells("cc"), None).contains("<b>"));
    }

    #[test]
    fn a_failing_pod_among_many_stays_visible() {
        let strip = format!("{}x{}", "c".repeat(150), "c".repeat(149));
        let markup = runs(&cells(&strip), None);
        assert!(markup.contains("class=\"bad\" x=\"68.0\" y=\"0\" width=\"3.0\""), "{markup}");
        assert!(markup.ends_with("<span class=\"n\">300</span>"));
    }

    #[test]
    fn no_markup_carries_a_style_attribute() {
        let strip = "cuxyzsSUCefg.-_ ".repeat(4);
        for markup in [runs(&cells(&strip), Some(7)), marks(&cells(&strip), Some(7))] {
            assert!(!markup.contains("style"), "{markup}");
        }
    }
}
