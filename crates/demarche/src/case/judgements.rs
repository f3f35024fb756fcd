//! What analysts judge, kept beside what is computed: probabilities, hypotheses and evidence
//! of their own, marks in the matrix, and approvals; each with name and time.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use demarche_core::terms::{ICD203, phia, term};
use demarche_core::{AchCell, Hypothesis, Judgement, Probability};
use serde_json::{Value, json};

use super::CaseError;
use super::approvals::{APPROVAL, Named};
use super::decisions::{Decision, Decisions, in_force, read};

/// Kinds of decisions that this module writes.
const PROBABILITY: &str = "probability";
const HYPOTHESIS: &str = "hypothesis";
const EVIDENCE: &str = "evidence";
const MARK: &str = "mark";
/// The marks of the matrix.
const MARKS: [&str; 3] = ["consistent", "inconsistent", "neutral"];
/// The tiers of hypotheses.
const TIERS: [&str; 5] = ["cluster", "campaign", "operator", "organisation", "state"];

/// One judgement, before it is recorded.
#[derive(Clone, Debug)]
pub enum Judged {
    /// How probable an analyst holds a hypothesis; `adds` where it is the analyst's own.
    Hypothesis {
        /// Campaign.
        campaign: String,
        /// Tier.
        tier: String,
        /// Its name.
        name: String,
        /// Whether it is new.
        adds: bool,
        /// The analyst's probability.
        probability: Option<Probability>,
        /// Reasons.
        why: String,
    },
    /// Evidence that no table holds.
    Evidence {
        /// Campaign.
        campaign: String,
        /// Tier.
        tier: String,
        /// In words.
        what: String,
        /// Admiralty grade, `B2`.
        grade: String,
        /// Hypothesis to mark.
        marks: BTreeMap<String, String>,
    },
    /// A mark beside the computed one.
    Mark {
        /// Campaign.
        campaign: String,
        /// Tier.
        tier: String,
        /// Key of the evidence.
        item: String,
        /// Hypothesis.
        hypothesis: String,
        /// The mark.
        mark: String,
        /// Reasons.
        why: String,
    },
    /// That a name may leave the house.
    Approval(Named),
}

/// Records a judgement.
///
/// # Errors
/// [`CaseError::Usage`] for a mark, a tier or a grade that is none.
pub fn judge(case: &Path, by: &str, judged: &Judged) -> Result<Decision, CaseError> {
    // Not through the decisions' file, which would make a folder's file where there is no case.
    drop(demarche_lake::Lake::open(case)?);
    let usage = |what: String, hint: &str| Err(CaseError::Usage { what, hint: hint.to_owned() });
    let bad_tier = |tier: &String| !TIERS.contains(&tier.as_str());
    let bad_mark = |mark: &String| !MARKS.contains(&mark.as_str());
    let (kind, subject, detail) = match judged {
        Judged::Hypothesis { tier, .. }
        | Judged::Evidence { tier, .. }
        | Judged::Mark { tier, .. }
            if bad_tier(tier) =>
        {
            return usage(format!("there is no tier `{tier}`"), &TIERS.join(", "));
        }
        Judged::Hypothesis { campaign, tier, name, adds, probability, why } => (
            if *adds { HYPOTHESIS } else { PROBABILITY },
            campaign.clone(),
            json!({ "tier": tier, "name": name, "why": why,
                "probability": probability.map(Probability::get) }),
        ),
        Judged::Evidence { campaign, tier, what, grade, marks } => {
            let graded = grade.len() == 2
                && grade.starts_with(|c| ('A'..='F').contains(&c))
                && grade.ends_with(|c| ('1'..='6').contains(&c));
            if !graded {
                return usage(
                    format!("`{grade}` is no Admiralty grade"),
                    "a letter A to F for the source, a digit 1 to 6 for what it says: B2",
                );
            }
            if let Some(mark) = marks.values().find(|mark| bad_mark(mark)) {
                return usage(format!("there is no mark `{mark}`"), &MARKS.join(", "));
            }
            let detail = json!({ "tier": tier, "what": what, "grade": grade, "marks": marks });
            (EVIDENCE, campaign.clone(), detail)
        }
        Judged::Mark { campaign, tier, item, hypothesis, mark, why } => {
            if bad_mark(mark) {
                return usage(format!("there is no mark `{mark}`"), &MARKS.join(", "));
            }
            let detail = json!({ "tier": tier, "item": item, "hypothesis": hypothesis,
                "mark": mark, "why": why });
            (MARK, campaign.clone(), detail)
        }
        Judged::Approval(named) => (APPROVAL, named.subject(), json!({})),
    };
    Decisions::open(case)?.add(by, kind, &subject, &detail)
}

