//! A pretend kubelet: what becomes of a pod is written on its image's tag.

use serde_json::Value;

/// How a pod behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Behaviour {
    /// Running and Ready soon.
    Ready,
    /// Running soon, Ready after so many milliseconds more: `-slow-2s`.
    Slow(i64),
    /// Running, never Ready: `-never`, `-crash`.
    Never,
    /// Pending for good: `-pull`, `-pending`.
    Pending,
}

/// Read from the end of the tag of the first image that says something; `-never-2` holds for ordinal 2 alone.
pub(super) fn behaviour(template: &Value, ordinal: u32) -> Behaviour {
    let containers = template.pointer("/spec/containers").and_then(Value::as_array);
    let images =
        containers.into_iter().flatten().filter_map(|c| c.get("image").and_then(Value::as_str));
    for image in images {
        let tag = image.rsplit(':').next().unwrap_or_default();
        let parts: Vec<&str> = tag.split('-').collect();
        let told = parts.iter().rposition(|p| KINDS.contains(p)).filter(|i| i + 2 >= parts.len());
        let Some(at) = told else { continue };
        let argument = parts.get(at + 1).copied();
        if parts[at] == "slow" {
            return Behaviour::Slow(argument.and_then(duration).unwrap_or(0));
        }
        if argument.is_none_or(|a| a == ordinal.to_string()) {
            return match parts[at] {
                "pull" | "pending" => Behaviour::Pending,
                _ => Behaviour::Never,
            };
        }
    }
    Behaviour::Ready
}

const KINDS: [&str; 5] = ["never", "slow", "crash", "pull", "pending"];

/// `2s`, `500ms`, `1m` in milliseconds.
fn duration(text: &str) -> Option<i64> {
    let end = text.bytes().take_while(u8::is_ascii_digit).count();
    let number: i64 = text[..end].parse().ok()?;
    match &text[end..] {
        "ms" => Some(number),
        "s" => Some(number * 1_000),
        "m" => Some(number * 60_000),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_tag_says_how_a_pod_behaves() {
        let of = |tag: &str, ordinal| {
            let image = format!("registry.example/app:{tag}");
            behaviour(&json!({"spec": {"containers": [{"image": image}]}}), ordinal)
        };
        assert_eq!(of("v1", 0), Behaviour::Ready);
        assert_eq!(of("v2-never", 0), Behaviour::Never);
        assert_eq!(of("v2-never-2", 2), Behaviour::Never);
        assert_eq!(of("v2-never-2", 1), Behaviour::Ready);
        assert_eq!(of("v2-slow-2s", 1), Behaviour::Slow(2_000));
        assert_eq!(of("v2-crash", 1), Behaviour::Never);
        assert_eq!(of("v3-pull", 1), Behaviour::Pending);
        assert_eq!(of("never-mind-v3", 1), Behaviour::Ready);
    }
}
