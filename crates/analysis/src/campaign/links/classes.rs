//! Classes of evidence that two waves are one hand's.
//!
//! For a habit that `kept` of the pairs of waves of one hand share, and that a share `r`
//! of the archive's senders shows, a pair that shares it weighs
//! `ln((kept + (1 - kept) r) / r)`, and one that does not `ln(1 - kept)`.

use super::super::counts::{Archive, Kind, hash};
use super::super::near::similarity;
use super::super::score::float;
use super::super::waves::Candidate;
use super::profile::Profile;
use super::withheld::{LinkClass, LinkClasses};

/// Most that all that comes with a mailing kit (which can be bought, copied or shared)
/// may weigh together.
pub(super) const KIT_CAP: f64 = 4.8;
/// Most that one class may weigh.
const CAP: f64 = 3.5;

/// Shares of the pairs of waves of one hand that are held to share a habit. Habits are
/// kept for years where they cost effort to change (a URL grammar is server code), less
/// where a menu changes them.
const KEPT_GRAMMAR: f64 = 0.4;
const KEPT_SHAPE: f64 = 0.6;
const KEPT_SKELETON: f64 = 0.4;
const KEPT_HEADER_ORDER: f64 = 0.35;
const KEPT_MESSAGE_ID: f64 = 0.5;
const KEPT_BOUNDARY: f64 = 0.5;
const KEPT_MAILER: f64 = 0.45;
const KEPT_NETWORK: f64 = 0.5;
const KEPT_SIGNER: f64 = 0.5;
const KEPT_ZONE: f64 = 0.6;

/// A class of evidence for a pair.
#[derive(Clone, Debug)]
pub(in super::super) struct Class {
    /// Stable name.
    pub(in super::super) name: &'static str,
    /// Log-likelihood ratio, in nats; below zero it speaks against one hand.
    pub(in super::super) nats: f64,
    /// In plain words.
    pub(in super::super) detail: String,
}

impl Class {
    fn new(class: LinkClass, nats: f64, detail: impl Into<String>) -> Option<Self> {
        (nats.abs() >= 0.05).then(|| Self { name: class.name(), nats, detail: detail.into() })
    }
}

/// All classes of a pair that are not `withheld`, strongest first. `pool`: people that could
/// be written to.
pub(super) fn classes(
    archive: &Archive<'_>,
    (wave_a, a): (&Candidate<'_>, &Profile<'_>),
    (wave_b, b): (&Candidate<'_>, &Profile<'_>),
    pool: usize,
    withheld: LinkClasses,
) -> Vec<Class> {
    let unless = |class: LinkClass, weigh: &dyn Fn() -> Option<Class>| {
        (!withheld.contains(class)).then(weigh).flatten()
    };
    let kit = [
        unless(LinkClass::UrlGrammar, &|| url_grammar(archive, a, b)),
        unless(LinkClass::Skeleton, &|| skeleton(archive, a, b)),
        unless(LinkClass::Headers, &|| headers(archive, a, b)),
    ];
    let sum: f64 = kit.iter().flatten().map(|class| class.nats.max(0.0)).sum();
    let scale = if sum > KIT_CAP { KIT_CAP / sum } else { 1.0 };
    let mut all: Vec<Class> = kit
        .into_iter()
        .flatten()
        .map(|class| Class {
            nats: if class.nats > 0.0 { class.nats * scale } else { class.nats },
            ..class
        })
        .collect();
    all.extend(unless(LinkClass::Infrastructure, &|| infrastructure(archive, a, b)));
    all.extend(unless(LinkClass::Hours, &|| hours(archive, a, b)));
    all.extend(unless(LinkClass::Lure, &|| lure(archive, (wave_a, a), (wave_b, b))));
    all.extend(unless(LinkClass::Recipients, &|| recipients(wave_a, wave_b, pool)));
    all.sort_by(|x, y| y.nats.total_cmp(&x.nats).then_with(|| x.name.cmp(y.name)));
    all
}

/// How few of the archive's senders show a value, in nats.
fn rarity(archive: &Archive<'_>, kind: Kind, value: u64) -> f64 {
    let all = f64::from(archive.external_parties.max(20));
    ((all + 1.0) / (f64::from(archive.spread(kind, value)) + 1.0)).ln().max(0.0)
}

