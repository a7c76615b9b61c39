//! The status of a set as a badge: icon, word, detail and age. Colour is never the only sign.

use jiff::Timestamp;
use leptos::prelude::*;
use model::status::{Status, StatusKind};

use super::icon::{Icon, icon};
use crate::time;

/// `data-s` of the badge: which colours.
pub fn kind_attr(kind: StatusKind) -> &'static str {
    match kind {
        StatusKind::Trapped => "trapped",
        StatusKind::Stuck => "stuck",
        StatusKind::Held => "held",
        StatusKind::OnDelete => "ondelete",
        StatusKind::Unobserved => "unobserved",
        StatusKind::Rolling => "rolling",
        StatusKind::Scaling => "scaling",
        StatusKind::Starting => "starting",
        StatusKind::Unknown | StatusKind::Other => "unknown",
        StatusKind::Settled => "settled",
        StatusKind::NoAccess => "noaccess",
    }
}

/// `data-c` of a filter chip: the colour family of its icon.
pub fn kind_colour(kind: StatusKind) -> &'static str {
    match kind {
        StatusKind::Trapped | StatusKind::Stuck => "bad",
        StatusKind::Held | StatusKind::OnDelete => "hold",
        StatusKind::Rolling | StatusKind::Scaling | StatusKind::Starting => "move",
        StatusKind::Settled => "ok",
        StatusKind::Unobserved | StatusKind::Unknown | StatusKind::NoAccess | StatusKind::Other => {
            "none"
        }
    }
}

/// The icon of a status.
pub fn kind_icon(kind: StatusKind) -> Icon {
    match kind {
        StatusKind::Trapped => Icon::Trapped,
        StatusKind::Stuck => Icon::Stuck,
        StatusKind::Held => Icon::Held,
        StatusKind::OnDelete => Icon::Delete,
        StatusKind::Unobserved | StatusKind::Unknown | StatusKind::Other => Icon::Unseen,
        StatusKind::Rolling => Icon::Rolling,
        StatusKind::Scaling => Icon::Scaling,
        StatusKind::Starting => Icon::Start,
        StatusKind::Settled => Icon::Ok,
        StatusKind::NoAccess => Icon::Lock,
    }
}

/// Word and detail: `Held 2/5`, `OnDelete: 2 pending`, `Settled`.
pub fn badge_word(status: &Status) -> String {
    let detail = status.badge_detail();
    match status.kind {
        _ if detail.is_empty() => status.kind.word().to_owned(),
        StatusKind::OnDelete => format!("{}: {detail}", status.kind.word()),
        _ => format!("{} {detail}", status.kind.word()),
    }
}

/// The moment whose age the badge shows: only where waiting is what matters.
pub fn badge_since(status: &Status) -> Option<Timestamp> {
    match status.kind {
        StatusKind::Trapped | StatusKind::Stuck | StatusKind::Held | StatusKind::Unobserved => {
            status.since
        }
        _ => None,
    }
}

/// The badge of a status.
#[component]
#[expect(clippy::needless_pass_by_value, reason = "properties of components are owned")]
pub fn StatusBadge(
    /// The status.
    status: Status,
) -> impl IntoView {
    let kind = status.kind;
    let age = badge_since(&status).map(|since| time::aged(since, "t"));
    view! {
        <span class="badge" data-s=kind_attr(kind)>
            {icon(kind_icon(kind))}
            {badge_word(&status)}
            {age}
        </span>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::live::feed::fixture::row;

    #[test]
    fn the_badge_says_the_word_and_how_far() {
        let mut status = row("shop", "orders-db").status;
        assert_eq!(badge_word(&status), "Settled");
        (status.kind, status.done, status.total) = (StatusKind::Held, 2, 5);
        assert_eq!(badge_word(&status), "Held 2/5");
        status.kind = StatusKind::OnDelete;
        assert_eq!(badge_word(&status), "OnDelete: 3 pending");
        status.kind = StatusKind::Stuck;
        assert_eq!(badge_word(&status), "Stuck");
    }

    #[test]
    fn only_what_waits_shows_since_when() {
        let mut status = row("shop", "orders-db").status;
        status.since = Some(Timestamp::UNIX_EPOCH);
        assert_eq!(badge_since(&status), None);
        status.kind = StatusKind::Held;
        assert_eq!(badge_since(&status), Some(Timestamp::UNIX_EPOCH));
    }
}
