//! Steps that leave something to choice.
//!
//! A generated scenario cannot know which pods there will be, so it may say `{"deletePod": {"any": 17}}`: of the pods that can be
//! deleted the 17th, counted round. `"of": "unready"` asks for one that is not Ready, and `{"release": {"all": true}}` for all.
//! Where the real controller and the sandbox agree they choose alike.

use model::testing::seen::{Seen, is_ending, is_ready, ordinal, text};
use serde_json::{Map, Value, json};

use crate::log::{Kind, Log};
use crate::rest::{Behaviour, is_held};

/// The step with everything chosen. `None` if there was nothing to choose from and nothing else to do.
pub(crate) fn choose(
    step: &Map<String, Value>,
    log: &Log,
    set: &str,
    seen: &Seen,
) -> Option<Map<String, Value>> {
    let mut chosen = Map::new();
    for (key, value) in step {
        let among = |value: &Value| candidates(key, value, log, set, seen);
        let value = match value {
            Value::Object(wish) if wish.contains_key("all") => {
                Some(among(value)).filter(|all| !all.is_empty()).map(Value::Array)
            }
            Value::Object(wish) if wish.contains_key("any") => pick(&among(value), value),
            Value::Array(wishes) if wishes.iter().any(|w| w.get("any").is_some()) => {
                let mut left = among(&wishes[0]);
                let mut several = Vec::new();
                for wish in wishes {
                    let Some(one) = pick(&left, wish) else { break };
                    left.retain(|other| *other != one);
                    several.push(one);
                }
                (!several.is_empty()).then_some(Value::Array(several))
            }
            other => Some(other.clone()),
        };
        if let Some(value) = value {
            chosen.insert(key.clone(), value);
        }
    }
    (!chosen.is_empty()).then_some(chosen)
}

fn pick(all: &[Value], wish: &Value) -> Option<Value> {
    let number = usize::try_from(wish["any"].as_u64()?).ok()?;
    all.get(number.checked_rem(all.len())?).cloned()
}

fn candidates(key: &str, wish: &Value, log: &Log, set: &str, seen: &Seen) -> Vec<Value> {
    let pods = |wanted: &dyn Fn(&Value) -> bool| {
        let mut ordinals: Vec<u32> =
            log.list(Kind::Pod).filter(|p| wanted(p)).filter_map(ordinal).collect();
        ordinals.sort_unstable();
        ordinals.into_iter().map(Value::from).collect()
    };
    let runs = |pod: &Value| text(pod, "/status/phase") == "Running";
    match key {
        "deletePod" => {
            let sick = wish["of"] == "unready";
            pods(&|pod| !is_ending(pod) && (!sick || !is_ready(pod)))
        }
        // The pretend kubelets make a slow pod Ready again.
        "unready" => {
            pods(&|pod| !is_ending(pod) && is_ready(pod) && Behaviour::of(pod) != Behaviour::Slow)
        }
        "ready" => pods(&|pod| {
            let can = [Behaviour::Never, Behaviour::Fine].contains(&Behaviour::of(pod));
            !is_ending(pod) && runs(pod) && !is_ready(pod) && can
        }),
        "fail" => pods(&|pod| !is_ending(pod) && runs(pod)),
        "release" => pods(&|pod| is_ending(pod) && is_held(pod)),
        "undo" => {
            let update = log.get(Kind::Set, set).map(|s| text(s, "/status/updateRevision"));
            let mut labels: Vec<&str> = log
                .list(Kind::Revision)
                .map(|r| text(r, "/metadata/name"))
                .filter(|name| Some(*name) != update)
                .filter_map(|name| seen.label_of(name))
                .collect();
            labels.sort_unstable();
            labels.into_iter().map(|label| json!(label)).collect()
        }
        "deleteClaim" => {
            let claims = log.list(Kind::Claim).filter(|claim| !is_ending(claim));
            claims.map(|claim| claim["metadata"]["name"].clone()).collect()
        }
        _ => Vec::new(),
    }
}
