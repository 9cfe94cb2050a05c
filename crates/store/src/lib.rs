//! The store port: one small trait a resource.
