//! Who calls, and what they may do: a few users with simple roles.

mod roles;

use std::collections::HashMap;

use serde_json::Value;

use crate::options::Options;
use roles::Rule;

/// Somebody who calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    pub name: String,
    pub groups: Vec<String>,
}

impl User {
    /// Somebody in `system:authenticated` and these groups.
    pub fn new(name: &str, groups: &[&str]) -> Self {
        let authenticated = ["system:authenticated"];
        let groups = groups.iter().chain(&authenticated).map(|g| (*g).to_owned()).collect();
        Self { name: name.to_owned(), groups }
    }

    /// May do everything.
    pub fn admin() -> Self {
        Self::new("admin", &["system:masters"])
    }

    /// Nobody in particular: without a token.
    pub fn anonymous() -> Self {
        Self {
            name: "system:anonymous".to_owned(),
            groups: vec!["system:unauthenticated".to_owned()],
        }
    }
}

/// One access, as an access review describes it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Access {
    pub verb: String,
    pub group: String,
    pub resource: String,
    /// Empty if it is about the object itself.
    pub subresource: String,
    /// Empty for all namespaces and for cluster-wide kinds.
    pub namespace: String,
    /// Empty for all objects.
    pub name: String,
}

impl Access {
    /// From `spec.resourceAttributes` of a review.
    pub(crate) fn of_review(attributes: &Value) -> Self {
        let get = |field: &str| attributes[field].as_str().unwrap_or_default().to_owned();
        Self {
            verb: get("verb"),
            group: get("group"),
            resource: get("resource"),
            subresource: get("subresource"),
            namespace: get("namespace"),
            name: get("name"),
        }
    }

    /// As RBAC words a refusal. Source: apiserver `handlers/responsewriters/errors.go`, `forbiddenMessage`.
    pub(crate) fn refused(&self, user: &User) -> String {
        let resource = if self.subresource.is_empty() {
            self.resource.clone()
        } else {
            format!("{}/{}", self.resource, self.subresource)
        };
        let place = if self.namespace.is_empty() {
            "at the cluster scope".to_owned()
        } else {
            format!("in the namespace {:?}", self.namespace)
        };
        format!(
            "User {:?} cannot {} resource {resource:?} in API group {:?} {place}",
            user.name, self.verb, self.group
        )
    }
}

/// A binding of rules to a user or group, in one namespace or everywhere.
#[derive(Clone, Debug)]
struct Grant {
    /// User name, or group name after `group:`.
    subject: String,
    namespace: Option<String>,
    rules: &'static [Rule],
}

/// All users, their tokens and what they may do.
#[derive(Clone, Debug)]
pub(crate) struct Rights {
    tokens: HashMap<String, User>,
    grants: Vec<Grant>,
}

/// The users that every sandbox has, with the groups that their tokens give.
const USERS: [(&str, &[&str]); 8] = [
    ("admin", &["system:masters"]),
    ("rollcall", &[]),
    ("rollcall-impersonator", &[]),
    ("rollcall-direct", &[]),
    ("alice", &["shop-team"]),
    ("bob", &["shop-team"]),
    ("carol", &[]),
    ("dave", &[]),
];

impl Rights {
    pub(crate) fn new(options: &Options) -> Self {
        let mut rights = Self { tokens: HashMap::new(), grants: Vec::new() };
        for (name, groups) in USERS {
            rights.tokens.insert(token(options.seed, name), User::new(name, groups));
        }
        for reader in ["rollcall", "rollcall-impersonator", "rollcall-direct"] {
            rights.grant(reader, None, roles::READER);
        }
        rights.grant("rollcall-impersonator", None, roles::IMPERSONATOR);
        rights.grant("rollcall-direct", None, roles::WRITER);
        rights.grant("alice", Some("shop"), roles::EDIT);
        rights.grant("bob", Some("shop"), roles::VIEW);
        rights.grant("dave", Some("default"), roles::EDIT);
        rights.grant("group:system:authenticated", None, roles::BASIC);
        rights
    }

    fn grant(&mut self, subject: &str, namespace: Option<&str>, rules: &'static [Rule]) {
        let namespace = namespace.map(str::to_owned);
        self.grants.push(Grant { subject: subject.to_owned(), namespace, rules });
    }

    /// Who has this token.
    pub(crate) fn user(&self, token: &str) -> Option<&User> {
        self.tokens.get(token)
    }

    /// The user of this name, with the groups that its token gives.
    pub(crate) fn named(&self, name: &str) -> Option<(&str, &User)> {
        self.tokens.iter().find(|(_, u)| u.name == name).map(|(token, user)| (token.as_str(), user))
    }

    pub(crate) fn may(&self, user: &User, access: &Access) -> bool {
        if user.groups.iter().any(|g| g == "system:masters") {
            return true;
        }
        let is = |grant: &Grant| match grant.subject.strip_prefix("group:") {
            Some(group) => user.groups.iter().any(|g| g == group),
            None => user.name == grant.subject,
        };
        self.grants.iter().filter(|g| is(g)).any(|grant| {
            grant.namespace.as_ref().is_none_or(|n| *n == access.namespace)
                && grant.rules.iter().any(|rule| rule.permits(access))
        })
    }
}

/// Tokens differ from sandbox to sandbox, so that a kubeconfig fits its own only.
fn token(seed: u64, name: &str) -> String {
    use sha1::Digest as _;
    let hash = sha1::Sha1::digest(format!("{seed}:{name}"));
    let mut token = format!("{name}-");
    for byte in hash.iter().take(12) {
        token.push_str(&format!("{byte:02x}"));
    }
    token
}

#[cfg(test)]
mod tests {
    use super::*;

    fn access(verb: &str, group: &str, resource: &str, namespace: &str) -> Access {
        Access {
            verb: verb.into(),
            group: group.into(),
            resource: resource.into(),
            namespace: namespace.into(),
            ..Access::default()
        }
    }

    fn may(user: &str, verb: &str, group: &str, resource: &str, namespace: &str) -> bool {
        let rights = Rights::new(&Options::default());
        let (_, user) = rights.named(user).unwrap();
        rights.may(user, &access(verb, group, resource, namespace))
    }

    #[test]
    fn roles_hold_in_their_namespace_only() {
        assert!(may("alice", "patch", "apps", "statefulsets", "shop"));
        assert!(!may("alice", "patch", "apps", "statefulsets", "default"));
        assert!(!may("alice", "list", "apps", "statefulsets", ""));
        assert!(may("bob", "list", "", "pods", "shop"));
        assert!(!may("bob", "delete", "", "pods", "shop"));
        assert!(!may("bob", "create", "", "pods/exec", "shop"));
        assert!(may("rollcall", "watch", "apps", "statefulsets", ""));
        assert!(!may("rollcall", "patch", "apps", "statefulsets", "shop"));
        assert!(may("admin", "delete", "", "nodes", ""));
        assert!(may("carol", "create", "authorization.k8s.io", "selfsubjectaccessreviews", ""));
    }

    #[test]
    fn a_token_fits_one_sandbox() {
        assert_ne!(token(1, "admin"), token(2, "admin"));
    }
}
