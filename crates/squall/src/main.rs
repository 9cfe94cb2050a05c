//! The squall binary: configuration, adapters, roles.
fn main() {}
