// Figures and skipped tests are said aloud.
#![allow(clippy::print_stderr)]

use std::path::{Path, PathBuf};

use super::fit::{Choice, conditional_logit, logistic};
use super::*;
use crate::attribution::knowledge::{Builder, Knowledge};
use crate::attribution::scoring::features::Features;
use crate::attribution::scoring::{
    Asked, FAMILIARITY_COUNT, Scorer, familiarity, log_scores, softmax,
};

/// Where the real files are; `None`, said aloud, where they are not.
fn corpus() -> Option<PathBuf> {
    let dir = std::env::var_os("DEMARCHE_CORPUS").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus"),
        PathBuf::from,
    );
    let there = dir.join("knowledge").is_dir();
    if !there {
        eprintln!("skipped: no corpus at {}", dir.display());
    }
    there.then_some(dir)
}

/// Builds from the corpus's archives, as the command will.
fn built() -> Option<Knowledge> {
    let dir = corpus()?;
    let mut builder = Builder::new();
    for name in ["attack-enterprise.tar.xz", "misp-galaxy.tar.xz"] {
        let out = std::process::Command::new("tar")
            .arg("-xJOf")
            .arg(dir.join("knowledge").join(name))
            .args(["--wildcards", "*.json"])
            .output()
            .unwrap();
        assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
        // One JSON document after the other.
        let mut documents =
            serde_json::Deserializer::from_slice(&out.stdout).into_iter::<serde::de::IgnoredAny>();
        let mut start = 0;
        while let Some(document) = documents.next() {
            document.unwrap();
            builder.add(name, &out.stdout[start..documents.byte_offset()]);
            start = documents.byte_offset();
        }
    }
    let (knowledge, counts) = builder.finish().unwrap();
    eprintln!("{counts:?}");
    Some(knowledge)
}

#[test]
fn corpus_builds_what_is_shipped() {
    let Some(knowledge) = built() else { return };
    if let Some(out) = std::env::var_os("DEMARCHE_WRITE_KNOWLEDGE") {
        std::fs::write(out, knowledge.to_json()).unwrap();
        return;
    }
    assert_eq!(knowledge.digest(), Knowledge::shipped().unwrap().digest());
    assert_eq!(knowledge.sets.len(), 172);
}

#[test]
fn questions_are_those_of_the_protocol() {
    let knowledge = Knowledge::shipped().unwrap();
    assert_eq!(report_cases(&knowledge).len(), 388);
    assert_eq!(temporal_cases(&knowledge).len(), 66);
    assert_eq!(campaign_cases(&knowledge).len(), 24);
}

/// The fit that `weights.rs` holds; prints it.
#[test]
fn weights_are_those_of_the_fit() {
    let knowledge = Knowledge::shipped().unwrap();
    let training: Vec<_> = report_cases(&knowledge).into_iter().filter(is_training).collect();
    let asked: Vec<(Vec<Features>, Asked, usize)> = training
        .iter()
        .map(|case| {
            let asked = Asked::new(&knowledge, &case.techniques, &case.software);
            let features = Scorer::new(&knowledge, &report::without(case)).features(&asked);
            (features, asked, *case.right.first().unwrap())
        })
        .collect();
    let choices: Vec<_> = asked
        .iter()
        .map(|(features, _, right)| Choice { candidates: features.clone(), right: *right })
        .collect();
    let weights = conditional_logit(&choices, 0.002);
    eprintln!("{} training reports; weights {weights:.3?}", training.len());
    let shipped = crate::attribution::scoring::weights::WEIGHTS;
    let mut rows: Vec<([f64; FAMILIARITY_COUNT], bool)> = Vec::new();
    for (features, asked, right) in &asked {
        let mut features = features.clone();
        let numbers = |f: &[Features]| familiarity(f, &softmax(&log_scores(f, &shipped)), asked);
        rows.push((numbers(&features), true));
        features.remove(*right);
        rows.push((numbers(&features), false));
    }
    let familiar = logistic(&rows, 0.002);
    eprintln!("familiarity {familiar:.3?}");
    for (fitted, shipped) in weights.iter().zip(&shipped) {
        assert!((fitted - shipped).abs() < 0.02, "{weights:.3?}");
    }
    let shipped = crate::attribution::scoring::weights::FAMILIARITY;
    for (fitted, shipped) in familiar.iter().zip(&shipped) {
        assert!((fitted - shipped).abs() < 0.02, "{familiar:.3?}");
    }
}

#[test]
fn held_out_figures_beat_bm25() {
    let report = evaluate(&Knowledge::shipped().unwrap());
    eprintln!("{}", report.table());
    assert!(report.line().unwrap().starts_with("{\"leave_one_report_out\":{\"n\":388,"));
    for figures in [&report.leave_one_report_out_held_out, &report.temporal] {
        assert!(figures.mrr > figures.baselines["bm25"].mrr, "{figures:?}");
    }
    assert!(report.unknown.auroc > 0.7, "{:?}", report.unknown);
}
