//! Whether the sender is who it says: name and signature against the sending domain.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::super::CampaignInput;
use super::super::bursts::Burst;
use super::super::counts::{Archive, Id, Kind, hash, registrable, trackers};
use super::super::lookalike::{KnownLabels, fold_word, label};
use super::super::weights::{
    FOREIGN_FINGERPRINT, KNOWN_NAME, LOOKALIKE, PERSONA_MISMATCH, PERSONA_UNFIT, REPLY_ELSEWHERE,
};
use super::history::Ordinary;
use super::{Items, share};

/// Days of ordinary mail from which on a domain is known.
const KNOWN_DAYS: u32 = 4;
/// Senders that link to a domain from which on it is known.
const KNOWN_LINKS: u32 = 3;
/// Messages of a burst that are read for its persona.
const READ: usize = 40;

/// Domains that somebody might claim to be.
#[derive(Debug)]
pub(super) struct Names<'a> {
    labels: KnownLabels,
    known: HashSet<&'a str>,
    fingerprints: HashSet<u64>,
    /// Words that one known domain, and no other, bears in most of its names.
    owners: HashMap<&'a str, &'a str>,
    /// Words of each institution's name, and its main domain.
    houses: Vec<(Vec<String>, &'a str)>,
    /// Full names, folded, of people whom the house corresponds with, with their parties.
    people: HashMap<String, Vec<Id>>,
}

/// What the sender claims.
#[derive(Debug, Default)]
pub(super) struct Claim {
    /// Known domain claimed or imitated.
    pub(super) domain: Option<String>,
    /// Whether the sending domain imitates it.
    pub(super) lookalike: bool,
}

impl<'a> Names<'a> {
    pub(super) fn new(
        input: &CampaignInput<'a>,
        archive: &Archive<'a>,
        ordinary: &Ordinary,
    ) -> Self {
        let mut known: Vec<&'a str> = archive.own_domains.clone();
        let mut linked: HashSet<&str> = HashSet::new();
        let mut fingerprints = HashSet::new();
        for domain in archive.domains() {
            let days = archive.domain_days(domain).map_or(0, |(_, _, days)| days);
            let lives = archive
                .party_names
                .get(domain)
                .is_none_or(|party| ordinary.count(party) >= KNOWN_DAYS as usize);
            if days >= KNOWN_DAYS && lives {
                known.push(domain);
            }
        }
        for message in archive.messages.iter().filter(|m| m.external) {
            let row = archive.row(message);
            if row.features.bulk_markers.is_empty() && !archive.is_answered(row) {
                // Only mail that is no candidate vouches for what it links to.
                continue;
            }
            for url in row.features.urls.iter().take(20) {
                let spread = archive.spread(Kind::UrlDomain, hash(&[&url.domain]));
                if spread >= KNOWN_LINKS && linked.insert(&url.domain) {
                    known.push(&url.domain);
                }
            }
        }
        known.sort_unstable();
        known.dedup();
        let set: HashSet<&str> = known.iter().copied().collect();
        let owners = owners(archive, &set);
        for message in &archive.messages {
            let features = &archive.row(message).features;
            if set.contains(features.from_domain.as_str()) {
                fingerprints.insert(fingerprint(&features.from_domain, &features.header_order));
                fingerprints.insert(fingerprint(&features.from_domain, ""));
            }
        }
        let labels = KnownLabels::new(known.iter().copied());
        Self {
            labels,
            known: set,
            fingerprints,
            owners,
            houses: houses(input),
            people: people(archive),
        }
    }
}

/// Words of each institution's name with the domain that most of its people are at.
fn houses<'a>(input: &CampaignInput<'a>) -> Vec<(Vec<String>, &'a str)> {
    let mut counts: BTreeMap<&str, BTreeMap<&'a str, usize>> = BTreeMap::new();
    for entry in input.roster.entries().iter().filter(|entry| entry.kind != "linked") {
        let Some(address) = entry.addresses.first() else { continue };
        let domain = registrable(address.rsplit('@').next().unwrap_or(""));
        *counts.entry(&entry.institution).or_default().entry(domain).or_default() += 1;
    }
    let mut houses = Vec::new();
    for (name, domains) in counts {
        let main = domains.into_iter().max_by_key(|&(domain, n)| (n, std::cmp::Reverse(domain)));
        let words: Vec<String> = name
            .split(|c: char| !c.is_alphanumeric())
            .filter(|word| word.chars().count() >= 3)
            .map(|word| fold_word(&word.to_lowercase()))
            .collect();
        // One word ("Parliament") names many houses.
        if let Some((domain, _)) = main.filter(|_| words.len() >= 2) {
            houses.push((words, domain));
        }
    }
    houses
}

