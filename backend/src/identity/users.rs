//! Users: log in, list, add, new password, remove.

use std::net::IpAddr;

use model::wire::{NewUser, RoleBinding};

use super::{Account, Changed, End, Identity, NewAccount, PolicyError, TooMany, policy};

/// Why somebody was not let in.
#[derive(Debug, thiserror::Error)]
pub enum LoginError {
    /// Says not which of the two.
    #[error("The user name or the password is wrong.")]
    Wrong,
    #[error(transparent)]
    TooMany(#[from] TooMany),
    #[error(transparent)]
    Store(#[from] anyhow::Error),
}

/// Why a user was not changed.
#[derive(Debug, thiserror::Error)]
pub enum UserError {
    #[error(transparent)]
    Policy(#[from] PolicyError),
    #[error("A user named {0} exists already.")]
    NameTaken(String),
    #[error("There is no user {0}.")]
    NoSuchUser(String),
    #[error(
        "{0} is the last administrator: nobody could manage users any more. Make another user admin in all namespaces first."
    )]
    LastAdmin(String),
    #[error(transparent)]
    Store(#[from] anyhow::Error),
}

impl Identity {
    /// The account of who knows its password. Takes as long for a user that does not exist.
    ///
    /// # Errors
    /// If name or password is wrong, or too often tried.
    pub async fn check_password(
        &self,
        name: &str,
        password: &str,
        from: IpAddr,
    ) -> Result<Account, LoginError> {
        // Names have small letters only, and telephones like to begin with a capital.
        let name = name.trim().to_ascii_lowercase();
        self.attempts.count(from, Some(&name))?;
        let stored = self.accounts.password_hash(&name).await?;
        if !self.hasher.check(stored, password).await? {
            tracing::info!(%from, "a login failed");
            return Err(LoginError::Wrong);
        }
        // Removed since: the same answer as if never there.
        self.accounts.by_name(&name).await?.ok_or(LoginError::Wrong)
    }

    /// Counts an attempt that names no user (the set-up link).
    ///
    /// # Errors
    /// If there were too many from this address.
    pub fn count_attempt(&self, from: IpAddr) -> Result<(), TooMany> {
        self.attempts.count(from, None)
    }

    /// All users by name.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub async fn users(&self) -> anyhow::Result<Vec<Account>> {
        self.accounts.list().await
    }

    /// Makes a user.
    ///
    /// # Errors
    /// If the policy refuses it or the name is taken.
    pub async fn add_user(&self, user: NewUser) -> Result<Account, UserError> {
        policy::user(&user)?;
        let name = user.user.clone();
        // Before the hash is made: the answer costs nothing then.
        if self.accounts.by_name(&name).await?.is_some() {
            return Err(UserError::NameTaken(name));
        }
        let new = self.hashed(user).await?;
        self.accounts.add(&new, self.now()).await?.ok_or(UserError::NameTaken(name))
    }

    /// Sets a user's password and ends their sessions.
    ///
    /// # Errors
    /// If the policy refuses it or there is no such user.
    pub async fn reset_password(&self, name: &str, password: &str) -> Result<(), UserError> {
        policy::password(password)?;
        let hash = self.hasher.hash(password).await?;
        done(self.accounts.set_password(name, &hash, self.now()).await?, name)?;
        self.sessions.ended().end(End::User(name.to_owned()));
        Ok(())
    }

    /// Removes a user and ends their sessions.
    ///
    /// # Errors
    /// If there is no such user, or nobody would be left to manage users.
    pub async fn remove_user(&self, name: &str) -> Result<(), UserError> {
        done(self.accounts.remove(name).await?, name)?;
        self.sessions.ended().end(End::User(name.to_owned()));
        Ok(())
    }

    /// A user with exactly this password and these roles, made or brought to it: for the demo and for tests.
    ///
    /// # Errors
    /// As [`Self::add_user`]; and if roles would be taken from the last administrator.
    pub async fn demo_user(
        &self,
        name: &str,
        password: &str,
        roles: &[RoleBinding],
    ) -> Result<Account, UserError> {
        let Some(account) = self.accounts.by_name(name).await? else {
            let user = NewUser {
                user: name.to_owned(),
                password: password.to_owned(),
                roles: roles.to_vec(),
                kubernetes_user: None,
                kubernetes_groups: Vec::new(),
            };
            return self.add_user(user).await;
        };
        if !self.hasher.check(self.accounts.password_hash(name).await?, password).await? {
            self.reset_password(name, password).await?;
        }
        if account.roles != roles {
            policy::roles(roles)?;
            done(self.accounts.set_roles(name, roles).await?, name)?;
        }
        let now = self.accounts.by_name(name).await?;
        now.ok_or_else(|| UserError::NoSuchUser(name.to_owned()))
    }

    /// The account as it is stored. The policy was asked before.
    pub(super) async fn hashed(&self, user: NewUser) -> anyhow::Result<NewAccount> {
        Ok(NewAccount {
            password_hash: self.hasher.hash(&user.password).await?,
            kubernetes_user: user.kubernetes_user.unwrap_or_else(|| user.user.clone()),
            name: user.user,
            roles: user.roles,
            kubernetes_groups: user.kubernetes_groups,
        })
    }
}

fn done(changed: Changed, name: &str) -> Result<(), UserError> {
    match changed {
        Changed::Done => Ok(()),
        Changed::NoSuchUser => Err(UserError::NoSuchUser(name.to_owned())),
        Changed::LastAdmin => Err(UserError::LastAdmin(name.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use model::wire::RoleName;

    use super::*;
    use crate::identity::testing::{PASSWORD, Panel, everywhere, new_user};

    const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

    #[tokio::test]
    async fn a_password_opens_its_own_account_only() {
        let panel = Panel::new().await;
        let alice = panel.user("alice").await;
        let check = |name: &'static str, password: &'static str| {
            panel.identity.check_password(name, password, HERE)
        };
        assert_eq!(check("alice", PASSWORD).await.unwrap(), alice);
        assert_eq!(check(" Alice ", PASSWORD).await.unwrap(), alice, "as telephones write it");
        let wrong =
            [("alice", "not the password"), ("nobody", PASSWORD), ("", PASSWORD), ("alice", "")];
        for (name, password) in wrong {
            let answer = check(name, password).await;
            assert!(matches!(answer, Err(LoginError::Wrong)), "{name}: {answer:?}");
        }
    }

    #[tokio::test]
    async fn what_the_policy_refuses_is_not_stored() {
        let panel = Panel::new().await;
        let refused = [
            NewUser { user: "Big".to_owned(), ..new_user("x") },
            NewUser { password: "short".to_owned(), ..new_user("x") },
            NewUser { roles: vec![], ..new_user("x") },
            NewUser { kubernetes_user: Some("system:admin".to_owned()), ..new_user("x") },
            NewUser { kubernetes_groups: vec!["system:masters".to_owned()], ..new_user("x") },
        ];
        for user in refused {
            let answer = panel.identity.add_user(user).await;
            assert!(matches!(answer, Err(UserError::Policy(_))), "{answer:?}");
        }
        assert!(panel.identity.users().await.unwrap().is_empty());
    }

    #[tokio::test]
    async fn a_name_is_given_once() {
        let panel = Panel::new().await;
        panel.user("alice").await;
        let again = panel.identity.add_user(new_user("alice")).await;
        assert!(matches!(again, Err(UserError::NameTaken(_))), "{again:?}");
    }

    #[tokio::test]
    async fn a_new_password_replaces_the_old_one() {
        let panel = Panel::new().await;
        panel.user("alice").await;
        let mut ended = panel.identity.ended();
        panel.identity.reset_password("alice", "another password").await.unwrap();
        assert_eq!(ended.recv().await.unwrap(), End::User("alice".to_owned()));
        assert!(panel.identity.check_password("alice", PASSWORD, HERE).await.is_err());
        assert!(panel.identity.check_password("alice", "another password", HERE).await.is_ok());
        let nobody = panel.identity.reset_password("nobody", PASSWORD).await;
        assert!(matches!(nobody, Err(UserError::NoSuchUser(_))), "{nobody:?}");
        let short = panel.identity.reset_password("alice", "short").await;
        assert!(matches!(short, Err(UserError::Policy(_))), "{short:?}");
    }

    #[tokio::test]
    async fn the_last_administrator_stays() {
        let panel = Panel::new().await;
        let demo = |name, role| {
            let roles = everywhere(role);
            let identity = &panel.identity;
            async move { identity.demo_user(name, PASSWORD, &roles).await }
        };
        demo("root", RoleName::Admin).await.unwrap();
        demo("alice", RoleName::Viewer).await.unwrap();
        let removed = panel.identity.remove_user("root").await;
        assert!(matches!(removed, Err(UserError::LastAdmin(_))), "{removed:?}");
        let demoted = demo("root", RoleName::Viewer).await;
        assert!(matches!(demoted, Err(UserError::LastAdmin(_))), "{demoted:?}");
        demo("second", RoleName::Admin).await.unwrap();
        panel.identity.remove_user("root").await.unwrap();
        let gone = panel.identity.remove_user("root").await;
        assert!(matches!(gone, Err(UserError::NoSuchUser(_))), "{gone:?}");
    }

    #[tokio::test]
    async fn a_demo_user_is_made_once_and_brought_to_what_is_asked() {
        let panel = Panel::new().await;
        let first = panel.identity.demo_user("demo", PASSWORD, &everywhere(RoleName::Viewer)).await;
        let again = panel.identity.demo_user("demo", PASSWORD, &everywhere(RoleName::Viewer)).await;
        assert_eq!(first.unwrap(), again.unwrap());
        let roles = everywhere(RoleName::Operator);
        let other = panel.identity.demo_user("demo", "other password", &roles).await.unwrap();
        assert_eq!(other.roles, roles);
        assert!(panel.identity.check_password("demo", "other password", HERE).await.is_ok());
    }
}
