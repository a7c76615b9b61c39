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
    figures: Vec<Figure>,
}

#[derive(Serialize)]
struct Figure {
    name: String,
    value: f64,
    unit: &'static str,
}

impl Report {
    pub(super) fn new(sets: u32, kubernetes: &str) -> Self {
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        Self { sets, kubernetes: kubernetes.to_owned(), processors, figures: Vec::new() }
    }

    /// Adds a figure and shows it at once: the whole takes minutes.
    pub(super) fn add(&mut self, name: &str, value: f64, unit: &'static str) {
        crate::progress::say(&format!("{name}: {} {unit}", rounded(value)));
        self.figures.push(Figure { name: name.to_owned(), value, unit });
    }

    /// As docs/performance.md has it.
    pub(super) fn table(&self) -> String {
        let mut text = format!(
            "\n{} sets, {} pods, Kubernetes {}, {} processors\n\n| what | figure |\n|---|---|\n",
            self.sets,
            u64::from(self.sets) * u64::from(super::PODS),
            self.kubernetes,
            self.processors
        );
        for Figure { name, value, unit } in &self.figures {
            writeln!(text, "| {name} | {} {unit} |", rounded(*value))
                .expect("writing to a String cannot fail");
        }
        text
    }

    pub(super) fn json(&self) -> Result<Vec<u8>> {
        Ok(serde_json::to_vec_pretty(self)?)
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
        let mut report = Report::new(10, "v1.2.3");
        report.add("weight", 1234.5, "bytes");
        report.add("time", 0.01234, "ms");
        let table = report.table();
        assert!(
            table.contains("| weight | 1234 bytes |") || table.contains("| weight | 1235 bytes |"),
            "{table}"
        );
        assert!(table.contains("| time | 0.012 ms |") && table.contains("100 pods"));
    }
}
