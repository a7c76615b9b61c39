//! What a person does with a page: looks for things by role and name, presses them, types, reads. A page that changes puts new
//! elements in the place of others, so each of these looks again until it was done with one that is still there.

use anyhow::{Context as _, Result, bail};
use serde_json::json;
use thirtyfour::TypingData;
use thirtyfour::prelude::*;

use super::{Browser, in_time};

/// Finds elements by role and accessible name, in the page. What has no role of its own, such as a notice, is found as `text`: what
/// says it itself, and not by what lies in it.
const FIND: &str = r"
const [role, name, exact] = arguments;
const implicit = e => {
  const t = e.tagName.toLowerCase();
  if (t === 'a' && e.hasAttribute('href')) return 'link';
  if (t === 'button' || t === 'summary') return 'button';
  if (t === 'h1' || t === 'h2' || t === 'h3') return 'heading';
  if (t === 'dialog' || t === 'main') return t;
  if (t === 'section' && (e.hasAttribute('aria-label') || e.hasAttribute('aria-labelledby'))) return 'region';
  if (t === 'select') return 'combobox';
  if (t === 'textarea') return 'textbox';
  if (t === 'ol' || t === 'ul') return 'list';
  if (t === 'li') return 'listitem';
  if (t === 'tr') return 'row';
  if (t === 'table') return 'table';
  if (t === 'th') return e.scope === 'row' ? 'rowheader' : 'columnheader';
  if (t === 'input') {
    const k = e.type;
    if (k === 'checkbox' || k === 'radio') return k;
    if (k === 'number') return 'spinbutton';
    if (k === 'search') return 'searchbox';
    return 'textbox';
  }
  return '';
};
const text = e => (e.innerText ?? e.textContent ?? '').replace(/\s+/g, ' ').trim();
const named = e => {
  const l = e.getAttribute('aria-label');
  if (l) return l;
  const by = e.getAttribute('aria-labelledby');
  if (by) return by.split(/\s+/).map(i => document.getElementById(i)).filter(Boolean).map(text).join(' ');
  if (e.labels && e.labels.length) return [...e.labels].map(text).join(' ');
  return text(e) || e.getAttribute('title') || e.getAttribute('placeholder') || '';
};
const seen = e => { const r = e.getClientRects(); return r.length > 0 && getComputedStyle(e).visibility !== 'hidden'; };
const open = [...document.querySelectorAll('dialog[open]')].pop();
const root = open && role !== 'dialog' ? open : document;
const own = e => [...e.childNodes].filter(n => n.nodeType === 3).map(n => n.data).join('').replace(/\s+/g, ' ').trim();
if (role === 'text') return [...root.querySelectorAll('*')].filter(e => seen(e) && (exact ? own(e) === name : own(e).includes(name)));
return [...root.querySelectorAll('*')].filter(e =>
  (e.getAttribute('role') || implicit(e)) === role && seen(e)
  && (exact ? named(e) === name : named(e).includes(name)));
";

/// Brings an element into view and answers, as soon as it stands at the same place in two successive frames, whether it is
/// still part of the page. What is still coming in moves away from under the pointer.
const REST: &str = r"
const [e, done] = arguments;
e.scrollIntoView({ block: 'center', inline: 'center', behavior: 'instant' });
const place = () => { const r = e.getBoundingClientRect(); return [r.x, r.y, r.width, r.height].join(); };
let last = '', left = 600;
const look = () => {
  const now = place();
  if (now === last || !--left) return done(e.isConnected);
  last = now;
  requestAnimationFrame(look);
};
requestAnimationFrame(look);
";

/// Whether an element is there for the eyes, too, and not for a screen reader alone.
const SIGHT: &str = r"
const e = arguments[0], r = e.getBoundingClientRect();
return !e.closest('.sr') && r.width > 2 && r.height > 2 && e.checkVisibility({ opacityProperty: true, visibilityProperty: true });
";

