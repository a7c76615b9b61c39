//! Any stream of events of the server: a thin layer on the browser's `EventSource`.

use std::rc::Rc;

use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{EventSource, MessageEvent};

/// What a stream tells.
#[derive(Debug)]
pub enum Told {
    /// The connection stands.
    Open,
    Event {
        name: &'static str,
        data: String,
    },
    /// It did not open, or broke off. The browser would try again by itself: close it if that is not wanted.
    Broken,
}

/// An open stream; dropping it closes it.
pub struct Source {
    source: EventSource,
    // Held as long as the source may call them.
    _closures: Vec<Closure<dyn FnMut(MessageEvent)>>,
}

impl Source {
    /// Opens a stream and listens to events of these names; `None` if the browser refuses the address.
    pub fn open(url: &str, names: &[&'static str], handler: &Rc<dyn Fn(Told)>) -> Option<Self> {
        let source = EventSource::new(url).ok()?;
        let mut closures = Vec::new();
        let mut listen = |name: &'static str, told: fn(&'static str, String) -> Told| {
            let handler = Rc::clone(handler);
            let closure = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
                handler(told(name, event.data().as_string().unwrap_or_default()));
            });
            // Registering a listener on a live event target does not fail.
            let _ = source.add_event_listener_with_callback(name, closure.as_ref().unchecked_ref());
            closures.push(closure);
        };
        listen("open", |_, _| Told::Open);
        for name in names {
            listen(name, |name, data| Told::Event { name, data });
        }
        listen("error", |_, _| Told::Broken);
        Some(Self { source, _closures: closures })
    }
}

impl Drop for Source {
    fn drop(&mut self) {
        self.source.close();
    }
}
