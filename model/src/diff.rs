//! Differences of two pod templates, as sentences.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::words;

/// One difference.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Change {
    /// `image`, `env`, `resources`, `probe`, `volume`, `label`, `annotation`, `command`, `other`: which icon.
    pub kind: String,
    /// "Container postgres changes image from 16.3 to 16.4."
    pub sentence: String,
}

/// What changes from one pod template (`spec.template`) to another. Equal templates give none.
///
/// Literal environment values are never part of a sentence unless `reveal` is set: they may be secrets.
pub fn changes(from: &Value, to: &Value, reveal: bool) -> Vec<Change> {
    sentences::changes(from, to, reveal)
}

/// What ends a list of differences: "Nothing else differs: probes, volumes, labels, resources and environment are equal."
pub fn else_equal(changes: &[Change]) -> String {
    let parts = [
        ("image", "images"),
        ("probe", "probes"),
        ("volume", "volumes"),
        ("label", "labels"),
        ("resources", "resources"),
        ("env", "environment"),
    ];
    let differs = |kind: &str| changes.iter().any(|c| c.kind == kind || c.kind == "container");
    let equal: Vec<String> = parts
        .iter()
        .filter(|(kind, _)| !differs(kind))
        .map(|(_, name)| (*name).to_owned())
        .collect();
    match equal.len() {
        0 => "Nothing else differs.".to_owned(),
        _ => format!("Nothing else differs: {} are equal.", words::list(&equal)),
    }
}

mod sentences;

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{changes, else_equal};

    #[test]
    fn a_list_of_differences_ends_with_what_is_equal() {
        let template =
            |image: &str| json!({"spec": {"containers": [{"name": "web", "image": image}]}});
        let found = changes(&template("web:1"), &template("web:2"), false);
        assert_eq!(
            else_equal(&found),
            "Nothing else differs: probes, volumes, labels, resources and environment are equal."
        );
        let mut other = template("web:1");
        other["spec"]["containers"][0]["name"] = json!("app");
        assert_eq!(
            else_equal(&changes(&template("web:1"), &other, false)),
            "Nothing else differs."
        );
    }

    #[test]
    fn differences_read_as_sentences_and_keep_values_to_themselves() {
        let from = json!({
            "metadata": {"labels": {"v": "1"}, "annotations": {"a": "secret-1"}},
            "spec": {
                "terminationGracePeriodSeconds": 30,
                "containers": [
                    {"name": "postgres", "image": "pg/orders-db:16.3",
                     "env": [{"name": "PG_WORKERS", "value": "4"}, {"name": "OLD", "value": "x"}],
                     "resources": {"requests": {"cpu": "2"}}},
                    {"name": "exporter", "image": "exp:1"}
                ],
                "volumes": [{"name": "cfg", "configMap": {"name": "a"}}]
            }
        });
        let mut to = from.clone();
        to["spec"]["containers"][0]["image"] = json!("pg/orders-db:16.4");
        to["spec"]["containers"][0]["env"] = json!([{"name": "PG_WORKERS", "value": "8"}]);
        to["spec"]["containers"][0]["resources"]["requests"]["cpu"] = json!("2500m");
        to["spec"]["containers"][1]["image"] = json!("other/exp:2");
        to["spec"]["volumes"][0]["configMap"]["name"] = json!("b");
        to["spec"]["terminationGracePeriodSeconds"] = json!(60);
        to["metadata"]["annotations"]["a"] = json!("secret-2");
        let sentences: Vec<String> =
            changes(&from, &to, false).into_iter().map(|c| c.sentence).collect();
        assert_eq!(
            sentences,
            [
                "Annotation a changes.",
                "Container exporter changes image from exp:1 to other/exp:2.",
                "PG_WORKERS of postgres changes.",
                "OLD is gone from postgres.",
                "Container postgres changes image from 16.3 to 16.4.",
                "The CPU request of postgres changes from 2 to 2500m.",
                "Volume cfg changes.",
                "The termination grace period (seconds) changes from 30 to 60.",
            ]
        );
        let revealed = changes(&from, &to, true);
        assert!(revealed.iter().any(|c| c.sentence.contains("from \"4\" to \"8\"")));
        assert!(changes(&from, &from, false).is_empty());
    }
}
