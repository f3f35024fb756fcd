//! Tokens one-to-one with recipients.
//!
//! A tracking URL tells its owner *who* opened the mail, so the token differs for each
//! sending, and with it the URL. For each URL template of the burst the sendings are
//! counted that bear a URL which no other sending bears.

use std::collections::{BTreeMap, BTreeSet};

use super::super::bursts::Burst;
use super::super::counts::{Archive, hash, is_remote, trackers};
use super::super::weights::{
    COMMON_TEMPLATE, NEW_TEMPLATE, NO_UNIQUE_TOKEN, TOKEN_LOADED, UNIQUE_TOKEN,
};
use super::history::Ordinary;
use super::{Items, float, share};

/// A template must stand in this share of the sendings.
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
    /// Whether sendings bear URLs of their own at all.
    pub(in super::super) unique: bool,
    /// Whether one is loaded by opening the mail.
    pub(in super::super) loaded: bool,
    /// Whether one is the target of a link.
    pub(in super::super) linked: bool,
}

#[derive(Default)]
struct Seen {
    /// URL to its sending; `None` once it stood in several.
    urls: BTreeMap<u64, Option<u64>>,
    sendings: BTreeSet<u64>,
    /// Messages with the template, and the last of them.
    messages: (usize, Option<usize>),
}

impl Seen {
    /// Sendings with a URL of their own.
    fn unique(&self) -> usize {
        let mut own: Vec<u64> = self.urls.values().copied().flatten().collect();
        own.sort_unstable();
        own.dedup();
        own.len()
    }
}

/// Finds the tracking URLs and scores token and template.
pub(super) fn score(
    archive: &Archive<'_>,
    ordinary: &Ordinary,
    burst: &Burst,
    items: &mut Items,
) -> Tracking {
    let mut templates: BTreeMap<u64, Seen> = BTreeMap::new();
    for &index in &burst.messages {
        let message = &archive.messages[index];
        for tracker in trackers(archive.row(message)) {
            let seen = templates.entry(tracker.template).or_default();
            seen.urls
                .entry(hash(&[&tracker.url.url]))
                .and_modify(|of| *of = of.filter(|sending| *sending == message.envelope))
                .or_insert(Some(message.envelope));
            seen.sendings.insert(message.envelope);
            if seen.messages.1 != Some(index) {
                seen.messages = (seen.messages.0 + 1, Some(index));
            }
        }
    }
    let mut best = (0.0_f64, 0_usize);
    let mut keys = Vec::new();
    for (template, seen) in &templates {
        if share(seen.sendings.len(), burst.envelopes) < COVERS {
            continue;
        }
        let unique = seen.unique();
        let degree = share(unique, seen.sendings.len());
        if degree >= 0.8 {
            keys.push(*template);
        }
        if degree > best.0 {
            best = (degree, unique);
        }
    }
    let (degree, unique) = best;
    if degree >= 0.5 {
        // Two or three URLs may differ by chance; ten may not.
        let size = (float(burst.envelopes) / 6.0).min(1.0).sqrt();
        items.add(
            &UNIQUE_TOKEN,
            (degree - 0.4) / 0.6 * size,
            format!("{unique} of {} sendings bear a URL that no other bears", burst.envelopes),
        );
    } else {
        items.add(
            &NO_UNIQUE_TOKEN,
            1.0 - degree,
            format!("only {unique} of {} sendings bear a URL of their own", burst.envelopes),
        );
    }
    let mut tracking = describe(archive, burst, keys);
    tracking.unique = degree >= 0.5;
    let loaded = if tracking.loaded {
        "opening the mail loads the token's URL"
    } else {
        "the token's URL is loaded by following a link only"
    };
    items.indicate(&TOKEN_LOADED, share(usize::from(tracking.loaded), 1), loaded.to_owned());
    novelty(archive, ordinary, burst, &tracking, &templates, items);
    tracking
}

fn describe(archive: &Archive<'_>, burst: &Burst, keys: Vec<u64>) -> Tracking {
    let mut tracking = Tracking { keys, ..Tracking::default() };
    for &index in burst.messages.iter().take(200) {
        for tracker in trackers(archive.row(&archive.messages[index])) {
            if tracking.keys.binary_search(&tracker.template).is_err() {
                continue;
            }
            tracking.loaded |= is_remote(tracker.url.place);
            tracking.linked |= !is_remote(tracker.url.place);
            for (list, value) in [
                (&mut tracking.templates, &tracker.url.template),
                (&mut tracking.grammars, &tracker.url.grammar),
                (&mut tracking.domains, &tracker.url.domain),
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
fn novelty(
    archive: &Archive<'_>,
    ordinary: &Ordinary,
    burst: &Burst,
    tracking: &Tracking,
    templates: &BTreeMap<u64, Seen>,
    items: &mut Items,
) {
    let outside = |key: &u64| {
        let counts = archive.template(*key);
        let inside = templates.get(key).map_or(0, |seen| seen.messages.0);
        ((counts.messages as usize).saturating_sub(inside), counts)
    };
    let found = tracking.keys.iter().take(50).map(outside).min_by_key(|(n, c)| (*n, c.parties));
    let Some((others, counts)) = found else { return };
    let own = counts.parties as usize <= burst.parties.len()
        && burst.parties.iter().all(|&party| ordinary.outside(party, burst.days) == 0);
    let degree = if others == 0 {
        1.0
    } else if own {
        // The same sender's other bursts, and it sends nothing else.
        0.5
    } else if others < burst.messages.len() && counts.parties <= 3 {
        0.4
    } else {
        0.0
    };
    let detail = match others {
        0 => "the tracking URL's template is in no other mail of the archive".to_owned(),
        others => format!("the tracking URL's template is in {others} other messages"),
    };
    items.indicate(&NEW_TEMPLATE, degree, detail);
    if others > 0 && counts.parties >= 4 {
        items.add(
            &COMMON_TEMPLATE,
            (f64::from(counts.parties) / 12.0).min(1.0),
            format!("{} senders use the template, in {others} other messages", counts.parties),
        );
    }
}
