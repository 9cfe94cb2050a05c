//! Typed API client and the commands.
