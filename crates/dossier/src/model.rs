//! The report model: everything that a dossier says, before any output format.
//!
//! Derived rows are the types of [`demarche_core::result`], unchanged, so that a
//! table, the report and the bundle can never disagree. What the case knows beside
//! them (sources, people, totals, parameters) is added here. Outputs are functions of
//! this model alone: the same model gives the same bytes.

use std::collections::{BTreeMap, BTreeSet};

use demarche_core::{
    AchCell, Anomaly, Campaign, CoverageEntry, EvidenceRef, Exposure, Finding, Hypothesis,
    Intrusion, Judgement, NamedDesignation, UtcMicros, Wave,
};
use serde::{Deserialize, Serialize};

/// At most so many anomalies are carried in the model beside the counts.
pub const MAX_ANOMALIES: usize = 50;

/// All that a dossier states.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Report {
    /// Title on the first page.
    pub title: String,
    /// The run that all rows come from.
    pub run_id: String,
    /// For whom: the institution; may be empty.
    pub generated_for: String,
    /// Traffic Light Protocol 2.0 label without `TLP:`; `RED` unless told otherwise.
    pub tlp: String,
    /// Version of the program that made the rows.
    pub tool_version: String,
    /// The knowledge snapshot that hypotheses rest on; empty when there was none.
    pub knowledge_snapshot: String,
    /// The notice that the knowledge's owners ask for; may be empty.
    pub knowledge_notice: String,
    /// Parameters of the run (priors, thresholds), as `show` would print them.
    pub parameters: BTreeMap<String, String>,
    /// Every evidence file.
    pub sources: Vec<SourceFact>,
    /// Who is behind the mailboxes and numbers that rows name; those without a
    /// roster entry may be left out.
    pub people: Vec<Person>,
    /// Counts over the whole case.
    pub totals: Totals,
    /// What could have been seen.
    pub coverage: Vec<CoverageEntry>,
    /// Bursts of targeted mail.
    pub waves: Vec<Wave>,
    /// Waves held to be one operator's.
    pub campaigns: Vec<Campaign>,
    /// What became of each recipient.
    pub exposures: Vec<Exposure>,
    /// Unauthorised access.
    pub intrusions: Vec<Intrusion>,
    /// Who may be behind it.
    pub hypotheses: Vec<Hypothesis>,
    /// Hypotheses against evidence, names withheld as in `hypotheses`.
    pub ach: Vec<AchCell>,
    /// What people judged, beside what is computed.
    pub judgements: Vec<Judgement>,
    /// Designations whose names stand in claims or knowledge.
    pub designations: Vec<NamedDesignation>,
    /// Rules and indicators that matched.
    pub findings: Vec<Finding>,
    /// What could not be read.
    pub anomalies: AnomalySummary,
    /// What others said, once somebody in the house has looked at it or while proposed.
    pub claims: Vec<ClaimRow>,
    /// Later searches over the same tables whose findings are among `findings`.
    pub hunts: Vec<Hunt>,
    /// What those could not read.
    pub hunt_anomalies: AnomalySummary,
    /// What people decided, as far as the run depends on it.
    pub decided: Decided,
    /// When the run was made; the only clock that a dossier shows.
    pub generated_at: Option<UtcMicros>,
    /// `en`, `de` or `fr`.
    pub language: String,
    /// On whose authority the evidence was read.
    pub mandate: Option<Mandate>,
    /// Sources that were no longer what was ingested when they were hashed again for this
    /// dossier; empty when all were the same or none was at hand.
    pub changed_sources: Vec<String>,
    /// In a redacted dossier, the name of the policy.
    pub redacted_by: String,
    /// In a redacted dossier, how many rows of each kind are withheld.
    pub withheld: BTreeMap<String, u64>,
}

