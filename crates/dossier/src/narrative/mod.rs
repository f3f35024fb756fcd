//! The report in sentences: each a [`Statement`] with its number and its bytes.
//!
//! Built once from the model, in the order in which a reader meets them, and used by
//! every output: the HTML's margin numbers, the terminal summary and the bundle's records
//! are the same statements.

mod actions;
mod coverage;
pub(crate) mod judged;
pub(crate) mod judgements;
pub(crate) mod rows;
mod sentence;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use demarche_core::{AchCell, EvidenceRef, IntrusionStatus, ScoredFeature};

use crate::catalogue::{self, Language};
use crate::model::{Person, Report, Statement};
use crate::words;

pub use actions::Action;
pub(crate) use coverage::{Cover, capital, covers};
pub use judged::Item;
use sentence::Sentence;

/// At most so many references stand under one statement; rows keep all of theirs.
const MAX_EVIDENCE: usize = 50;

/// A row of the model told in one head sentence and one sentence for each part.
#[derive(Clone, Debug, Default, serde::Serialize)]
pub struct Told {
    /// The row itself.
    pub head: Statement,
    /// Its features, links or supports, in the row's order; for a hypothesis first what
    /// supports it, then what contradicts it.
    pub parts: Vec<Statement>,
}

/// The model in reading order, and its sentences.
#[derive(Clone, Debug, Default, serde::Serialize)]
pub struct Narrative {
    /// The model, its rows sorted as they are told.
    pub report: Report,
    /// Answers to the four questions.
    pub judgements: [Vec<Statement>; 4],
    /// What to do now, most urgent first.
    pub actions: Vec<Action>,
    /// Parallel to `report.campaigns`.
    pub campaigns: Vec<Told>,
    /// Parallel to `report.waves`.
    pub waves: Vec<Told>,
    /// Parallel to `report.exposures`.
    pub exposures: Vec<Statement>,
    /// Parallel to `report.intrusions`.
    pub intrusions: Vec<Told>,
    /// Parallel to `report.hypotheses`.
    pub hypotheses: Vec<Told>,
    /// The matrix of hypotheses and evidence: `report.ach`, an item each.
    pub items: Vec<Item>,
    /// Parallel to `report.judgements`.
    pub judged: Vec<Statement>,
    /// Parallel to `report.claims`.
    pub claims: Vec<Told>,
    /// Parallel to `report.designations`.
    pub designations: Vec<Statement>,
    /// Parallel to `report.findings`.
    pub findings: Vec<Statement>,
    /// One for each evidence kind: what was covered and what was not.
    pub coverage: Vec<Statement>,
    /// Parallel to `report.anomalies.first`.
    pub anomalies: Vec<Statement>,
}

/// The four questions, in their order.
pub const QUESTIONS: [&str; 4] = [
    "Who was targeted?",
    "Who was broken into, from when to when?",
    "Who may be behind it, how sure are we, and what speaks against it?",
    "Would the proof survive a hostile denial?",
];

impl Narrative {
    /// Tells `report` in its language.
    #[must_use]
    pub fn of(report: &Report) -> Self {
        catalogue::with(Language::of(&report.language), || Self::tell(report))
    }

    fn tell(report: &Report) -> Self {
        let report = in_reading_order(report);
        let mut teller = Teller::new(&report);
        let judgements = judgements::tell(&mut teller);
        let actions = actions::tell(&mut teller);
        let campaigns = report.campaigns.iter().map(|row| rows::campaign(&mut teller, row));
        let campaigns = campaigns.collect();
        let waves = report.waves.iter().map(|row| rows::wave(&mut teller, row)).collect();
        let exposures = report.exposures.iter().map(|row| rows::exposure(&mut teller, row));
        let exposures = exposures.collect();
        let intrusions = report.intrusions.iter().map(|row| rows::intrusion(&mut teller, row));
        let intrusions = intrusions.collect();
        let hypotheses = report.hypotheses.iter().map(|row| rows::hypothesis(&mut teller, row));
        let hypotheses = hypotheses.collect();
        let items = judged::items(&mut teller);
        let people = report.judgements.iter().map(|row| judged::judgement(&mut teller, row));
        let people = people.collect();
        let claims = report.claims.iter().map(|row| rows::claim(&mut teller, row)).collect();
        let listed = report.designations.iter().map(|row| judged::designation(&mut teller, row));
        let designations = listed.collect();
        let findings = report.findings.iter().map(|row| rows::finding(&mut teller, row)).collect();
        let coverage = coverage::tell(&mut teller);
        let anomalies = report.anomalies.first.iter().map(|row| rows::anomaly(&mut teller, row));
        let anomalies = anomalies.collect();
        Self {
            judgements,
            actions,
            campaigns,
            waves,
            exposures,
            intrusions,
            hypotheses,
            items,
            judged: people,
            claims,
            designations,
            findings,
            coverage,
            anomalies,
            report,
        }
    }

