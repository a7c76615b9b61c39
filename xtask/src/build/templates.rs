//! `{{name}}` in the app's templates.

use anyhow::{Result, bail};

/// Puts values in place of `{{name}}`.
///
/// # Errors
/// When a placeholder has no value: the page would ask for a file of that name.
pub(crate) fn fill(template: &str, values: &[(&str, &str)]) -> Result<String> {
    let mut out = String::with_capacity(template.len());
    let mut rest = template;
    while let Some((before, after)) = rest.split_once("{{") {
        out.push_str(before);
        let Some((name, after)) = after.split_once("}}") else {
            bail!("a placeholder is not closed")
        };
        let Some((_, value)) = values.iter().find(|(known, _)| *known == name.trim()) else {
            let known: Vec<&str> = values.iter().map(|(name, _)| *name).collect();
            bail!("no value for the placeholder {name:?}; there are {}", known.join(", "));
        };
        out.push_str(value);
        rest = after;
    }
    out.push_str(rest);
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_filled() {
        let page = fill(
            "<link href=\"{{css}}\"><script src=\"{{ boot }}\">",
            &[("css", "/a.css"), ("boot", "/b.js")],
        );
        assert_eq!(page.unwrap(), "<link href=\"/a.css\"><script src=\"/b.js\">");
    }

    #[test]
    fn an_unknown_placeholder_is_refused() {
        assert!(fill("{{cs}}", &[("css", "/a.css")]).unwrap_err().to_string().contains("css"));
        assert!(fill("{{css", &[("css", "/a.css")]).is_err());
    }
}
