//! Tokens for actions and sensors: signed, not stored, and good only while what they were made for is alive.
//!
//! StackStorm stores a token per execution and deletes it at the end: two writes. A signature needs none.

use hmac::{KeyInit, Mac};
use sha2::Sha256;
use squall_model::{Id, Secret, Timestamp};

use crate::crypto::unhex;

/// Who holds a service token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenSubject {
    pub user: String,
    /// The execution that the token was made for; none for sensors.
    pub execution: Option<Id>,
    pub expiry: Timestamp,
}

/// Makes and checks service tokens with one secret of the installation.
#[derive(Clone)]
pub struct ServiceTokens {
    secret: Secret,
}

const PREFIX: &str = "svc";

impl ServiceTokens {
    pub fn new(secret: Secret) -> Self {
        Self { secret }
    }

    pub fn mint(&self, subject: &TokenSubject) -> Secret {
        let body = format!(
            "{PREFIX}-{:x}-{}-{}",
            subject.expiry.as_seconds(),
            subject.execution.map_or_else(|| "sensor".to_owned(), |id| id.to_string()),
            to_hex(subject.user.as_bytes()),
        );
        Secret::new(format!("{body}-{}", to_hex(&self.sign(&body))))
    }

    /// Returns whom the token was made for; `None` when it is not one of ours. Expiry is for the caller to judge.
    pub fn verify(&self, token: &str) -> Option<TokenSubject> {
        let (body, signature) = token.rsplit_once('-')?;
        let mut mac = hmac::Hmac::<Sha256>::new_from_slice(self.secret.expose().as_bytes()).ok()?;
        mac.update(body.as_bytes());
        mac.verify_slice(&unhex(signature)?).ok()?;
        let mut parts = body.split('-').skip(1);
        let seconds = i64::from_str_radix(parts.next()?, 16).ok()?;
        let execution = parts.next()?.parse().ok();
        let user = String::from_utf8(unhex(parts.next()?)?).ok()?;
        Some(TokenSubject { user, execution, expiry: Timestamp::from_micros(seconds.checked_mul(1_000_000)?) })
    }

    fn sign(&self, body: &str) -> Vec<u8> {
        hmac::Hmac::<Sha256>::new_from_slice(self.secret.expose().as_bytes()).map_or_else(
            |_| Vec::new(),
            |mut mac| {
                mac.update(body.as_bytes());
                mac.finalize().into_bytes().to_vec()
            },
        )
    }
}

fn to_hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_its_own_tokens_and_no_others() {
        let tokens = ServiceTokens::new(Secret::new("k"));
        let subject = TokenSubject {
            user: "st2-admin".into(),
            execution: Some(Id::derived(&["x"])),
            expiry: Timestamp::from_micros(9_000_000),
        };
        let token = tokens.mint(&subject);
        assert_eq!(tokens.verify(token.expose()), Some(subject));
        assert_eq!(ServiceTokens::new(Secret::new("other")).verify(token.expose()), None);
        for text in ["", "-", "svc-9-sensor-00-", "svc", &token.expose()[1..]] {
            assert_eq!(tokens.verify(text), None, "{text}");
        }
    }
}
