//! `rollcall user add|list|reset|remove`: what they do and print. They work beside a running server; it ends the streams of
//! those whose sessions went within a minute.

use std::io::Write;

use model::wire::{NewUser, RoleBinding, RoleName};

use super::Identity;
use super::user::word;

/// Adds a user.
///
/// # Errors
/// If the user cannot be made or the output not be written.
pub async fn add(identity: &Identity, user: NewUser, out: &mut impl Write) -> anyhow::Result<()> {
    let account = identity.add_user(user).await?;
    writeln!(out, "Added {} ({}).", account.name, roles(&account.roles))?;
    Ok(())
}

/// Lists all users, a line each.
///
/// # Errors
/// If the users cannot be read or the output not be written.
pub async fn list(identity: &Identity, out: &mut impl Write) -> anyhow::Result<()> {
    let users = identity.users().await?;
    if users.is_empty() {
        writeln!(out, "There are no users. The server prints a set-up link when it starts.")?;
        return Ok(());
    }
    let width = |of: fn(&super::Account) -> usize, head: &str| {
        users.iter().map(of).max().unwrap_or(0).max(head.len())
    };
    let name = width(|u| u.name.len(), "USER");
    let kubernetes = width(|u| u.kubernetes_user.len(), "KUBERNETES USER");
    writeln!(out, "{:name$}  {:kubernetes$}  {:20}  ROLES", "USER", "KUBERNETES USER", "GROUPS")?;
    for user in &users {
        let groups = match &*user.kubernetes_groups {
            [] => "-".to_owned(),
            some => some.join(","),
        };
        writeln!(
            out,
            "{:name$}  {:kubernetes$}  {groups:20}  {}",
            user.name,
            user.kubernetes_user,
            roles(&user.roles)
        )?;
    }
    Ok(())
}

/// Sets a user's password and ends their sessions.
///
/// # Errors
/// If there is no such user, the password is refused, or the output cannot be written.
pub async fn reset(
    identity: &Identity,
    user: &str,
    password: &str,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    identity.reset_password(user, password).await?;
    writeln!(out, "{user} has a new password and is logged out everywhere.")?;
    Ok(())
}

/// Removes a user and ends their sessions.
///
/// # Errors
/// If there is no such user, it is the last administrator, or the output cannot be written.
pub async fn remove(identity: &Identity, user: &str, out: &mut impl Write) -> anyhow::Result<()> {
    identity.remove_user(user).await?;
    writeln!(out, "Removed {user}. What they did stays in the history.")?;
    Ok(())
}

/// A role as the command line takes it: `viewer`, or `operator:shop` for one namespace.
///
/// # Errors
/// If the role is none of the three. Whether the namespace can exist is the policy's part.
pub fn role(text: &str) -> Result<RoleBinding, String> {
    let (role, namespace) = match text.split_once(':') {
        Some((role, namespace)) => (role, Some(namespace.to_owned())),
        None => (text, None),
    };
    let known = [RoleName::Viewer, RoleName::Operator, RoleName::Admin];
    match known.into_iter().find(|r| word(*r) == role) {
        Some(role) => Ok(RoleBinding { role, namespace }),
        None => Err(format!(
            "{role:?} is no role: say viewer, operator or admin, or operator:NAMESPACE for one namespace"
        )),
    }
}

fn roles(roles: &[RoleBinding]) -> String {
    let one = |b: &RoleBinding| match &b.namespace {
        Some(namespace) => format!("{}:{namespace}", word(b.role)),
        None => word(b.role).to_owned(),
    };
    roles.iter().map(one).collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::testing::{PASSWORD, Panel, new_user};

    #[test]
    fn a_role_is_read_as_it_is_printed() {
        for text in ["viewer", "operator", "admin", "operator:shop"] {
            assert_eq!(roles(&[role(text).unwrap()]), text);
        }
        for bad in ["", "Viewer", "root", ":shop"] {
            assert!(role(bad).unwrap_err().contains("viewer, operator or admin"), "{bad}");
        }
    }

    #[tokio::test]
    async fn the_commands_say_what_they_did_and_no_password() {
        let panel = Panel::new().await;
        let identity = &panel.identity;
        let mut out = Vec::new();
        list(identity, &mut out).await.unwrap();
        add(identity, new_user("root"), &mut out).await.unwrap();
        let alice = NewUser {
            roles: vec![role("operator:shop").unwrap(), role("viewer").unwrap()],
            kubernetes_user: Some("alice@example.org".to_owned()),
            kubernetes_groups: vec!["team".to_owned()],
            ..new_user("alice")
        };
        add(identity, alice, &mut out).await.unwrap();
        list(identity, &mut out).await.unwrap();
        reset(identity, "alice", "another password", &mut out).await.unwrap();
        remove(identity, "alice", &mut out).await.unwrap();
        let out = String::from_utf8(out).unwrap();
        assert!(!out.contains(PASSWORD) && !out.contains("another password"));
        insta::assert_snapshot!(out, @r"
        There are no users. The server prints a set-up link when it starts.
        Added root (admin).
        Added alice (operator:shop,viewer).
        USER   KUBERNETES USER    GROUPS                ROLES
        alice  alice@example.org  team                  operator:shop,viewer
        root   root               -                     admin
        alice has a new password and is logged out everywhere.
        Removed alice. What they did stays in the history.
        ");
    }

    #[tokio::test]
    async fn a_command_that_cannot_says_why() {
        let panel = Panel::new().await;
        let mut out = Vec::new();
        let error = remove(&panel.identity, "nobody", &mut out).await.unwrap_err();
        assert_eq!(error.to_string(), "There is no user nobody.");
        let error = reset(&panel.identity, "nobody", PASSWORD, &mut out).await.unwrap_err();
        assert_eq!(error.to_string(), "There is no user nobody.");
        assert!(out.is_empty());
    }
}
