//! What rules are asked of beside audit events: requests, look-ups of names and look-ups
//! of call records, as far as any rule can match them.

use std::collections::BTreeMap;

use demarche_core::{Event, Fetch, RecordLookup, RosterEntry};
use demarche_detect::sigma::{RuleSet, Wanted, records};

/// Records that a rule of `sets` can match, as events.
pub(in crate::case) fn asked(
    sets: &[&RuleSet],
    fetches: &[Fetch],
    lookups: &[RecordLookup],
    roster: &[RosterEntry],
) -> Vec<Event> {
    let mut wanted: BTreeMap<String, Vec<Wanted>> = BTreeMap::new();
    let mut wants = |event: &Event| {
        let of = || sets.iter().map(|set| set.wanted(&event.provider)).collect();
        let wanted = wanted.entry(event.provider.clone()).or_insert_with(of);
        wanted.iter().any(|wanted| match wanted {
            Wanted::All => true,
            Wanted::Operations(these) => {
                !these.is_empty() && these.contains(&event.operation.to_lowercase())
            }
        })
    };
    let requests = fetches.iter().filter_map(records::of_fetch);
    let lookups = records::of_lookups(lookups, roster);
    requests.chain(lookups).filter(|event| wants(event)).collect()
}
