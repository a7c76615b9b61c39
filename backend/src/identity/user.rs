//! Who makes a request, and what they may.

use model::wire::{Authority, RoleBinding, RoleName, SessionView, role_in};
use tower_sessions::Session;

use super::sessions::{self, LoggedIn, Method};
use super::{Account, Identity, SessionKey};
use crate::cluster::Caller;

/// A logged-in user, as stored when the request came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    pub name: String,
    pub roles: Vec<RoleBinding>,
    /// As whom they act under `impersonate`.
    pub kubernetes_user: String,
    pub kubernetes_groups: Vec<String>,
    /// The session by which they are known.
    pub session: SessionKey,
}

/// Nobody is logged in.
#[derive(Debug, thiserror::Error)]
pub enum NotLoggedIn {
    #[error("Log in first.")]
    Never,
    #[error("Your session has ended. Log in again.")]
    Expired,
    #[error("the session could not be read: {0}")]
    Store(#[from] anyhow::Error),
}

/// The panel's roles do not allow it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "This needs the role {} {}; you have {}. An administrator of this panel can give it to you.",
    word(*needed), place(namespace.as_deref()), has.map_or("none there", word)
)]
pub struct RoleMissing {
    pub needed: RoleName,
    /// `None`: in all namespaces.
    pub namespace: Option<String>,
    /// The best role they have there.
    pub has: Option<RoleName>,
}

/// The role as people and the API write it.
pub(super) fn word(role: RoleName) -> &'static str {
    match role {
        RoleName::Viewer => "viewer",
        RoleName::Operator => "operator",
        RoleName::Admin => "admin",
    }
}

fn place(namespace: Option<&str>) -> String {
    namespace.map_or_else(|| "in all namespaces".to_owned(), |n| format!("in namespace {n}"))
}

impl User {
    /// The user's best role in a namespace.
    pub fn role_in(&self, namespace: &str) -> Option<RoleName> {
        role_in(&self.roles, namespace)
    }

    /// The user's best role that holds in every namespace.
    pub fn role_everywhere(&self) -> Option<RoleName> {
        self.roles.iter().filter(|b| b.namespace.is_none()).map(|b| b.role).max()
    }

    /// Goes on only with this role, or a higher one, in the namespace.
    ///
    /// # Errors
    /// If the user has no such role.
    pub fn require(&self, needed: RoleName, namespace: &str) -> Result<(), RoleMissing> {
        let has = self.role_in(namespace);
        if has >= Some(needed) {
            return Ok(());
        }
        Err(RoleMissing { needed, namespace: Some(namespace.to_owned()), has })
    }

    /// Goes on only with this role, or a higher one, in all namespaces.
    ///
    /// # Errors
    /// If the user has no such role.
    pub fn require_everywhere(&self, needed: RoleName) -> Result<(), RoleMissing> {
        let has = self.role_everywhere();
        if has >= Some(needed) {
            return Ok(());
        }
        Err(RoleMissing { needed, namespace: None, has })
    }

    /// As whom this user's requests reach the cluster.
    pub fn caller(&self, authority: Authority) -> Caller {
        match authority {
            Authority::Direct => Caller::Panel,
            Authority::Impersonate => Caller::User {
                user: self.kubernetes_user.clone(),
                groups: self.kubernetes_groups.clone(),
            },
        }
    }
}

impl Identity {
    /// The user of a session, as they are now: a changed role holds from the next request on.
    ///
    /// # Errors
    /// If nobody is logged in, or the store cannot be read.
    pub async fn user(&self, session: &Session) -> Result<User, NotLoggedIn> {
        // tower-sessions forgets the id when the store does not have it.
        let Some(id) = session.id() else { return Err(NotLoggedIn::Never) };
        let login = sessions::login_of(session).await.map_err(anyhow::Error::from)?;
        let login = login.ok_or(NotLoggedIn::Expired)?;
        let account = self.accounts.by_id(login.user).await?.ok_or(NotLoggedIn::Expired)?;
        Ok(User::of(account, SessionKey::of(id)))
    }

    /// Makes this session the account's, under a new id.
    ///
    /// # Errors
    /// If it cannot be stored.
    pub async fn log_in(&self, session: &Session, account: &Account) -> anyhow::Result<User> {
        self.begin(session, account, Method::Password).await
    }

