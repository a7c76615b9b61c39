//! maxUnavailable: how many pods a roll may take down at once.

use serde::de::{Deserializer, Error, Visitor};

use super::RefusalCode;
use super::permit::{MAX, Verdict, refuse, rolling_update};
use crate::controller::max_unavailable_gate;
use crate::facts::Facts;
use crate::set::UpdateStrategy;

/// A whole number from 1, or a percentage from `1%` to `100%`. Source: kubernetes `pkg/apis/apps/validation/validation.go`,
/// `ValidateStatefulSetSpec`.
fn is_valid(text: &str) -> bool {
    let (digits, most) = match text.strip_suffix('%') {
        Some(percent) => (percent, 100),
        None => (text, MAX),
    };
    digits.bytes().all(|b| b.is_ascii_digit())
        && !digits.starts_with('0')
        && digits.parse().is_ok_and(|n: u32| n <= most)
}

pub(super) fn permit(facts: &Facts, max_unavailable: &str) -> Verdict {
    rolling_update(facts, "maxUnavailable is for rolling updates")?;
    if !is_valid(max_unavailable) {
        return refuse(
            RefusalCode::Invalid,
            "maxUnavailable must be a whole number from 1, or a percentage from 1% to 100%.",
        );
    }
    if max_unavailable_gate(&facts.set) == Some(false) {
        let version = facts.kubernetes.map(|v| format!(" (Kubernetes {v})")).unwrap_or_default();
        return refuse(
            RefusalCode::Unsupported,
            format!(
                "The feature gate MaxUnavailableStatefulSet is off in this cluster{version}: the API server would drop the field."
            ),
        );
    }
    if let UpdateStrategy::RollingUpdate { rolling_update: Some(r) } = &facts.set.strategy
        && r.max_unavailable.as_deref() == Some(max_unavailable)
    {
        return refuse(
            RefusalCode::NothingToDo,
            format!("maxUnavailable is {max_unavailable} already."),
        );
    }
    Ok(())
}

/// Reads `2`, `"2"` and `"25%"`.
pub(super) fn int_or_string<'de, D: Deserializer<'de>>(d: D) -> Result<String, D::Error> {
    struct Either;
    impl Visitor<'_> for Either {
        type Value = String;

        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("a whole number or a percentage such as \"25%\"")
        }

        fn visit_u64<E: Error>(self, number: u64) -> Result<String, E> {
            Ok(number.to_string())
        }

        fn visit_str<E: Error>(self, text: &str) -> Result<String, E> {
            Ok(text.to_owned())
        }
    }
    d.deserialize_any(Either)
}
