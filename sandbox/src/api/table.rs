//! Objects as rows, which is what `kubectl get` asks for.
//! Source: kubernetes `pkg/printers/internalversion/printers.go`.

mod age;
mod cells;
mod pod;

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::call::Call;
use crate::kind::Kind;

/// Whether the client would rather have a table.
pub(super) fn wanted(call: &Call) -> bool {
    call.accept().split(',').next().is_some_and(|first| {
        first.contains("as=Table") && first.contains("v=v1") && first.contains("g=meta.k8s.io")
    })
}

/// A table of these objects; only the first of a watch has columns.
pub(super) fn table(
    kind: Kind,
    items: &[Arc<Value>],
    meta: &Value,
    now: Timestamp,
    columns: bool,
) -> Value {
    let definitions: Vec<Value> = if columns {
        cells::columns(kind)
            .iter()
            .map(|(name, wide)| {
                let format = if *name == "Name" { "name" } else { "" };
                let type_ = if matches!(*name, "Revision" | "Data" | "Secrets" | "Allowed Disruptions") {
                    "integer"
                } else {
                    "string"
                };
                json!({"name": name, "type": type_, "format": format, "description": "", "priority": i32::from(*wide)})
            })
            .collect()
    } else {
        Vec::new()
    };
    let rows: Vec<Value> = items
        .iter()
        .map(|object| {
            json!({
                "cells": cells::cells(kind, object, now),
                "object": {"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": object["metadata"]},
            })
        })
        .collect();
    json!({
        "kind": "Table", "apiVersion": "meta.k8s.io/v1", "metadata": meta,
        "columnDefinitions": definitions, "rows": rows,
    })
}