impl Browser {
    async fn all(&self, role: &str, name: &str, exact: bool) -> Result<Vec<WebElement>> {
        let found = self.driver.execute(FIND, vec![json!(role), json!(name), json!(exact)]).await?;
        Ok(found.elements()?)
    }

    /// The first visible element of this role whose name contains `name`, waiting for it.
    ///
    /// # Errors
    /// If there is none in time, with what the page says.
    pub async fn find(&self, role: &str, name: &str) -> Result<WebElement> {
        let found = in_time(async || Ok(self.all(role, name, false).await?.into_iter().next()));
        if let Ok(Some(found)) = found.await {
            return Ok(found);
        }
        bail!("no {role} named {name:?} on a page that says: {}", self.text().await?)
    }

    /// Waits until one of this role whose name contains `name` is there for the eyes, and not for a screen reader alone.
    ///
    /// # Errors
    /// If none is in time, with what the page says.
    pub async fn sees(&self, role: &str, name: &str) -> Result<()> {
        let seen = in_time(async || {
            for element in self.all(role, name, false).await? {
                let seen = self.driver.execute(SIGHT, vec![element.to_json()?]).await?;
                if seen.json() == &json!(true) {
                    return Ok(Some(()));
                }
            }
            Ok(None)
        });
        if let Ok(Some(())) = seen.await {
            return Ok(());
        }
        bail!("no {role} named {name:?} is seen on a page that says: {}", self.text().await?)
    }

    /// Every visible element of this role whose name contains `name`, in their order, as they are now.
    ///
    /// # Errors
    /// If the browser is gone.
    pub async fn every(&self, role: &str, name: &str) -> Result<Vec<WebElement>> {
        self.all(role, name, false).await
    }

    /// Waits until there is none.
    ///
    /// # Errors
    /// If there is one to the end.
    pub async fn gone(&self, role: &str, name: &str) -> Result<()> {
        let gone = in_time(async || Ok((!self.has(role, name).await?).then_some(())));
        gone.await?.with_context(|| format!("there is still a {role} named {name:?}"))
    }

    /// Whether there is one now.
    ///
    /// # Errors
    /// If the browser is gone.
    pub async fn has(&self, role: &str, name: &str) -> Result<bool> {
        Ok(!self.all(role, name, false).await?.is_empty())
    }

    /// Waits until what has the focus says this, or has it as its id. A page as a whole has its id only: it says everything.
    ///
    /// # Errors
    /// If it does not in time, with what has the focus instead.
    pub async fn has_focus(&self, on: &str) -> Result<()> {
        let code = "const e = document.activeElement; return e === document.body ? 'nothing' : e.localName === 'main' ? e.id \
             : e.id + ' ' + (e.innerText || e.getAttribute('aria-label') || '')";
        let there = in_time(async || {
            let said = self.script(code).await?;
            Ok(said.as_str().is_some_and(|s| s.contains(on)).then_some(()))
        });
        if let Ok(Some(())) = there.await {
            return Ok(());
        }
        bail!("the focus is on {} and not on {on:?}", self.script(code).await?)
    }

    /// Whether it stands still, brought into view: a press on what slides may meet what stood there before.
    ///
    /// # Errors
    /// If it has left the page.
    pub async fn rests(&self, element: &WebElement) -> Result<bool> {
        let there = self.driver.execute_async(REST, vec![element.to_json()?]).await?;
        Ok(there.json() == &json!(true))
    }

    /// The same once it stands still, brought into view.
    ///
    /// # Errors
    /// As [`Browser::find`].
    pub async fn still(&self, role: &str, name: &str) -> Result<WebElement> {
        let found = in_time(async || {
            let element = self.find(role, name).await?;
            Ok(self.rests(&element).await?.then_some(element))
        });
        let what = || format!("the {role} {name:?} comes to rest");
        found.await.with_context(what)?.with_context(what)
    }

