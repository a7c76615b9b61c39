//! SPDX licence expressions, as far as crates use them.

use anyhow::{Result, bail};

/// Whether `expression` can be met with the licences in `allowed`.
///
/// # Errors
/// When it cannot be read.
pub(crate) fn permitted(expression: &str, allowed: &[String]) -> Result<bool> {
    // Before SPDX expressions, `/` meant OR.
    let spaced = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let tokens: Vec<&str> = spaced.split_whitespace().collect();
    let mut parser = Parser { tokens: &tokens, allowed };
    let result = parser.any();
    match result {
        Some(permitted) if parser.tokens.is_empty() => Ok(permitted),
        _ => bail!("the licence {expression:?} cannot be read"),
    }
}

struct Parser<'a> {
    tokens: &'a [&'a str],
    allowed: &'a [String],
}

impl Parser<'_> {
    fn take(&mut self, token: &str) -> bool {
        let is_next = self.tokens.first() == Some(&token);
        if is_next {
            self.tokens = &self.tokens[1..];
        }
        is_next
    }

    fn any(&mut self) -> Option<bool> {
        let mut result = self.all()?;
        while self.take("OR") {
            // Not `||` on the call: what is left must be read in any case.
            result |= self.all()?;
        }
        Some(result)
    }

    fn all(&mut self) -> Option<bool> {
        let mut result = self.one()?;
        while self.take("AND") {
            result &= self.one()?;
        }
        Some(result)
    }

    fn one(&mut self) -> Option<bool> {
        if self.take("(") {
            let result = self.any()?;
            return self.take(")").then_some(result);
        }
        let (name, rest) = self.tokens.split_first()?;
        if matches!(*name, "OR" | "AND" | "WITH" | ")") {
            return None;
        }
        self.tokens = rest;
        let mut name = (*name).to_owned();
        if self.take("WITH") {
            let (exception, rest) = self.tokens.split_first()?;
            self.tokens = rest;
            name = format!("{name} WITH {exception}");
        }
        Some(self.allowed.contains(&name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_mean_what_they_say() {
        let allowed = ["MIT", "Apache-2.0 WITH LLVM-exception", "ISC"].map(str::to_owned);
        for (expression, expected) in [
            ("MIT", true),
            ("GPL-3.0", false),
            ("MIT OR GPL-3.0", true),
            ("GPL-3.0 OR MIT", true),
            ("MIT AND GPL-3.0", false),
            ("MIT/Apache-2.0", true),
            ("Apache-2.0 / MIT", true),
            ("Apache-2.0", false),
            ("Apache-2.0 WITH LLVM-exception", true),
            ("(GPL-3.0 OR MIT) AND ISC", true),
            ("GPL-3.0 OR MIT AND ISC", true),
            ("MIT AND (GPL-3.0 OR Zlib)", false),
        ] {
            assert_eq!(permitted(expression, &allowed).unwrap(), expected, "{expression}");
        }
    }

    #[test]
    fn nonsense_is_not_taken_for_permission() {
        for expression in ["", "MIT OR", "(MIT", "MIT ISC", "OR MIT", "MIT)"] {
            assert!(permitted(expression, &["MIT".to_owned()]).is_err(), "{expression}");
        }
    }
}
