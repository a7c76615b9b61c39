//! The lines of many logs as markup: in one list, or side by side.

use std::fmt::Write as _;

use model::words;

use super::held::Entry;
use crate::log::lines::escape;

/// Seconds that are shown side by side; earlier ones are in the list.
pub const SECONDS: usize = 400;

/// A pod whose log is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    pub ordinal: u32,
    pub pod: String,
    /// `data-rev` of its ordinal: the colour of its revision.
    pub role: &'static str,
    /// Label of its revision; of a pod that is not there now, that it is not.
    pub revision: String,
    /// Whether the pod is there now: one that is made anew keeps its place meanwhile.
    pub there: bool,
}

/// The ordinals whose pods are there now.
pub fn there(columns: &[Column]) -> Vec<u32> {
    columns.iter().filter(|c| c.there).map(|c| c.ordinal).collect()
}

/// What is shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rows {
    pub rows: Vec<String>,
    /// Lines in them.
    pub lines: usize,
    /// Of those, the ones that stand in another's row because they are equal.
    pub folded: usize,
    /// Seconds before those that are shown.
    pub earlier: usize,
}

/// A line, and the other pods that wrote the same in the same second.
struct Said<'a> {
    entry: &'a Entry,
    others: Vec<u32>,
}

fn shown<'a>(entries: &'a [Entry], columns: &[Column], search: &str) -> Vec<&'a Entry> {
    let wanted = |e: &&Entry| {
        columns.iter().any(|c| c.ordinal == e.ordinal) && (search.is_empty() || e.line.has(search))
    };
    entries.iter().filter(wanted).collect()
}

/// One list: what several pods write in the same second is one line.
pub fn merged(entries: &[Entry], columns: &[Column], set: &str, search: &str) -> Rows {
    let all = shown(entries, columns, search);
    let mut out = Rows { lines: all.len(), ..Rows::default() };
    let mut day = "";
    for second in all.chunk_by(|a, b| a.second() == b.second()) {
        if second[0].day() != day {
            day = second[0].day();
            out.rows.push(format!("<li class=\"day\">{day}</li>"));
        }
        let mut said: Vec<Said<'_>> = Vec::new();
        for entry in second {
            let same = said.iter_mut().find(|s| {
                s.entry.line.text == entry.line.text
                    && s.entry.ordinal != entry.ordinal
                    && !s.others.contains(&entry.ordinal)
            });
            match same {
                Some(same) => {
                    same.others.push(entry.ordinal);
                    out.folded += 1;
                }
                None => said.push(Said { entry, others: Vec::new() }),
            }
        }
        out.rows.extend(said.iter().map(|s| item(s, columns, set, search)));
    }
    out
}

fn item(said: &Said<'_>, columns: &[Column], set: &str, search: &str) -> String {
    let line = &said.entry.line;
    let role = columns.iter().find(|c| c.ordinal == said.entry.ordinal).map_or("", |c| c.role);
    let mut out = String::with_capacity(160 + line.text.len());
    // Writing into a string does not fail.
    let _ = write!(
        out,
        "<li{}><time>{}</time><span class=\"olab\" data-rev=\"{role}\">{}</span><span>",
        line.level_mark(),
        line.at(),
        said.entry.ordinal
    );
    line.text_markup(search, &mut out);
    let others = said.others.len();
    if others > 0 {
        let who = if others + 1 == columns.len() {
            format!("the same on all {}", columns.len())
        } else {
            words::pods(set, said.others.iter().copied())
        };
        let _ = write!(out, " <span class=\"same\">+ {others} more: {who}</span>");
    }
    out.push_str("</span></li>");
    out
}

