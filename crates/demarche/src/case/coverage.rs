//! What could have been seen: what the collector stated, else from the first to the last
//! record of a kind, and from both cut out what is suspected to be missing.

use std::collections::BTreeMap;

use demarche_analysis::coverage::{
    Hole, Series, Silence, anomalies, cut, cut_exports, expired, of_account, of_house, throttled,
};
use demarche_analysis::intrusion::source_of;
use demarche_core::{Anomaly, CoverageEntry, Event, EvidenceRef, UtcMicros};
use demarche_lake::Session;

use super::{CaseError, inputs};

/// Coverage and what is suspected of it.
#[derive(Debug, Default)]
pub(super) struct Seen {
    pub(super) coverage: Vec<CoverageEntry>,
    pub(super) anomalies: Vec<Anomaly>,
}

/// A kind of evidence and its records.
struct Kind {
    source: &'static str,
    /// `SELECT time, evidence` of its records.
    records: &'static str,
    /// One in so many is left out at either end, where a sender could have chosen the
    /// time; 0 for none.
    outermost: u64,
    /// Whether people make it, in their working hours: mail comes in by itself.
    of_people: bool,
}

const KINDS: [Kind; 6] = [
    // `received` is the institution's own clock; `date` is the sender's to choose.
    Kind {
        source: "mail",
        records: "SELECT coalesce(received, date) AS time, evidence FROM messages",
        outermost: 1_000,
        of_people: false,
    },
    Kind {
        source: "identity",
        records: "SELECT time, evidence FROM events
            WHERE workload IN ('AzureActiveDirectory', 'Identity', 'login')",
        outermost: 0,
        of_people: true,
    },
    // Neither server nor delivery logs tell what the cloud's audit log covers.
    Kind {
        source: "cloud",
        records: "SELECT time, evidence FROM events
            WHERE workload NOT IN ('AzureActiveDirectory', 'Identity', 'login')
            AND provider NOT IN
            ('iis', 'w3c', 'exchange', 'windows', 'exchange_trace', 'exchange_tracking',
            'gmail_log')",
        outermost: 0,
        of_people: true,
    },
    // A resolver's log does not show requests, so it covers none.
    Kind {
        source: "web",
        records: "SELECT time, evidence FROM fetches WHERE method NOT IN ('DNS', 'TLS')",
        outermost: 0,
        of_people: true,
    },
    Kind {
        source: "calls",
        records: "SELECT time, evidence FROM calls",
        outermost: 0,
        of_people: true,
    },
    Kind {
        source: "record_lookups",
        records: "SELECT time, evidence FROM record_lookups",
        outermost: 0,
        of_people: true,
    },
];

/// An account with fewer used hours has no rhythm to be held to.
const ACCOUNT_HOURS: usize = 500;

/// Reads what was stated, infers what was not, and cuts out suspected holes. `events` are
/// all events, by time.
pub(super) fn read(session: &Session, events: &[Event]) -> Result<Seen, CaseError> {
    let mut rows = inputs::stated_coverage(session)?;
    let mut series: Vec<Series> = Vec::new();
    for kind in &KINDS {
        let Some(span) = span(session, kind)? else {
            series.push(Series::default());
            continue;
        };
        series.push(hours(session, kind, &span)?);
        if !rows.iter().any(|row| row.source == kind.source) {
            rows.push(span.inferred(kind));
        }
    }
    let mut holes: Vec<Hole> = Vec::new();
    for (at, kind) in KINDS.iter().enumerate() {
        let others: Vec<&Series> = (0..KINDS.len())
            .filter(|other| *other != at && KINDS[*other].of_people)
            .map(|other| &series[other])
            .collect();
        for silence in of_house(&series[at], &others) {
            holes.extend(hole_of(session, kind, &silence)?);
        }
    }
    holes.extend(account_holes(events));
    holes.extend(throttled(events));
    holes.extend(cut_exports(events, &readers_anomalies(session)?));
    let expiry = expired(events);
    holes.extend(expiry.holes);
    holes.sort();
    holes.dedup();
    let mut suspected = anomalies(&holes);
    suspected.extend(expiry.note.map(|(evidence, reason)| Anomaly {
        evidence,
        reader: "coverage".to_owned(),
        reason,
    }));
    Ok(Seen { coverage: cut(rows, &holes, &expiry.lacks), anomalies: suspected })
}

/// First and last time of a kind's records.
struct Span {
    from: UtcMicros,
    to: UtcMicros,
    /// Records left out at either end.
    left_out: u64,
}

impl Span {
    /// Said to be inferred, since an empty log looks like no log.
    fn inferred(&self, kind: &Kind) -> CoverageEntry {
        CoverageEntry {
            source: kind.source.to_owned(),
            from: Some(self.from),
            to: Some(self.to),
            inferred: true,
            note: match self.left_out {
                0 => "first and last record seen".to_owned(),
                n => format!("first and last record seen, the outermost {n} left out"),
            },
            ..CoverageEntry::default()
        }
    }
}

