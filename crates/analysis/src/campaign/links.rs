//! Links between waves: independent classes of evidence, each weighted by its rarity
//! among all senders of the archive.
//!
//! Infrastructure is shared, templates are copied, flags are false: what many honest
//! senders show counts little, and no class links alone.

use std::collections::{BTreeMap, BTreeSet};

use demarche_core::UtcMicros;

use super::CampaignInput;
use super::counts::{Archive, Id, Kind, folded_grammar, hash, make, origin};
use super::near::similarity;
use super::score::{float, share};
use super::waves::Candidate;

/// Summed weight from which on two waves are linked.
pub(super) const LINKED_FROM: f64 = 4.5;
/// Weight from which on a class counts as one of the two that are needed.
const CLASS_COUNTS_FROM: f64 = 0.7;
/// Part of a wave's messages that must show a value.
const TYPICAL: f64 = 0.3;
/// Waves that are compared with each other, the most probable ones: pairs are quadratic.
const COMPARED: usize = 600;
/// Messages of a wave that are read for its profile.
const READ: usize = 300;

/// What speaks for one operator behind two waves.
#[derive(Clone, Debug)]
pub(super) struct Pair {
    /// Index of the earlier wave.
    pub(super) a: usize,
    /// Index of the later wave.
    pub(super) b: usize,
    /// Sum of the classes' weights, less what contradicts.
    pub(super) weight: f64,
    /// Class, weight, in plain words; by class.
    pub(super) classes: Vec<(&'static str, f64, String)>,
}

impl Pair {
    /// Whether it may join two waves: enough weight, two classes, one of them technical.
    pub(super) fn links(&self) -> bool {
        let counting = || self.classes.iter().filter(|(_, weight, _)| *weight >= CLASS_COUNTS_FROM);
        self.weight >= LINKED_FROM
            && counting().count() >= 2
            && counting().any(|(class, ..)| {
                ["url_grammar", "skeleton", "headers", "infrastructure"].contains(class)
            })
    }
}

/// What is compared of a wave.
#[derive(Debug, Default)]
struct Profile<'a> {
    values: BTreeMap<Kind, BTreeSet<u64>>,
    parties: BTreeSet<Id>,
    domains: BTreeSet<&'a str>,
    ips: BTreeSet<&'a str>,
    texts: Vec<&'a [u32]>,
    subjects: BTreeSet<&'a str>,
    hours: Vec<f64>,
    zones: BTreeSet<i32>,
}

