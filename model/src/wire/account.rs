//! Who is it, as whom do they act.

use serde::{Deserialize, Serialize};

/// What a user may do in the panel; the panel's roles can only take away from what the cluster allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub enum RoleName {
    /// Sees.
    Viewer,
    /// Sees and acts.
    Operator,
    /// Also manages users.
    Admin,
}

/// A role in one namespace or (without one) in all.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RoleBinding {
    pub role: RoleName,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
}

/// With whose rights requests reach the API server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub enum Authority {
    /// Everybody with the rights of the panel's kubeconfig or account.
    Direct,
    /// Each user as their Kubernetes user and groups.
    Impersonate,
}

/// The identity that the cluster sees for this user's actions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Identity {
    pub authority: Authority,
    /// Kubernetes user name, `None` if it could not be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<String>,
}

/// `GET session`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct SessionView {
    /// The panel's user name.
    pub user: String,
    pub roles: Vec<RoleBinding>,
    pub identity: Identity,
    /// Version of the server, to notice that a newer one runs.
    pub server_version: String,
}

/// The best role a user has in a namespace.
pub type Access = Option<RoleName>;

impl SessionView {
    /// The user's role in a namespace.
    pub fn role_in(&self, namespace: &str) -> Access {
        role_in(&self.roles, namespace)
    }
}

/// The best role that the bindings give in a namespace.
pub fn role_in(bindings: &[RoleBinding], namespace: &str) -> Access {
    bindings
        .iter()
        .filter(|b| b.namespace.as_deref().is_none_or(|n| n == namespace))
        .map(|b| b.role)
        .max()
}

/// `POST session`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Login {
    pub user: String,
    pub password: String,
}

/// `POST setup`: makes the first administrator.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Setup {
    /// The secret of the set-up link.
    pub secret: String,
    pub user: String,
    /// At least 10 characters.
    pub password: String,
}

/// `POST users`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewUser {
    pub user: String,
    pub password: String,
    pub roles: Vec<RoleBinding>,
    /// Kubernetes user name to act as under `impersonate`; the panel's user name if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kubernetes_user: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub kubernetes_groups: Vec<String>,
}

/// A user as lists show it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct UserView {
    pub user: String,
    pub roles: Vec<RoleBinding>,
    pub kubernetes_user: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub kubernetes_groups: Vec<String>,
}

impl std::fmt::Debug for Login {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Login").field("user", &self.user).finish_non_exhaustive()
    }
}
impl std::fmt::Debug for Setup {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Setup").field("user", &self.user).finish_non_exhaustive()
    }
}
impl std::fmt::Debug for NewUser {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewUser").field("user", &self.user).finish_non_exhaustive()
    }
}
