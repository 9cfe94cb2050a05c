//! What a child sees of the server's own environment.
//!
//! The server's variables may hold credentials of the store and the bus, so a child starts from nothing and gets a
//! short list of harmless names; everything else is given explicitly.

use std::collections::BTreeMap;

/// The names a child inherits when the server has them.
pub const INHERITED: &[&str] = &[
    "PATH",
    "HOME",
    "USER",
    "LOGNAME",
    "SHELL",
    "LANG",
    "LANGUAGE",
    "LC_ALL",
    "LC_CTYPE",
    "TZ",
    "TMPDIR",
    "TERM",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "REQUESTS_CA_BUNDLE",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "NO_PROXY",
    "http_proxy",
    "https_proxy",
    "no_proxy",
];

/// Used when the server itself was started without a `PATH`.
const FALLBACK_PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// Returns the inherited part of a child's environment. Values that are not UTF-8 are left out.
pub fn inherited_environment() -> BTreeMap<String, String> {
    let mut environment: BTreeMap<String, String> =
        INHERITED.iter().filter_map(|name| std::env::var(name).ok().map(|value| ((*name).to_owned(), value))).collect();
    environment.entry("PATH".to_owned()).or_insert_with(|| FALLBACK_PATH.to_owned());
    environment
}
