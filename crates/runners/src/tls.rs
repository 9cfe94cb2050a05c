//! Chooses ring for TLS: it builds without a C++ toolchain and in a fraction of the time of the default.

/// Makes ring the provider of this process unless the program has chosen one. Call it before the first HTTP client is built.
pub fn install_tls_provider() {
    // An error only says that a provider is there already.
    drop(rustls::crypto::ring::default_provider().install_default());
}
