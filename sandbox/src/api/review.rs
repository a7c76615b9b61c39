//! Reviews: who am I, and may they.

use serde_json::{Value, json};

use super::answer::Answer;
use super::call::Call;
use super::route::Review;
use crate::object::{list, text};
use crate::refusal::Refusal;
use crate::rights::{Access, User};

/// # Errors
/// 403 if the caller may not ask.
pub(super) fn review(call: &Call, kind: Review) -> Result<Answer, Refusal> {
    if call.parts.method != http::Method::POST {
        return Err(Refusal::method_not_allowed());
    }
    permit(call, kind)?;
    let mut review = call.json()?;
    if !review.is_object() {
        review = json!({});
    }
    let world = call.inner.world();
    let user_info = |user: &User| json!({"username": user.name, "groups": user.groups});
    let status = match kind {
        Review::WhoAmI => json!({"userInfo": user_info(&call.user)}),
        Review::Token => match world.rights.user(text(&review, "/spec/token")) {
            Some(user) => json!({"authenticated": true, "user": user_info(user)}),
            None => json!({"user": {}, "error": "invalid bearer token"}),
        },
        Review::SelfAccess => decision(
            world.rights.may(&call.user, &Access::of_review(&review["spec"]["resourceAttributes"])),
        ),
        Review::Access => {
            let groups: Vec<String> = list(&review, "/spec/groups")
                .iter()
                .filter_map(|g| g.as_str().map(str::to_owned))
                .collect();
            let user = User { name: text(&review, "/spec/user").to_owned(), groups };
            decision(
                world.rights.may(&user, &Access::of_review(&review["spec"]["resourceAttributes"])),
            )
        }
        Review::Rules => json!({"resourceRules": [], "nonResourceRules": [], "incomplete": true,
            "evaluationError": "the sandbox does not enumerate rules"}),
    };
    let (group, name) = match kind {
        Review::WhoAmI => ("authentication.k8s.io", "SelfSubjectReview"),
        Review::Token => ("authentication.k8s.io", "TokenReview"),
        Review::SelfAccess => ("authorization.k8s.io", "SelfSubjectAccessReview"),
        Review::Access => ("authorization.k8s.io", "SubjectAccessReview"),
        Review::Rules => ("authorization.k8s.io", "SelfSubjectRulesReview"),
    };
    review["apiVersion"] = json!(format!("{group}/v1"));
    review["kind"] = json!(name);
    if !review["metadata"].is_object() {
        review["metadata"] = json!({});
    }
    review["status"] = status;
    Ok(Answer::created(review))
}

fn decision(allowed: bool) -> Value {
    if allowed {
        json!({"allowed": true, "reason": "RBAC: allowed"})
    } else {
        json!({"allowed": false})
    }
}

fn permit(call: &Call, kind: Review) -> Result<(), Refusal> {
    let (group, resource) = match kind {
        Review::SelfAccess => ("authorization.k8s.io", "selfsubjectaccessreviews"),
        Review::Rules => ("authorization.k8s.io", "selfsubjectrulesreviews"),
        Review::Access => ("authorization.k8s.io", "subjectaccessreviews"),
        Review::WhoAmI => ("authentication.k8s.io", "selfsubjectreviews"),
        Review::Token => ("authentication.k8s.io", "tokenreviews"),
    };
    let access = Access {
        verb: "create".to_owned(),
        group: group.to_owned(),
        resource: resource.to_owned(),
        ..Access::default()
    };
    if call.inner.world().rights.may(&call.user, &access) {
        return Ok(());
    }
    let message = format!("{resource}.{group} is forbidden: {}", access.refused(&call.user));
    Err(Refusal::new(403, "Forbidden", message))
}