impl Default for Report {
    fn default() -> Self {
        Self {
            title: "Findings of the investigation".to_owned(),
            run_id: String::new(),
            generated_for: String::new(),
            tlp: "RED".to_owned(),
            tool_version: String::new(),
            knowledge_snapshot: String::new(),
            knowledge_notice: String::new(),
            parameters: BTreeMap::new(),
            sources: Vec::new(),
            people: Vec::new(),
            totals: Totals::default(),
            coverage: Vec::new(),
            waves: Vec::new(),
            campaigns: Vec::new(),
            exposures: Vec::new(),
            intrusions: Vec::new(),
            hypotheses: Vec::new(),
            ach: Vec::new(),
            judgements: Vec::new(),
            designations: Vec::new(),
            findings: Vec::new(),
            anomalies: AnomalySummary::default(),
            claims: Vec::new(),
            hunts: Vec::new(),
            hunt_anomalies: AnomalySummary::default(),
            decided: Decided::default(),
            generated_at: None,
            language: "en".to_owned(),
            mandate: None,
            changed_sources: Vec::new(),
            redacted_by: String::new(),
            withheld: BTreeMap::new(),
        }
    }
}

impl Report {
    /// Whether there are rows of this kind that a redaction left out: where none is shown,
    /// that says nothing then.
    #[must_use]
    pub fn withholds(&self, kind: &str) -> bool {
        self.withheld.contains_key(kind)
    }

    /// The later search that found it, where the run itself did not.
    #[must_use]
    pub fn hunt_of(&self, finding_uid: &str) -> Option<&str> {
        let hunt = self.hunts.iter().find(|hunt| hunt.findings.contains(finding_uid));
        hunt.map(|hunt| hunt.run_id.as_str())
    }
}

/// A later search for new knowledge (`demarche hunt`): a run of its own.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Hunt {
    /// Its id.
    pub run_id: String,
    /// Uids of the findings in this dossier that the run itself did not make.
    pub findings: BTreeSet<String>,
}

/// People's decisions under a run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Decided {
    /// How many, those taken back among them.
    pub count: u64,
    /// SHA-256 (hex) that ends their chain; empty where nobody decided anything.
    pub head: String,
}

/// On whose authority evidence is read: asked for once, at `investigate`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Mandate {
    /// Who runs the investigation.
    pub operator: String,
    /// Who ordered it.
    pub authority: String,
    /// The law or decision it rests on.
    pub legal_basis: String,
    /// What may be read.
    pub scope: String,
    /// Last day that it holds, `YYYY-MM-DD`; empty when open.
    pub expires: String,
}

impl Mandate {
    /// Whether nothing at all was stated.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// What somebody said, as the contract's `claims` table has it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ClaimRow {
    /// Its id.
    pub claim_id: String,
    /// State, institution or organisation that speaks.
    pub speaker: String,
    /// Office and person through whom it speaks; may be empty.
    pub authority: String,
    /// `accuse`, `attribute`, `deny`...
    pub act: String,
    /// Whom it is about.
    pub about: Vec<String>,
    /// The claim that it answers.
    pub replies_to: Option<String>,
    /// The word of doubt or confidence.
    pub hedge: String,
    /// Day it was said; empty when it cannot be told.
    pub said_on: String,
    /// Who passes it on.
    pub reported_by: String,
    /// The document that holds it: `sha256:` + hex; among the report's sources.
    pub source: String,
    /// The document's name.
    pub path: String,
    /// The words.
    pub text: String,
    /// `proposed`, `confirmed`, `edited`, `rejected`.
    pub status: String,
    /// The bytes that hold it.
    pub evidence: EvidenceRef,
    /// What the case's evidence says to each part that can be checked.
    pub stance_of_evidence: Vec<ClaimStance>,
}

/// What the case's evidence says to one part of a claim.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ClaimStance {
    /// Which part.
    pub part: String,
    /// `supported by`, `contradicted by` or `outside coverage`.
    pub stance: String,
    /// In plain words.
    pub detail: String,
}

/// One evidence file as it was read.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(default)]
pub struct SourceFact {
    /// `sha256:` + hex of the whole file.
    pub id: String,
    /// Display path, relative to the evidence argument.
    pub path: String,
    /// Size in bytes.
    pub bytes: u64,
    /// What it was taken for by its content, e.g. `mbox`; several separated by a comma.
    pub format: String,
    /// Records read from it, duplicates among them.
    pub records: u64,
    /// Anomalies met in it.
    pub anomalies: u64,
}

