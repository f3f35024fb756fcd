//! Containers of evidence: archives, compressed files, git packs.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| demarche_fuzz::walk(bytes));