    /// As [`Self::log_in`], for the administrator whom the set-up link made.
    ///
    /// # Errors
    /// If it cannot be stored.
    pub async fn log_in_after_setup(
        &self,
        session: &Session,
        account: &Account,
    ) -> anyhow::Result<User> {
        self.begin(session, account, Method::Setup).await
    }

    async fn begin(
        &self,
        session: &Session,
        account: &Account,
        method: Method,
    ) -> anyhow::Result<User> {
        let login = LoggedIn { user: account.id, at: self.now(), method };
        sessions::begin(session, login).await?;
        let id = session.id().ok_or_else(|| anyhow::anyhow!("a stored session has no id"))?;
        Ok(User::of(account.clone(), SessionKey::of(id)))
    }

    /// Ends the session and its streams.
    ///
    /// # Errors
    /// If it cannot be deleted.
    pub async fn log_out(&self, session: &Session) -> anyhow::Result<()> {
        Ok(session.flush().await?)
    }

    /// What `GET session` answers.
    pub fn view(&self, user: &User) -> SessionView {
        SessionView {
            user: user.name.clone(),
            roles: user.roles.clone(),
            identity: self.acting(user),
            server_version: env!("CARGO_PKG_VERSION").to_owned(),
        }
    }
}

impl User {
    fn of(account: Account, session: SessionKey) -> Self {
        Self {
            name: account.name,
            roles: account.roles,
            kubernetes_user: account.kubernetes_user,
            kubernetes_groups: account.kubernetes_groups,
            session,
        }
    }
}

#[cfg(test)]
mod tests {
    use RoleName::{Admin, Operator, Viewer};

    use super::*;

    fn user(roles: &[(RoleName, Option<&str>)]) -> User {
        let binding = |(role, namespace): &(RoleName, Option<&str>)| RoleBinding {
            role: *role,
            namespace: namespace.map(str::to_owned),
        };
        User {
            name: "alice".to_owned(),
            roles: roles.iter().map(binding).collect(),
            kubernetes_user: "alice@example.org".to_owned(),
            kubernetes_groups: vec!["team".to_owned()],
            session: SessionKey([0; 32]),
        }
    }

    #[test]
    fn roles_allow_what_is_below_them_where_they_hold() {
        let everywhere = [(Viewer, None)];
        let shop = [(Operator, Some("shop"))];
        let both = [(Viewer, None), (Operator, Some("shop"))];
        let admin = [(Admin, None)];
        let none = [];
        // (roles, needed, allowed in shop, allowed in bank, allowed everywhere)
        let table: [(&[_], _, _, _, _); 15] = [
            (&everywhere, Viewer, true, true, true),
            (&everywhere, Operator, false, false, false),
            (&everywhere, Admin, false, false, false),
            (&shop, Viewer, true, false, false),
            (&shop, Operator, true, false, false),
            (&shop, Admin, false, false, false),
            (&both, Viewer, true, true, true),
            (&both, Operator, true, false, false),
            (&both, Admin, false, false, false),
            (&admin, Viewer, true, true, true),
            (&admin, Operator, true, true, true),
            (&admin, Admin, true, true, true),
            (&none, Viewer, false, false, false),
            (&none, Operator, false, false, false),
            (&none, Admin, false, false, false),
        ];
        for (roles, needed, shop, bank, all) in table {
            let user = user(roles);
            assert_eq!(user.require(needed, "shop").is_ok(), shop, "{roles:?} {needed:?} shop");
            assert_eq!(user.require(needed, "bank").is_ok(), bank, "{roles:?} {needed:?} bank");
            assert_eq!(user.require_everywhere(needed).is_ok(), all, "{roles:?} {needed:?} all");
        }
    }

    #[test]
    fn a_missing_role_is_named_with_its_place() {
        let user = user(&[(Viewer, None), (Admin, Some("shop"))]);
        assert_eq!(
            user.require(Operator, "bank").unwrap_err().to_string(),
            "This needs the role operator in namespace bank; you have viewer. An administrator of this panel can give it to you."
        );
        assert_eq!(
            user.require_everywhere(Admin).unwrap_err().to_string(),
            "This needs the role admin in all namespaces; you have viewer. An administrator of this panel can give it to you."
        );
    }

    #[test]
    fn the_cluster_sees_the_panel_or_the_user() {
        let user = user(&[(Viewer, None)]);
        assert_eq!(user.caller(Authority::Direct), Caller::Panel);
        assert_eq!(
            user.caller(Authority::Impersonate),
            Caller::User { user: "alice@example.org".to_owned(), groups: vec!["team".to_owned()] }
        );
    }
}
