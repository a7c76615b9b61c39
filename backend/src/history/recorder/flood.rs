//! What did not fit into the queue: of each set only how it is last, and from when to when the rest was not kept.

use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;
use model::set::SetKey;
use tokio::sync::oneshot;

use super::Message;
use crate::live::Changed;

/// Bytes of templates that may wait here. A template is sent once: what does not fit cannot be shown until the next start.
const TEMPLATES: usize = 64 << 20;

/// As large as the fleet at most, however long it lasts: of its facts it holds those that the index holds anyway.
#[derive(Default)]
pub(super) struct Flood {
    catch_up: Option<Message>,
    changed: BTreeMap<SetKey, Box<Changed>>,
    templates: HashMap<String, String>,
    bytes: usize,
    /// Between these something may have happened of which nobody will hear.
    span: Option<(Timestamp, Timestamp)>,
    lost: Option<Timestamp>,
    /// A break ended meanwhile.
    back: bool,
    flushes: Vec<oneshot::Sender<()>>,
}

impl Flood {
    pub(super) fn add(&mut self, message: Message) {
        match message {
            Message::Changed(changed) => {
                self.widen(changed.at, changed.at);
                self.changed.insert(changed.key.clone(), changed);
            }
            Message::CatchUp { .. } | Message::Anew { .. } => {
                // It has all that was before.
                self.changed.clear();
                self.span = None;
                self.catch_up = Some(message);
            }
            Message::Template { hash, template } => {
                if self.bytes + template.len() > TEMPLATES {
                    tracing::error!(
                        hash,
                        "a template is not recorded: too much waits to be written"
                    );
                } else if !self.templates.contains_key(&hash) {
                    self.bytes += template.len();
                    self.templates.insert(hash, template);
                }
            }
            Message::Lost { at } => {
                self.lost.get_or_insert(at);
            }
            Message::Gap { from, to } | Message::Skipped { from, to } => {
                self.widen(from, to);
                self.lost = None;
                self.back = true;
            }
            Message::Flush(done) => self.flushes.push(done),
        }
    }

    fn widen(&mut self, from: Timestamp, to: Timestamp) {
        let (a, b) = self.span.unwrap_or((from, to));
        self.span = Some((a.min(from), b.max(to)));
    }

    /// The messages that say the same, as far as it is known.
    pub(super) fn into_messages(self) -> Vec<Message> {
        let templates = self.templates.into_iter();
        let mut all: Vec<Message> =
            templates.map(|(hash, template)| Message::Template { hash, template }).collect();
        all.extend(self.catch_up);
        if let Some((from, to)) = self.span {
            all.push(if self.back {
                Message::Gap { from, to }
            } else {
                Message::Skipped { from, to }
            });
        }
        all.extend(self.changed.into_values().map(Message::Changed));
        all.extend(self.lost.map(|at| Message::Lost { at }));
        all.extend(self.flushes.into_iter().map(Message::Flush));
        all
    }
}
