//! Who knew the sender, who answered, and what explains it as bulk.

use std::collections::{BTreeMap, BTreeSet};

use demarche_core::UtcMicros;

use super::super::CampaignInput;
use super::super::bursts::Burst;
use super::super::counts::{Archive, Id, trackers};
use super::super::weights::{
    CADENCE, CORRESPONDENT, FEW_PER_MESSAGE, FIRST_CONTACT, KNOWN_SENDER, LIST_HEADERS, NEW_SENDER,
    NO_LIST_HEADERS, NO_REPLY, OLD_SENDER, REPLIED, SIMULATION,
};
use super::{Items, float, share};

/// Days around a burst that still belong to it.
const AROUND: i64 = 3;

/// Days on which a party sent *ordinary* mail: with list headers, answered, or without
/// a token. An operator's domain may serve several waves; what it never has is a life
/// besides them.
#[derive(Debug)]
pub(super) struct Ordinary {
    days: Vec<Vec<i64>>,
    /// Whether the archive holds outgoing mail at all.
    pub(super) sees_replies: bool,
}

impl Ordinary {
    pub(super) fn new(archive: &Archive<'_>) -> Self {
        let mut days = vec![Vec::new(); archive.parties.len()];
        for message in archive.messages.iter().filter(|m| m.external) {
            let row = archive.row(message);
            let ordinary = !row.features.bulk_markers.is_empty()
                || archive.is_answered(row)
                || trackers(row).next().is_none();
            let day = message.time.div_euclid(UtcMicros::DAY);
            if ordinary
                && let Some(list) = days.get_mut(message.party as usize)
                && list.last() != Some(&day)
            {
                list.push(day);
            }
        }
        let sees_replies = archive.parties.iter().any(|party| !party.written_to.is_empty());
        Self { days, sees_replies }
    }

    /// Ordinary days outside of `days` and what lies next to them.
    pub(super) fn outside(&self, party: Id, days: (i64, i64)) -> usize {
        let Some(list) = self.days.get(party as usize) else { return 0 };
        let inside = list.partition_point(|&day| day <= days.1 + AROUND)
            - list.partition_point(|&day| day < days.0 - AROUND);
        list.len() - inside
    }

    /// All ordinary days of a party.
    pub(super) fn count(&self, party: Id) -> usize {
        self.days.get(party as usize).map_or(0, Vec::len)
    }
}

/// For each burst: starts and regularity of its senders' bursts, when steady.
pub(super) fn cadence(bursts: &[Burst], archive: &Archive<'_>) -> Vec<Option<(usize, f64)>> {
    let mut starts: BTreeMap<Id, BTreeSet<i64>> = BTreeMap::new();
    for burst in bursts {
        for &party in &burst.parties {
            starts.entry(party).or_default().insert(burst.days.0);
        }
    }
    let steady = |party: Id| -> Option<(usize, f64)> {
        let days: Vec<i64> = starts.get(&party)?.iter().copied().collect();
        if days.len() < 6 || archive.parties.get(party as usize)?.shared {
            return None;
        }
        #[allow(clippy::cast_precision_loss)] // days
        let gaps: Vec<f64> = days.windows(2).map(|pair| (pair[1] - pair[0]) as f64).collect();
        let mean = gaps.iter().sum::<f64>() / float(gaps.len());
        let variance = gaps.iter().map(|gap| (gap - mean).powi(2)).sum::<f64>() / float(gaps.len());
        (variance.sqrt() < 0.5 * mean && mean <= 45.0).then_some((days.len(), mean))
    };
    bursts
        .iter()
        .map(|burst| {
            let days: usize = usize::try_from(burst.days.1 - burst.days.0).unwrap_or(0);
            if days > 20 {
                return Some((burst.messages.len(), float(days) / float(burst.messages.len())));
            }
            burst.parties.iter().find_map(|&party| steady(party))
        })
        .collect()
}

pub(super) fn score(
    input: &CampaignInput<'_>,
    archive: &Archive<'_>,
    ordinary: &Ordinary,
    burst: &Burst,
    steady: Option<(usize, f64)>,
    items: &mut Items,
) {
    sender(archive, ordinary, burst, items);
    replies(archive, ordinary, burst, items);
    bulk(input, archive, burst, items);
    if let Some((times, gap)) = steady {
        items.add(&CADENCE, 1.0, format!("{times} mailings, one every {gap:.1} days"));
    }
    let per_message = share(
        burst.messages.iter().map(|&i| addressed(archive, i)).filter(|&n| n <= 2).count(),
        burst.messages.len(),
    );
    items.add(
        &FEW_PER_MESSAGE,
        (per_message - 0.5).max(0.0) * 2.0,
        format!("{:.0}% of the messages name one or two recipients", per_message * 100.0),
    );
}

fn addressed(archive: &Archive<'_>, index: usize) -> usize {
    let row = archive.row(&archive.messages[index]);
    row.to.len() + row.cc.len()
}

