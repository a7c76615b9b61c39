//! The facts of one set from a heap of objects, in the order that [`Facts`] promises.

use model::claim::Claim;
use model::facts::{Facts, Readable};
use model::pod::Pod;
use model::revision::Revision;
use model::service::Service;
use model::set::Set;
use model::shared::Shared;

/// Picks what belongs to the set and puts it in order. The candidates may hold more; they are of the set's namespace.
pub fn gather(
    set: Set,
    mut pods: Shared<Pod>,
    mut claims: Vec<Claim>,
    mut revisions: Shared<Revision>,
    mut services: Vec<Service>,
    readable: Readable,
) -> Facts {
    let place = |p: &Pod| Set::ordinal_in(&set.name, &p.name).unwrap_or(u32::MAX);
    pods.arrange(
        |p| p.set_uid == set.uid,
        |a, b| place(a).cmp(&place(b)).then_with(|| a.name.cmp(&b.name)),
    );
    let stems: Vec<String> =
        set.claim_templates.iter().map(|t| format!("{}-{}", t.name, set.name)).collect();
    claims.retain(|c| stems.iter().any(|stem| Set::ordinal_in(stem, &c.name).is_some()));
    claims.sort_by(|a, b| a.name.cmp(&b.name));
    revisions.arrange(
        |r| r.set_uid == set.uid,
        |a, b| a.number.cmp(&b.number).then_with(|| a.name.cmp(&b.name)),
    );
    services.retain(|s| match &set.service_name {
        Some(governing) => *governing == s.name,
        None => s.selects(&set.template_labels),
    });
    services.sort_by(|a, b| a.name.cmp(&b.name));
    Facts { set, pods, claims, revisions, services, readable, kubernetes: None, pace: None }
}
