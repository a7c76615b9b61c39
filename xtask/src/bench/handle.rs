//! What a move of the partition handle costs in the browser, measured by an example of `e2e` before the demo's cluster.

use std::path::Path;

use anyhow::{Context as _, Result};

use super::report::Report;
use crate::repository::Repository;
use crate::{chromium, process};

pub(super) fn measure(repository: &Repository, server: &Path, report: &mut Report) -> Result<()> {
    chromium::ensure()?;
    let mut example =
        repository.cargo(&["run", "--quiet", "--package", "e2e", "--example", "handle"]);
    example.env("ROLLCALL_BIN", server);
    for line in process::output(&mut example)?.lines() {
        let (name, value) = figure(line).with_context(|| format!("no figure: {line:?}"))?;
        report.add(name, value, "ms");
    }
    Ok(())
}

/// Name and value of a line.
fn figure(line: &str) -> Option<(&str, f64)> {
    let (name, rest) = line.split_once('\t')?;
    let value = rest.strip_suffix("\tms")?;
    Some((name, value.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_a_name_and_milliseconds() {
        assert_eq!(figure("a move\t1.5\tms"), Some(("a move", 1.5)));
        assert_eq!(figure("a move\t1.5\ts"), None);
        assert_eq!(figure("no tabs"), None);
    }
}
