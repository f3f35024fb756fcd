//! One account's life: what could be seen of it, who used it and how, what was set up in
//! it, what was aimed at it, where it was broken into, and what to do now.
//!
//! [`Life::of`] builds it from rows; the terminal ([`screen`]), JSON and the report's page
//! are made of the same value.

mod profiles;
mod screen;
mod steps;

use std::collections::BTreeMap;

use demarche_core::{
    CoverageEntry, Event, EvidenceRef, Exposure, ExposureState, Finding, Intrusion, Probability,
    RosterEntry, UtcMicros, Wave,
};
use serde::{Deserialize, Serialize};

pub use profiles::Profile;
pub use screen::screen;
pub use steps::Step;

/// Techniques that leave something in place, and what that is.
const LASTING: [(&str, &str); 10] = [
    ("T1114.003", "forwarding"),
    ("T1564.008", "mail rule"),
    ("T1137.005", "mail rule"),
    ("T1098.001", "application credential"),
    ("T1098.002", "delegate or permission"),
    ("T1528", "consent"),
    ("T1550.001", "consent"),
    ("T1098.003", "role"),
    ("T1098.005", "device"),
    ("T1556.006", "way to sign in"),
];

/// Rows that a life is built from; all of one account but coverage.
#[derive(Clone, Copy, Debug)]
pub struct Input<'a> {
    /// The account, mailbox or number, lower case.
    pub account: &'a str,
    /// Roster lines that name it.
    pub roster: &'a [RosterEntry],
    /// Events in which it was used or acted, by time.
    pub events: &'a [Event],
    /// Messages in its mailbox.
    pub messages: u64,
    /// Of every kind of evidence.
    pub coverage: &'a [CoverageEntry],
    /// Of rules and lists, by time.
    pub findings: &'a [Finding],
    /// Waves that reached it.
    pub waves: &'a [Wave],
    /// What became of it in them.
    pub exposures: &'a [Exposure],
    /// Intrusions into it.
    pub intrusions: &'a [Intrusion],
}

/// One account's life.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Life {
    /// The account, mailbox or number.
    pub account: String,
    /// Name of its owner; empty when no roster says.
    pub name: String,
    /// The owner's institution.
    pub institution: String,
    /// The owner's groups, sorted.
    pub groups: Vec<String>,
    /// `staff`, `linked` or empty.
    pub kind: String,
    /// What the roster says of consent and privilege, in words; empty for neither.
    pub notes: Vec<String>,
    /// Messages in its mailbox, and events in which it was used or acted.
    pub messages: u64,
    /// See [`messages`](Self::messages).
    pub events: u64,
    /// What could have been seen, its own lines and those for all.
    pub coverage: Vec<CoverageEntry>,
    /// Who used it: networks and programs together, the most used first.
    pub profiles: Vec<Profile>,
    /// Profiles left out.
    pub more_profiles: usize,
    /// Rules, consents, delegates and the like that were set up.
    pub lasting: Vec<Lasting>,
    /// Waves aimed at it.
    pub waves: Vec<Aimed>,
    /// Intrusions, as the table has them.
    pub intrusions: Vec<Intrusion>,
    /// Findings that left nothing in place, by rule, gravest first.
    pub findings: Vec<FindingCount>,
    /// What to do now, in this order.
    pub steps: Vec<Step>,
}

/// Something that stays in place when a session ends.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lasting {
    /// What it is: `forwarding`, `consent`, `delegate or permission`...
    pub what: String,
    /// When it was set up.
    pub time: Option<UtcMicros>,
    /// The rule's title.
    pub title: String,
    /// `informational` to `critical`.
    pub severity: String,
    /// When something of its kind was taken away afterwards; absent when no log says so.
    pub removed: Option<UtcMicros>,
    /// Where it stands.
    pub evidence: EvidenceRef,
}

/// A wave aimed at the account, and what became of it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Aimed {
    /// Which.
    pub wave_id: String,
    /// Its campaign.
    pub campaign_id: String,
    /// First message of the wave.
    pub first_seen: Option<UtcMicros>,
    /// Most frequent subject.
    pub subject: String,
    /// That it is a targeted wave.
    pub probability: Probability,
    /// What became of this recipient.
    pub state: ExposureState,
    /// When it was fetched or clicked.
    pub time: Option<UtcMicros>,
}

/// How often a rule matched.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FindingCount {
    /// Title.
    pub title: String,
    /// `informational` to `critical`.
    pub severity: String,
    /// How often.
    pub count: u64,
    /// First match.
    pub first: Option<UtcMicros>,
    /// Last match.
    pub last: Option<UtcMicros>,
}

impl Life {
    /// Builds it.
    #[must_use]
    pub fn of(input: &Input<'_>) -> Self {
        let mut life = Self {
            account: input.account.to_owned(),
            messages: input.messages,
            events: input.events.len() as u64,
            coverage: coverage(input),
            waves: aimed(input),
            intrusions: input.intrusions.to_vec(),
            ..Self::default()
        };
        life.owner(input.roster);
        (life.profiles, life.more_profiles) = profiles::of(input.events, input.intrusions);
        (life.lasting, life.findings) = findings(input);
        life.steps = steps::of(&life);
        life
    }

