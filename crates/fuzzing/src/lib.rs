//! What strangers write, taken as the platform takes it: one function a language, for the fuzzers in `fuzz/` and for the test that
//! replays their corpus. Each takes any bytes, and panics where something does not hold that always should.

mod expression;
mod host;
mod jinja;
mod pack;
mod workflow;
mod yaql;

/// A function that takes what a fuzzer made up.
pub type Entry = fn(&[u8]);

/// The functions by name; `fuzz/corpus` has a directory and `fuzz/targets` a program for each.
pub const ENTRIES: &[(&str, Entry)] =
    &[("jinja", jinja::take), ("pack", pack::take), ("workflow", workflow::take), ("yaql", yaql::take)];

/// Returns the function of this name.
pub fn entry(name: &str) -> Option<Entry> {
    ENTRIES.iter().find(|(known, _)| *known == name).map(|(_, entry)| *entry)
}
