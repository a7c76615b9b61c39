//! Sentences that name pods: names do not break across lines, and one of them may be emphasised.

use leptos::prelude::*;

/// A part of a sentence.
#[derive(Debug, PartialEq, Eq)]
enum Part<'a> {
    Text(&'a str),
    Pod(&'a str),
}

/// The sentence with each pod of `set` kept in one piece, and `strong` (a pod's name) emphasised.
pub fn sentence(text: &str, set: &str, strong: Option<&str>) -> AnyView {
    parts(text, set)
        .into_iter()
        .map(|part| match part {
            Part::Text(text) => text.to_owned().into_any(),
            Part::Pod(pod) if Some(pod) == strong => {
                view! { <b class="pn">{pod.to_owned()}</b> }.into_any()
            }
            Part::Pod(pod) => view! { <span class="pn">{pod.to_owned()}</span> }.into_any(),
        })
        .collect_view()
        .into_any()
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
    fn a_name_within_a_name_is_no_pod() {
        assert_eq!(parts("data-db-3 waits", "db"), vec![Part::Text("data-db-3 waits")]);
        assert_eq!(parts("db-3x and db", "db"), vec![Part::Text("db-3x and db")]);
        assert_eq!(parts("", "db"), vec![]);
    }
}