    /// Every statement, in the order of its number.
    #[must_use]
    pub fn statements(&self) -> Vec<&Statement> {
        let mut all: Vec<&Statement> = self.judgements.iter().flatten().collect();
        all.extend(self.actions.iter().map(|action| &action.statement));
        let told = [&self.campaigns, &self.waves, &self.intrusions, &self.hypotheses, &self.claims];
        for rows in told {
            all.extend(rows.iter().flat_map(|row| std::iter::once(&row.head).chain(&row.parts)));
        }
        all.extend(self.items.iter().map(|item| &item.statement));
        all.extend(self.judged.iter().chain(&self.designations));
        all.extend(self.exposures.iter().chain(&self.findings));
        all.extend(self.coverage.iter().chain(&self.anomalies));
        all.sort_by_key(|statement| statement.id);
        all
    }

    /// `W3`, the wave's name in this report.
    #[must_use]
    pub fn wave_label(&self, wave_id: &str) -> String {
        label('W', self.report.waves.iter().position(|row| row.wave_id == wave_id))
    }

    /// `C1`, the campaign's name in this report.
    #[must_use]
    pub fn campaign_label(&self, campaign_id: &str) -> String {
        campaign_label(&self.report, campaign_id)
    }

    /// `C1` or `I1`: what a hypothesis is about. Its `campaign_id` holds the intrusion's
    /// id where no campaign explains the intrusion.
    #[must_use]
    pub fn subject_label(&self, id: &str) -> String {
        subject_label(&self.report, id)
    }
}

fn subject_label(report: &Report, id: &str) -> String {
    match report.intrusions.iter().position(|row| row.intrusion_id == id) {
        Some(at) => label('I', Some(at)),
        None => campaign_label(report, id),
    }
}

fn campaign_label(report: &Report, campaign_id: &str) -> String {
    label('C', report.campaigns.iter().position(|row| row.campaign_id == campaign_id))
}

fn label(letter: char, at: Option<usize>) -> String {
    at.map_or_else(|| format!("{letter}?"), |at| format!("{letter}{}", at + 1))
}

/// Rows as a reader meets them: waves and campaigns by time, active intrusions first,
/// hypotheses by what they are about and probability. Ids break ties, so the order is total.
fn in_reading_order(report: &Report) -> Report {
    let mut report = report.clone();
    report.sources.sort();
    report.people.sort();
    report
        .campaigns
        .sort_by(|a, b| (a.first_seen, &a.campaign_id).cmp(&(b.first_seen, &b.campaign_id)));
    report.waves.sort_by(|a, b| (a.first_seen, &a.wave_id).cmp(&(b.first_seen, &b.wave_id)));
    let urgency = |status: IntrusionStatus| match status {
        IntrusionStatus::Active => 0,
        IntrusionStatus::Unknown => 1,
        IntrusionStatus::Ended => 2,
    };
    report.intrusions.sort_by(|a, b| {
        (urgency(a.status), a.first_access, &a.intrusion_id).cmp(&(
            urgency(b.status),
            b.first_access,
            &b.intrusion_id,
        ))
    });
    let waves: BTreeMap<String, usize> =
        report.waves.iter().enumerate().map(|(at, row)| (row.wave_id.clone(), at)).collect();
    let wave_at = |id: &str| waves.get(id).copied().unwrap_or(usize::MAX);
    report.exposures.sort_by(|a, b| {
        (wave_at(&a.wave_id), &a.wave_id, &a.recipient).cmp(&(
            wave_at(&b.wave_id),
            &b.wave_id,
            &b.recipient,
        ))
    });
    // Campaigns first, then the intrusions that no campaign explains.
    let campaigns = report.campaigns.iter().map(|row| row.campaign_id.clone());
    let subjects: BTreeMap<String, usize> = campaigns
        .chain(report.intrusions.iter().map(|row| row.intrusion_id.clone()))
        .enumerate()
        .map(|(at, id)| (id, at))
        .collect();
    let subject_at = |id: &str| subjects.get(id).copied().unwrap_or(usize::MAX);
    report.hypotheses.sort_by(|a, b| {
        (subject_at(&a.campaign_id), &a.campaign_id, tier_rank(&a.tier), b.probability, &a.name)
            .cmp(&(
                subject_at(&b.campaign_id),
                &b.campaign_id,
                tier_rank(&b.tier),
                a.probability,
                &b.name,
            ))
    });
    // Items that tell hypotheses apart first.
    report.ach.sort_by(|a, b| {
        let rank = |cell: &AchCell| (subject_at(&cell.campaign_id), tier_rank(&cell.tier));
        (rank(a), &a.campaign_id, &a.tier, Reverse(a.diagnosticity), &a.item, &a.hypothesis).cmp(&(
            rank(b),
            &b.campaign_id,
            &b.tier,
            Reverse(b.diagnosticity),
            &b.item,
            &b.hypothesis,
        ))
    });
    report.judgements.sort_by_key(|row| row.number);
    report
        .designations
        .sort_by(|a, b| (&a.list, &a.reference, &a.name).cmp(&(&b.list, &b.reference, &b.name)));
    report.hunts.sort_by(|a, b| a.run_id.cmp(&b.run_id));
    report.claims.sort_by(|a, b| (&a.said_on, &a.claim_id).cmp(&(&b.said_on, &b.claim_id)));
    report.findings.sort_by(|a, b| (a.time, &a.finding_uid).cmp(&(b.time, &b.finding_uid)));
    report.coverage.sort_by(|a, b| {
        (&a.source, &a.account, a.from, a.to).cmp(&(&b.source, &b.account, b.from, b.to))
    });
    report
}