/// Takes a judgement back.
///
/// # Errors
/// [`CaseError::Usage`] when there is no such decision in force.
pub fn undo(case: &Path, by: &str, number: u64) -> Result<Decision, CaseError> {
    drop(demarche_lake::Lake::open(case)?);
    Decisions::open(case)?.undo(by, number, case)
}

/// Every decision in force, for a list.
///
/// # Errors
/// What the decisions' file says.
pub fn list(case: &Path) -> Result<Vec<Decision>, CaseError> {
    Ok(in_force(read(case)?))
}

/// The matrix with analysts' hypotheses, evidence and marks beside the computed ones, and the
/// `judgements` table. The word for a probability follows the scale of the run's rows.
pub(super) fn lay_over(
    mut cells: Vec<AchCell>,
    decisions: &[Decision],
    hypotheses: &[Hypothesis],
) -> (Vec<AchCell>, Vec<Judgement>) {
    let scale = hypotheses.first().map_or(ICD203, |row| row.term_scale.as_str());
    let mut judgements = Vec::new();
    // Hypotheses first: evidence and marks may speak of them.
    let order = [PROBABILITY, HYPOTHESIS, EVIDENCE, MARK, APPROVAL];
    for kind in order {
        for decision in decisions.iter().filter(|decision| decision.kind == kind) {
            let judgement = judgement(decision, scale);
            match kind {
                HYPOTHESIS => add_hypothesis(&mut cells, decision),
                EVIDENCE => add_evidence(&mut cells, decision, hypotheses),
                MARK => add_mark(&mut cells, decision),
                _ => {}
            }
            judgements.push(judgement);
        }
    }
    judgements.sort_by_key(|judgement| judgement.number);
    cells.sort_by(|a, b| {
        (&a.campaign_id, &a.tier, &a.item, &a.hypothesis).cmp(&(
            &b.campaign_id,
            &b.tier,
            &b.item,
            &b.hypothesis,
        ))
    });
    (cells, judgements)
}

fn text(detail: &Value, field: &str) -> String {
    detail[field].as_str().unwrap_or_default().to_owned()
}

fn judgement(decision: &Decision, scale: &str) -> Judgement {
    let detail = &decision.detail;
    let probability = detail["probability"].as_f64().map(Probability::new);
    let approval = decision.kind == APPROVAL;
    let why = match decision.kind.as_str() {
        EVIDENCE => format!("{} ({})", text(detail, "what"), text(detail, "grade")),
        MARK => {
            format!("{} is {}: {}", text(detail, "item"), text(detail, "mark"), text(detail, "why"))
        }
        _ => text(detail, "why"),
    };
    let name = match decision.kind.as_str() {
        MARK => text(detail, "hypothesis"),
        _ if approval => decision.subject.clone(),
        _ => text(detail, "name"),
    };
    Judgement {
        number: decision.number,
        kind: decision.kind.clone(),
        campaign_id: if approval { String::new() } else { decision.subject.clone() },
        tier: text(detail, "tier"),
        name,
        probability: probability.unwrap_or_default(),
        term: probability
            .map(|p| if scale == ICD203 { term(p) } else { phia(p) })
            .unwrap_or_default()
            .to_owned(),
        why,
        judged_by: decision.decided_by.clone(),
        judged_at: Some(decision.decided_at),
    }
}

/// An analyst's hypothesis against every item that stands there: neutral until marked.
fn add_hypothesis(cells: &mut Vec<AchCell>, decision: &Decision) {
    let (tier, name) = (text(&decision.detail, "tier"), text(&decision.detail, "name"));
    let here = |cell: &&AchCell| cell.campaign_id == decision.subject && cell.tier == tier;
    if cells.iter().filter(here).any(|cell| cell.hypothesis == name) {
        return;
    }
    let items: BTreeMap<String, AchCell> =
        cells.iter().filter(here).map(|cell| (cell.item.clone(), cell.clone())).collect();
    cells.extend(items.into_values().map(|cell| AchCell {
        hypothesis: name.clone(),
        mark: "neutral".to_owned(),
        log_likelihood_ratio: demarche_core::MicroNats(0),
        ..cell
    }));
}

