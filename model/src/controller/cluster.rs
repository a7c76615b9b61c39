//! Which controller it is: rules differ by version and by feature gate.

use jiff::Timestamp;
use serde::de::{Deserialize, Deserializer, Error, Unexpected};
use serde::ser::{Serialize, Serializer};

use crate::set::{Set, UpdateStrategy};

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
    /// Sources: its page of feature gates on kubernetes.io; kubernetes#137904 (off from 1.35.4), #137666 (on from 1.37: from
    /// source, unseen).
    pub fn max_unavailable_by_default(self) -> bool {
        let minor = self.at_least(1, 37);
        minor || (self.major == 1 && self.minor == 35 && self.patch <= 3)
    }

    pub(crate) fn at_least(self, major: u16, minor: u16) -> bool {
        (self.major, self.minor) >= (major, minor)
    }
}

/// `1.36.3`.
impl std::fmt::Display for Version {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.patch)
    }
}

impl Serialize for Version {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Version {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = String::deserialize(d)?;
        Self::parse(&text)
            .ok_or_else(|| D::Error::invalid_value(Unexpected::Str(&text), &"a version"))
    }
}

/// What a set tells of the gate MaxUnavailableStatefulSet: while it is on, the API server fills in `maxUnavailable: 1`
/// wherever there is a `rollingUpdate`, also in what it reads from its store. `None` where there is none.
///
/// A field that was kept from the time before the gate went off is taken for "on". Sources: kubernetes
/// `pkg/apis/apps/v1/defaults.go`, `SetDefaults_StatefulSet`; `pkg/registry/apps/statefulset/strategy.go`,
/// `dropStatefulSetDisabledFields`.
pub fn max_unavailable_gate(set: &Set) -> Option<bool> {
    match &set.strategy {
        UpdateStrategy::RollingUpdate { rolling_update: Some(rolling) } => {
            Some(rolling.max_unavailable.is_some())
        }
        _ => None,
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
    fn a_version_is_a_text_in_json() {
        let version: Version = serde_json::from_str("\"v1.34.1+k3s1\"").expect("reads");
        assert_eq!(serde_json::to_string(&version).expect("writes"), "\"1.34.1\"");
        assert!(serde_json::from_str::<Version>("\"latest\"").is_err());
    }

    #[test]
    fn a_set_tells_whether_the_gate_is_on() {
        let told = |strategy| {
            max_unavailable_gate(&crate::testing::sts("web").strategy(strategy).facts().set)
        };
        let rolling = |max: Option<&str>| {
            let max_unavailable = max.map(str::to_owned);
            let rolling_update =
                Some(crate::set::RollingUpdate { partition: Some(0), max_unavailable });
            UpdateStrategy::RollingUpdate { rolling_update }
        };
        assert_eq!(told(rolling(Some("1"))), Some(true));
        assert_eq!(told(rolling(None)), Some(false));
        assert_eq!(told(UpdateStrategy::RollingUpdate { rolling_update: None }), None);
        assert_eq!(told(UpdateStrategy::OnDelete), None);
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
