//! What lies inside attachments: pictures, PDF, Office, macros, archives.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| demarche_fuzz::look(bytes));