fn tier_rank(tier: &str) -> usize {
    ["cluster", "campaign", "operator", "organisation", "state"]
        .iter()
        .position(|known| *known == tier)
        .unwrap_or(5)
}

/// Numbers statements and knows who is who.
pub(crate) struct Teller<'a> {
    report: &'a Report,
    people: BTreeMap<&'a str, &'a Person>,
    /// Everything personal that may stand in a detail: mailboxes, accounts, numbers.
    personal: BTreeSet<&'a str>,
    next: u32,
}

impl<'a> Teller<'a> {
    fn new(report: &'a Report) -> Self {
        let people: BTreeMap<&str, &Person> =
            report.people.iter().map(|person| (person.mailbox.as_str(), person)).collect();
        let mut personal: BTreeSet<&str> = people.keys().copied().collect();
        personal.extend(report.waves.iter().flat_map(|w| w.recipients.iter().map(String::as_str)));
        personal.extend(report.exposures.iter().map(|row| row.recipient.as_str()));
        personal.extend(report.intrusions.iter().map(|row| row.account.as_str()));
        personal.remove("");
        Self { report, people, personal, next: 1 }
    }

    /// An empty sentence that knows whom to mark as a person.
    fn sentence(&self) -> Sentence<'_> {
        Sentence::new(&self.people, &self.personal)
    }

    /// Gives `sentence` the next number. `evidence` is sorted, made unique and held to
    /// [`MAX_EVIDENCE`].
    fn state<'e>(
        &mut self,
        about: &str,
        (text, people): (String, Vec<String>),
        derivation: &str,
        evidence: impl IntoIterator<Item = &'e EvidenceRef>,
    ) -> Statement {
        let evidence: BTreeSet<&EvidenceRef> =
            evidence.into_iter().filter(|evidence| evidence.length > 0).collect();
        let id = self.next;
        self.next = self.next.saturating_add(1);
        Statement {
            id,
            about: about.to_owned(),
            text,
            derivation: derivation.to_owned(),
            people,
            evidence: evidence.into_iter().take(MAX_EVIDENCE).cloned().collect(),
        }
    }

    fn campaign_label(&self, campaign_id: &str) -> String {
        campaign_label(self.report, campaign_id)
    }

    fn subject_label(&self, id: &str) -> String {
        subject_label(self.report, id)
    }
}

/// References of features that speak for (or against) a row.
fn evidence_of(features: &[ScoredFeature]) -> impl Iterator<Item = &EvidenceRef> {
    features.iter().flat_map(|feature| &feature.evidence)
}

/// A feature in words: its detail, or its name where there is none.
fn feature_words(feature: &ScoredFeature) -> String {
    if feature.detail.is_empty() { words::name(&feature.name) } else { feature.detail.clone() }
}
