//! Reads a pack directory into model values, with diagnostics.
