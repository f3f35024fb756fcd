//! From scored bursts to the rows of `waves` and `campaigns`.

use std::collections::{BTreeMap, BTreeSet};

use demarche_core::{Campaign, EvidenceRef, Link, MicroNats, Probability, ScoredFeature, Wave, id};

use super::bursts::Burst;
use super::counts::Archive;
use super::links::{Links, Pair, span};
use super::score::{Audience, Scored};
use super::weights::{SAME_HAND_MOST, STANDS_ALONE};
use super::{CampaignInput, Parameters, victims};

/// References that one statement carries at most.
const CITED: usize = 20;

/// Bursts less probable by their own evidence cannot be lifted over any sensible floor.
const CONSIDERED_FROM: f64 = 1e-4;
/// From which probability on a wave speaks for others.
const CORROBORATES: f64 = 0.5;
/// Rounds of corroboration.
const ROUNDS: usize = 4;

/// A burst that is put out as a wave.
#[derive(Debug)]
pub(super) struct Candidate<'b> {
    /// `w1:` + hash of its smallest message uid.
    pub(super) id: String,
    /// Its burst.
    pub(super) burst: &'b Burst,
    /// Its score.
    pub(super) scored: Scored,
    /// Its smallest message uid.
    pub(super) smallest: String,
}

/// Bursts that may become waves: those whose own evidence leaves them above a floor below
/// the user's (a link to another wave may lift them over it), all at one half or above and
/// the most probable others within the budget; in order of time.
pub(super) fn choose<'b>(
    archive: &Archive<'_>,
    bursts: &'b [Burst],
    scored: Vec<Scored>,
    parameters: &Parameters,
) -> Vec<Candidate<'b>> {
    let floor = parameters.floor.min(Probability::new(CONSIDERED_FROM));
    let mut all: Vec<Candidate<'b>> = bursts
        .iter()
        .zip(scored)
        .filter(|(_, scored)| scored.probability >= floor)
        .filter_map(|(burst, scored)| {
            let uid = |&i: &usize| archive.row(&archive.messages[i]).message_uid.as_str();
            let smallest = burst.messages.iter().map(uid).min()?.to_owned();
            let id = format!("w1:{}", id::short_hash(&[smallest.as_bytes()]));
            Some(Candidate { id, burst, scored, smallest })
        })
        .collect();
    all.sort_by(|a, b| {
        b.scored.probability.cmp(&a.scored.probability).then_with(|| a.id.cmp(&b.id))
    });
    let half = Probability::new(0.5);
    let sure = all.partition_point(|wave| wave.scored.probability >= half);
    all.truncate(sure + parameters.budget);
    all.sort_by(|a, b| a.burst.messages.cmp(&b.burst.messages).then_with(|| a.id.cmp(&b.id)));
    all
}