/// A table: a row a second, a column a pod. Where all say the same the row is one cell; where most do, who says something else is
/// marked.
pub fn side(entries: &[Entry], columns: &[Column], search: &str) -> Rows {
    let all = shown(entries, columns, search);
    let seconds: Vec<&[&Entry]> = all.chunk_by(|a, b| a.second() == b.second()).collect();
    let earlier = seconds.len().saturating_sub(SECONDS);
    let mut out = Rows { earlier, ..Rows::default() };
    let mut day = "";
    for second in &seconds[earlier..] {
        if second[0].day() != day {
            day = second[0].day();
            let wide = columns.len() + 1;
            out.rows.push(format!(
                "<tr class=\"day\"><th scope=\"rowgroup\" colspan=\"{wide}\">{day}</th></tr>"
            ));
        }
        out.lines += second.len();
        let cells: Vec<Vec<&Entry>> = columns
            .iter()
            .map(|c| second.iter().copied().filter(|e| e.ordinal == c.ordinal).collect())
            .collect();
        let most = most(&cells);
        if columns.len() > 1 && cells.iter().all(|cell| most.is_some_and(|m| same(m, cell))) {
            out.folded += second.len() - cells[0].len();
        }
        out.rows.push(row(second[0], &cells, most, columns, search));
    }
    out
}

fn same(a: &[&Entry], b: &[&Entry]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.line.text == b.line.text)
}

/// What more than half of the pods say; silence is no answer.
fn most<'a, 'b>(cells: &'b [Vec<&'a Entry>]) -> Option<&'b [&'a Entry]> {
    let is = |cell: &&Vec<&Entry>| {
        !cell.is_empty() && 2 * cells.iter().filter(|c| same(c, cell)).count() > cells.len()
    };
    cells.iter().find(is).map(Vec::as_slice)
}

fn row(
    first: &Entry,
    cells: &[Vec<&Entry>],
    most: Option<&[&Entry]>,
    columns: &[Column],
    search: &str,
) -> String {
    let at = first.line.at().get(..8).unwrap_or_default();
    let mut out = format!("<tr><th scope=\"row\">{at}</th>");
    if let Some(most) = most.filter(|m| cells.len() > 1 && cells.iter().all(|c| same(m, c))) {
        let _ = write!(out, "<td class=\"eq\" colspan=\"{}\">", cells.len());
        lines(most, search, &mut out);
        let _ = write!(out, "<p class=\"dim\">the same on all {}</p></td></tr>", cells.len());
        return out;
    }
    for (cell, column) in cells.iter().zip(columns) {
        if cell.is_empty() {
            out.push_str("<td></td>");
            continue;
        }
        let differs = most.is_some_and(|m| !same(m, cell));
        out.push_str("<td data-pod=\"");
        escape(&column.pod, &mut out);
        out.push_str(if differs { "\" data-diff><p class=\"sr\">Differs:</p>" } else { "\">" });
        lines(cell, search, &mut out);
        out.push_str("</td>");
    }
    out.push_str("</tr>");
    out
}

