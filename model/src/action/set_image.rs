//! Set image: what of the template it changes, and the recorded template that it leads back to.

use std::collections::BTreeSet;

use super::permit::{Verdict, boundary, refuse};
use super::{RefusalCode, image};
use crate::facts::Facts;
use crate::revision::Revision;
use crate::set::ContainerImage;

pub(super) fn permit(facts: &Facts, images: &[ContainerImage], partition: Option<u32>) -> Verdict {
    let set = &facts.set;
    if images.is_empty() {
        return refuse(RefusalCode::Invalid, "images must name at least one container.");
    }
    let mut seen = BTreeSet::new();
    for wanted in images {
        if !image::is_image(&wanted.image) {
            return refuse(
                RefusalCode::Invalid,
                format!(
                    "{:?} is not an image reference such as registry.example/app:1.2.",
                    wanted.image
                ),
            );
        }
        if !seen.insert(&wanted.container) {
            return refuse(
                RefusalCode::Invalid,
                format!("Container {} is named twice.", wanted.container),
            );
        }
        let known = set.containers.iter().chain(&set.init_containers);
        if !known.into_iter().any(|c| c.container == wanted.container) {
            let names: Vec<&str> = set.containers.iter().map(|c| c.container.as_str()).collect();
            return refuse(
                RefusalCode::NotFound,
                format!(
                    "The template has no container {:?}; it has {}.",
                    wanted.container,
                    names.join(", ")
                ),
            );
        }
    }
    boundary(facts, partition)?;
    if !changes(facts, images) {
        return refuse(RefusalCode::NothingToDo, "The template has this image already.");
    }
    Ok(())
}

/// The image of a container after the action.
fn after<'a>(now: &'a ContainerImage, images: &'a [ContainerImage]) -> &'a str {
    let wanted = images.iter().find(|i| i.container == now.container);
    &wanted.unwrap_or(now).image
}

/// Whether any container gets another image than it has.
pub(crate) fn changes(facts: &Facts, images: &[ContainerImage]) -> bool {
    let mut all = facts.set.containers.iter().chain(&facts.set.init_containers);
    all.any(|now| now.image != after(now, images))
}

/// The newest revision whose template is the one that the set would get: of the present shape, with the images after the action.
/// The controller compares bytes and takes such a revision up again instead of making one.
/// Source: kubernetes `pkg/controller/history/controller_history.go`, `FindEqualRevisions`.
pub(crate) fn recorded<'a>(facts: &'a Facts, images: &[ContainerImage]) -> Option<&'a Revision> {
    let set = &facts.set;
    let shape = shape(facts);
    let same = |of: &[ContainerImage], now: &[ContainerImage]| {
        of.len() == now.len()
            && of
                .iter()
                .zip(now)
                .all(|(of, now)| of.container == now.container && of.image == after(now, images))
    };
    facts.revisions.iter().rev().find(|r| {
        !shape.is_empty()
            && r.shape == shape
            && same(&r.images, &set.containers)
            && same(&r.init_images, &set.init_containers)
    })
}

/// The shape of the present template. Where the controller has seen the spec that of the update revision counts: it is taken from
/// the recorded bytes, as those are that it is compared with, fields included that this program does not know.
fn shape(facts: &Facts) -> &str {
    let status = &facts.set.status;
    let seen = status.observed_generation >= facts.set.generation;
    let update = facts.revision(&status.update_revision).filter(|_| seen);
    update.map_or(&facts.set.template_shape, |r| &r.shape)
}
