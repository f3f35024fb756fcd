//! The matrix of competing hypotheses: every hypothesis against every item of evidence.
//!
//! What is computed comes from the parts of the hypotheses' own rows, so that the matrix
//! and the probabilities cannot disagree: an item that moves a hypothesis is consistent or
//! inconsistent with it, one that does not is neutral. Diagnosticity is how far an item's
//! weight differs between hypotheses: an item that is consistent with all of them tells
//! nothing (Heuer). What others assess stands in the matrix with no weight, once for each
//! origin, however many outlets repeat it.

use std::collections::{BTreeMap, BTreeSet};

use demarche_core::{AchCell, Act, Claim, EvidenceRef, Hypothesis, MicroNats, Support};

/// Below this many nats a part leaves a hypothesis where it was.
const NEUTRAL: f64 = 0.1;
/// References kept of an item.
const CITED: usize = 5;

/// An item of evidence within a campaign and tier.
#[derive(Default)]
struct Item {
    what: String,
    origin: &'static str,
    grade: String,
    weights: BTreeMap<String, MicroNats>,
    marks: BTreeMap<String, &'static str>,
    evidence: BTreeSet<EvidenceRef>,
}

/// The matrix of all hypotheses, in the order of campaign, tier, item, hypothesis.
#[must_use]
pub fn matrix(
    hypotheses: &[Hypothesis],
    claims: &[Claim],
    names: &BTreeMap<String, String>,
) -> Vec<AchCell> {
    let mut groups: BTreeMap<(&str, &str), Vec<&Hypothesis>> = BTreeMap::new();
    for row in hypotheses {
        groups.entry((&row.campaign_id, &row.tier)).or_default().push(row);
    }
    let mut cells = Vec::new();
    for ((campaign, tier), rows) in groups {
        let mut items: BTreeMap<String, Item> = BTreeMap::new();
        for row in &rows {
            for part in row.supporting.iter().chain(&row.contradicting) {
                found(&mut items, row, part);
            }
        }
        if tier == "operator" || tier == "state" {
            assessed(&mut items, &rows, tier, claims, names);
        }
        for (key, item) in items {
            let weight =
                |row: &Hypothesis| item.weights.get(&row.name).copied().unwrap_or_default();
            let most = rows.iter().map(|row| weight(row)).max().unwrap_or_default();
            let least = rows.iter().map(|row| weight(row)).min().unwrap_or_default();
            for row in &rows {
                let computed = mark(weight(row));
                cells.push(AchCell {
                    campaign_id: campaign.to_owned(),
                    tier: tier.to_owned(),
                    hypothesis: row.name.clone(),
                    item: key.clone(),
                    what: item.what.clone(),
                    origin: item.origin.to_owned(),
                    mark: item.marks.get(&row.name).copied().unwrap_or(computed).to_owned(),
                    log_likelihood_ratio: weight(row),
                    diagnosticity: MicroNats(most.0.saturating_sub(least.0)),
                    grade: item.grade.clone(),
                    evidence: item.evidence.iter().take(CITED).cloned().collect(),
                    ..AchCell::default()
                });
            }
        }
    }
    cells.sort_by(|a, b| {
        (&a.campaign_id, &a.tier, &a.item, &a.hypothesis).cmp(&(
            &b.campaign_id,
            &b.tier,
            &b.item,
            &b.hypothesis,
        ))
    });
    cells
}

fn mark(weight: MicroNats) -> &'static str {
    match weight.nats() {
        nats if nats > NEUTRAL => "consistent",
        nats if nats < -NEUTRAL => "inconsistent",
        _ => "neutral",
    }
}

/// A part of a hypothesis' own row.
fn found(items: &mut BTreeMap<String, Item>, row: &Hypothesis, part: &Support) {
    let others = part.what.starts_with("assessed by ");
    let head = part.what.split(&[':', ';'][..]).next().unwrap_or(&part.what);
    let key = match part.techniques.first() {
        Some(id) if !others => id.clone(),
        _ => head.split(',').next().unwrap_or(head).chars().take(80).collect(),
    };
    let item = items.entry(key).or_default();
    if item.what.is_empty() {
        // What was seen, without what is reported of one hypothesis.
        item.what = head.to_owned();
        item.origin = if others { "assessed by others" } else { "found here" };
        item.grade = grade(part, others);
    }
    if others {
        item.marks.insert(row.name.clone(), "consistent");
    }
    let weight = item.weights.entry(row.name.clone()).or_default();
    *weight = MicroNats(weight.0.saturating_add(part.log_likelihood_ratio.0));
    item.evidence.extend(part.evidence.iter().cloned());
}

