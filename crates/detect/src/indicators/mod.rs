//! Indicator lists and what of them stands in the evidence.
//!
//! A hit says that a value stood somewhere, not that anything happened: addresses are
//! shared, domains change hands, and an attacker can write a listed value into mail on
//! purpose. Findings from lists are therefore `medium` and carry no technique.

mod parse;
mod value;
mod warning;

use std::collections::{BTreeMap, HashMap};

use demarche_core::id::short_hash;
use demarche_core::{Finding, Observable, ObservableKind};
use ipnet::IpNet;
use value::Value;

pub use warning::Warninglists;

/// Longest list that is read.
pub const MAX_LIST_BYTES: usize = 256 << 20;

/// Indicators of one or more lists, ready to match.
///
/// Each keeps the name of the first list that holds it, in order of name.
#[derive(Clone, Debug, Default)]
pub struct Indicators {
    exact: BTreeMap<ObservableKind, HashMap<String, String>>,
    /// Ranges by prefix length, network as the key: one look-up a length.
    ranges: BTreeMap<(bool, u8), BTreeMap<IpNet, String>>,
}

impl Indicators {
    /// Reads a list: CSV with a `value` or `indicator` column, one value a line, a STIX
    /// 2.1 bundle, or MISP event JSON, told by content. `name` is what findings call it.
    ///
    /// The second part says what was passed over and why, `name` first, in the list's
    /// order. A list that cannot be read at all gives no indicators and one problem.
    #[must_use]
    pub fn parse(name: &str, bytes: &[u8]) -> (Self, Vec<String>) {
        let mut indicators = Self::default();
        if bytes.len() > MAX_LIST_BYTES {
            return (indicators, vec![format!("{name}: longer than {MAX_LIST_BYTES} bytes")]);
        }
        let parsed = parse::parse(bytes);
        for value in parsed.values {
            indicators.add(value, name);
        }
        (indicators, parsed.problems.into_iter().map(|text| format!("{name}: {text}")).collect())
    }

    /// Takes another list in.
    pub fn merge(&mut self, other: Self) {
        for (kind, values) in other.exact {
            for (value, name) in values {
                self.add(Value::Exact(kind, value), &name);
            }
        }
        for (range, name) in other.ranges.into_values().flatten() {
            self.add(Value::Range(range), &name);
        }
    }

    fn add(&mut self, value: Value, name: &str) {
        let kept = match value {
            Value::Exact(kind, value) => {
                let values = self.exact.entry(kind).or_default();
                values.entry(value).or_insert_with(|| name.to_owned())
            }
            Value::Range(range) => {
                let key = (range.addr().is_ipv4(), range.prefix_len());
                let ranges = self.ranges.entry(key).or_default();
                ranges.entry(range).or_insert_with(|| name.to_owned())
            }
        };
        if name < kept.as_str() {
            name.clone_into(kept);
        }
    }

    /// Takes off what warninglists hold, and says which; sorted by value.
    pub fn take_off(&mut self, warninglists: &Warninglists) -> Vec<TakenOff> {
        let mut off = Vec::new();
        let mut keep = |value: Value, shown: &str, name: &str| match warninglists.holds(&value) {
            Some(list) => {
                let (value, from) = (shown.to_owned(), name.to_owned());
                off.push(TakenOff { value, from, list: list.to_owned() });
                false
            }
            None => true,
        };
        for (kind, values) in &mut self.exact {
            values.retain(|text, name| keep(Value::Exact(*kind, text.clone()), text, name));
        }
        for ranges in self.ranges.values_mut() {
            ranges.retain(|range, name| keep(Value::Range(*range), &range.to_string(), name));
        }
        off.sort();
        off
    }

    /// Whether an observable of this type (as in tables) and value would be a hit.
    #[must_use]
    pub fn lists(&self, kind: &str, value: &str) -> bool {
        ObservableKind::from_name(kind).is_some_and(|kind| !self.hits(kind, value).is_empty())
    }