fn span(session: &Session, kind: &Kind) -> Result<Option<Span>, CaseError> {
    let times = format!("SELECT time FROM ({}) WHERE time IS NOT NULL", kind.records);
    let records = session.count(&times)?;
    // Of fewer than a hundred records the outermost may be the only true ones.
    let left_out = match kind.outermost {
        0 => 0,
        _ if records < 100 => 0,
        one_in => records.div_ceil(one_in),
    };
    let end = |order: &str| -> Result<Option<UtcMicros>, CaseError> {
        let sql = format!("{times} ORDER BY time {order} LIMIT 1 OFFSET {left_out}");
        let found: Vec<Time> = session.rows(&sql)?;
        Ok(found.first().and_then(|row| row.time))
    };
    let (Some(from), Some(to)) = (end("ASC")?, end("DESC")?) else { return Ok(None) };
    Ok(Some(Span { from, to, left_out }))
}

#[derive(serde::Deserialize)]
struct Time {
    time: Option<UtcMicros>,
}

/// Records of a kind by hour, within their span.
fn hours(session: &Session, kind: &Kind, span: &Span) -> Result<Series, CaseError> {
    let sql = format!(
        "SELECT h, count(*) AS n FROM (SELECT CAST(time AS BIGINT) / {} AS h FROM ({}) \
         WHERE time IS NOT NULL AND CAST(time AS BIGINT) BETWEEN {} AND {}) GROUP BY h",
        UtcMicros::HOUR,
        kind.records,
        span.from.micros(),
        span.to.micros()
    );
    let rows: Vec<Hour> = session.rows(&sql)?;
    Ok(Series::new(rows.iter().map(|row| (row.h, u64::try_from(row.n).unwrap_or(0)))))
}

#[derive(serde::Deserialize)]
struct Hour {
    h: i64,
    n: i64,
}

/// A silence from the last record before it to the first after it.
fn hole_of(session: &Session, kind: &Kind, silence: &Silence) -> Result<Option<Hole>, CaseError> {
    let edge = |test: &str, hour: i64, order: &str| -> Result<Option<Edge>, CaseError> {
        let sql = format!(
            "SELECT time, evidence FROM ({}) WHERE time IS NOT NULL AND CAST(time AS BIGINT) \
             {test} {} ORDER BY time {order}, evidence['source'], evidence['path'], \
             evidence['offset'] LIMIT 1",
            kind.records,
            hour.saturating_mul(UtcMicros::HOUR)
        );
        Ok(session.rows(&sql)?.pop())
    };
    let before = edge("<", silence.from, "DESC")?;
    let after = edge(">=", silence.to, "ASC")?;
    let (Some(before), Some(after)) = (before, after) else { return Ok(None) };
    Ok(Some(Hole {
        source: kind.source.to_owned(),
        account: String::new(),
        from: before.time,
        to: after.time,
        reason: silent(silence),
        evidence: before.evidence,
    }))
}

#[derive(serde::Deserialize)]
struct Edge {
    time: UtcMicros,
    evidence: EvidenceRef,
}

fn silent(silence: &Silence) -> String {
    format!("no record where about {:.0} are usual ({})", silence.expected.min(1e12), silence.why)
}

/// Silences of single accounts in the audit log.
fn account_holes(events: &[Event]) -> Vec<Hole> {
    let mut accounts: BTreeMap<(&str, &str), Vec<&Event>> = BTreeMap::new();
    for event in events.iter().filter(|event| event.is_of_account() && event.time.is_some()) {
        if event.account.contains('@') {
            accounts.entry((source_of(event), &event.account)).or_default().push(event);
        }
    }
    let hour = |event: &Event| event.time.map(|time| time.micros().div_euclid(UtcMicros::HOUR));
    let mut holes = Vec::new();
    for ((source, account), own) in accounts {
        if own.len() < ACCOUNT_HOURS {
            continue;
        }
        let series = Series::of_times(own.iter().filter_map(|event| event.time));
        if series.used() < ACCOUNT_HOURS {
            continue;
        }
        for silence in of_account(&series) {
            let before = own.iter().rev().find(|event| hour(event) < Some(silence.from));
            let after = own.iter().find(|event| hour(event) >= Some(silence.to));
            let (Some(before), Some(after)) = (before, after) else { continue };
            let (Some(from), Some(to)) = (before.time, after.time) else { continue };
            holes.push(Hole {
                source: source.to_owned(),
                account: account.to_owned(),
                from,
                to,
                reason: silent(&silence),
                evidence: before.evidence.clone(),
            });
        }
    }
    holes
}

/// What readers said of exports.
fn readers_anomalies(session: &Session) -> Result<Vec<Anomaly>, CaseError> {
    let beginnings: Vec<String> =
        Anomaly::CUT_EXPORT.iter().map(|beginning| format!("reason LIKE '{beginning}%'")).collect();
    Ok(session.rows(&format!(
        "SELECT evidence, reader, reason FROM records_anomalies WHERE {} ORDER BY \
         evidence['source'], evidence['path'], reason",
        beginnings.join(" OR ")
    ))?)
}
