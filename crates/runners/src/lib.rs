//! The Runner trait and one file per runner.