/// Weight of a habit that both show, when a value of this rarity is shared.
fn shown(kept: f64, rarity: f64) -> f64 {
    let rate = (-rarity).exp();
    ((kept + (1.0 - kept) * rate) / rate).ln().min(CAP)
}

/// Weight of a habit: of its rarest shared value, or of its difference; nothing where
/// one of the waves does not show it.
fn habit(
    archive: &Archive<'_>,
    kind: Kind,
    kept: f64,
    a: &Profile<'_>,
    b: &Profile<'_>,
) -> Option<f64> {
    let (one, two) = (a.values.get(&kind)?, b.values.get(&kind)?);
    if one.is_empty() || two.is_empty() {
        return None;
    }
    let rarest = one.intersection(two).map(|&value| rarity(archive, kind, value));
    Some(rarest.max_by(f64::total_cmp).map_or((1.0 - kept).ln(), |rarity| shown(kept, rarity)))
}

fn url_grammar(archive: &Archive<'_>, a: &Profile<'_>, b: &Profile<'_>) -> Option<Class> {
    let shape = habit(archive, Kind::Shape, KEPT_SHAPE, a, b)?;
    // The exact grammar says more where it is shared, and nothing where it is not: tokens
    // of one kind may chance to look like another.
    let exact = habit(archive, Kind::Grammar, KEPT_GRAMMAR, a, b).unwrap_or(0.0);
    let nats = if exact > 0.0 { exact.max(shape) } else { shape };
    let words = if nats > 0.0 {
        "both use one grammar of tracking URLs, rare among the archive's senders"
    } else {
        "their tracking URLs are built differently"
    };
    Class::new(LinkClass::UrlGrammar, nats, words)
}

fn skeleton(archive: &Archive<'_>, a: &Profile<'_>, b: &Profile<'_>) -> Option<Class> {
    let nats = habit(archive, Kind::Skeleton, KEPT_SKELETON, a, b)?;
    let words = if nats > 0.0 { "both have one HTML skeleton" } else { "HTML skeletons differ" };
    Class::new(LinkClass::Skeleton, nats, words)
}

/// One program makes order, Message-ID, boundary and mailer: the strongest counts, the
/// others a little.
fn headers(archive: &Archive<'_>, a: &Profile<'_>, b: &Profile<'_>) -> Option<Class> {
    let mut found: Vec<(f64, &str)> = [
        (Kind::HeaderOrder, KEPT_HEADER_ORDER, "header order"),
        (Kind::MessageId, KEPT_MESSAGE_ID, "Message-ID shape"),
        (Kind::Boundary, KEPT_BOUNDARY, "boundary shape"),
        (Kind::Mailer, KEPT_MAILER, "mailer"),
    ]
    .into_iter()
    .filter_map(|(kind, kept, name)| Some((habit(archive, kind, kept, a, b)?, name)))
    .collect();
    if found.is_empty() {
        return None;
    }
    found.retain(|(nats, _)| *nats > 0.0);
    found.sort_by(|x, y| y.0.total_cmp(&x.0));
    let Some((strongest, rest)) = found.split_first() else {
        return Class::new(
            LinkClass::Headers,
            0.5_f64.ln(),
            "headers were made by different programs",
        );
    };
    let nats = strongest.0 + rest.iter().map(|(nats, _)| nats * 0.25).sum::<f64>();
    let names: Vec<&str> = found.iter().map(|(_, name)| *name).collect();
    Class::new(
        LinkClass::Headers,
        nats.min(CAP),
        format!("both have the same {}", names.join(", ")),
    )
}

