//! Tables into findings, waves, campaigns, exposures, intrusions and hypotheses: one run.
//!
//! A run is named by everything it depends on. The same sources, rules, knowledge,
//! parameters and program give the same run id and the same rows.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use demarche_analysis::attribution::{
    CampaignProfile, HypothesisPrior, Knowledge, TechniqueSeen, hypothesise,
};
use demarche_analysis::campaign::{self, CampaignInput, CampaignOutput};
use demarche_analysis::input::{Context, Networks, Roster};
use demarche_analysis::intrusion::{self, IntrusionInput};
use demarche_claims::stance::CaseRows;
use demarche_core::id::short_hash;
use demarche_core::terms::{ICD203, PHIA, is_likely, phia};
use demarche_core::{Campaign, CoverageEntry, Finding, Hypothesis, Intrusion, Wave};
use demarche_lake::{InferredAnomaly, InferredCoverage, Lake, Session, Writer};
use serde_json::json;

use super::statements::Stated;
use super::{CaseError, Parameters, Progress, Step, coverage, inputs};

/// Versions of what is computed once per record: part of every run id.
const FEATURES: &str = "mail-v1";
/// Campaigns that hypotheses are weighed for, most probable first.
const HYPOTHESES_FOR: usize = 50;

/// What steers a run.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// A folder of further Sigma rules.
    pub rules: Option<PathBuf>,
    /// Indicator lists.
    pub indicators: Vec<PathBuf>,
    /// A knowledge file instead of the one shipped.
    pub knowledge: Option<PathBuf>,
    /// Priors and floors.
    pub parameters: Parameters,
    /// Whether probabilities are told in the words of the PHIA yardstick instead of ICD 203.
    pub phia: bool,
}

/// What a run found, in counts.
#[derive(Clone, Debug, Default)]
pub struct Analysed {
    /// Its id.
    pub run_id: String,
    /// Rows of each derived table.
    pub rows: BTreeMap<String, u64>,
    /// Rules and lists that could not be used, and why.
    pub problems: Vec<String>,
}

