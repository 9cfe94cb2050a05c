//! REST API, authentication and event streams.
