//! The logs of several pods as one stream of the server: what is asked for, and how single pods end.

use model::path;
use model::set::{Set, SetKey};
use model::wire::LogEnd;
use model::words;

/// Lines of each pod that were written before.
const LINES: u32 = 100;

/// Lines of each pod at most, where the stream goes on after it was lost.
const MISSED: usize = super::held::KEPT;

/// How much of what was written before is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Back {
    /// Some lines, to begin with.
    Some,
    /// What was written in so many seconds: something was missed.
    Seconds(u32),
    /// As much as is kept: something was missed, and of some pods nothing was read yet.
    Kept,
}

/// Which logs are asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    pub ordinals: Vec<u32>,
    pub container: Option<String>,
    pub previous: bool,
    pub follow: bool,
}

impl Asked {
    /// Whether both ask for the same of their pods, whichever those are, and whether they are followed or not.
    pub fn is_alike(&self, other: &Self) -> bool {
        (&self.container, self.previous) == (&other.container, other.previous)
    }

    /// Where the stream is.
    pub fn url(&self, key: &SetKey, back: Back) -> String {
        let part = match back {
            Back::Some => format!("tailLines={LINES}"),
            Back::Seconds(seconds) => format!("tailLines={MISSED}&sinceSeconds={seconds}"),
            Back::Kept => format!("tailLines={MISSED}"),
        };
        self.address(key, self.follow, &part)
    }

    /// The same for a short look: a browser does not say why a stream did not open.
    pub fn probe(&self, key: &SetKey) -> String {
        self.address(key, false, "tailLines=1")
    }

    fn address(&self, key: &SetKey, follow: bool, part: &str) -> String {
        let base = path::logs(&key.namespace, &key.name);
        let ordinals: Vec<String> = self.ordinals.iter().map(ToString::to_string).collect();
        let container =
            self.container.as_ref().map(|c| format!("&container={c}")).unwrap_or_default();
        format!(
            "{base}?ordinals={}{container}&previous={}&follow={follow}&timestamps=true&{part}",
            ordinals.join(","),
            self.previous
        )
    }
}

/// Why logs of single pods are not there, or not any more: a sentence for each reason.
pub fn ended(ends: &[LogEnd], set: &str) -> Vec<String> {
    let mut reasons: Vec<&LogEnd> = Vec::new();
    for end in ends {
        if !reasons.iter().any(|r| r.reason == end.reason) {
            reasons.push(end);
        }
    }
    let one = |first: &&LogEnd| {
        let of = ends.iter().filter(|e| e.reason == first.reason);
        let ordinals = of.filter_map(|e| Set::ordinal_in(set, e.pod.as_deref()?));
        let who = words::pods(set, ordinals);
        match first.reason.as_str() {
            "complete" => format!("{who}: the log is at its end."),
            "log-not-yet" => format!("{who}: there is no log yet."),
            "no-previous-log" => {
                format!(
                    "{who}: there is no previous log: no container was restarted, or the node has dropped it."
                )
            }
            "no-such-part" => format!("{who}: there is no container of this name."),
            _ => format!("{who}: {}", first.says),
        }
    };
    reasons.iter().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stream_is_asked_for_chosen_ordinals() {
        let mut asked =
            Asked { ordinals: vec![0, 2], container: None, previous: false, follow: true };
        let key = SetKey::new("shop", "web");
        assert_eq!(
            asked.url(&key, Back::Some),
            "/api/v1/sets/shop/web/logs?ordinals=0,2&previous=false&follow=true&timestamps=true&tailLines=100"
        );
        assert_eq!(
            asked.url(&key, Back::Seconds(42)),
            "/api/v1/sets/shop/web/logs?ordinals=0,2&previous=false&follow=true&timestamps=true&tailLines=2000&sinceSeconds=42"
        );
        assert_eq!(
            asked.url(&key, Back::Kept),
            "/api/v1/sets/shop/web/logs?ordinals=0,2&previous=false&follow=true&timestamps=true&tailLines=2000"
        );
        asked.container = Some("agent".into());
        assert_eq!(
            asked.probe(&key),
            "/api/v1/sets/shop/web/logs?ordinals=0,2&container=agent&previous=false&follow=false&timestamps=true&tailLines=1"
        );
    }

    #[test]
    fn pods_without_a_log_are_named_once_for_each_reason() {
        let end = |pod: &str, reason: &str| LogEnd {
            pod: Some(pod.into()),
            reason: reason.into(),
            says: "The cluster does not let vera get pods/log.".into(),
        };
        let ends = [
            end("web-2", "no-previous-log"),
            end("web-1", "no-access"),
            end("web-0", "no-previous-log"),
        ];
        assert_eq!(
            ended(&ends, "web"),
            [
                "web-0 and web-2: there is no previous log: no container was restarted, or the node has dropped it.",
                "web-1: The cluster does not let vera get pods/log.",
            ]
        );
    }
}
