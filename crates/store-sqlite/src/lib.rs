//! The embedded store: SQLite behind the store port.
