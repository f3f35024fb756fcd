//! The figures of one world.

use std::collections::{BTreeMap, BTreeSet};

use super::access::{self, Access};
use super::burst::{self, Bursts};
use super::stats::{adjusted_rand, one_to_one};
use super::tables::{Found, Intrusion, Wave};
use super::{ALMOST_CERTAIN, Error, LIKELY};
use crate::truth::{self, Line};

/// A share: `k` of `n`.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Share {
    /// Hits.
    pub k: f64,
    /// Of how many.
    pub n: f64,
}

/// The figures of one world.
#[derive(Clone, Debug, Default)]
pub struct Figures {
    /// Seed of the world.
    pub seed: u64,
    /// Whether it is a control world.
    pub control: bool,
    /// Institutions times years.
    pub institution_years: f64,
    /// Attack messages (by Message-ID) in found waves.
    pub targeted_recall: Share,
    /// Recipients of waves among the recipients of found waves that share a
    /// message with it.
    pub recipient_recall: Share,
    /// Found waves that match one of the truth.
    pub wave_precision: Share,
    /// Waves of the truth that are matched.
    pub wave_recall: Share,
    /// Found waves mostly of other messages.
    pub false_waves: f64,
    /// Such ones held almost certain.
    pub waves_almost_certain_false: f64,
    /// Agreement of campaigns with operators.
    pub campaign_ari: Option<f64>,
    /// Matched intrusions.
    pub intrusion_recall: Share,
    /// Found intrusions that match none.
    pub false_intrusions: f64,
    /// Begins within their bounds, of matched intrusions.
    pub start_bounds_coverage: Share,
    /// Ends within their bounds, of matched intrusions.
    pub end_bounds_coverage: Share,
    /// Recipients of matched waves whose state is right.
    pub exposure_accuracy: Share,
    /// What the table of waves needs beside.
    pub bursts: Bursts,
    /// What the table of intrusions needs beside.
    pub access: Access,
    /// Notes for people: what was missed, what was false.
    pub notes: Vec<String>,
}

pub(super) fn micros(text: &str) -> Option<f64> {
    text.parse::<jiff::Timestamp>().ok().map(|t| t.as_microsecond() as f64)
}

pub(super) fn bound(list: &[Option<String>], at: usize) -> Option<f64> {
    list.get(at).and_then(Option::as_deref).and_then(micros)
}

fn jaccard(a: &BTreeSet<&str>, b: &BTreeSet<&str>) -> f64 {
    let both = a.intersection(b).count() as f64;
    let any = a.union(b).count() as f64;
    if any > 0.0 { both / any } else { 0.0 }
}

pub(super) fn ids(list: &[String]) -> BTreeSet<&str> {
    list.iter().map(|i| i.trim_matches(['<', '>'])).collect()
}

struct Truth<'a> {
    world: &'a truth::World,
    waves: Vec<&'a truth::Wave>,
    intrusions: Vec<&'a truth::Intrusion>,
    exposures: Vec<&'a truth::Exposure>,
}

fn split(lines: &[Line]) -> Result<Truth<'_>, Error> {
    let mut world = None;
    let (mut waves, mut intrusions, mut exposures) = (vec![], vec![], vec![]);
    for line in lines {
        match line {
            Line::World(w) => world = Some(w),
            Line::Wave(w) => waves.push(w),
            Line::Intrusion(i) => intrusions.push(i),
            Line::Exposure(e) => exposures.push(e),
        }
    }
    Ok(Truth { world: world.ok_or(Error::NoWorld)?, waves, intrusions, exposures })
}

/// Scores what was found against the truth.
///
/// # Errors
///
/// Where the truth has no world line.
pub fn score(lines: &[Line], found: &Found) -> Result<Figures, Error> {
    let truth = split(lines)?;
    let mut out = Figures {
        seed: truth.world.seed,
        control: truth.world.control,
        institution_years: truth.world.institution_years,
        ..Figures::default()
    };
    let likely: Vec<&Wave> = found.waves.iter().filter(|w| w.probability >= LIKELY).collect();
    let pairs = waves(&truth, &likely, &mut out);
    campaigns(&truth, &likely, &mut out);
    exposures(&truth, &likely, &pairs, found, &mut out);
    intrusions(&truth, found, &mut out);
    out.bursts = burst::of(truth.world, &truth.waves, found);
    out.access = access::of(truth.world, &truth.waves, &truth.intrusions, found);
    Ok(out)
}

