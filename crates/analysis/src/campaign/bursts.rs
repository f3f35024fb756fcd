//! Bursts: like mail from outside, close in time.
//!
//! Each token-bearing message gives a few keys; messages that share a key and lie at
//! most [`GAP_DAYS`] apart are joined. A key never rests on text alone: a lure that
//! copies a real article must not be joined with the newsletter that carried it.
//! Work is a sort of the keys, never a comparison of all pairs.

use demarche_core::UtcMicros;

use super::counts::{Archive, Id, hash, trackers};
use super::near::{Sketch, similarity};

/// Messages further apart are not one burst.
const GAP_DAYS: i64 = 3;
/// A template with more messages than this joins only together with a second trait.
const RARE_TEMPLATE_MESSAGES: u32 = 400;
/// A template sent by more parties than this joins only together with a second trait.
const RARE_TEMPLATE_PARTIES: u32 = 8;
/// A skeleton with fewer elements says nothing.
const SKELETON_TAGS: u32 = 8;
/// Senders with mail on more days are not joined with others for a like text.
const FLEETING_DAYS: usize = 30;
/// Near-duplicate texts: share of equal MinHash values.
const NEAR_DUPLICATE: f64 = 0.6;

/// Like mail, close in time.
#[derive(Debug)]
pub(super) struct Burst {
    /// Indexes into the archive's messages, sorted by time.
    pub(super) messages: Vec<usize>,
    /// Reached, sorted.
    pub(super) recipients: Vec<Id>,
    /// Different sendings.
    pub(super) envelopes: usize,
    /// Parties that sent it, sorted.
    pub(super) parties: Vec<Id>,
    /// Days since the epoch of the first and the last message.
    pub(super) days: (i64, i64),
}

struct Key {
    value: u64,
    time: i64,
    message: usize,
    /// Whether texts must be compared as well (the key holds a band of MinHash only).
    compare: bool,
}

/// Groups the archive's mail from outside; bursts of at least two envelopes and two
/// recipients, in order of their first message.
pub(super) fn find(archive: &Archive<'_>) -> Vec<Burst> {
    let mut keys = Vec::new();
    for (index, message) in archive.messages.iter().enumerate() {
        if message.external {
            add_keys(archive, index, &mut keys);
        }
    }
    keys.sort_unstable_by_key(|key: &Key| (key.value, key.time, key.message));
    let mut sets = Sets::new(archive.messages.len());
    for same in keys.chunk_by(|a, b| a.value == b.value) {
        for pair in same.windows(2) {
            let [a, b] = pair else { continue };
            let close = b.time - a.time <= GAP_DAYS * UtcMicros::DAY;
            if close && (!a.compare || near(archive, a.message, b.message)) {
                sets.join(a.message, b.message);
            }
        }
    }
    let mut members: Vec<(usize, usize)> =
        keys.iter().map(|key| key.message).map(|message| (sets.root(message), message)).collect();
    members.sort_unstable();
    members.dedup();
    let mut all: Vec<Burst> = members
        .chunk_by(|a, b| a.0 == b.0)
        .filter_map(|chunk| burst(archive, chunk.iter().map(|&(_, message)| message).collect()))
        .collect();
    all.sort_by_key(|burst| burst.messages.first().copied());
    all
}

fn burst(archive: &Archive<'_>, messages: Vec<usize>) -> Option<Burst> {
    let all = || messages.iter().filter_map(|&index| archive.messages.get(index));
    let mut recipients: Vec<Id> = all().flat_map(|m| m.recipients.iter().copied()).collect();
    let mut envelopes: Vec<u64> = all().map(|m| m.envelope).collect();
    let mut parties: Vec<Id> = all().map(|m| m.party).collect();
    for list in [&mut recipients, &mut parties] {
        list.sort_unstable();
        list.dedup();
    }
    envelopes.sort_unstable();
    envelopes.dedup();
    if recipients.len() < 2 || envelopes.len() < 2 {
        return None;
    }
    let day = |m: &super::counts::Message| m.time.div_euclid(UtcMicros::DAY);
    let days = (all().map(day).min()?, all().map(day).max()?);
    Some(Burst { messages, recipients, envelopes: envelopes.len(), parties, days })
}

fn near(archive: &Archive<'_>, a: usize, b: usize) -> bool {
    let sketch = |index: usize| {
        archive.messages.get(index).map(|m| archive.row(m).features.minhash.as_slice())
    };
    matches!((sketch(a), sketch(b)), (Some(a), Some(b)) if similarity(a, b) >= NEAR_DUPLICATE)
}

fn add_keys(archive: &Archive<'_>, index: usize, keys: &mut Vec<Key>) {
    let message = &archive.messages[index];
    let row = archive.row(message);
    let features = &row.features;
    let mut templates: Vec<(u64, &str)> = Vec::new();
    for token in trackers(row) {
        if !templates.iter().any(|(known, _)| *known == token.template) {
            templates.push((token.template, &token.url.grammar));
        }
    }
    if templates.is_empty() {
        return;
    }
    templates.truncate(20);
    let party = archive.party_names.name(message.party);
    let known = archive.parties.get(message.party as usize);
    let shared = known.is_some_and(|p| p.shared);
    let fleeting = known.is_none_or(|p| p.bulk == 0 && p.days.len() <= FLEETING_DAYS);
    let mut add = |value: u64, compare: bool| {
        keys.push(Key { value, time: message.time, message: index, compare });
    };
    let subject = (features.subject_key.len() >= 12).then_some(features.subject_key.as_str());
    let bands: Vec<u64> = Sketch::new(&features.minhash).coarse().collect();
    for (template, grammar) in &templates {
        let text = template.to_string();
        add(hash(&["template+party", &text, party]), false);
        let counts = archive.template(*template);
        if counts.messages <= RARE_TEMPLATE_MESSAGES && counts.parties <= RARE_TEMPLATE_PARTIES {
            add(hash(&["template", &text]), false);
        }
        if let Some(subject) = subject {
            add(hash(&["template+subject", &text, subject]), false);
        }
        // An established sender's text may be what others copy.
        for (place, band) in bands.iter().enumerate().filter(|_| fleeting) {
            let band = format!("{place} {band}");
            add(hash(&["grammar+text", grammar, &band]), true);
        }
    }
    if !shared {
        if features.skeleton_tags >= SKELETON_TAGS {
            add(hash(&["party+skeleton", party, &features.skeleton]), false);
        }
        if let Some(subject) = subject {
            add(hash(&["party+subject", party, subject]), false);
        }
    }
}

/// Union-find with path halving.
struct Sets {
    parent: Vec<usize>,
}

impl Sets {
    fn new(len: usize) -> Self {
        Self { parent: (0..len).collect() }
    }

    fn root(&mut self, mut at: usize) -> usize {
        while self.parent[at] != at {
            self.parent[at] = self.parent[self.parent[at]];
            at = self.parent[at];
        }
        at
    }

    fn join(&mut self, a: usize, b: usize) {
        let (a, b) = (self.root(a), self.root(b));
        // The earlier message stays the root, so the result has no order of its own.
        self.parent[a.max(b)] = a.min(b);
    }
}
