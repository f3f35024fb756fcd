//! Tokens one-to-one with recipients.
//!
//! A tracking URL tells its owner *who* opened the mail, so the token differs for each
//! sending. Every variable piece of every URL template of the burst is tried; the piece
//! most nearly one-to-one with the sendings is the tracking token.

use std::collections::BTreeMap;

use super::super::bursts::Burst;
use super::super::counts::{Archive, is_remote, tokens};
use super::super::weights::{
    COMMON_TEMPLATE, NEW_TEMPLATE, NO_UNIQUE_TOKEN, TOKEN_LOADED, UNIQUE_TOKEN,
};
use super::{Items, float, share};

/// A piece must stand in this share of the sendings.
const COVERS: f64 = 0.6;

/// URLs that carry the recipients' tokens.
#[derive(Clone, Debug, Default)]
pub(in super::super) struct Tracking {
    /// Template keys whose pieces are one-to-one with sendings, sorted.
    pub(in super::super) keys: Vec<u64>,
    /// Their templates as text, sorted.
    pub(in super::super) templates: Vec<String>,
    /// Their grammars, sorted.
    pub(in super::super) grammars: Vec<String>,
    /// Registrable domains, sorted.
    pub(in super::super) domains: Vec<String>,
    /// Whether one is loaded by opening the mail.
    pub(in super::super) loaded: bool,
    /// Whether one is the target of a link.
    pub(in super::super) linked: bool,
}

#[derive(Default)]
struct Piece {
    /// Token to sendings (at most two are kept: one or many is what matters).
    tokens: BTreeMap<u64, Vec<u64>>,
    sendings: Vec<u64>,
}

/// Finds the tracking URLs and scores token and template.
pub(super) fn score(archive: &Archive<'_>, burst: &Burst, items: &mut Items) -> Tracking {
    let mut pieces: BTreeMap<(u64, u8), Piece> = BTreeMap::new();
    for &index in &burst.messages {
        let message = &archive.messages[index];
        for token in tokens(archive.row(message)) {
            let piece = pieces.entry((token.template, token.position)).or_default();
            let sendings =
                piece.tokens.entry(super::super::counts::hash(&[token.token])).or_default();
            if sendings.len() < 2 && !sendings.contains(&message.envelope) {
                sendings.push(message.envelope);
            }
            piece.sendings.push(message.envelope);
        }
    }
    let mut best = (0.0_f64, 0_usize, 0_usize);
    let mut keys = Vec::new();
    for ((template, _), piece) in &mut pieces {
        piece.sendings.sort_unstable();
        piece.sendings.dedup();
        let unique = piece.tokens.values().filter(|s| s.len() == 1).count();
        let covered = piece.sendings.len();
        let one_to_one = share(unique.min(covered), covered);
        let degree = if share(covered, burst.envelopes) >= COVERS { one_to_one } else { 0.0 };
        if degree >= 0.8 {
            keys.push(*template);
        }
        if degree > best.0 {
            best = (degree, unique, covered);
        }
    }
    keys.sort_unstable();
    keys.dedup();
    let (degree, unique, covered) = best;
    if degree >= 0.5 {
        // Two or three tokens may differ by chance; ten may not.
        let size = (float(burst.envelopes) / 6.0).min(1.0).sqrt();
        items.add(
            &UNIQUE_TOKEN,
            (degree - 0.4) / 0.6 * size,
            format!(
                "{unique} tokens, each in one sending only, in {covered} of {} sendings",
                burst.envelopes
            ),
        );
    } else {
        items.add(
            &NO_UNIQUE_TOKEN,
            1.0 - degree,
            format!("no piece of a URL differs by recipient over {} sendings", burst.envelopes),
        );
    }
    let tracking = describe(archive, burst, keys);
    if tracking.loaded {
        items.add(&TOKEN_LOADED, 1.0, "opening the mail loads the token's URL".to_owned());
    }
    novelty(archive, burst, &tracking, items);
    tracking
}

fn describe(archive: &Archive<'_>, burst: &Burst, keys: Vec<u64>) -> Tracking {
    let mut tracking = Tracking { keys, ..Tracking::default() };
    for &index in burst.messages.iter().take(200) {
        for token in tokens(archive.row(&archive.messages[index])) {
            if tracking.keys.binary_search(&token.template).is_err() {
                continue;
            }
            tracking.loaded |= is_remote(token.url.place);
            tracking.linked |= !is_remote(token.url.place);
            for (list, value) in [
                (&mut tracking.templates, &token.url.template),
                (&mut tracking.grammars, &token.url.grammar),
                (&mut tracking.domains, &token.url.domain),
            ] {
                if !list.contains(value) && list.len() < 50 {
                    list.push(value.clone());
                }
            }
        }
    }
    tracking.templates.sort_unstable();
    tracking.grammars.sort_unstable();
    tracking.domains.sort_unstable();
    tracking
}

/// Whether the tracking template is seen outside of the burst. The most novel one
/// counts: a mailing service's open counter may stand beside the operator's own.
fn novelty(archive: &Archive<'_>, burst: &Burst, tracking: &Tracking, items: &mut Items) {
    let outside = |key: &u64| {
        let counts = archive.template(*key);
        let inside = burst
            .messages
            .iter()
            .filter(|&&i| tokens(archive.row(&archive.messages[i])).any(|t| t.template == *key))
            .count();
        ((counts.messages as usize).saturating_sub(inside), counts)
    };
    let found = tracking.keys.iter().take(50).map(outside).min_by_key(|(n, c)| (*n, c.parties));
    let Some((others, counts)) = found else { return };
    if others == 0 {
        let detail = "the tracking URL's template is in no other mail of the archive".to_owned();
        items.add(&NEW_TEMPLATE, 1.0, detail);
    } else if counts.parties >= 4 {
        items.add(
            &COMMON_TEMPLATE,
            (f64::from(counts.parties) / 12.0).min(1.0),
            format!("{} senders use the template, in {others} other messages", counts.parties),
        );
    } else if others < burst.messages.len() {
        items.add(
            &NEW_TEMPLATE,
            0.4,
            format!("the tracking URL's template is in only {others} other messages"),
        );
    }
}
