//! Digests of templates: the same for the same content, whatever the order of keys.

use std::fmt::Write as _;

use serde_json::Value;
use sha2::{Digest as _, Sha256};

/// Characters of a digest: 128 bits, beyond any accidental collision.
const LENGTH: usize = 32;

/// JSON text with sorted keys and without null members, which mean "absent" in Kubernetes. Does not rely on how
/// `serde_json` orders maps: a feature of any crate in the tree can change that.
pub fn canonical(value: &Value) -> String {
    let mut out = String::new();
    write(value, &mut out);
    out
}

/// SHA-256 of the text in lower-case hex, shortened to 32 characters.
pub fn digest(text: &str) -> String {
    let mut hex = String::with_capacity(LENGTH);
    for byte in Sha256::digest(text.as_bytes()).iter().take(LENGTH / 2) {
        // Writing to a String cannot fail.
        let _ = write!(hex, "{byte:02x}");
    }
    hex
}

fn write(value: &Value, out: &mut String) {
    match value {
        Value::Object(map) => {
            let mut members: Vec<_> = map.iter().filter(|(_, v)| !v.is_null()).collect();
            members.sort_by_key(|(k, _)| *k);
            out.push('{');
            for (i, (key, value)) in members.into_iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                string(key, out);
                out.push(':');
                write(value, out);
            }
            out.push('}');
        }
        Value::Array(items) => {
            out.push('[');
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                write(item, out);
            }
            out.push(']');
        }
        Value::String(text) => string(text, out),
        plain => {
            let _ = write!(out, "{plain}");
        }
    }
}

/// The quoting of `serde_json`.
fn string(text: &str, out: &mut String) {
    let _ = write!(out, "{}", Value::String(text.to_owned()));
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_order_of_keys_and_null_members_do_not_matter() {
        let a: Value =
            serde_json::from_str(r#"{"b":[1,{"y":null,"x":"\"q\""}],"a":true}"#).unwrap();
        let b = json!({"a": true, "b": [1, {"x": "\"q\""}], "c": null});
        assert_eq!(canonical(&a), r#"{"a":true,"b":[1,{"x":"\"q\""}]}"#);
        assert_eq!(canonical(&a), canonical(&b));
    }

    #[test]
    fn a_digest_is_the_beginning_of_the_sha_256() {
        // printf abc | sha256sum
        assert_eq!(digest("abc"), "ba7816bf8f01cfea414140de5dae2223");
    }
}
