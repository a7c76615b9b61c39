//! The few bodies that kubectl sends as protobuf: reviews, evictions, `create namespace|pdb|configmap`.
//! Source: the `generated.proto` files of `k8s.io/api` and `k8s.io/apimachinery`; the envelope is
//! `runtime.Unknown` behind four magic bytes.

use serde_json::{Map, Value, json};

const MAGIC: &[u8] = b"k8s\0";

/// How a field is written.
enum Shape {
    Text,
    Number,
    Flag,
    Texts,
    /// A map from text to text.
    Map,
    IntOrString,
    Message(&'static Fields),
    Messages(&'static Fields),
}

/// Field numbers, JSON names and shapes of a message.
type Fields = [(u64, &'static str, Shape)];

static META: &Fields = &[
    (1, "name", Shape::Text),
    (2, "generateName", Shape::Text),
    (3, "namespace", Shape::Text),
    (5, "uid", Shape::Text),
    (11, "labels", Shape::Map),
    (12, "annotations", Shape::Map),
];
static EXPRESSION: &Fields =
    &[(1, "key", Shape::Text), (2, "operator", Shape::Text), (3, "values", Shape::Texts)];
static SELECTOR: &Fields =
    &[(1, "matchLabels", Shape::Map), (2, "matchExpressions", Shape::Messages(EXPRESSION))];
static ATTRIBUTES: &Fields = &[
    (1, "namespace", Shape::Text),
    (2, "verb", Shape::Text),
    (3, "group", Shape::Text),
    (4, "version", Shape::Text),
    (5, "resource", Shape::Text),
    (6, "subresource", Shape::Text),
    (7, "name", Shape::Text),
];
static SELF_ACCESS: &Fields = &[
    (1, "metadata", Shape::Message(META)),
    (2, "spec", Shape::Message(&[(1, "resourceAttributes", Shape::Message(ATTRIBUTES))])),
];
static RULES: &Fields = &[(2, "spec", Shape::Message(&[(1, "namespace", Shape::Text)]))];
static PRECONDITIONS: &Fields = &[(1, "uid", Shape::Text), (2, "resourceVersion", Shape::Text)];
static DELETION: &Fields = &[
    (1, "gracePeriodSeconds", Shape::Number),
    (2, "preconditions", Shape::Message(PRECONDITIONS)),
    (3, "orphanDependents", Shape::Flag),
    (4, "propagationPolicy", Shape::Text),
    (5, "dryRun", Shape::Texts),
];
static EVICTION: &Fields =
    &[(1, "metadata", Shape::Message(META)), (2, "deleteOptions", Shape::Message(DELETION))];
static BUDGET: &Fields = &[
    (1, "metadata", Shape::Message(META)),
    (
        2,
        "spec",
        Shape::Message(&[
            (1, "minAvailable", Shape::IntOrString),
            (2, "selector", Shape::Message(SELECTOR)),
            (3, "maxUnavailable", Shape::IntOrString),
            (4, "unhealthyPodEvictionPolicy", Shape::Text),
        ]),
    ),
];
static NAMED: &Fields = &[(1, "metadata", Shape::Message(META))];
static CONFIG_MAP: &Fields = &[
    (1, "metadata", Shape::Message(META)),
    (2, "data", Shape::Map),
    (4, "immutable", Shape::Flag),
];
static INT_OR_STRING: &Fields =
    &[(1, "type", Shape::Number), (2, "int", Shape::Number), (3, "text", Shape::Text)];
static ENTRY: &Fields = &[(1, "key", Shape::Text), (2, "value", Shape::Text)];
static TYPE: &Fields = &[(1, "apiVersion", Shape::Text), (2, "kind", Shape::Text)];

/// The object as JSON; `None` for a kind that is not known here.
pub(super) fn read(body: &[u8]) -> Option<Value> {
    let envelope = body.strip_prefix(MAGIC)?;
    let (mut kind, mut raw) = (json!({}), &[][..]);
    for (number, field) in fields(envelope)? {
        match (number, field) {
            (1, Field::Bytes(bytes)) => kind = message(bytes, TYPE)?,
            (2, Field::Bytes(bytes)) => raw = bytes,
            _ => {}
        }
    }
    let known = match kind["kind"].as_str()? {
        "SelfSubjectAccessReview" => SELF_ACCESS,
        "SelfSubjectRulesReview" => RULES,
        "SelfSubjectReview" | "Namespace" | "ServiceAccount" => NAMED,
        "Eviction" => EVICTION,
        "DeleteOptions" => DELETION,
        "PodDisruptionBudget" => BUDGET,
        "ConfigMap" => CONFIG_MAP,
        _ => return None,
    };
    let mut object = message(raw, known)?;
    object["apiVersion"] = kind["apiVersion"].clone();
    object["kind"] = kind["kind"].clone();
    Some(object)
}

enum Field<'a> {
    Number(u64),
    Bytes(&'a [u8]),
}

fn message(bytes: &[u8], known: &Fields) -> Option<Value> {
    let mut object = Map::new();
    for (number, field) in fields(bytes)? {
        let Some((_, name, shape)) = known.iter().find(|(n, ..)| *n == number) else { continue };
        let value = match (shape, field) {
            (Shape::Text | Shape::Texts, Field::Bytes(b)) => json!(std::str::from_utf8(b).ok()?),
            (Shape::Number, Field::Number(n)) => json!(n.cast_signed()),
            (Shape::Flag, Field::Number(n)) => json!(n != 0),
            (Shape::Message(inner) | Shape::Messages(inner), Field::Bytes(b)) => message(b, inner)?,
            (Shape::IntOrString, Field::Bytes(b)) => {
                let either = message(b, INT_OR_STRING)?;
                if either["type"] == json!(1) {
                    either["text"].clone()
                } else {
                    either["int"].clone()
                }
            }
            (Shape::Map, Field::Bytes(b)) => message(b, ENTRY)?,
            _ => return None,
        };
        match shape {
            Shape::Texts | Shape::Messages(_) => {
                object.entry(*name).or_insert_with(|| json!([])).as_array_mut()?.push(value);
            }
            Shape::Map => {
                let key = value["key"].as_str().unwrap_or_default().to_owned();
                let text = json!(value["value"].as_str().unwrap_or_default());
                object.entry(*name).or_insert_with(|| json!({})).as_object_mut()?.insert(key, text);
            }
            // Go writes empty texts too; they are absent in JSON.
            Shape::Text if value == "" => {}
            _ => {
                object.insert((*name).to_owned(), value);
            }
        }
    }
    Some(Value::Object(object))
}

/// Source: <https://protobuf.dev/programming-guides/encoding/>.
fn fields(mut bytes: &[u8]) -> Option<Vec<(u64, Field<'_>)>> {
    let mut all = Vec::new();
    while !bytes.is_empty() {
        let tag = varint(&mut bytes)?;
        let field = match tag & 7 {
            0 => Field::Number(varint(&mut bytes)?),
            2 => {
                let length = usize::try_from(varint(&mut bytes)?).ok()?;
                let (inner, rest) = bytes.split_at_checked(length)?;
                bytes = rest;
                Field::Bytes(inner)
            }
            _ => return None,
        };
        all.push((tag >> 3, field));
    }
    Some(all)
}

fn varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut number = 0_u64;
    for shift in (0..64).step_by(7) {
        let (first, rest) = bytes.split_first()?;
        *bytes = rest;
        number |= u64::from(first & 0x7f) << shift;
        if first & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A field with bytes in it.
    fn bytes(number: u8, inner: &[u8]) -> Vec<u8> {
        let mut out = vec![number << 3 | 2, u8::try_from(inner.len()).unwrap()];
        out.extend_from_slice(inner);
        out
    }

    #[test]
    fn a_budget_is_read_with_its_selector() {
        let kind = [bytes(1, b"policy/v1"), bytes(2, b"PodDisruptionBudget")].concat();
        let selector = bytes(1, &[bytes(1, b"app"), bytes(2, b"web")].concat());
        let spec = [bytes(1, &[0x08, 0, 0x10, 3]), bytes(2, &selector)].concat();
        let raw = [bytes(1, &bytes(1, b"web")), bytes(2, &spec)].concat();
        let body = [MAGIC, &bytes(1, &kind), &bytes(2, &raw)].concat();
        assert_eq!(
            read(&body).unwrap(),
            json!({"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": {"name": "web"},
                "spec": {"minAvailable": 3, "selector": {"matchLabels": {"app": "web"}}}})
        );
    }

    #[test]
    fn what_is_cut_off_or_unknown_is_not_read() {
        assert_eq!(read(b"k8s\0\x0a\x7f"), None);
        assert_eq!(read(b"{}"), None);
        let kind = [bytes(1, b"apps/v1"), bytes(2, b"Deployment")].concat();
        assert_eq!(read(&[MAGIC, &bytes(1, &kind)].concat()), None);
    }
}
