//! Whether text and subject circulate elsewhere, from established senders.
//!
//! Lures of this kind carry a real article under that day's headline. The bursts'
//! texts are put in a small index and the archive streams past it once.

use std::collections::{BTreeMap, HashMap};

use demarche_core::UtcMicros;

use super::super::bursts::Burst;
use super::super::counts::{Archive, Id, hash};
use super::super::near::{Sketch, similarity};
use super::super::weights::{COPIED_SUBJECT, COPIED_TEXT, OWN_TEXT};
use super::history::Ordinary;
use super::{Items, share};

/// Different texts of a burst that are looked for.
const TEXTS: usize = 4;
/// Comparisons that one text may cost.
const COMPARISONS: u32 = 2_000;
/// Days on which a party must have sent ordinary mail to count as established.
const ESTABLISHED_DAYS: usize = 4;
/// Shorter subjects are said by everybody.
const SUBJECT_LEN: usize = 18;
/// Days between a headline and the subject that copies it.
const HEADLINE_DAYS: i64 = 5;

/// What a burst shares with others' mail.
#[derive(Debug, Default)]
pub(super) struct Lure {
    /// Best resemblance, the message it is with and its party.
    text: Option<(f64, usize, Id)>,
    /// Messages of other parties under one of the burst's subjects.
    headlines: BTreeMap<u64, (usize, Id)>,
    /// Share of the burst's messages under a subject of `headlines`.
    headline_share: f64,
    sender_names: (String, String),
    /// Whether there was a text to compare.
    compared: bool,
}

struct Text<'a> {
    burst: usize,
    values: &'a [u32],
    left: u32,
}

/// Looks for the texts and subjects of the `plausible` bursts in all other mail.
pub(super) fn find(
    archive: &Archive<'_>,
    ordinary: &Ordinary,
    bursts: &[Burst],
    plausible: &[bool],
) -> Vec<Lure> {
    let mut lures: Vec<Lure> = bursts.iter().map(|_| Lure::default()).collect();
    let mut texts: Vec<Text<'_>> = Vec::new();
    let mut bands: HashMap<u64, Vec<usize>> = HashMap::new();
    let mut subjects: HashMap<u64, Vec<usize>> = HashMap::new();
    for (number, burst) in bursts.iter().enumerate().filter(|(n, _)| plausible[*n]) {
        let first_text = texts.len();
        for &index in &burst.messages {
            let row = archive.row(&archive.messages[index]);
            let subject = &row.features.subject_key;
            if subject.len() >= SUBJECT_LEN {
                let known = subjects.entry(hash(&[subject])).or_default();
                if known.last() != Some(&number) && known.len() < 50 {
                    known.push(number);
                }
            }
            let values = row.features.minhash.as_slice();
            let mine = texts.get(first_text..).unwrap_or_default();
            if values.is_empty()
                || mine.len() >= TEXTS
                || mine.iter().any(|text| similarity(text.values, values) > 0.8)
            {
                continue;
            }
            for band in Sketch::new(values).fine() {
                bands.entry(band).or_default().push(texts.len());
            }
            lures[number].compared = true;
            texts.push(Text { burst: number, values, left: COMPARISONS });
        }
    }
    for (index, message) in archive.messages.iter().enumerate().filter(|(_, m)| m.external) {
        if ordinary.count(message.party) < ESTABLISHED_DAYS {
            continue;
        }
        let row = archive.row(message);
        let day = message.time.div_euclid(UtcMicros::DAY);
        let other = |burst: &Burst| burst.parties.binary_search(&message.party).is_err();
        if let Some(same) = subjects.get(&hash(&[&row.features.subject_key])) {
            for &number in same {
                let burst = &bursts[number];
                let near = day >= burst.days.0 - HEADLINE_DAYS && day <= burst.days.1 + 1;
                if near && other(burst) {
                    let key = hash(&[&row.features.subject_key]);
                    lures[number].headlines.entry(key).or_insert((index, message.party));
                }
            }
        }
        let mut compared: Vec<usize> = Vec::new();
        for band in Sketch::new(&row.features.minhash).fine() {
            for &number in bands.get(&band).into_iter().flatten() {
                let Some(text) = texts.get_mut(number) else { continue };
                if text.left == 0 || compared.contains(&number) || !other(&bursts[text.burst]) {
                    continue;
                }
                compared.push(number);
                text.left -= 1;
                let alike = similarity(text.values, &row.features.minhash);
                let best = &mut lures[text.burst].text;
                if alike > best.map_or(0.0, |(alike, ..)| alike) {
                    *best = Some((alike, index, message.party));
                }
            }
        }
    }
    for (number, lure) in lures.iter_mut().enumerate() {
        let burst = &bursts[number];
        let under = |&&i: &&usize| {
            let row = archive.row(&archive.messages[i]);
            lure.headlines.contains_key(&hash(&[&row.features.subject_key]))
        };
        lure.headline_share =
            share(burst.messages.iter().filter(under).count(), burst.messages.len());
        let name = |party: Option<Id>| {
            party.map_or(String::new(), |id| archive.party_names.name(id).to_owned())
        };
        lure.sender_names = (
            name(lure.text.map(|(_, _, party)| party)),
            name(lure.headlines.values().next().map(|(_, party)| *party)),
        );
    }
    lures
}

/// Adds what was found; returns the parties copied from.
pub(super) fn score(lure: Lure, items: &mut Items) -> Vec<Id> {
    let mut parties = Vec::new();
    if let Some((alike, message, party)) = lure.text.filter(|(alike, ..)| *alike > 0.2) {
        items.cite(
            &COPIED_TEXT,
            ((alike - 0.2) / 0.25).min(1.0),
            format!(
                "the text resembles ({alike:.2}) mail of {}, an established sender",
                lure.sender_names.0
            ),
            vec![message],
        );
        parties.push(party);
    }
    if lure.headline_share > 0.0 {
        let messages: Vec<usize> = lure.headlines.values().map(|(index, _)| *index).collect();
        items.cite(
            &COPIED_SUBJECT,
            lure.headline_share,
            format!(
                "{:.0}% of the messages bear a subject that {} used in these days",
                lure.headline_share * 100.0,
                lure.sender_names.1
            ),
            messages,
        );
        parties.extend(lure.headlines.values().map(|(_, party)| *party));
    }
    if parties.is_empty() && lure.compared {
        let detail = "no established sender's mail bears its text or subject".to_owned();
        items.add(&OWN_TEXT, 1.0, detail);
    }
    parties.sort_unstable();
    parties.dedup();
    parties
}
