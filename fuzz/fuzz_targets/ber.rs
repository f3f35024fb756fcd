//! Call records in BER.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| demarche_fuzz::read_as("ber", bytes));