fn lines(entries: &[&Entry], search: &str, out: &mut String) {
    for entry in entries {
        let _ = write!(out, "<p{}>", entry.line.level_mark());
        entry.line.text_markup(search, out);
        out.push_str("</p>");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pages::compare::held::Held;
    use crate::pages::compare::held::tests::raw;

    fn columns(ordinals: &[u32]) -> Vec<Column> {
        let one = |o: &u32| Column {
            ordinal: *o,
            pod: format!("web-{o}"),
            role: "cur",
            revision: "r7".into(),
            there: true,
        };
        ordinals.iter().map(one).collect()
    }

    fn held(lines: &[(u32, &str, &str)]) -> Held {
        let mut held = Held::default();
        for (ordinal, at, text) in lines {
            held.add(*ordinal, &[raw(at, text)]);
        }
        held
    }

    #[test]
    fn what_several_pods_write_in_a_second_is_one_line_of_the_list() {
        let held = held(&[
            (0, "04.1", "flush 1482"),
            (1, "04.2", "flush 1482"),
            (2, "04.3", "flush 1479"),
            (3, "04.4", "flush 1482"),
            (0, "05.1", "flush 1482"),
        ]);
        let rows = merged(held.entries(), &columns(&[0, 1, 2, 3]), "web", "");
        assert_eq!((rows.rows.len(), rows.lines, rows.folded), (4, 5, 2));
        assert_eq!(rows.rows[0], "<li class=\"day\">2026-11-22</li>");
        assert_eq!(
            rows.rows[1],
            "<li><time>10:42:04.1</time><span class=\"olab\" data-rev=\"cur\">0</span><span>flush 1482 \
             <span class=\"same\">+ 2 more: web-1 and web-3</span></span></li>"
        );
        assert!(rows.rows[2].contains("1479") && !rows.rows[2].contains("same"));
    }

    #[test]
    fn what_one_pod_repeats_stays_two_lines_and_all_are_called_all() {
        let held = held(&[(0, "04.1", "x"), (0, "04.2", "x"), (1, "04.3", "x"), (1, "04.4", "x")]);
        let rows = merged(held.entries(), &columns(&[0, 1]), "web", "");
        assert_eq!(rows.rows.len(), 3);
        assert!(
            rows.rows[1..].iter().all(|r| r.contains("+ 1 more: the same on all 2")),
            "{rows:?}"
        );
    }

    #[test]
    fn side_by_side_equal_seconds_are_one_cell_and_who_differs_is_marked() {
        let held = held(&[
            (0, "04.1", "flush 1482"),
            (1, "04.2", "flush 1482"),
            (2, "04.3", "flush 1479"),
            (0, "06.0", "GET /ready"),
            (1, "06.1", "GET /ready"),
            (2, "06.2", "GET /ready"),
            (1, "07.0", "GET /x"),
        ]);
        let rows = side(held.entries(), &columns(&[0, 1, 2]), "");
        assert_eq!((rows.rows.len(), rows.lines, rows.folded), (4, 7, 2));
        assert!(rows.rows[0].contains("colspan=\"4\">2026-11-22</th>"), "{rows:?}");
        assert_eq!(
            rows.rows[1],
            "<tr><th scope=\"row\">10:42:04</th><td data-pod=\"web-0\"><p>flush 1482</p></td>\
             <td data-pod=\"web-1\"><p>flush 1482</p></td>\
             <td data-pod=\"web-2\" data-diff><p class=\"sr\">Differs:</p><p>flush 1479</p></td></tr>"
        );
        assert!(
            rows.rows[2].contains("colspan=\"3\"") && rows.rows[2].contains("the same on all 3")
        );
        let alone = &rows.rows[3];
        assert!(alone.contains("<td></td>") && !alone.contains("data-diff"), "{alone}");
    }

    #[test]
    fn a_search_leaves_only_lines_with_it_and_marks_it() {
        let held = held(&[(0, "04.1", "ERROR <disk>"), (1, "04.2", "fine")]);
        let rows = merged(held.entries(), &columns(&[0, 1]), "web", "disk");
        assert_eq!(rows.rows.len(), 2);
        assert!(rows.rows[1].contains("data-l=\"bad\"") && rows.rows[1].contains("&lt;<mark>disk"));
        assert_eq!(side(held.entries(), &columns(&[0, 1]), "nothing").rows.len(), 0);
        // Of pods that are not shown there is nothing.
        assert_eq!(merged(held.entries(), &columns(&[1]), "web", "").lines, 1);
    }

    #[test]
    fn of_very_many_seconds_the_last_are_shown() {
        let mut held = Held::default();
        let lines: Vec<String> = (0..SECONDS + 5)
            .map(|n| format!("2026-11-22T{:02}:{:02}:{:02}.1Z x", n / 3600, n / 60 % 60, n % 60))
            .collect();
        held.add(0, &lines);
        let rows = side(held.entries(), &columns(&[0]), "");
        assert_eq!((rows.rows.len(), rows.earlier, rows.folded), (SECONDS + 1, 5, 0));
    }
}
