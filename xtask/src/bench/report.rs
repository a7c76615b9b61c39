//! The figures, as a table and as JSON.

use std::fmt::Write as _;

use anyhow::Result;
use serde::Serialize;

/// What was measured, in order.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Report {
    sets: u32,
    kubernetes: String,
    processors: usize,
    /// Those that were compared.
    servers: Vec<String>,
    figures: Vec<Figure>,
    /// Which server the next figures are of.
    #[serde(skip)]
    server: usize,
}

#[derive(Serialize)]
struct Figure {
    name: String,
    unit: &'static str,
    /// Of each server what each run measured.
    values: Vec<Vec<f64>>,
}

impl Report {
    pub(super) fn new(sets: u32, kubernetes: &str, servers: Vec<String>) -> Self {
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        let kubernetes = kubernetes.to_owned();
        Self { sets, kubernetes, processors, servers, figures: Vec::new(), server: 0 }
    }

    /// What is added from now on is of this server.
    pub(super) fn begin(&mut self, server: usize) {
        self.server = server;
    }

    /// Adds a figure and shows it at once: the whole takes minutes. The same name again is another run's.
    pub(super) fn add(&mut self, name: &str, value: f64, unit: &'static str) {
        crate::progress::say(&format!("{name}: {} {unit}", rounded(value)));
        let known = self.figures.iter().position(|figure| figure.name == name);
        let known = known.unwrap_or_else(|| {
            let values = vec![Vec::new(); self.servers.len()];
            self.figures.push(Figure { name: name.to_owned(), unit, values });
            self.figures.len() - 1
        });
        self.figures[known].values[self.server].push(value);
    }

    /// As docs/performance.md has it: the median of the runs, and between what they lay.
    pub(super) fn table(&self) -> String {
        let mut text = format!(
            "\n{} sets, {} pods, {}, {} processors\n\n| what | {} |\n|---|{}\n",
            self.sets,
            u64::from(self.sets) * u64::from(super::fill::PODS),
            self.kubernetes,
            self.processors,
            self.servers.join(" | "),
            "---|".repeat(self.servers.len()),
        );
        for Figure { name, unit, values } in &self.figures {
            let cells: Vec<String> = values.iter().map(|values| cell(values, unit)).collect();
            writeln!(text, "| {name} | {} |", cells.join(" | "))
                .expect("writing to a String cannot fail");
        }
        text
    }

    pub(super) fn json(&self) -> Result<Vec<u8>> {
        Ok(serde_json::to_vec_pretty(self)?)
    }
}

fn cell(values: &[f64], unit: &str) -> String {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let median = rounded(quantile(&sorted, 0.5));
    match (sorted.first(), sorted.last()) {
        (Some(least), Some(most)) if sorted.len() > 1 => {
            format!("{median} {unit} ({}–{})", rounded(*least), rounded(*most))
        }
        _ => format!("{median} {unit}"),
    }
}

/// Three digits that mean something, at least.
fn rounded(value: f64) -> String {
    match value.abs() {
        large if large >= 100.0 => format!("{value:.0}"),
        middling if middling >= 1.0 => format!("{value:.1}"),
        _ => format!("{value:.3}"),
    }
}

#[expect(clippy::cast_precision_loss, reason = "what is counted here is far below 2^52")]
pub(super) fn number(count: usize) -> f64 {
    count as f64
}

/// The value below which `share` of the sorted values lie (nearest rank).
pub(super) fn quantile(sorted: &[f64], share: f64) -> f64 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "between 0 and the length"
    )]
    let rank = (number(sorted.len()) * share).ceil() as usize;
    sorted.get(rank.clamp(1, sorted.len().max(1)) - 1).copied().unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_values_that_occurred() {
        let values: Vec<f64> = (1..=100).map(f64::from).collect();
        for (share, expected) in [(0.5, 50.0), (0.99, 99.0), (1.0, 100.0), (0.0, 1.0)] {
            assert!((quantile(&values, share) - expected).abs() < f64::EPSILON, "{share}");
        }
        assert!(quantile(&[], 0.5).is_nan());
    }

    #[test]
    fn the_table_has_a_row_for_each_figure() {
        let mut report = Report::new(10, "v1.2.3", vec!["figure".to_owned()]);
        report.add("weight", 1234.5, "bytes");
        report.add("time", 0.01234, "ms");
        let table = report.table();
        assert!(
            table.contains("| weight | 1234 bytes |") || table.contains("| weight | 1235 bytes |"),
            "{table}"
        );
        assert!(table.contains("| time | 0.012 ms |") && table.contains("100 pods"));
    }

    #[test]
    fn of_several_runs_the_median_is_shown_and_what_they_lay_between() {
        let names = vec!["old".to_owned(), "new".to_owned()];
        let mut report = Report::new(10, "v1.2.3", names);
        for (server, values) in [(0, [9.0, 4.0, 5.0]), (1, [3.0, 2.0, 1.0])] {
            report.begin(server);
            for value in values {
                report.add("time", value, "ms");
            }
        }
        let table = report.table();
        assert!(table.contains("| what | old | new |\n|---|---|---|\n"), "{table}");
        assert!(table.contains("| time | 5.0 ms (4.0–9.0) | 2.0 ms (1.0–3.0) |"), "{table}");
    }
}
