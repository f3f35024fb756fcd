//! Exports that their reader found cut: what they lack lies at one end.
//!
//! Searches give the newest events first, so that a full export lacks older ones; some
//! tools turn the order round, and `ReturnLargeSet` gives none. How far the search was to
//! reach is not in the export. Where other exports of the same kind show events beyond its
//! end, what lies between them and that end may be missing; where none does, nothing was
//! claimed to be covered there.

use std::collections::BTreeMap;

use demarche_core::{Anomaly, Event, UtcMicros};

use super::Hole;
use crate::intrusion::source_of;

/// A hole is at least so long: exports side by side leave less between them.
const SHORTEST: i64 = UtcMicros::HOUR;

/// Source and path of a member.
type Place<'e> = (&'e str, &'e str);

/// Times of the events of one member, by evidence kind, in the order they lie in.
type OfKind = BTreeMap<&'static str, Vec<(u64, i64)>>;

/// The hole at the end of each cut export that other exports reach beyond. `anomalies` are
/// the readers'.
#[must_use]
pub fn cut_exports(events: &[Event], anomalies: &[Anomaly]) -> Vec<Hole> {
    let cut: BTreeMap<Place<'_>, &Anomaly> = anomalies
        .iter()
        .filter(|anomaly| anomaly.is_of_cut_export())
        .map(|anomaly| {
            ((anomaly.evidence.source.as_str(), anomaly.evidence.path.as_str()), anomaly)
        })
        .collect();
    if cut.is_empty() {
        return Vec::new();
    }
    let mut inside: BTreeMap<Place<'_>, OfKind> = BTreeMap::new();
    let mut all: BTreeMap<&'static str, Vec<(i64, Place<'_>)>> = BTreeMap::new();
    for event in events.iter().filter(|event| event.is_of_account()) {
        let Some(time) = event.time else { continue };
        let place = (event.evidence.source.as_str(), event.evidence.path.as_str());
        let kind = source_of(event);
        all.entry(kind).or_default().push((time.micros(), place));
        if cut.contains_key(&place) {
            let of_place = inside.entry(place).or_default();
            of_place.entry(kind).or_default().push((event.evidence.offset, time.micros()));
        }
    }
    all.values_mut().for_each(|times| times.sort_unstable());
    let mut holes = Vec::new();
    for (place, kinds) in inside {
        for (kind, mut times) in kinds {
            times.sort_unstable();
            let falling = order(&times);
            let first = times.iter().map(|t| t.1).min().unwrap_or_default();
            let last = times.iter().map(|t| t.1).max().unwrap_or_default();
            let of_others = || all[kind].iter().filter(|(_, other)| *other != place).map(|o| o.0);
            let older = of_others().filter(|t| *t < first).max().filter(|_| falling != Some(false));
            let newer = of_others().filter(|t| *t > last).min().filter(|_| falling != Some(true));
            // Others that lie within the export show that it is not alone at its ends.
            let edges = [older.map(|older| (older, first)), newer.map(|newer| (last, newer))];
            for (from, to) in edges.into_iter().flatten().filter(|(f, t)| t - f >= SHORTEST) {
                let (Some(from), Some(to)) =
                    (UtcMicros::from_micros(from), UtcMicros::from_micros(to))
                else {
                    continue;
                };
                let anomaly = cut[&place];
                holes.push(Hole {
                    source: kind.to_owned(),
                    account: String::new(),
                    from,
                    to,
                    reason: format!("events beyond the end of `{}`: {}", place.1, anomaly.reason),
                    evidence: anomaly.evidence.clone(),
                });
            }
        }
    }
    holes
}

/// Whether times fall (newest first) or rise along the export; `None` when neither.
fn order(times: &[(u64, i64)]) -> Option<bool> {
    let (mut rises, mut falls) = (0_usize, 0_usize);
    for pair in times.windows(2) {
        rises += usize::from(pair[1].1 > pair[0].1);
        falls += usize::from(pair[1].1 < pair[0].1);
    }
    let clearly = |more: usize, less: usize| more > 9 * less && more > 0;
    if clearly(falls, rises) {
        Some(true)
    } else if clearly(rises, falls) {
        Some(false)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use demarche_core::EvidenceRef;

    use super::*;

    fn event(path: &str, offset: u64, day: i64) -> Event {
        Event {
            provider: "m365".into(),
            workload: "Exchange".into(),
            time: UtcMicros::from_micros(day * UtcMicros::DAY),
            evidence: EvidenceRef { path: path.into(), offset, ..EvidenceRef::default() },
            ..Event::default()
        }
    }

    fn full(path: &str) -> Anomaly {
        Anomaly {
            evidence: EvidenceRef { path: path.into(), ..EvidenceRef::default() },
            reader: "m365-csv".into(),
            reason: "export may be cut at 50,000 rows: it has exactly 50000".into(),
        }
    }

    #[test]
    fn the_older_end_of_a_full_export_is_open_towards_another() {
        let mut events: Vec<Event> =
            (0..20_u64).map(|n| event("b.csv", n, 130 - i64::try_from(n).unwrap())).collect();
        events.extend((0..20).map(|n| event("a.csv", n, 80 + i64::try_from(n).unwrap())));
        let holes = cut_exports(&events, &[full("b.csv")]);
        assert_eq!(holes.len(), 1);
        assert_eq!(holes[0].from.day(), 99);
        assert_eq!(holes[0].to.day(), 111);
        // Whole exports, and one that stands alone, leave no hole.
        assert!(cut_exports(&events, &[]).is_empty());
        assert!(cut_exports(&events[..20], &[full("b.csv")]).is_empty());
        // Oldest first: the newer end is open, and nothing lies beyond it.
        assert_eq!(cut_exports(&events, &[full("a.csv")])[0].from.day(), 99);
    }
}