    /// Clicks it, once it stands still, is on, and nothing lies over it. Until a page is live its buttons are off, and a
    /// click on one is lost.
    ///
    /// # Errors
    /// As [`Browser::find`]; and if something lies over it or it is off to the end.
    pub async fn click(&self, role: &str, name: &str) -> Result<()> {
        let clicked = in_time(async || {
            let element = self.still(role, name).await?;
            if element.attr("aria-disabled").await?.as_deref() == Some("true") {
                return Ok(None);
            }
            Ok(Some(element.click().await?))
        });
        let what = || format!("clicking the {role} {name:?}");
        clicked.await.with_context(what)?.with_context(what)
    }

    /// Types into the field with this label, instead of what stood there.
    ///
    /// # Errors
    /// As [`Browser::find`].
    pub async fn fill(&self, role: &str, name: &str, text: &str) -> Result<()> {
        let empty = in_time(async || Ok(Some(self.find(role, name).await?.clear().await?)));
        empty.await?.with_context(|| format!("emptying the {role} {name:?}"))?;
        self.press(role, name, text).await
    }

    /// Gives it the focus and presses these keys on it.
    ///
    /// # Errors
    /// As [`Browser::find`].
    pub async fn press(&self, role: &str, name: &str, keys: impl Into<TypingData>) -> Result<()> {
        let keys = keys.into().to_string();
        let pressed =
            in_time(async || Ok(Some(self.find(role, name).await?.send_keys(&keys).await?)));
        pressed.await?.with_context(|| format!("pressing keys on the {role} {name:?}"))
    }

    /// Presses these keys on what has the focus.
    ///
    /// # Errors
    /// If the browser is gone.
    pub async fn keys(&self, keys: impl Into<TypingData>) -> Result<()> {
        let keys = keys.into().to_string();
        let pressed =
            in_time(async || Ok(Some(self.driver.active_element().await?.send_keys(&keys).await?)));
        pressed.await?.context("pressing keys")
    }

    /// What this attribute of it says; empty if it has none.
    ///
    /// # Errors
    /// As [`Browser::find`].
    pub async fn attr(&self, role: &str, name: &str, attribute: &str) -> Result<String> {
        let value = in_time(async || {
            let value = self.find(role, name).await?.attr(attribute).await?;
            Ok(Some(value.unwrap_or_default()))
        });
        value.await?.with_context(|| format!("{attribute} of the {role} {name:?}"))
    }

    /// Waits until this attribute of it says this.
    ///
    /// # Errors
    /// If it does not in time, with what it says instead.
    pub async fn until(&self, role: &str, name: &str, attribute: &str, says: &str) -> Result<()> {
        let said = in_time(async || {
            Ok(self.attr(role, name, attribute).await?.contains(says).then_some(()))
        });
        if let Ok(Some(())) = said.await {
            return Ok(());
        }
        let now = self.attr(role, name, attribute).await?;
        bail!("{attribute} of the {role} {name:?} does not say {says:?}, but {now:?}")
    }

    /// Waits until it cannot be pressed.
    ///
    /// # Errors
    /// If it can be to the end.
    pub async fn is_off(&self, role: &str, name: &str) -> Result<()> {
        self.until(role, name, "aria-disabled", "true").await
    }

    /// All visible text of the page, white space folded.
    ///
    /// # Errors
    /// If the browser is gone.
    pub async fn text(&self) -> Result<String> {
        let found = self
            .driver
            .execute("return (document.body?.innerText ?? '').replace(/\\s+/g, ' ')", vec![])
            .await?;
        Ok(found.json().as_str().unwrap_or_default().to_owned())
    }

    /// Waits until the page says this.
    ///
    /// # Errors
    /// If it does not in time, with what it says instead.
    pub async fn says(&self, part: &str) -> Result<()> {
        let said = in_time(async || Ok(self.text().await?.contains(part).then_some(())));
        if let Ok(Some(())) = said.await {
            return Ok(());
        }
        bail!("the page does not say {part:?}, but: {}", self.text().await?)
    }
}