fn waves(truth: &Truth<'_>, likely: &[&Wave], out: &mut Figures) -> Vec<(usize, usize)> {
    let attack: BTreeSet<&str> = truth.waves.iter().flat_map(|w| ids(&w.message_ids)).collect();
    let reached: BTreeSet<&str> = likely.iter().flat_map(|w| ids(&w.message_ids)).collect();
    out.targeted_recall =
        Share { k: attack.intersection(&reached).count() as f64, n: attack.len() as f64 };
    let sets: Vec<BTreeSet<&str>> = likely.iter().map(|w| ids(&w.message_ids)).collect();
    let mut pairs = vec![];
    for (t, wave) in truth.waves.iter().enumerate() {
        let own = ids(&wave.message_ids);
        let mut seen: BTreeSet<String> = BTreeSet::new();
        for (f, set) in sets.iter().enumerate() {
            let value = jaccard(&own, set);
            if value > 0.0 {
                seen.extend(likely[f].recipients.iter().map(|r| r.to_lowercase()));
            }
            if value >= 0.5 {
                pairs.push((value, t, f));
            }
        }
        out.recipient_recall.n += wave.recipients.len() as f64;
        out.recipient_recall.k +=
            wave.recipients.iter().filter(|r| seen.contains(&r.to_lowercase())).count() as f64;
    }
    let pairs = one_to_one(pairs);
    out.wave_recall = Share { k: pairs.len() as f64, n: truth.waves.len() as f64 };
    out.wave_precision = Share { k: pairs.len() as f64, n: likely.len() as f64 };
    for (t, wave) in truth.waves.iter().enumerate() {
        if !pairs.iter().any(|p| p.0 == t) {
            out.notes.push(format!(
                "missed wave {} of {} with {} messages to {}",
                wave.wave,
                wave.operator,
                wave.message_ids.len(),
                wave.group
            ));
        }
    }
    for (wave, set) in likely.iter().zip(&sets) {
        let hits = set.intersection(&attack).count();
        if hits * 2 < set.len() || set.is_empty() {
            out.false_waves += 1.0;
            if wave.probability >= ALMOST_CERTAIN {
                out.waves_almost_certain_false += 1.0;
            }
            out.notes.push(format!(
                "false wave {} at {:.2} with {} messages",
                wave.wave_id,
                wave.probability,
                set.len()
            ));
        }
    }
    pairs
}

fn campaigns(truth: &Truth<'_>, likely: &[&Wave], out: &mut Figures) {
    let mut operator: BTreeMap<&str, &str> = BTreeMap::new();
    for wave in &truth.waves {
        for id in ids(&wave.message_ids) {
            operator.insert(id, &wave.operator);
        }
    }
    // A message in several waves counts where the probability is highest.
    let mut label: BTreeMap<&str, (f64, &str)> = BTreeMap::new();
    for wave in likely {
        let name = wave.campaign_id.as_deref().unwrap_or(&wave.wave_id);
        for id in ids(&wave.message_ids) {
            let entry = label.entry(id).or_insert((wave.probability, name));
            if wave.probability > entry.0 {
                *entry = (wave.probability, name);
            }
        }
    }
    let pairs: Vec<(String, String)> = label
        .iter()
        .map(|(id, (_, name))| {
            let truth =
                operator.get(id).map_or_else(|| format!("alone {id}"), |o| format!("operator {o}"));
            (truth, (*name).to_owned())
        })
        .collect();
    out.campaign_ari =
        if truth.waves.is_empty() { None } else { adjusted_rand(&pairs).or(Some(0.0)) };
}

