//! The lanes as markup, in one piece: they may be some thousand marks.

use std::fmt::Write;

use jiff::Timestamp;
use model::wire::{EventView, Lane, Lanes, RolloutView, Run, RunState};

use super::axis::{self, percent};
use super::events::event_icon;
use crate::components::escaped;

/// More lanes than this are drawn low, without labels.
const HIGH: usize = 20;
/// A run that is narrower than this, in percent, has no label.
const LABEL: f64 = 4.0;
/// Changes that are closer together than this, in percent, share a mark.
const TOGETHER: f64 = 2.0;

/// What a drawing needs of its page.
pub struct Page<'a> {
    pub set: &'a str,
    pub lanes: &'a Lanes,
    /// Minutes that the viewer's zone is behind UTC.
    pub behind: i64,
    pub time: &'a dyn Fn(Timestamp) -> String,
    pub day: &'a dyn Fn(Timestamp) -> String,
    /// The address of a moment, and of a rollout.
    pub to_moment: &'a dyn Fn(Timestamp) -> String,
    pub to_rollout: &'a dyn Fn(i64) -> String,
}

/// The words for a state.
pub fn state_words(state: RunState) -> &'static str {
    match state {
        RunState::Absent => "not wanted",
        RunState::Ready => "Ready",
        RunState::Starting => "starting",
        RunState::Ending => "going down",
        RunState::Down => "down",
        RunState::Failing => "failing",
    }
}

/// How a run looks: as what the newest rollout shown goes to, what it comes from, any other. A revision may have got another
/// number meanwhile, and no number is given twice.
pub fn role(rollouts: &[RolloutView], run: &Run) -> &'static str {
    let Some(label) = run.revision.as_deref() else { return "none" };
    let Some(rollout) = rollouts.first() else { return "cur" };
    let called = [Some(label), run.revision_now.as_deref()];
    let is = |names: [Option<&str>; 2]| {
        names.into_iter().flatten().any(|name| called.contains(&Some(name)))
    };
    if is([Some(&rollout.to), rollout.to_now.as_deref()]) {
        "upd"
    } else if is([rollout.from.as_deref(), rollout.from_now.as_deref()]) {
        "cur"
    } else {
        "none"
    }
}

/// What a revision was called, and is now.
pub fn called(label: &str, now: Option<&str>) -> String {
    now.map_or_else(|| label.to_owned(), |now| format!("{label} (now {now})"))
}

/// The revision of a run.
fn revision(run: &Run) -> Option<String> {
    run.revision.as_ref().map(|label| called(label, run.revision_now.as_deref()))
}

/// One lane in a sentence: its last changes.
pub fn sentence(lane: &Lane, time: &dyn Fn(Timestamp) -> String) -> String {
    const TOLD: usize = 6;
    let earlier = lane.runs.len().saturating_sub(TOLD);
    let mut parts = Vec::new();
    if earlier > 0 {
        parts.push(format!("{earlier} earlier changes"));
    }
    for run in &lane.runs[earlier..] {
        let revision = revision(run).map(|r| format!("{r} ")).unwrap_or_default();
        parts.push(format!("{revision}{} from {}", state_words(run.state), time(run.at)));
    }
    parts.join(", ")
}

