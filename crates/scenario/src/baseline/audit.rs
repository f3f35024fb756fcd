//! Three simpler ways of finding intrusions in audit logs: an address that
//! comes back and is none of the account's common ones; another country than
//! the account's own; the acts that rules look for (forwarding, consent,
//! delegation), each without the other two.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::Path;

use serde_json::{Value, json};

use super::score;
use crate::cloud::audit::{Event, Op};
use crate::net::Networks;
use crate::time::{self, DAY};

/// Days without a sign after which a new interval begins.
const PAUSE: i64 = 14;
/// Days of activity at which a score is one half.
const HALF: f64 = 4.0;

#[derive(Clone, Debug)]
struct Sign {
    time: i64,
    kind: Option<&'static str>,
}

#[derive(Clone, Debug, Default)]
struct Account {
    /// Days on which each address was seen.
    days: BTreeMap<String, BTreeSet<i64>>,
    /// Signs by address.
    signs: BTreeMap<String, Vec<Sign>>,
    /// Signs by country.
    countries: BTreeMap<&'static str, Vec<Sign>>,
    /// Acts that rules look for: session or application, and its begin.
    acts: Vec<(String, i64)>,
    /// Signs by session or application.
    threads: BTreeMap<String, Vec<Sign>>,
}

/// Collects what the methods need of each event.
#[derive(Default)]
pub struct Collector {
    accounts: BTreeMap<String, Account>,
}

fn kind(op: &Op) -> Option<&'static str> {
    match op {
        Op::Bind(_) | Op::Sync | Op::Send(_) | Op::Search(_) => Some("mailbox"),
        Op::File(..) => Some("cloud_storage"),
        _ => None,
    }
}

impl Collector {
    /// Takes an event.
    pub fn see(&mut self, event: &Event, nets: &Networks) {
        if event.user != event.owner && !matches!(event.op, Op::Cmdlet(..)) {
            // Delegates and services: what they do is told under their name.
            return;
        }
        let account = self.accounts.entry(event.user.clone()).or_default();
        let sign = Sign { time: event.time, kind: kind(&event.op) };
        if event.op == Op::LoginFailed {
            return;
        }
        account.days.entry(event.ip.clone()).or_default().insert(event.time / DAY);
        account.signs.entry(event.ip.clone()).or_default().push(sign.clone());
        let country = nets.find(&event.ip).map_or("", |n| n.country);
        account.countries.entry(country).or_default().push(sign.clone());
        for thread in [&event.session, &event.app] {
            account.threads.entry(thread.clone()).or_default().push(sign.clone());
        }
        match &event.op {
            Op::Cmdlet(_, parameters) => {
                let forwards = |(name, _): &(&str, String)| {
                    matches!(*name, "ForwardTo" | "ForwardingSmtpAddress" | "AccessRights")
                };
                if parameters.iter().any(forwards) {
                    account.acts.push((event.session.clone(), event.time));
                }
            }
            Op::Consent(app, _, scope) if scope.contains("Mail.") => {
                account.acts.push((app.clone(), event.time));
            }
            _ => {}
        }
    }

    /// Writes the intrusions of each method below `root`.
    ///
    /// # Errors
    ///
    /// Where a file cannot be written.
    pub fn write(&self, root: &Path) -> io::Result<()> {
        for (method, rows) in self.methods() {
            super::write(root, method, "intrusions", &rows)?;
        }
        Ok(())
    }

    /// Rows of each method, by its name.
    #[must_use]
    pub fn methods(&self) -> Vec<(&'static str, Vec<Value>)> {
        vec![
            ("persistence_only", self.persistence()),
            ("geography_only", self.geography()),
            ("rules_only", self.rules()),
        ]
    }

