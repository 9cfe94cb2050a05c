//! Jinja templates and expressions, rendered and evaluated within their limits.

#![no_main]

libfuzzer_sys::fuzz_target!(init: squall_fuzz::begin("jinja"), |data: &[u8]| squall_fuzz::watch(data));
