//! Which network and country an address belonged to, by the user's dated table.

use std::net::IpAddr;

use demarche_core::Network;

/// Address ranges, sorted for look-up.
#[derive(Debug, Default)]
pub struct Networks {
    ranges: Vec<(u128, u128, Network)>,
}

impl Networks {
    /// Lines whose addresses cannot be read are left out (the reader has reported them).
    #[must_use]
    pub fn new(lines: Vec<Network>) -> Self {
        let mut ranges: Vec<(u128, u128, Network)> = lines
            .into_iter()
            .filter_map(|line| Some((number(&line.start)?, number(&line.end)?, line)))
            .collect();
        ranges.sort_by(|a, b| (a.0, b.1).cmp(&(b.0, a.1)));
        Self { ranges }
    }

    /// The narrowest known range that holds `ip` among the 64 that start last before it.
    #[must_use]
    pub fn find(&self, ip: &str) -> Option<&Network> {
        let ip = number(ip)?;
        let after = self.ranges.partition_point(|(start, _, _)| *start <= ip);
        let found = self.ranges.get(after.saturating_sub(64)..after)?;
        found.iter().rev().find(|(_, end, _)| ip <= *end).map(|(_, _, line)| line)
    }

    /// Whether there is no table at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ranges.is_empty()
    }
}

/// IPv4 as mapped IPv6, so that both sort in one list.
fn number(ip: &str) -> Option<u128> {
    match ip.trim().parse::<IpAddr>().ok()? {
        IpAddr::V4(v4) => Some(u128::from(v4.to_ipv6_mapped())),
        IpAddr::V6(v6) => Some(u128::from(v6)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_narrowest_range_answers() {
        let line = |start: &str, end: &str, asn| Network {
            start: start.into(),
            end: end.into(),
            asn,
            ..Network::default()
        };
        let networks = Networks::new(vec![
            line("10.0.0.0", "10.255.255.255", 1),
            line("10.1.0.0", "10.1.255.255", 2),
        ]);
        assert_eq!(networks.find("10.1.2.3").map(|n| n.asn), Some(2));
        assert_eq!(networks.find("10.2.2.3").map(|n| n.asn), Some(1));
        assert!(networks.find("11.0.0.0").is_none());
        assert!(networks.find("not an address").is_none());
    }
}
