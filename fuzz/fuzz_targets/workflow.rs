//! Workflow definitions in Orquesta, ActionChain and Mistral.

#![no_main]

libfuzzer_sys::fuzz_target!(init: squall_fuzz::begin("workflow"), |data: &[u8]| squall_fuzz::watch(data));
