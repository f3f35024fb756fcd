//! What the roster forbids to store: evidence of linked persons without consent, and
//! the bodies of privileged mailboxes.

use std::collections::{BTreeMap, BTreeSet};

use demarche_core::id::short_hash;
use demarche_core::{RosterEntry, UtcMicros};
use demarche_lake::MailboxRule;

/// What may happen to a record of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Treatment {
    /// Stored whole.
    Store,
    /// Headers and features only.
    WithoutBody,
    /// Not stored; counted.
    Refuse,
}

/// The roster's word on storing, at the time of ingest.
#[derive(Clone, Debug, Default)]
pub(super) struct Policy {
    rule: MailboxRule,
    treatments: BTreeMap<String, Treatment>,
}

impl Policy {
    /// From all roster entries known. Whether a consent is valid is a matter of access,
    /// so `now` is the wall clock. An address that any refused entry names is refused,
    /// unless a staff entry names it too.
    pub(super) fn new(roster: &[RosterEntry], now: UtcMicros) -> Self {
        let mut treatments = BTreeMap::new();
        let staff: BTreeSet<&String> =
            roster.iter().filter(|e| e.kind != "linked").flat_map(|e| &e.addresses).collect();
        for entry in roster {
            for address in &entry.addresses {
                if refused(entry, now) && !staff.contains(address) {
                    treatments.insert(address.clone(), Treatment::Refuse);
                } else if !entry.privilege.is_empty()
                    && treatments.get(address) != Some(&Treatment::Refuse)
                {
                    treatments.insert(address.clone(), Treatment::WithoutBody);
                }
            }
        }
        let addresses = roster.iter().flat_map(|entry| entry.addresses.iter().cloned());
        Self { rule: MailboxRule::new(addresses), treatments }
    }

    pub(super) fn rule(&self) -> &MailboxRule {
        &self.rule
    }

    /// How records of `account` (lower case) are treated.
    pub(super) fn of(&self, account: &str) -> Treatment {
        self.treatments.get(account).copied().unwrap_or(Treatment::Store)
    }

    /// Changes when, and only when, a record could be treated differently.
    pub(super) fn digest(&self) -> String {
        let text = format!("{:?}", self.treatments);
        short_hash(&[text.as_bytes()])
    }
}

/// A linked person's row that nobody vouches for.
pub(super) fn refused(entry: &RosterEntry, now: UtcMicros) -> bool {
    entry.kind == "linked"
        && (entry.consent_ref.is_empty() || entry.consent_until.is_some_and(|until| until <= now))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(kind: &str, consent: &str, until: &str, privilege: &str) -> RosterEntry {
        RosterEntry {
            addresses: vec!["a@x.example".into()],
            kind: kind.into(),
            consent_ref: consent.into(),
            consent_until: UtcMicros::parse(until).ok(),
            privilege: privilege.into(),
            ..RosterEntry::default()
        }
    }

    #[test]
    fn linked_needs_consent_and_privilege_keeps_bodies_out() {
        let now = UtcMicros::parse("2025-01-01T00:00:00Z").unwrap();
        let of = |entry| Policy::new(&[entry], now).of("a@x.example");
        assert_eq!(of(entry("staff", "", "", "")), Treatment::Store);
        assert_eq!(of(entry("linked", "", "", "")), Treatment::Refuse);
        assert_eq!(of(entry("linked", "C1", "", "")), Treatment::Store);
        assert_eq!(of(entry("linked", "C1", "2024-01-01T00:00:00Z", "")), Treatment::Refuse);
        assert_eq!(of(entry("staff", "", "", "source")), Treatment::WithoutBody);
    }
}
