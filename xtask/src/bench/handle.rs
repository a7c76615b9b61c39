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
        let (name, value, unit) = figure(line).with_context(|| format!("no figure: {line:?}"))?;
        report.add(name, value, unit);
    }
    Ok(())
}

/// Name, value and unit of a line that an example prints.
pub(super) fn figure(line: &str) -> Option<(&str, f64, &'static str)> {
    let (name, rest) = line.split_once('\t')?;
    let (value, unit) = rest.split_once('\t')?;
    let unit = ["ms", "bytes", "MB", ""].into_iter().find(|known| *known == unit)?;
    Some((name, value.parse().ok()?, unit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_a_name_a_value_and_a_unit() {
        assert_eq!(figure("a move\t1.5\tms"), Some(("a move", 1.5, "ms")));
        assert_eq!(figure("rows\t31\t"), Some(("rows", 31.0, "")));
        assert_eq!(figure("a move\t1.5\ts"), None);
        assert_eq!(figure("no tabs"), None);
    }
}
