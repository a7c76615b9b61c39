//! From two templates to sentences.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::Change;
use crate::RESTARTED_AT;
use crate::words::image_tag;

pub(super) fn changes(from: &Value, to: &Value, reveal: bool) -> Vec<Change> {
    let mut found = Vec::new();
    if from == to {
        return found;
    }
    let mut say = |kind: &str, sentence: String| {
        found.push(Change { kind: kind.to_owned(), sentence });
    };
    metadata(from, to, &mut say);
    let (old, new) = (&from["spec"], &to["spec"]);
    for (list, noun) in [("containers", "Container"), ("initContainers", "Init container")] {
        containers(&old[list], &new[list], noun, reveal, &mut say);
    }
    volumes(&old["volumes"], &new["volumes"], &mut say);
    for key in keys(old, new) {
        if matches!(key.as_str(), "containers" | "initContainers" | "volumes")
            || old[&key] == new[&key]
        {
            continue;
        }
        say("other", pod_field(&key, &old[&key], &new[&key]));
    }
    found
}

type Say<'a> = &'a mut dyn FnMut(&str, String);

fn keys(a: &Value, b: &Value) -> BTreeSet<String> {
    [a, b].into_iter().filter_map(Value::as_object).flat_map(|o| o.keys().cloned()).collect()
}

fn metadata(from: &Value, to: &Value, say: Say<'_>) {
    for (part, kind, noun) in
        [("labels", "label", "Label"), ("annotations", "annotation", "Annotation")]
    {
        let (old, new) = (&from["metadata"][part], &to["metadata"][part]);
        for key in keys(old, new) {
            if old[&key] == new[&key] {
                continue;
            }
            if key == RESTARTED_AT {
                say(
                    "annotation",
                    "A restart was asked for: the restart annotation is new.".to_owned(),
                );
                continue;
            }
            // Values of annotations may be secrets of an injector: names only.
            let what = match (old[&key].is_null(), new[&key].is_null()) {
                (true, _) => "is new",
                (_, true) => "is gone",
                _ => "changes",
            };
            say(kind, format!("{noun} {key} {what}."));
        }
    }
}

/// A list of named things as a map.
fn named(list: &Value) -> BTreeMap<&str, &Value> {
    list.as_array().into_iter().flatten().filter_map(|v| Some((v["name"].as_str()?, v))).collect()
}

fn containers(old: &Value, new: &Value, noun: &str, reveal: bool, say: Say<'_>) {
    let (old, new) = (named(old), named(new));
    for (name, c) in &new {
        match old.get(name) {
            None => say(
                "container",
                format!("{noun} {name} is new ({}).", c["image"].as_str().unwrap_or("no image")),
            ),
            Some(before) => container(name, before, c, noun, reveal, say),
        }
    }
    for name in old.keys().filter(|n| !new.contains_key(*n)) {
        say("container", format!("{noun} {name} is gone."));
    }
}

fn container(name: &str, old: &Value, new: &Value, noun: &str, reveal: bool, say: Say<'_>) {
    for key in keys(old, new) {
        let (a, b) = (&old[&key], &new[&key]);
        if a == b {
            continue;
        }
        match key.as_str() {
            "image" => {
                let (a, b) = (a.as_str().unwrap_or(""), b.as_str().unwrap_or(""));
                let same = a.strip_suffix(image_tag(a)) == b.strip_suffix(image_tag(b));
                let (a, b) = if same { (image_tag(a), image_tag(b)) } else { (a, b) };
                say("image", format!("{noun} {name} changes image from {a} to {b}."));
            }
            "env" => env(name, a, b, reveal, say),
            "resources" => resources(name, a, b, say),
            "command" | "args" => say("command", format!("The {key} of {name} change{}.", s(&key))),
            "livenessProbe" | "readinessProbe" | "startupProbe" => {
                let probe = key.trim_end_matches("Probe");
                say("probe", format!("The {probe} probe of {name} {}.", how(a, b)));
            }
            "ports" => say("other", format!("The ports of {name} change.")),
            "volumeMounts" => say("volume", format!("The volume mounts of {name} change.")),
            "envFrom" => say("env", format!("The environment sources of {name} change.")),
            other => say("other", format!("{other} of {name} {}.", how(a, b))),
        }
    }
}

/// `command` takes a singular verb, `args` a plural one.
fn s(key: &str) -> &'static str {
    if key == "command" { "s" } else { "" }
}

fn how(a: &Value, b: &Value) -> String {
    let plain = |v: &Value| match v {
        Value::String(s) if s.len() <= 60 => Some(s.clone()),
        Value::Number(n) => Some(n.to_string()),
        Value::Bool(b) => Some(b.to_string()),
        _ => None,
    };
    match (a.is_null(), b.is_null(), plain(a), plain(b)) {
        (true, _, _, Some(b)) => format!("is set to {b}"),
        (true, ..) => "is new".to_owned(),
        (_, true, ..) => "is gone".to_owned(),
        (_, _, Some(a), Some(b)) => format!("changes from {a} to {b}"),
        _ => "changes".to_owned(),
    }
}

fn env(container: &str, old: &Value, new: &Value, reveal: bool, say: Say<'_>) {
    let (old, new) = (named(old), named(new));
    for (name, v) in &new {
        match old.get(name) {
            None => say("env", format!("{name} is new in {container}.")),
            Some(before) if before == v => {}
            Some(before) => match (before["value"].as_str(), v["value"].as_str()) {
                (Some(a), Some(b)) if reveal => {
                    say("env", format!("{name} of {container} changes from {a:?} to {b:?}."));
                }
                _ => say("env", format!("{name} of {container} changes.")),
            },
        }
    }
    for name in old.keys().filter(|n| !new.contains_key(*n)) {
        say("env", format!("{name} is gone from {container}."));
    }
}

fn resources(container: &str, old: &Value, new: &Value, say: Say<'_>) {
    let mut any = false;
    for (part, noun) in [("requests", "request"), ("limits", "limit")] {
        for resource in keys(&old[part], &new[part]) {
            let (a, b) = (&old[part][&resource], &new[part][&resource]);
            if a != b {
                any = true;
                let shown = if resource == "cpu" { "CPU" } else { resource.as_str() };
                say("resources", format!("The {shown} {noun} of {container} {}.", how(a, b)));
            }
        }
    }
    if !any {
        say("resources", format!("The resources of {container} change."));
    }
}

fn volumes(old: &Value, new: &Value, say: Say<'_>) {
    if old == new {
        return;
    }
    let (old, new) = (named(old), named(new));
    for (name, v) in &new {
        match old.get(name) {
            None => say("volume", format!("Volume {name} is new.")),
            Some(before) if before == v => {}
            Some(_) => say("volume", format!("Volume {name} changes.")),
        }
    }
    for name in old.keys().filter(|n| !new.contains_key(*n)) {
        say("volume", format!("Volume {name} is gone."));
    }
}

fn pod_field(key: &str, old: &Value, new: &Value) -> String {
    let noun = match key {
        "terminationGracePeriodSeconds" => "The termination grace period (seconds)",
        "serviceAccountName" | "serviceAccount" => "The service account",
        "nodeSelector" => "The node selector",
        "affinity" => "The affinity",
        "tolerations" => "The tolerations",
        "securityContext" => "The pod's security context",
        "imagePullSecrets" => "The image pull secrets",
        "priorityClassName" => "The priority class",
        "topologySpreadConstraints" => "The topology spread",
        other => other,
    };
    format!("{noun} {}.", how(old, new))
        .replace("tolerations changes", "tolerations change")
        .replace("secrets changes", "secrets change")
}
