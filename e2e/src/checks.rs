//! What must hold of every page in every state: axe-core finds nothing, everything fits its box and the window, the console
//! is silent, and nothing is asked of another host.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use crate::browser::{Browser, DESKTOP, Look, NARROW, PHONE};

/// Widths and themes in which a page is looked at; and whether axe-core looks too, or only whether it fits.
const LOOKS: [(&str, Look, bool); 5] = [
    ("1440 light", DESKTOP, true),
    ("1440 dark", Look { dark: true, ..DESKTOP }, true),
    ("1024 light", NARROW, false),
    ("390 light", PHONE, true),
    ("390 dark", Look { dark: true, ..PHONE }, true),
];

/// Answers what axe-core finds, a line for each element.
const AXE: &str = r"
const done = arguments[arguments.length - 1];
axe.run(document, { resultTypes: ['violations'] }).then(
  found => done(found.violations.flatMap(v => v.nodes.map(n => {
    const c = (n.any[0] || n.all[0] || n.none[0] || {}).message || v.help;
    return v.id + ': ' + c + ' at ' + n.target.join(' ') + ' ' + n.html.slice(0, 160);
  }))),
  error => done(['axe-core failed: ' + error]));
";

/// What is to be seen on a page in every look: role, and part of the name.
pub type Seen<'a> = (&'a str, &'a str);

/// How long until what does not fit is looked at again.
const SOON: Duration = Duration::from_millis(100);

/// Elements that stick out of the window, whose content sticks out of them, or that cut it off where nobody can read the rest:
/// what ends in three dots has the whole text in a `title`, or in what describes it. And on phones what is too small to touch.
const BOXES: &str = r#"
const w = document.documentElement.clientWidth, wrong = [];
// The texts of an element that do not end within its box, and that no `title` tells as a whole.
const lost = e => {
  const box = e.getBoundingClientRect(), texts = document.createTreeWalker(e, NodeFilter.SHOW_TEXT);
  const out = [];
  for (let t; t = texts.nextNode();) {
    if (!t.data.trim() || t.parentElement.closest('.sr')) continue;
    const range = document.createRange();
    range.selectNodeContents(t);
    const beyond = [...range.getClientRects()].some(r => r.width && (r.right > box.right + 1 || r.bottom > box.bottom + 1));
    if (beyond) out.push(t.parentElement);
  }
  const told = t => t.closest('[title]:not([title=""]), [aria-describedby]');
  return out.some(t => !told(t));
};
const small = e => {
  const of = e.closest('label') ?? e, s = getComputedStyle(e, '::after');
  const more = s.content !== 'none' && s.position === 'absolute' ? Math.max(0, -parseFloat(s.top) || 0) + Math.max(0, -parseFloat(s.bottom) || 0) : 0;
  return Math.max(e.getBoundingClientRect().height, of.getBoundingClientRect().height) + more < 39.5;
};
const name = e => e.tagName.toLowerCase() + (e.className && e.className.baseVal === undefined ? '.' + e.className : '')
  + ' ' + (e.innerText || '').slice(0, 40).replace(/\s+/g, ' ');
const wide = document.documentElement.scrollWidth > w;
for (const e of document.querySelectorAll('body *')) {
  if (e.closest('svg') || !e.getClientRects().length) continue;
  const s = getComputedStyle(e);
  if (s.visibility === 'hidden' || s.clipPath !== 'none') continue;
  if (wide && e.getBoundingClientRect().right > w + 1) wrong.push('outside the window: ' + name(e));
  if (s.display === 'inline') continue;
  if (w <= 640 && e.matches('a, button, select, input, summary, [role=tab]') && !e.matches('.skip') && small(e)) wrong.push('is too low to touch: ' + name(e));
  const hides = o => o === 'hidden' || o === 'clip';
  if (hides(s.overflowY) && e.scrollHeight > e.clientHeight + 1 && !e.matches('input, select') && lost(e))
    wrong.push('is cut in height: ' + name(e));
  if (['auto', 'scroll'].includes(s.overflowX)) continue;
  if (e.scrollWidth <= e.clientWidth + 1) continue;
  if (s.overflowX === 'visible') {
    // Only what is seen counts: text and controls of its own, not a decoration, nor what another box lets scroll.
    const right = e.getBoundingClientRect().left + e.clientLeft + e.clientWidth + 1;
    const out = [...e.children].some(c => {
      const cs = getComputedStyle(c);
      return cs.position !== 'absolute' && cs.position !== 'fixed' && cs.clipPath === 'none'
        && c.getClientRects().length && c.getBoundingClientRect().right > right;
    }) || (e.children.length === 0 && e.innerText);
    if (out) wrong.push('sticks out of its box: ' + name(e));
  } else if ((s.textOverflow !== 'ellipsis' && s.webkitLineClamp === 'none') || lost(e)) {
    wrong.push('is cut off: ' + name(e));
  }
}
return wrong.slice(0, 10);
"#;

/// Addresses of other origins that the page has asked for.
const FOREIGN: &str = r"
return performance.getEntriesByType('resource').map(e => e.name)
  .filter(u => !u.startsWith('data:') && !u.startsWith('blob:') && new URL(u).origin !== location.origin);
