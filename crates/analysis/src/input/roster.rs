//! Who an address or a number belongs to, on a given day.

use std::collections::BTreeMap;

use demarche_core::{RosterEntry, UtcMicros};

/// The roster, by address and by phone number.
#[derive(Debug, Default)]
pub struct Roster {
    entries: Vec<RosterEntry>,
    by_address: BTreeMap<String, Vec<usize>>,
    by_phone: BTreeMap<String, Vec<usize>>,
}

impl Roster {
    /// Indexes entries; addresses are compared in lower case.
    #[must_use]
    pub fn new(entries: Vec<RosterEntry>) -> Self {
        let mut by_address: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        let mut by_phone: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (index, entry) in entries.iter().enumerate() {
            for address in &entry.addresses {
                by_address.entry(address.to_lowercase()).or_default().push(index);
            }
            for phone in &entry.phones {
                by_phone.entry(phone_key(phone)).or_default().push(index);
            }
        }
        Self { entries, by_address, by_phone }
    }

    /// All entries, in their order.
    #[must_use]
    pub fn entries(&self) -> &[RosterEntry] {
        &self.entries
    }

    /// Entries of an address that are valid at `time`; all of its entries when none is.
    #[must_use]
    pub fn by_address(&self, address: &str, time: Option<UtcMicros>) -> Vec<&RosterEntry> {
        self.pick(self.by_address.get(address), time)
    }

    /// Entries of a phone number that are valid at `time`; all of its entries when none is.
    #[must_use]
    pub fn by_phone(&self, phone: &str, time: Option<UtcMicros>) -> Vec<&RosterEntry> {
        self.pick(self.by_phone.get(&phone_key(phone)), time)
    }

    /// Institution of an address; empty when unknown.
    #[must_use]
    pub fn institution(&self, address: &str) -> &str {
        self.by_address(address, None).first().map_or("", |entry| entry.institution.as_str())
    }

    fn pick(&self, found: Option<&Vec<usize>>, time: Option<UtcMicros>) -> Vec<&RosterEntry> {
        let all: Vec<&RosterEntry> =
            found.into_iter().flatten().filter_map(|&i| self.entries.get(i)).collect();
        let Some(time) = time else { return all };
        let valid: Vec<&RosterEntry> =
            all.iter().copied().filter(|entry| entry.valid_at(time)).collect();
        if valid.is_empty() { all } else { valid }
    }
}

/// Digits with a leading `+`: `00` becomes `+`, punctuation goes. A hidden number has no
/// digits: what looks like some are of its hash.
#[must_use]
pub(crate) fn phone_key(phone: &str) -> String {
    if phone.starts_with(demarche_core::number::HIDDEN) {
        return phone.to_owned();
    }
    let digits: String = phone.chars().filter(char::is_ascii_digit).collect();
    if phone.trim_start().starts_with('+') {
        format!("+{digits}")
    } else if let Some(rest) = digits.strip_prefix("00") {
        format!("+{rest}")
    } else {
        digits
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(id: &str, from: &str, to: &str) -> RosterEntry {
        RosterEntry {
            person_id: id.into(),
            addresses: vec!["A@x.example".into()],
            phones: vec!["+44 20 7946 0000".into()],
            from: UtcMicros::parse(from).ok(),
            to: UtcMicros::parse(to).ok(),
            ..RosterEntry::default()
        }
    }

    #[test]
    fn picks_who_held_the_address_then() {
        let roster = Roster::new(vec![
            entry("old", "2020-01-01T00:00:00Z", "2022-01-01T00:00:00Z"),
            entry("new", "2022-01-01T00:00:00Z", ""),
        ]);
        let at = UtcMicros::parse("2023-01-01T00:00:00Z").ok();
        assert_eq!(roster.by_address("a@x.example", at)[0].person_id, "new");
        assert_eq!(roster.by_phone("00442079460000", at)[0].person_id, "new");
        assert!(roster.by_phone("number:442079460000abcd", at).is_empty());
    }
}
