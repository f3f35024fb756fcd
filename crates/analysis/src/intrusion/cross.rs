//! The same hand in several accounts: an address or a rare agent that is a stranger in
//! each of them.

use std::collections::{BTreeMap, BTreeSet};

use super::baseline::{Life, Peers};
use super::candidates::{Candidate, Thread, at_home};
use super::evidence::{Class, Weighed};
use super::view::View;
use super::weights;

/// Candidates that alone weigh less than this say nothing about others.
const SAYS_SOMETHING: f64 = 1.5;
/// For agents, which many people may have, more is asked.
const SAYS_MORE: f64 = 3.5;
/// An address in more accounts than this is somebody's shared exit.
const SHARED_BY_AT_MOST: usize = 12;

/// What a candidate leaves that can be found elsewhere.
pub(crate) struct Trace {
    account: u32,
    addresses: BTreeSet<u32>,
    agents: BTreeSet<u32>,
    /// Indexes into the view to show.
    accesses: Vec<usize>,
    total: f64,
}

/// Foreign addresses and rare agents of a candidate.
pub(crate) fn trace(life: &Life<'_>, peers: &Peers, candidate: &Candidate, total: f64) -> Trace {
    let stranger =
        !matches!(candidate.thread, Thread::Changes | Thread::Delegate(_) | Thread::Posing(_));
    let sittings: Vec<_> = candidate
        .sittings
        .iter()
        .map(|s| &life.sittings[*s])
        .filter(|s| stranger && s.located() && !s.only_failures())
        .collect();
    let rare = |agent: &u32| {
        peers.agents.get(agent).is_none_or(|users| users.accounts <= 4.max(peers.accounts / 20))
    };
    Trace {
        account: life.account,
        addresses: sittings
            .iter()
            .filter(|s| !at_home(life, peers, s))
            .map(|s| s.address.ip)
            .collect(),
        agents: sittings.iter().flat_map(|s| s.agents.iter().copied()).filter(rare).collect(),
        accesses: sittings.iter().filter_map(|s| s.accesses.first().copied()).take(20).collect(),
        total,
    }
}

/// Items for each trace, in their order.
pub(crate) fn items(view: &View<'_>, traces: &[Trace]) -> Vec<Vec<Weighed>> {
    let mut addresses: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
    let mut agents: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
    for (at, trace) in traces.iter().enumerate() {
        trace.addresses.iter().for_each(|ip| addresses.entry(*ip).or_default().push(at));
        trace.agents.iter().for_each(|agent| agents.entry(*agent).or_default().push(at));
    }
    let others = |at: usize, sharers: &[usize], from: f64| -> BTreeSet<u32> {
        sharers
            .iter()
            .filter(|other| {
                traces[**other].account != traces[at].account && traces[**other].total >= from
            })
            .map(|other| traces[*other].account)
            .collect()
    };
    traces
        .iter()
        .enumerate()
        .map(|(at, trace)| {
            let mut items = Vec::new();
            let shared = trace
                .addresses
                .iter()
                .filter(|ip| addresses.get(ip).is_some_and(|s| s.len() <= SHARED_BY_AT_MOST))
                .map(|ip| {
                    (others(at, addresses.get(ip).map_or(&[], Vec::as_slice), SAYS_SOMETHING), *ip)
                })
                .filter(|(accounts, _)| !accounts.is_empty())
                .max_by_key(|(accounts, ip)| (accounts.len(), *ip));
            if let Some((accounts, ip)) = shared {
                items.push(Weighed {
                    class: Class::CrossAccount,
                    name: "same_address_in_other_accounts",
                    nats: weights::SHARED_ADDRESS,
                    detail: format!(
                        "{} is a stranger in {} other accounts too",
                        view.names.text(ip),
                        accounts.len()
                    ),
                    accesses: trace.accesses.clone(),
                });
            }
            let same_agent = trace
                .agents
                .iter()
                .map(|agent| {
                    (others(at, agents.get(agent).map_or(&[], Vec::as_slice), SAYS_MORE), *agent)
                })
                .filter(|(accounts, _)| !accounts.is_empty())
                .max_by_key(|(accounts, agent)| (accounts.len(), *agent));
            if let Some((accounts, agent)) = same_agent {
                items.push(Weighed {
                    class: Class::CrossAccount,
                    name: "same_agent_in_other_accounts",
                    nats: weights::SHARED_AGENT,
                    detail: format!(
                        "{} is a stranger in {} other accounts too",
                        view.names.text(agent),
                        accounts.len()
                    ),
                    accesses: trace.accesses.clone(),
                });
            }
            items
        })
        .collect()
}
