use super::*;
use crate::attribution::knowledge::tests::small;

fn seen(id: &str) -> TechniqueSeen {
    TechniqueSeen {
        id: id.to_owned(),
        why: "wave w1".to_owned(),
        evidence: vec![EvidenceRef { path: "a.mbox".to_owned(), ..EvidenceRef::default() }],
    }
}

fn campaign(ids: &[&str]) -> CampaignProfile {
    CampaignProfile {
        campaign_id: "c1:x".to_owned(),
        probability: Probability::new(0.9),
        techniques: ids.iter().map(|id| seen(id)).collect(),
        ..CampaignProfile::default()
    }
}

fn tier<'a>(rows: &'a [Hypothesis], tier: &str) -> Vec<&'a Hypothesis> {
    rows.iter().filter(|row| row.tier == tier).collect()
}

fn check(rows: &[Hypothesis]) {
    for name in ["operator", "state", "organisation"] {
        let sum: f64 = tier(rows, name).iter().map(|row| row.probability.get()).sum();
        assert!((sum - 1.0).abs() < 2e-6, "{name}: {sum}");
        assert_eq!(tier(rows, name).iter().filter(|row| row.name == "unknown").count(), 1);
    }
    for row in rows.iter().filter(|row| row.tier == "operator" || row.tier == "cluster") {
        let parts = row.supporting.iter().chain(&row.contradicting);
        let sum: MicroNats = parts.map(|part| part.log_likelihood_ratio).sum();
        let stated = between(row.prior, row.probability);
        assert_eq!(sum, stated, "{row:#?}");
        assert_eq!(row.term, term(row.probability));
        assert!(!row.snapshot.is_empty());
    }
}

#[test]
fn tiers_are_apart_and_parts_add_up() {
    let known = small();
    let rows =
        hypothesise(&campaign(&["T1566.002", "T1566.002"]), &known, &HypothesisPrior::default());
    check(&rows);
    let cluster = tier(&rows, "cluster");
    assert_eq!((cluster[0].name.as_str(), cluster[0].term.as_str()), ("c1:x", "very likely"));
    let alpha = rows.iter().find(|row| row.name == "ALPHA").unwrap();
    let for_it = alpha.supporting.iter().find(|part| part.techniques == ["T1566.002"]).unwrap();
    assert!(for_it.what.contains("reported of ALPHA") && for_it.evidence.len() == 1, "{for_it:?}");
    let beta = rows.iter().find(|row| row.name == "BETA").unwrap();
    assert!(beta.contradicting.iter().any(|part| part.what.contains("not reported of BETA")));
}

#[test]
fn techniques_alone_leave_unknown_first() {
    let known = Knowledge::shipped().unwrap();
    let all = ["T1566.002", "T1583.001", "T1598.003", "T1656", "T1114.003", "T1528", "T1213"];
    for count in 0..=all.len() {
        let rows = hypothesise(&campaign(&all[..count]), &known, &HypothesisPrior::default());
        check(&rows);
        let operators = tier(&rows, "operator");
        assert_eq!(operators.len(), LISTED + 1);
        assert_eq!(operators[0].name, "unknown", "{count}");
    }
    // Everything that is known of a set, as a copyist would show it.
    let copied: Vec<&str> = known.sets[known.set("G0128").unwrap()]
        .techniques
        .iter()
        .map(|relation| known.techniques[relation.target].id.as_str())
        .collect();
    let rows = hypothesise(&campaign(&copied), &known, &HypothesisPrior::default());
    check(&rows);
    for row in tier(&rows, "operator").iter().filter(|row| row.name != "unknown") {
        assert!(row.probability.get() <= MAX_THICK_MARGIN, "{row:?}");
    }
}

#[test]
fn what_others_assess_is_never_found_here() {
    let rows = hypothesise(&campaign(&["T1566.002"]), &small(), &HypothesisPrior::default());
    for row in tier(&rows, "state").iter().filter(|row| row.name != "unknown") {
        assert!(row.probability.get() <= MAX_STATE);
        assert!(!row.supporting.is_empty());
        for part in &row.supporting {
            assert!(part.what.starts_with("assessed by ") && part.evidence.is_empty());
            assert_eq!(part.log_likelihood_ratio, MicroNats(0));
        }
    }
}

#[test]
fn what_was_covered_and_not_seen_speaks_against() {
    let mut profile = campaign(&["T1566.002"]);
    profile.covered = vec!["T1114.003".to_owned(), "T1566.002".to_owned()];
    let rows = hypothesise(&profile, &small(), &HypothesisPrior::default());
    check(&rows);
    let beta = rows.iter().find(|row| row.name == "BETA").unwrap();
    assert!(beta.contradicting.iter().any(|part| part.what.contains("covered here, not seen")));
}

#[test]
fn one_forged_item_is_named() {
    let known = small();
    let rows =
        sensitivity(&campaign(&["T1566.002", "T1114.003"]), &known, &HypothesisPrior::default());
    assert_eq!(
        rows.iter().map(|row| row.item.as_str()).collect::<Vec<_>>(),
        ["T1114.003", "T1566.002"]
    );
    assert!(rows.iter().all(|row| row.with == "unknown"));
}
