//! Events as accesses: who used what, from where, with what, and what kind of act it was.
//!
//! All text is interned once, so that grouping millions of events compares numbers.

use std::collections::HashMap;
use std::net::IpAddr;

use demarche_core::Event;

use super::acts::{Act, act_of};
use super::agent;
use super::evidence::rules;
use crate::input::{Context, Networks, Roster};

/// Interned texts; 0 is always the empty text.
#[derive(Debug)]
pub(crate) struct Names {
    ids: HashMap<String, u32>,
    texts: Vec<String>,
}

impl Names {
    fn new() -> Self {
        Self { ids: HashMap::from([(String::new(), 0)]), texts: vec![String::new()] }
    }

    fn id(&mut self, text: &str) -> u32 {
        if let Some(id) = self.ids.get(text) {
            return *id;
        }
        let id = u32::try_from(self.texts.len()).unwrap_or(u32::MAX);
        self.ids.insert(text.to_owned(), id);
        self.texts.push(text.to_owned());
        id
    }

    /// The text of an id.
    pub(crate) fn text(&self, id: u32) -> &str {
        self.texts.get(id as usize).map_or("", String::as_str)
    }
}

/// What kind of address an event came from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Origin {
    /// None stated.
    #[default]
    None,
    /// The provider's own back ends: says nothing about where the person was.
    Provider,
    /// The house's own, or an address inside it.
    House,
    /// A VPN that the house allows: colleagues leave by it, and so may anybody who pays.
    Vpn,
    Public,
}

/// An address, its /24 or /48, and its network.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Address {
    pub(crate) ip: u32,
    pub(crate) prefix: u32,
    /// What a shared exit is known by: the address itself, in IPv6 the /48.
    pub(crate) exit: u32,
    pub(crate) network: u32,
    pub(crate) origin: Origin,
}

/// One event, ready to be grouped.
#[derive(Debug)]
pub(crate) struct Access<'a> {
    pub(crate) event: &'a Event,
    /// Microseconds.
    pub(crate) time: i64,
    pub(crate) account: u32,
    /// Equal to `account` for the owner.
    pub(crate) actor: u32,
    pub(crate) address: Address,
    pub(crate) agent: u32,
    pub(crate) machinery: bool,
    pub(crate) app: u32,
    pub(crate) act: Act,
    /// Messages or files read.
    pub(crate) volume: u32,
}

/// All accesses of persons' accounts, by account and time.
#[derive(Debug)]
pub(crate) struct View<'a> {
    pub(crate) accesses: Vec<Access<'a>>,
    pub(crate) names: Names,
}

impl<'a> View<'a> {
    /// Leaves out events without a time, events of servers and accounts that are no person's (the
    /// provider's system accounts, service principals, the house's service accounts).
    pub(crate) fn new(
        events: &'a [Event],
        roster: &Roster,
        context: &Context,
        networks: &Networks,
    ) -> Self {
        let mut names = Names::new();
        let mut addresses: HashMap<&'a str, Address> = HashMap::new();
        let mut agents: HashMap<&'a str, (u32, bool)> = HashMap::new();
        let mut people: HashMap<&'a str, bool> = HashMap::new();
        let locals = local_parts(events);
        let mut accesses = Vec::with_capacity(events.len());
        // By time, so that the ids, by which sets are ordered, do not tell of the order
        // in which events were handed over.
        let accesses_only = events.iter().filter(|event| event.is_of_account());
        let mut ordered: Vec<(i64, &'a Event)> =
            accesses_only.filter_map(|event| Some((event.time?.micros(), event))).collect();
        ordered.sort_by(|a, b| (a.0, &a.1.event_uid).cmp(&(b.0, &b.1.event_uid)));
        for (time, event) in ordered {
            let actor = if event.actor.is_empty() { &event.account } else { &event.actor };
            let mut account = resolve(&event.account, &locals);
            let mut person = |name: &'a str| {
                *people.entry(name).or_insert_with(|| {
                    is_person(name, roster) && !context.has_value(&["service_account"], name, None)
                })
            };
            if !person(account) {
                // Changes to rules and grants may name an object as their account.
                if !person(actor) || event.account.contains('@') {
                    continue;
                }
                account = actor;
            }
            let act = act_of(event);
            // What somebody changes in another's mailbox is part of the changer's life;
            // what is taken away there stays with the mailbox.
            let change = matches!(act, Act::Rule | Act::Grant) && !rules::removes(event);
            if change && person(actor) {
                account = actor;
            }
            let (agent, machinery) = *agents.entry(&event.user_agent).or_insert_with(|| {
                let agent = agent::parse(&event.user_agent);
                (names.id(&agent.family), agent.machinery)
            });
            let address = *addresses
                .entry(&event.source_ip)
                .or_insert_with(|| address(&event.source_ip, context, networks, &mut names));
            let volume = match act {
                Act::MailRead => event.message_ids.len().max(1),
                Act::MailSync | Act::FileRead => 1,
                _ => 0,
            };
            accesses.push(Access {
                event,
                time,
                account: names.id(account),
                actor: names.id(if person(actor) { actor } else { account }),
                address,
                agent,
                machinery,
                app: names.id(&event.app_id),
                act,
                volume: u32::try_from(volume).unwrap_or(u32::MAX),
            });
        }
        accesses.sort_by(|a, b| {
            (names.text(a.account), a.time, &a.event.event_uid).cmp(&(
                names.text(b.account),
                b.time,
                &b.event.event_uid,
            ))
        });
        Self { accesses, names }
    }

