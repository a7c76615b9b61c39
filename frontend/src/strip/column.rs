//! What one ordinal shows, as plain data: the card, its claims, its place in the order, and its sentence.

use jiff::Timestamp;
use model::blocker;
use model::claim::{Claim, ClaimPhase};
use model::facts::Facts;
use model::pod::{ContainerState, Phase, Pod};
use model::strip::{self, State};
use model::wire::RevisionRole;
use model::words;

use super::turn::Turn;
use crate::components::Icon;

/// What stands at an ordinal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// A pod at a wanted ordinal.
    Pod,
    /// A wanted ordinal without a pod.
    Missing,
    /// A pod whose ordinal is no longer wanted.
    Leaving,
    /// Only claims are left.
    ClaimOnly,
    /// Nothing, between wanted ordinals and ghosts.
    Nothing,
}

impl Place {
    /// Drawn dashed: it is not part of the set any more.
    pub fn is_ghost(self) -> bool {
        matches!(self, Self::Leaving | Self::ClaimOnly | Self::Nothing)
    }
}

/// How the readiness is coloured and which icon it has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    Ok,
    Starting,
    Bad,
    Gone,
}

impl Tone {
    /// The value of `data-r`.
    pub fn key(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Starting => "no",
            Self::Bad => "bad",
            Self::Gone => "gone",
        }
    }

    pub fn icon(self) -> Icon {
        match self {
            Self::Ok => Icon::Ok,
            Self::Starting => Icon::Start,
            Self::Bad => Icon::Failed,
            Self::Gone => Icon::Unseen,
        }
    }
}

/// The claim of one template at one ordinal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimCell {
    pub template: String,
    /// `None` where there is no such claim.
    pub claim: Option<ClaimShown>,
}

/// A claim as its row shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimShown {
    /// Capacity where it is bound, else what was asked for.
    pub size: String,
    /// `Bound`, `Pending`, `Lost`, `Deleting`.
    pub phase: &'static str,
    pub created: Timestamp,
    /// It was there before the pod that mounts it.
    pub older_than_pod: bool,
}

/// One column of the strip.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    pub ordinal: u32,
    /// The name its pod has or would have.
    pub pod: String,
    pub uid: Option<String>,
    pub place: Place,
    pub role: Option<RevisionRole>,
    /// `r6`, empty without a pod.
    pub revision: String,
    /// Tag of the first container's image in the pod's revision, empty where it is not known.
    pub image: String,
    pub state: Option<State>,
    pub tone: Tone,
    /// `Ready`, `Not Ready yet`, `Not Ready`, `Terminating`, `No pod`.
    pub ready: &'static str,
    /// What the age beside the readiness counts from.
    pub since: Option<Timestamp>,
    /// Phase, or why it is not Ready.
    pub phase: String,
    pub restarts: u32,
    /// Ready and all containers.
    pub containers: (usize, usize),
    pub claims: Vec<ClaimCell>,
    pub node: Option<String>,
    pub turn: Turn,
    /// The whole as one sentence, for screen readers.
    pub sentence: String,
}

impl Column {
    /// It has a 2 px red outline.
    pub fn failing(&self) -> bool {
        self.state == Some(State::Failing)
    }
}

/// The value of `data-rev`.
pub fn role_key(role: Option<RevisionRole>) -> &'static str {
    match role {
        Some(RevisionRole::Current) => "cur",
        Some(RevisionRole::Update) => "upd",
        Some(RevisionRole::Stray) => "str",
        None => "none",
    }
}

/// All columns of a set, lowest ordinal first.
pub fn columns(facts: &Facts) -> Vec<Column> {
    use std::collections::HashMap;
    let pods: HashMap<u32, &Pod> =
        facts.pods.iter().filter_map(|p| Some((facts.ordinal(p)?, p))).collect();
    let mut claims: HashMap<u32, Vec<(&str, &Claim)>> = HashMap::new();
    for claim in &facts.claims {
        if let Some((template, ordinal)) = facts.claim_place(claim) {
            claims.entry(ordinal).or_default().push((template, claim));
        }
    }
    let turns = super::turn::turns(facts);
    strip::ordinals(facts)
        .map(|o| {
            let here = claims.get(&o).map(Vec::as_slice).unwrap_or_default();
            let turn = turns.get(&o).copied().unwrap_or(Turn::Rest);
            column(facts, o, pods.get(&o).copied(), here, turn)
        })
        .collect()
}

/// Pods without an ordinal, which the strip lists below itself.
pub fn strays(facts: &Facts) -> Vec<Column> {
    facts.strays().map(|p| column(facts, u32::MAX, Some(p), &[], Turn::Rest)).collect()
}

