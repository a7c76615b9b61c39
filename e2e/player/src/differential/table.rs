//! How often what was tried.

use std::collections::BTreeMap;
use std::fmt;

use super::deck::{ACTIONS, Cell, FAILURES, POLICIES};

/// Policy × action × failure.
#[derive(Clone, Debug, Default)]
pub struct Table(BTreeMap<(&'static str, &'static str, &'static str), Counts>);

#[derive(Clone, Copy, Debug, Default)]
struct Counts {
    compared: u32,
    /// Played, but the scenario had parted before.
    left_out: u32,
}

impl Table {
    /// A cell of a scenario. One whose last step had nothing to choose from was not tried.
    pub(super) fn count(&mut self, cell: &Cell, agreed: &[usize], left_out: &[usize]) {
        let counts = self.0.entry((cell.policy, cell.action, cell.failure)).or_default();
        counts.compared += u32::from(agreed.contains(&cell.last));
        counts.left_out += u32::from(left_out.contains(&cell.last));
    }

    /// The smallest count of any cell.
    pub fn least(&self) -> u32 {
        let cells = POLICIES.into_iter().flat_map(|policy| {
            ACTIONS.into_iter().flat_map(move |action| {
                FAILURES.into_iter().map(move |failure| (policy, action, failure))
            })
        });
        cells.map(|cell| self.0.get(&cell).map_or(0, |c| c.compared)).min().unwrap_or(0)
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for policy in POLICIES {
            write!(f, "{policy:<26}")?;
            for failure in FAILURES {
                write!(f, "{failure:>9}")?;
            }
            writeln!(f)?;
            for action in ACTIONS {
                write!(f, "  {action:<24}")?;
                for failure in FAILURES {
                    let counts =
                        self.0.get(&(policy, action, failure)).copied().unwrap_or_default();
                    let text = match counts.left_out {
                        0 => counts.compared.to_string(),
                        out => format!("{}(+{out})", counts.compared),
                    };
                    write!(f, "{text:>9}")?;
                }
                writeln!(f)?;
            }
        }
        writeln!(f, "(+n): played, but not compared, since the scenario had parted before")
    }
}
