//! How many streams the tabs of one browser keep open together.
//!
//! Over HTTP/1.1 a browser opens six connections to a host, for all its tabs and windows together: six streams, and no
//! page loads any more. So a stream takes one of a few seats, each a lock that the browser keeps for all tabs (Web Locks):
//! it is free again however its tab ends. Over HTTP/2 streams share a connection, and nobody needs a seat.

use js_sys::{Function, Object, Promise, Reflect};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};

/// Leaves two of six connections for everything that is asked and answered.
const SEATS: u32 = 4;

/// A seat that is taken; dropping it makes room.
pub struct Seat {
    /// Settles the promise for which the browser keeps the lock; none where no seat is needed.
    release: Option<Function>,
}

impl Drop for Seat {
    fn drop(&mut self) {
        if let Some(release) = &self.release {
            // Settling a promise does not throw.
            let _ = release.call0(&JsValue::NULL);
        }
    }
}

/// A seat, unless all are taken.
pub async fn take() -> Option<Seat> {
    let Some((locks, request)) = locks() else { return Some(Seat { release: None }) };
    for seat in 0..SEATS {
        if let Some(release) = lock(&locks, &request, &format!("rollcall-stream-{seat}")).await {
            return Some(Seat { release: Some(release) });
        }
    }
    None
}

/// The browser's locks and how to ask for one; `None` where no seat is needed or the browser has none to give.
fn locks() -> Option<(JsValue, Function)> {
    let get = |of: &JsValue, name: &str| Reflect::get(of, &name.into()).ok();
    let window = web_sys::window()?;
    let performance = get(&window, "performance")?;
    let entries = get(&performance, "getEntriesByType")?.dyn_into::<Function>().ok()?;
    let page = entries.call1(&performance, &"navigation".into()).ok()?;
    let protocol = get(&get(&page, "0")?, "nextHopProtocol").and_then(|p| p.as_string());
    if protocol.is_some_and(|p| matches!(p.as_str(), "h2" | "h3")) {
        return None;
    }
    let locks = get(&window.navigator(), "locks").filter(JsValue::is_object)?;
    let request = get(&locks, "request")?.dyn_into::<Function>().ok()?;
    Some((locks, request))
}

/// Takes a lock if it is free. Calling what it answers frees it.
async fn lock(locks: &JsValue, request: &Function, name: &str) -> Option<Function> {
    let options = Object::new();
    // Setting a property of a fresh plain object does not fail.
    let _ = Reflect::set(&options, &"ifAvailable".into(), &JsValue::TRUE);
    // The promise is settled with what frees the lock, or with nothing.
    let answer = Promise::new(&mut |told, _| {
        let none = told.clone();
        // The browser keeps the lock until the promise that this answers is settled.
        let taken = Closure::once_into_js(move |lock: JsValue| -> JsValue {
            if lock.is_null() {
                return JsValue::UNDEFINED;
            }
            Promise::new(&mut |release, _| drop(told.call1(&JsValue::NULL, &release))).into()
        });
        let asked = request.call3(locks, &name.into(), &options, &taken);
        spawn_local(async move {
            if let Some(asked) = asked.ok().and_then(|a| a.dyn_into::<Promise>().ok()) {
                let _ = JsFuture::from(asked).await;
            }
            // Refused, or over. Once the promise is settled this does nothing.
            let _ = none.call0(&JsValue::NULL);
        });
    });
    JsFuture::from(answer).await.ok()?.dyn_into().ok()
}
