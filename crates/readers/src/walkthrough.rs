//! `docs/adding/reader.md` is walked through: its toy format is compiled and read as the
//! page says, and what the page promises of a format holds for every one.

use crate::FORMATS;

const PAGE: &str = include_str!("../../../docs/adding/reader.md");
const FORMATS_PAGE: &str = include_str!("../../../docs/formats.md");
const FUZZ: &str = include_str!("../../../fuzz/src/lib.rs");

/// Blocks of the page in a language, in order.
fn blocks(language: &str) -> Vec<&'static str> {
    let fence = format!("```{language}\n");
    PAGE.split(fence.as_str()).skip(1).filter_map(|rest| rest.split("```").next()).collect()
}

#[test]
fn the_page_is_the_code() {
    let code = blocks("rust");
    assert_eq!(code[0], include_str!("toy/mod.rs"), "the reader on the page");
    let line = code[1].trim();
    assert!(include_str!("registry.rs").lines().any(|l| l.trim() == line), "{line}");
    assert!(PAGE.contains("`pub mod toy;`"));
    assert!(include_str!("lib.rs").lines().any(|l| l == "pub mod toy;"));
}

#[test]
fn the_sample_is_what_the_page_shows() {
    let sample = include_str!("toy/testdata/queries.log");
    let shown: Vec<&str> = PAGE.lines().filter_map(|l| l.strip_prefix("    2024-")).collect();
    let lines: Vec<&str> = sample.lines().filter_map(|l| l.strip_prefix("2024-")).collect();
    assert_eq!(shown, lines[..2], "two lines as shown");
    assert_eq!(lines.len(), 3, "and a broken one");
}

/// Formats of the shipped registry.
fn shipped() -> impl Iterator<Item = &'static str> {
    FORMATS.iter().map(|format| format.name).filter(|name| *name != crate::toy::DNS.name)
}

#[test]
fn every_format_has_its_row() {
    let missing: Vec<&str> =
        shipped().filter(|name| !FORMATS_PAGE.contains(&format!("`{name}`"))).collect();
    assert!(missing.is_empty(), "not in docs/formats.md: {missing:?}");
}

/// Those that no family of the fuzz targets names are read by the target `cloud`; that is
/// meant for audit logs and nothing else.
#[test]
fn every_format_is_fuzzed_with_its_family() {
    const OF_CLOUD: [&str; 14] = [
        "box",
        "cloudtrail",
        "dropbox",
        "entra-csv",
        "entra-json",
        "exchange-trace-csv",
        "exchange-trace-json",
        "gmail-log",
        "google-workspace",
        "inbox-rules-csv",
        "inbox-rules-json",
        "m365-csv",
        "m365-json",
        "okta",
    ];
    let missing: Vec<&str> = shipped()
        .filter(|name| !OF_CLOUD.contains(name) && !FUZZ.contains(&format!("\"{name}\"")))
        .collect();
    assert!(missing.is_empty(), "in no family of fuzz/src/lib.rs: {missing:?}");
}

#[test]
fn names_are_taken_once() {
    let mut names: Vec<&str> = FORMATS.iter().map(|format| format.name).collect();
    names.sort_unstable();
    let all = names.len();
    names.dedup();
    assert_eq!(names.len(), all);
}
