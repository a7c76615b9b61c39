//! Light, dark, or as the system says. `boot.js` applies the stored choice before the first paint.

use leptos::prelude::*;

use crate::dom;

/// Key in local storage; `boot.js` reads the same.
const KEY: &str = "rollcall-theme";

/// The choice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Theme {
    System,
    Light,
    Dark,
}

impl Theme {
    /// The stored value, as it is also written to `data-theme`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    /// The reverse of [`Theme::as_str`]; anything else is the system's.
    pub fn parse(text: &str) -> Self {
        match text {
            "light" => Self::Light,
            "dark" => Self::Dark,
            _ => Self::System,
        }
    }

    /// What the switch goes to.
    #[must_use]
    pub fn next(self) -> Self {
        match self {
            Self::System => Self::Light,
            Self::Light => Self::Dark,
            Self::Dark => Self::System,
        }
    }

    /// The stored choice.
    pub fn stored() -> Self {
        Self::parse(&dom::stored(KEY).unwrap_or_default())
    }

    /// Applies the choice to the page and keeps it.
    pub fn apply(self) {
        dom::store(KEY, self.as_str());
        if let Some(root) = document().document_element() {
            let result = match self {
                Self::System => root.remove_attribute("data-theme"),
                other => root.set_attribute("data-theme", other.as_str()),
            };
            // An attribute name that is a constant is never refused.
            let _ = result;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_switch_goes_round_through_all_three() {
        let round = Theme::System.next().next().next();
        assert_eq!(round, Theme::System);
        for theme in [Theme::System, Theme::Light, Theme::Dark] {
            assert_eq!(Theme::parse(theme.as_str()), theme);
        }
        assert_eq!(Theme::parse("neon"), Theme::System);
    }
}
