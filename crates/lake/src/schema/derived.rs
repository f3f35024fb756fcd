//! Tables that a run fills: one file a run.

use arrow::datatypes::DataType::Float64;
use arrow::datatypes::FieldRef;
use demarche_core::{
    Anomaly, Campaign, CoverageEntry, Exposure, Finding, Hypothesis, Intrusion, Wave,
};

use serde::{Deserialize, Serialize};

use super::Row;
use super::field::{
    evidence, evidence_list, flag, group, list, number, optional_text, text, texts, time, times,
};

/// Names and columns of all derived tables: a run without rows in one still has it.
#[must_use]
pub fn derived_tables() -> Vec<(&'static str, Vec<FieldRef>)> {
    vec![
        (Wave::TABLE, Wave::fields()),
        (Campaign::TABLE, Campaign::fields()),
        (Exposure::TABLE, Exposure::fields()),
        (Intrusion::TABLE, Intrusion::fields()),
        (Hypothesis::TABLE, Hypothesis::fields()),
        (Finding::TABLE, Finding::fields()),
        (InferredCoverage::TABLE, InferredCoverage::fields()),
        (InferredAnomaly::TABLE, InferredAnomaly::fields()),
    ]
}

/// Coverage that a run inferred from the records, for want of a statement.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct InferredCoverage(pub CoverageEntry);

impl Row for InferredCoverage {
    const TABLE: &'static str = "inferred_coverage";
    fn fields() -> Vec<FieldRef> {
        CoverageEntry::fields()
    }
}

/// What a run suspects to be missing from the evidence.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct InferredAnomaly(pub Anomaly);

impl Row for InferredAnomaly {
    const TABLE: &'static str = "inferred_anomalies";
    fn fields() -> Vec<FieldRef> {
        Anomaly::fields()
    }
}

fn features() -> FieldRef {
    let fields = vec![
        text("name"),
        number("log_likelihood_ratio", Float64),
        text("detail"),
        evidence_list(),
    ];
    list("features", group("item", fields))
}

impl Row for Wave {
    const TABLE: &'static str = "waves";
    fn fields() -> Vec<FieldRef> {
        vec![
            text("wave_id"),
            text("campaign_id"),
            number("probability", Float64),
            number("prior", Float64),
            time("first_seen"),
            time("last_seen"),
            texts("message_uids"),
            texts("message_ids"),
            texts("recipients"),
            text("subject"),
            texts("senders"),
            texts("templates"),
            texts("target_groups"),
            texts("techniques"),
            features(),
        ]
    }
}

impl Row for Campaign {
    const TABLE: &'static str = "campaigns";
    fn fields() -> Vec<FieldRef> {
        let link = vec![
            texts("waves"),
            texts("classes"),
            number("weight", Float64),
            texts("detail"),
            evidence_list(),
        ];
        vec![
            text("campaign_id"),
            number("probability", Float64),
            texts("wave_ids"),
            texts("recipients"),
            list("links", group("item", link)),
            texts("target_groups"),
            time("first_seen"),
            time("last_seen"),
        ]
    }
}

impl Row for Exposure {
    const TABLE: &'static str = "exposures";
    fn fields() -> Vec<FieldRef> {
        vec![
            text("recipient"),
            text("wave_id"),
            text("state"),
            time("time"),
            text("detail"),
            evidence_list(),
        ]
    }
}

impl Row for Intrusion {
    const TABLE: &'static str = "intrusions";
    fn fields() -> Vec<FieldRef> {
        vec![
            text("intrusion_id"),
            text("account"),
            text("actor"),
            text("status"),
            number("probability", Float64),
            number("prior", Float64),
            time("first_access"),
            time("last_access"),
            times("first_access_bounds"),
            times("last_access_bounds"),
            flag("start_censored"),
            flag("end_censored"),
            texts("kinds"),
            list("gaps", group("item", vec![time("from"), time("to"), text("reason")])),
            optional_text("campaign_id"),
            texts("sessions"),
            texts("read"),
            texts("techniques"),
            features(),
            evidence_list(),
        ]
    }
}

fn supports(name: &str) -> FieldRef {
    let fields = vec![
        text("what"),
        texts("techniques"),
        number("log_likelihood_ratio", Float64),
        evidence_list(),
    ];
    list(name, group("item", fields))
}

impl Row for Hypothesis {
    const TABLE: &'static str = "hypotheses";
    fn fields() -> Vec<FieldRef> {
        vec![
            text("campaign_id"),
            text("tier"),
            text("name"),
            number("probability", Float64),
            number("prior", Float64),
            text("term"),
            text("term_scale"),
            text("snapshot"),
            supports("supporting"),
            supports("contradicting"),
            texts("alternatives"),
        ]
    }
}

impl Row for Finding {
    const TABLE: &'static str = "findings";
    fn fields() -> Vec<FieldRef> {
        vec![
            text("finding_uid"),
            text("rule"),
            text("title"),
            text("severity"),
            time("time"),
            text("subject"),
            texts("techniques"),
            text("record_uid"),
            evidence(),
        ]
    }
}
