//! The house's own addresses, gateways, applications: what explains a thing away.

use std::net::IpAddr;

use demarche_core::{ContextEntry, UtcMicros};
use ipnet::IpNet;

/// `context.csv`, ready to ask.
#[derive(Debug, Default)]
pub struct Context {
    ranges: Vec<(IpNet, ContextEntry)>,
    values: Vec<(String, ContextEntry)>,
}

impl Context {
    /// Sorts entries into address ranges and other values (lower-cased).
    #[must_use]
    pub fn new(entries: Vec<ContextEntry>) -> Self {
        let mut context = Self::default();
        for entry in entries {
            let value = entry.value.trim().to_lowercase();
            let range = value
                .parse::<IpNet>()
                .ok()
                .or_else(|| value.parse::<IpAddr>().ok().map(IpNet::from));
            match range {
                Some(range) => context.ranges.push((range, entry)),
                None => context.values.push((value, entry)),
            }
        }
        context
    }

    /// Whether `ip` lies in a range of one of `kinds` valid at `time`.
    #[must_use]
    pub fn has_ip(&self, kinds: &[&str], ip: &str, time: Option<UtcMicros>) -> bool {
        let Ok(ip) = ip.parse::<IpAddr>() else { return false };
        self.ranges.iter().any(|(range, entry)| {
            kinds.contains(&entry.kind.as_str()) && range.contains(&ip) && valid(entry, time)
        })
    }

    /// Whether `value` (a domain, account or application id) is listed under one of
    /// `kinds` and valid at `time`. A domain also covers its subdomains.
    #[must_use]
    pub fn has_value(&self, kinds: &[&str], value: &str, time: Option<UtcMicros>) -> bool {
        let value = value.trim().to_lowercase();
        self.values.iter().any(|(known, entry)| {
            kinds.contains(&entry.kind.as_str())
                && valid(entry, time)
                && (*known == value
                    || (known.contains('.')
                        && value
                            .strip_suffix(known.as_str())
                            .is_some_and(|rest| rest.ends_with('.'))))
        })
    }
}

fn valid(entry: &ContextEntry, time: Option<UtcMicros>) -> bool {
    time.is_none_or(|time| {
        entry.from.is_none_or(|from| from <= time) && entry.to.is_none_or(|to| time < to)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_and_domains() {
        let entry = |kind: &str, value: &str| ContextEntry {
            kind: kind.into(),
            value: value.into(),
            ..ContextEntry::default()
        };
        let context =
            Context::new(vec![entry("vpn", "198.51.100.0/24"), entry("gateway", "scan.example")]);
        assert!(context.has_ip(&["vpn"], "198.51.100.7", None));
        assert!(!context.has_ip(&["gateway"], "198.51.100.7", None));
        assert!(context.has_value(&["gateway"], "a.scan.example", None));
        assert!(!context.has_value(&["gateway"], "notscan.example", None));
    }
}
