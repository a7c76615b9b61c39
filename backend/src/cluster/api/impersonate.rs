//! Acting as somebody else: the shared client behind a service that sets the headers, so that all users share one pool
//! of connections. Headers: <https://kubernetes.io/docs/reference/access-authn-authz/authentication/#user-impersonation>.

use http::header::{HeaderMap, HeaderName, HeaderValue};
use kube::Client;
use kube::client::Body;
use tower::service_fn;

use super::super::ApiError;

const USER: HeaderName = HeaderName::from_static("impersonate-user");
const GROUP: HeaderName = HeaderName::from_static("impersonate-group");

/// The client as this user in these groups.
pub(super) fn impersonating(
    base: Client,
    user: &str,
    groups: &[String],
) -> Result<Client, ApiError> {
    let user_value = value("user", user)?;
    let groups = groups.iter().map(|g| value("group", g)).collect::<Result<Vec<_>, _>>()?;
    let namespace = base.default_namespace().to_owned();
    let service = service_fn(move |mut request: http::Request<Body>| {
        set(request.headers_mut(), &user_value, &groups);
        let base = base.clone();
        async move { base.send(request).await }
    });
    Ok(Client::new(service, namespace))
}

fn set(headers: &mut HeaderMap, user: &HeaderValue, groups: &[HeaderValue]) {
    let present: Vec<HeaderName> =
        headers.keys().filter(|k| k.as_str().starts_with("impersonate-")).cloned().collect();
    for name in present {
        headers.remove(name);
    }
    headers.insert(USER, user.clone());
    for group in groups {
        headers.append(GROUP, group.clone());
    }
}

fn value(what: &str, text: &str) -> Result<HeaderValue, ApiError> {
    let refused = || {
        ApiError::bad_request(format!(
            "the Kubernetes {what} {text:?} cannot be impersonated: it is empty or holds characters that no header can carry"
        ))
    };
    if text.is_empty() {
        // Without a user the groups would be added to the panel's own account.
        return Err(refused());
    }
    HeaderValue::from_str(text).map_err(|_| refused())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_that_are_there_already_are_stripped() {
        let mut headers = HeaderMap::new();
        headers.append(USER, HeaderValue::from_static("admin"));
        headers.append(GROUP, HeaderValue::from_static("system:masters"));
        headers.append("impersonate-extra-scopes", HeaderValue::from_static("all"));
        headers.append("accept", HeaderValue::from_static("application/json"));
        let groups = [HeaderValue::from_static("a"), HeaderValue::from_static("b")];
        set(&mut headers, &HeaderValue::from_static("alice"), &groups);
        let all: Vec<_> = headers.iter().map(|(k, v)| (k.as_str(), v.to_str().unwrap())).collect();
        assert_eq!(
            all,
            [
                ("accept", "application/json"),
                ("impersonate-user", "alice"),
                ("impersonate-group", "a"),
                ("impersonate-group", "b"),
            ]
        );
    }

    #[test]
    fn names_that_no_header_can_carry_are_refused() {
        for bad in ["", "a\r\nimpersonate-group: system:masters", "a\0"] {
            let error = value("user", bad).unwrap_err();
            assert_eq!(error.code, 400);
            assert!(error.message.contains("cannot be impersonated"), "{error}");
        }
        value("user", "system:serviceaccount:shop:deployer").unwrap();
    }
}
