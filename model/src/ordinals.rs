//! Ordinals as runs: a set may want two thousand million pods of which three are there.

use std::ops::Range;

use crate::words;

/// Ordinals, ascending. Takes room and time by its runs, not by how many ordinals there are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ordinals {
    /// First and last of each run; runs do not touch.
    runs: Vec<(u32, u32)>,
}

impl Ordinals {
    pub fn is_empty(&self) -> bool {
        self.runs.is_empty()
    }

    /// How many.
    pub fn len(&self) -> usize {
        let one = |(first, last): &(u32, u32)| (last - first) as usize;
        self.runs.iter().map(one).fold(self.runs.len(), usize::saturating_add)
    }

    pub fn first(&self) -> Option<u32> {
        self.runs.first().map(|(first, _)| *first)
    }

    pub fn last(&self) -> Option<u32> {
        self.runs.last().map(|(_, last)| *last)
    }

    pub fn contains(&self, ordinal: u32) -> bool {
        let at = self.runs.partition_point(|(_, last)| *last < ordinal);
        self.runs.get(at).is_some_and(|(first, _)| *first <= ordinal)
    }

    /// Those that are not in `other`.
    #[must_use]
    pub fn minus(&self, other: &Self) -> Self {
        let mut left = Vec::new();
        let mut gone = other.runs.iter().peekable();
        for (first, last) in &self.runs {
            let mut from = Some(*first);
            while gone.next_if(|(_, end)| end < first).is_some() {}
            // A run of the other may reach into the next run of this one.
            let mut ahead = gone.clone();
            while let Some(start) = from
                && let Some((a, b)) = ahead.next_if(|(a, _)| a <= last)
            {
                if start < *a {
                    left.push((start, a - 1));
                }
                from = b.checked_add(1).filter(|next| next <= last);
            }
            left.extend(from.map(|start| (start, *last)));
        }
        Self { runs: left }
    }

    /// Those of both.
    #[must_use]
    pub fn and(&self, other: &Self) -> Self {
        let mut all: Vec<(u32, u32)> = self.runs.iter().chain(&other.runs).copied().collect();
        all.sort_unstable();
        Self { runs: Vec::new() }.extended(all)
    }

    /// Those from `ordinal` on.
    #[must_use]
    pub fn from_on(&self, ordinal: u32) -> Self {
        match ordinal.checked_sub(1) {
            Some(below) => self.minus(&Self { runs: vec![(0, below)] }),
            None => self.clone(),
        }
    }

    /// `web-0`, `web-0 and web-1`, `web-0, web-2 and web-5`, and runs of three or more as `web-0 to web-2`.
    pub fn names(&self, set: &str) -> String {
        let mut parts: Vec<String> = Vec::new();
        for (first, last) in &self.runs {
            match last - first {
                0 => parts.push(format!("{set}-{first}")),
                1 => parts.extend([format!("{set}-{first}"), format!("{set}-{last}")]),
                _ => parts.push(format!("{set}-{first} to {set}-{last}")),
            }
        }
        words::list(&parts)
    }

    /// With more runs, which come in ascending order.
    fn extended(mut self, more: impl IntoIterator<Item = (u32, u32)>) -> Self {
        for (first, last) in more {
            match self.runs.last_mut() {
                Some((_, end)) if first <= end.saturating_add(1) => *end = last.max(*end),
                _ => self.runs.push((first, last)),
            }
        }
        self
    }
}

impl From<Range<u32>> for Ordinals {
    fn from(range: Range<u32>) -> Self {
        let last = range.end.checked_sub(1).filter(|last| range.start <= *last);
        Self { runs: last.map(|last| (range.start, last)).into_iter().collect() }
    }
}

impl FromIterator<u32> for Ordinals {
    fn from_iter<T: IntoIterator<Item = u32>>(ordinals: T) -> Self {
        let mut all: Vec<u32> = ordinals.into_iter().collect();
        all.sort_unstable();
        Self::default().extended(all.into_iter().map(|o| (o, o)))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::Ordinals;

    #[test]
    fn a_range_of_all_ordinals_takes_no_room() {
        let all = Ordinals::from(0..u32::MAX);
        let missing = all.minus(&[0, 1, 7].into_iter().collect());
        assert_eq!(missing.len(), u32::MAX as usize - 3);
        assert_eq!(missing.names("web"), "web-2 to web-6 and web-8 to web-4294967294");
        assert_eq!(Ordinals::from_iter([u32::MAX]).names("web"), "web-4294967295");
        assert!(Ordinals::from(3..3).is_empty());
    }

    proptest! {
        #[test]
        fn they_are_what_a_set_of_numbers_is(
            a in proptest::collection::btree_set(0_u32..40, 0..30),
            b in proptest::collection::btree_set(0_u32..40, 0..30),
            low in 0_u32..45,
        ) {
            let runs = |set: &BTreeSet<u32>| set.iter().copied().collect::<Ordinals>();
            let (one, two) = (runs(&a), runs(&b));
            prop_assert_eq!(one.len(), a.len());
            prop_assert_eq!((one.first(), one.last()), (a.first().copied(), a.last().copied()));
            prop_assert_eq!(one.contains(low), a.contains(&low));
            prop_assert_eq!(one.minus(&two), runs(&(&a - &b)));
            prop_assert_eq!(one.and(&two), runs(&(&a | &b)));
            prop_assert_eq!(one.from_on(low), runs(&a.range(low..).copied().collect()));
        }
    }
}
