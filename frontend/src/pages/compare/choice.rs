//! Which ordinals are compared.

/// Ordinals as runs, ascending; none means all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Choice(Vec<(u32, u32)>);

impl Choice {
    /// Reads `0-4, 7`; nothing is all. `None` where it is neither.
    pub fn parse(text: &str) -> Option<Self> {
        let mut runs = Vec::new();
        for part in text.split([',', ' ']).filter(|p| !p.is_empty()) {
            let (first, last) = part.split_once('-').unwrap_or((part, part));
            let (first, last) = (first.parse().ok()?, last.parse().ok()?);
            if first > last {
                return None;
            }
            runs.push((first, last));
        }
        Some(Self::merged(runs))
    }

    /// These alone; all where there are none.
    fn of(ordinals: impl Iterator<Item = u32>) -> Self {
        Self::merged(ordinals.map(|o| (o, o)).collect())
    }

    fn merged(mut runs: Vec<(u32, u32)>) -> Self {
        runs.sort_unstable();
        let mut merged: Vec<(u32, u32)> = Vec::new();
        for (first, last) in runs {
            match merged.last_mut() {
                Some((_, end)) if first <= end.saturating_add(1) => *end = last.max(*end),
                _ => merged.push((first, last)),
            }
        }
        Self(merged)
    }

    pub fn is_all(&self) -> bool {
        self.0.is_empty()
    }

    pub fn has(&self, ordinal: u32) -> bool {
        self.is_all() || self.0.iter().any(|(first, last)| (*first..=*last).contains(&ordinal))
    }

    /// As [`Choice::parse`] reads it: `0-4,7`.
    pub fn text(&self) -> String {
        let run = |(first, last): &(u32, u32)| {
            if first == last { first.to_string() } else { format!("{first}-{last}") }
        };
        self.0.iter().map(run).collect::<Vec<_>>().join(",")
    }

    /// With this one of `all` taken out or in. Without the last one it is all again: a comparison of nothing is none.
    #[must_use]
    pub fn toggled(&self, ordinal: u32, all: &[u32]) -> Self {
        let left: Vec<u32> =
            all.iter().copied().filter(|o| self.has(*o) != (*o == ordinal)).collect();
        if left.len() == all.len() { Self::default() } else { Self::of(left.into_iter()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinals_are_written_as_runs_and_read_back() {
        let choice = Choice::parse(" 7, 0-2,3 ,9").expect("ordinals");
        assert_eq!(choice.text(), "0-3,7,9");
        assert_eq!(Choice::parse(&choice.text()), Some(choice.clone()));
        let has: Vec<u32> = (0..11).filter(|o| choice.has(*o)).collect();
        assert_eq!(has, [0, 1, 2, 3, 7, 9]);
        for bad in ["x", "3-1", "1-", "-1", "1..3"] {
            assert_eq!(Choice::parse(bad), None, "{bad}");
        }
        assert_eq!(Choice::parse("0-4294967295,7").expect("a long run").text(), "0-4294967295");
    }

    #[test]
    fn nothing_chosen_is_all() {
        let all = Choice::parse("").expect("nothing");
        assert!(all.is_all() && all.has(4_000));
        assert_eq!(all.text(), "");
        let without = all.toggled(1, &[0, 1, 2]);
        assert_eq!(without.text(), "0,2");
        assert!(without.toggled(1, &[0, 1, 2]).is_all());
        let one = without.toggled(0, &[0, 1, 2]);
        assert_eq!(one.text(), "2");
        assert!(one.toggled(2, &[0, 1, 2]).is_all(), "none at all is no choice");
    }
}
