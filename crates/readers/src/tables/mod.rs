//! The tables that steer an investigation, known by their header line wherever they
//! lie: `roster.csv`, `coverage.csv`, `context.csv`, `record_lookups.csv`, and
//! IP-to-network tables (TSV).
//!
//! UTF-8 CSV (RFC 4180); several values in a cell separated by `;`, which stand inside
//! quotes where the `;` also separates cells, as spreadsheets of half of Europe write
//! it (tabs are read too); times RFC 3339 in
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

pub use context::LOOKUP_PORTAL;

use demarche_core::source::Member;

use crate::lines::{Header, Row, Rows, sniff_text};
use crate::registry::{Format, ReadError, Sink};
use cells::Cells;

/// `roster.csv`: who is who, when.
pub const ROSTER: Format = Format {
    name: "roster",
    sniff: |prefix| delimiter(prefix, is_roster).is_some(),
    read: |member, sink| rows(member, sink, is_roster, roster::read),
};

/// `coverage.csv`: what the sources could have seen.
pub const COVERAGE: Format = Format {
    name: "coverage",
    sniff: |prefix| delimiter(prefix, is_coverage).is_some(),
    read: |member, sink| rows(member, sink, is_coverage, coverage::read),
};

/// `context.csv`: the house's own addresses, gateways and services.
pub const CONTEXT: Format = Format {
    name: "context",
    sniff: |prefix| delimiter(prefix, is_context).is_some(),
    read: |member, sink| rows(member, sink, is_context, context::read),
};

/// `record_lookups.csv`: who read whose call records.
pub const RECORD_LOOKUPS: Format = Format {
    name: "record-lookups",
    sniff: |prefix| delimiter(prefix, is_lookups).is_some(),
    read: |member, sink| rows(member, sink, is_lookups, lookups::read),
};

fn is_roster(header: &Header) -> bool {
    has(header, &["person_id"], &["addresses", "phones"])
}

fn is_coverage(header: &Header) -> bool {
    has(header, &["source", "from", "to"], &["account", "note"])
}

fn is_context(header: &Header) -> bool {
    has(header, &["kind", "value"], &["from", "to", "note"])
}

fn is_lookups(header: &Header) -> bool {
    has(header, &["time", "operator", "subject_number"], &[])
}

/// IP-to-network tables: `start end asn country name`, separated by tabs.
pub const NETWORKS: Format =
    Format { name: "networks", sniff: networks::sniff, read: networks::read };

/// What separates the cells of a table whose header line is as `is` wants it.
fn delimiter(prefix: &[u8], is: fn(&Header) -> bool) -> Option<u8> {
    Header::find(&sniff_text(prefix), is)
}

/// Whether the header has every column of `all` and, unless it is empty, one of `any`.
fn has(header: &Header, all: &[&str], any: &[&str]) -> bool {
    all.iter().all(|name| header.has(name))
        && (any.is_empty() || any.iter().any(|name| header.has(name)))
}

/// Hands each data row that can be cut out to `read`.
fn rows(
    member: &mut Member<'_>,
    sink: &mut Sink<'_>,
    is: fn(&Header) -> bool,
    read: fn(&mut Cells<'_, '_, '_>),
) -> Result<(), ReadError> {
    let none = || ReadError::Malformed("no header line".into());
    let mut rows = Rows::separated(member, delimiter(member.prefix(), is).ok_or_else(none)?);
    let header = rows.header(member)?.ok_or_else(none)?;
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