fn sender(archive: &Archive<'_>, ordinary: &Ordinary, burst: &Burst, items: &mut Items) {
    let (mut ordinary_days, mut other_days) = (0, 0);
    for &party in &burst.parties {
        ordinary_days = ordinary_days.max(ordinary.outside(party, burst.days));
        let Some(known) = archive.parties.get(party as usize) else { continue };
        let (before, after) = known.days_outside(burst.days.0 - AROUND, burst.days.1 + AROUND);
        other_days = other_days.max(before + after);
    }
    let (degree, detail) = if other_days == 0 {
        (1.0, "the sender writes at no other time in the archive".to_owned())
    } else if ordinary_days == 0 {
        (0.6, format!("the sender's other mail, on {other_days} days, is all of this kind"))
    } else {
        (0.0, format!("the sender wrote on {other_days} other days"))
    };
    items.indicate(&NEW_SENDER, degree, detail);
    if ordinary_days > 0 {
        items.add(
            &OLD_SENDER,
            (float(ordinary_days) / 8.0).min(1.0),
            format!("the sender wrote ordinary mail on {ordinary_days} other days"),
        );
    }
    let start = burst.messages.first().map_or(0, |&i| archive.messages[i].time);
    let known = burst
        .recipients
        .iter()
        .filter(|&&recipient| {
            burst
                .parties
                .iter()
                .filter_map(|&party| archive.first_contact(recipient, party))
                .any(|first| first < start)
        })
        .count();
    let part = share(known, burst.recipients.len());
    let detail =
        format!("{known} of {} recipients had mail from the sender before", burst.recipients.len());
    // Earlier bursts of a sender without any other life make half an acquaintance.
    let acquainted = if ordinary_days > 0 { 2.0 } else { 1.0 };
    items.indicate(&FIRST_CONTACT, (1.0 - part * acquainted).max(0.0), detail.clone());
    if part > 0.2 && ordinary_days > 0 {
        items.add(&KNOWN_SENDER, part, detail);
    }
}

fn replies(archive: &Archive<'_>, ordinary: &Ordinary, burst: &Burst, items: &mut Items) {
    if !ordinary.sees_replies {
        return;
    }
    let answered: Vec<usize> = burst
        .messages
        .iter()
        .copied()
        .filter(|&i| archive.is_answered(archive.row(&archive.messages[i])))
        .collect();
    let (first, last) = span(archive, burst);
    let after = last + 14 * UtcMicros::DAY;
    let written: usize = burst
        .parties
        .iter()
        .filter_map(|&party| archive.parties.get(party as usize))
        .map(|party| party.written_to.iter().filter(|&&t| t < first || t > after).count())
        .sum();
    if written > 0 {
        items.add(
            &CORRESPONDENT,
            if written >= 3 { 1.0 } else { 0.5 },
            format!("people inside wrote to the sender {written} times before or later"),
        );
    }
    let detail = format!("{} of {} messages were answered", answered.len(), burst.messages.len());
    if answered.is_empty() {
        // Silence over a few mails is nothing.
        items.indicate(&NO_REPLY, (float(burst.envelopes) / 6.0).min(1.0), detail);
    } else {
        // A victim may answer too; an honest invitation is answered by many.
        let part = share(answered.len(), burst.messages.len());
        items.cite(&REPLIED, (part * 4.0).min(1.0), detail, answered);
    }
}

fn span(archive: &Archive<'_>, burst: &Burst) -> (i64, i64) {
    let time = |index: Option<&usize>| index.map_or(0, |&i| archive.messages[i].time);
    (time(burst.messages.first()), time(burst.messages.last()))
}

fn bulk(input: &CampaignInput<'_>, archive: &Archive<'_>, burst: &Burst, items: &mut Items) {
    let rows = || burst.messages.iter().map(|&i| archive.row(&archive.messages[i]));
    let listed = rows().filter(|row| !row.features.bulk_markers.is_empty()).count();
    let part = share(listed, burst.messages.len());
    if listed == 0 {
        items.add(&NO_LIST_HEADERS, 1.0, "no list headers".to_owned());
    } else {
        items.add(&LIST_HEADERS, part, format!("{listed} messages bear list headers"));
    }
    let vendor = rows().find(|row| {
        let time = row.time();
        let kinds = &["simulation_vendor"];
        input.context.has_value(kinds, &row.features.from_domain, time)
            || input.context.has_value(kinds, &row.features.origin_host, time)
            || input.context.has_ip(kinds, &row.features.origin_ip, time)
            || row.features.dkim_domains.iter().any(|d| input.context.has_value(kinds, d, time))
            || row
                .features
                .urls
                .iter()
                .take(20)
                .any(|u| input.context.has_value(kinds, &u.host, time))
    });
    if let Some(row) = vendor {
        let detail = format!("context names {} as a simulation vendor", row.features.from_domain);
        items.add(&SIMULATION, 1.0, detail);
    }
}
