//! API keys: their text and the hash by which they are stored. Counterparts: st2common/util/auth.py, hash.py.

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use sha2::{Digest, Sha256, Sha512};
use squall_service::Entropy;

use super::hex;

/// What StackStorm puts before a key when hashing it; keys made there stay valid here.
const SALT: &str = "saltnpepper";

pub(crate) fn generate(entropy: &dyn Entropy) -> String {
    let mut seed = [0; 256];
    entropy.fill(&mut seed);
    STANDARD_NO_PAD.encode(hex(&Sha256::digest(seed)))
}

pub(crate) fn hash(key: &str) -> String {
    hex(&Sha512::digest(format!("{SALT}{key}")))
}