fn exposures(
    truth: &Truth<'_>,
    likely: &[&Wave],
    pairs: &[(usize, usize)],
    found: &Found,
    out: &mut Figures,
) {
    let states: BTreeMap<(&str, String), &str> = found
        .exposures
        .iter()
        .map(|e| ((e.wave_id.as_str(), e.recipient.to_lowercase()), e.state.as_str()))
        .collect();
    for &(t, f) in pairs {
        for exposure in truth.exposures.iter().filter(|e| e.wave == truth.waves[t].wave) {
            out.exposure_accuracy.n += 1.0;
            let said = states.get(&(likely[f].wave_id.as_str(), exposure.recipient.to_lowercase()));
            out.exposure_accuracy.k += f64::from(u8::from(said == Some(&exposure.state.as_str())));
        }
    }
}

pub(super) fn interval(row: &Intrusion, end: f64) -> Option<(f64, f64)> {
    let first = row
        .first_access
        .as_deref()
        .and_then(micros)
        .or_else(|| bound(&row.first_access_bounds, 1))?;
    let last = row
        .last_access
        .as_deref()
        .and_then(micros)
        .or_else(|| bound(&row.last_access_bounds, 1))
        .unwrap_or(end);
    Some((first, last.max(first)))
}

/// Intersection over union of two intervals; a moment counts as a second.
pub(super) fn overlap(a: (f64, f64), b: (f64, f64)) -> f64 {
    let second = 1e6;
    let (a, b) = ((a.0, a.1 + second), (b.0, b.1 + second));
    let both = (a.1.min(b.1) - a.0.max(b.0)).max(0.0);
    let any = a.1.max(b.1) - a.0.min(b.0);
    both / any
}

fn intrusions(truth: &Truth<'_>, found: &Found, out: &mut Figures) {
    let end = micros(&truth.world.to).unwrap_or(f64::MAX);
    let likely: Vec<&Intrusion> =
        found.intrusions.iter().filter(|i| i.probability >= LIKELY).collect();
    let mut pairs = vec![];
    for (t, own) in truth.intrusions.iter().enumerate() {
        let (Some(first), Some(last)) = (micros(&own.first_access), micros(&own.last_access))
        else {
            continue;
        };
        for (f, row) in likely.iter().enumerate() {
            let same = own.account.to_lowercase() == row.account.to_lowercase()
                && own.kinds.iter().any(|k| row.kinds.contains(k));
            if let Some(theirs) = interval(row, end).filter(|_| same) {
                let value = overlap((first, last), theirs);
                if value >= 0.5 {
                    pairs.push((value, t, f));
                }
            }
        }
    }
    let pairs = one_to_one(pairs);
    let main: Vec<usize> =
        (0..truth.intrusions.len()).filter(|&t| !truth.intrusions[t].secondary).collect();
    out.intrusion_recall.n = main.len() as f64;
    for &t in &main {
        let own = truth.intrusions[t];
        if pairs.iter().any(|p| p.0 == t) {
            out.intrusion_recall.k += 1.0;
        } else {
            out.notes.push(format!(
                "missed intrusion {} {:?} of {} from {} to {}",
                own.intrusion, own.kinds, own.account, own.first_access, own.last_access
            ));
        }
    }
    for (f, row) in likely.iter().enumerate() {
        let Some(&(t, _)) = pairs.iter().find(|p| p.1 == f) else {
            out.false_intrusions += 1.0;
            out.notes.push(format!(
                "false intrusion {:?} of {} at {:.2} from {:?} to {:?}",
                row.kinds, row.account, row.probability, row.first_access, row.last_access
            ));
            continue;
        };
        let own = truth.intrusions[t];
        let within = |value: &str, bounds: &[Option<String>]| {
            let value = micros(value).unwrap_or(0.0);
            bounds.len() == 2
                && bound(bounds, 0).is_none_or(|b| b <= value)
                && bound(bounds, 1).is_none_or(|b| value <= b)
        };
        out.start_bounds_coverage.n += 1.0;
        out.end_bounds_coverage.n += 1.0;
        out.start_bounds_coverage.k +=
            f64::from(u8::from(within(&own.first_access, &row.first_access_bounds)));
        out.end_bounds_coverage.k +=
            f64::from(u8::from(within(&own.last_access, &row.last_access_bounds)));
    }
}
