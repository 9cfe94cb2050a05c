//! YAQL expressions, parsed and evaluated within their limits.

#![no_main]

libfuzzer_sys::fuzz_target!(init: squall_fuzz::begin("yaql"), |data: &[u8]| squall_fuzz::watch(data));