    /// Number of different indicators.
    #[must_use]
    pub fn len(&self) -> usize {
        self.exact.values().map(HashMap::len).sum::<usize>()
            + self.ranges.values().map(BTreeMap::len).sum::<usize>()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// 32 hex digits over every indicator and the name of its list, whatever the order
    /// they were read in: the lists' part of a run's id.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        let mut lines: Vec<String> = self
            .exact
            .iter()
            .flat_map(|(kind, values)| {
                values.iter().map(move |(value, name)| format!("{kind} {value} {name}"))
            })
            .chain(self.ranges.values().flatten().map(|(r, name)| format!("range {r} {name}")))
            .collect();
        lines.sort_unstable();
        let parts: Vec<&[u8]> = lines.iter().map(String::as_bytes).collect();
        short_hash(&parts)
    }

    /// What stands in the observables, ordered by time, rule and record: one finding for
    /// each indicator and record, however often the value stood in it.
    ///
    /// A domain indicator also finds every name below it. A look-up for each level of a
    /// name and each length of a range, so time does not grow with the lists. In
    /// observables sorted by type and value each value is looked up once.
    #[must_use]
    pub fn matches(&self, observables: &[Observable]) -> Vec<Finding> {
        let mut findings = Vec::new();
        let mut last: Option<(&Observable, Vec<Hit<'_>>)> = None;
        for observable in observables {
            let same = last.as_ref().is_some_and(|(before, _)| {
                before.kind == observable.kind && before.value == observable.value
            });
            if !same {
                last = Some((observable, self.hits(observable.kind, &observable.value)));
            }
            let hits = last.as_ref().map_or(&[][..], |(_, hits)| hits);
            findings.extend(hits.iter().map(|hit| finding(hit, observable)));
        }
        findings.sort_by(|a: &Finding, b| {
            (a.time, &a.rule, &a.record_uid, &a.title).cmp(&(
                b.time,
                &b.rule,
                &b.record_uid,
                &b.title,
            ))
        });
        findings.dedup_by(|a, b| a.finding_uid == b.finding_uid);
        findings
    }

    fn hits(&self, kind: ObservableKind, value: &str) -> Vec<Hit<'_>> {
        let mut hits = Vec::new();
        match kind {
            ObservableKind::Domain => {
                let mut name = value;
                loop {
                    hits.extend(self.exact(kind, name));
                    match name.split_once('.') {
                        Some((_, above)) if above.contains('.') => name = above,
                        _ => break,
                    }
                }
            }
            ObservableKind::Url => {
                if let Some(key) = value::url_key(value) {
                    hits.extend(self.exact(kind, &key));
                }
            }
            ObservableKind::Ip => {
                hits.extend(self.exact(kind, value));
                if let Ok(ip) = value.parse() {
                    hits.extend(self.ranges_around(ip));
                }
            }
            ObservableKind::Email | ObservableKind::Sha256 => {
                hits.extend(self.exact(kind, value));
            }
        }
        hits
    }

    fn exact(&self, kind: ObservableKind, value: &str) -> Option<Hit<'_>> {
        let (value, list) = self.exact.get(&kind)?.get_key_value(value)?;
        Some(Hit { list, value: value.clone() })
    }

    fn ranges_around(&self, ip: std::net::IpAddr) -> impl Iterator<Item = Hit<'_>> {
        self.ranges.iter().filter(move |((v4, _), _)| *v4 == ip.is_ipv4()).filter_map(
            move |((_, length), ranges)| {
                let range = IpNet::new(ip, *length).ok()?.trunc();
                let list = ranges.get(&range)?;
                Some(Hit { list, value: range.to_string() })
            },
        )
    }
}

/// An indicator that a warninglist holds.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TakenOff {
    /// The indicator.
    pub value: String,
    /// The list of indicators it was on.
    pub from: String,
    /// The warninglist's name.
    pub list: String,
}

/// An indicator that stood somewhere.
struct Hit<'a> {
    list: &'a str,
    value: String,
}

fn finding(hit: &Hit<'_>, observable: &Observable) -> Finding {
    let rule = format!("{}: {}", hit.list, hit.value);
    let uid = short_hash(&[rule.as_bytes(), observable.uid.as_bytes()]);
    Finding {
        finding_uid: format!("n1:{uid}"),
        title: format!("listed {} {} in {}", observable.kind, observable.value, observable.place),
        rule,
        severity: "medium".into(),
        time: observable.time,
        subject: observable.subject.clone(),
        techniques: Vec::new(),
        record_uid: observable.uid.clone(),
        evidence: observable.evidence.clone(),
    }
}

#[cfg(test)]
mod tests;