    /// Ranges of `accesses` that hold one account each.
    pub(crate) fn accounts(&self) -> Vec<std::ops::Range<usize>> {
        let mut ranges = Vec::new();
        let mut start = 0;
        for end in 1..=self.accesses.len() {
            if end == self.accesses.len()
                || self.accesses[end].account != self.accesses[start].account
            {
                ranges.push(start..end);
                start = end;
            }
        }
        ranges
    }
}

/// Unique local parts of the accounts seen: exports name mailboxes by alias too.
fn local_parts(events: &[Event]) -> HashMap<&str, Option<&str>> {
    let mut locals: HashMap<&str, Option<&str>> = HashMap::new();
    for name in events.iter().flat_map(|event| [event.account.as_str(), event.actor.as_str()]) {
        let Some((local, _)) = name.split_once('@') else { continue };
        let known = locals.entry(local).or_insert(Some(name));
        if known.is_some_and(|known| known != name) {
            *known = None;
        }
    }
    locals
}

/// The account that a text means: itself, or the one whose alias ends a directory path.
fn resolve<'a>(text: &'a str, locals: &HashMap<&'a str, Option<&'a str>>) -> &'a str {
    if text.contains('@') {
        return text;
    }
    let alias = text.rsplit('/').next().unwrap_or(text).split('\\').next().unwrap_or(text);
    locals.get(alias).copied().flatten().unwrap_or(text)
}

fn is_person(name: &str, roster: &Roster) -> bool {
    if !roster.by_address(name, None).is_empty() {
        return true;
    }
    name.contains('@')
        && !name.starts_with("app@sharepoint")
        && !name.starts_with("serviceprincipal")
        && !name.contains('\\')
        && !name.contains(' ')
        && !name.ends_with("@support.onmicrosoft.com")
        && !name.ends_with(".prod.outlook.com")
}

/// Ranges in which Microsoft's own front and back ends act for users ("Office 365 URLs
/// and IP address ranges", and the sign-in service's published ranges).
const PROVIDER: [&str; 16] = [
    "2603:1000::/24",
    "2a01:110::/31",
    "2620:1ec::/36",
    "20.190.128.0/18",
    "40.126.0.0/18",
    "40.92.0.0/15",
    "40.96.0.0/13",
    "40.104.0.0/15",
    "52.96.0.0/14",
    "52.100.0.0/14",
    "52.104.0.0/13",
    "104.47.0.0/17",
    "13.107.0.0/16",
    "150.171.32.0/22",
    "131.253.33.0/24",
    "204.79.197.0/24",
];

fn address(text: &str, context: &Context, networks: &Networks, names: &mut Names) -> Address {
    let Ok(ip) = text.parse::<IpAddr>() else { return Address::default() };
    if ip.is_loopback() || ip.is_unspecified() {
        return Address::default();
    }
    let (prefix, wide) = match ip {
        IpAddr::V4(v4) => {
            let [a, b, c, _] = v4.octets();
            (format!("{a}.{b}.{c}.0/24"), format!("{a}.{b}.0.0/16"))
        }
        IpAddr::V6(v6) => {
            let [a, b, c, ..] = v6.segments();
            (format!("{a:x}:{b:x}:{c:x}::/48"), format!("{a:x}:{b:x}:{c:x}::/48"))
        }
    };
    let network = networks.find(text).map_or(wide, |line| format!("AS{}", line.asn));
    let private = match ip {
        IpAddr::V4(v4) => v4.is_private() || v4.is_link_local(),
        IpAddr::V6(v6) => v6.is_unique_local() || v6.is_unicast_link_local(),
    };
    let origin = if private || context.has_ip(&["own_egress"], text, None) {
        Origin::House
    } else if context.has_ip(&["vpn"], text, None) {
        Origin::Vpn
    } else if provider(ip) {
        Origin::Provider
    } else {
        Origin::Public
    };
    let (ip_id, prefix) = (names.id(text), names.id(&prefix));
    let exit = if ip.is_ipv4() { ip_id } else { prefix };
    Address { ip: ip_id, prefix, exit, network: names.id(&network), origin }
}

fn provider(ip: IpAddr) -> bool {
    PROVIDER
        .iter()
        .filter_map(|range| range.parse::<ipnet::IpNet>().ok())
        .any(|range| range.contains(&ip))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn provider_ranges_parse() {
        assert!(PROVIDER.iter().all(|range| range.parse::<ipnet::IpNet>().is_ok()));
        assert!(provider("2603:10a6:20b:f0:cafe::69".parse().unwrap()));
        assert!(!provider("80.114.221.214".parse().unwrap()));
    }

    #[test]
    fn aliases_find_their_account() {
        let event = |account: &str| Event { account: account.into(), ..Event::default() };
        let events = [event("ann@x.example"), event("org/hosted/ann")];
        let locals = local_parts(&events);
        assert_eq!(resolve("org/hosted/ann", &locals), "ann@x.example");
        assert_eq!(resolve("bob", &locals), "bob");
    }
}
