//! The matrix of competing hypotheses, what people judged beside it, and designations.

use demarche_core::{AchCell, EvidenceRef, Judgement, NamedDesignation};

use super::Teller;
use super::judgements::plain;
use crate::catalogue::{say, tr};
use crate::inert::inert;
use crate::model::Statement;
use crate::words;

/// One item of evidence in the matrix: what it says, and its field for each hypothesis.
#[derive(Clone, Debug, Default, serde::Serialize)]
pub struct Item {
    /// Campaign, or the intrusion that none explains.
    pub campaign_id: String,
    /// Tier of the hypotheses.
    pub tier: String,
    /// The item in words.
    pub statement: Statement,
    /// By name of the hypothesis.
    pub cells: Vec<AchCell>,
}

/// The matrix, sorted by campaign, tier and item already, as items.
pub(super) fn items(teller: &mut Teller<'_>) -> Vec<Item> {
    let report = teller.report;
    let same = |a: &AchCell, b: &AchCell| {
        a.campaign_id == b.campaign_id && a.tier == b.tier && a.item == b.item
    };
    report.ach.chunk_by(same).map(|cells| item(teller, cells)).collect()
}

fn item(teller: &mut Teller<'_>, cells: &[AchCell]) -> Item {
    let Some(first) = cells.first() else { return Item::default() };
    let technique = first.item.starts_with('T') && first.item.len() <= 10;
    let mut sentence = teller.sentence().detail(&first.what);
    if technique {
        sentence = sentence.say(&format!(" [{}]", inert(&first.item, 12)));
    }
    let origin = match first.origin.as_str() {
        "found here" => tr("found here"),
        "assessed by others" => tr("assessed by others"),
        "analyst" => tr("an analyst\u{2019}s"),
        other => inert(other, 40).into(),
    };
    sentence = sentence.say(&format!(" ({origin}"));
    if !first.grade.is_empty() {
        let grade = say!("grade {grade}", grade = inert(&first.grade, 4));
        sentence = sentence.say(&format!(", {grade}"));
    }
    let sentence = sentence.say(")").done();
    let derivation = match first.origin.as_str() {
        "analyst" => format!("judgement: {}", inert(&first.item, 40)),
        _ => format!("attribution: matrix, diagnosticity {:.2} nats", first.diagnosticity.nats()),
    };
    let about = format!("{} {} {}", first.campaign_id, first.tier, first.item);
    let evidence: Vec<&EvidenceRef> = cells.iter().flat_map(|cell| &cell.evidence).collect();
    Item {
        campaign_id: first.campaign_id.clone(),
        tier: first.tier.clone(),
        statement: teller.state(&about, sentence, &derivation, evidence),
        cells: cells.to_vec(),
    }
}

/// A mark of the matrix in words.
pub(crate) fn mark_words(mark: &str) -> String {
    match mark {
        "consistent" => tr("consistent"),
        "inconsistent" => tr("inconsistent"),
        "neutral" => tr("neutral"),
        other => return inert(other, 20),
    }
    .into_owned()
}

/// What somebody judged, with name and day. It stands on the case's record of decisions;
/// where it speaks of an item of the matrix, on the item's bytes, too.
pub(super) fn judgement(teller: &mut Teller<'_>, row: &Judgement) -> Statement {
    let who = inert(&row.judged_by, 80);
    let name = || {
        if row.name == "unknown" {
            tr("one that the knowledge at hand does not name").into_owned()
        } else {
            inert(&row.name, 80)
        }
    };
    let place = say!(
        "{label}, {tier}",
        label = teller.subject_label(&row.campaign_id),
        tier = words::tier(&row.tier)
    );
    let probability =
        || format!("{} ({})", inert(&tr(&row.term), 40), words::percent(row.probability));
    let text = match row.kind.as_str() {
        "approval" => say!(
            "{who} approves that this name leaves the house: {name}",
            who = who,
            name = inert(&row.name, 80)
        ),
        "evidence" => say!("{place}: {who} adds evidence", place = place, who = who),
        "mark" => say!(
            "{place}: {who} marks an item against {name}",
            place = place,
            who = who,
            name = name()
        ),
        "hypothesis" if row.term.is_empty() => {
            say!("{place}: {who} adds {name}", place = place, who = who, name = name())
        }
        "hypothesis" => say!(
            "{place}: {who} adds {name} and judges it {likely}",
            place = place,
            who = who,
            name = name(),
            likely = probability()
        ),
        _ if row.term.is_empty() => {
            say!(
                "{place}: {who} gives no probability for {name}",
                place = place,
                who = who,
                name = name()
            )
        }
        _ => say!(
            "{place}: {who} judges {name} {likely}",
            place = place,
            who = who,
            name = name(),
            likely = probability()
        ),
    };
    let mut sentence = teller.sentence().say(&text);
    if !row.why.is_empty() {
        sentence = sentence.say(": ").detail(&row.why);
    }
    let day = row.judged_at.map(demarche_core::UtcMicros::date).unwrap_or_default();
    let sentence = sentence.say(&format!(" ({day}).")).done();
    let about = if row.campaign_id.is_empty() {
        format!("decision {}", row.number)
    } else {
        format!("{} {} {}", row.campaign_id, row.tier, row.name)
    };
    let items = teller.report.ach.iter().filter(|cell| {
        cell.campaign_id == row.campaign_id
            && cell.tier == row.tier
            && row.kind == "mark"
            && row.why.starts_with(&format!("{} is ", cell.item))
    });
    let evidence: Vec<&EvidenceRef> = items.flat_map(|cell| &cell.evidence).collect();
    teller.state(&about, sentence, &format!("judgement: decision {}", row.number), evidence)
}

/// A listed name that reads like one in a claim or in what is known.
pub(super) fn designation(teller: &mut Teller<'_>, row: &NamedDesignation) -> Statement {
    let report = teller.report;
    let claim_at = |id: &str| report.claims.iter().position(|claim| claim.claim_id == id);
    let places: Vec<String> = row
        .matched
        .iter()
        .map(|found| {
            let name = inert(&found.name, 80);
            match (found.kind.as_str(), claim_at(&found.id)) {
                ("claim", Some(at)) => {
                    say!("\u{201c}{name}\u{201d} in S{number}", name = name, number = at + 1)
                }
                ("claim", None) => say!("\u{201c}{name}\u{201d} in a claim", name = name),
                _ => say!("\u{201c}{name}\u{201d} among the names known", name = name),
            }
        })
        .collect();
    let mut regime = vec![inert(&row.programme, 120), inert(&row.legal_act, 160)];
    regime.retain(|text| !text.is_empty());
    let text = say!(
        "The list {list} has under {reference} {name}{regime}. It reads like {places}: two names \
         read alike, which is never attribution.",
        list = inert(&row.list, 60),
        reference = inert(&row.reference, 60),
        name = inert(&row.name, 120),
        regime =
            if regime.is_empty() { String::new() } else { format!(" ({})", regime.join("; ")) },
        places = words::list(&places, 6),
    );
    let claims = row.matched.iter().filter_map(|found| claim_at(&found.id));
    let evidence: Vec<&EvidenceRef> = claims.map(|at| &report.claims[at].evidence).collect();
    let about = format!("{} {}", row.list, row.reference);
    teller.state(&about, plain(text), "designation: a name read alike", evidence)
}