/// An analyst's evidence against every hypothesis.
fn add_evidence(cells: &mut Vec<AchCell>, decision: &Decision, hypotheses: &[Hypothesis]) {
    let detail = &decision.detail;
    let tier = text(detail, "tier");
    let computed = hypotheses
        .iter()
        .filter(|row| row.campaign_id == decision.subject && row.tier == tier)
        .map(|row| row.name.clone());
    let own = cells
        .iter()
        .filter(|cell| cell.campaign_id == decision.subject && cell.tier == tier)
        .map(|cell| cell.hypothesis.clone());
    let marked = detail["marks"].as_object().into_iter().flat_map(|marks| marks.keys().cloned());
    let names: BTreeSet<String> = computed.chain(own).chain(marked).collect();
    cells.extend(names.into_iter().map(|name| {
        let mark = detail["marks"][&name].as_str().unwrap_or("neutral").to_owned();
        AchCell {
            campaign_id: decision.subject.clone(),
            tier: tier.clone(),
            hypothesis: name,
            item: format!("analyst:{}", decision.number),
            what: text(detail, "what"),
            origin: "analyst".to_owned(),
            analyst_mark: mark.clone(),
            mark,
            grade: text(detail, "grade"),
            judged_by: decision.decided_by.clone(),
            judged_at: Some(decision.decided_at),
            ..AchCell::default()
        }
    }));
}

fn add_mark(cells: &mut [AchCell], decision: &Decision) {
    let detail = &decision.detail;
    let (tier, item) = (text(detail, "tier"), text(detail, "item"));
    let hypothesis = text(detail, "hypothesis");
    for cell in cells.iter_mut().filter(|cell| {
        cell.campaign_id == decision.subject
            && cell.tier == tier
            && cell.item == item
            && cell.hypothesis == hypothesis
    }) {
        cell.analyst_mark = text(detail, "mark");
        cell.judged_by.clone_from(&decision.decided_by);
        cell.judged_at = Some(decision.decided_at);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn judgements_stand_beside_what_is_computed() {
        let case = tempfile::tempdir().unwrap();
        drop(demarche_lake::Writer::open(case.path()).unwrap());
        let campaign = "k1:a".to_owned();
        let tier = "operator".to_owned();
        let hypothesis = |name: &str, adds, probability| Judged::Hypothesis {
            campaign: campaign.clone(),
            tier: tier.clone(),
            name: name.to_owned(),
            adds,
            probability,
            why: "a lead".to_owned(),
        };
        let judge = |judged: &Judged| judge(case.path(), "Ada", judged);
        judge(&hypothesis("OWN", true, Some(Probability::new(0.3)))).unwrap();
        judge(&Judged::Evidence {
            campaign: campaign.clone(),
            tier: tier.clone(),
            what: "a partner's word".to_owned(),
            grade: "B2".to_owned(),
            marks: BTreeMap::from([("OWN".to_owned(), "consistent".to_owned())]),
        })
        .unwrap();
        let mark = |mark: &str| Judged::Mark {
            campaign: campaign.clone(),
            tier: tier.clone(),
            item: "T1".to_owned(),
            hypothesis: "ALPHA".to_owned(),
            mark: mark.to_owned(),
            why: String::new(),
        };
        judge(&mark("inconsistent")).unwrap();
        assert!(judge(&mark("maybe")).is_err());
        let row = Hypothesis {
            campaign_id: campaign.clone(),
            tier: tier.clone(),
            name: "ALPHA".to_owned(),
            term_scale: "PHIA".to_owned(),
            ..Hypothesis::default()
        };
        let cell = AchCell {
            campaign_id: campaign.clone(),
            tier: tier.clone(),
            hypothesis: "ALPHA".to_owned(),
            item: "T1".to_owned(),
            mark: "consistent".to_owned(),
            ..AchCell::default()
        };
        let decisions = list(case.path()).unwrap();
        let (cells, judgements) = lay_over(vec![cell], &decisions, &[row]);
        let find = |item: &str, name: &str| {
            cells.iter().find(|c| c.item.starts_with(item) && c.hypothesis == name).unwrap()
        };
        assert_eq!(find("T1", "ALPHA").mark, "consistent");
        assert_eq!(find("T1", "ALPHA").analyst_mark, "inconsistent");
        assert_eq!(find("T1", "OWN").mark, "neutral");
        assert_eq!(find("analyst:", "OWN").mark, "consistent");
        assert_eq!(find("analyst:", "ALPHA").mark, "neutral");
        assert_eq!(judgements.len(), 3);
        assert_eq!(
            (judgements[0].term.as_str(), judgements[0].judged_by.as_str()),
            ("unlikely", "Ada")
        );
        undo(case.path(), "Bo", 1).unwrap();
        assert_eq!(list(case.path()).unwrap().len(), 2);
    }
}
