//! The YAML of packs, read and checked.

#![no_main]

libfuzzer_sys::fuzz_target!(init: squall_fuzz::begin("pack"), |data: &[u8]| squall_fuzz::watch(data));
