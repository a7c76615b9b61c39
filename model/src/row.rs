//! The fleet row of a set, derived from its facts.

use crate::facts::Facts;
use crate::set::UpdateStrategy;
use crate::status::{Status, StatusKind};
use crate::strip;
use crate::wire::{Actor, RevisionRef, RevisionRole, SetRow};
use crate::words::image_tag;

/// The ordinal from which pods get the update revision, where a boundary is drawn: a rolling update with a partition
/// above zero and two revisions to tell apart. A partition above the replicas stands behind the last ordinal.
pub fn boundary(facts: &Facts) -> Option<u32> {
    let set = &facts.set;
    let UpdateStrategy::RollingUpdate { .. } = set.strategy else { return None };
    let partition = set.partition();
    (partition > 0 && strip::in_progress(facts)).then(|| set.start + partition.min(set.replicas))
}

/// The revisions worth a chip: the old one and the update revision, or the only one.
pub fn revisions(facts: &Facts) -> Vec<RevisionRef> {
    let status = &facts.set.status;
    if status.update_revision.is_empty() {
        return Vec::new();
    }
    let update = facts.revision(&status.update_revision);
    let first_image =
        |name: &str| facts.revision(name).and_then(|r| r.images.first()).map(|i| i.image.clone());
    let update_image = update
        .and_then(|r| r.images.first())
        .or_else(|| facts.set.containers.first())
        .map(|i| i.image.clone());
    let chip = |name: &str, role, image: Option<String>| RevisionRef {
        name: name.to_owned(),
        label: facts.revision_label(name),
        role,
        image,
    };
    if !strip::in_progress(facts) {
        return vec![chip(
            &status.update_revision,
            RevisionRole::Current,
            update_image.as_deref().map(|i| image_tag(i).to_owned()),
        )];
    }
    let old = strip::old_revision(facts);
    let old_image = first_image(old);
    // Tags say enough while the repository stays the same.
    let short = |i: &str| image_tag(i).to_owned();
    let same_name = |a: &str, b: &str| a.strip_suffix(image_tag(a)) == b.strip_suffix(image_tag(b));
    let (old_image, update_image) = match (old_image, update_image) {
        (Some(a), Some(b)) if !same_name(&a, &b) => (Some(a), Some(b)),
        (a, b) => (a.as_deref().map(short), b.as_deref().map(short)),
    };
    let role = |name: &str| strip::role(facts, name);
    vec![
        chip(old, role(old), old_image),
        chip(&status.update_revision, role(&status.update_revision), update_image),
    ]
}

/// Who had a hand in a set, as far as the history knows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hands {
    /// Who last changed the spec, or deleted or evicted a pod through the panel.
    pub last_change: Option<Actor>,
    /// Who put the hold that stands.
    pub held_by: Option<Actor>,
    /// Name of the revision that was aborted, where that is the hold.
    pub aborted: Option<String>,
}

impl Hands {
    /// Puts into a row what of it is shown with its status: the last change, who holds what is held, and what they aborted.
    pub fn put(self, row: &mut SetRow) {
        let held = row.status.kind == StatusKind::Held;
        row.last_change = self.last_change;
        row.held_by = self.held_by.filter(|_| held);
        // The update comes last.
        let update =
            row.revisions.last().filter(|r| held && self.aborted.as_ref() == Some(&r.name));
        row.aborted = update.map(|r| r.label.clone());
    }
}

/// The row. Who had a hand in it comes from the history, the rest from the facts.
pub fn row(facts: &Facts, status: Status, hands: Hands) -> SetRow {
    let set = &facts.set;
    let mut row = SetRow {
        namespace: set.namespace.clone(),
        name: set.name.clone(),
        uid: set.uid.clone(),
        generation: set.generation,
        status,
        replicas: set.replicas,
        start: strip::ordinals(facts).start,
        strip: strip::code(facts),
        boundary: boundary(facts),
        revisions: revisions(facts),
        images: set.containers.iter().map(|c| c.image.clone()).collect(),
        last_change: None,
        held_by: None,
        aborted: None,
    };
    hands.put(&mut row);
    row
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Hands, row};
    use crate::action::{Action, summary};
    use crate::facts::Facts;
    use crate::set::ContainerImage;
    use crate::status::{Settings, StatusKind, status};
    use crate::testing::{now, sts};
    use crate::wire::{Actor, Source};

    proptest! {
        /// The API server asks of an image only that it is not empty.
        #[test]
        fn any_text_as_an_image_gives_a_row(
            old in ".*|[a-z]{1,3}@sha256:.*",
            new in ".*|[a-z]{1,3}@sha256:.*",
            container in ".*",
        ) {
            let named = |image: &str| {
                vec![ContainerImage { container: container.clone(), image: image.to_owned() }]
            };
            let facts = sts("web").replicas(2).revision(2).on(1, 2).with(|f| {
                f.set.containers = named(&new);
                f.revisions[0].images = named(&old);
                f.revisions[1].images = named(&new);
            }).facts();
            let row = row(&facts, status(&facts, None, now(), Settings::default()), Hands::default());
            prop_assert_eq!(row.revisions.len(), 2);
            prop_assert_eq!(&row.images[0], &new);
            let said = summary(&facts, &Action::SetImage { images: named(&old), partition: None });
            prop_assert!(said.starts_with("set the image of "));
        }
    }

    #[test]
    fn who_holds_is_told_of_what_is_held() {
        let by = |name: &str| {
            Some(Actor { source: Source::Panel, name: Some(name.into()), at: None, reason: None })
        };
        let held = sts("web").replicas(2).revision(2).partition(2).facts();
        let update = held.set.status.update_revision.clone();
        let judged = |facts: &Facts, hands: &Hands| {
            row(facts, status(facts, None, now(), Settings::default()), hands.clone())
        };
        let hands = Hands { last_change: by("otto"), held_by: by("mara"), aborted: Some(update) };
        let row = judged(&held, &hands);
        assert_eq!((row.last_change, row.held_by), (by("otto"), by("mara")));
        assert_eq!(row.aborted.as_deref(), Some("r2"));
        let another = Hands { aborted: Some("web-older".into()), ..hands.clone() };
        assert_eq!(judged(&held, &another).aborted, None, "another has come since");
        let rolls = judged(&sts("web").replicas(2).revision(2).facts(), &hands);
        assert_eq!(rolls.status.kind, StatusKind::Rolling);
        assert_eq!((rolls.last_change, rolls.held_by, rolls.aborted), (by("otto"), None, None));
    }
}