/// Full names of correspondents: who wrote ordinary mail and was written to.
fn people(archive: &Archive<'_>) -> HashMap<String, Vec<Id>> {
    let mut people: HashMap<String, Vec<Id>> = HashMap::new();
    for message in archive.messages.iter().filter(|m| m.external) {
        let row = archive.row(message);
        let known = archive.parties.get(message.party as usize);
        let corresponds = known.is_some_and(|party| !party.written_to.is_empty());
        let plain = row.features.bulk_markers.is_empty()
            && (archive.is_answered(row) || trackers(row).next().is_none());
        if let Some(name) = full_name(&row.from_name).filter(|_| corresponds && plain) {
            let parties = people.entry(name).or_default();
            if !parties.contains(&message.party) && parties.len() < 8 {
                parties.push(message.party);
            }
        }
    }
    people
}

/// A display name of two words or more, folded; what follows a comma (an office, an outlet)
/// is left out.
fn full_name(name: &str) -> Option<String> {
    let plain = name.split([',', '(', '|', '<']).next().unwrap_or("").to_lowercase();
    let words: Vec<String> = plain.split_whitespace().map(fold_word).collect();
    (words.len() >= 2 && words.iter().map(String::len).sum::<usize>() >= 8).then(|| words.join(" "))
}

/// Words that most of one known domain's mail, from several of its addresses, bears in
/// names or signatures, and no other known domain's: the name of the house. Words of the
/// address itself are left out, for they name a person.
fn owners<'a>(archive: &Archive<'a>, known: &HashSet<&'a str>) -> HashMap<&'a str, &'a str> {
    let mut all: BTreeMap<&'a str, usize> = BTreeMap::new();
    // Word and domain to messages, and the first two addresses.
    let mut words: BTreeMap<(&'a str, &'a str), (usize, &'a str, bool)> = BTreeMap::new();
    for message in archive.messages.iter().filter(|m| m.external) {
        let row = archive.row(message);
        let domain = row.features.from_domain.as_str();
        if !known.contains(domain) {
            continue;
        }
        *all.entry(domain).or_default() += 1;
        let local = row.from.split('@').next().unwrap_or("");
        for word in row.features.persona_words.iter().take(12) {
            if word.chars().count() >= 4 && !local.contains(word.as_str()) {
                let seen = words.entry((word, domain)).or_insert((0, &row.from, false));
                seen.0 += 1;
                seen.2 |= seen.1 != row.from;
            }
        }
    }
    let mut owners: HashMap<&'a str, &'a str> = HashMap::new();
    let mut shared: HashSet<&'a str> = HashSet::new();
    for ((word, domain), (count, _, several)) in words {
        if several
            && count >= 3
            && count * 2 >= all.get(domain).copied().unwrap_or(0)
            && owners.insert(word, domain).is_some()
        {
            shared.insert(word);
        }
    }
    let most = (archive.external_parties / 50).max(6);
    owners.retain(|word, _| {
        !shared.contains(word) && archive.spread(Kind::Persona, hash(&[word])) <= most
    });
    owners
}

fn fingerprint(domain: &str, header_order: &str) -> u64 {
    hash(&["fingerprint", domain, header_order])
}

