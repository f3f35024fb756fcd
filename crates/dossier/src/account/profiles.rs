//! Who used an account: networks and programs together.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use demarche_core::{Event, Intrusion, UtcMicros};
use serde::{Deserialize, Serialize};

use crate::words::is_likely;

/// Profiles that are shown.
const MOST: usize = 12;

/// One network and one program that used an account together.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    /// The /24 or /48 of its addresses; empty when no address was logged.
    pub network: String,
    /// The program, told from the user agent; empty when none was logged.
    pub program: String,
    /// Events.
    pub events: u64,
    /// Days on which it was used.
    pub days: u64,
    /// Sessions with an id.
    pub sessions: u64,
    /// First use.
    pub first: Option<UtcMicros>,
    /// Last use.
    pub last: Option<UtcMicros>,
    /// Whether a session of it is one of a likely intrusion's.
    pub intruder: bool,
}

#[derive(Default)]
struct Count {
    events: u64,
    days: BTreeSet<i64>,
    sessions: BTreeSet<String>,
    first: Option<UtcMicros>,
    last: Option<UtcMicros>,
}

/// The most used profiles, those of intrusions first, and how many there are besides.
pub(super) fn of(events: &[Event], intrusions: &[Intrusion]) -> (Vec<Profile>, usize) {
    let likely = intrusions.iter().filter(|row| is_likely(row.probability));
    let theirs: BTreeSet<&str> = likely.flat_map(|row| &row.sessions).map(String::as_str).collect();
    let mut counts: BTreeMap<(String, String), Count> = BTreeMap::new();
    for event in events.iter().filter(|event| event.is_of_account()) {
        let key = (network(&event.source_ip), program(&event.user_agent));
        if key.0.is_empty() && key.1.is_empty() {
            continue;
        }
        let count = counts.entry(key).or_default();
        count.events += 1;
        if !event.session.is_empty() {
            count.sessions.insert(event.session.clone());
        }
        if let Some(time) = event.time {
            count.days.insert(time.day());
            count.first = Some(count.first.map_or(time, |first| first.min(time)));
            count.last = count.last.max(Some(time));
        }
    }
    let mut profiles: Vec<Profile> = counts
        .into_iter()
        .map(|((network, program), count)| Profile {
            network,
            program,
            events: count.events,
            days: count.days.len() as u64,
            intruder: count.sessions.iter().any(|session| theirs.contains(session.as_str())),
            sessions: count.sessions.len() as u64,
            first: count.first,
            last: count.last,
        })
        .collect();
    profiles.sort_by(|a, b| {
        (b.intruder, b.events, &a.network, &a.program)
            .cmp(&(a.intruder, a.events, &b.network, &b.program))
    });
    let more = profiles.len().saturating_sub(MOST);
    profiles.truncate(MOST);
    (profiles, more)
}

/// The /24 or /48 of an address.
fn network(address: &str) -> String {
    match address.parse::<IpAddr>() {
        Ok(IpAddr::V4(v4)) => {
            let [a, b, c, _] = v4.octets();
            format!("{a}.{b}.{c}.0/24")
        }
        Ok(IpAddr::V6(v6)) => {
            let [a, b, c, ..] = v6.segments();
            format!("{a:x}:{b:x}:{c:x}::/48")
        }
        Err(_) => String::new(),
    }
}

/// Names of programs, the more particular first, and what is shown for them.
const PROGRAMS: [(&str, &str); 22] = [
    ("outlook-ios", "Outlook iOS"),
    ("outlook-android", "Outlook Android"),
    ("client=owa", "Outlook web"),
    ("client=rest", "REST client"),
    ("client=ews", "EWS client"),
    ("client=pop3/imap4", "POP/IMAP"),
    ("client=activesync", "ActiveSync"),
    ("client=outlookservice", "Outlook service"),
    ("client=msexchangerpc", "Outlook desk"),
    ("microsoft office", "Office"),
    ("microsoft outlook", "Outlook desk"),
    ("thunderbird", "Thunderbird"),
    ("edg/", "Edge"),
    ("edge/", "Edge"),
    ("opr/", "Opera"),
    ("firefox", "Firefox"),
    ("fxios", "Firefox iOS"),
    ("crios", "Chrome iOS"),
    ("chrome", "Chrome"),
    ("safari", "Safari"),
    ("python", "Python"),
    ("curl", "curl"),
];

/// The program a user agent names: a known one, else its first word.
fn program(agent: &str) -> String {
    let lower = agent.to_lowercase();
    if let Some((_, name)) = PROGRAMS.iter().find(|(part, _)| lower.contains(part)) {
        return (*name).to_owned();
    }
    let word = agent.split(['/', ' ', ';', '(']).next().unwrap_or_default();
    word.chars().filter(|c| !c.is_control()).take(24).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_and_programs() {
        assert_eq!(network("192.0.2.77"), "192.0.2.0/24");
        assert_eq!(network("2001:db8:1:2::9"), "2001:db8:1::/48");
        assert_eq!(network("?"), "");
        let edge = "Mozilla/5.0 (Windows NT 10.0) AppleWebKit Chrome/120 Safari/537 Edg/120.0";
        assert_eq!(program(edge), "Edge");
        assert_eq!(program("Client=REST;Client=RESTSystem;;"), "REST client");
        assert_eq!(program("rclone/1.60"), "rclone");
        assert_eq!(program(""), "");
    }
}