    fn owner(&mut self, roster: &[RosterEntry]) {
        // The line that was valid last tells most.
        let Some(entry) =
            roster.iter().max_by_key(|entry| entry.to.map_or(i64::MAX, UtcMicros::micros))
        else {
            self.notes.push("on no roster: whose it is cannot be said".to_owned());
            return;
        };
        self.name.clone_from(&entry.name);
        self.institution.clone_from(&entry.institution);
        self.kind.clone_from(&entry.kind);
        self.groups.clone_from(&entry.groups);
        self.groups.sort();
        if entry.kind == "linked" {
            let consent = &entry.consent_ref;
            let until = entry.consent_until.map(|time| format!(" until {}", time.date()));
            self.notes.push(format!(
                "a private or family account, read by consent `{consent}`{}: its provider's logs \
                 are the owner's to ask for",
                until.unwrap_or_default()
            ));
        }
        if !entry.privilege.is_empty() {
            self.notes.push(format!(
                "privileged ({}): bodies of its mail are not stored and not read",
                entry.privilege
            ));
        }
    }
}

/// Lines for the account and for all, in the table's order.
fn coverage(input: &Input<'_>) -> Vec<CoverageEntry> {
    let own = |entry: &&CoverageEntry| entry.account.is_empty() || entry.account == input.account;
    input.coverage.iter().filter(own).cloned().collect()
}

/// The gravest of what became of it in each wave.
fn aimed(input: &Input<'_>) -> Vec<Aimed> {
    let mut waves: Vec<Aimed> = input
        .waves
        .iter()
        .map(|wave| {
            let own = input.exposures.iter().filter(|exposure| exposure.wave_id == wave.wave_id);
            let worst = own.max_by_key(|exposure| exposure.state);
            Aimed {
                wave_id: wave.wave_id.clone(),
                campaign_id: wave.campaign_id.clone(),
                first_seen: wave.first_seen,
                subject: wave.subject.clone(),
                probability: wave.probability,
                state: worst.map(|exposure| exposure.state).unwrap_or_default(),
                time: worst.and_then(|exposure| exposure.time),
            }
        })
        .collect();
    waves.sort_by(|a, b| (a.first_seen, &a.wave_id).cmp(&(b.first_seen, &b.wave_id)));
    waves
}

fn findings(input: &Input<'_>) -> (Vec<Lasting>, Vec<FindingCount>) {
    let mut lasting = Vec::new();
    let mut counts: BTreeMap<(&str, &str), FindingCount> = BTreeMap::new();
    for finding in input.findings {
        let what = LASTING
            .iter()
            .find(|(technique, _)| finding.techniques.iter().any(|own| own == technique));
        if let Some((_, what)) = what.filter(|_| finding.severity != "informational") {
            lasting.push(Lasting {
                what: (*what).to_owned(),
                time: finding.time,
                title: finding.title.clone(),
                severity: finding.severity.clone(),
                removed: removed(what, finding, input.events),
                evidence: finding.evidence.clone(),
            });
            continue;
        }
        let key = (finding.rule.as_str(), finding.title.as_str());
        let count = counts.entry(key).or_insert_with(|| FindingCount {
            title: finding.title.clone(),
            severity: finding.severity.clone(),
            first: finding.time,
            ..FindingCount::default()
        });
        count.count += 1;
        count.last = count.last.max(finding.time);
    }
    let mut counts: Vec<FindingCount> = counts.into_values().collect();
    counts.sort_by(|a, b| {
        (gravity(&b.severity), a.first, &a.title).cmp(&(gravity(&a.severity), b.first, &b.title))
    });
    (lasting, counts)
}

/// 4 for `critical` to 0 for `informational`.
fn gravity(severity: &str) -> usize {
    ["informational", "low", "medium", "high", "critical"]
        .iter()
        .position(|known| *known == severity)
        .unwrap_or_default()
}

/// The first event after `finding` that takes something of its kind away.
fn removed(what: &str, finding: &Finding, events: &[Event]) -> Option<UtcMicros> {
    let words: &[&str] = match what {
        "forwarding" | "mail rule" => &["inboxrule", "transportrule"],
        "consent" => &["permission grant", "service principal", "consent"],
        "delegate or permission" => {
            &["mailboxpermission", "recipientpermission", "folderpermission"]
        }
        "role" => &["member from role"],
        "device" => &["device"],
        _ => return None,
    };
    let takes = |event: &&Event| {
        let operation = event.operation.to_lowercase();
        ["remove", "delete", "disable", "revoke"].iter().any(|verb| operation.starts_with(verb))
            && words.iter().any(|word| operation.contains(word))
    };
    events.iter().filter(|event| event.time > finding.time).find(takes).and_then(|e| e.time)
}

#[cfg(test)]
mod tests;
