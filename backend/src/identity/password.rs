//! Passwords as argon2id hashes.

use std::sync::Arc;

use anyhow::Context;
use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version};
use tokio::sync::Semaphore;

/// Memory in KiB, passes and lanes: the OWASP Password Storage Cheat Sheet's first choice for argon2id with 19 MiB.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;

/// Hashes at one time. Bounds the memory (2 × 19 MiB) and the processors that strangers can occupy by logging in.
const AT_ONCE: usize = 2;

/// A hash of nobody's password with the parameters above: checking it takes as long as checking a real one.
const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$cm9sbGNhbGwgbm9ib2R5ISE$dGhpcyBpcyBub2JvZHkncyBwYXNzd29yZCwgYWxhcyE";

/// Makes and checks password hashes, off the async threads.
#[derive(Debug)]
pub(super) struct Hasher {
    turns: Arc<Semaphore>,
}

impl Hasher {
    pub(super) fn new() -> Self {
        Self { turns: Arc::new(Semaphore::new(AT_ONCE)) }
    }

    /// PHC string of the password under a fresh salt.
    pub(super) async fn hash(&self, password: &str) -> anyhow::Result<String> {
        let password = password.to_owned();
        self.turn(move || {
            let hash: PasswordHash = argon2().hash_password(password.as_bytes())?;
            Ok(hash.to_string())
        })
        .await
    }

    /// Whether this is the password. Without a stored hash (no such user) it takes the same time and is not.
    pub(super) async fn check(
        &self,
        stored: Option<String>,
        password: &str,
    ) -> anyhow::Result<bool> {
        let password = password.to_owned();
        self.turn(move || {
            let hash = PasswordHash::new(stored.as_deref().unwrap_or(NOBODY))
                .map_err(|e| anyhow::anyhow!("a stored password hash cannot be read: {e}"))?;
            // Parameters come from the hash, so that older hashes stay valid when ours change.
            let fits = argon2().verify_password(password.as_bytes(), &hash).is_ok();
            Ok(fits && stored.is_some())
        })
        .await
    }

    async fn turn<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> anyhow::Result<T> + Send + 'static,
    ) -> anyhow::Result<T> {
        let turn = Arc::clone(&self.turns).acquire_owned().await.context("never closed")?;
        tokio::task::spawn_blocking(move || {
            // Held by the work, not by the caller: a request that is given up must not let the next one in early.
            let _turn = turn;
            work()
        })
        .await?
    }
}

fn argon2() -> Argon2<'static> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None).expect("constants in argon2's range");
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_hash_fits_its_password_and_no_other() {
        let hasher = Hasher::new();
        let hash = hasher.hash("correct horse").await.unwrap();
        assert!(hasher.check(Some(hash.clone()), "correct horse").await.unwrap());
        assert!(!hasher.check(Some(hash.clone()), "correct horsf").await.unwrap());
        assert_ne!(hash, hasher.hash("correct horse").await.unwrap(), "salted");
    }

    #[tokio::test]
    async fn nobody_has_a_password_and_costs_as_much_as_somebody() {
        let hasher = Hasher::new();
        assert!(!hasher.check(None, "").await.unwrap());
        let real = hasher.hash("correct horse").await.unwrap();
        let cost = |phc: &str| {
            let hash = PasswordHash::new(phc).unwrap();
            (
                hash.algorithm,
                hash.version,
                hash.params.to_string(),
                hash.hash.unwrap().as_bytes().len(),
            )
        };
        assert_eq!(cost(NOBODY), cost(&real));
    }

    #[tokio::test]
    async fn an_unreadable_stored_hash_is_an_error_and_lets_nobody_in() {
        assert!(Hasher::new().check(Some("plain".to_owned()), "plain").await.is_err());
    }
}