pub(super) fn score(
    archive: &Archive<'_>,
    names: &Names<'_>,
    burst: &Burst,
    items: &mut Items,
) -> Claim {
    let rows: Vec<_> =
        burst.messages.iter().take(READ).map(|&i| archive.row(&archive.messages[i])).collect();
    let mut imitated = None;
    let mut claims: Vec<(String, usize)> = Vec::new();
    let (mut fits, mut elsewhere, mut borrowed) = (0, 0, 0);
    for row in &rows {
        let domain = row.features.from_domain.as_str();
        if imitated.is_none() && !names.known.contains(domain) {
            imitated = names.labels.imitated_by(domain).map(|i| (domain, i));
        }
        let words: Vec<String> =
            row.features.persona_words.iter().take(40).map(|word| fold_word(word)).collect();
        let known = full_name(&row.from_name).and_then(|name| names.people.get(&name));
        borrowed += usize::from(known.is_some_and(|parties| {
            parties.iter().all(|party| burst.parties.binary_search(party).is_err())
        }));
        if persona_fits(&words, domain) {
            fits += 1;
        } else if let Some(claimed) =
            claimed(archive, names, &row.features.persona_words, &words, domain)
        {
            match claims.iter_mut().find(|(known, _)| *known == claimed) {
                Some((_, times)) => *times += 1,
                None => claims.push((claimed, 1)),
            }
        }
        let answers = |a: &String| registrable(a.rsplit('@').next().unwrap_or("")) != domain;
        elsewhere += usize::from(!row.reply_to.is_empty() && row.reply_to.iter().all(answers));
    }
    claims.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    let mut claim = Claim::default();
    if let Some((domain, imitation)) = imitated {
        // Who imitates a domain fits the imitation: the other traits of persona are void.
        let detail = format!("{domain} imitates {}: {}", imitation.known, imitation.how);
        items.indicate(&LOOKALIKE, imitation.degree, detail);
        claim = Claim { domain: Some(imitation.known), lookalike: true };
    } else {
        items.indicate(&LOOKALIKE, 0.0, "the domain imitates no known one".to_owned());
        let detail = match claims.into_iter().next() {
            Some((known, times)) => {
                let shared = |&p: &Id| archive.parties.get(p as usize).is_some_and(|p| p.shared);
                // Freelancers do write for an outlet from a private address.
                let trust = if burst.parties.iter().any(shared) { 0.6 } else { 1.0 };
                let all = rows.len();
                let degree = share(times, all) * trust;
                let detail =
                    format!("{times} of {all} messages claim {known}, sent from elsewhere");
                claim.domain = Some(known);
                (degree, detail)
            }
            None => (0.0, "name and signature claim no other known house".to_owned()),
        };
        items.indicate(&PERSONA_MISMATCH, detail.0, detail.1);
        let all = rows.len();
        let detail =
            format!("name or signature fit the sending domain in {fits} of {all} messages");
        items.indicate(&PERSONA_UNFIT, 1.0 - share(fits, all), detail);
    }
    let detail = format!(
        "{borrowed} of {} messages bear the name of a correspondent who writes from elsewhere",
        rows.len()
    );
    items.indicate(&KNOWN_NAME, share(borrowed, rows.len()), detail);
    if elsewhere > 0 {
        let detail =
            format!("answers to {elsewhere} of {} messages go to another domain", rows.len());
        items.add(&REPLY_ELSEWHERE, share(elsewhere, rows.len()), detail);
    }
    if let Some(known) = &claim.domain
        && names.fingerprints.contains(&fingerprint(known, ""))
    {
        let unlike = |row: &&&crate::input::MailRow| {
            !names.fingerprints.contains(&fingerprint(known, &row.features.header_order))
        };
        let unlike = rows.iter().filter(unlike).count();
        let detail =
            format!("{unlike} of {} messages have headers unlike those of {known}", rows.len());
        items.add(&FOREIGN_FINGERPRINT, share(unlike, rows.len()), detail);
    }
    claim
}

/// Whether a word of the persona, or several in a row, stands in the domain's label.
fn persona_fits(words: &[String], domain: &str) -> bool {
    let label = label(domain);
    let initials: String = words.iter().filter_map(|word| word.chars().next()).collect();
    words.iter().any(|word| word.chars().count() >= 4 && label.contains(word.as_str()))
        || (label.chars().count() >= 3 && initials.contains(&label))
}

/// The known domain that a persona's words spell out, other than `domain`.
fn claimed(
    archive: &Archive<'_>,
    names: &Names<'_>,
    written: &[String],
    words: &[String],
    domain: &str,
) -> Option<String> {
    let own = label(domain);
    let owned = |word: &&String| !own.contains(&fold_word(word));
    if let Some(owner) = written
        .iter()
        .filter(owned)
        .filter_map(|word| names.owners.get(word.as_str()))
        .find(|owner| **owner != domain)
    {
        return Some((*owner).to_owned());
    }
    if let Some((_, house)) = names
        .houses
        .iter()
        .find(|(name, house)| *house != domain && name.iter().all(|word| words.contains(word)))
    {
        return Some((*house).to_owned());
    }
    for length in (1..=4).rev() {
        for start in 0..words.len().saturating_sub(length - 1) {
            let spelled: String = words.get(start..start + length)?.concat();
            if spelled.chars().count() < 5 {
                continue;
            }
            // A word that many senders use names nobody.
            let common = length == 1
                && written.get(start).is_some_and(|word| {
                    archive.spread(Kind::Persona, hash(&[word])) * 20
                        > archive.external_parties.max(100)
                });
            if common {
                continue;
            }
            // Who spells out the own domain claims nothing else.
            if own.contains(&spelled) {
                return None;
            }
            let mut found = names.labels.with_label(&spelled).find(|known| *known != domain);
            if found.is_none() && length >= 2 && spelled.len() >= 8 {
                let longer = names.labels.starting(&spelled, 6).filter(|label| *label != own);
                found = longer.and_then(|label| names.labels.with_label(label).next());
            }
            if let Some(found) = found {
                return Some(found.to_owned());
            }
        }
    }
    None
}
