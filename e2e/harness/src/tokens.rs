//! Users of the API server: tokens and kubeconfig files.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::Read as _;
use std::path::Path;

use anyhow::{Context as _, Result};

use crate::layout::Layout;

/// The panel's own account; the only one with two tokens, see
/// [`crate::ControlPlane::rotate_token`].
pub(crate) const PANEL: &str = "rollcall";

/// Name and groups. What each may do is in `manifests/rights.yaml`.
const USERS: [(&str, &str); 13] = [
    ("admin", "system:masters"),
    (PANEL, ""),
    // The second line of a name is its second token.
    (PANEL, ""),
    ("rollcall-impersonator", ""),
    ("rollcall-direct", ""),
    ("alice", "shop-team"),
    ("bob", ""),
    ("carol", ""),
    ("dave", ""),
    // RBAC's own default bindings know the next two by name.
    ("system:kube-controller-manager", ""),
    ("system:kube-scheduler", ""),
    ("system:kwok", "system:masters"),
    ("system:claims", "system:masters"),
];

pub(crate) struct Tokens {
    /// In the order of the file; user, token.
    entries: Vec<(String, String)>,
}

impl Tokens {
    /// Reads the token file of a kept data folder, or writes a new one.
    pub(crate) fn load_or_create(layout: &Layout) -> Result<Self> {
        if let Ok(text) = fs::read_to_string(layout.tokens()) {
            return Ok(Self::parse(&text));
        }
        let entries = USERS
            .iter()
            .map(|(user, _)| Ok(((*user).to_owned(), random_token()?)))
            .collect::<Result<_>>()?;
        let tokens = Self { entries };
        tokens.save(layout)?;
        Ok(tokens)
    }

    fn parse(text: &str) -> Self {
        let entries = text.lines().filter_map(|line| {
            let mut fields = line.split(',');
            let token = fields.next()?.to_owned();
            Some((fields.next()?.to_owned(), token))
        });
        Self { entries: entries.collect() }
    }

    fn save(&self, layout: &Layout) -> Result<()> {
        let mut text = String::new();
        for (user, token) in &self.entries {
            let groups =
                USERS.iter().find(|(name, _)| name == user).map_or("", |(_, groups)| groups);
            writeln!(text, "{token},{user},{user},\"{groups}\"")?;
        }
        fs::write(layout.tokens(), text)?;
        Ok(())
    }

    /// The oldest token of `user` that the file still has.
    pub(crate) fn first(&self, user: &str) -> Result<&str> {
        let entry = self.entries.iter().find(|(name, _)| name == user);
        entry.map(|(_, token)| token.as_str()).with_context(|| no_such_user(user))
    }

    /// The newest token of `user`.
    pub(crate) fn last(&self, user: &str) -> Result<&str> {
        let entry = self.entries.iter().rfind(|(name, _)| name == user);
        entry.map(|(_, token)| token.as_str()).with_context(|| no_such_user(user))
    }

    /// Takes the first token of `user` out of the file, if there is another. The API server reads
    /// it only when it starts.
    pub(crate) fn forget_first(&mut self, layout: &Layout, user: &str) -> Result<()> {
        if self.entries.iter().filter(|(name, _)| name == user).count() > 1 {
            let index =
                self.entries.iter().position(|(name, _)| name == user).context("counted above")?;
            self.entries.remove(index);
        }
        self.save(layout)
    }

    /// A kubeconfig file for each user, and one for the panel that reads its token from a file.
    pub(crate) fn write_kubeconfigs(&self, layout: &Layout, api_url: &str) -> Result<()> {
        fs::create_dir_all(
            layout.kubeconfig("x").parent().context("the layout has a folder for kubeconfigs")?,
        )?;
        let ca = layout.key("ca.crt");
        for (user, _) in USERS {
            let credential = format!("token: {}", self.first(user)?);
            fs::write(layout.kubeconfig(user), kubeconfig(user, api_url, &ca, &credential))?;
        }
        let file = layout.rotating_token();
        fs::write(&file, self.first(PANEL)?)?;
        let credential = format!("tokenFile: {}", file.display());
        fs::write(
            layout.kubeconfig("rollcall-rotating"),
            kubeconfig(PANEL, api_url, &ca, &credential),
        )?;
        Ok(())
    }
}

/// What to say where a caller names a user that there is not.
pub(crate) fn no_such_user(user: &str) -> String {
    let known: Vec<&str> = USERS.iter().map(|(name, _)| *name).collect();
    format!("no user {user:?}; there are {}", known.join(", "))
}

/// Whether a kubeconfig file of that name is written.
pub(crate) fn is_known(user: &str) -> bool {
    USERS.iter().any(|(name, _)| *name == user)
}

fn kubeconfig(user: &str, api_url: &str, ca: &Path, credential: &str) -> String {
    format!(
        "apiVersion: v1
kind: Config
current-context: test
contexts:
- name: test
  context: {{ cluster: test, user: \"{user}\" }}
clusters:
- name: test
  cluster: {{ server: \"{api_url}\", certificate-authority: {ca} }}
users:
- name: \"{user}\"
  user: {{ {credential} }}
",
        ca = ca.display(),
    )
}

fn random_token() -> Result<String> {
    let mut bytes = [0_u8; 16];
    File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    let mut token = String::new();
    for byte in bytes {
        write!(token, "{byte:02x}")?;
    }
    Ok(token)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_panel_has_two_tokens_until_the_first_is_forgotten() {
        let folder = tempfile::tempdir().unwrap();
        let layout = Layout::new(folder.path().to_owned());
        let mut tokens = Tokens::load_or_create(&layout).unwrap();
        let second = tokens.last(PANEL).unwrap().to_owned();
        assert_ne!(tokens.first(PANEL).unwrap(), second);
        for _ in 0..2 {
            tokens.forget_first(&layout, PANEL).unwrap();
            assert_eq!(tokens.first(PANEL).unwrap(), second);
        }
        let read = Tokens::load_or_create(&layout).unwrap();
        assert_eq!(read.first(PANEL).unwrap(), second);
        assert_eq!(read.first("alice").unwrap(), tokens.first("alice").unwrap());
        assert!(read.first("mallory").unwrap_err().to_string().contains("alice"));
    }
}
