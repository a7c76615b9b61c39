//! The style sheets as one.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

/// All `*.css` of the folder in the order of their names, which therefore decides what overrides what.
pub(crate) fn read(folder: &Path) -> Result<String> {
    let mut files: Vec<PathBuf> = fs::read_dir(folder)
        .with_context(|| folder.display().to_string())?
        .map(|entry| Ok(entry?.path()))
        .collect::<Result<_>>()?;
    files.retain(|file| file.extension().is_some_and(|extension| extension == "css"));
    files.sort();
    if files.is_empty() {
        bail!("no style sheet in {}", folder.display());
    }
    let mut all = String::new();
    for file in files {
        all.push_str(&fs::read_to_string(&file).with_context(|| file.display().to_string())?);
        all.push('\n');
    }
    Ok(minify(&all))
}

/// Takes out comments and the white space that means nothing. Brotli does the rest; renaming and merging rules would
/// win a few hundred bytes and cost trust.
fn minify(css: &str) -> String {
    let mut out = String::with_capacity(css.len());
    let mut rest = css.chars().peekable();
    let mut gap = false;
    while let Some(c) = rest.next() {
        match c {
            '/' if rest.peek() == Some(&'*') => {
                let mut last = ' ';
                rest.next();
                for c in rest.by_ref() {
                    if last == '*' && c == '/' {
                        break;
                    }
                    last = c;
                }
                gap = true;
            }
            '"' | '\'' => {
                separate(&mut out, &mut gap, c);
                out.push(c);
                while let Some(inner) = rest.next() {
                    out.push(inner);
                    if inner == '\\' {
                        out.extend(rest.next());
                    } else if inner == c {
                        break;
                    }
                }
            }
            c if c.is_whitespace() => gap = true,
            c => {
                separate(&mut out, &mut gap, c);
                if c == '}' && out.ends_with(';') {
                    out.pop();
                }
                out.push(c);
            }
        }
    }
    out
}

/// One space where white space stood, unless what is beside it separates by itself. Around `:` and `+` white space means
/// something in selectors and `calc`, so it stays.
fn separate(out: &mut String, gap: &mut bool, next: char) {
    let alone = |c: char| matches!(c, '{' | '}' | ';' | ',');
    if *gap && !alone(next) && out.chars().next_back().is_some_and(|last| !alone(last)) {
        out.push(' ');
    }
    *gap = false;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn minifying_keeps_what_means_something() {
        let css = "/* a */\n.a ,\n.b :not(.c) {\n  color : red;\n  width: calc(1px + 2px);\n}\n@media (min-width: 3em) { a::before { content: \"/* } ; */\"; } }\n";
        assert_eq!(
            minify(css),
            ".a,.b :not(.c){color : red;width: calc(1px + 2px)}@media (min-width: 3em){a::before{content: \"/* } ; */\"}}"
        );
    }

    #[test]
    fn an_escaped_quote_does_not_end_a_string() {
        assert_eq!(minify(r#"a { content: "\"  x" ; }"#), r#"a{content: "\"  x"}"#);
    }

    #[test]
    fn sheets_come_in_the_order_of_their_names() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("2.css"), "b{}").unwrap();
        fs::write(folder.path().join("1.css"), "a{}").unwrap();
        fs::write(folder.path().join("0.txt"), "c{}").unwrap();
        assert_eq!(read(folder.path()).unwrap(), "a{}b{}");
    }
}
