//! The program as its users run it: one module a promise.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, clippy::print_stderr)] // all of it is tests

mod common;
mod corpus;
mod coverage;
mod hostile;
mod hunt;
mod identity;
mod kill;
mod mail;
mod main_job;
mod numbers;
mod policy;
mod proof;
mod queries;
mod serve;
mod workbench;

/// A test file that nobody declared would never run.
#[test]
fn every_test_file_is_declared() {
    let dir = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let main = include_str!("main.rs");
    for entry in std::fs::read_dir(dir).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let stem = name.trim_end_matches(".rs");
        assert!(stem == "main" || main.contains(&format!("mod {stem};")), "{name} is not declared");
    }
}
