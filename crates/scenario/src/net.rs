//! Networks and addresses, and the enrichment table that names them.
//!
//! AS numbers are from the private range of RFC 6996 (4200000000 up) and the
//! operators are invented. Address blocks are drawn per seed from ordinary
//! unicast space, because reserved documentation blocks are too small to
//! hold home users, carriers and hosters side by side.

use crate::dice::Dice;

/// What a network is used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NetKind {
    /// Homes.
    Consumer,
    /// A mobile carrier.
    Mobile,
    /// An institution's own egress.
    Office,
    /// Rented servers.
    Hosting,
    /// A mass-mail service.
    MailService,
    /// The cloud provider's own servers.
    Cloud,
    /// A commercial VPN.
    Vpn,
    /// Hotels and conference centres.
    Hotel,
}

/// A network.
#[derive(Clone, Debug)]
pub struct Net {
    /// First address.
    pub start: u32,
    /// Number of addresses.
    pub size: u32,
    /// AS number.
    pub asn: u32,
    /// ISO 3166 country.
    pub country: &'static str,
    /// Operator.
    pub name: String,
    /// Use.
    pub kind: NetKind,
}

/// All networks of a world.
pub struct Networks {
    /// In order of creation.
    pub all: Vec<Net>,
}

/// Home countries.
pub const HOME: [&str; 3] = ["GB", "DE", "FR"];
/// Countries people travel to.
pub const ABROAD: [&str; 9] = ["BE", "US", "NL", "IT", "PL", "CH", "TR", "SG", "AE"];

const NAMES: [&str; 24] = [
    "Altanet",
    "Belfibre",
    "Corvus Telecom",
    "Deltaline",
    "Evernet",
    "Fjordlink",
    "Galvanet",
    "Heliocom",
    "Isarnet",
    "Juno Cable",
    "Kestrel Broadband",
    "Lumenet",
    "Meridian Fibre",
    "Nordwave",
    "Oriel Networks",
    "Paxline",
    "Quillnet",
    "Rivanet",
    "Solvix",
    "Tremonet",
    "Umbracom",
    "Vantis",
    "Westra",
    "Zephyr Online",
];

impl Networks {
    /// Draws the networks of a world with `offices` institutions.
    #[must_use]
    pub fn draw(seed: u64, offices: &[(&'static str, String)]) -> Self {
        let mut dice = Dice::new(seed, "net");
        let mut octets: Vec<u32> = (11..=126).filter(|o| ![100, 127].contains(o)).collect();
        dice.shuffle(&mut octets);
        let mut names: Vec<&str> = NAMES.to_vec();
        dice.shuffle(&mut names);
        let mut out = Self { all: vec![] };
        let mut slot = 0;
        let mut add = |out: &mut Self, kind, country, name: String, size: u32| {
            let octet = octets[slot % octets.len()];
            let start = (octet << 24) + ((slot as u32 * 37 % 250) << 16);
            out.all.push(Net {
                start,
                size,
                asn: 4_200_000_000 + 113 * slot as u32 + 7,
                country,
                name,
                kind,
            });
            slot += 1;
        };
        let mut name = 0;
        for country in HOME {
            for _ in 0..3 {
                add(&mut out, NetKind::Consumer, country, names[name % 24].to_owned(), 1 << 16);
                name += 1;
            }
            for _ in 0..2 {
                add(
                    &mut out,
                    NetKind::Mobile,
                    country,
                    format!("{} Mobile", names[name % 24]),
                    1 << 14,
                );
                name += 1;
            }
        }
        for (country, title) in offices {
            add(&mut out, NetKind::Office, country, title.clone(), 256);
        }
        for country in ["NL", "DE", "US", "FR", "GB", "PL", "SG"] {
            add(
                &mut out,
                NetKind::Hosting,
                country,
                format!("{} Hosting", names[name % 24]),
                1 << 15,
            );
            name += 1;
        }
        for country in ["US", "IE", "DE", "FR", "NL"] {
            add(
                &mut out,
                NetKind::MailService,
                country,
                format!("{} Mail Delivery", names[name % 24]),
                1 << 12,
            );
            name += 1;
        }
        for country in ["IE", "NL"] {
            add(&mut out, NetKind::Cloud, country, "Office Cloud Services".to_owned(), 1 << 16);
        }
        for country in ["NL", "CH", "SE"] {
            add(&mut out, NetKind::Vpn, country, format!("{} VPN", names[name % 24]), 1 << 12);
            name += 1;
        }
        for country in ABROAD {
            add(
                &mut out,
                NetKind::Hotel,
                country,
                format!("{} Business", names[name % 24]),
                1 << 14,
            );
            name += 1;
        }
        out
    }

    /// Indexes of the networks of a kind, in a country where one is given.
    #[must_use]
    pub fn of(&self, kind: NetKind, country: Option<&str>) -> Vec<usize> {
        (0..self.all.len())
            .filter(|&i| {
                self.all[i].kind == kind && country.is_none_or(|c| c == self.all[i].country)
            })
            .collect()
    }

    /// An address of network `net`; `city` narrows it to a sixteenth.
    pub fn address(&self, dice: &mut Dice, net: usize, city: Option<usize>) -> String {
        let net = &self.all[net];
        let (from, size) = match city {
            Some(city) => (net.size / 16 * (city as u32 % 16), net.size / 16),
            None => (0, net.size),
        };
        let host = from + 1 + dice.below(size.saturating_sub(2) as usize) as u32;
        std::net::Ipv4Addr::from(net.start + host).to_string()
    }

    /// The network that holds an address.
    #[must_use]
    pub fn find(&self, address: &str) -> Option<&Net> {
        let address: std::net::Ipv4Addr = address.parse().ok()?;
        let number = u32::from(address);
        self.all.iter().find(|n| (n.start..n.start + n.size).contains(&number))
    }

    /// The enrichment table, TSV with a header line.
    #[must_use]
    pub fn table(&self) -> String {
        let mut rows: Vec<&Net> = self.all.iter().collect();
        rows.sort_by_key(|n| n.start);
        let mut out = String::from("start\tend\tasn\tcountry\tname\n");
        for net in rows {
            let start = std::net::Ipv4Addr::from(net.start);
            let end = std::net::Ipv4Addr::from(net.start + net.size - 1);
            out.push_str(&format!("{start}\t{end}\t{}\t{}\t{}\n", net.asn, net.country, net.name));
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_do_not_overlap() {
        for seed in 0..20 {
            let nets = Networks::draw(seed, &[("GB", "A".to_owned()), ("DE", "B".to_owned())]);
            let mut all = nets.all.clone();
            all.sort_by_key(|n| n.start);
            assert!(all.windows(2).all(|w| w[0].start + w[0].size <= w[1].start));
        }
    }
}
