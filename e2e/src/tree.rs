//! What a screen reader is given of a page, read through DevTools' accessibility domain.

use std::collections::HashMap;

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use crate::browser::Browser;

/// Something in the accessible tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heard {
    pub role: String,
    pub name: String,
    /// By `aria-describedby` and the like.
    pub description: String,
    /// Of a slider in words, if it has any; else as it is.
    pub value: String,
    pub focused: bool,
    /// Steps from the root.
    pub depth: usize,
}

/// What lies in the first of this role whose name contains `name`, itself first; nothing if there is none.
#[must_use]
pub fn within<'a>(all: &'a [Heard], role: &str, name: &str) -> &'a [Heard] {
    let Some(from) = all.iter().position(|h| h.role == role && h.name.contains(name)) else {
        return &[];
    };
    let depth = all[from].depth;
    let len = all[from + 1..].iter().take_while(|h| h.depth > depth).count();
    &all[from..=from + len]
}

/// The names of those of one role.
#[must_use]
pub fn names<'a>(all: &'a [Heard], role: &str) -> Vec<&'a str> {
    all.iter().filter(|h| h.role == role).map(|h| h.name.as_str()).collect()
}

impl Browser {
    /// The accessible tree in the order in which it is read, without what is left out of it.
    ///
    /// # Errors
    /// If the browser is gone.
    pub async fn tree(&self) -> Result<Vec<Heard>> {
        let answer = self.cdp("Accessibility.getFullAXTree", json!({})).await?;
        let nodes = answer["nodes"].as_array().context("nodes")?;
        let by_id: HashMap<&str, &Value> =
            nodes.iter().filter_map(|n| Some((n["nodeId"].as_str()?, n))).collect();
        let root = nodes.iter().find(|n| n["parentId"].is_null()).context("a root")?;
        let mut all = Vec::new();
        let mut ahead = vec![(root, 0)];
        while let Some((node, depth)) = ahead.pop() {
            if node["ignored"] != json!(true) {
                all.push(self.heard(node, depth).await?);
            }
            let children = node["childIds"].as_array().map(Vec::as_slice).unwrap_or_default();
            let children = children.iter().rev().filter_map(|id| by_id.get(id.as_str()?));
            ahead.extend(children.map(|child| (*child, depth + 1)));
        }
        Ok(all)
    }

    async fn heard(&self, node: &Value, depth: usize) -> Result<Heard> {
        let text = |field: &str| match &node[field]["value"] {
            Value::String(s) => s.split_whitespace().collect::<Vec<_>>().join(" "),
            Value::Null => String::new(),
            other => other.to_string(),
        };
        let role = text("role");
        let value = if role == "slider" { self.in_words(node).await? } else { None };
        let properties = node["properties"].as_array().map(Vec::as_slice).unwrap_or_default();
        let is_on = |name: &str| {
            properties.iter().any(|p| p["name"] == name && p["value"]["value"] == json!(true))
        };
        Ok(Heard {
            name: text("name"),
            description: text("description"),
            value: value.unwrap_or_else(|| text("value")),
            focused: is_on("focused"),
            role,
            depth,
        })
    }

    /// The value of a slider in words. DevTools answers an empty `valuetext` for everything whose range is told by ARIA
    /// (seen with Chromium 156, also with nothing else on the page), so it is read from the element that the node stands for.
    async fn in_words(&self, node: &Value) -> Result<Option<String>> {
        let asked = json!({ "backendNodeId": node["backendDOMNodeId"] });
        // A page that was drawn anew since has another element: nothing is known of the old one.
        let Ok(element) = self.cdp("DOM.describeNode", asked).await else { return Ok(None) };
        let attributes = element["node"]["attributes"].as_array().context("attributes")?;
        let words = attributes.chunks(2).find(|pair| pair[0] == "aria-valuetext");
        Ok(words.and_then(|pair| pair[1].as_str()).map(str::to_owned))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_ends_where_something_stands_beside_it() {
        let all: Vec<Heard> = [("main", 0), ("list", 1), ("listitem", 2), ("text", 3), ("list", 1)]
            .into_iter()
            .map(|(role, depth)| Heard {
                role: role.to_owned(),
                name: format!("a {role}"),
                description: String::new(),
                value: String::new(),
                focused: false,
                depth,
            })
            .collect();
        assert_eq!(within(&all, "list", "a").len(), 3);
        assert_eq!(names(within(&all, "list", "a"), "listitem"), ["a listitem"]);
        assert!(within(&all, "list", "b").is_empty());
    }
}
