//! What people and lists say in the sample.

use demarche_core::{AchCell, Judgement, MicroNats, NameMatch, NamedDesignation};

use super::{hypotheses, p, reference, time};

pub(super) fn matrix() -> Vec<AchCell> {
    let hypotheses = hypotheses();
    let operators = hypotheses.iter().filter(|row| row.tier == "operator");
    let mut cells = Vec::new();
    for (at, row) in operators.enumerate() {
        for (n, item) in ["T1566.002", "T1204.001"].into_iter().enumerate() {
            let weight = if (at + n) % 2 == 0 { 1.2 } else { -0.7 };
            cells.push(AchCell {
                campaign_id: row.campaign_id.clone(),
                tier: row.tier.clone(),
                hypothesis: row.name.clone(),
                item: item.to_owned(),
                what: "links with tokens that name their recipient".to_owned(),
                origin: "found here".to_owned(),
                mark: if weight > 0.0 { "consistent" } else { "inconsistent" }.to_owned(),
                log_likelihood_ratio: MicroNats::from_nats(weight),
                diagnosticity: MicroNats::from_nats(1.9),
                grade: "A3".to_owned(),
                analyst_mark: if at == 0 { "neutral" } else { "" }.to_owned(),
                judged_by: if at == 0 { "Ada" } else { "" }.to_owned(),
                judged_at: None,
                evidence: vec![reference("mail/parliament.mbox", 9_000)],
            });
        }
    }
    cells
}

pub(super) fn judgements() -> Vec<Judgement> {
    let rows = hypotheses();
    let first = rows.iter().find(|row| row.tier == "operator").expect("the sample has one");
    let judged = |number: u64, kind: &str, why: &str, probability: f64| Judgement {
        number,
        kind: kind.to_owned(),
        campaign_id: first.campaign_id.clone(),
        tier: first.tier.clone(),
        name: first.name.clone(),
        probability: p(probability),
        term: if probability > 0.0 { "likely" } else { "" }.to_owned(),
        why: why.to_owned(),
        judged_by: "Ada".to_owned(),
        judged_at: time("2024-10-30"),
    };
    vec![
        judged(1, "probability", "a partner saw the same infrastructure", 0.7),
        judged(2, "mark", "T1566.002 is neutral: everybody does this", 0.0),
        judged(3, "evidence", "a partner\u{2019}s word (B2)", 0.0),
    ]
}

pub(super) fn designations() -> Vec<NamedDesignation> {
    vec![NamedDesignation {
        list: "EU".to_owned(),
        reference: "EU.42.7".to_owned(),
        kind: "entity".to_owned(),
        name: "Cosmic Panda".to_owned(),
        programme: "cyber".to_owned(),
        matched: vec![NameMatch {
            kind: "claim".to_owned(),
            id: "s1:1".to_owned(),
            name: "cosmic panda".to_owned(),
            listed_as: "Cosmic Panda".to_owned(),
        }],
        note: NamedDesignation::NOTE.to_owned(),
        ..NamedDesignation::default()
    }]
}
