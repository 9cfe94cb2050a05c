//! The workflow engine: drives Orquesta conductors.
