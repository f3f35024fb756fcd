//! What waves are compared by: how their mail was made, whence and when it was sent.

use std::collections::{BTreeMap, BTreeSet};

use super::super::CampaignInput;
use super::super::counts::{Archive, Id, Kind, folded_grammar, hash, make, origin, template_key};
use super::super::near::similarity;
use super::super::score::{float, share};
use super::super::waves::Candidate;

/// Part of a wave's messages that must show a value.
const TYPICAL: f64 = 0.3;
/// Messages of a wave that are read for its profile.
const READ: usize = 300;

/// What is compared of a wave.
#[derive(Debug, Default)]
pub(super) struct Profile<'a> {
    /// Typical values of each kind, hashed.
    pub(super) values: BTreeMap<Kind, BTreeSet<u64>>,
    /// Senders.
    pub(super) parties: BTreeSet<Id>,
    /// Registrable domains of the tracking URLs.
    pub(super) domains: BTreeSet<&'a str>,
    /// Addresses that handed the mail over.
    pub(super) ips: BTreeSet<&'a str>,
    /// MinHash of its different texts, a few.
    pub(super) texts: Vec<&'a [u32]>,
    /// Subjects.
    pub(super) subjects: BTreeSet<&'a str>,
    /// Share of the mail by hour of the day in UTC, smoothed.
    pub(super) hours: Vec<f64>,
    /// Offsets from UTC written in `Date`, minutes.
    pub(super) zones: BTreeSet<i32>,
}

/// Reads the profile of a wave.
pub(super) fn profile<'a>(
    input: &CampaignInput<'_>,
    archive: &Archive<'a>,
    wave: &Candidate<'_>,
) -> Profile<'a> {
    let mut profile = Profile { hours: vec![0.0; 24], ..Profile::default() };
    let mut counts: BTreeMap<(Kind, u64), usize> = BTreeMap::new();
    let read: Vec<_> =
        wave.burst.messages.iter().take(READ).filter_map(|&i| archive.messages.get(i)).collect();
    for message in &read {
        let row = archive.row(message);
        let features = &row.features;
        profile.parties.insert(message.party);
        for (kind, text) in make(row) {
            if !text.is_empty() && (kind != Kind::Skeleton || features.skeleton_tags >= 6) {
                *counts.entry((kind, hash(&[&text]))).or_default() += 1;
            }
        }
        if let Some(origin) = origin(input, row) {
            *counts.entry((Kind::Origin, hash(&[&origin]))).or_default() += 1;
            profile.ips.insert(&features.origin_ip);
        }
        for domain in features.dkim_domains.iter().filter(|d| **d != features.from_domain).take(5) {
            *counts.entry((Kind::Signer, hash(&[domain]))).or_default() += 1;
        }
        profile.subjects.insert(&features.subject_key);
        if profile.texts.len() < 4
            && !features.minhash.is_empty()
            && profile.texts.iter().all(|text| similarity(text, &features.minhash) < 0.8)
        {
            profile.texts.push(&features.minhash);
        }
        if let Some(date) = row.date {
            let (hour, _) = date.hour_and_weekday(0);
            // Neighbouring hours are alike: the histogram is smoothed.
            for (shift, part) in [(23, 0.25), (0, 0.5), (1, 0.25)] {
                if let Some(bin) = profile.hours.get_mut((usize::from(hour) + shift) % 24) {
                    *bin += part / float(read.len().max(1));
                }
            }
        }
        profile.zones.extend(row.date_offset_minutes);
        for url in features.urls.iter().take(60) {
            if wave.scored.tracking.keys.binary_search(&template_key(url)).is_ok() {
                profile.domains.insert(&url.domain);
            }
        }
    }
    for ((kind, value), count) in counts {
        if share(count, read.len()) >= TYPICAL {
            profile.values.entry(kind).or_default().insert(value);
        }
    }
    let grammars = &wave.scored.tracking.grammars;
    let exact = grammars.iter().map(|grammar| hash(&[grammar])).collect();
    profile.values.insert(Kind::Grammar, exact);
    let folded = grammars.iter().map(|grammar| hash(&[&folded_grammar(grammar)])).collect();
    profile.values.insert(Kind::Shape, folded);
    profile
}
