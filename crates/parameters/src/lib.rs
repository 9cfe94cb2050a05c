//! Action parameters: schemas, rendering, casts, masking.
