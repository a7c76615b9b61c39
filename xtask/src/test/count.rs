//! Counting tests by the lines in which libtest reports them.

use std::iter::Sum;
use std::ops::AddAssign;

/// How many tests came out how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
    pub(crate) ignored: u64,
}

impl Tally {
    /// A check that is not a test counts as one.
    pub(crate) fn passed_check() -> Self {
        Self { passed: 1, ..Self::default() }
    }

    pub(crate) fn failed_check() -> Self {
        Self { failed: 1, ..Self::default() }
    }

    /// Reads `test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; ...`; any other line is `None`.
    pub(crate) fn of_line(line: &str) -> Option<Self> {
        let (_, counts) = line.split_once("test result: ")?.1.split_once(". ")?;
        let count = |what: &str| {
            let part = counts.split("; ").find_map(|part| part.strip_suffix(what))?;
            part.trim().parse::<u64>().ok()
        };
        Some(Self {
            passed: count("passed")?,
            failed: count("failed")?,
            ignored: count("ignored")?,
        })
    }
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.ignored += other.ignored;
    }
}

impl Sum for Tally {
    fn sum<I: Iterator<Item = Self>>(tallies: I) -> Self {
        tallies.fold(Self::default(), |mut sum, tally| {
            sum += tally;
            sum
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn result_lines_are_read() {
        let ok = "test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.31s";
        assert_eq!(Tally::of_line(ok), Some(Tally { passed: 12, failed: 0, ignored: 1 }));
        // With colours, as on a terminal.
        let bad = "test result: \u{1b}[31mFAILED\u{1b}(B\u{1b}[m. 3 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out";
        assert_eq!(Tally::of_line(bad), Some(Tally { passed: 3, failed: 2, ignored: 0 }));
        for other in ["running 3 tests", "test result: nonsense", "test a ... ok"] {
            assert_eq!(Tally::of_line(other), None);
        }
    }

    #[test]
    fn tallies_add_up() {
        let two = [
            Tally { passed: 2, failed: 1, ignored: 0 },
            Tally::passed_check(),
            Tally::failed_check(),
        ];
        assert_eq!(two.into_iter().sum::<Tally>(), Tally { passed: 3, failed: 2, ignored: 0 });
    }
}
