//! Which log is read, and where it is.

use model::path;

use crate::log::lines;

/// So many lines of what was written before.
const LINES: u32 = 1_000;

/// Which log is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Asked {
    pub namespace: String,
    pub set: String,
    pub pod: String,
    pub container: String,
    pub previous: bool,
    pub follow: bool,
}

impl Asked {
    /// Whether it is one and the same log, followed or not.
    pub(super) fn is_same_log(&self, other: &Self) -> bool {
        Self { follow: other.follow, ..self.clone() } == *other
    }

    /// Where it is. `missed`: only what was written in so many seconds.
    pub(super) fn address(&self, missed: Option<u32>) -> String {
        let part = match missed {
            Some(seconds) => format!("tailLines={}&sinceSeconds={seconds}", lines::KEPT),
            None => format!("tailLines={LINES}"),
        };
        self.with(self.follow, &part)
    }

    /// The same for a short look that is not followed.
    pub(super) fn look(&self) -> String {
        self.with(false, "tailLines=1")
    }

    fn with(&self, follow: bool, part: &str) -> String {
        let base = path::log(&self.namespace, &self.set, &self.pod);
        let (container, previous) = (&self.container, self.previous);
        format!(
            "{base}?container={container}&previous={previous}&follow={follow}&timestamps=true&{part}"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_is_asked_for_whole_or_for_what_was_missed() {
        let asked = Asked {
            namespace: "shop".into(),
            set: "web".into(),
            pod: "web-0".into(),
            container: "app".into(),
            previous: false,
            follow: true,
        };
        let of = "/api/v1/sets/shop/web/pods/web-0/logs?container=app&previous=false";
        assert_eq!(asked.address(None), format!("{of}&follow=true&timestamps=true&tailLines=1000"));
        assert_eq!(
            asked.address(Some(42)),
            format!("{of}&follow=true&timestamps=true&tailLines=5000&sinceSeconds=42")
        );
        let read = Asked { follow: false, ..asked.clone() };
        assert!(asked.is_same_log(&read));
        assert!(!asked.is_same_log(&Asked { container: "agent".into(), ..asked.clone() }));
        assert!(!asked.is_same_log(&Asked { previous: true, ..asked.clone() }));
        assert_eq!(asked.look(), format!("{of}&follow=false&timestamps=true&tailLines=1"));
    }
}
