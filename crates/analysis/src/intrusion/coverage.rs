//! What could have been seen: windows of stated or inferred coverage for an account.

use std::collections::BTreeMap;

use demarche_core::{CoverageEntry, Event, Gap, RecordLookup, UtcMicros};

/// From and to in microseconds.
pub(crate) type Window = (i64, i64);

/// Infers one window a source from the records there are: first to last record.
/// `mail`, `web` and `calls` are the times of messages, fetches and calls. A source
/// without a dated record gives no entry: absence is never stated.
#[must_use]
pub fn infer_coverage(
    events: &[Event],
    lookups: &[RecordLookup],
    mail: &[UtcMicros],
    web: &[UtcMicros],
    calls: &[UtcMicros],
) -> Vec<CoverageEntry> {
    let mut spans: BTreeMap<&str, (UtcMicros, UtcMicros)> = BTreeMap::new();
    let mut add = |source: &'static str, time: UtcMicros| {
        let span = spans.entry(source).or_insert((time, time));
        span.0 = span.0.min(time);
        span.1 = span.1.max(time);
    };
    for event in events.iter().filter(|event| event.is_of_account()) {
        if let Some(time) = event.time {
            add(source_of(event), time);
        }
    }
    lookups.iter().filter_map(|l| l.time).for_each(|time| add("record_lookups", time));
    mail.iter().for_each(|time| add("mail", *time));
    web.iter().for_each(|time| add("web", *time));
    calls.iter().for_each(|time| add("calls", *time));
    spans
        .into_iter()
        .map(|(source, (from, to))| CoverageEntry {
            source: source.to_owned(),
            from: Some(from),
            to: Some(to),
            inferred: true,
            note: "first to last record".to_owned(),
            ..CoverageEntry::default()
        })
        .collect()
}

/// `identity` for directory and sign-in events, `cloud` for the rest.
#[must_use]
pub fn source_of(event: &Event) -> &'static str {
    let lower = event.workload.to_lowercase();
    if lower.contains("directory") || lower.contains("identity") || lower == "login" {
        "identity"
    } else {
        "cloud"
    }
}

/// What is covered of one account and some sources, and whether anybody stated it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Covered {
    /// Merged, by time; never empty. Short holes that are only suspected do not part them:
    /// they are no end of what could be seen.
    pub(crate) windows: Vec<Window>,
    /// The same with every hole.
    pub(crate) exact: Vec<Window>,
    pub(crate) stated: bool,
}

/// A suspected hole shorter than this is none for the ends of an intrusion.
const SHORT: i64 = 3 * UtcMicros::DAY;

impl Covered {
    /// Stated entries of `sources` for `account` (or for all accounts); without any,
    /// `seen`, the span of the records themselves.
    pub(crate) fn new(
        entries: &[CoverageEntry],
        sources: &[&str],
        account: &str,
        seen: Window,
    ) -> Self {
        let of = |particular: bool| -> Vec<(Window, bool)> {
            entries
                .iter()
                .filter(|e| sources.contains(&e.source.as_str()))
                .filter(|e| {
                    if particular {
                        e.account.eq_ignore_ascii_case(account)
                    } else {
                        e.account.is_empty()
                    }
                })
                .map(|e| {
                    let from = e.from.map_or(seen.0, UtcMicros::micros);
                    ((from, e.to.map_or(seen.1, UtcMicros::micros)), e.inferred)
                })
                .filter(|((from, to), _)| from <= to)
                .collect()
        };
        // Parts of a stated row are inferred, and bear its reference.
        let is_stated = |e: &CoverageEntry| !e.inferred || e.evidence.is_some();
        let stated = entries.iter().any(|e| is_stated(e) && sources.contains(&e.source.as_str()));
        let mut windows = if account.is_empty() { Vec::new() } else { of(true) };
        if windows.is_empty() {
            windows = of(false);
        }
        if windows.is_empty() {
            windows.push((seen, false));
        }
        let exact = merge(windows.iter().map(|(window, _)| *window).collect());
        Self { windows: bridged(&exact, &windows), exact, stated }
    }

    /// The window that holds `time`, else the whole span.
    pub(crate) fn around(&self, time: i64) -> Window {
        self.windows
            .iter()
            .find(|(from, to)| *from <= time && time <= *to)
            .copied()
            .unwrap_or_else(|| self.span())
    }

