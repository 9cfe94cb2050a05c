//! Object ids: twelve bytes shown as 24 hex digits, as every StackStorm client expects them.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest, Sha256};

use crate::Timestamp;

/// The id of a stored object.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Id([u8; 12]);

/// The text is not 24 hex digits.
#[derive(Debug, Clone, thiserror::Error, PartialEq, Eq)]
#[error("\"{0}\" is not a valid id: it must be 24 hex digits")]
pub struct InvalidId(pub String);

impl Id {
    /// Returns an id that sorts by its time of creation; `entropy` must be fresh random bits.
    pub fn new(now: Timestamp, entropy: u64) -> Self {
        let mut bytes = [0; 12];
        bytes[..4].copy_from_slice(&(now.as_seconds() as u32).to_be_bytes());
        bytes[4..].copy_from_slice(&entropy.to_be_bytes());
        Self(bytes)
    }

    /// Returns the id that these parts always have: creating the thing twice is then noticed by its key.
    pub fn derived(parts: &[&str]) -> Self {
        let mut hasher = Sha256::new();
        for part in parts {
            hasher.update((part.len() as u64).to_be_bytes());
            hasher.update(part.as_bytes());
        }
        let mut bytes = [0; 12];
        bytes.copy_from_slice(&hasher.finalize()[..12]);
        Self(bytes)
    }

    /// Returns the id that follows from this one and a word, for objects that exist once per parent.
    pub fn child(&self, word: &str) -> Self {
        Self::derived(&[&self.to_string(), word])
    }

    pub fn as_bytes(&self) -> &[u8; 12] {
        &self.0
    }

    pub fn from_bytes(bytes: [u8; 12]) -> Self {
        Self(bytes)
    }
}

impl fmt::Display for Id {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        const HEX: &[u8; 16] = b"0123456789abcdef";
        let mut text = [0; 24];
        for (index, byte) in self.0.iter().enumerate() {
            text[index * 2] = HEX[usize::from(byte >> 4)];
            text[index * 2 + 1] = HEX[usize::from(byte & 15)];
        }
        formatter.pad(std::str::from_utf8(&text).map_err(|_| fmt::Error)?)
    }
}

impl fmt::Debug for Id {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl FromStr for Id {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let invalid = || InvalidId(text.chars().take(64).collect());
        if text.len() != 24 || !text.is_ascii() {
            return Err(invalid());
        }
        let mut bytes = [0; 12];
        for (index, byte) in bytes.iter_mut().enumerate() {
            *byte = u8::from_str_radix(&text[index * 2..index * 2 + 2], 16).map_err(|_| invalid())?;
        }
        Ok(Self(bytes))
    }
}

impl Serialize for Id {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Id {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_and_parses_the_same_text() {
        let id = Id::new(Timestamp::from_micros(1_700_000_000_000_000), 0x0123_4567_89ab_cdef);
        assert_eq!(id.to_string(), "6553f1000123456789abcdef");
        assert_eq!(id.to_string().parse::<Id>().unwrap(), id);
    }

    #[test]
    fn refuses_what_is_not_24_hex_digits() {
        for text in ["", "abc", "zz53f1000123456789abcdef", "6553f1000123456789abcdef0", "+553f1000123456789abcdeé"] {
            assert!(text.parse::<Id>().is_err(), "{text}");
        }
    }

    #[test]
    fn derived_ids_depend_on_where_the_parts_end() {
        assert_ne!(Id::derived(&["ab", "c"]), Id::derived(&["a", "bc"]));
        assert_eq!(Id::derived(&["ab", "c"]), Id::derived(&["ab", "c"]));
    }
}
