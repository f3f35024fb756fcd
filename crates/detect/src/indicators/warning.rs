//! Warninglists: values that lists of indicators hold by mistake, since half the world
//! stands behind them (resolvers, content networks, mail services).
//!
//! MISP's format (<https://github.com/MISP/misp-warninglists>), one JSON file a list. An
//! indicator on one is taken off, and it is said which list held it. As in MISP a
//! `hostname` entry also holds the names below it. A URL is judged by its host only where
//! it names no page: what lies at one address of a shared service can still be hostile.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use demarche_core::{ObservableKind, observable};
use ipnet::IpNet;
use regex::Regex;
use serde_json::Value as Json;

use super::value::Value;

/// Longest regular expression of a list that is used, compiled.
const MAX_REGEX: usize = 1 << 20;

/// Warninglists, ready to be asked.
#[derive(Clone, Debug, Default)]
pub struct Warninglists {
    lists: Vec<List>,
    strings: HashMap<String, Vec<usize>>,
    hosts: HashMap<String, Vec<usize>>,
    ranges: BTreeMap<(bool, u8), BTreeMap<IpNet, Vec<usize>>>,
    substrings: Vec<(String, usize)>,
    regexes: Vec<(Regex, usize)>,
}

#[derive(Clone, Debug)]
struct List {
    name: String,
    kinds: BTreeSet<ObservableKind>,
}

impl Warninglists {
    /// Takes a list in; `path` is what problems call it. Returns what was passed over.
    pub fn add(&mut self, path: &str, bytes: &[u8]) -> Vec<String> {
        let json: Json = match serde_json::from_slice(bytes) {
            Ok(json) => json,
            Err(error) => return vec![format!("warninglist `{path}`: {error}")],
        };
        let Some(entries) = json["list"].as_array() else {
            return vec![format!("warninglist `{path}`: no `list` of values")];
        };
        let kinds = kinds(&json);
        let at = self.lists.len();
        let name = json["name"].as_str().unwrap_or(path).to_owned();
        let kind = json["type"].as_str().unwrap_or("string");
        let mut unusable = 0_usize;
        for entry in entries {
            let Some(text) = entry.as_str().map(str::trim).filter(|text| !text.is_empty()) else {
                unusable += 1;
                continue;
            };
            let lower = text.to_lowercase();
            match kind {
                "cidr" => match text
                    .parse::<IpNet>()
                    .or_else(|_| text.parse::<std::net::IpAddr>().map(IpNet::from))
                {
                    Ok(range) => {
                        let range = range.trunc();
                        let key = (range.addr().is_ipv4(), range.prefix_len());
                        let ranges = self.ranges.entry(key).or_default();
                        ranges.entry(range).or_default().push(at);
                    }
                    Err(_) => unusable += 1,
                },
                "hostname" => {
                    let host = lower.trim_matches('.').to_owned();
                    self.hosts.entry(host).or_default().push(at);
                }
                "substring" => self.substrings.push((lower, at)),
                "regex" => match regex(text) {
                    Some(regex) => self.regexes.push((regex, at)),
                    None => unusable += 1,
                },
                _ => self.strings.entry(lower).or_default().push(at),
            }
        }
        self.lists.push(List { name, kinds });
        match unusable {
            0 => Vec::new(),
            n => vec![format!("warninglist `{path}`: {n} of {} values not used", entries.len())],
        }
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.lists.is_empty()
    }

    /// The name of the list that holds an indicator; the first one taken in of several.
    pub(super) fn holds(&self, value: &Value) -> Option<&str> {
        let found = match value {
            Value::Exact(kind, text) => self.exact(*kind, text),
            Value::Range(range) => self.around(*range, ObservableKind::Ip),
        };
        found.and_then(|at| self.lists.get(at)).map(|list| list.name.as_str())
    }

    fn exact(&self, kind: ObservableKind, text: &str) -> Option<usize> {
        let mut found: Vec<usize> = Vec::new();
        let lower = text.to_lowercase();
        let mut take = |lists: Option<&Vec<usize>>| {
            let fits = |at: &&usize| self.lists.get(**at).is_some_and(|l| l.kinds.contains(&kind));
            found.extend(lists.into_iter().flatten().filter(fits));
        };
        take(self.strings.get(&lower));
        let host = match kind {
            ObservableKind::Domain => Some(lower.clone()),
            ObservableKind::Url => bare_host(&lower),
            _ => None,
        };
        if let Some(host) = &host {
            take(self.strings.get(host));
            let mut name = host.as_str();
            loop {
                take(self.hosts.get(name));
                match name.split_once('.') {
                    Some((_, above)) => name = above,
                    None => break,
                }
            }
        }
        for (part, at) in &self.substrings {
            if lower.contains(part) {
                take(Some(&vec![*at]));
            }
        }
        for (regex, at) in &self.regexes {
            if regex.is_match(text) {
                take(Some(&vec![*at]));
            }
        }
        let ip = match kind {
            ObservableKind::Ip => lower.parse().ok(),
            ObservableKind::Url => host.and_then(|host| host.parse().ok()),
            _ => None,
        };
        found.extend(ip.and_then(|ip: std::net::IpAddr| self.around(IpNet::from(ip), kind)));
        found.into_iter().min()
    }