";

/// Writes down what the content security policy refuses, from the first line of a page on.
const LISTEN: &str = r"
window.refused = [];
document.addEventListener('securitypolicyviolation',
  e => window.refused.push(`refused by the policy: ${e.violatedDirective} ${e.blockedURI}`));
";

/// axe-core's program. `cargo xtask` installs it before it runs the journeys.
fn axe_source() -> Result<String> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let file = root.join("axe/node_modules/axe-core/axe.min.js");
    std::fs::read_to_string(&file)
        .with_context(|| format!("{}: `cargo xtask test --only e2e` installs it", file.display()))
}

fn lines(found: Value) -> Result<Vec<String>> {
    Ok(serde_json::from_value(found)?)
}

impl Browser {
    /// What is wrong with the page as it is now, at every width and in both themes; empty if all is well. `name` is put
    /// before each line. At each of them a person sees what is named.
    ///
    /// # Errors
    /// If something of that is not seen, the browser is gone, or axe-core is not installed.
    pub async fn faults(&self, name: &str, seen: &[Seen<'_>]) -> Result<Vec<String>> {
        let mut found = self.refused().await?;
        let mut wrong = self.faults_in_view(name, seen).await?;
        found.extend(self.console_errors().await?);
        found.extend(self.foreign().await?);
        wrong.extend(found.into_iter().map(|line| format!("{name}: {line}")));
        Ok(wrong)
    }

    /// The same without what stands in the console: a browser writes down each request that is not answered.
    ///
    /// # Errors
    /// As [`Browser::faults`].
    pub async fn faults_in_view(&self, name: &str, seen: &[Seen<'_>]) -> Result<Vec<String>> {
        let mut wrong = Vec::new();
        for (at, look, axe) in LOOKS {
            // Still: a colour that is fading is not the one that people read.
            self.look(look.still()).await?;
            for (role, words) in seen {
                self.sees(role, words).await.with_context(|| format!("{name} at {at}"))?;
            }
            let mut found = self.overflow().await?;
            if axe {
                found.extend(self.axe().await?);
            }
            wrong.extend(found.into_iter().map(|line| format!("{name} at {at}: {line}")));
        }
        self.look(DESKTOP).await?;
        Ok(wrong)
    }

    /// Lets every page that is opened from now on write down what its policy refuses.
    ///
    /// # Errors
    /// If the browser is gone.
    pub(crate) async fn listen(&self) -> Result<()> {
        self.cdp("Page.addScriptToEvaluateOnNewDocument", json!({ "source": LISTEN })).await?;
        Ok(())
    }

    /// What the content security policy has refused to the page. Asked for before axe-core, which is no part of it.
    ///
    /// # Errors
    /// If the browser is gone.
    pub async fn refused(&self) -> Result<Vec<String>> {
        lines(self.script("return window.refused ?? []").await?)
    }

    /// Addresses of other origins that the page has asked for.
    ///
    /// # Errors
    /// If the browser is gone.
    pub async fn foreign(&self) -> Result<Vec<String>> {
        lines(self.script(FOREIGN).await?)
    }

    /// What axe-core has to say against the page, with all its rules.
    ///
    /// # Errors
    /// As [`Browser::faults`].
    pub async fn axe(&self) -> Result<Vec<String>> {
        if self.script("return !window.axe").await? == json!(true) {
            self.driver.execute(axe_source()?, vec![]).await?;
        }
        lines(self.driver.execute_async(AXE, vec![]).await?.json().clone())
    }

    /// What sticks out of the window or of its box; empty when everything fits.
    ///
    /// # Errors
    /// If the browser is gone.
    pub async fn overflow(&self) -> Result<Vec<String>> {
        let mut found = lines(self.script(BOXES).await?)?;
        // What slides to its place stands elsewhere until it is there, and a strip is laid out anew a frame after its window has
        // changed.
        for _ in 0..30 {
            if found.is_empty() {
                break;
            }
            tokio::time::sleep(SOON).await;
            found = lines(self.script(BOXES).await?)?;
        }
        Ok(found)
    }

    /// Errors in the console since they were last asked for. That nobody is logged in, that a login is refused, and that a set, or
    /// what belongs to it, is not there or not to be seen, is said by the server with a status that the browser writes down by
    /// itself: those are answers. Of anything else such a status is an error.
    ///
    /// # Errors
    /// If the browser is gone.
    pub async fn console_errors(&self) -> Result<Vec<String>> {
        let log = self.driver.browser_log().await?;
        // The fleet is asked for together with who is there.
        let answers = [
            ("/api/v1/session ", "status of 401"),
            ("/api/v1/session ", "status of 403"),
            ("/api/v1/sets ", "status of 401"),
            ("/api/v1/sets/", "status of 403"),
            ("/api/v1/sets/", "status of 404"),
            ("/api/v1/live?", "status of 403"),
        ];
        let is_answer = |said: &str| {
            answers.iter().any(|(path, status)| said.contains(path) && said.contains(status))
        };
        Ok(log
            .into_iter()
            .filter(|e| e.level == "SEVERE" && !is_answer(&e.message))
            .map(|e| format!("the console: {}", e.message))
            .collect())
    }
}
