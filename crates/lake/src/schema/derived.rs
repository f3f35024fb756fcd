//! Tables that a run fills: one file a run.

use arrow::datatypes::DataType::{Float64, UInt64};
use arrow::datatypes::FieldRef;
use demarche_core::{
    AchCell, Anomaly, Campaign, Claim, CoverageEntry, Exposure, Finding, Hypothesis, Intrusion,
    Judgement, NamedDesignation, Wave,
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
        (HuntAnomaly::TABLE, HuntAnomaly::fields()),
        (InferredAnomaly::TABLE, InferredAnomaly::fields()),
        (Claim::TABLE, Claim::fields()),
        (AchCell::TABLE, AchCell::fields()),
        (Judgement::TABLE, Judgement::fields()),
        (NamedDesignation::TABLE, NamedDesignation::fields()),
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

/// What a hunt could not look into, or took off a list, and why.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct HuntAnomaly(pub Anomaly);

impl Row for HuntAnomaly {
    const TABLE: &'static str = "hunt_anomalies";
    fn fields() -> Vec<FieldRef> {
        Anomaly::fields()
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

impl Row for Claim {
    const TABLE: &'static str = "claims";
    fn fields() -> Vec<FieldRef> {
        let quantity = vec![text("text"), number("value", UInt64), text("bound"), text("unit")];
        let span = vec![number("start", UInt64), number("end", UInt64), text("sha256")];
        let stance = vec![text("part"), text("stance"), texts("records"), text("detail")];
        vec![
            text("claim_id"),
            text("speaker"),
            text("authority"),
            text("act"),
            texts("about"),
            optional_text("replies_to"),
            text("hedge"),
            list("quantities", group("item", quantity)),
            group("period", vec![text("from"), text("to"), text("text")]),
            text("said_on"),
            text("reported_by"),
            group("span", span),
            text("source"),
            text("path"),
            text("language"),
            text("text"),
            texts("quoted"),
            evidence(),
            text("status"),
            text("decided_by"),
            time("decided_at"),
            list("stance_of_evidence", group("item", stance)),
        ]
    }
}

impl Row for AchCell {
    const TABLE: &'static str = "ach";
    fn fields() -> Vec<FieldRef> {
        vec![
            text("campaign_id"),
            text("tier"),
            text("hypothesis"),
            text("item"),
            text("what"),
            text("origin"),
            text("mark"),
            number("log_likelihood_ratio", Float64),
            number("diagnosticity", Float64),
            text("grade"),
            text("analyst_mark"),
            text("judged_by"),
            time("judged_at"),
            evidence_list(),
        ]
    }
}

impl Row for Judgement {
    const TABLE: &'static str = "judgements";
    fn fields() -> Vec<FieldRef> {
        vec![
            number("number", UInt64),
            text("kind"),
            text("campaign_id"),
            text("tier"),
            text("name"),
            number("probability", Float64),
            text("term"),
            text("why"),
            text("judged_by"),
            time("judged_at"),
        ]
    }
}

impl Row for NamedDesignation {
    const TABLE: &'static str = "designations";
    fn fields() -> Vec<FieldRef> {
        let matched = vec![text("kind"), text("id"), text("name"), text("listed_as")];
        vec![
            text("list"),
            text("reference"),
            text("kind"),
            text("name"),
            texts("other_names"),
            text("programme"),
            text("legal_act"),
            list("matched", group("item", matched)),
            text("note"),
        ]
    }
}
