//! Which controller it is: rules differ by version and by feature gate.

use jiff::Timestamp;

/// The version of kube-controller-manager, in practice that of the API server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version {
    pub major: u16,
    pub minor: u16,
    pub patch: u16,
}

/// The cluster as far as a sync depends on it, and the moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cluster {
    pub version: Version,
    /// Gate MaxUnavailableStatefulSet.
    pub max_unavailable: bool,
    /// Gate StatefulSetRecreateStrategy (alpha in 1.37).
    pub recreate: bool,
    pub now: Timestamp,
}

impl Version {
    /// The newest version that was watched step by step.
    pub const SEEN: Self = Self { major: 1, minor: 36, patch: 3 };

    pub const fn new(major: u16, minor: u16, patch: u16) -> Self {
        Self { major, minor, patch }
    }

    /// Reads `1.36.3`, `v1.36.3`, `v1.33.5-gke.100`, `v1.34.1+k3s1`. `None` if there is no major and minor number.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.strip_prefix('v').unwrap_or(text);
        let mut numbers = [0_u16; 3];
        let mut parts = text.splitn(3, '.');
        for (i, number) in numbers.iter_mut().enumerate() {
            let part = parts.next().unwrap_or_default();
            let end = part.bytes().take_while(u8::is_ascii_digit).count();
            match part[..end].parse() {
                Ok(n) => *number = n,
                Err(_) if i == 2 => {}
                Err(_) => return None,
            }
        }
        Some(Self::new(numbers[0], numbers[1], numbers[2]))
    }

    /// Whether the gate MaxUnavailableStatefulSet is on unless somebody sets it.
    /// Sources: its page of feature gates on kubernetes.io; kubernetes#137904 (off from 1.35.4), #137666 (on from 1.37).
    pub fn max_unavailable_by_default(self) -> bool {
        let minor = self.at_least(1, 37);
        minor || (self.major == 1 && self.minor == 35 && self.patch <= 3)
    }

    pub(super) fn at_least(self, major: u16, minor: u16) -> bool {
        (self.major, self.minor) >= (major, minor)
    }
}

impl Cluster {
    /// A cluster with that version's default gates.
    pub fn new(version: Version, now: Timestamp) -> Self {
        let max_unavailable = version.max_unavailable_by_default();
        Self { version, max_unavailable, recreate: false, now }
    }

    /// The update loop and the choice of the first bad pod look at Available, not only at Ready.
    /// Source: `utils`, `isUnavailable`; kubernetes#130909. Seen: absent in 1.33.13, there in 1.34.4 and 1.36.3.
    pub(super) fn looks_at_available(&self) -> bool {
        self.version.at_least(1, 34)
    }

    /// The rules of 1.37. From source, unseen.
    pub(super) fn is_137(&self) -> bool {
        self.version.at_least(1, 37)
    }

    /// Parallel sets scale down before they create. Source: kubernetes#141057 (1.38). From source, unseen.
    pub(super) fn condemned_first(&self) -> bool {
        self.version.at_least(1, 38)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_with_what_vendors_append() {
        let read = |text| Version::parse(text).map(|v| (v.major, v.minor, v.patch));
        assert_eq!(read("v1.36.3"), Some((1, 36, 3)));
        assert_eq!(read("1.34.1+k3s1"), Some((1, 34, 1)));
        assert_eq!(read("v1.33.5-gke.100"), Some((1, 33, 5)));
        assert_eq!(read("1.36"), Some((1, 36, 0)));
        assert_eq!(read("v1.38.0-alpha.2"), Some((1, 38, 0)));
        assert_eq!(read("1.30+"), Some((1, 30, 0)));
        assert_eq!(read("latest"), None);
        assert_eq!(read(""), None);
    }

    #[test]
    fn the_gate_was_on_for_four_patch_releases_and_is_from_1_37() {
        let on = |text| Version::parse(text).expect("a version").max_unavailable_by_default();
        for off in ["1.33.13", "1.34.4", "1.35.4", "1.36.3"] {
            assert!(!on(off), "{off}");
        }
        for set in ["1.35.0", "1.35.3", "1.37.0", "1.38.0"] {
            assert!(on(set), "{set}");
        }
    }
}
