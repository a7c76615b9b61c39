//! `pods/eviction`. Source: kubernetes `pkg/registry/core/pod/storage/eviction.go`.

use serde_json::{Value, json};

use super::answer::Answer;
use super::call::Call;
use super::route::Place;
use crate::disruption;
use crate::kind::Kind;
use crate::object::{self, Key, holds, number, text};
use crate::refusal::Refusal;
use crate::world::{CONTROLLERS, Deletion, Part, World};

/// # Errors
/// 404, 409 for another uid, 429 where a budget forbids it, 500 for several budgets.
pub(super) fn evict(call: &Call, place: &Place) -> Result<Answer, Refusal> {
    let body = call.json()?;
    let mut deletion = Deletion::read(&body["deleteOptions"])?;
    deletion.dry_run |= call.by().dry_run;
    let mut world = call.inner.world();
    let key = place.key();
    let pod = world.get(&key)?;
    if guarded(&pod) {
        let budgets = disruption::budgets_of(&world, &pod);
        match budgets.as_slice() {
            [] => {}
            [budget] => spend(&mut world, budget, &pod, &deletion)?,
            _ => {
                return Err(Refusal::new(
                    500,
                    "InternalError",
                    "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.",
                ));
            }
        }
    }
    if !deletion.dry_run {
        let now = world.now;
        let told = world.change(&key, Part::Status, CONTROLLERS, |pod| {
            let message = "Eviction API: evicting";
            object::set_condition(
                pod,
                "DisruptionTarget",
                true,
                "EvictionByEvictionAPI",
                message,
                now,
            );
        });
        told?;
    }
    world.delete(&key, &deletion)?;
    Ok(Answer::created(json!({
        "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "code": 201,
    })))
}

/// Budgets are about pods that run and stay.
fn guarded(pod: &Value) -> bool {
    !object::is_terminating(pod)
        && !["Pending", "Failed", "Succeeded"].contains(&text(pod, "/status/phase"))
}

fn spend(
    world: &mut World,
    budget: &Value,
    pod: &Value,
    deletion: &Deletion,
) -> Result<(), Refusal> {
    let status = &budget["status"];
    let count = |field: &str| number(status, field).unwrap_or_default();
    let (current, desired) = (count("/currentHealthy"), count("/desiredHealthy"));
    if !holds(pod, "Ready") {
        // Source: eviction.go, `canIgnorePDB`/unhealthyPodEvictionPolicy.
        let always = text(budget, "/spec/unhealthyPodEvictionPolicy") == "AlwaysAllow";
        if always || (current >= desired && desired > 0) {
            return Ok(());
        }
    }
    let name = object::name(budget);
    if count("/observedGeneration") < object::generation(budget) {
        let mut refusal =
            too_many("Cannot evict pod as it would violate the pod's disruption budget.");
        refusal.details = Some(
            json!({"retryAfterSeconds": 10, "causes": [{"reason": "DisruptionBudget",
            "message": format!("The disruption budget {name} is still being processed by the server.")}]}),
        );
        return Err(refusal);
    }
    if count("/disruptionsAllowed") <= 0 {
        let mut refusal =
            too_many("Cannot evict pod as it would violate the pod's disruption budget.");
        refusal.details = Some(
            json!({"causes": [{"reason": "DisruptionBudget", "message": format!(
                "The disruption budget {name} needs {desired} healthy pods and has {current} currently"
            )}]}),
        );
        return Err(refusal);
    }
    if !deletion.dry_run {
        let key = Key::new(Kind::Budget, object::namespace(budget), name);
        world.change(&key, Part::Status, CONTROLLERS, |budget| {
            let left = number(budget, "/status/disruptionsAllowed").unwrap_or_default() - 1;
            budget["status"]["disruptionsAllowed"] = json!(left);
        })?;
    }
    Ok(())
}

fn too_many(message: &str) -> Refusal {
    Refusal::new(429, "TooManyRequests", message)
}