/// Lets each wave be raised by its strongest link to one that is likely, and held down
/// where no link is to be found: operators of this kind send wave upon wave, while an
/// honest mailing that merely looks alike mostly stands alone. Probabilities feed on each
/// other, so a few rounds from the waves' own evidence settle them.
pub(super) fn corroborate(candidates: &mut [Candidate<'_>], links: &Links, prior: Probability) {
    let own: Vec<Scored> = candidates.iter().map(|wave| wave.scored.clone()).collect();
    let mut bonds: Vec<Vec<(usize, f64)>> = vec![Vec::new(); candidates.len()];
    // A sender's own mailings vouch for nothing: honest ones send several, too.
    for pair in links.pairs.iter().filter(|pair| pair.links() && !pair.same_sender) {
        for (wave, other) in [(pair.a, pair.b), (pair.b, pair.a)] {
            if let Some(bonds) = bonds.get_mut(wave) {
                bonds.push((other, pair.weight));
            }
        }
    }
    for _ in 0..ROUNDS {
        let before: Vec<(f64, String, &[u32])> = candidates
            .iter()
            .map(|wave| {
                let probability = wave.scored.probability.get();
                (probability, wave.id.clone(), wave.burst.parties.as_slice())
            })
            .collect();
        for ((wave, own), bonds) in candidates.iter_mut().zip(&own).zip(&bonds) {
            let likely: Vec<_> = bonds
                .iter()
                .filter_map(|&(other, weight)| Some((before.get(other)?, weight)))
                .filter(|((probability, ..), _)| *probability >= CORROBORATES)
                .collect();
            let best = likely
                .iter()
                .map(|((probability, id, _), weight)| (bond(*weight, *probability), *weight, id))
                .max_by(|x, y| x.0.total_cmp(&y.0).then_with(|| y.2.cmp(x.2)));
            let senders: BTreeSet<u32> =
                likely.iter().flat_map(|((.., parties), _)| parties.iter().copied()).collect();
            wave.scored = own.clone();
            wave.scored.corroborate(best, senders.len(), prior);
        }
    }
}

/// Nats of a link of some `weight` to a wave that is targeted with some `probability`:
/// the mixture over whether it is.
fn bond(weight: f64, probability: f64) -> f64 {
    let nats = STANDS_ALONE.nats + (weight - 2.0) * 1.1;
    let nats = nats.clamp(STANDS_ALONE.nats, SAME_HAND_MOST);
    (probability * nats.exp() + (1.0 - probability) * STANDS_ALONE.nats.exp()).ln()
}

/// Drops the waves that fell below the floor; returns the indexes of those that stay.
pub(super) fn settle(candidates: &mut Vec<Candidate<'_>>, parameters: &Parameters) -> Vec<usize> {
    let stays = |wave: &Candidate<'_>| wave.scored.probability >= parameters.floor;
    let kept =
        candidates.iter().enumerate().filter(|(_, wave)| stays(wave)).map(|(n, _)| n).collect();
    candidates.retain(stays);
    kept
}

/// The first `CITED` references of some messages, in evidence order.
fn cite(archive: &Archive<'_>, messages: &[usize]) -> Vec<EvidenceRef> {
    let mut all: Vec<&EvidenceRef> = messages
        .iter()
        .filter_map(|&i| archive.messages.get(i))
        .map(|message| &archive.row(message).evidence)
        .collect();
    all.sort_unstable();
    all.dedup();
    all.into_iter().take(CITED).cloned().collect()
}

/// Rows of both tables.
pub(super) fn output(
    input: &CampaignInput<'_>,
    archive: &Archive<'_>,
    candidates: &[Candidate<'_>],
    pairs: &[Pair],
    groups: &[usize],
    parameters: &Parameters,
) -> (Vec<Wave>, Vec<Campaign>) {
    let audience = Audience::new(input, archive);
    let mut waves: Vec<Wave> =
        candidates.iter().map(|wave| row(archive, &audience, wave, parameters)).collect();
    let mut members: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (wave, &group) in groups.iter().enumerate() {
        members.entry(group).or_default().push(wave);
    }
    let mut campaigns = Vec::new();
    for members in members.values() {
        let campaign = campaign(archive, &audience, candidates, &waves, pairs, members);
        for &wave in members {
            if let Some(wave) = waves.get_mut(wave) {
                wave.campaign_id.clone_from(&campaign.campaign_id);
            }
        }
        campaigns.push(campaign);
    }
    waves.sort_by(|a, b| (a.first_seen, &a.wave_id).cmp(&(b.first_seen, &b.wave_id)));
    campaigns.sort_by(|a, b| (a.first_seen, &a.campaign_id).cmp(&(b.first_seen, &b.campaign_id)));
    (waves, campaigns)
}

fn row(
    archive: &Archive<'_>,
    audience: &Audience<'_, '_>,
    candidate: &Candidate<'_>,
    parameters: &Parameters,
) -> Wave {
    let mut messages: Vec<_> = candidate
        .burst
        .messages
        .iter()
        .filter_map(|&i| archive.messages.get(i))
        .map(|message| archive.row(message))
        .collect();
    messages.sort_by(|a, b| a.message_uid.cmp(&b.message_uid));
    let mut recipients: Vec<String> = candidate
        .burst
        .recipients
        .iter()
        .map(|&id| archive.addresses.name(id).to_owned())
        .collect();
    recipients.sort_unstable();
    let mut senders: Vec<String> = messages.iter().map(|row| row.from.clone()).collect();
    senders.sort_unstable();
    senders.dedup();
    let mut subjects: BTreeMap<&str, usize> = BTreeMap::new();
    for row in &messages {
        *subjects.entry(&row.subject).or_default() += 1;
    }
    let subject = subjects.iter().max_by_key(|(text, count)| (**count, std::cmp::Reverse(**text)));
    let span = span(archive, candidate);
    let features = candidate
        .scored
        .items
        .iter()
        .map(|item| ScoredFeature {
            name: item.name.to_owned(),
            log_likelihood_ratio: MicroNats::from_nats(item.nats),
            detail: item.detail.clone(),
            evidence: cite(
                archive,
                if item.messages.is_empty() { &candidate.burst.messages } else { &item.messages },
            ),
        })
        .collect();
    Wave {
        wave_id: candidate.id.clone(),
        campaign_id: String::new(),
        probability: candidate.scored.probability,
        prior: parameters.prior,
        first_seen: span.map(|(first, _)| first),
        last_seen: span.map(|(_, last)| last),
        message_uids: messages.iter().map(|row| row.message_uid.to_string()).collect(),
        message_ids: messages
            .iter()
            .map(|row| {
                let uid = row.message_uid.as_str();
                if row.message_id.is_empty() { uid } else { row.message_id.as_str() }.to_owned()
            })
            .collect(),
        recipients,
        subject: subject.map_or(String::new(), |(text, _)| (*text).to_owned()),
        senders,
        templates: candidate.scored.tracking.templates.clone(),
        target_groups: victims::of_wave(audience, candidate),
        techniques: techniques(&candidate.scored),
        features,
    }
}

/// ATT&CK techniques that the wave itself shows: a link to learn something (T1598.003)
/// wherever a token is carried, a link to be followed (T1566.002), a domain got for the
/// purpose (T1583.001) and impersonation (T1656).
fn techniques(scored: &Scored) -> Vec<String> {
    let mut all = Vec::new();
    if scored.tracking.linked {
        all.push("T1566.002");
    }
    if scored.lookalike {
        all.push("T1583.001");
    }
    if scored.tracking.loaded || scored.tracking.linked {
        all.push("T1598.003");
    }
    if scored.claimed.is_some() {
        all.push("T1656");
    }
    all.into_iter().map(str::to_owned).collect()
}

fn campaign(
    archive: &Archive<'_>,
    audience: &Audience<'_, '_>,
    candidates: &[Candidate<'_>],
    waves: &[Wave],
    pairs: &[Pair],
    members: &[usize],
) -> Campaign {
    let mine: Vec<&Candidate<'_>> = members.iter().filter_map(|&i| candidates.get(i)).collect();
    let mut rows: Vec<&Wave> = members.iter().filter_map(|&i| waves.get(i)).collect();
    let by_wave: Vec<Vec<String>> = rows.iter().map(|wave| wave.target_groups.clone()).collect();
    rows.sort_by(|a, b| (a.first_seen, &a.wave_id).cmp(&(b.first_seen, &b.wave_id)));
    let smallest = mine.iter().map(|wave| wave.smallest.as_str()).min().unwrap_or("");
    let inside: Vec<&Pair> = pairs
        .iter()
        .filter(|pair| members.contains(&pair.a) && members.contains(&pair.b) && pair.links())
        .collect();
    let links = inside.iter().filter_map(|pair| link(archive, candidates, pair)).collect();
    let mut recipients: Vec<String> =
        rows.iter().flat_map(|wave| wave.recipients.iter().cloned()).collect();
    recipients.sort_unstable();
    recipients.dedup();
    Campaign {
        campaign_id: format!("k1:{}", id::short_hash(&[smallest.as_bytes()])),
        probability: probability(&rows, members, &inside),
        wave_ids: rows.iter().map(|wave| wave.wave_id.clone()).collect(),
        recipients,
        links,
        target_groups: victims::of_campaign(audience, &mine, &by_wave),
        first_seen: rows.iter().filter_map(|wave| wave.first_seen).min(),
        last_seen: rows.iter().filter_map(|wave| wave.last_seen).max(),
    }
}

/// That its best wave is targeted, times that the waves belong together: each wave's
/// strongest link, as odds above the threshold, averaged over the waves.
fn probability(rows: &[&Wave], members: &[usize], links: &[&Pair]) -> Probability {
    let best = rows.iter().map(|wave| wave.probability).max().unwrap_or_default().get();
    if members.len() < 2 {
        return Probability::new(best);
    }
    let bonds: f64 = members
        .iter()
        .map(|wave| {
            let of_wave = links.iter().filter(|pair| pair.a == *wave || pair.b == *wave);
            let strongest = of_wave.map(|pair| pair.weight).fold(0.0, f64::max);
            1.0 / (1.0 + (2.5 - strongest).exp())
        })
        .sum();
    #[allow(clippy::cast_precision_loss)] // a few hundred waves
    Probability::new(best * bonds / members.len() as f64)
}

fn link(archive: &Archive<'_>, candidates: &[Candidate<'_>], pair: &Pair) -> Option<Link> {
    let (a, b) = (candidates.get(pair.a)?, candidates.get(pair.b)?);
    let mut ids = vec![a.id.clone(), b.id.clone()];
    ids.sort_unstable();
    let mut evidence = cite(archive, a.burst.messages.get(..1)?);
    evidence.extend(cite(archive, b.burst.messages.get(..1)?));
    Some(Link {
        waves: ids,
        classes: pair.speaking().map(|class| class.name.to_owned()).collect(),
        weight: MicroNats::from_nats(pair.weight),
        detail: pair
            .classes
            .iter()
            .map(|class| format!("{} ({:+.1}): {}", class.name, class.nats, class.detail))
            .collect(),
        evidence,
    })
}
