//! What names, passwords and Kubernetes identities may look like.

use model::wire::{NewUser, RoleBinding};

/// Fewest characters of a password.
pub const PASSWORD_MIN: usize = 10;
/// Most characters of a password.
pub const PASSWORD_MAX: usize = 256;
/// Most characters of a user's name.
pub const NAME_MAX: usize = 64;
/// Most characters of a Kubernetes user or group name.
const KUBERNETES_NAME_MAX: usize = 256;
/// Most groups and most roles of a user.
const LIST_MAX: usize = 64;

/// What is wrong with a new user or password, in words for the person who typed it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{says}")]
pub struct PolicyError {
    /// Field of the request's body.
    pub field: &'static str,
    says: String,
}

fn refuse(field: &'static str, says: impl Into<String>) -> Result<(), PolicyError> {
    Err(PolicyError { field, says: says.into() })
}

/// A new user, everything of it.
///
/// # Errors
/// The first thing that is wrong.
pub fn user(user: &NewUser) -> Result<(), PolicyError> {
    name(&user.user)?;
    password(&user.password)?;
    roles(&user.roles)?;
    kubernetes(user.kubernetes_user.as_deref().unwrap_or(&user.user), &user.kubernetes_groups)
}

/// A user's name: 1 to 64 of `a-z 0-9 . _ @ -`.
///
/// # Errors
/// If it is none.
pub fn name(name: &str) -> Result<(), PolicyError> {
    let fits = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || b"._@-".contains(&c);
    if name.is_empty() || name.len() > NAME_MAX || !name.bytes().all(fits) {
        return refuse(
            "user",
            format!(
                "A user name has 1 to {NAME_MAX} characters: small letters, digits, and the signs . _ @ - and no others."
            ),
        );
    }
    Ok(())
}

/// A password: 10 to 256 characters, whatever they are.
///
/// # Errors
/// If it is too short or too long.
pub fn password(password: &str) -> Result<(), PolicyError> {
    let length = password.chars().count();
    if length < PASSWORD_MIN {
        return refuse(
            "password",
            format!(
                "The password needs at least {PASSWORD_MIN} characters; this one has {length}."
            ),
        );
    }
    if length > PASSWORD_MAX {
        return refuse(
            "password",
            format!("The password may have at most {PASSWORD_MAX} characters."),
        );
    }
    Ok(())
}

/// Role bindings: at least one, each namespace a Kubernetes name.
///
/// # Errors
/// If there is none, there are too many, or a namespace cannot exist.
pub fn roles(roles: &[RoleBinding]) -> Result<(), PolicyError> {
    if roles.is_empty() {
        return refuse("roles", "A user needs at least one role, or they could see nothing.");
    }
    if roles.len() > LIST_MAX {
        return refuse("roles", format!("A user may have at most {LIST_MAX} roles."));
    }
    match roles.iter().filter_map(|r| r.namespace.as_deref()).find(|n| !is_dns_label(n)) {
        Some(bad) => refuse(
            "roles",
            format!("{bad:?} is no namespace: Kubernetes does not allow that name."),
        ),
        None => Ok(()),
    }
}

/// The Kubernetes user and groups somebody acts as.
///
/// `system:` is the API server's own: who could act as `system:masters` would be above every rule. Names travel as HTTP
/// headers, which carry printable ASCII only.
///
/// # Errors
/// If a name cannot be used.
pub fn kubernetes(user: &str, groups: &[String]) -> Result<(), PolicyError> {
    kubernetes_name("kubernetesUser", user)?;
    if groups.len() > LIST_MAX {
        return refuse("kubernetesGroups", format!("At most {LIST_MAX} groups are possible."));
    }
    groups.iter().try_for_each(|group| kubernetes_name("kubernetesGroups", group))
}

fn kubernetes_name(field: &'static str, name: &str) -> Result<(), PolicyError> {
    if name.is_empty() || name.len() > KUBERNETES_NAME_MAX {
        return refuse(
            field,
            format!("A Kubernetes user or group name has 1 to {KUBERNETES_NAME_MAX} characters."),
        );
    }
    if name.to_ascii_lowercase().starts_with("system:") {
        return refuse(
            field,
            format!(
                "{name:?} is refused: names that begin with system: belong to Kubernetes itself."
            ),
        );
    }
    let printable = |c: u8| c.is_ascii_graphic() || c == b' ';
    if !name.bytes().all(printable) || name.starts_with(' ') || name.ends_with(' ') {
        return refuse(
            field,
            format!(
                "{name:?} cannot be sent to the API server: only printable ASCII is possible, with no space at its ends."
            ),
        );
    }
    Ok(())
}

/// RFC 1123 label, what Kubernetes allows as a namespace's name.
fn is_dns_label(name: &str) -> bool {
    let inner = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'-';
    (1..=63).contains(&name.len())
        && name.bytes().all(inner)
        && !name.starts_with('-')
        && !name.ends_with('-')
}

#[cfg(test)]
mod tests {
    use model::wire::RoleName;

    use super::*;

    #[test]
    fn user_names_are_small_letters_digits_and_four_signs() {
        for good in ["a", "alice", "alice.b_c@example-1.org", &"x".repeat(64)] {
            assert_eq!(name(good), Ok(()), "{good}");
        }
        for bad in ["", "Alice", "al ice", "ålice", "a/b", "a\n", &"x".repeat(65)] {
            assert_eq!(name(bad).unwrap_err().field, "user", "{bad}");
        }
    }

    #[test]
    fn passwords_are_counted_in_characters() {
        assert!(password("123456789").is_err());
        assert_eq!(password("1234567890"), Ok(()));
        assert_eq!(password(&"å".repeat(10)), Ok(()));
        assert!(password(&"å".repeat(9)).is_err());
        assert_eq!(password(&"å".repeat(256)), Ok(()));
        assert!(password(&"å".repeat(257)).is_err());
    }

    #[test]
    fn a_refused_password_is_not_repeated_in_the_sentence() {
        let error = password("geheim").unwrap_err();
        assert!(!format!("{error} {error:?}").contains("geheim"));
    }

    #[test]
    fn nobody_may_act_as_kubernetes_itself() {
        for bad in
            ["system:admin", "System:x", "", "a\r\nImpersonate-Group: x", " a", "a ", "ålice"]
        {
            assert!(kubernetes(bad, &[]).is_err(), "{bad:?}");
            assert!(kubernetes("alice", &[bad.to_owned()]).is_err(), "{bad:?}");
        }
        assert_eq!(kubernetes("oidc:Alice B", &["team:payments".to_owned()]), Ok(()));
    }

    #[test]
    fn roles_name_namespaces_that_can_exist() {
        let of = |namespace: Option<&str>| {
            [RoleBinding { role: RoleName::Viewer, namespace: namespace.map(str::to_owned) }]
        };
        assert_eq!(roles(&of(None)), Ok(()));
        assert_eq!(roles(&of(Some("shop-1"))), Ok(()));
        for bad in ["", "Shop", "-a", "a-", "a.b", "a/b"] {
            assert_eq!(roles(&of(Some(bad))).unwrap_err().field, "roles", "{bad}");
        }
        assert_eq!(roles(&[]).unwrap_err().field, "roles");
    }
}
