//! Where a path leads.

use crate::kind::Kind;
use crate::object::Key;
use crate::refusal::Refusal;

/// What a path is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Route {
    Version,
    Healthy,
    Discovery(Which),
    /// The rest of the path behind `/openapi/`.
    OpenApi(String),
    Review(Review),
    Objects(Place),
}

/// Which discovery document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Which {
    CoreVersions,
    Groups,
    Group(String),
    /// Group, empty for the core group, and version.
    Resources(String, String),
    Paths,
}

/// Objects that are only asked and never stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Review {
    SelfAccess,
    Access,
    Rules,
    WhoAmI,
    Token,
}

/// A collection, an object or a part of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) kind: Kind,
    /// Empty: all namespaces, or none.
    pub(super) namespace: String,
    /// Empty: the collection.
    pub(super) name: String,
    pub(super) subresource: String,
}

impl Place {
    pub(super) fn key(&self) -> Key {
        Key::new(self.kind, &self.namespace, &self.name)
    }
}

/// # Errors
/// 404 if it leads nowhere.
pub(super) fn route(path: &str) -> Result<Route, Refusal> {
    let segments: Vec<&str> = path.split('/').filter(|s| !s.is_empty()).collect();
    Ok(match segments.as_slice() {
        [] => Route::Discovery(Which::Paths),
        ["version"] => Route::Version,
        ["healthz" | "livez" | "readyz", ..] => Route::Healthy,
        ["api"] => Route::Discovery(Which::CoreVersions),
        ["apis"] => Route::Discovery(Which::Groups),
        ["apis", group] => Route::Discovery(Which::Group((*group).to_owned())),
        ["api", version] => {
            Route::Discovery(Which::Resources(String::new(), (*version).to_owned()))
        }
        ["apis", group, version] => {
            Route::Discovery(Which::Resources((*group).to_owned(), (*version).to_owned()))
        }
        ["openapi", rest @ ..] => Route::OpenApi(rest.join("/")),
        ["api", version, rest @ ..] => Route::Objects(objects("", version, rest)?),
        ["apis", "authorization.k8s.io", "v1", rest @ ..] => Route::Review(match rest {
            ["selfsubjectaccessreviews"] => Review::SelfAccess,
            ["selfsubjectrulesreviews"] => Review::Rules,
            ["subjectaccessreviews"] | ["namespaces", _, "localsubjectaccessreviews"] => {
                Review::Access
            }
            _ => return Err(Refusal::no_such_path()),
        }),
        ["apis", "authentication.k8s.io", "v1", "selfsubjectreviews"] => {
            Route::Review(Review::WhoAmI)
        }
        ["apis", "authentication.k8s.io", "v1", "tokenreviews"] => Route::Review(Review::Token),
        ["apis", group, version, rest @ ..] => Route::Objects(objects(group, version, rest)?),
        _ => return Err(Refusal::no_such_path()),
    })
}

fn objects(group: &str, version: &str, rest: &[&str]) -> Result<Place, Refusal> {
    let (namespace, rest) = match rest {
        // The namespace itself, or one of its subresources.
        ["namespaces"] | ["namespaces", _] | ["namespaces", _, "status" | "finalize"] => ("", rest),
        ["namespaces", namespace, inner @ ..] => (*namespace, inner),
        _ => ("", rest),
    };
    let (resource, name, subresource) = match rest {
        [resource] => (*resource, "", ""),
        [resource, name] => (*resource, *name, ""),
        [resource, name, sub] => (*resource, *name, *sub),
        _ => return Err(Refusal::no_such_path()),
    };
    let kind = Kind::find(group, version, resource).ok_or_else(Refusal::no_such_path)?;
    let info = kind.info();
    let has_place = info.namespaced || namespace.is_empty();
    let has_name = name.is_empty() || !info.namespaced || !namespace.is_empty();
    let has_sub = subresource.is_empty()
        || (subresource == "status" && info.has_status)
        || info.subresources.contains(&subresource);
    if !(has_place && has_name && has_sub) {
        return Err(Refusal::no_such_path());
    }
    Ok(Place {
        kind,
        namespace: namespace.to_owned(),
        name: name.to_owned(),
        subresource: subresource.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(path: &str) -> Option<(Kind, String, String, String)> {
        match route(path) {
            Ok(Route::Objects(p)) => Some((p.kind, p.namespace, p.name, p.subresource)),
            _ => None,
        }
    }

    #[test]
    fn paths_lead_to_collections_objects_and_their_parts() {
        let at = |kind, ns: &str, name: &str, sub: &str| {
            Some((kind, ns.into(), name.into(), sub.into()))
        };
        assert_eq!(place("/api/v1/pods"), at(Kind::Pod, "", "", ""));
        assert_eq!(place("/api/v1/namespaces/shop"), at(Kind::Namespace, "", "shop", ""));
        assert_eq!(
            place("/apis/apps/v1/namespaces/shop/statefulsets/web/scale"),
            at(Kind::Set, "shop", "web", "scale")
        );
        assert_eq!(
            place("/api/v1/namespaces/shop/pods/web-0/log"),
            at(Kind::Pod, "shop", "web-0", "log")
        );
        for nowhere in [
            "/api/v1/secrets",
            "/apis/apps/v1/deployments",
            "/api/v1/namespaces/shop/nodes",
            "/apis/apps/v1/statefulsets/web",
            "/api/v1/namespaces/shop/pods/web-0/scale",
            "/x",
        ] {
            assert_eq!(place(nowhere), None, "{nowhere}");
        }
    }
}