    /// The first list with a range that `range` lies in.
    fn around(&self, range: IpNet, kind: ObservableKind) -> Option<usize> {
        let v4 = range.addr().is_ipv4();
        let fits = |at: &usize| self.lists.get(*at).is_some_and(|list| list.kinds.contains(&kind));
        self.ranges
            .iter()
            .filter(|((of_v4, length), _)| *of_v4 == v4 && *length <= range.prefix_len())
            .filter_map(|((_, length), ranges)| {
                ranges.get(&IpNet::new(range.addr(), *length).ok()?.trunc())
            })
            .flatten()
            .copied()
            .filter(fits)
            .min()
    }
}

/// The host of a URL that names no page on it.
fn bare_host(url: &str) -> Option<String> {
    let (_, rest) = url.split_once("://")?;
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    if !path.is_empty() {
        return None;
    }
    observable::host_of(url).map(|(_, host)| host).or_else(|| Some(host.to_owned()))
}

/// A list's regular expression; PHP's delimiters and flags around it are taken off.
fn regex(text: &str) -> Option<Regex> {
    let (body, caseless) = match text.strip_prefix('/').and_then(|rest| rest.rsplit_once('/')) {
        Some((body, flags)) => (body, flags.contains('i')),
        None => (text, false),
    };
    regex::RegexBuilder::new(body).case_insensitive(caseless).size_limit(MAX_REGEX).build().ok()
}

/// The kinds of indicators that a list speaks of; all when it does not say.
fn kinds(list: &Json) -> BTreeSet<ObservableKind> {
    use ObservableKind::{Domain, Email, Ip, Sha256, Url};
    let Some(named) = list["matching_attributes"].as_array().filter(|named| !named.is_empty())
    else {
        return BTreeSet::from([Domain, Email, Ip, Sha256, Url]);
    };
    let words = named.iter().filter_map(Json::as_str).flat_map(|name| name.split('|'));
    words
        .filter_map(|word| match word {
            "domain" | "hostname" => Some(Domain),
            "ip" | "ip-src" | "ip-dst" => Some(Ip),
            "url" | "uri" | "link" => Some(Url),
            "email" | "email-src" | "email-dst" | "email-reply-to" => Some(Email),
            "sha256" => Some(Sha256),
            _ => None,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::indicators::Indicators;

    fn lists() -> Warninglists {
        let mut all = Warninglists::default();
        for (name, text) in [
            (
                "resolvers",
                r#"{"name":"Resolvers","type":"cidr","matching_attributes":["ip-src","ip-dst"],"list":["192.0.2.0/24","2001:db8::53"]}"#,
            ),
            (
                "big",
                r#"{"name":"Big sites","type":"hostname","matching_attributes":["domain","hostname","url"],"list":["big.example"]}"#,
            ),
            (
                "hashes",
                r#"{"name":"Empty files","type":"string","matching_attributes":["sha256"],"list":["abababababababababababababababababababababababababababababababab"]}"#,
            ),
            ("odd", r#"{"name":"Odd","type":"regex","list":["/^desk@/i", "["]}"#),
        ] {
            let problems = all.add(name, text.as_bytes());
            assert_eq!(problems.len(), usize::from(name == "odd"), "{problems:?}");
        }
        all
    }

    #[test]
    fn what_is_harmless_is_taken_off_and_why() {
        let text = "192.0.2.9\n192.0.2.0/25\n198.51.100.1\n2001:db8::53\nwww.big.example\n\
            notbig.example\nhttps://big.example/\nhttps://big.example/x/login\ndesk@news.example\n\
            ABababababababababababababababababababababababababababababababab\n";
        let (mut list, problems) = Indicators::parse("list", text.as_bytes());
        assert_eq!((list.len(), problems.len()), (10, 0), "{problems:?}");
        let off = list.take_off(&lists());
        let off: Vec<String> = off.iter().map(|o| format!("{} {}", o.value, o.list)).collect();
        assert_eq!(
            off,
            [
                "192.0.2.0/25 Resolvers",
                "192.0.2.9 Resolvers",
                "2001:db8::53 Resolvers",
                "abababababababababababababababababababababababababababababababab Empty files",
                "desk@news.example Odd",
                "https://big.example/ Big sites",
                "www.big.example Big sites",
            ]
        );
        assert_eq!(list.len(), 3);
    }

    #[test]
    fn what_is_no_list_is_said() {
        let mut all = Warninglists::default();
        assert_eq!(all.add("x", b"{").len(), 1);
        assert_eq!(all.add("x", br#"{"name":"n"}"#).len(), 1);
        assert!(all.is_empty());
    }
}
