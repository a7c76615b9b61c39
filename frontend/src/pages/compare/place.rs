//! What the address of the page says: which pods, which container, which command, how the logs are shown.

use model::path::page;
use model::set::SetKey;

use super::choice::Choice;
use crate::route::Query;

/// The address of the page, apart from its set.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    pub on: Choice,
    /// The name of a container; absent, each pod's default one.
    pub container: Option<String>,
    /// The name of a configured command. A link chooses it and never runs it.
    pub command: Option<String>,
    /// The logs of the instances before.
    pub previous: bool,
    /// The logs in one list; absent, by the width of the window.
    pub merged: Option<bool>,
}

impl Place {
    pub fn of(query: &Query) -> Self {
        let text = |key| query.get(key).filter(|v| !v.is_empty());
        Self {
            on: text("on").and_then(|on| Choice::parse(&on)).unwrap_or_default(),
            container: text("container").filter(|name| is_name(name)),
            command: text("command").filter(|name| is_name(name)),
            previous: text("logs").as_deref() == Some("previous"),
            merged: match text("view").as_deref() {
                Some("merged") => Some(true),
                Some("side") => Some(false),
                _ => None,
            },
        }
    }

    pub fn url(&self, key: &SetKey) -> String {
        let merged = |merged| if merged { "merged" } else { "side" }.to_owned();
        // Names of containers and commands need no escaping.
        let all = [
            ("on", Some(self.on.text()).filter(|on| !on.is_empty())),
            ("container", self.container.clone()),
            ("command", self.command.clone()),
            ("logs", self.previous.then(|| "previous".to_owned())),
            ("view", self.merged.map(merged)),
        ];
        let mut url = page::compare(&key.namespace, &key.name);
        let mut sign = '?';
        for (key, value) in all {
            if let Some(value) = value {
                url.push(sign);
                url.push_str(key);
                url.push('=');
                url.push_str(&value);
                sign = '&';
            }
        }
        url
    }
}

/// Names of containers and of commands are of these letters; anything else in an address was made up.
fn is_name(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_name_is_not_taken_from_an_address() {
        assert!(is_name("visits") && is_name("side-car_2.x"));
        assert!(!is_name("a&follow=true") && !is_name("a b"));
    }

    #[test]
    fn the_address_says_what_is_compared() {
        let key = SetKey::new("shop", "web");
        assert_eq!(Place::default().url(&key), "/sets/shop/web/compare");
        let place = Place {
            on: Choice::parse("0-2,7").expect("ordinals"),
            container: Some("agent".into()),
            command: Some("visits".into()),
            previous: true,
            merged: Some(false),
        };
        assert_eq!(
            place.url(&key),
            "/sets/shop/web/compare?on=0-2,7&container=agent&command=visits&logs=previous&view=side"
        );
    }
}