    /// From the first to the last covered time.
    pub(crate) fn span(&self) -> Window {
        let first = self.windows.first().map_or(0, |w| w.0);
        (first, self.windows.iter().map(|w| w.1).max().unwrap_or(first))
    }

    /// Holes between windows that touch `from..to`.
    pub(crate) fn holes(&self, from: i64, to: i64) -> Vec<Gap> {
        self.exact
            .windows(2)
            .filter_map(|pair| {
                let (start, end) = (pair[0].1, pair[1].0);
                (start < to && end > from && start < end).then(|| Gap {
                    from: UtcMicros::from_micros(start),
                    to: UtcMicros::from_micros(end),
                    reason: "no log: coverage has a hole".to_owned(),
                })
            })
            .collect()
    }
}

fn merge(mut windows: Vec<Window>) -> Vec<Window> {
    windows.sort_unstable();
    let mut merged: Vec<Window> = Vec::new();
    for (from, to) in windows {
        match merged.last_mut() {
            Some(last) if from <= last.1.saturating_add(UtcMicros::SECOND) => {
                last.1 = last.1.max(to)
            }
            _ => merged.push((from, to)),
        }
    }
    merged
}

/// Windows with the short holes between inferred ones filled.
fn bridged(exact: &[Window], rows: &[(Window, bool)]) -> Vec<Window> {
    let inferred = |at: &dyn Fn(&Window) -> bool| {
        rows.iter().any(|(window, inferred)| *inferred && at(window))
    };
    let mut bridged: Vec<Window> = Vec::new();
    for &(from, to) in exact {
        match bridged.last_mut() {
            Some(last)
                if from - last.1 < SHORT
                    && inferred(&|window| window.1 == last.1)
                    && inferred(&|window| window.0 == from) =>
            {
                last.1 = to;
            }
            _ => bridged.push((from, to)),
        }
    }
    bridged
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(source: &str, account: &str, from: &str, to: &str) -> CoverageEntry {
        CoverageEntry {
            source: source.into(),
            account: account.into(),
            from: UtcMicros::parse(from).ok(),
            to: UtcMicros::parse(to).ok(),
            ..CoverageEntry::default()
        }
    }

    #[test]
    fn holes_lie_between_windows() {
        let day = |text: &str| UtcMicros::parse(text).unwrap().micros();
        let entries = [
            entry("cloud", "", "2023-01-01T00:00:00Z", "2023-02-01T00:00:00Z"),
            entry("cloud", "", "2023-03-01T00:00:00Z", ""),
            entry("mail", "", "2020-01-01T00:00:00Z", ""),
        ];
        let seen = (day("2022-01-01T00:00:00Z"), day("2023-06-01T00:00:00Z"));
        let covered = Covered::new(&entries, &["cloud"], "a@b", seen);
        assert_eq!(covered.windows.len(), 2);
        assert_eq!(covered.span().1, seen.1);
        assert_eq!(
            covered.holes(day("2023-01-20T00:00:00Z"), day("2023-04-01T00:00:00Z")).len(),
            1
        );
        assert!(covered.stated);
    }

    #[test]
    fn short_suspected_holes_are_gaps_but_no_ends() {
        let part =
            |from: &str, to: &str| CoverageEntry { inferred: true, ..entry("cloud", "", from, to) };
        let day = |text: &str| UtcMicros::parse(text).unwrap().micros();
        let (first, last) = (day("2023-01-01T00:00:00Z"), day("2023-06-01T00:00:00Z"));
        let short = [
            part("2023-01-01T00:00:00Z", "2023-02-01T00:00:00Z"),
            part("2023-02-02T00:00:00Z", "2023-06-01T00:00:00Z"),
        ];
        let covered = Covered::new(&short, &["cloud"], "", (first, last));
        assert_eq!(covered.windows, [(first, last)]);
        assert_eq!(covered.holes(first, last).len(), 1);
        assert!(!covered.stated);
        let long = [
            part("2023-01-01T00:00:00Z", "2023-02-01T00:00:00Z"),
            part("2023-03-01T00:00:00Z", "2023-06-01T00:00:00Z"),
        ];
        assert_eq!(Covered::new(&long, &["cloud"], "", (first, last)).windows.len(), 2);
    }

    #[test]
    fn without_entries_the_records_themselves_say() {
        assert_eq!(Covered::new(&[], &["cloud"], "a@b", (1, 2)).windows, [(1, 2)]);
        assert!(infer_coverage(&[], &[], &[], &[], &[]).is_empty());
    }
}
