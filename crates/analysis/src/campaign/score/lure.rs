//! Whether text and subject circulate elsewhere, from established senders.
//!
//! Lures of this kind carry a real article under that day's headline. The bursts'
//! texts are put in a small index and the archive streams past it once.

use std::collections::{BTreeMap, HashMap};

use demarche_core::UtcMicros;

use super::super::bursts::Burst;
use super::super::counts::{Archive, Id, hash};
use super::super::near::{Sketch, similarity};
use super::super::weights::{COPIED_SUBJECT, COPIED_TEXT};
use super::history::Ordinary;
use super::{Items, null, share};

/// Different texts of a burst that are looked for.
const TEXTS: usize = 4;
/// Comparisons that one text may cost.
const COMPARISONS: u32 = 2_000;
/// Days on which a party must have sent ordinary mail to count as established.
const ESTABLISHED_DAYS: usize = 4;
/// Share of targeted waves held to copy a text of these days that the archive has.
const TYPICAL: f64 = 0.45;
/// Shorter subjects are said by everybody.
const SUBJECT_LEN: usize = 18;
/// Mail further from the burst than this shows what is always said.
const OTHER_DAYS: i64 = 20;
/// Days between a headline and the subject that copies it.
const HEADLINE_DAYS: i64 = 5;

/// What a burst shares with others' mail.
#[derive(Debug, Default)]
pub(super) struct Lure {
    /// Best resemblance to mail of these days, the message it is with and its party.
    text: Option<(f64, usize, Id)>,
    /// Best resemblance to mail of other times.
    other_times: f64,
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
                let days = bursts[text.burst].days;
                if day < days.0 - OTHER_DAYS || day > days.1 + OTHER_DAYS {
                    let other = &mut lures[text.burst].other_times;
                    *other = other.max(alike);
                }
                if day < days.0 - HEADLINE_DAYS || day > days.1 + 1 {
                    continue;
                }
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

impl Lure {
    /// How much nearer the text stands to mail of these days than to that of others.
    pub(super) fn excess(&self) -> Option<f64> {
        let near = self.text.map_or(0.0, |(alike, ..)| alike);
        self.compared.then_some((near - self.other_times).max(0.0))
    }

    /// Weighs the text by the rank of its excess among honest mailings.
    pub(super) fn score_text(&self, rank: Option<null::Rank>, items: &mut Items) {
        let Some((excess, rank)) = self.excess().zip(rank) else { return };
        let (detail, messages) = match self.text {
            Some((alike, message, _)) => (
                format!(
                    "the text resembles ({alike:.2}) mail that {} sent in these days, and ({:.2}) \
                     mail of other times; {:.1}% of {:.0} honest mailings do so as much",
                    self.sender_names.0,
                    self.other_times,
                    rank.to * 100.0,
                    rank.null
                ),
                vec![message],
            ),
            None => ("no established sender's mail of these days has the text".into(), Vec::new()),
        };
        let nats = null::rank_nats(rank, TYPICAL);
        // A near copy is one, however few honest mailings there are to rank it among.
        let floor = if excess >= 0.25 { ((excess - 0.25) * 3.0).min(1.8) } else { f64::MIN };
        items.cite(&COPIED_TEXT, nats.max(floor), detail, messages);
    }
}

/// Adds the headlines; returns the parties copied from.
pub(super) fn score(lure: &Lure, items: &mut Items) -> Vec<Id> {
    let mut parties: Vec<Id> = Vec::new();
    if lure.excess().is_some_and(|excess| excess > 0.15) {
        parties.extend(lure.text.map(|(_, _, party)| party));
    }
    let messages: Vec<usize> = lure.headlines.values().map(|(index, _)| *index).collect();
    parties.extend(lure.headlines.values().map(|(_, party)| *party));
    let detail = if messages.is_empty() {
        "no established sender's mail of these days bears the subject".to_owned()
    } else {
        format!(
            "{:.0}% of the messages bear a subject that {} used in these days",
            lure.headline_share * 100.0,
            lure.sender_names.1
        )
    };
    items.indicate_citing(&COPIED_SUBJECT, lure.headline_share, detail, messages);
    parties.sort_unstable();
    parties.dedup();
    parties
}
