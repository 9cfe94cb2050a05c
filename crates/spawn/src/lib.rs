//! Starts and kills process trees.
