//! The labels above the strip: which ordinals stay, which get the update, which are left over.

use model::facts::Facts;
use model::ordinals::Ordinals;
use model::status::StatusKind;
use model::strip;
use model::wire::RevisionRole;
use model::words;

/// A label over neighbouring columns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Region {
    /// Columns, counted from the first one drawn.
    pub from: usize,
    pub len: usize,
    pub role: Option<RevisionRole>,
    /// In red: it is why the set waits.
    pub bad: bool,
    pub title: String,
    pub text: String,
}

/// Whether there is a line between ordinals: only where a rolling update has two revisions to tell apart.
pub fn has_gate(facts: &Facts, kind: StatusKind) -> bool {
    facts.set.is_rolling_update()
        && facts.set.replicas > 0
        && strip::in_progress(facts)
        // A trapped set is not a matter of where the line stands, unless one stands somewhere.
        && !(kind == StatusKind::Trapped && facts.set.partition() == 0)
}

/// The regions with the line before the column of index `stays`.
pub fn regions(facts: &Facts, kind: StatusKind, stays: u32) -> Vec<Region> {
    let all = strip::ordinals(facts);
    let wanted = facts.set.ordinals();
    let place = |ordinal: u32| (ordinal - all.start) as usize;
    let mut regions = Vec::new();
    if !wanted.is_empty() {
        let first = place(wanted.start.max(all.start));
        let len = wanted.len().min(all.len() - first);
        let mut inner = if has_gate(facts, kind) {
            split(facts, stays)
        } else if !strip::in_progress(facts) {
            vec![one_revision(facts)]
        } else if facts.set.is_rolling_update() {
            runs(facts, len)
        } else {
            vec![pending(facts)]
        };
        for region in &mut inner {
            region.from += first;
        }
        regions.append(&mut inner);
    }
    let ghosts = |from: u32, to: u32| Region {
        from: place(from),
        len: (to - from) as usize,
        role: None,
        bad: false,
        title: "No longer wanted".to_owned(),
        text: String::new(),
    };
    if all.start < wanted.start.min(all.end) {
        regions.insert(0, ghosts(all.start, wanted.start.min(all.end)));
    }
    let end = wanted.end.max(all.start);
    if end < all.end {
        regions.push(ghosts(end, all.end));
    }
    regions
}

fn label(facts: &Facts) -> (String, String) {
    (
        facts.revision_label(strip::old_revision(facts)),
        facts.revision_label(&facts.set.status.update_revision),
    )
}

fn split(facts: &Facts, stays: u32) -> Vec<Region> {
    let set = &facts.set;
    let (old, new) = label(facts);
    let stays = stays.min(set.replicas);
    let line = set.start.saturating_add(stays);
    let mut regions = Vec::new();
    // Whoever has the new revision already keeps it: the controller takes no pod back. Only pods are walked: a set may want more
    // of them than fit into memory.
    let mut kept: Vec<u32> = facts
        .pods
        .iter()
        .filter(|p| p.revision == set.status.update_revision)
        .filter_map(|p| facts.ordinal(p).filter(|o| (set.start..line).contains(o)))
        .collect();
    kept.sort_unstable();
    let mut run = |range: std::ops::Range<u32>, role, title: String| {
        if !range.is_empty() {
            regions.push(Region {
                from: (range.start - set.start) as usize,
                len: range.len(),
                role: Some(role),
                bad: false,
                title,
                text: Ordinals::from(range).names(&set.name),
            });
        }
    };
    let mut next = set.start;
    for keeps in kept.chunk_by(|a, b| a.saturating_add(1) == *b) {
        let (first, end) = (keeps[0], keeps[keeps.len() - 1].saturating_add(1));
        run(next..first, RevisionRole::Current, format!("Stays on {old}"));
        run(first..end, RevisionRole::Update, format!("Keeps {new}"));
        next = end;
    }
    run(next..line, RevisionRole::Current, format!("Stays on {old}"));
    if stays < set.replicas {
        let text = if stays == 0 {
            format!("all {}; nothing is held", words::count(set.replicas as usize, "pod"))
        } else {
            Ordinals::from(line..set.ordinals().end).names(&set.name)
        };
        regions.push(Region {
            from: stays as usize,
            len: (set.replicas - stays) as usize,
            role: Some(RevisionRole::Update),
            bad: false,
            title: format!("Gets {new}"),
            text,
        });
    }
    regions
}

fn one_revision(facts: &Facts) -> Region {
    let set = &facts.set;
    let up = facts
        .pods
        .iter()
        .filter(|p| p.is_up() && facts.ordinal(p).is_some_and(|o| set.index_of(o).is_some()))
        .count();
    Region {
        from: 0,
        len: set.replicas as usize,
        role: Some(RevisionRole::Current),
        bad: false,
        title: format!("On {}", facts.revision_label(&set.status.update_revision)),
        text: format!("{up} of {} Ready", words::count(set.replicas as usize, "pod")),
    }
}

fn pending(facts: &Facts) -> Region {
    let set = &facts.set;
    let (old, new) = label(facts);
    let stale: Vec<u32> = facts
        .pods
        .iter()
        .filter(|p| p.revision != set.status.update_revision)
        .filter_map(|p| facts.ordinal(p).filter(|o| set.index_of(*o).is_some()))
        .collect();
    let several = facts.pods.iter().any(|p| {
        p.revision != set.status.update_revision && facts.revision_label(&p.revision) != old
    });
    let what = if several {
        format!("do not run {new} yet")
    } else {
        format!("still {} {old}", words::verb(stale.len(), "runs", "run"))
    };
    Region {
        from: 0,
        len: set.replicas as usize,
        role: None,
        bad: false,
        title: format!("{} of {} {what}", stale.len(), words::count(set.replicas as usize, "pod")),
        text: words::pods(&set.name, stale),
    }
}