fn column(
    facts: &Facts,
    ordinal: u32,
    pod: Option<&Pod>,
    claims: &[(&str, &Claim)],
    turn: Turn,
) -> Column {
    let wanted = facts.set.index_of(ordinal).is_some();
    let place = match (pod, wanted) {
        (Some(p), false) if facts.ordinal(p).is_some() => Place::Leaving,
        (Some(_), _) => Place::Pod,
        (None, true) => Place::Missing,
        (None, false) if claims.is_empty() => Place::Nothing,
        (None, false) => Place::ClaimOnly,
    };
    let state = pod.map(strip::state);
    let (tone, ready) = readiness(place, state);
    let revision = pod.map(|p| facts.revision_label(&p.revision)).unwrap_or_default();
    let mut column = Column {
        ordinal,
        pod: pod.map_or_else(|| facts.set.pod_name(ordinal), |p| p.name.clone()),
        uid: pod.map(|p| p.uid.clone()),
        place,
        role: pod.map(|p| strip::role(facts, &p.revision)),
        revision,
        image: pod.map(|p| image(facts, p)).unwrap_or_default(),
        state,
        tone,
        ready,
        since: pod.map(|p| p.deleting.or(p.not_ready_since()).unwrap_or(p.created)),
        phase: phase(place, pod, state),
        restarts: pod.map_or(0, Pod::restarts),
        containers: pod.map_or((0, 0), Pod::ready_containers),
        claims: claim_cells(facts, pod, claims),
        node: pod.and_then(|p| p.node.clone()),
        turn,
        sentence: String::new(),
    };
    column.sentence = sentence(&column);
    column
}

fn image(facts: &Facts, pod: &Pod) -> String {
    let recorded = facts.revision(&pod.revision).and_then(|r| r.images.first());
    // A revision that may not be read: the template says it, if the pod is made from it.
    let template = (pod.revision == facts.set.status.update_revision)
        .then(|| facts.set.containers.first())
        .flatten();
    recorded.or(template).map(|i| words::image_tag(&i.image).to_owned()).unwrap_or_default()
}

fn readiness(place: Place, state: Option<State>) -> (Tone, &'static str) {
    match (place, state) {
        (Place::Leaving, _) => (Tone::Gone, "Leaving"),
        (_, Some(State::Ready)) => (Tone::Ok, "Ready"),
        (_, Some(State::Starting)) => (Tone::Starting, "Not Ready yet"),
        (_, Some(State::Failing)) => (Tone::Bad, "Not Ready"),
        (_, Some(State::Ending)) => (Tone::Gone, "Terminating"),
        (Place::ClaimOnly, None) => (Tone::Gone, "Gone"),
        (_, None) => (Tone::Gone, "No pod"),
    }
}

fn phase(place: Place, pod: Option<&Pod>, state: Option<State>) -> String {
    let Some(pod) = pod else {
        return match place {
            Place::ClaimOnly => "claim left behind",
            Place::Missing => "not there yet",
            _ => "",
        }
        .to_owned();
    };
    if place == Place::Leaving && pod.deleting.is_none() {
        return "no longer wanted".to_owned();
    }
    match state {
        Some(State::Failing) => blocker::says(pod).0,
        Some(State::Starting) => waiting_reason(pod)
            .or_else(|| pod.reason.clone())
            .unwrap_or_else(|| phase_word(pod.phase).to_owned()),
        _ => phase_word(pod.phase).to_owned(),
    }
}

/// Why a container waits (`ContainerCreating`, `PodInitializing`).
fn waiting_reason(pod: &Pod) -> Option<String> {
    pod.containers.iter().find_map(|c| match &c.state {
        ContainerState::Waiting { reason: Some(reason), .. } => Some(reason.clone()),
        _ => None,
    })
}

fn phase_word(phase: Phase) -> &'static str {
    match phase {
        Phase::Pending => "Pending",
        Phase::Running => "Running",
        Phase::Succeeded => "Succeeded",
        Phase::Failed => "Failed",
        Phase::Unknown => "Unknown",
    }
}

fn claim_cells(facts: &Facts, pod: Option<&Pod>, claims: &[(&str, &Claim)]) -> Vec<ClaimCell> {
    facts
        .set
        .claim_templates
        .iter()
        .map(|t| ClaimCell {
            template: t.name.clone(),
            claim: claims.iter().find(|(name, _)| *name == t.name).map(|(_, c)| ClaimShown {
                size: super::size(c.capacity.as_deref().or(c.requested.as_deref()).unwrap_or("?")),
                phase: match c.phase {
                    _ if c.deleting => "Deleting",
                    ClaimPhase::Pending => "Pending",
                    ClaimPhase::Bound => "Bound",
                    ClaimPhase::Lost => "Lost",
                },
                created: c.created,
                older_than_pod: pod.is_some_and(|p| c.created < p.created),
            }),
        })
        .collect()
}

/// "orders-db-2: revision r6, Ready, Running, 2 restarts".
fn sentence(c: &Column) -> String {
    let mut parts = Vec::new();
    if !c.revision.is_empty() {
        parts.push(format!("revision {}", c.revision));
    }
    parts.push(c.ready.to_owned());
    if !c.phase.is_empty() && c.phase != c.ready {
        parts.push(c.phase.clone());
    }
    if c.containers.1 > 1 {
        parts.push(format!("{} of {} containers Ready", c.containers.0, c.containers.1));
    }
    if c.restarts > 0 {
        parts.push(words::count(c.restarts as usize, "restart"));
    }
    for cell in &c.claims {
        match &cell.claim {
            Some(k) if k.phase != "Bound" => {
                parts.push(format!("claim {} {}", cell.template, k.phase));
            }
            _ => {}
        }
    }
    if let Some(word) = c.turn.spoken() {
        parts.push(word);
    }
    format!("{}: {}", c.pod, parts.join(", "))
}

#[cfg(test)]
mod tests;
