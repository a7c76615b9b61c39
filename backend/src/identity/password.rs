//! Passwords as argon2id hashes.

use std::sync::Arc;

use anyhow::Context;
use argon2::password_hash::phc::{Output, PasswordHash, Salt};
use argon2::{Algorithm, Argon2, Block, Params, Version};
use subtle::ConstantTimeEq;
use tokio::sync::Semaphore;

/// Memory in KiB, passes and lanes: the OWASP Password Storage Cheat Sheet's first choice for argon2id with 19 MiB.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;

/// Hashes at one time. Bounds the memory (2 × 19 MiB) and the processors that strangers can occupy by logging in.
const AT_ONCE: usize = 2;

/// Blocks (of 1 KiB) asked for at least, though not touched. glibc takes what it gave back as the measure of what it keeps
/// for the next time, per thread, but never keeps more than 32 MiB (`DEFAULT_MMAP_THRESHOLD_MAX`): the 19 MiB of a few
/// logins would stay with the process for good.
const BLOCKS_NOT_KEPT: usize = 33 * 1024;

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
            let argon2 = argon2();
            let salt = Salt::generate();
            let mut out = [0; Params::DEFAULT_OUTPUT_LEN];
            digest(&argon2, &password, &salt, &mut out)?;
            let hash = PasswordHash {
                algorithm: Algorithm::Argon2id.ident(),
                version: Some(Version::V0x13.into()),
                params: argon2.params().try_into()?,
                salt: Some(salt),
                hash: Some(Output::new(&out)?),
            };
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
            Ok(fits(&password, &hash)? && stored.is_some())
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

/// Whether the hash is of this password. Parameters come from the hash, so that older hashes stay valid when ours change.
fn fits(password: &str, hash: &PasswordHash) -> anyhow::Result<bool> {
    let (Some(salt), Some(expected)) = (&hash.salt, &hash.hash) else { return Ok(false) };
    let algorithm = Algorithm::try_from(hash.algorithm.as_str())?;
    let version = hash.version.map(Version::try_from).transpose()?.unwrap_or_default();
    let argon2 = Argon2::new(algorithm, version, Params::try_from(hash)?);
    let mut found = vec![0; expected.len()];
    digest(&argon2, password, salt, &mut found)?;
    Ok(found.ct_eq(expected.as_ref()).into())
}

/// Like `Argon2::hash_password_into`, in memory that goes back to the system at once.
fn digest(argon2: &Argon2<'_>, password: &str, salt: &[u8], out: &mut [u8]) -> anyhow::Result<()> {
    let blocks = argon2.params().block_count();
    let mut memory = Vec::with_capacity(blocks.max(BLOCKS_NOT_KEPT));
    memory.resize(blocks, Block::new());
    argon2.hash_password_into_with_memory(password.as_bytes(), salt, out, &mut memory)?;
    Ok(())
}

fn argon2() -> Argon2<'static> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None).expect("constants in argon2's range");
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

#[cfg(test)]
mod tests {
    use argon2::{PasswordHasher, PasswordVerifier};

    use super::*;

    #[tokio::test]
    async fn hashes_are_those_of_the_library_in_both_directions() {
        let hasher = Hasher::new();
        let ours = PasswordHash::new(&hasher.hash("correct horse").await.unwrap()).unwrap();
        assert!(argon2().verify_password(b"correct horse", &ours).is_ok());
        // Other parameters than ours.
        let params = Params::new(64, 3, 1, Some(24)).unwrap();
        let other = Argon2::new(Algorithm::Argon2i, Version::V0x10, params);
        let theirs: PasswordHash = other.hash_password(b"correct horse").unwrap();
        assert!(hasher.check(Some(theirs.to_string()), "correct horse").await.unwrap());
        assert!(!hasher.check(Some(theirs.to_string()), "correct horsf").await.unwrap());
    }

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
