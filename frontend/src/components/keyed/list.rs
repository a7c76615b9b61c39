//! A list in the document that changes with as few moves as there can be.
//!
//! Leptos' own keyed list takes every item off the document and puts it back that has changed its number because another one has
//! moved across it. For a row that is forty elements whose styles are computed again, a glow that begins anew though nothing has
//! changed, and a browser that no longer knows what was in view.

use std::collections::HashMap;

use leptos::prelude::{AddAnyAttr, AnyView, Mountable, Owner, Render, RenderHtml};
use leptos::tachys::html::attribute::Attribute;
use leptos::tachys::html::attribute::any_attribute::AnyAttribute;
use leptos::tachys::hydration::Cursor;
use leptos::tachys::renderer::Rndr;
use leptos::tachys::renderer::types::{Element, Node, Placeholder};
use leptos::tachys::view::{Position, PositionState};

use super::{Keyed, order};

/// The items as they are to be now.
pub(super) struct List {
    items: Vec<Keyed>,
    /// Of what lives as long as the list: an item outlives the effect that first showed it.
    owner: Owner,
}

impl List {
    pub(super) fn new(items: Vec<Keyed>, owner: Owner) -> Self {
        Self { items, owner }
    }
}

/// An item that is shown.
struct Line {
    key: String,
    // Before its owner: what is inside is dropped first.
    view: <AnyView as Render>::State,
    /// Of the item's own signals and effects, which end with it.
    _owner: Owner,
}

impl Line {
    fn new(item: Keyed, list: &Owner) -> Self {
        let owner = list.with(Owner::new);
        let view = owner.with(|| (item.view)().build());
        Self { key: item.key, view, _owner: owner }
    }
}

/// What is shown of a list.
pub(super) struct Lines {
    lines: Vec<Line>,
    /// Stands behind the last one, for those that come.
    end: Placeholder,
}

impl Lines {
    /// Puts the line with this number before what is shown next after it.
    fn place(&mut self, n: usize) {
        let (until, after) = self.lines.split_at_mut(n + 1);
        let Some(line) = until.last_mut() else { return };
        // Some views are nothing in the document. A list that is in no document itself is mounted as a whole later.
        let _ = after.iter().any(|next| next.view.insert_before_this(&mut line.view))
            || self.end.insert_before_this(&mut line.view);
    }
}

impl Render for List {
    type State = Lines;

    fn build(self) -> Lines {
        let lines = self.items.into_iter().map(|item| Line::new(item, &self.owner)).collect();
        Lines { lines, end: Rndr::create_placeholder() }
    }

    fn rebuild(self, shown: &mut Lines) {
        let mut former: HashMap<String, (usize, Line)> = HashMap::new();
        for (n, line) in std::mem::take(&mut shown.lines).into_iter().enumerate() {
            // Keys differ; should two not, the first is gone.
            if let Some((_, mut other)) = former.insert(line.key.clone(), (n, line)) {
                other.view.unmount();
            }
        }
        let mut places = Vec::with_capacity(self.items.len());
        for item in self.items {
            let (place, line) = match former.remove(&item.key) {
                Some((n, line)) => (Some(n), line),
                None => (None, Line::new(item, &self.owner)),
            };
            places.push(place);
            shown.lines.push(line);
        }
        for (_, mut gone) in former.into_values() {
            gone.view.unmount();
        }
        let rests = order::rests(&places);
        for n in (0..places.len()).rev().filter(|n| !rests[*n]) {
            shown.place(n);
        }
    }
}

impl Mountable for Lines {
    fn mount(&mut self, parent: &Element, marker: Option<&Node>) {
        for line in &mut self.lines {
            line.view.mount(parent, marker);
        }
        self.end.mount(parent, marker);
    }

    fn unmount(&mut self) {
        for line in &mut self.lines {
            line.view.unmount();
        }
        self.end.unmount();
    }

    fn insert_before_this(&self, child: &mut dyn Mountable) -> bool {
        self.lines.iter().any(|line| line.view.insert_before_this(child))
            || self.end.insert_before_this(child)
    }

    fn elements(&self) -> Vec<Element> {
        self.lines.iter().flat_map(|line| line.view.elements()).collect()
    }
}

impl AddAnyAttr for List {
    type Output<SomeNewAttr: Attribute> = Self;

    fn add_any_attr<NewAttr: Attribute>(self, _attr: NewAttr) -> Self {
        self
    }
}

/// The app is drawn in the browser alone: as HTML there is none of it.
impl RenderHtml for List {
    type AsyncOutput = Self;
    type Owned = Self;

    const MIN_LENGTH: usize = 0;

    fn dry_resolve(&mut self) {}

    async fn resolve(self) -> Self {
        self
    }

    fn to_html_with_buf(
        self,
        _buf: &mut String,
        _position: &mut Position,
        _escape: bool,
        _mark_branches: bool,
        _extra_attrs: Vec<AnyAttribute>,
    ) {
    }

    fn hydrate<const FROM_SERVER: bool>(
        self,
        _cursor: &Cursor,
        _position: &PositionState,
    ) -> Lines {
        self.build()
    }

    fn into_owned(self) -> Self {
        self
    }
}
