//! Who did something, as far as it is known.

use model::wire::{Actor, SetRow, Source};

use super::icon::Icon;

/// "Panel, mara", "kubectl", "Outside the panel", "Controller".
pub fn actor_label(actor: &Actor) -> String {
    match (actor.source, &actor.name) {
        (Source::Panel, Some(name)) => format!("Panel, {name}"),
        (Source::Panel, None) => "Panel".to_owned(),
        (Source::Tool, Some(name)) => name.clone(),
        (Source::Tool | Source::Outside, _) => "Outside the panel".to_owned(),
        (Source::Controller, _) => "Controller".to_owned(),
        (Source::Other, name) => name.clone().unwrap_or_else(|| "Not known".to_owned()),
    }
}

/// Who holds a set: "Held by mara", or "r7 was aborted by mara".
pub fn holds(row: &SetRow, holder: &Actor) -> String {
    let what = row.aborted.as_ref().map_or("Held".to_owned(), |r| format!("{r} was aborted"));
    format!("{what} by {}", who(holder))
}

/// An actor within a sentence: "mara", "kubectl", "somebody outside the panel", "the controller".
pub fn who(actor: &Actor) -> String {
    match (actor.source, &actor.name) {
        (Source::Panel | Source::Tool | Source::Other, Some(name)) => name.clone(),
        (Source::Panel, None) => "somebody through the panel".to_owned(),
        (Source::Controller, _) => "the controller".to_owned(),
        (Source::Tool | Source::Outside | Source::Other, _) => {
            "somebody outside the panel".to_owned()
        }
    }
}

/// The icon of a source.
pub fn source_icon(actor: &Actor) -> Icon {
    match (actor.source, actor.name.as_deref()) {
        (Source::Panel, _) => Icon::Panel,
        (Source::Tool, Some("kubectl")) => Icon::Terminal,
        (Source::Tool | Source::Other, _) => Icon::Tool,
        (Source::Outside, _) => Icon::Outside,
        (Source::Controller, _) => Icon::Kubernetes,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_holds_is_named_with_what_they_aborted() {
        let name = Some("mara".to_owned());
        let mara = Actor { source: Source::Panel, name, at: None, reason: None };
        let mut row = crate::live::feed::fixture::row("shop", "web");
        assert_eq!(holds(&row, &mara), "Held by mara");
        row.aborted = Some("r7".to_owned());
        assert_eq!(holds(&row, &mara), "r7 was aborted by mara");
    }

    #[test]
    fn a_tool_is_named_and_a_person_only_where_the_panel_knows_them() {
        let actor = |source, name: Option<&str>| Actor {
            source,
            name: name.map(Into::into),
            at: None,
            reason: None,
        };
        assert_eq!(actor_label(&actor(Source::Panel, Some("mara"))), "Panel, mara");
        assert_eq!(actor_label(&actor(Source::Tool, Some("kubectl"))), "kubectl");
        assert_eq!(actor_label(&actor(Source::Outside, None)), "Outside the panel");
        assert_eq!(actor_label(&actor(Source::Controller, None)), "Controller");
        assert_eq!(who(&actor(Source::Panel, Some("mara"))), "mara");
        assert_eq!(who(&actor(Source::Panel, None)), "somebody through the panel");
        assert_eq!(who(&actor(Source::Outside, None)), "somebody outside the panel");
    }
}