    /// Intervals of signs with pauses of at most [`PAUSE`] days.
    fn intervals(name: &str, account: &str, mut signs: Vec<Sign>, out: &mut Vec<Value>) {
        signs.sort_by_key(|s| s.time);
        let mut from = 0;
        for at in 1..=signs.len() {
            if at < signs.len() && signs[at].time - signs[at - 1].time <= PAUSE * DAY {
                continue;
            }
            let part = &signs[from..at];
            from = at;
            let (Some(first), Some(last)) = (part.first(), part.last()) else { continue };
            let days: BTreeSet<i64> = part.iter().map(|s| s.time / DAY).collect();
            let kinds: BTreeSet<&str> = part.iter().filter_map(|s| s.kind).collect();
            out.push(json!({
                "intrusion_id": format!("{name}:{account}:{}", first.time),
                "account": account, "probability": score(days.len(), HALF),
                "first_access": time::rfc3339(first.time), "last_access": time::rfc3339(last.time),
                "kinds": kinds,
            }));
        }
    }

    fn persistence(&self) -> Vec<Value> {
        let mut out = vec![];
        for (name, account) in &self.accounts {
            let mut by_use: Vec<(usize, &String)> =
                account.days.iter().map(|(ip, days)| (days.len(), ip)).collect();
            by_use.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.cmp(b.1)));
            let signs: Vec<Sign> = by_use
                .iter()
                .skip(2)
                .filter(|(days, _)| *days >= 2)
                .flat_map(|(_, ip)| account.signs[*ip].clone())
                .collect();
            Self::intervals("persistence", name, signs, &mut out);
        }
        out
    }

    fn geography(&self) -> Vec<Value> {
        let mut out = vec![];
        for (name, account) in &self.accounts {
            let home =
                account.countries.iter().max_by_key(|(_, signs)| signs.len()).map(|(c, _)| *c);
            let away = account.countries.iter().filter(|(c, _)| Some(**c) != home);
            let signs: Vec<Sign> = away.flat_map(|(_, signs)| signs.clone()).collect();
            Self::intervals("geography", name, signs, &mut out);
        }
        out
    }

    fn rules(&self) -> Vec<Value> {
        let mut out = vec![];
        for (name, account) in &self.accounts {
            let mut signs = vec![];
            for (thread, from) in &account.acts {
                signs.push(Sign { time: *from, kind: Some("mailbox") });
                let after = account.threads.get(thread).into_iter().flatten();
                signs.extend(after.filter(|s| s.time >= *from).cloned());
            }
            Self::intervals("rules", name, signs, &mut out);
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cloud::audit::OWA;

    fn event(day: i64, ip: &str, session: &str, op: Op) -> Event {
        Event {
            time: day * DAY,
            op,
            user: "a@x.de".to_owned(),
            owner: "a@x.de".to_owned(),
            ip: ip.to_owned(),
            agent: String::new(),
            device: 0,
            session: session.to_owned(),
            app: OWA.to_owned(),
            logon: 0,
            folder: "\\Inbox",
        }
    }

    #[test]
    fn each_method_sees_its_own_sign() {
        let nets = Networks::draw(3, &[("GB", "A".to_owned())]);
        let address = |kind, country| {
            let net = nets.of(kind, Some(country))[0];
            std::net::Ipv4Addr::from(nets.all[net].start + 5).to_string()
        };
        let home = address(crate::net::NetKind::Consumer, "GB");
        let phone = address(crate::net::NetKind::Mobile, "GB");
        let away = address(crate::net::NetKind::Hotel, "US");
        let mut all = Collector::default();
        for day in 0..30 {
            all.see(&event(day, &home, "s", Op::Sync), &nets);
            all.see(&event(day, &phone, "s", Op::Sync), &nets);
        }
        for day in 10..15 {
            all.see(&event(day, &away, "t", Op::Sync), &nets);
        }
        let rule = Op::Cmdlet("New-InboxRule", vec![("ForwardTo", "b@y.de".to_owned())]);
        all.see(&event(11, &away, "t", rule), &nets);
        for rows in [all.persistence(), all.geography()] {
            assert_eq!(rows.len(), 1);
            assert_eq!(rows[0]["first_access"], time::rfc3339(10 * DAY));
            assert_eq!(rows[0]["last_access"], time::rfc3339(14 * DAY));
        }
        let rules = all.rules();
        assert_eq!(rules[0]["first_access"], time::rfc3339(11 * DAY));
        assert!(rules[0]["probability"].as_f64() < all.geography()[0]["probability"].as_f64());
    }
}