/// Runs of neighbours that are on the wanted revision or left on another one.
fn runs(facts: &Facts, len: usize) -> Vec<Region> {
    let set = &facts.set;
    let (_, new) = label(facts);
    let on = |o: u32| facts.pod_at(o).map(|p| p.revision.as_str());
    let mut regions: Vec<Region> = Vec::new();
    for (column, ordinal) in set.ordinals().take(len).enumerate() {
        let (title, bad, text) = match on(ordinal) {
            Some(r) if r != set.status.update_revision => {
                (format!("Left on {}", facts.revision_label(r)), true, "")
            }
            Some(_) => (format!("On {new}"), false, "the template the set wants"),
            None => ("No pod".to_owned(), false, ""),
        };
        match regions.last_mut() {
            Some(last) if last.title == title => last.len += 1,
            _ => regions.push(Region {
                from: column,
                len: 1,
                role: (!text.is_empty()).then(|| strip::role(facts, &set.status.update_revision)),
                bad,
                title,
                text: text.to_owned(),
            }),
        }
    }
    regions
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::strip::sample;

    fn titles(facts: &Facts, kind: StatusKind, stays: u32) -> Vec<(usize, usize, String)> {
        regions(facts, kind, stays).into_iter().map(|r| (r.from, r.len, r.title)).collect()
    }

    #[test]
    fn a_held_set_says_who_stays_and_who_gets_the_update() {
        let facts = sample::held(5, 3);
        let regions = regions(&facts, StatusKind::Held, 3);
        assert_eq!(regions[0].title, "Stays on r6");
        assert_eq!(regions[0].text, "web-0 to web-2");
        assert_eq!(regions[1].title, "Gets r7");
        assert_eq!((regions[1].from, regions[1].len), (3, 2));
    }

    #[test]
    fn who_has_the_update_already_keeps_it_wherever_the_line_goes() {
        let facts = sample::held(5, 3);
        let regions = regions(&facts, StatusKind::Held, 5);
        let heads: Vec<_> = regions.iter().map(|r| (r.title.as_str(), r.text.as_str())).collect();
        assert_eq!(heads, [("Stays on r6", "web-0 to web-2"), ("Keeps r7", "web-3 and web-4")]);
        assert_eq!((regions[1].from, regions[1].len), (3, 2));
        let mut apart = sample::held(5, 3);
        apart.pods[1].revision = "web-new".into();
        let shown = titles(&apart, StatusKind::Held, 4);
        let shown: Vec<_> = shown.iter().map(|(from, len, t)| (*from, *len, t.as_str())).collect();
        assert_eq!(
            shown,
            [
                (0, 1, "Stays on r6"),
                (1, 1, "Keeps r7"),
                (2, 1, "Stays on r6"),
                (3, 1, "Keeps r7"),
                (4, 1, "Gets r7"),
            ]
        );
    }

    #[test]
    fn a_set_that_wants_more_pods_than_fit_into_memory_has_regions_all_the_same() {
        let mut facts = sample::held(5, 3);
        facts.set.replicas = 1 << 31;
        let stays = 1 << 30;
        let split = split(&facts, stays);
        let heads: Vec<_> = split.iter().map(|r| (r.from, r.len)).collect();
        assert_eq!(heads, [(0, 3), (3, 2), (5, (1 << 30) - 5), (1 << 30, 1 << 30)]);
    }

    #[test]
    fn ordinals_are_counted_from_the_first_drawn_column() {
        let mut facts = sample::held(3, 1);
        facts.set.start = 2;
        facts.claims.clear();
        // web-0 and web-1 are no longer wanted, web-2 is; web-3 and web-4 are missing.
        let shown = titles(&facts, StatusKind::Rolling, 1);
        assert_eq!(shown[0], (0, 2, "No longer wanted".to_owned()));
    }

    #[test]
    fn ghosts_above_have_a_label_of_their_own() {
        let mut facts = sample::held(5, 5);
        facts.set.replicas = 3;
        let shown = titles(&facts, StatusKind::Scaling, 3);
        assert_eq!(shown.last().expect("ghosts"), &(3, 2, "No longer wanted".to_owned()));
    }

    #[test]
    fn a_trapped_pod_is_named_as_left_over() {
        let mut facts = sample::held(5, 0);
        facts.pods[4].revision = "web-old".into();
        let shown = titles(&facts, StatusKind::Trapped, 0);
        assert_eq!(shown, [(0, 4, "On r7".to_owned()), (4, 1, "Left on r6".to_owned())]);
    }

    #[test]
    fn on_delete_counts_what_is_still_to_delete() {
        let mut facts = sample::held(5, 3);
        facts.set.strategy = model::set::UpdateStrategy::OnDelete;
        let shown = titles(&facts, StatusKind::OnDelete, 0);
        assert_eq!(shown, [(0, 5, "3 of 5 pods still run r6".to_owned())]);
        assert!(!has_gate(&facts, StatusKind::OnDelete));
    }

    #[test]
    fn a_settled_set_has_nothing_to_hold() {
        let mut facts = sample::held(5, 3);
        for pod in &mut facts.pods {
            pod.revision = "web-new".into();
        }
        assert!(!has_gate(&facts, StatusKind::Settled));
        assert_eq!(titles(&facts, StatusKind::Settled, 3), [(0, 5, "On r7".to_owned())]);
    }
}
