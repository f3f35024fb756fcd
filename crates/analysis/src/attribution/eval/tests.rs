// Figures and skipped tests are said aloud.
#![allow(clippy::print_stderr)]

use std::path::{Path, PathBuf};

use super::*;
use crate::attribution::knowledge::{Builder, Knowledge};
use crate::attribution::scoring::weights::SHIPPED;

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
    let questions = Questions::new(&Knowledge::shipped().unwrap());
    assert_eq!(questions.rolling.len(), 160);
    let fitted = questions.weights(None);
    eprintln!("sets {:.3?}\nfamiliarity {:.3?}", fitted.sets, fitted.familiarity);
    let pairs = fitted.sets.iter().zip(&SHIPPED.sets);
    for (fitted, shipped) in pairs.chain(fitted.familiarity.iter().zip(&SHIPPED.familiarity)) {
        assert!((fitted - shipped).abs() < 0.02, "{fitted} {shipped}");
    }
}

#[test]
fn held_out_figures_beat_bm25() {
    let report = evaluate(&Knowledge::shipped().unwrap());
    eprintln!("{}", report.table());
    assert!(report.line().unwrap().starts_with("{\"leave_one_report_out\":{\"n\":388,"));
    for figures in [&report.leave_one_report_out, &report.temporal] {
        assert!(figures.mrr > figures.baselines["bm25"].mrr, "{figures:?}");
        assert!(figures.mrr_gain_over_bm25[1] > 0.0, "{figures:?}");
    }
    assert!(report.leave_one_report_out.top1_widest_half >= 0.90);
    assert!(report.unknown.auroc >= 0.80, "{:?}", report.unknown);
    for flags in &report.false_flags {
        assert!(flags.wrong_most <= 0.55, "{flags:?}");
    }
    assert!(report.pooled.brier_skill > 0.0, "{:?}", report.pooled);
    assert!((0.8..=1.25).contains(&report.pooled.slope), "{:?}", report.pooled);
}