impl Page<'_> {
    /// All of it.
    pub fn draw(&self) -> String {
        let mut out = String::new();
        self.marks(&mut out);
        self.rollouts(&mut out);
        out.push_str("<div class=\"swim-l\">");
        self.ground(&mut out);
        out.push_str("<ol>");
        let dense = self.lanes.lanes.len() > HIGH;
        for lane in &self.lanes.lanes {
            self.lane(&mut out, lane, dense);
        }
        out.push_str("</ol></div>");
        self.axis(&mut out);
        out
    }

    fn at(&self, at: Timestamp) -> f64 {
        percent(&self.lanes.span, at)
    }

    /// Changes that lie close together, by where they lie.
    fn clusters(&self) -> Vec<(f64, Vec<&EventView>)> {
        let mut clusters: Vec<(f64, Vec<&EventView>)> = Vec::new();
        for mark in &self.lanes.marks {
            let x = self.at(mark.at);
            match clusters.last_mut() {
                Some((at, all)) if x - *at < TOGETHER => all.push(mark),
                _ => clusters.push((x, vec![mark])),
            }
        }
        clusters
    }

    // Writing into a string does not fail.
    fn marks(&self, out: &mut String) {
        out.push_str("<div class=\"lane swim-h\"><span>Changes</span><svg height=\"32\">");
        for (x, events) in self.clusters() {
            let said = |e: &&EventView| format!("{}: {}", (self.time)(e.at), e.sentence);
            let mut words: Vec<String> = events.iter().take(4).map(said).collect();
            if events.len() > 4 {
                words.push(format!("and {} more", events.len() - 4));
            }
            let words = escaped(&words.join("\n"));
            let first = events[0];
            let _ = write!(
                out,
                "<a href=\"{}\" data-at=\"{}\" tabindex=\"-1\"><title>{words}</title>\
                 <svg x=\"{x:.2}%\" overflow=\"visible\"><rect x=\"-11\" y=\"5\" width=\"22\" height=\"22\" rx=\"6\"/>",
                (self.to_moment)(first.at),
                first.at
            );
            if events.len() > 1 {
                let _ = write!(
                    out,
                    "<text y=\"20\" text-anchor=\"middle\" aria-hidden=\"true\">{}</text>",
                    events.len()
                );
            } else {
                let icon = event_icon(first).id();
                let _ = write!(
                    out,
                    "<use class=\"i\" href=\"#i-{icon}\" x=\"-6.5\" y=\"9.5\" width=\"13\" height=\"13\"/>"
                );
            }
            out.push_str("</svg></a>");
        }
        out.push_str("</svg></div>");
    }

    fn rollouts(&self, out: &mut String) {
        if self.lanes.rollouts.is_empty() {
            return;
        }
        out.push_str("<div class=\"lane swim-h\"><span>Rollouts</span><svg height=\"28\">");
        // The newest comes last, and so lies above the others' margins.
        for r in self.lanes.rollouts.iter().rev() {
            let x = self.at(r.started);
            let width = (self.at(r.ended.unwrap_or(self.lanes.span.to)) - x).max(0.6);
            let from = r.from.as_ref().map(|f| format!("{f} → ")).unwrap_or_default();
            let name = escaped(&format!("{from}{}", r.to));
            let from = (self.time)(r.started);
            let until = r.ended.map(|e| format!(" to {}", (self.time)(e))).unwrap_or_default();
            let says = format!("Show the rollout {name}, {from}{until}");
            let label = if width < LABEL {
                String::new()
            } else {
                format!("<text x=\"7\" y=\"14\" aria-hidden=\"true\">{name}</text>")
            };
            // However short it was, it is wide enough to be hit.
            let _ = write!(
                out,
                "<a href=\"{}\" data-rollout=\"{}\"><title>{says}</title>\
                 <rect class=\"hit\" x=\"{x:.2}%\" y=\"2\" width=\"24\" height=\"24\"/>\
                 <svg x=\"{x:.2}%\" y=\"4\" width=\"{width:.2}%\" height=\"20\"><rect width=\"100%\" height=\"20\" rx=\"3\"/>\
                 {label}</svg></a>",
                (self.to_rollout)(r.id),
                r.id
            );
        }
        out.push_str("</svg></div>");
    }

    /// What lies behind all lanes: holds, gaps, and a line for each change.
    fn ground(&self, out: &mut String) {
        out.push_str("<svg class=\"swim-bg\" aria-hidden=\"true\">");
        let spans = self.lanes.holds.iter().map(|s| ("hold", s));
        for (class, span) in spans.chain(self.lanes.gaps.iter().map(|s| ("gap", s))) {
            let x = self.at(span.from);
            let width = (self.at(span.to) - x).max(0.1);
            let _ = write!(
                out,
                "<rect class=\"{class}\" x=\"{x:.2}%\" width=\"{width:.2}%\" height=\"100%\"/>"
            );
        }
        for (x, _) in self.clusters() {
            let _ = write!(out, "<line x1=\"{x:.2}%\" x2=\"{x:.2}%\" y2=\"100%\"/>");
        }
        out.push_str("</svg>");
    }

    fn lane(&self, out: &mut String, lane: &Lane, dense: bool) {
        let name = format!("{}-{}", self.set, lane.ordinal);
        let (height, class) = if dense { (16, " low") } else { (30, "") };
        let _ = write!(
            out,
            "<li class=\"lane{class}\"><span class=\"pn\" title=\"{0}\"><span class=\"sr\">{0}</span><i aria-hidden=\"true\">{1}</i>\
             <b aria-hidden=\"true\">-{2}</b></span><svg height=\"{height}\" role=\"img\" aria-label=\"{3}\">",
            escaped(&name),
            escaped(self.set),
            lane.ordinal,
            escaped(&sentence(lane, self.time))
        );
        for (n, run) in lane.runs.iter().enumerate() {
            let end = lane.runs.get(n + 1).map_or(self.lanes.span.to, |next| next.at);
            self.run(out, run, end, dense);
        }
        out.push_str("</svg></li>");
    }

    fn run(&self, out: &mut String, run: &Run, end: Timestamp, dense: bool) {
        let x = self.at(run.at);
        let width = self.at(end) - x;
        let (y, height) = if dense { (3, 10) } else { (6, 18) };
        let role = role(&self.lanes.rollouts, run);
        let class = match run.state {
            RunState::Absent => return,
            RunState::Down | RunState::Ending => {
                let y = y + height / 2;
                let _ = write!(
                    out,
                    "<line class=\"down\" x1=\"{x:.2}%\" x2=\"{:.2}%\" y1=\"{y}\" y2=\"{y}\"/>",
                    x + width
                );
                return;
            }
            RunState::Ready => role,
            RunState::Starting => "start",
            RunState::Failing => "fail",
        };
        let _ = write!(
            out,
            "<svg x=\"{x:.2}%\" y=\"{y}\" width=\"{width:.2}%\" height=\"{height}\"><rect class=\"{class}\" width=\"100%\" height=\"100%\"/>"
        );
        if class == "upd" {
            out.push_str("<rect fill=\"url(#p-upd)\" width=\"100%\" height=\"100%\"/>");
        }
        if class == "fail" {
            // A cross, for whoever does not see that it is red.
            out.push_str("<line x2=\"100%\" y2=\"100%\"/><line x1=\"100%\" y2=\"100%\"/>");
        }
        if !dense && width >= LABEL && run.state == RunState::Ready {
            let label = escaped(&revision(run).unwrap_or_default());
            let _ = write!(out, "<text class=\"{class}\" x=\"6\" y=\"13\">{label}</text>");
        }
        out.push_str("</svg>");
    }

    fn axis(&self, out: &mut String) {
        out.push_str(
            "<div class=\"lane axis\" aria-hidden=\"true\"><span></span><svg height=\"24\">",
        );
        let (ticks, days) = axis::ticks(&self.lanes.span, self.behind);
        for at in ticks {
            let Ok(moment) = Timestamp::from_millisecond(at) else { continue };
            let label = if days { (self.day)(moment) } else { axis::clock(at, self.behind) };
            let x = self.at(moment);
            if (2.0..97.0).contains(&x) {
                let _ = write!(
                    out,
                    "<text x=\"{x:.2}%\" y=\"15\" text-anchor=\"middle\">{}</text>",
                    escaped(&label)
                );
            }
        }
        out.push_str("</svg></div>");
    }
}

#[cfg(test)]
mod tests;
