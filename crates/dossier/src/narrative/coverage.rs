//! What could have been seen, and what not. Absence is never stated.

use demarche_core::{CoverageEntry, UtcMicros};

use super::Teller;
use crate::catalogue::{say, tr};
use crate::model::{Report, Statement};
use crate::words;

/// Evidence kinds of the contract, in the order in which they are told.
pub(crate) const KINDS: [&str; 6] = ["mail", "identity", "cloud", "web", "calls", "record_lookups"];

/// What is known of one evidence kind.
pub(crate) struct Cover {
    /// The kind.
    pub(crate) kind: String,
    /// Covered intervals, merged, in order; an open end is `None`.
    pub(crate) intervals: Vec<(Option<UtcMicros>, Option<UtcMicros>)>,
    /// Whether any of it was inferred from the records themselves.
    pub(crate) inferred: bool,
    /// Accounts with entries of their own; 0 when the entries are for all.
    pub(crate) accounts: usize,
    /// Entries, in their order.
    entries: Vec<CoverageEntry>,
}

/// Coverage of each kind over all accounts, and for `account` its own entries besides.
///
/// Where no entry is for all accounts, those of single accounts are joined and counted.
pub(crate) fn covers(report: &Report, account: Option<&str>) -> Vec<Cover> {
    let mut kinds: Vec<String> = KINDS.map(str::to_owned).to_vec();
    let others = report.coverage.iter().map(|entry| entry.source.clone());
    let mut others: Vec<String> = others.filter(|kind| !kinds.contains(kind)).collect();
    others.sort();
    others.dedup();
    kinds.extend(others);
    kinds.into_iter().map(|kind| cover(report, kind, account)).collect()
}

fn cover(report: &Report, kind: String, account: Option<&str>) -> Cover {
    let of_kind: Vec<&CoverageEntry> =
        report.coverage.iter().filter(|entry| entry.source == kind).collect();
    let for_all = of_kind.iter().any(|entry| entry.account.is_empty());
    let own = account.is_some_and(|name| of_kind.iter().any(|entry| entry.account == name));
    let entries: Vec<CoverageEntry> = of_kind
        .into_iter()
        .filter(|entry| match account {
            Some(name) => entry.account == name || (!own && entry.account.is_empty()),
            None => !for_all || entry.account.is_empty(),
        })
        .cloned()
        .collect();
    let mut accounts: Vec<&str> = entries.iter().map(|entry| entry.account.as_str()).collect();
    accounts.retain(|account| !account.is_empty());
    accounts.sort_unstable();
    accounts.dedup();
    Cover {
        intervals: merged(&entries),
        inferred: entries.iter().any(|entry| entry.inferred),
        accounts: accounts.len(),
        kind,
        entries,
    }
}

/// Intervals that touch within a day become one.
fn merged(entries: &[CoverageEntry]) -> Vec<(Option<UtcMicros>, Option<UtcMicros>)> {
    let mut sorted: Vec<_> = entries.iter().map(|entry| (entry.from, entry.to)).collect();
    sorted.sort();
    let mut joined: Vec<(Option<UtcMicros>, Option<UtcMicros>)> = Vec::new();
    for (from, to) in sorted {
        match joined.last_mut() {
            Some((_, end))
                if end.is_none_or(|end| {
                    from.is_none_or(|from| from <= end.saturating_add(UtcMicros::DAY))
                }) =>
            {
                *end = match (*end, to) {
                    (Some(a), Some(b)) => Some(a.max(b)),
                    _ => None,
                };
            }
            _ => joined.push((from, to)),
        }
    }
    joined
}

/// One sentence a kind.
pub(super) fn tell(teller: &mut Teller<'_>) -> Vec<Statement> {
    let covers = covers(teller.report, None);
    covers.iter().map(|cover| one(teller, cover)).collect()
}

fn one(teller: &mut Teller<'_>, cover: &Cover) -> Statement {
    let kind = words::source_kind(&cover.kind);
    let about = format!("coverage:{}", cover.kind);
    let (Some(first), Some(last)) = (cover.intervals.first(), cover.intervals.last()) else {
        let text = say!(
            "{kind}: nothing of it was handed in, so nothing can be said about what it would show.",
            kind = capital(&kind)
        );
        return teller.state(&about, (text, Vec::new()), "coverage: no entry of this kind", []);
    };
    let mut parts: Vec<String> = Vec::new();
    if let Some(from) = first.0 {
        parts.push(say!("before {day}", day = from.date()));
    }
    for pair in cover.intervals.windows(2) {
        parts.push(say!(
            "from {from} to {to}",
            from = words::day(pair[0].1),
            to = words::day(pair[1].0)
        ));
    }
    if let Some(to) = last.1 {
        parts.push(say!("after {day}", day = to.date()));
    }
    let start = first.0.map_or_else(|| tr("an open start").into_owned(), UtcMicros::date);
    let end = last.1.map_or_else(|| tr("an open end").into_owned(), UtcMicros::date);
    let whose = match cover.accounts {
        0 => String::new(),
        n => say!(
            " for {accounts}, differing between them",
            accounts = words::count(n, "account", "accounts")
        ),
    };
    let how = if cover.inferred { "inferred from the records" } else { "stated by the collector" };
    let told = if cover.inferred {
        tr("inferred from the records")
    } else {
        tr("stated by the collector")
    };
    let not = match parts.len() {
        0 => String::new(),
        _ => say!(" Not covered: {parts}.", parts = words::list(&parts, 6)),
    };
    let text = say!(
        "{kind}: seen from {start} to {end}{whose} ({how}).{not}",
        kind = capital(&kind),
        start = start,
        end = end,
        whose = whose,
        how = told,
        not = not
    );
    let evidence = cover.entries.iter().filter_map(|entry| entry.evidence.as_ref());
    let derivation = format!("coverage: {how}");
    teller.state(&about, (text, Vec::new()), &derivation, evidence)
}

/// First letter in upper case.
pub(crate) fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(from: &str, to: &str) -> CoverageEntry {
        CoverageEntry {
            source: "mail".to_owned(),
            from: UtcMicros::parse(from).ok(),
            to: UtcMicros::parse(to).ok(),
            ..CoverageEntry::default()
        }
    }

    #[test]
    fn touching_intervals_join_and_gaps_are_told() {
        let report = Report {
            coverage: vec![
                entry("2021-01-01T00:00:00Z", "2021-06-01T00:00:00Z"),
                entry("2021-06-01T12:00:00Z", "2021-12-01T00:00:00Z"),
                entry("2022-03-01T00:00:00Z", "2023-01-01T00:00:00Z"),
            ],
            ..Report::default()
        };
        let told = super::super::Narrative::of(&report).coverage;
        assert_eq!(told.len(), KINDS.len());
        let mail = &told[0].text;
        assert!(mail.contains("before 2021-01-01"), "{mail}");
        assert!(mail.contains("from 2021-12-01 to 2022-03-01"), "{mail}");
        assert!(mail.contains("after 2023-01-01"), "{mail}");
        assert!(told[4].text.contains("nothing can be said"), "{}", told[4].text);
    }
}
