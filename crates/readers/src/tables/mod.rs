//! The tables that steer an investigation, known by their header line wherever they
//! lie: `roster.csv`, `coverage.csv`, `context.csv`, `record_lookups.csv`, and
//! IP-to-network tables (TSV).
//!
//! UTF-8 CSV (RFC 4180); several values in a cell separated by `;`; times RFC 3339 in
//! UTC or a date; columns in any order and any case, absent ones empty, unknown ones
//! passed over. A cell that cannot be read is an anomaly and the line is kept, with
//! one exception: where it decides whether evidence may be read (`consent_until`), the
//! line counts as one without consent.

mod cells;
mod context;
mod coverage;
mod lookups;
mod networks;
mod roster;

use demarche_core::source::Member;

use crate::lines::{Header, Row, Rows, sniff_text};
use crate::registry::{Format, ReadError, Sink};
use cells::Cells;

/// `roster.csv`: who is who, when.
pub const ROSTER: Format = Format {
    name: "roster",
    sniff: |prefix| header(prefix, &["person_id"], &["addresses", "phones"]),
    read: |member, sink| rows(member, sink, roster::read),
};

/// `coverage.csv`: what the sources could have seen.
pub const COVERAGE: Format = Format {
    name: "coverage",
    sniff: |prefix| header(prefix, &["source", "from", "to"], &["account", "note"]),
    read: |member, sink| rows(member, sink, coverage::read),
};

/// `context.csv`: the house's own addresses, gateways and services.
pub const CONTEXT: Format = Format {
    name: "context",
    sniff: |prefix| header(prefix, &["kind", "value"], &["from", "to", "note"]),
    read: |member, sink| rows(member, sink, context::read),
};

/// `record_lookups.csv`: who read whose call records.
pub const RECORD_LOOKUPS: Format = Format {
    name: "record-lookups",
    sniff: |prefix| header(prefix, &["time", "operator", "subject_number"], &[]),
    read: |member, sink| rows(member, sink, lookups::read),
};

/// IP-to-network tables: `start end asn country name`, separated by tabs.
pub const NETWORKS: Format =
    Format { name: "networks", sniff: networks::sniff, read: networks::read };

/// Whether the header line has every column of `all` and, unless it is empty, one of `any`.
fn header(prefix: &[u8], all: &[&str], any: &[&str]) -> bool {
    Header::sniff(&sniff_text(prefix)).is_some_and(|header| {
        all.iter().all(|name| header.has(name))
            && (any.is_empty() || any.iter().any(|name| header.has(name)))
    })
}

/// Hands each data row that can be cut out to `read`.
fn rows(
    member: &mut Member<'_>,
    sink: &mut Sink<'_>,
    read: fn(&mut Cells<'_, '_, '_>),
) -> Result<(), ReadError> {
    let mut rows = Rows::new(member);
    let header = match rows.next(member)? {
        Some(first) if first.piece.fault.is_none() => Header::of(&first),
        _ => return Err(ReadError::Malformed("no header line".into())),
    };
    let mut number = 0;
    while let Some(row) = rows.next(member)? {
        let evidence = row.piece.cite_row(member, number);
        number += 1;
        if let Some(fault) = row.piece.fault {
            sink.anomaly(evidence, fault);
        } else if !blank(&row) {
            if row.len() > header.len() {
                let (has, most) = (row.len(), header.len());
                sink.anomaly(evidence.clone(), format!("{has} cells under {most} columns"));
            }
            read(&mut Cells { header: &header, row: &row, evidence: &evidence, sink });
        }
    }
    Ok(())
}

/// Whether a row is only separators, as spreadsheets leave at the end.
fn blank(row: &Row<'_>) -> bool {
    (0..row.len()).all(|index| row.bytes(index).trim_ascii().is_empty())
}

#[cfg(test)]
mod tests;
