//! Which items of a list rest where they are while the others move.

/// `places`: for each item of the new order its place in the one before, if it was there; no two are the same. Answers for each
/// item whether it stays in the document as it is: as many as can, all of them in their former order.
pub(super) fn rests(places: &[Option<usize>]) -> Vec<bool> {
    // The longest rising sequence: `ends[n]` is the item with the lowest place that one of n + 1 items can end with, and
    // `before` what comes before an item in the longest one that ends with it.
    let mut ends: Vec<(usize, usize)> = Vec::new();
    let mut before: Vec<Option<usize>> = vec![None; places.len()];
    for (item, place) in places.iter().enumerate() {
        let Some(place) = *place else { continue };
        let length = ends.partition_point(|(lower, _)| *lower < place);
        before[item] = length.checked_sub(1).map(|n| ends[n].1);
        match ends.get_mut(length) {
            Some(end) => *end = (place, item),
            None => ends.push((place, item)),
        }
    }
    let mut rests = vec![false; places.len()];
    let mut next = ends.last().map(|(_, item)| *item);
    while let Some(item) = next {
        rests[item] = true;
        next = before[item];
    }
    rests
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Those that rest, by their letters, when the first order becomes the second.
    fn resting(from: &str, to: &str) -> String {
        let places: Vec<Option<usize>> = to.chars().map(|c| from.find(c)).collect();
        let rests = rests(&places);
        to.chars().zip(rests).filter_map(|(c, rests)| rests.then_some(c)).collect()
    }

    #[test]
    fn one_that_moves_across_others_leaves_them_alone() {
        assert_eq!(resting("abcdef", "eabcdf"), "abcdf");
        assert_eq!(resting("eabcdf", "abcdef"), "abcdf");
    }

    #[test]
    fn those_that_come_and_go_move_nothing() {
        assert_eq!(resting("abc", "xyabcz"), "abc");
        assert_eq!(resting("abcdef", "bdf"), "bdf");
        assert_eq!(resting("", "abc"), "");
        assert_eq!(resting("abc", ""), "");
        // A heading comes, a row goes below it, and another one goes.
        assert_eq!(resting("Sabcd", "RcSab"), "Sab");
    }

    #[test]
    fn whatever_the_order_as_many_rest_as_can() {
        assert_eq!(resting("abcdef", "fedcba").len(), 1);
        assert_eq!(resting("abcdef", "badcfe").len(), 3);
        assert_eq!(resting("abcdefgh", "hacbdegf"), "abdef");
    }

    #[test]
    fn what_rests_is_in_its_former_order() {
        // Every order of six, against every set of them that might rest.
        fn orders(left: &[usize], so_far: &mut Vec<usize>, all: &mut Vec<Vec<usize>>) {
            if left.is_empty() {
                all.push(so_far.clone());
            }
            for (n, item) in left.iter().enumerate() {
                let rest: Vec<usize> = [&left[..n], &left[n + 1..]].concat();
                so_far.push(*item);
                orders(&rest, so_far, all);
                so_far.pop();
            }
        }
        let mut all = Vec::new();
        orders(&[0, 1, 2, 3, 4, 5], &mut Vec::new(), &mut all);
        assert_eq!(all.len(), 720);
        for order in all {
            let places: Vec<Option<usize>> = order.iter().copied().map(Some).collect();
            let chosen = |rests: &[bool]| -> Vec<usize> {
                order.iter().zip(rests).filter_map(|(o, rests)| rests.then_some(*o)).collect()
            };
            let rising = |items: &[usize]| items.windows(2).all(|w| w[0] < w[1]);
            let resting = chosen(&rests(&places));
            let most = (0..64_u32)
                .map(|set| chosen(&std::array::from_fn::<bool, 6, _>(|n| set >> n & 1 == 1)))
                .filter(|items| rising(items))
                .map(|items| items.len())
                .max();
            assert!(rising(&resting), "{order:?}: {resting:?}");
            assert_eq!(Some(resting.len()), most, "{order:?}: {resting:?}");
        }
    }
}
