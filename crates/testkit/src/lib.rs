//! Sandbox, manual clock, port suites, builders: for tests only.
