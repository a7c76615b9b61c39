//! Revision chips: always with the label, coloured by what the revision means now.

use leptos::prelude::*;
use model::wire::{RevisionRef, RevisionRole};

/// `data-rev`: which role's colour and pattern.
pub fn role_attr(role: RevisionRole) -> &'static str {
    match role {
        RevisionRole::Current => "cur",
        RevisionRole::Update => "upd",
        RevisionRole::Stray => "str",
    }
}

/// What the role means, for a tooltip.
pub fn role_words(role: RevisionRole) -> &'static str {
    match role {
        RevisionRole::Current => "the revision that stays",
        RevisionRole::Update => "the revision that the update brings",
        RevisionRole::Stray => "left over from an earlier update",
    }
}

/// The chip of a revision.
#[component]
pub fn RevisionChip(
    /// `r7`.
    #[prop(into)]
    label: String,
    /// What it means now.
    role: RevisionRole,
) -> impl IntoView {
    view! { <span class="rev" data-rev=role_attr(role) title=role_words(role)>{label}</span> }
}

/// Chips and images of a row: `r6 → r7  16.3 → 16.4`.
pub fn revision_pair(revisions: &[RevisionRef]) -> AnyView {
    let arrow = || view! { <span class="arrow" role="img" aria-label="to">"→"</span> };
    let mut chips = Vec::new();
    for (n, r) in revisions.iter().enumerate() {
        let before = (n > 0).then(arrow);
        chips.push(view! { {before}<RevisionChip label=r.label.clone() role=r.role/> });
    }
    if chips.is_empty() {
        return view! { <span class="dim">"—"</span> }.into_any();
    }
    let images = images(revisions);
    view! { <span class="revp">{chips}</span><span class="img mono" title=images.clone()>{images.clone()}</span> }
        .into_any()
}

/// The images of one or two revisions; once if the update does not change it.
fn images(revisions: &[RevisionRef]) -> String {
    let images: Vec<&str> = revisions.iter().filter_map(|r| r.image.as_deref()).collect();
    match images.as_slice() {
        [from, to] if from != to => format!("{from} → {to}"),
        [first, ..] => (*first).to_owned(),
        [] => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn revision(label: &str, image: Option<&str>) -> RevisionRef {
        RevisionRef {
            name: format!("web-{label}"),
            label: label.into(),
            role: RevisionRole::Current,
            image: image.map(Into::into),
        }
    }

    #[test]
    fn an_image_that_stays_is_written_once() {
        let (a, b) = (revision("r6", Some("16.3")), revision("r7", Some("16.4")));
        assert_eq!(images(&[a.clone(), b]), "16.3 → 16.4");
        assert_eq!(images(&[a.clone(), revision("r7", Some("16.3"))]), "16.3");
        assert_eq!(images(&[a, revision("r7", None)]), "16.3");
        assert_eq!(images(&[]), "");
    }
}
