//! What the bus makes of a broker that fails, one fault after the other.

#[path = "../support/mod.rs"]
mod support;

mod broker;
mod cable;
mod cut;
mod traffic;

/// There is one broker to break.
static TURN: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());
