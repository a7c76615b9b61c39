//! Sentences that name pods: names do not break across lines, and one of them may be emphasised.

use std::fmt::Write as _;

use leptos::prelude::*;

/// A part of a sentence.
#[derive(Debug, PartialEq, Eq)]
enum Part<'a> {
    Text(&'a str),
    Pod(&'a str),
}

/// The sentence with each pod of `set` kept in one piece, and `strong` (a pod's name) emphasised. Another sentence takes its
/// place as a whole: no word slides along the line because one before it has grown.
pub fn sentence(text: &str, set: &str, strong: Option<&str>) -> AnyView {
    view! { <span inner_html=markup(text, set, strong)></span> }.into_any()
}

/// The same as markup.
pub fn markup(text: &str, set: &str, strong: Option<&str>) -> String {
    let mut out = String::with_capacity(text.len() + 64);
    for part in parts(text, set) {
        let (pod, tag) = match part {
            Part::Text(text) => {
                escape(text, &mut out);
                continue;
            }
            Part::Pod(pod) if Some(pod) == strong => (pod, "b"),
            Part::Pod(pod) => (pod, "span"),
        };
        // Writing into a string does not fail.
        let _ = write!(out, "<{tag} class=\"pn\">");
        escape(pod, &mut out);
        let _ = write!(out, "</{tag}>");
    }
    out
}

/// Writes a text as markup that shows it. Control characters (colours of terminals and the like) are left out, but for tabs and
/// ends of lines.
pub fn escape(text: &str, out: &mut String) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            c if c.is_control() && !matches!(c, '\t' | '\n') => {}
            c => out.push(c),
        }
    }
}

/// Splits at `<set>-<digits>` that stand as words of their own.
fn parts<'a>(text: &'a str, set: &str) -> Vec<Part<'a>> {
    let mut out = Vec::new();
    if set.is_empty() {
        return vec![Part::Text(text)];
    }
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '-';
    let (mut plain, mut from) = (0, 0);
    while let Some(found) = text[from..].find(set) {
        let start = from + found;
        let rest = &text[start + set.len()..];
        let digits =
            rest.strip_prefix('-').map_or(0, |r| r.bytes().take_while(u8::is_ascii_digit).count());
        let end = start + set.len() + 1 + digits;
        let alone =
            !text[..start].ends_with(is_name) && digits > 0 && !text[end..].starts_with(is_name);
        if alone {
            if plain < start {
                out.push(Part::Text(&text[plain..start]));
            }
            out.push(Part::Pod(&text[start..end]));
            (plain, from) = (end, end);
        } else {
            from = start + set.len();
        }
    }
    if plain < text.len() {
        out.push(Part::Text(&text[plain..]));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pods_are_found_and_everything_else_stays() {
        assert_eq!(
            parts("db-3 and db-4 run r7.", "db"),
            vec![Part::Pod("db-3"), Part::Text(" and "), Part::Pod("db-4"), Part::Text(" run r7."),]
        );
    }

    #[test]
    fn a_sentence_is_shown_as_it_is_whatever_it_quotes() {
        assert_eq!(
            markup("db-3 says <b>no</b> & db-4", "db", Some("db-3")),
            "<b class=\"pn\">db-3</b> says &lt;b&gt;no&lt;/b&gt; &amp; <span class=\"pn\">db-4</span>"
        );
    }

    #[test]
    fn a_name_within_a_name_is_no_pod() {
        assert_eq!(parts("data-db-3 waits", "db"), vec![Part::Text("data-db-3 waits")]);
        assert_eq!(parts("db-3x and db", "db"), vec![Part::Text("db-3x and db")]);
        assert_eq!(parts("", "db"), vec![]);
    }
}
