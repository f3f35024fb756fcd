//! Look-ups of call records from PostgreSQL's audit log: `pgaudit`
//! (github.com/pgaudit/pgaudit) in `csvlog` and `jsonlog` files (postgresql.org/docs,
//! "Error Reporting and Logging").
//!
//! An audited statement of class `READ` that compares a column of telephone numbers with a
//! number is a look-up of that number: one record for each number named. Which columns
//! those are is told by their names ([`sql`]); parameters are followed where
//! `pgaudit.log_parameter` wrote them. Statements that name no number are counted and said.
//!
//! The record cites the whole log row. `rows` is there only with `pgaudit.log_rows`.

mod log;
mod sql;

use std::collections::BTreeMap;

use demarche_core::id::short_hash;
use demarche_core::source::Member;
use demarche_core::{EvidenceRef, Record, RecordLookup};
use serde_json::Value;

use crate::lines::{Header, Lines, Rows, first_lines, most, sniff_text};
use crate::registry::{Format, ReadError, Sink};
use log::{Entry, audit, time};

/// `csvlog` files with lines of `pgaudit`.
pub const CSV: Format = Format { name: "pgaudit-csv", sniff: sniff_csv, read: read_csv };

/// `jsonlog` files with lines of `pgaudit`.
pub const JSON: Format = Format { name: "pgaudit-json", sniff: sniff_json, read: read_json };

/// Columns of `csvlog`: 23 up to version 12, 26 since 14.
const COLUMNS: std::ops::RangeInclusive<usize> = 23..=26;
const SEVERITIES: [&str; 7] = ["log", "info", "notice", "warning", "error", "fatal", "panic"];

/// Lines looked at for the beginning of a row.
const FIRST: usize = 200;

fn sniff_csv(prefix: &[u8]) -> bool {
    let text = sniff_text(prefix);
    // A message may have line breaks, and the first row of a rotated file often does.
    is_audited(&text) && text.split(|byte| *byte == b'\n').take(FIRST).any(is_row)
}

/// Whether a line is a whole row of `csvlog`.
fn is_row(line: &[u8]) -> bool {
    Header::sniff(line).is_some_and(|row| {
        let field = |at| row.name(at).unwrap_or("");
        COLUMNS.contains(&row.len())
            && time(field(0)).is_some()
            && field(3).parse::<u32>().is_ok()
            && (SEVERITIES.contains(&field(11)) || field(11).starts_with("debug"))
    })
}

fn is_audited(text: &[u8]) -> bool {
    ["AUDIT: SESSION,", "AUDIT: OBJECT,"]
        .iter()
        .any(|mark| memchr::memmem::find(text, mark.as_bytes()).is_some())
}

fn sniff_json(prefix: &[u8]) -> bool {
    let text = sniff_text(prefix);
    let keys = ["\"timestamp\"", "\"pid\"", "\"error_severity\""];
    let is = |line: &[u8]| {
        line.starts_with(b"{")
            && keys.iter().all(|key| memchr::memmem::find(line, key.as_bytes()).is_some())
    };
    most(&first_lines(&text, 10), is) && is_audited(&text)
}

fn read_csv(member: &mut Member<'_>, sink: &mut Sink<'_>) -> Result<(), ReadError> {
    let mut rows = Rows::new(member);
    let mut lookups = Lookups::default();
    let mut place = 0;
    while let Some(row) = rows.next(member)? {
        let evidence = row.piece.cite_row(member, place);
        place += 1;
        if let Some(fault) = row.piece.fault {
            sink.anomaly(evidence, fault);
        } else if !COLUMNS.contains(&row.len()) {
            sink.anomaly(evidence, "not a row of a PostgreSQL log");
        } else {
            let entry = Entry {
                time: row.text(0),
                user: row.text(1),
                client: row.text(4),
                session: row.text(5),
                line: row.text(6).parse().ok(),
                message: row.text(13),
            };
            lookups.take(&entry, evidence, sink);
        }
    }
    lookups.say(sink);
    Ok(())
}

