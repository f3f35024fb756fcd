//! Mail domains that many unrelated people write from: providers of free mail, and very
//! large houses.
//!
//! Under such a domain each address is a party of its own, for the domain's age and the
//! answers it gets say nothing of one of its users. Who the well-known providers are is
//! common knowledge; others show it in the archive itself: many addresses, each made of
//! its owner's name, and no word that their names and signatures have in common, while a
//! house's people sign with the name of the house.

use std::collections::{BTreeMap, HashSet};

use demarche_core::RosterEntry;

use super::CampaignInput;
use super::counts::registrable;
use crate::input::MailRow;

/// Senders under one domain from which on it is held to be shared in any case.
const MANY: usize = 25;
/// Senders from which on their names are looked at.
const SOME: usize = 8;
/// Share of a house's people that sign with its name, at least.
const COMMON_WORD: f64 = 0.34;
/// Share of a provider's addresses that are made of their owner's name, at least.
const PERSONAL: f64 = 0.6;
/// Words of a name or signature that are looked at.
const WORDS: usize = 12;

/// Providers that have one name under many endings (`yahoo.fr`, `gmx.at`).
const BRANDS: [&str; 16] = [
    "aol",
    "gmail",
    "gmx",
    "googlemail",
    "hotmail",
    "icloud",
    "mailfence",
    "outlook",
    "protonmail",
    "rediffmail",
    "rocketmail",
    "tutanota",
    "yahoo",
    "yandex",
    "ymail",
    "zohomail",
];

/// Other well-known providers, sorted.
const PROVIDERS: [&str; 58] = [
    "126.com",
    "163.com",
    "abv.bg",
    "arcor.de",
    "bigpond.com",
    "bk.ru",
    "bluewin.ch",
    "btinternet.com",
    "comcast.net",
    "cox.net",
    "disroot.org",
    "duck.com",
    "email.cz",
    "fastmail.com",
    "fastmail.fm",
    "foxmail.com",
    "free.fr",
    "freenet.de",
    "hanmail.net",
    "hey.com",
    "hushmail.com",
    "i.ua",
    "inbox.ru",
    "interia.pl",
    "laposte.net",
    "libero.it",
    "list.ru",
    "live.com",
    "mac.com",
    "mail.com",
    "mail.ee",
    "mail.ru",
    "mailbox.org",
    "me.com",
    "msn.com",
    "naver.com",
    "o2.pl",
    "onet.pl",
    "orange.fr",
    "pm.me",
    "posteo.de",
    "proton.me",
    "qq.com",
    "rambler.ru",
    "riseup.net",
    "runbox.com",
    "seznam.cz",
    "sfr.fr",
    "sina.com",
    "t-online.de",
    "tuta.com",
    "tuta.io",
    "ukr.net",
    "virgilio.it",
    "wanadoo.fr",
    "web.de",
    "wp.pl",
    "xs4all.nl",
];

/// Whether a registrable domain is a well-known provider's.
fn is_provider(domain: &str) -> bool {
    PROVIDERS.binary_search(&domain).is_ok()
        || domain.split('.').next().is_some_and(|label| BRANDS.binary_search(&label).is_ok())
}

/// Shared domains of the archive; the institutions' own are never among them.
pub(super) fn domains<'a>(input: &CampaignInput<'a>, own: &[&'a str]) -> HashSet<&'a str> {
    let mut senders: BTreeMap<&str, BTreeMap<&str, &MailRow>> = BTreeMap::new();
    for row in input.mails {
        let of = senders.entry(row.features.from_domain.as_str()).or_default();
        of.entry(row.from.as_str()).or_insert(row);
    }
    let mut private: BTreeMap<&str, usize> = BTreeMap::new();
    for address in input.roster.entries().iter().flat_map(private_addresses) {
        let domain = registrable(address.rsplit('@').next().unwrap_or(""));
        *private.entry(domain).or_default() += 1;
    }
    senders
        .into_iter()
        .filter(|(domain, senders)| {
            let homes = private.get(domain).copied().unwrap_or(0);
            !own.contains(domain)
                && (is_provider(domain)
                    || senders.len() >= MANY
                    || (homes >= 2 && senders.len() >= 3)
                    || (senders.len() >= SOME && unrelated(senders)))
        })
        .map(|(domain, _)| domain)
        .collect()
}

/// Addresses of a roster line that are not the office's.
fn private_addresses(entry: &RosterEntry) -> impl Iterator<Item = &String> {
    entry.addresses.iter().skip(usize::from(entry.kind != "linked"))
}

/// Whether the addresses are made of their owners' names, and these have no word in common.
#[allow(clippy::cast_precision_loss)] // addresses of one domain
fn unrelated(senders: &BTreeMap<&str, &MailRow>) -> bool {
    let mut words: BTreeMap<&str, usize> = BTreeMap::new();
    let mut personal = 0;
    for (address, row) in senders {
        let local = address.split('@').next().unwrap_or("");
        let persona = row.features.persona_words.iter().take(WORDS);
        let mut own = false;
        for word in persona.filter(|word| word.chars().count() >= 3) {
            own |= local.contains(word.as_str());
            *words.entry(word).or_default() += 1;
        }
        personal += usize::from(own);
    }
    let all = senders.len() as f64;
    let common = words.into_values().max().unwrap_or(0);
    personal as f64 >= PERSONAL * all && (common as f64) < COMMON_WORD * all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lists_are_sorted() {
        assert!(BRANDS.is_sorted());
        assert!(PROVIDERS.is_sorted());
        assert!(is_provider("gmx.net") && is_provider("proton.me") && !is_provider("gmxpress.eu"));
    }

    fn sender(address: &str, name: &str) -> MailRow {
        let mut row = MailRow { from: address.to_owned(), ..MailRow::default() };
        row.features.persona_words = name.split(' ').map(str::to_owned).collect();
        row
    }

    #[test]
    fn unrelated_people_make_a_provider_and_colleagues_a_house() {
        let make = |house: &str| -> Vec<MailRow> {
            ["ada lund", "ben moss", "cleo hart", "dan pike", "eva roth", "finn berg"]
                .iter()
                .map(|name| {
                    let local = name.replace(' ', ".");
                    sender(&format!("{local}@post.example"), &format!("{name}{house}"))
                })
                .collect()
        };
        let of = |rows: &[MailRow]| unrelated(&rows.iter().map(|r| (r.from.as_str(), r)).collect());
        assert!(of(&make("")));
        assert!(!of(&make(" harbour institute")));
    }
}