/// Runs the analysis over the case as it stands.
///
/// # Errors
/// What the case's files say, or a rules, indicator or knowledge file that the user
/// named and that cannot be read.
pub fn analyse(
    case: &Path,
    request: &Request,
    progress: &(dyn Fn(Progress) + Sync),
) -> Result<Analysed, CaseError> {
    let mut writer = Writer::open(case)?;
    let knowledge = super::query::knowledge(request.knowledge.as_deref())?;
    let rules = super::query::rules(request.rules.as_deref())?;
    let indicators = super::query::indicators(&request.indicators)?;
    let mut problems = rules.problems.clone();
    problems.extend(indicators.problems.clone());

    let parameters = request.parameters;
    let decided = super::decisions::read(case)?;
    let links = super::links::Links::among(&super::decisions::in_force(decided.clone()));
    let mut depends_on = json!({
        "sources": writer.manifest().sources(),
        "features": FEATURES,
        "rules": rules.digest,
        "indicators": indicators.digest,
        "knowledge": knowledge.digest(),
        "parameters": parameters.recorded(),
        "terms": if request.phia { PHIA } else { ICD203 },
        "program": env!("CARGO_PKG_VERSION"),
    });
    if !links.digest().is_empty() {
        depends_on["links"] = json!(links.digest());
    }
    let base_id = run_id(&depends_on);

    let session = super::session(case)?;
    let loaded = Loaded::read(&session)?;
    progress(Progress::Begin(Step::Detect, 0));
    let mut findings =
        rules.findings(&loaded.events, &loaded.fetches, &loaded.lookups, loaded.roster.entries());
    findings.extend(indicators.findings(&session)?);
    findings
        .sort_by(|a, b| (a.time, &a.rule, &a.finding_uid).cmp(&(b.time, &b.rule, &b.finding_uid)));
    findings.dedup_by(|a, b| a.finding_uid == b.finding_uid);

    progress(Progress::Begin(Step::Campaigns, 0));
    let mails = inputs::mails(&session, loaded.roster.entries())?;
    let mut found = campaign::find(
        &CampaignInput {
            mails: &mails,
            roster: &loaded.roster,
            context: &loaded.context,
            networks: &loaded.networks,
            fetches: &loaded.fetches,
            coverage: &loaded.coverage,
        },
        &campaign::Parameters {
            must_link: links.must,
            cannot_link: links.cannot,
            ..parameters.campaign()
        },
    );
    drop(mails);
    campaign::add_traced(&mut found, &loaded.events);
    progress(Progress::Begin(Step::Intrusions, 0));
    let intrusions = intrusion::find(
        &IntrusionInput {
            events: &loaded.events,
            lookups: &loaded.lookups,
            findings: &findings,
            roster: &loaded.roster,
            context: &loaded.context,
            networks: &loaded.networks,
            coverage: &loaded.coverage,
            waves: &found.waves,
            exposures: &found.exposures,
        },
        &parameters.intrusion(),
    );
    progress(Progress::Begin(Step::Hypotheses, 0));
    let mut hypotheses =
        weigh(&found, &intrusions, &findings, &knowledge, &parameters.hypothesis());
    if request.phia {
        for row in &mut hypotheses {
            phia(row.probability).clone_into(&mut row.term);
            PHIA.clone_into(&mut row.term_scale);
        }
    }
    progress(Progress::End);

    let inferred: Vec<InferredCoverage> =
        loaded.coverage.iter().filter(|c| c.inferred).cloned().map(InferredCoverage).collect();
    let suspected: Vec<InferredAnomaly> =
        loaded.suspected.iter().cloned().map(InferredAnomaly).collect();
    let mut rows = CaseRows {
        waves: found.waves,
        campaigns: found.campaigns,
        exposures: found.exposures,
        intrusions,
        hypotheses,
        coverage: loaded.coverage,
        ..CaseRows::default()
    };
    let stated = Stated::of(case, &mut rows, &knowledge)?;
    let run_id = stated.run_id(&base_id);
    let tables = [
        writer.write_derived(&run_id, &findings)?,
        writer.write_derived(&run_id, &rows.waves)?,
        writer.write_derived(&run_id, &rows.campaigns)?,
        writer.write_derived(&run_id, &rows.exposures)?,
        writer.write_derived(&run_id, &rows.intrusions)?,
        writer.write_derived(&run_id, &rows.hypotheses)?,
        writer.write_derived(&run_id, &inferred)?,
        writer.write_derived(&run_id, &suspected)?,
    ];
    let tables: Vec<(String, u64)> =
        tables.into_iter().chain(stated.write(&writer, &run_id)?).collect();
    writer.commit_run(&base_id, &run_id, parameters.recorded(), tables.clone())?;
    let rows: BTreeMap<String, u64> = tables.into_iter().collect();
    super::custody(case).append(
        "analyse",
        json!({ "run": run_id, "rows": rows, "knowledge": knowledge.snapshot_label(),
            "parameters": parameters.recorded() }),
    )?;
    super::steering::analysed(case, &base_id, request, &decided)?;
    Ok(Analysed { run_id, rows, problems })
}

/// `r-` and a hash of everything that a run depends on.
pub(super) fn run_id(depends_on: &serde_json::Value) -> String {
    let canonical = serde_json_canonicalizer::to_vec(depends_on)
        .expect("invariant: string keys and finite numbers only");
    format!("r-{}", short_hash(&[&canonical]))
}

/// Rows that more than one step reads.
struct Loaded {
    roster: Roster,
    context: Context,
    networks: Networks,
    coverage: Vec<CoverageEntry>,
    /// What may be missing from the evidence.
    suspected: Vec<demarche_core::Anomaly>,
    events: Vec<demarche_core::Event>,
    fetches: Vec<demarche_core::Fetch>,
    lookups: Vec<demarche_core::RecordLookup>,
}

impl Loaded {
    fn read(session: &Session) -> Result<Self, CaseError> {
        let events = inputs::events(session)?;
        let seen = coverage::read(session, &events)?;
        Ok(Self {
            roster: Roster::new(inputs::roster(session)?),
            context: Context::new(inputs::context(session)?),
            networks: Networks::new(inputs::networks(session)?),
            coverage: seen.coverage,
            suspected: seen.anomalies,
            events,
            fetches: inputs::fetches(session)?,
            lookups: inputs::lookups(session)?,
        })
    }
}

