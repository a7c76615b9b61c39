//! Who calls, as whom, and whether they may.

use http::header::AUTHORIZATION;
use serde_json::json;

use super::call::Call;
use super::route::Place;
use crate::refusal::Refusal;
use crate::rights::{Access, User};

/// Finds out who calls, and as whom the call runs.
///
/// # Errors
/// 401 for an unknown token, 403 for an impersonation that is not permitted.
pub(super) fn identify(call: &mut Call, known: Option<User>) -> Result<(), Refusal> {
    let caller = match known {
        Some(user) => user,
        None => by_token(call)?,
    };
    call.user = impersonated(call, caller)?;
    Ok(())
}

/// By the bearer token. kubectl sends none over plain HTTP, so the server's URL in our kubeconfigs holds it: `/as/TOKEN/api/…`.
fn by_token(call: &mut Call) -> Result<User, Refusal> {
    let in_path = call.path.strip_prefix("/as/").map(|rest| match rest.split_once('/') {
        Some((token, path)) => (token.to_owned(), format!("/{path}")),
        None => (rest.to_owned(), "/".to_owned()),
    });
    let token = if let Some((token, path)) = in_path {
        call.path = path;
        token
    } else {
        let Some(header) = call.parts.headers.get(AUTHORIZATION) else {
            return Ok(User::anonymous());
        };
        let header = header.to_str().unwrap_or_default();
        header.strip_prefix("Bearer ").unwrap_or_default().to_owned()
    };
    let world = call.inner.world();
    let user = world.rights.user(token.trim()).cloned();
    user.ok_or_else(|| Refusal::new(401, "Unauthorized", "Unauthorized"))
}

fn impersonated(call: &Call, caller: User) -> Result<User, Refusal> {
    let headers = &call.parts.headers;
    let all = |name: &str| -> Vec<String> {
        let values = headers.get_all(name).iter();
        values.filter_map(|v| v.to_str().ok()).map(str::to_owned).collect()
    };
    let (users, groups) = (all("impersonate-user"), all("impersonate-group"));
    let Some(name) = users.into_iter().next() else {
        let other = headers.keys().any(|k| k.as_str().starts_with("impersonate-"));
        if other {
            return Err(Refusal::bad_request(
                "requested impersonation without impersonating a user",
            ));
        }
        return Ok(caller);
    };
    let asked = [("users", &name)].into_iter().chain(groups.iter().map(|g| ("groups", g)));
    for (resource, name) in asked {
        let access = Access {
            verb: "impersonate".to_owned(),
            resource: resource.to_owned(),
            name: name.clone(),
            ..Access::default()
        };
        if !call.inner.world().rights.may(&caller, &access) {
            let message = format!("{resource} {name:?} is forbidden: {}", access.refused(&caller));
            let mut refusal = Refusal::new(403, "Forbidden", message);
            refusal.details = Some(json!({"name": name, "kind": resource}));
            return Err(refusal);
        }
    }
    let groups: Vec<&str> = groups.iter().map(String::as_str).collect();
    Ok(User::new(&name, &groups))
}

/// # Errors
/// 403, worded as RBAC words it.
pub(super) fn authorize(call: &Call, verb: &str, place: &Place) -> Result<(), Refusal> {
    let info = place.kind.info();
    let access = Access {
        verb: verb.to_owned(),
        group: info.group.to_owned(),
        resource: info.resource.to_owned(),
        subresource: place.subresource.clone(),
        namespace: place.namespace.clone(),
        name: place.name.clone(),
    };
    if call.inner.world().rights.may(&call.user, &access) {
        return Ok(());
    }
    let mut refusal = Refusal::forbidden(place.kind, &place.name, &access.refused(&call.user));
    if place.name.is_empty() {
        refusal.message =
            format!("{} is forbidden: {}", info.qualified(), access.refused(&call.user));
    }
    Err(refusal)
}
