//! Writing a recording as the recordings are written: what fits on a line stays on it.

use serde_json::Value;

const WIDTH: usize = 118;

/// Keys come in this order, then by name.
const ORDER: [&str; 33] = [
    "name",
    "about",
    "kubernetes",
    "featureGates",
    "runs",
    "set",
    "steps",
    "step",
    "racy",
    "refused",
    "events",
    "settled",
    "pods",
    "claims",
    "revisions",
    "apiVersion",
    "kind",
    "metadata",
    "generation",
    "observedGeneration",
    "by",
    "event",
    "claim",
    "owner",
    "ordinal",
    "rev",
    "life",
    "phase",
    "ready",
    "replicas",
    "readyReplicas",
    "availableReplicas",
    "currentReplicas",
];

/// The text, with a newline at its end.
pub(crate) fn pretty(value: &Value) -> String {
    let mut text = String::new();
    write(value, 0, &mut text);
    text.push('\n');
    text
}

fn keys(object: &serde_json::Map<String, Value>) -> Vec<&String> {
    let place = |key: &str| ORDER.iter().position(|known| *known == key).unwrap_or(ORDER.len());
    let mut keys: Vec<&String> = object.keys().collect();
    keys.sort_by_key(|key| (place(key), (*key).clone()));
    keys
}

fn compact(value: &Value) -> String {
    match value {
        Value::Object(object) => {
            let parts: Vec<String> = keys(object)
                .into_iter()
                .map(|key| format!("{}: {}", Value::from(key.as_str()), compact(&object[key])))
                .collect();
            format!("{{{}}}", parts.join(", "))
        }
        Value::Array(all) => {
            let parts: Vec<String> = all.iter().map(compact).collect();
            format!("[{}]", parts.join(", "))
        }
        other => other.to_string(),
    }
}

fn write(value: &Value, depth: usize, text: &mut String) {
    let line = compact(value);
    let parts: Vec<(String, &Value)> = match value {
        Value::Object(object) if depth == 0 || depth + line.len() > WIDTH => {
            let key = |key: &str| format!("{}: ", Value::from(key));
            keys(object).into_iter().map(|k| (key(k), &object[k])).collect()
        }
        Value::Array(all) if depth + line.len() > WIDTH => {
            all.iter().map(|one| (String::new(), one)).collect()
        }
        _ => {
            text.push_str(&line);
            return;
        }
    };
    let (open, close) = if value.is_object() { ('{', '}') } else { ('[', ']') };
    text.push(open);
    for (i, (key, part)) in parts.iter().enumerate() {
        text.push_str(if i == 0 { "\n" } else { ",\n" });
        text.push_str(&" ".repeat(depth + 1));
        text.push_str(key);
        write(part, depth + 1, text);
    }
    text.push('\n');
    text.push_str(&" ".repeat(depth));
    text.push(close);
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_written_reads_back_and_short_parts_stay_on_their_line() {
        let value = json!({
            "steps": [{"step": {"create": true}, "events": [[{"event": "create", "ordinal": 0, "rev": "rev-A"}]]}],
            "name": "a", "set": {"spec": {"replicas": 3, "long": "x".repeat(120)}},
        });
        let text = pretty(&value);
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), value);
        assert!(text.starts_with("{\n \"name\": \"a\",\n \"set\": {\n"), "{text}");
        assert!(
            text.contains("[[{\"event\": \"create\", \"ordinal\": 0, \"rev\": \"rev-A\"}]]"),
            "{text}"
        );
    }
}