fn read_json(member: &mut Member<'_>, sink: &mut Sink<'_>) -> Result<(), ReadError> {
    let mut lines = Lines::new(member);
    let mut lookups = Lookups::default();
    let mut place = 0;
    while let Some(line) = lines.next(member)? {
        if line.bytes.trim_ascii().is_empty() {
            continue;
        }
        let evidence = line.cite_row(member, place);
        place += 1;
        if let Some(fault) = line.fault {
            sink.anomaly(evidence, fault);
            continue;
        }
        let Ok(Value::Object(map)) = serde_json::from_slice(line.bytes) else {
            sink.anomaly(evidence, "not a JSON object (cut off or damaged)");
            continue;
        };
        let get = |name: &str| map.get(name).and_then(Value::as_str).unwrap_or("").into();
        let entry = Entry {
            time: get("timestamp"),
            user: get("user"),
            client: get("remote_host"),
            session: get("session_id"),
            line: map.get("line_num").and_then(Value::as_u64),
            message: get("message"),
        };
        lookups.take(&entry, evidence, sink);
    }
    lookups.say(sink);
    Ok(())
}

/// Hands look-ups on and counts the rest.
#[derive(Debug, Default)]
struct Lookups {
    without_number: Option<(EvidenceRef, u64)>,
    not_audit: Option<(EvidenceRef, u64)>,
    /// The last line of each session.
    lines: BTreeMap<String, u64>,
    /// Where lines of a session are missing first, and how many in all.
    missing: Option<(EvidenceRef, u64)>,
}

/// Sessions whose lines are counted at most.
const SESSIONS: usize = 50_000;

impl Lookups {
    /// The server numbers the lines of a session; a file may begin and end within one.
    fn count_lines(&mut self, entry: &Entry<'_>, evidence: &EvidenceRef) {
        let Some(line) = entry.line.filter(|_| !entry.session.is_empty()) else { return };
        let room = self.lines.len() < SESSIONS;
        match self.lines.get_mut(entry.session.as_ref()) {
            Some(last) => {
                let missing = line.saturating_sub(last.saturating_add(1));
                if missing > 0 {
                    let told = self.missing.get_or_insert((evidence.clone(), 0));
                    told.1 = told.1.saturating_add(missing);
                }
                *last = line.max(*last);
            }
            None if room => {
                self.lines.insert(entry.session.to_string(), line);
            }
            None => {}
        }
    }

    fn take(&mut self, entry: &Entry<'_>, evidence: EvidenceRef, sink: &mut Sink<'_>) {
        self.count_lines(entry, &evidence);
        let Some(audit) = audit(&entry.message) else {
            if entry.message.starts_with("AUDIT: ") {
                sink.anomaly(evidence, "an audit record that cannot be cut into its fields");
            } else {
                self.not_audit.get_or_insert((evidence, 0)).1 += 1;
            }
            return;
        };
        let numbers = if audit.class == "READ" {
            sql::numbers(&audit.statement, &audit.parameters)
        } else {
            Vec::new()
        };
        if numbers.is_empty() {
            self.without_number.get_or_insert((evidence, 0)).1 += 1;
            return;
        }
        let time = time(&entry.time).flatten();
        if time.is_none() {
            sink.anomaly(evidence.clone(), "log time without a readable date or known zone");
        }
        for number in numbers {
            let parts = [&entry.session, &entry.user, &entry.time];
            let parts = parts.map(|text| text.as_bytes());
            let uid = short_hash(&[
                b"pgaudit",
                parts[0],
                parts[1],
                parts[2],
                audit.id.as_bytes(),
                number.as_bytes(),
            ]);
            sink.record(Record::RecordLookup(Box::new(RecordLookup {
                lookup_uid: format!("l1:{uid}"),
                time,
                operator: entry.user.to_string(),
                source_ip: crate::serverlog::address(&entry.client),
                subject_number: number,
                rows: audit.rows,
                purpose: String::new(),
                evidence: evidence.clone(),
            })));
        }
    }

    fn say(self, sink: &mut Sink<'_>) {
        if let Some((first, count)) = self.without_number {
            let reason = format!(
                "{count} audited statements from here on name no telephone number: no look-ups"
            );
            sink.anomaly(first, reason);
        }
        if let Some((first, count)) = self.missing {
            let reason = format!(
                "{count} lines of sessions are missing before here or later: the log is filtered, \
                 or lines were removed"
            );
            sink.anomaly(first, reason);
        }
        if let Some((first, count)) = self.not_audit {
            sink.anomaly(first, format!("{count} rows from here on are no audit records"));
        }
    }
}

#[cfg(test)]
mod tests;
