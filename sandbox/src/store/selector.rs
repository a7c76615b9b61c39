//! Label and field selectors.

use serde_json::Value;

use crate::kind::Kind;
use crate::object;
use crate::refusal::Refusal;

/// One requirement of a label selector.
#[derive(Clone, Debug, PartialEq)]
enum Label {
    Is(String, Vec<String>),
    IsNot(String, Vec<String>),
    Exists(String),
    Missing(String),
}

/// What a list or a watch is about.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Selector {
    labels: Vec<Label>,
    /// JSON pointer, value, and whether it has to be equal.
    fields: Vec<(String, String, bool)>,
}

impl Selector {
    /// From the query's `labelSelector` and `fieldSelector`.
    ///
    /// # Errors
    /// 400 if one cannot be read.
    pub(crate) fn parse(kind: Kind, labels: &str, fields: &str) -> Result<Self, Refusal> {
        let mut selector = Self::default();
        for part in split(labels) {
            selector.labels.push(label(part).ok_or_else(|| {
                Refusal::bad_request(format!("unable to parse requirement: {part:?}"))
            })?);
        }
        for part in fields.split(',').filter(|p| !p.trim().is_empty()) {
            selector.fields.push(field(kind, part.trim())?);
        }
        Ok(selector)
    }

    /// From a `LabelSelector` object. `None` if it selects nothing (it is absent).
    pub(crate) fn of_object(object: &Value) -> Option<Self> {
        let object = object.as_object()?;
        let mut labels = Vec::new();
        for (key, value) in
            object.get("matchLabels").and_then(Value::as_object).into_iter().flatten()
        {
            labels.push(Label::Is(key.clone(), vec![value.as_str()?.to_owned()]));
        }
        for one in object.get("matchExpressions").and_then(Value::as_array).into_iter().flatten() {
            let key = one["key"].as_str()?.to_owned();
            let values =
                object::list(one, "/values").iter().filter_map(|v| Some(v.as_str()?.to_owned()));
            labels.push(match one["operator"].as_str()? {
                "In" => Label::Is(key, values.collect()),
                "NotIn" => Label::IsNot(key, values.collect()),
                "Exists" => Label::Exists(key),
                "DoesNotExist" => Label::Missing(key),
                _ => return None,
            });
        }
        Some(Self { labels, fields: Vec::new() })
    }

    /// From a plain map of labels, as a Service has. `None` if it is empty: then it selects nothing.
    pub(crate) fn of_map(map: &Value) -> Option<Self> {
        let map = map.as_object().filter(|m| !m.is_empty())?;
        let one = |(key, value): (&String, &Value)| {
            Some(Label::Is(key.clone(), vec![value.as_str()?.to_owned()]))
        };
        Some(Self { labels: map.iter().map(one).collect::<Option<_>>()?, fields: Vec::new() })
    }

    pub(crate) fn is_everything(&self) -> bool {
        self.labels.is_empty() && self.fields.is_empty()
    }

    pub(crate) fn matches(&self, object: &Value) -> bool {
        self.matches_labels(&object["metadata"]["labels"])
            && self.fields.iter().all(|(pointer, value, equal)| {
                let found = match object.pointer(pointer) {
                    Some(Value::String(s)) => s.clone(),
                    None | Some(Value::Null) => String::new(),
                    Some(other) => other.to_string(),
                };
                (found == *value) == *equal
            })
    }

    pub(crate) fn matches_labels(&self, labels: &Value) -> bool {
        let get = |key: &str| labels.get(key).and_then(Value::as_str);
        self.labels.iter().all(|one| match one {
            Label::Is(key, values) => get(key).is_some_and(|v| values.iter().any(|w| w == v)),
            Label::IsNot(key, values) => get(key).is_none_or(|v| values.iter().all(|w| w != v)),
            Label::Exists(key) => get(key).is_some(),
            Label::Missing(key) => get(key).is_none(),
        })
    }
}