/// The Admiralty grade of a part: our own records, hashed as they came in, are a reliable
/// source; what they show is confirmed when two of them show it. Others' compiled assessments
/// are usually reliable, and cannot be judged from here.
fn grade(part: &Support, others: bool) -> String {
    match (others, part.evidence.len()) {
        (true, _) => "B6",
        (false, 0) => "A3",
        (false, 1) => "A2",
        (false, _) => "A1",
    }
    .to_owned()
}

/// Claims that name a hypothesis: one item for each origin.
fn assessed(
    items: &mut BTreeMap<String, Item>,
    rows: &[&Hypothesis],
    tier: &str,
    claims: &[Claim],
    names: &BTreeMap<String, String>,
) {
    for claim in claims {
        let says = matches!(
            claim.act,
            Act::Attribute | Act::Accuse | Act::Charge | Act::Sanction | Act::Deny
        );
        if !says || claim.status == "rejected" || claim.speaker.is_empty() {
            continue;
        }
        let known = |name: &String| {
            names.get(&name.to_lowercase()).cloned().unwrap_or_else(|| name.clone())
        };
        let denies = claim.act == Act::Deny;
        let about: BTreeSet<String> = if denies && tier == "state" {
            BTreeSet::from([known(&claim.speaker)])
        } else {
            claim.about.iter().map(known).collect()
        };
        let hits: Vec<&&Hypothesis> = rows.iter().filter(|row| about.contains(&row.name)).collect();
        if hits.is_empty() {
            continue;
        }
        // Its origin: who said it, not who repeats it.
        let whom = about.iter().cloned().collect::<Vec<_>>().join(", ");
        let key =
            format!("claims:{}:{}:{whom}", claim.speaker, if denies { "deny" } else { "assess" });
        let verb = if denies { "denied" } else { "assessed" };
        let item = items.entry(key).or_default();
        if item.what.is_empty() {
            let on = if claim.said_on.is_empty() { "no day stated" } else { &claim.said_on };
            item.what = format!("{verb} by {} ({on}), not found here: {whom}", claim.speaker);
            item.origin = "assessed by others";
            item.grade = if claim.authority.is_empty() { "C6" } else { "B6" }.to_owned();
        }
        for row in hits {
            let mark = if denies { "inconsistent" } else { "consistent" };
            item.marks.insert(row.name.clone(), mark);
        }
        item.evidence.insert(claim.evidence.clone());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(name: &str, nats: f64) -> Hypothesis {
        Hypothesis {
            campaign_id: "c".into(),
            tier: "operator".into(),
            name: name.into(),
            supporting: vec![Support {
                what: format!("T1566 Phishing: reported of {name}"),
                techniques: vec!["T1566".into()],
                log_likelihood_ratio: MicroNats::from_nats(nats),
                ..Support::default()
            }],
            ..Hypothesis::default()
        }
    }

    fn claim(speaker: &str, by: &str) -> Claim {
        Claim {
            speaker: speaker.into(),
            act: Act::Attribute,
            about: vec!["APT31".into()],
            reported_by: by.into(),
            said_on: "2024-03-25".into(),
            ..Claim::default()
        }
    }

    #[test]
    fn items_stand_against_all_hypotheses() {
        let rows = [row("ALPHA", 1.5), row("BETA", -0.5), row("unknown", 0.0)];
        let names = BTreeMap::from([("apt31".to_owned(), "ALPHA".to_owned())]);
        let claims: Vec<Claim> =
            ["a", "b", "c", "d", "e"].iter().map(|by| claim("United Kingdom", by)).collect();
        let cells = matrix(&rows, &claims, &names);
        assert_eq!(cells.len(), 6);
        let of = |item: &str, name: &str| {
            let cell =
                cells.iter().find(|c| c.item.starts_with(item) && c.hypothesis == name).unwrap();
            (
                cell.mark.as_str(),
                cell.diagnosticity.nats(),
                cell.origin.as_str(),
                cell.log_likelihood_ratio.nats(),
            )
        };
        assert_eq!(of("T1566", "ALPHA"), ("consistent", 2.0, "found here", 1.5));
        assert_eq!(of("T1566", "BETA").0, "inconsistent");
        assert_eq!(of("T1566", "unknown").0, "neutral");
        // Five outlets that repeat one origin are one item, without weight.
        assert_eq!(
            of("claims:United Kingdom", "ALPHA"),
            ("consistent", 0.0, "assessed by others", 0.0)
        );
        assert_eq!(of("claims:United Kingdom", "BETA").0, "neutral");
    }
}
