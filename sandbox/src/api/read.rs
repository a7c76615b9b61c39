//! `get` and `list`.

use std::fmt::Write as _;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::answer::Answer;
use super::call::Call;
use super::route::Place;
use super::table;
use crate::kind::Kind;
use crate::refusal::Refusal;
use crate::store::selector::Selector;
use crate::world::World;

/// # Errors
/// 404.
pub(super) fn get(call: &Call, place: &Place) -> Result<Answer, Refusal> {
    let world = call.inner.world();
    let object = world.get(&place.key())?;
    if table::wanted(call) {
        let now = world.now;
        return Ok(Answer::ok(table::table(
            place.kind,
            std::slice::from_ref(&object),
            &json!({}),
            now,
            true,
        )));
    }
    Ok(Answer::ok(object))
}

/// What a list or a watch selects.
pub(super) fn selector(call: &Call, kind: Kind) -> Result<Selector, Refusal> {
    Selector::parse(kind, call.query.get("labelSelector"), call.query.get("fieldSelector"))
}

/// # Errors
/// 400 for a selector that cannot be read, 410 for a continue token that is too old.
pub(super) fn list(call: &Call, place: &Place) -> Result<Answer, Refusal> {
    let selector = selector(call, place.kind)?;
    let limit = call.query.number("limit").filter(|n| *n > 0);
    let limit = limit.map_or(usize::MAX, |n| usize::try_from(n).unwrap_or(usize::MAX));
    let world = call.inner.world();
    let page = match call.query.get("continue") {
        "" => first_page(&world, place, &selector, limit),
        token => next_page(&world, place, &selector, limit, token)?,
    };
    let now = world.now;
    drop(world);
    let mut meta = json!({"resourceVersion": page.version.to_string()});
    if let Some(token) = &page.token {
        meta["continue"] = json!(token);
        if let Some(left) = page.left.filter(|_| selector.is_everything()) {
            meta["remainingItemCount"] = json!(left);
        }
    }
    if table::wanted(call) {
        return Ok(Answer::ok(table::table(place.kind, &page.items, &meta, now, true)));
    }
    Ok(Answer::Written(written(place.kind, &page.items, &meta)))
}

/// One page of a list.
struct Page {
    items: Vec<Arc<Value>>,
    /// The version of the first page: all pages stand at it, as far as this store can tell.
    version: u64,
    token: Option<String>,
    left: Option<usize>,
}

fn first_page(world: &World, place: &Place, selector: &Selector, limit: usize) -> Page {
    let all = world.store.list(place.kind, &place.namespace).filter(|o| selector.matches(o));
    let mut items: Vec<Arc<Value>> = all.take(limit.saturating_add(1)).cloned().collect();
    let more = items.len() > limit;
    items.truncate(limit);
    let version = world.store.version();
    let token = items.last().filter(|_| more).map(|last| token(version, last));
    let left = world.store.shelf(place.kind).len().saturating_sub(items.len());
    Page { items, version, token, left: place.namespace.is_empty().then_some(left) }
}

/// The following pages show objects as they are by then; only a position that is too old is refused.
fn next_page(
    world: &World,
    place: &Place,
    selector: &Selector,
    limit: usize,
    given: &str,
) -> Result<Page, Refusal> {
    let (version, last) =
        read_token(given).ok_or_else(|| Refusal::bad_request("continue key is not valid"))?;
    let shelf = world.store.shelf(place.kind);
    if version < shelf.oldest() {
        return Err(Refusal::expired(
            "The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter.",
        ));
    }
    let all = shelf.after(&place.namespace, &last).map(|(_, o)| o).filter(|o| selector.matches(o));
    let mut items: Vec<Arc<Value>> = all.take(limit.saturating_add(1)).cloned().collect();
    let more = items.len() > limit;
    items.truncate(limit);
    let token = items.last().filter(|_| more).map(|last| token(version, last));
    Ok(Page { items, version, token, left: None })
}

fn token(version: u64, last: &Value) -> String {
    let (namespace, name) = (crate::object::namespace(last), crate::object::name(last));
    URL_SAFE_NO_PAD.encode(json!([version, namespace, name]).to_string())
}

fn read_token(token: &str) -> Option<(u64, (String, String))> {
    let text = URL_SAFE_NO_PAD.decode(token).ok()?;
    let (version, namespace, name): (u64, String, String) = serde_json::from_slice(&text).ok()?;
    Some((version, (namespace, name)))
}

/// The list as JSON text, without building it as a value first: there may be tens of thousands.
fn written(kind: Kind, items: &[Arc<Value>], meta: &Value) -> String {
    let info = kind.info();
    let mut text = format!(
        "{{\"kind\":\"{}List\",\"apiVersion\":\"{}\",\"metadata\":{meta},\"items\":[",
        info.name,
        info.api_version()
    );
    for (i, item) in items.iter().enumerate() {
        if i > 0 {
            text.push(',');
        }
        let _ = write!(text, "{item}");
    }
    text.push_str("]}");
    text
}