/// Who is behind a mailbox, account or number.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(default)]
pub struct Person {
    /// The mailbox, account or number as rows name it, lower case.
    pub mailbox: String,
    /// The house's own id.
    pub person_id: String,
    /// Name; may be empty.
    pub name: String,
    /// Institution.
    pub institution: String,
    /// `staff` or `linked`.
    pub kind: String,
    /// Committees, delegations, desks, causes; sorted.
    pub groups: Vec<String>,
}

/// Counts over the whole case, duplicates removed before counting.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Totals {
    /// Different mail messages.
    pub messages: u64,
    /// Mailboxes with at least one message.
    pub mailboxes: u64,
    /// Different audit events.
    pub events: u64,
    /// Web records.
    pub fetches: u64,
    /// Calls.
    pub calls: u64,
    /// Look-ups of call records.
    pub lookups: u64,
    /// Further copies of records that were already counted.
    pub duplicates: u64,
}

/// What could not be read, in counts, with the first ones in evidence order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AnomalySummary {
    /// All of them.
    pub total: u64,
    /// By reader and reason, sorted.
    pub counts: Vec<AnomalyCount>,
    /// At most [`MAX_ANOMALIES`], in evidence order.
    pub first: Vec<Anomaly>,
}

/// How often one reader gave one reason.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct AnomalyCount {
    /// Which reader.
    pub reader: String,
    /// Which reason.
    pub reason: String,
    /// How often.
    pub count: u64,
}

impl AnomalySummary {
    /// Counts all of `anomalies` and keeps the first ones in evidence order.
    #[must_use]
    pub fn of<'a>(anomalies: impl IntoIterator<Item = &'a Anomaly>) -> Self {
        let mut all: Vec<&Anomaly> = anomalies.into_iter().collect();
        all.sort();
        let mut counts: BTreeMap<(&str, &str), u64> = BTreeMap::new();
        for anomaly in &all {
            *counts.entry((&anomaly.reader, &anomaly.reason)).or_default() += 1;
        }
        Self {
            total: all.len() as u64,
            counts: counts
                .into_iter()
                .map(|((reader, reason), count)| AnomalyCount {
                    reader: reader.to_owned(),
                    reason: reason.to_owned(),
                    count,
                })
                .collect(),
            first: all.into_iter().take(MAX_ANOMALIES).cloned().collect(),
        }
    }
}

/// One sentence of the report and the bytes that it stands on.
///
/// Numbered through the whole report; the number in the margin leads to the evidence
/// appendix. The text is inert already: hostile characters made visible, URLs defanged.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Statement {
    /// Its number, from 1.
    pub id: u32,
    /// What it is about: a row's id, or a part of the report such as `summary`.
    pub about: String,
    /// One or two sentences.
    pub text: String,
    /// How it was arrived at: step, rule or feature, weight.
    pub derivation: String,
    /// Names, mailboxes and numbers of people in `text`, so that an output can blur or
    /// redact them.
    pub people: Vec<String>,
    /// Where its bytes are, sorted; empty only where the statement is about what was
    /// not covered or is advice.
    pub evidence: Vec<EvidenceRef>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn anomalies_are_counted_and_the_first_kept_in_order() {
        let anomaly = |offset: u64, reason: &str| Anomaly {
            evidence: EvidenceRef { offset, ..EvidenceRef::default() },
            reader: "mbox".to_owned(),
            reason: reason.to_owned(),
        };
        let all: Vec<_> =
            (0..70).rev().map(|n| anomaly(n, if n % 2 == 0 { "even" } else { "odd" })).collect();
        let summary = AnomalySummary::of(&all);
        assert_eq!(summary.total, 70);
        assert_eq!(summary.counts.len(), 2);
        assert_eq!(summary.counts[0].count, 35);
        assert_eq!(summary.first.len(), MAX_ANOMALIES);
        assert_eq!(summary.first[0].evidence.offset, 0);
    }

    #[test]
    fn a_report_survives_json_and_is_red_by_default() {
        let report = Report::default();
        assert_eq!(report.tlp, "RED");
        let json = serde_json::to_string(&report).unwrap();
        assert_eq!(serde_json::from_str::<Report>(&json).unwrap(), report);
    }
}
