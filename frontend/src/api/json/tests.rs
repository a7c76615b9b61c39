//! What `serde_json` writes is read.

use std::collections::BTreeMap;

use model::facts::Facts;
use proptest::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::*;
use crate::strip::sample;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Form {
    Unit,
    New(u8),
    Pair(i64, bool),
    Fields { some_text: Option<String> },
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind")]
enum Tagged {
    Plain,
    Full { number: f64, list: Vec<u16> },
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Name(String);

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Everything {
    forms: Vec<Form>,
    tagged: Vec<Tagged>,
    names: BTreeMap<String, Name>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    raw: Option<Value>,
    pair: (char, i32),
}

fn form() -> impl Strategy<Value = Form> {
    prop_oneof![
        Just(Form::Unit),
        any::<u8>().prop_map(Form::New),
        any::<(i64, bool)>().prop_map(|(a, b)| Form::Pair(a, b)),
        any::<Option<String>>().prop_map(|some_text| Form::Fields { some_text }),
    ]
}

fn tagged() -> impl Strategy<Value = Tagged> {
    prop_oneof![
        Just(Tagged::Plain),
        (any::<i32>().prop_map(f64::from), any::<Vec<u16>>())
            .prop_map(|(number, list)| Tagged::Full { number: number / 2.0, list }),
    ]
}

proptest! {
    #[test]
    fn what_serde_json_writes_is_read(
        forms in prop::collection::vec(form(), 0..4),
        tagged in prop::collection::vec(tagged(), 0..4),
        names in prop::collection::btree_map(any::<String>(), any::<String>().prop_map(Name), 0..4),
        raw in any::<Option<i64>>(),
        pair in any::<(char, i32)>(),
    ) {
        let raw = raw.map(|n| serde_json::json!({ "n": [n, null, "x"] }));
        let all = Everything { forms, tagged, names, raw, pair };
        let text = serde_json::to_string(&all).unwrap();
        prop_assert_eq!(read::<Everything>(&text), Ok(all));
    }
}

#[test]
fn facts_come_back_as_they_were() {
    let facts = sample::held(5, 3);
    let text = serde_json::to_string(&facts).unwrap();
    assert_eq!(read::<Facts>(&text), Ok(facts));
}

/// An app that is open in a tab while its server is renewed.
#[test]
fn what_a_newer_server_sends_does_not_make_the_whole_answer_unreadable() {
    let event = |id: u64, kind: &str| {
        serde_json::json!({
            "id": id, "at": "2026-11-21T10:00:00Z", "set": {"namespace": "shop", "name": "web"},
            "kind": kind, "sentence": "web-0 was moved to the moon",
            "actor": {"source": "rocket", "name": "mara"}, "somethingNew": true,
        })
    };
    let page = serde_json::json!({ "events": [event(2, "moved"), event(1, "scale")], "page": {} });
    let page = read::<model::wire::EventPage>(&page.to_string()).unwrap();
    assert_eq!(page.events[0].kind, model::wire::EventKind::Other);
    assert_eq!(page.events[0].sentence, "web-0 was moved to the moon");
    assert_eq!(page.events[1].kind, model::wire::EventKind::Scale);
    let row = serde_json::to_string(&crate::live::feed::fixture::row("shop", "web")).unwrap();
    let newer = row.replace("\"settled\"", "\"paused\"");
    assert_ne!(row, newer);
    let status = read::<model::wire::SetRow>(&newer).unwrap().status;
    assert_eq!(status.kind, model::status::StatusKind::Other);
    assert!(!status.sentence.is_empty(), "the server's sentence is what is shown");
}

#[test]
fn what_does_not_fit_is_said() {
    assert!(read::<Form>("{").unwrap_err().contains("EOF"));
    assert_eq!(read::<u8>("300").unwrap_err(), "invalid value: integer `300`, expected u8");
    assert_eq!(read::<Name>("[]").unwrap_err(), "did not expect a list");
    assert!(read::<Form>("\"other\"").unwrap_err().contains("unknown variant `other`"));
    assert!(read::<Form>("{\"new\":-1}").unwrap_err().contains("number"));
    assert!(read::<Everything>("{}").unwrap_err().contains("missing field"));
}