/// At the commas outside brackets.
fn split(text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut depth, mut start) = (0_usize, 0);
    for (i, c) in text.char_indices() {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            ',' if depth == 0 => {
                parts.push(&text[start..i]);
                start = i + 1;
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    parts.into_iter().map(str::trim).filter(|p| !p.is_empty()).collect()
}

fn label(part: &str) -> Option<Label> {
    let key = |k: &str| {
        let k = k.trim();
        let good = |b: u8| b.is_ascii_alphanumeric() || b"-_./".contains(&b);
        (!k.is_empty() && k.bytes().all(good)).then(|| k.to_owned())
    };
    let values = |text: &str| {
        let inner = text.trim().strip_prefix('(')?.strip_suffix(')')?;
        Some(inner.split(',').map(|v| v.trim().to_owned()).collect::<Vec<_>>())
    };
    if let Some((k, v)) = part.split_once(" notin ") {
        return Some(Label::IsNot(key(k)?, values(v)?));
    }
    if let Some((k, v)) = part.split_once(" in ") {
        return Some(Label::Is(key(k)?, values(v)?));
    }
    if let Some((k, v)) = part.split_once("!=") {
        return Some(Label::IsNot(key(k)?, vec![v.trim().to_owned()]));
    }
    if let Some((k, v)) = part.split_once("==").or_else(|| part.split_once('=')) {
        return Some(Label::Is(key(k)?, vec![v.trim().to_owned()]));
    }
    match part.strip_prefix('!') {
        Some(k) => Some(Label::Missing(key(k)?)),
        None => Some(Label::Exists(key(part)?)),
    }
}

/// Fields that the real server indexes, by kind. Source: the kinds' `AddFieldLabelConversionFunc`.
fn field(kind: Kind, part: &str) -> Result<(String, String, bool), Refusal> {
    let (name, value, equal) = if let Some((n, v)) = part.split_once("!=") {
        (n, v, false)
    } else if let Some((n, v)) = part.split_once("==").or_else(|| part.split_once('=')) {
        (n, v, true)
    } else {
        return Err(Refusal::bad_request(format!(
            "invalid selector: {part:?}; can't understand {part:?}"
        )));
    };
    let more: &[&str] = match kind {
        Kind::Pod => &[
            "spec.nodeName",
            "spec.restartPolicy",
            "spec.schedulerName",
            "spec.serviceAccountName",
            "status.phase",
            "status.podIP",
            "status.nominatedNodeName",
        ],
        Kind::Event => &[
            "involvedObject.kind",
            "involvedObject.namespace",
            "involvedObject.name",
            "involvedObject.uid",
            "involvedObject.apiVersion",
            "involvedObject.resourceVersion",
            "involvedObject.fieldPath",
            "reason",
            "type",
            "source",
        ],
        Kind::Namespace => &["status.phase"],
        Kind::Node => &["spec.unschedulable"],
        Kind::Service => &["spec.clusterIP", "spec.type"],
        _ => &[],
    };
    if !["metadata.name", "metadata.namespace"].contains(&name) && !more.contains(&name) {
        return Err(Refusal::bad_request(format!(
            "Unable to find {:?} that match label selector \"\", field selector {part:?}: field label not supported: {name}",
            format!("{}, Resource={}", kind.info().api_version(), kind.info().resource)
        )));
    }
    let pointer = if name == "source" {
        "/source/component".to_owned()
    } else {
        format!("/{}", name.replace('.', "/"))
    };
    Ok((pointer, value.to_owned(), equal))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn selects(labels: &str, object: &Value) -> bool {
        Selector::parse(Kind::Pod, labels, "").unwrap().matches(object)
    }

    #[test]
    fn label_selectors_are_read_as_kubectl_writes_them() {
        let pod = json!({"metadata": {"labels": {"app": "web", "tier": "a"}}});
        for yes in
            ["app=web", "app==web,tier!=b", "app in (x, web),!gone", "tier", "x notin (a,b)", ""]
        {
            assert!(selects(yes, &pod), "{yes}");
        }
        for no in ["app=x", "app notin (web)", "!app", "gone", "app in (a,b)"] {
            assert!(!selects(no, &pod), "{no}");
        }
        assert_eq!(Selector::parse(Kind::Pod, "a b c", "").unwrap_err().code, 400);
    }

    #[test]
    fn only_fields_that_the_real_server_knows_can_be_selected() {
        let event = json!({"involvedObject": {"name": "web-0"}, "metadata": {}});
        let by = |text| Selector::parse(Kind::Event, "", text);
        assert!(by("involvedObject.name=web-0").unwrap().matches(&event));
        assert!(!by("involvedObject.name!=web-0").unwrap().matches(&event));
        assert_eq!(by("spec.x=1").unwrap_err().code, 400);
    }

    #[test]
    fn an_empty_service_selector_selects_nothing() {
        assert_eq!(Selector::of_map(&json!({})), None);
        assert!(
            Selector::of_map(&json!({"app": "web"}))
                .unwrap()
                .matches_labels(&json!({"app": "web"}))
        );
    }
}
