//! What one world adds to the table of waves: recall by recipient and wave,
//! a week's review, links, target groups, candidates, and each part of the
//! evidence left out.

use std::collections::{BTreeMap, BTreeSet};

use super::LIKELY;
use super::figures::{Share, ids, micros};
use super::tables::{Found, Wave};
use crate::truth;

/// Share of a campaign's messages that must be one operator's for the
/// campaign to be held that operator's.
pub const MOSTLY: f64 = 0.8;

const WEEK: f64 = 7.0 * 86_400.0 * 1e6;

/// Figures of one world beside [`super::figures::Figures`].
#[derive(Clone, Debug, Default)]
pub struct Bursts {
    /// Recipients of waves that a likely wave names, over all waves.
    pub reached: Share,
    /// The same where each institution reviews one burst a week, the most
    /// probable it has; none where the truth does not name mail domains.
    pub reviewed: Option<Share>,
    /// Links of campaigns between likely waves: right ones.
    pub links: Share,
    /// Pairs of likely waves in one campaign: right ones.
    pub pairs: Share,
    /// Operators share a host, a template or a flag here.
    pub misled: bool,
    /// Campaigns of an operator: those whose first target group is one that
    /// it aimed at.
    pub groups_first: Share,
    /// Each row of `waves`: probability, and whether at least half of its
    /// messages are of the attack.
    pub said: Vec<(f64, bool)>,
    /// Without one part of the evidence: recall as in `reached`, false waves.
    pub without: BTreeMap<String, (Share, f64)>,
}

/// Recipients of waves (recipient x wave) whom some of the found rows name
/// that share a message with the wave.
#[must_use]
pub fn reached(waves: &[&truth::Wave], rows: &[&Wave]) -> Share {
    let mut by_id: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (at, row) in rows.iter().enumerate() {
        for id in ids(&row.message_ids) {
            by_id.entry(id).or_default().push(at);
        }
    }
    let mut out = Share::default();
    for wave in waves {
        let hits: BTreeSet<usize> = ids(&wave.message_ids)
            .into_iter()
            .filter_map(|id| by_id.get(id))
            .flatten()
            .copied()
            .collect();
        let named: BTreeSet<String> = hits
            .into_iter()
            .flat_map(|at| rows[at].recipients.iter().map(|r| r.to_lowercase()))
            .collect();
        let own: BTreeSet<String> = wave.recipients.iter().map(|r| r.to_lowercase()).collect();
        out.n += own.len() as f64;
        out.k += own.intersection(&named).count() as f64;
    }
    out
}

/// Rows that come to review: each institution has one hour a week, and takes
/// the most probable burst that has reached it and that nobody reviewed yet.
#[must_use]
pub fn rolling<'a>(world: &truth::World, rows: &'a [Wave]) -> Option<Vec<&'a Wave>> {
    let (from, to) = (micros(&world.from)?, micros(&world.to)?);
    if world.domains.is_empty() {
        return None;
    }
    let mut waiting: Vec<(f64, &Wave)> =
        rows.iter().filter_map(|r| Some((r.first_seen.as_deref().and_then(micros)?, r))).collect();
    waiting.sort_by(|a, b| a.0.total_cmp(&b.0).then_with(|| a.1.wave_id.cmp(&b.1.wave_id)));
    let houses = |row: &Wave| -> Vec<usize> {
        let is_of = |domain: &String| {
            let ending = format!("@{}", domain.to_lowercase());
            row.recipients.iter().any(|r| r.to_lowercase().ends_with(&ending))
        };
        (0..world.domains.len()).filter(|&h| is_of(&world.domains[h])).collect()
    };
    let mut queues: Vec<Vec<usize>> = vec![vec![]; world.domains.len()];
    let mut reviewed = BTreeSet::new();
    let (mut next, mut week) = (0, from + WEEK);
    while week <= to + WEEK {
        while next < waiting.len() && waiting[next].0 < week {
            for house in houses(waiting[next].1) {
                queues[house].push(next);
            }
            next += 1;
        }
        for queue in &mut queues {
            queue.retain(|at| !reviewed.contains(at));
            let best = queue.iter().copied().max_by(|&a, &b| {
                let (a, b) = (waiting[a].1, waiting[b].1);
                a.probability.total_cmp(&b.probability).then_with(|| b.wave_id.cmp(&a.wave_id))
            });
            reviewed.extend(best);
        }
        week += WEEK;
    }
    Some(reviewed.into_iter().map(|at| waiting[at].1).collect())
}