fn infrastructure(archive: &Archive<'_>, a: &Profile<'_>, b: &Profile<'_>) -> Option<Class> {
    let mut named: Vec<String> = Vec::new();
    let mut nats: f64 = 0.0;
    for &party in a.parties.intersection(&b.parties) {
        nats = 4.0;
        named.push(format!("sender {}", archive.party_names.name(party)));
    }
    for domain in a.domains.intersection(&b.domains) {
        let weight = rarity(archive, Kind::UrlDomain, hash(&[domain])).min(4.0);
        nats = nats.max(weight);
        if weight > 0.7 {
            named.push(format!("tracking domain {domain}"));
        }
    }
    let network = habit(archive, Kind::Origin, KEPT_NETWORK, a, b);
    let signer = habit(archive, Kind::Signer, KEPT_SIGNER, a, b);
    for (weight, name) in [(network, "network of origin"), (signer, "DKIM signer")] {
        if weight.is_some_and(|weight| weight > 0.0) {
            named.push(name.to_owned());
        }
    }
    nats += network.into_iter().chain(signer).max_by(f64::total_cmp).unwrap_or(0.0);
    if a.ips.intersection(&b.ips).next().is_some() && network.is_some_and(|nats| nats > 0.0) {
        nats += 1.0;
        named.push("address of origin".to_owned());
    }
    named.truncate(6);
    let words = if named.is_empty() {
        "they were sent from different networks".to_owned()
    } else {
        format!("both share {}", named.join(", "))
    };
    Class::new(LinkClass::Infrastructure, nats.min(4.5), words)
}

fn hours(archive: &Archive<'_>, a: &Profile<'_>, b: &Profile<'_>) -> Option<Class> {
    let zone = a
        .zones
        .intersection(&b.zones)
        .map(|zone| rarity(archive, Kind::Zone, hash(&[&zone.to_string()])))
        .max_by(f64::total_cmp);
    let known = !a.zones.is_empty() && !b.zones.is_empty();
    let zones = match zone {
        Some(rarity) => shown(KEPT_ZONE, rarity).min(2.5),
        None if known => (1.0 - KEPT_ZONE).ln(),
        None => 0.0,
    };
    // A smoothed day of one zone overlaps with another's by about a third.
    let overlap: f64 = a.hours.iter().zip(&b.hours).map(|(x, y)| x.min(*y)).sum();
    let nats = zones * 0.7 + (overlap - 0.35) * 1.5;
    let alike = if zone.is_some() { "alike" } else { "different" };
    let words = format!("sending hours overlap by {:.0}%, zones {alike}", overlap * 100.0);
    Class::new(LinkClass::Hours, nats, words)
}

fn lure(
    archive: &Archive<'_>,
    (wave_a, a): (&Candidate<'_>, &Profile<'_>),
    (wave_b, b): (&Candidate<'_>, &Profile<'_>),
) -> Option<Class> {
    let mut nats = 0.0_f64;
    let mut named = Vec::new();
    let pairs = a.texts.iter().flat_map(|one| b.texts.iter().map(|two| similarity(one, two)));
    let alike = pairs.fold(0.0, f64::max);
    if alike > 0.2 {
        nats += (alike * 2.0).min(1.2);
        named.push(format!("texts resemble each other ({alike:.2})"));
    }
    if a.subjects.intersection(&b.subjects).any(|subject| subject.len() >= 18) {
        nats += 0.4;
        named.push("a subject is the same".to_owned());
    }
    if let (Some(one), Some(two)) = (&wave_a.scored.claimed, &wave_b.scored.claimed)
        && one == two
        // Waves from one domain pose alike because of it.
        && a.parties.is_disjoint(&b.parties)
    {
        nats += 0.5;
        named.push(format!("both pose as {one}"));
    }
    let copied = &wave_b.scored.copied;
    if let Some(&party) = wave_a.scored.copied.iter().find(|p| copied.binary_search(p).is_ok()) {
        nats += 0.3;
        named.push(format!("both copy {}", archive.party_names.name(party)));
    }
    Class::new(LinkClass::Lure, nats.min(1.5), named.join("; "))
}

/// Recipients in common beyond chance (Chernoff bound, in nats, at a fifth: whoever
/// targets one house shares recipients).
fn recipients(a: &Candidate<'_>, b: &Candidate<'_>, pool: usize) -> Option<Class> {
    let other = &b.burst.recipients;
    let common = a.burst.recipients.iter().filter(|r| other.binary_search(r).is_ok()).count();
    let expected = float(a.burst.recipients.len()) * float(other.len()) / float(pool);
    let (k, mean) = (float(common), expected.max(0.05));
    let nats = if common >= 2 && k > mean { k * (k / mean).ln() - k + mean } else { 0.0 };
    let words = format!("{common} recipients in common ({expected:.1} expected)");
    Class::new(LinkClass::Recipients, (nats * 0.2).min(1.5), words)
}
