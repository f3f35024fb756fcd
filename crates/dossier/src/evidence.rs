//! Which bytes a report stands on.

use std::collections::BTreeSet;

use demarche_core::{EvidenceRef, ScoredFeature};

use crate::model::Report;

/// Every byte range that the report cites, sorted, each once: what `verify --evidence`
/// opens again. References of length 0 (a whole member that could not be read) name a
/// place and no bytes, and are left out.
#[must_use]
pub fn cited(report: &Report) -> Vec<EvidenceRef> {
    let mut all: BTreeSet<&EvidenceRef> = BTreeSet::new();
    for wave in &report.waves {
        all.extend(features(&wave.features));
    }
    for campaign in &report.campaigns {
        all.extend(campaign.links.iter().flat_map(|link| &link.evidence));
    }
    for exposure in &report.exposures {
        all.extend(&exposure.evidence);
    }
    for intrusion in &report.intrusions {
        all.extend(features(&intrusion.features));
        all.extend(&intrusion.evidence);
    }
    for hypothesis in &report.hypotheses {
        let supports = hypothesis.supporting.iter().chain(&hypothesis.contradicting);
        all.extend(supports.flat_map(|support| &support.evidence));
    }
    all.extend(report.ach.iter().flat_map(|cell| &cell.evidence));
    all.extend(report.claims.iter().map(|claim| &claim.evidence));
    all.extend(report.findings.iter().map(|finding| &finding.evidence));
    all.extend(report.coverage.iter().filter_map(|entry| entry.evidence.as_ref()));
    let anomalies = report.anomalies.first.iter().chain(&report.hunt_anomalies.first);
    all.extend(anomalies.map(|anomaly| &anomaly.evidence));
    all.into_iter().filter(|evidence| evidence.length > 0).cloned().collect()
}

fn features(features: &[ScoredFeature]) -> impl Iterator<Item = &EvidenceRef> {
    features.iter().flat_map(|feature| &feature.evidence)
}