/// Hypotheses for each likely campaign, and for each likely intrusion that no campaign
/// explains: those rows carry the intrusion's id in place of a campaign's.
fn weigh(
    found: &CampaignOutput,
    intrusions: &[Intrusion],
    findings: &[Finding],
    knowledge: &Knowledge,
    prior: &HypothesisPrior,
) -> Vec<Hypothesis> {
    let mut profiles: Vec<(f64, CampaignProfile)> = Vec::new();
    for campaign in found.campaigns.iter().filter(|c| is_likely(c.probability)) {
        let waves: Vec<&Wave> =
            found.waves.iter().filter(|w| w.campaign_id == campaign.campaign_id).collect();
        let joined: Vec<&Intrusion> = intrusions
            .iter()
            .filter(|i| i.campaign_id.as_deref() == Some(&campaign.campaign_id))
            .collect();
        profiles.push((
            campaign.probability.get(),
            profile(&campaign.campaign_id, Some(campaign), &waves, &joined, findings),
        ));
    }
    for intrusion in
        intrusions.iter().filter(|i| i.campaign_id.is_none() && is_likely(i.probability))
    {
        profiles.push((
            intrusion.probability.get(),
            profile(&intrusion.intrusion_id, None, &[], &[intrusion], findings),
        ));
    }
    profiles
        .sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.campaign_id.cmp(&b.1.campaign_id)));
    profiles
        .iter()
        .take(HYPOTHESES_FOR)
        .flat_map(|(_, profile)| hypothesise(profile, knowledge, prior))
        .collect()
}

/// Techniques with the bytes that show them: of waves, of intrusions, and of rules that
/// matched an event of those intrusions' accounts within their time.
fn profile(
    id: &str,
    campaign: Option<&Campaign>,
    waves: &[&Wave],
    intrusions: &[&Intrusion],
    findings: &[Finding],
) -> CampaignProfile {
    let mut seen: Vec<TechniqueSeen> = Vec::new();
    for wave in waves {
        let evidence: Vec<_> =
            wave.features.iter().flat_map(|f| f.evidence.iter().cloned()).take(5).collect();
        seen.extend(wave.techniques.iter().map(|technique| TechniqueSeen {
            id: technique.clone(),
            why: format!("wave {}", wave.wave_id),
            evidence: evidence.clone(),
        }));
    }
    for intrusion in intrusions {
        let evidence: Vec<_> = intrusion.evidence.iter().take(5).cloned().collect();
        seen.extend(intrusion.techniques.iter().map(|technique| TechniqueSeen {
            id: technique.clone(),
            why: format!("intrusion into {}", intrusion.account),
            evidence: evidence.clone(),
        }));
        let cited: std::collections::BTreeSet<_> = intrusion.evidence.iter().collect();
        for finding in findings.iter().filter(|f| cited.contains(&f.evidence)) {
            seen.extend(finding.techniques.iter().map(|technique| TechniqueSeen {
                id: technique.clone(),
                why: format!("rule {}", finding.rule),
                evidence: vec![finding.evidence.clone()],
            }));
        }
    }
    seen.sort_by(|a, b| (&a.id, &a.why, &a.evidence).cmp(&(&b.id, &b.why, &b.evidence)));
    seen.dedup_by(|a, b| a.id == b.id && a.why == b.why);
    CampaignProfile {
        campaign_id: id.to_owned(),
        probability: campaign.map_or_else(
            || intrusions.iter().map(|i| i.probability).max().unwrap_or_default(),
            |campaign| campaign.probability,
        ),
        techniques: seen,
        ..CampaignProfile::default()
    }
}

/// The last committed state of the case, and whether a run holds in it.
///
/// # Errors
/// When the folder is no case.
pub fn has_run(case: &Path) -> Result<bool, CaseError> {
    Ok(Lake::open(case)?.manifest().run.is_some())
}