/// Compares all pairs of candidates; only pairs with some weight are kept, by (a, b).
pub(super) fn between(
    input: &CampaignInput<'_>,
    archive: &Archive<'_>,
    waves: &[Candidate<'_>],
) -> Vec<Pair> {
    let profiles: Vec<Profile<'_>> =
        waves.iter().map(|wave| profile(input, archive, wave)).collect();
    let mut people: Vec<&str> =
        input.roster.entries().iter().map(|entry| entry.person_id.as_str()).collect();
    people.sort_unstable();
    people.dedup();
    let pool = people.len().max(100);
    let mut pairs = Vec::new();
    let mut compared: Vec<usize> = (0..waves.len()).collect();
    compared.sort_by(|&x, &y| {
        let probability = |i: usize| waves.get(i).map(|w| w.scored.probability);
        probability(y).cmp(&probability(x)).then(x.cmp(&y))
    });
    compared.truncate(COMPARED);
    compared.sort_unstable();
    for (at, &a) in compared.iter().enumerate() {
        for &b in compared.iter().skip(at + 1) {
            let (Some(wave_a), Some(wave_b)) = (waves.get(a), waves.get(b)) else { continue };
            let (Some(one), Some(two)) = (profiles.get(a), profiles.get(b)) else { continue };
            let mut classes = technical(archive, one, two);
            classes.extend(lure(archive, (wave_a, one), (wave_b, two)));
            classes.extend(hours(archive, one, two));
            classes.extend(recipients(wave_a, wave_b, pool));
            classes.retain(|(_, weight, _)| *weight > 0.05);
            let weight =
                classes.iter().map(|(_, weight, _)| weight).sum::<f64>() - contradiction(one, two);
            if weight > 0.5 {
                classes.sort_by_key(|(class, ..)| *class);
                pairs.push(Pair { a, b, weight, classes });
            }
        }
    }
    pairs
}

fn profile<'a>(
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
            if wave.scored.tracking.keys.binary_search(&super::counts::template_key(url)).is_ok() {
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

/// Weight of a value that both show: how few of the archive's senders do.
fn rarity(archive: &Archive<'_>, kind: Kind, value: u64) -> f64 {
    let all = f64::from(archive.external_parties.max(20));
    ((all + 1.0) / (f64::from(archive.spread(kind, value)) + 1.0)).ln().max(0.0)
}

/// Rarest value of a kind that both show.
fn shared(archive: &Archive<'_>, kind: Kind, a: &Profile<'_>, b: &Profile<'_>) -> f64 {
    let (Some(one), Some(two)) = (a.values.get(&kind), b.values.get(&kind)) else { return 0.0 };
    one.intersection(two).map(|&value| rarity(archive, kind, value)).fold(0.0, f64::max)
}

type Class = (&'static str, f64, String);

fn technical(archive: &Archive<'_>, a: &Profile<'_>, b: &Profile<'_>) -> Vec<Class> {
    let mut classes = Vec::new();
    let grammar = shared(archive, Kind::Grammar, a, b) * 0.8;
    let grammar = grammar.max(shared(archive, Kind::Shape, a, b) * 0.7);
    classes.push((
        "url_grammar",
        grammar.min(3.5),
        "both use one grammar of tracking URLs, rare among the archive's senders".to_owned(),
    ));
    let skeleton = shared(archive, Kind::Skeleton, a, b) * 0.7;
    classes.push(("skeleton", skeleton.min(3.0), "both have one HTML skeleton".to_owned()));
    let parts = [
        (Kind::HeaderOrder, 0.4, "header order"),
        (Kind::MessageId, 0.3, "Message-ID shape"),
        (Kind::Boundary, 0.25, "boundary shape"),
        (Kind::Mailer, 0.25, "mailer"),
    ];
    let (mut headers, mut named) = (0.0, Vec::new());
    for (kind, factor, name) in parts {
        let weight = shared(archive, kind, a, b) * factor;
        if weight > 0.1 {
            headers += weight;
            named.push(name);
        }
    }
    classes.push(("headers", headers.min(3.0), format!("both have the same {}", named.join(", "))));
    let mut infrastructure: f64 = 0.0;
    let mut named: Vec<String> = Vec::new();
    for &party in a.parties.intersection(&b.parties) {
        let shared = archive.parties.get(party as usize).is_some_and(|p| p.shared);
        infrastructure = infrastructure.max(if shared { 3.5 } else { 4.0 });
        named.push(format!("sender {}", archive.party_names.name(party)));
    }
    for domain in a.domains.intersection(&b.domains) {
        let weight = rarity(archive, Kind::UrlDomain, hash(&[domain]));
        infrastructure = infrastructure.max(weight);
        if weight > 0.7 {
            named.push(format!("tracking domain {domain}"));
        }
    }
    let network = shared(archive, Kind::Origin, a, b) * 0.5;
    if network > 0.3 {
        infrastructure += network;
        named.push("network of origin".to_owned());
    }
    let signer = shared(archive, Kind::Signer, a, b) * 0.4;
    if signer > 0.3 {
        infrastructure += signer;
        named.push("DKIM signer".to_owned());
    }
    if a.ips.intersection(&b.ips).next().is_some() && network > 0.5 {
        infrastructure += 1.0;
        named.push("address of origin".to_owned());
    }
    named.truncate(6);
    let detail = format!("both share {}", named.join(", "));
    classes.push(("infrastructure", infrastructure.min(4.0), detail));
    classes
}

fn lure(
    archive: &Archive<'_>,
    (wave_a, a): (&Candidate<'_>, &Profile<'_>),
    (wave_b, b): (&Candidate<'_>, &Profile<'_>),
) -> Option<Class> {
    let mut weight = 0.0_f64;
    let mut named = Vec::new();
    let alike = a
        .texts
        .iter()
        .flat_map(|one| b.texts.iter().map(|two| similarity(one, two)))
        .fold(0.0, f64::max);
    if alike > 0.2 {
        weight += (alike * 4.0).min(2.5);
        named.push(format!("texts resemble each other ({alike:.2})"));
    }
    if a.subjects.intersection(&b.subjects).any(|subject| subject.len() >= 18) {
        weight += 0.8;
        named.push("a subject is the same".to_owned());
    }
    if let (Some(one), Some(two)) = (&wave_a.scored.claimed, &wave_b.scored.claimed)
        && one == two
        // Waves from one domain pose alike because of it.
        && a.parties.is_disjoint(&b.parties)
    {
        weight += 1.0;
        named.push(format!("both pose as {one}"));
    }
    let copied = &wave_b.scored.copied;
    if let Some(&party) = wave_a.scored.copied.iter().find(|p| copied.binary_search(p).is_ok()) {
        weight += 0.6;
        named.push(format!("both copy {}", archive.party_names.name(party)));
    }
    (weight > 0.0).then(|| ("lure", weight.min(3.0), named.join("; ")))
}

fn hours(archive: &Archive<'_>, a: &Profile<'_>, b: &Profile<'_>) -> Option<Class> {
    let zone = a
        .zones
        .intersection(&b.zones)
        .map(|zone| rarity(archive, Kind::Zone, hash(&[&zone.to_string()])) * 0.35)
        .fold(0.0, f64::max);
    let overlap: f64 = a.hours.iter().zip(&b.hours).map(|(x, y)| x.min(*y)).sum();
    let weight = (zone + (overlap - 0.5).max(0.0) * 0.8).min(1.2);
    let detail = format!("sending hours overlap by {:.0}%, zones alike", overlap * 100.0);
    (weight > 0.0).then_some(("hours", weight, detail))
}

/// Recipients in common beyond chance (Chernoff bound, in nats, at a fifth: whoever
/// targets one house shares recipients).
fn recipients(a: &Candidate<'_>, b: &Candidate<'_>, pool: usize) -> Option<Class> {
    let other = &b.burst.recipients;
    let common = a.burst.recipients.iter().filter(|r| other.binary_search(r).is_ok()).count();
    let expected = float(a.burst.recipients.len()) * float(other.len()) / float(pool);
    let (k, mean) = (float(common), expected.max(0.05));
    let nats = if common >= 2 && k > mean { k * (k / mean).ln() - k + mean } else { 0.0 };
    let detail = format!("{common} recipients in common ({expected:.1} expected)");
    (nats > 0.0).then_some(("recipients", (nats * 0.2).min(1.5), detail))
}

/// What speaks against one hand: nothing alike in how the mail was made, or hours apart.
fn contradiction(a: &Profile<'_>, b: &Profile<'_>) -> f64 {
    let differ = |kind: Kind| match (a.values.get(&kind), b.values.get(&kind)) {
        (Some(one), Some(two)) => !one.is_empty() && !two.is_empty() && one.is_disjoint(two),
        _ => false,
    };
    let made = [Kind::HeaderOrder, Kind::MessageId, Kind::Shape, Kind::Skeleton]
        .into_iter()
        .filter(|kind| differ(*kind))
        .count();
    let overlap: f64 = a.hours.iter().zip(&b.hours).map(|(x, y)| x.min(*y)).sum();
    float(made) * 0.4 + if overlap < 0.2 { 0.6 } else { 0.0 }
}

/// The earliest and latest time of a candidate, for output.
pub(super) fn span(archive: &Archive<'_>, wave: &Candidate<'_>) -> Option<(UtcMicros, UtcMicros)> {
    let times = wave
        .burst
        .messages
        .iter()
        .filter_map(|&i| archive.messages.get(i))
        .filter_map(|message| archive.row(message).time());
    times.fold(None, |span, time| match span {
        None => Some((time, time)),
        Some((first, last)) => Some((first.min(time), last.max(time))),
    })
}