/// Operators by Message-ID.
pub(super) fn operators<'a>(waves: &[&'a truth::Wave]) -> BTreeMap<&'a str, &'a str> {
    let mut out = BTreeMap::new();
    for wave in waves {
        for id in ids(&wave.message_ids) {
            out.insert(id, wave.operator.as_str());
        }
    }
    out
}

/// The operator of at least a `share` of some messages.
pub(super) fn owner<'a>(
    operators: &BTreeMap<&'a str, &'a str>,
    messages: &BTreeSet<&str>,
    share: f64,
) -> Option<&'a str> {
    let mut counts: BTreeMap<&str, f64> = BTreeMap::new();
    for id in messages {
        if let Some(operator) = operators.get(id).copied() {
            *counts.entry(operator).or_default() += 1.0;
        }
    }
    let least = share * messages.len() as f64;
    counts.into_iter().find(|(_, n)| *n >= least && *n > 0.0).map(|(o, _)| o)
}

/// A probability without a part of `nats`.
fn lowered(probability: f64, nats: f64) -> f64 {
    let p = probability.clamp(1e-6, 1.0 - 1e-6);
    let odds = (p / (1.0 - p)).ln() - nats;
    1.0 / (1.0 + (-odds).exp())
}

/// Messages of a campaign's likely waves.
pub(super) fn campaign_messages<'a>(found: &'a Found, campaign: &str) -> BTreeSet<&'a str> {
    let mine = |w: &&Wave| w.campaign_id.as_deref() == Some(campaign) && w.probability >= LIKELY;
    found.waves.iter().filter(mine).flat_map(|w| ids(&w.message_ids)).collect()
}

/// Draws the figures of one world.
#[must_use]
pub fn of(world: &truth::World, waves: &[&truth::Wave], found: &Found) -> Bursts {
    let operators = operators(waves);
    let hostile = |row: &Wave| {
        let all = ids(&row.message_ids);
        let hits = all.iter().filter(|id| operators.contains_key(*id)).count();
        hits > 0 && hits * 2 >= all.len()
    };
    let likely: Vec<&Wave> = found.waves.iter().filter(|w| w.probability >= LIKELY).collect();
    let mut out = Bursts {
        reached: reached(waves, &likely),
        reviewed: rolling(world, &found.waves).map(|rows| reached(waves, &rows)),
        misled: world
            .traps
            .iter()
            .any(|t| matches!(t.as_str(), "shared_host" | "shared_template" | "false_flag")),
        said: found.waves.iter().map(|w| (w.probability, hostile(w))).collect(),
        ..Bursts::default()
    };
    let hand: BTreeMap<&str, Option<&str>> = likely
        .iter()
        .map(|w| (w.wave_id.as_str(), owner(&operators, &ids(&w.message_ids), 0.5)))
        .collect();
    let count = |share: &mut Share, a: &str, b: &str| {
        if let (Some(a), Some(b)) = (hand.get(a), hand.get(b)) {
            share.n += 1.0;
            share.k += f64::from(u8::from(a.is_some() && a == b));
        }
    };
    for campaign in &found.campaigns {
        for link in &campaign.links {
            if let [a, b] = link.waves.as_slice() {
                count(&mut out.links, a, b);
            }
        }
        for (at, a) in campaign.wave_ids.iter().enumerate() {
            for b in &campaign.wave_ids[at + 1..] {
                count(&mut out.pairs, a, b);
            }
        }
        let messages = campaign_messages(found, &campaign.campaign_id);
        if let Some(operator) = owner(&operators, &messages, MOSTLY) {
            let aims: BTreeSet<&str> =
                waves.iter().filter(|w| w.operator == operator).map(|w| w.group.as_str()).collect();
            let first = campaign.target_groups.first();
            out.groups_first.n += 1.0;
            out.groups_first.k +=
                f64::from(u8::from(first.is_some_and(|g| aims.contains(g.as_str()))));
        }
    }
    let names: BTreeSet<&str> =
        found.waves.iter().flat_map(|w| w.features.iter().map(|f| f.name.as_str())).collect();
    for name in names {
        let left: Vec<&Wave> = found
            .waves
            .iter()
            .filter(|w| {
                let part = w.features.iter().filter(|f| f.name == name);
                let nats: f64 = part.map(|f| f.log_likelihood_ratio).sum();
                lowered(w.probability, nats) >= LIKELY
            })
            .collect();
        let wrong = left.iter().filter(|w| !hostile(w)).count() as f64;
        out.without.insert(name.to_owned(), (reached(waves, &left), wrong));
    }
    out
}
