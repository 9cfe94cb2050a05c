//! Passwords: argon2id in PHC form, never on the path of a token.

use std::sync::LazyLock;

use argon2::password_hash::phc::PasswordHash;
use argon2::{Argon2, PasswordHasher, PasswordVerifier};
use squall_service::Entropy;

/// The password could not be hashed.
#[derive(Debug, thiserror::Error)]
#[error("the password could not be hashed: {0}")]
pub struct PasswordError(String);

/// Returns what is stored of a password.
pub fn hash_password(password: &str, entropy: &dyn Entropy) -> Result<String, PasswordError> {
    let mut salt = [0; 16];
    entropy.fill(&mut salt);
    hash_with_salt(password, &salt)
}

fn hash_with_salt(password: &str, salt: &[u8]) -> Result<String, PasswordError> {
    let hash: PasswordHash = Argon2::default()
        .hash_password_with_salt(password.as_bytes(), salt)
        .map_err(|error| PasswordError(error.to_string()))?;
    Ok(hash.to_string())
}

/// A hash that no password has, so that an unknown user costs the same time as a known one.
static NOBODY: LazyLock<String> = LazyLock::new(|| hash_with_salt("", b"nobody has this!").unwrap_or_default());

/// Tells whether the password is the one that was hashed. Takes tens of milliseconds on a thread of its own, by design.
pub(crate) async fn verify(password: String, stored: Option<String>) -> bool {
    let check = move || {
        let hash = stored.as_deref().unwrap_or(NOBODY.as_str());
        let parsed = PasswordHash::new(hash);
        let is_right =
            parsed.is_ok_and(|parsed| Argon2::default().verify_password(password.as_bytes(), &parsed).is_ok());
        is_right && stored.is_some()
    };
    tokio::task::spawn_blocking(check).await.unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use squall_service::SystemEntropy;

    use super::*;

    #[tokio::test]
    async fn only_the_right_password_of_a_known_user_passes() {
        let hash = hash_password("secret", &SystemEntropy).unwrap();
        assert!(hash.starts_with("$argon2id$"));
        assert!(verify("secret".to_owned(), Some(hash.clone())).await);
        assert!(!verify("Secret".to_owned(), Some(hash)).await);
        assert!(!verify(String::new(), None).await);
        assert!(!verify("x".to_owned(), Some("not a hash".to_owned())).await);
    }
}
