//! The set-up link: who sees the server's terminal makes the first administrator.

use std::fmt;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use model::path::page;
use model::wire::{NewUser, RoleBinding, RoleName};
use rand::TryRngCore;
use rand::rngs::OsRng;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::sessions::after;
use super::{Account, Identity, PolicyError, SetupRow, SetupUse, policy};

/// How long a set-up link can be used.
pub const SETUP_VALID: Duration = Duration::from_mins(15);

/// A link that makes the first administrator, once. Only its hash is stored.
#[derive(Clone)]
pub struct SetupLink {
    secret: String,
}

impl SetupLink {
    /// The link under the server's address (`http://127.0.0.1:8080`). The secret stands in the fragment, which browsers keep
    /// to themselves: no proxy logs it.
    pub fn url(&self, base: &str) -> String {
        format!("{}{}#{}", base.trim_end_matches('/'), page::SETUP, self.secret)
    }

    /// What `POST setup` wants as `secret`.
    pub fn secret(&self) -> &str {
        &self.secret
    }
}

impl fmt::Debug for SetupLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SetupLink")
    }
}

/// Why the set-up link made no administrator.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    #[error(
        "This set-up link is not valid: it was used, or a newer one was printed. Restart the server for a new one."
    )]
    Wrong,
    #[error("This set-up link is older than 15 minutes. Restart the server for a new one.")]
    Expired,
    #[error("This panel has an administrator already. Log in, or ask them for an account.")]
    AlreadySetUp,
    #[error("A user named {0} exists already; choose another name.")]
    NameTaken(String),
    #[error(transparent)]
    Policy(#[from] PolicyError),
    #[error(transparent)]
    Store(#[from] anyhow::Error),
}

impl Identity {
    /// Whether nobody can manage users yet.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub async fn needs_setup(&self) -> anyhow::Result<bool> {
        Ok(!self.accounts.has_admin().await?)
    }

    /// A fresh set-up link in place of any earlier one, or `None` if there is an administrator.
    ///
    /// # Errors
    /// If the store cannot be read or written, or the system has no randomness.
    pub async fn setup_link(&self) -> anyhow::Result<Option<SetupLink>> {
        if !self.needs_setup().await? {
            return Ok(None);
        }
        let mut bytes = [0; 32];
        OsRng.try_fill_bytes(&mut bytes)?;
        let secret = URL_SAFE_NO_PAD.encode(bytes);
        let row = SetupRow { secret_hash: hash(&secret), expires: after(self.now(), SETUP_VALID) };
        self.accounts.put_setup(&row).await?;
        Ok(Some(SetupLink { secret }))
    }

    /// Makes the first administrator. A refused name or password does not use the link up.
    ///
    /// # Errors
    /// If the link is not valid or the user cannot be made.
    pub async fn set_up(
        &self,
        secret: &str,
        name: &str,
        password: &str,
    ) -> Result<Account, SetupError> {
        if !self.needs_setup().await? {
            return Err(SetupError::AlreadySetUp);
        }
        let given = hash(secret);
        let row = self.accounts.setup().await?.ok_or(SetupError::Wrong)?;
        if !bool::from(row.secret_hash.ct_eq(&given)) {
            return Err(SetupError::Wrong);
        }
        if row.expires <= self.now() {
            return Err(SetupError::Expired);
        }
        let admin = NewUser {
            user: name.to_owned(),
            password: password.to_owned(),
            roles: vec![RoleBinding { role: RoleName::Admin, namespace: None }],
            kubernetes_user: None,
            kubernetes_groups: Vec::new(),
        };
        policy::user(&admin)?;
        // Hashed only for who has the secret: strangers cannot make the server work.
        let new = self.hashed(admin).await?;
        match self.accounts.use_setup(given, &new, self.now()).await? {
            SetupUse::Made(account) => Ok(account),
            SetupUse::Gone => Err(SetupError::Wrong),
            SetupUse::NameTaken => Err(SetupError::NameTaken(name.to_owned())),
        }
    }
}

