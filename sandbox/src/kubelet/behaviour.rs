//! What a container does, by the tag of its image:
//!
//! | tag ends in | the container |
//! |---|---|
//! | anything else | runs, and is Ready soon |
//! | `slow-60s` | runs, and is Ready after that time |
//! | `never` | runs, is never Ready |
//! | `crash` | ends with exit code 1 again and again |
//! | `oom` | the same with exit code 137, OOMKilled |
//! | `pull` | its image cannot be pulled |
//! | `pending` | nothing happens after it was scheduled |
//!
//! `never-2` holds for the pod with ordinal 2 alone, and so with the others but `slow`. Annotations of the pod, as Go
//! durations: `rollcall.test/ready-after` (all containers) and `rollcall.test/end-after` (a deleted pod takes that long).

use std::time::Duration;

use serde_json::Value;

use crate::clock::duration;
use crate::object;

pub(super) const READY_AFTER: &str = "rollcall.test/ready-after";
pub(super) const END_AFTER: &str = "rollcall.test/end-after";

/// See the table above.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Behaviour {
    Fine,
    Slow(Duration),
    Never,
    Crash,
    Oom,
    Pull,
    Pending,
}

/// The behaviour of one container of a pod. `asks`: what the pod asks for itself counts.
pub(super) fn of(pod: &Value, image: &str, asks: bool) -> Behaviour {
    let index = object::label(pod, "apps.kubernetes.io/pod-index");
    if let Some(found) = of_tag(image, index) {
        return found;
    }
    match object::annotation(pod, READY_AFTER).filter(|_| asks).and_then(duration) {
        Some(time) => Behaviour::Slow(time),
        None => Behaviour::Fine,
    }
}

fn of_tag(image: &str, index: Option<&str>) -> Option<Behaviour> {
    let tag = image.rsplit('/').next()?.split_once(':')?.1;
    let words: Vec<&str> = tag.split('-').collect();
    let (last, before) = words.split_last()?;
    if let Some(plain) = word(last) {
        return Some(plain);
    }
    let kind = before.last()?;
    if *kind == "slow" {
        return duration(last).map(Behaviour::Slow);
    }
    word(kind).filter(|_| index == Some(*last))
}

fn word(word: &str) -> Option<Behaviour> {
    Some(match word {
        "slow" => Behaviour::Slow(Duration::from_secs(2)),
        "never" => Behaviour::Never,
        "crash" => Behaviour::Crash,
        "oom" => Behaviour::Oom,
        "pull" => Behaviour::Pull,
        "pending" => Behaviour::Pending,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_say_what_the_container_does() {
        let at = |tag: &str, index: &str| {
            of_tag(&format!("registry.example:5000/app:{tag}"), Some(index))
        };
        assert_eq!(at("v1", "0"), None);
        assert_eq!(at("v2-never", "0"), Some(Behaviour::Never));
        assert_eq!(at("never-2", "2"), Some(Behaviour::Never));
        assert_eq!(at("v2-never-2", "1"), None);
        assert_eq!(at("v2-slow-2s", "1"), Some(Behaviour::Slow(Duration::from_secs(2))));
        assert_eq!(at("crash", "1"), Some(Behaviour::Crash));
        assert_eq!(at("1.0-oom-0", "0"), Some(Behaviour::Oom));
        assert_eq!(at("v3-pull", "0"), Some(Behaviour::Pull));
        assert_eq!(of_tag("registry.example:5000/app", None), None);
    }
}
