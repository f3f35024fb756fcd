//! The reference engine alone, as a peer for `benches/detect.py`: `rsigma-eval` over raw
//! JSON lines, one thread for reading, all cores for matching, nothing of ours between.
//!
//! `rsigma_raw FILE.jsonl RULES_FOLDER`

#![allow(clippy::print_stdout, clippy::print_stderr, clippy::disallowed_methods)] // a program

use std::collections::BTreeMap;
use std::path::Path;

use rayon::prelude::*;
use rsigma_eval::{Engine, JsonEvent};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, file, rules] = &arguments[..] else {
        return Err("usage: rsigma_raw FILE.jsonl RULES_FOLDER".into());
    };
    let mut engine = Engine::new();
    let mut loaded = Vec::new();
    for entry in std::fs::read_dir(Path::new(rules))? {
        let text = std::fs::read_to_string(entry?.path())?;
        let collection = rsigma_parser::parse_sigma_yaml(&text)?;
        loaded.extend(collection.rules);
    }
    let refused = engine.add_rules(&loaded);
    let text = std::fs::read_to_string(file)?;
    let lines: Vec<&str> = text.lines().collect();
    let hits: Vec<String> = lines
        .par_iter()
        .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok())
        .flat_map_iter(|event| {
            let found = engine.evaluate(&JsonEvent::borrow(&event));
            found.into_iter().map(|result| result.header.rule_title).collect::<Vec<_>>()
        })
        .collect();
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for title in &hits {
        *counts.entry(title).or_default() += 1;
    }
    println!(
        "{} events, {} rules ({} refused), {} hits of {} rules",
        lines.len(),
        loaded.len(),
        refused.len(),
        hits.len(),
        counts.len()
    );
    Ok(())
}
