//! What the API server answers when it does not do what it was asked, as a `Status`.

use serde_json::{Value, json};

use crate::kind::Kind;

/// A `Status` of failure.
#[derive(Clone, Debug, PartialEq)]
pub struct Refusal {
    /// HTTP status.
    pub code: u16,
    /// `metav1.StatusReason`, such as `NotFound`.
    pub reason: &'static str,
    pub message: String,
    /// `details` of the Status.
    pub details: Option<Value>,
}

/// One field that validation complains about.
#[derive(Clone, Debug, PartialEq)]
pub struct Cause {
    /// `FieldValueInvalid`, `FieldValueForbidden`, `FieldValueRequired`, `FieldValueNotSupported`.
    pub reason: &'static str,
    /// `spec.replicas`.
    pub field: String,
    /// What comes after the field's name.
    pub message: String,
}

impl Cause {
    /// `Invalid value: <value>: <why>`.
    pub fn invalid(field: &str, value: &Value, why: &str) -> Self {
        Self {
            reason: "FieldValueInvalid",
            field: field.to_owned(),
            message: format!("Invalid value: {}: {why}", go_value(value)),
        }
    }

    pub fn forbidden(field: &str, why: &str) -> Self {
        Self {
            reason: "FieldValueForbidden",
            field: field.to_owned(),
            message: format!("Forbidden: {why}"),
        }
    }

    pub fn required(field: &str, why: &str) -> Self {
        let message = if why.is_empty() {
            "Required value".to_owned()
        } else {
            format!("Required value: {why}")
        };
        Self { reason: "FieldValueRequired", field: field.to_owned(), message }
    }

    pub fn unsupported(field: &str, value: &str, supported: &[&str]) -> Self {
        let all: Vec<String> = supported.iter().map(|s| format!("{s:?}")).collect();
        Self {
            reason: "FieldValueNotSupported",
            field: field.to_owned(),
            message: format!("Unsupported value: {value:?}: supported values: {}", all.join(", ")),
        }
    }
}

/// A value as Go's `field.Error` prints it: text in quotes, structures as JSON.
fn go_value(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        other => other.to_string(),
    }
}

impl Refusal {
    pub fn new(code: u16, reason: &'static str, message: impl Into<String>) -> Self {
        Self { code, reason, message: message.into(), details: None }
    }

    fn about(mut self, kind: Kind, name: &str) -> Self {
        let info = kind.info();
        let mut details = json!({"name": name, "kind": info.resource});
        if !info.group.is_empty() {
            details["group"] = json!(info.group);
        }
        self.details = Some(details);
        self
    }

    pub fn bad_request(message: impl Into<String>) -> Self {
        Self::new(400, "BadRequest", message)
    }

    pub fn not_found(kind: Kind, name: &str) -> Self {
        let message = format!("{} {name:?} not found", kind.info().qualified());
        Self::new(404, "NotFound", message).about(kind, name)
    }

    /// The path leads nowhere.
    pub fn no_such_path() -> Self {
        let mut refusal =
            Self::new(404, "NotFound", "the server could not find the requested resource");
        refusal.details = Some(json!({}));
        refusal
    }

    pub fn already_exists(kind: Kind, name: &str) -> Self {
        let message = format!("{} {name:?} already exists", kind.info().qualified());
        Self::new(409, "AlreadyExists", message).about(kind, name)
    }

    pub fn conflict(kind: Kind, name: &str, why: &str) -> Self {
        let message =
            format!("Operation cannot be fulfilled on {} {name:?}: {why}", kind.info().qualified());
        Self::new(409, "Conflict", message).about(kind, name)
    }

    /// The resourceVersion is not the present one.
    pub fn modified(kind: Kind, name: &str) -> Self {
        let why = "the object has been modified; please apply your changes to the latest version and try again";
        Self::conflict(kind, name, why)
    }

    pub fn forbidden(kind: Kind, name: &str, why: &str) -> Self {
        let message = format!("{} {name:?} is forbidden: {why}", kind.info().qualified());
        Self::new(403, "Forbidden", message).about(kind, name)
    }

    /// A watch or a continue token is too old.
    pub fn expired(message: impl Into<String>) -> Self {
        Self::new(410, "Expired", message)
    }

    pub fn method_not_allowed() -> Self {
        Self::new(
            405,
            "MethodNotAllowed",
            "the server does not allow this method on the requested resource",
        )
    }

    /// 422 with the fields that are wrong.
    pub fn invalid(kind: Kind, name: &str, causes: &[Cause]) -> Self {
        let info = kind.info();
        let all: Vec<String> =
            causes.iter().map(|c| format!("{}: {}", c.field, c.message)).collect();
        let text =
            if let [one] = all.as_slice() { one.clone() } else { format!("[{}]", all.join(", ")) };
        let qualified = if info.group.is_empty() {
            info.name.to_owned()
        } else {
            format!("{}.{}", info.name, info.group)
        };
        let mut refusal =
            Self::new(422, "Invalid", format!("{qualified} {name:?} is invalid: {text}"));
        let causes: Vec<Value> = causes
            .iter()
            .map(|c| json!({"reason": c.reason, "message": c.message, "field": c.field}))
            .collect();
        refusal.details =
            Some(json!({"name": name, "group": info.group, "kind": info.name, "causes": causes}));
        refusal
    }

    /// As it goes over the wire.
    pub fn status(&self) -> Value {
        let mut status = json!({
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": {},
            "status": "Failure",
            "message": self.message,
            "reason": self.reason,
            "code": self.code,
        });
        if let Some(details) = &self.details {
            status["details"] = details.clone();
        }
        status
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_wrong_fields_are_listed_in_brackets() {
        let causes = [
            Cause::invalid("spec.replicas", &json!(-1), "must be greater than or equal to 0"),
            Cause::required("spec.selector", ""),
        ];
        let refusal = Refusal::invalid(Kind::Set, "web", &causes);
        assert_eq!(
            refusal.message,
            "StatefulSet.apps \"web\" is invalid: [spec.replicas: Invalid value: -1: must be greater than or equal to 0, spec.selector: Required value]"
        );
        assert_eq!(refusal.status()["details"]["causes"][1]["field"], "spec.selector");
    }
}