fn hash(secret: &str) -> [u8; 32] {
    Sha256::digest(secret.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use jiff::ToSpan;

    use super::*;
    use crate::identity::testing::{PASSWORD, Panel};

    async fn link(panel: &Panel) -> SetupLink {
        panel.identity.setup_link().await.unwrap().unwrap()
    }

    async fn use_it(panel: &Panel, link: &SetupLink) -> Result<Account, SetupError> {
        panel.identity.set_up(link.secret(), "root", PASSWORD).await
    }

    #[tokio::test]
    async fn the_link_makes_one_administrator_once() {
        let panel = Panel::new().await;
        let link = link(&panel).await;
        let root = use_it(&panel, &link).await.unwrap();
        assert_eq!(root.roles, [RoleBinding { role: RoleName::Admin, namespace: None }]);
        assert_eq!(root.kubernetes_user, "root");
        let again = panel.identity.set_up(link.secret(), "second", PASSWORD).await;
        assert!(matches!(again, Err(SetupError::AlreadySetUp)), "{again:?}");
        assert!(panel.identity.setup_link().await.unwrap().is_none());
    }

    #[tokio::test]
    async fn two_at_once_make_one_administrator() {
        let panel = Panel::new().await;
        let link = link(&panel).await;
        let (a, b) = tokio::join!(
            panel.identity.set_up(link.secret(), "a", PASSWORD),
            panel.identity.set_up(link.secret(), "b", PASSWORD)
        );
        assert_eq!(usize::from(a.is_ok()) + usize::from(b.is_ok()), 1, "{a:?} {b:?}");
        assert_eq!(panel.identity.users().await.unwrap().len(), 1);
    }

    #[tokio::test]
    async fn the_link_is_valid_for_fifteen_minutes() {
        let panel = Panel::new().await;
        let link = link(&panel).await;
        panel.time.pass(15.minutes());
        assert!(matches!(use_it(&panel, &link).await, Err(SetupError::Expired)));
        panel.time.pass(-1.seconds());
        assert!(use_it(&panel, &link).await.is_ok());
    }

    #[tokio::test]
    async fn a_new_link_replaces_the_old_one() {
        let panel = Panel::new().await;
        let (old, new) = (link(&panel).await, link(&panel).await);
        assert!(matches!(use_it(&panel, &old).await, Err(SetupError::Wrong)));
        assert!(use_it(&panel, &new).await.is_ok());
    }

    #[tokio::test]
    async fn without_a_link_no_secret_fits() {
        let panel = Panel::new().await;
        let answer = panel.identity.set_up("", "root", PASSWORD).await;
        assert!(matches!(answer, Err(SetupError::Wrong)), "{answer:?}");
    }

    #[tokio::test]
    async fn a_refused_password_or_name_leaves_the_link_usable() {
        let panel = Panel::new().await;
        panel.user("alice").await;
        let link = link(&panel).await;
        let short = panel.identity.set_up(link.secret(), "root", "short").await;
        assert!(matches!(short, Err(SetupError::Policy(_))), "{short:?}");
        let taken = panel.identity.set_up(link.secret(), "alice", PASSWORD).await;
        assert!(matches!(taken, Err(SetupError::NameTaken(_))), "{taken:?}");
        assert!(use_it(&panel, &link).await.is_ok());
    }

    #[tokio::test]
    async fn the_secret_is_long_and_shows_in_the_link_only() {
        let panel = Panel::new().await;
        let link = link(&panel).await;
        assert_eq!(URL_SAFE_NO_PAD.decode(link.secret()).unwrap().len(), 32);
        let url = link.url("http://127.0.0.1:8080/");
        assert_eq!(url, format!("http://127.0.0.1:8080/setup#{}", link.secret()));
        assert!(!format!("{link:?}").contains(link.secret()));
    }
}
